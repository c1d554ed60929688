"""What HTTP adds: look-ups of ``geoaddr serve`` against an empty Flask answer on the same server, batches against the engine in process.

Usage: ``python benchmarks/http_speed.py [--size 300000] [--seconds 8] [--batches 5]``. Uses ``wrk`` where it is installed, else one
connection of the standard library. The server's own processor time per request (from /proc) is printed beside the rate, since it
does not depend on what else the machine does. Nothing is imported into the register: the index is built from the sample's entries.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.parse import quote

from linking import register

from gazetteer.api_keys import create_api_key
from gazetteer.linking.engine import MARKER
from gazetteer.sample.district import generate
from gazetteer.sample.queries import queries
from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM, last_seq
from gazetteer.store.models import Event
from gazetteer.store.schema import upgrade
from matchers.index import build_index, open_index
from matchers.match import match_many
from matchers.verdict import Query

PORT = 8731
EMPTY_PORT = 8732
TURNS = 5
THREADS = 8
LARGEST_BATCH = 1_000
EMPTY = (
    "from flask import Flask\nfrom waitress import serve\napp = Flask('empty')\n"
    "@app.get('/')\ndef empty():\n    return ''\n"
    f"serve(app, host='127.0.0.1', port={EMPTY_PORT}, threads={THREADS}, ident=None)\n"
)
SERVE = [sys.executable, "-m", "geoaddr", "serve", "--port", str(PORT), "--threads", str(THREADS)]


@dataclass(frozen=True)
class Measured:
    """Requests a second as they came, and the server's processor time for each, in microseconds."""

    rate: float
    cpu_us: float


def prepare(folder: Path, size: int, count: int) -> tuple[str, list[str]]:
    """Make a register with a key and the index of the sample district beside it; returns the key and the texts to ask for."""
    store = Store(f"sqlite:///{folder / 'register.sqlite'}")
    upgrade(store)
    with store.transaction() as session:
        key = create_api_key(session, "benchmark", ["lookup"], actor=SYSTEM)[1]
    district = generate(size)
    with store.reading() as session:
        seq = last_seq(session)
        built_on = session.query(Event.hash).filter(Event.seq == seq).scalar()
    build_index(register(district), folder / "index", seq=seq)
    (folder / "index" / MARKER).write_text(f"{seq} {built_on}", encoding="ascii")
    texts = [one.text for one in queries(district, count, 23, unanswerable_share=0.2)]
    store.close()
    return key, texts


@contextmanager
def served(command: list[str], environment: dict[str, str], port: int) -> Iterator[int]:
    """Yield the id of a server process that answers on the port."""
    with open(os.devnull, "wb") as nothing:
        server = subprocess.Popen(command, env={**os.environ, **environment}, stdout=nothing, stderr=nothing)
        try:
            for _ in range(600):
                if server.poll() is not None:
                    raise SystemExit(f"the server ended at once: {command}")
                try:
                    ask("GET", "/healthz" if port == PORT else "/", {}, port=port)
                    break
                except OSError:
                    time.sleep(0.2)
            yield server.pid
        finally:
            server.terminate()
            server.wait()


def ask(method: str, path: str, headers: dict[str, str], body: bytes | None = None, *, port: int = PORT) -> bytes:
    """Ask once on a connection of its own; any other answer than 200 ends the run."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path}: {answer.status} {text[:300]!r}")
        return text
    finally:
        connection.close()


def cpu_seconds(pid: int) -> float:
    """Return the processor time a process has used, from /proc."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def load(pid: int, port: int, paths: list[str], key: str, seconds: float) -> Measured:
    """Ask for the paths in turn for some seconds."""
    way = _wrk if shutil.which("wrk") else _plain
    began, used = time.perf_counter(), cpu_seconds(pid)
    done = way(port, paths, key, seconds)
    return Measured(done / (time.perf_counter() - began), (cpu_seconds(pid) - used) / done * 1e6)


def _wrk(port: int, paths: list[str], key: str, seconds: float) -> int:
    listed = ",".join(f'"{path}"' for path in paths)
    script = f'local paths = {{{listed}}}\nlocal at = 0\nwrk.headers["X-API-Key"] = "{key}"\n'
    script += "request = function() at = at % #paths + 1; return wrk.format(nil, paths[at]) end\n"
    script += "done = function(summary) io.write('\\nREQUESTS ' .. summary.requests .. ' BAD ' .. summary.errors.status .. '\\n') end\n"
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        command = ["wrk", "-t1", "-c4", f"-d{max(1, round(seconds))}s", "-s", file.name, f"http://127.0.0.1:{port}"]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"REQUESTS (\d+) BAD (\d+)", said)
    if found is None or int(found[2]):
        raise SystemExit(f"wrk: {said}")
    return int(found[1])


def _plain(port: int, paths: list[str], key: str, seconds: float) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    until, done = time.perf_counter() + seconds, 0
    while time.perf_counter() < until:
        connection.request("GET", paths[done % len(paths)], headers={"X-API-Key": key})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"status {answer.status}")
        done += 1
    return done


def look_ups(folder: Path, key: str, texts: list[str], seconds: float) -> None:
    """Print the rate of look-ups as a share of the rate of empty answers; both servers run, asked in turns, medians of the turns."""
    paths = [f"/api/v1/search?q={quote(text[:200])}&limit=1" for text in texts]
    asked = {"empty Flask": (EMPTY_PORT, ["/"]), "search, limit 1": (PORT, paths), "normalize": (PORT, ["/api/v1/normalize?q=a"])}
    turns: dict[str, list[Measured]] = {name: [] for name in asked}
    with served([sys.executable, "-c", EMPTY], {}, EMPTY_PORT) as empty, served(SERVE, settings(folder), PORT) as service:
        for path in paths[:300]:  # the names of the country and the register are read at the first question
            ask("GET", path, {"X-API-Key": key})
        for _ in range(TURNS):
            for name, (port, wanted) in asked.items():
                turns[name].append(load(empty if port == EMPTY_PORT else service, port, wanted, key, seconds / TURNS))
    found = {name: Measured(median(one.rate for one in some), median(one.cpu_us for one in some)) for name, some in turns.items()}
    bare = found["empty Flask"]
    for name, one in found.items():
        print(
            f"{name:16s} {one.rate:8,.0f} a second, {one.cpu_us:7,.0f} us processor time each; "
            f"share {one.rate / bare.rate:.2f} by rate, {bare.cpu_us / one.cpu_us:.2f} by processor time"
        )


def batches(folder: Path, key: str, texts: list[str], count: int) -> None:
    """Print the cost of matching by batches of 1,000 as a share of matching in process, paired."""
    index = open_index(folder / "index")
    asked = [Query(text) for text in texts[:LARGEST_BATCH]]
    body = json.dumps({"addresses": [{"text": text[:2_000]} for text in texts[:LARGEST_BATCH]]}).encode()
    headers = {"X-API-Key": key, "Content-Type": "application/json"}
    inside: list[float] = []
    outside: list[float] = []
    with served(SERVE, settings(folder), PORT) as pid:
        for turn in range(count + 1):
            began = time.process_time()
            verdicts = sum(1 for _ in match_many(asked, index))
            middle, used = time.process_time(), cpu_seconds(pid)
            answered = json.loads(ask("POST", "/api/v1/match", headers, body))
            if verdicts != len(answered["verdicts"]):
                raise SystemExit("not every text was answered")
            if turn:  # the first warms both up
                inside.append(middle - began)
                outside.append(cpu_seconds(pid) - used)
    mine, theirs = sum(inside) / count, sum(outside) / count
    print(
        f"batch of {len(asked):,}: in process {mine * 1e3:,.0f} ms, over HTTP {theirs * 1e3:,.0f} ms processor time; "
        f"share {mine / theirs:.2f}"
    )


def settings(folder: Path) -> dict[str, str]:
    """Return the settings of the service measured: the ordinary ones, but for a limit that is not reached."""
    return {
        "GEOADDR_DATABASE_URL": f"sqlite:///{folder / 'register.sqlite'}", "GEOADDR_INDEX_DIR": str(folder / "index"),
        "GEOADDR_MEDIA_DIR": str(folder / "media"), "GEOADDR_RATE_LIMIT": "100000000 per minute",
    }  # fmt: skip


def main() -> None:
    """Prepare, measure, print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--size", type=int, default=300_000)
    options.add_argument("--seconds", type=float, default=10)
    options.add_argument("--batches", type=int, default=5)
    options.add_argument("--texts", type=int, default=2_000)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        key, texts = prepare(Path(scratch), chosen.size, chosen.texts)
        print(f"{chosen.size:,} addresses")
        look_ups(Path(scratch), key, texts, chosen.seconds)
        batches(Path(scratch), key, texts, chosen.batches)


if __name__ == "__main__":
    main()
