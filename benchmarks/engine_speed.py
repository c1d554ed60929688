"""How fast the engine is, stage by stage: texts of the sample district, and the index in a fresh process.

Usage: ``python benchmarks/engine_speed.py [--size 300000] [--queries 20000] [--combined 1] [--seed 7] [--folder FOLDER]``. With
``--folder`` the index is kept there and used again. All times are CPU time of one process.
"""

from __future__ import annotations

import argparse
import gc
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from linking import register

from gazetteer.sample.district import SampleDistrict, generate
from gazetteer.sample.queries import queries
from geoaddr.normalize import normalize
from geoaddr.parse import parse
from geoaddr.parsing.quick import quick_reading
from matchers.candidates import find
from matchers.direct import direct
from matchers.index import Index, build_index, open_index
from matchers.match import compared, match, whole_way
from matchers.question import ask
from matchers.verdict import Query

_CHUNK = 500
_FRESH = """
import json, sys, time, resource
from pathlib import Path
from matchers.index import open_index
from matchers.match import match
from matchers.verdict import Query
def memory():
    rows = dict(line.split(":", 1) for line in Path("/proc/self/smaps_rollup").read_text().splitlines()[1:])
    kept = {name: int(rows[name].split()[0]) / 1024 for name in ("Private_Clean", "Private_Dirty", "Shared_Clean", "Shared_Dirty", "Rss")}
    return {"own": kept["Private_Dirty"], "mapped": kept["Private_Clean"] + kept["Shared_Clean"], "all": kept["Rss"]}
texts = json.loads(Path(sys.argv[2]).read_text())
before = memory()
start = time.perf_counter()
index = open_index(Path(sys.argv[1]))
opened = time.perf_counter() - start
start = time.perf_counter()
index.lexicon.sizes("宁波")
lexicon = time.perf_counter() - start
start = time.perf_counter()
match(Query(texts[0]), index)
first = time.perf_counter() - start
ready = memory()
for text in texts:
    match(Query(text), index)
print(json.dumps({"before": before, "ready": ready, "after": memory(), "opened": opened, "lexicon": lexicon, "first": first}))
"""


def built(district: SampleDistrict, folder: Path) -> None:
    """Build the index and print how long that took from entries already read, and the most memory the process had."""
    entries = list(register(district))
    gc.collect()
    gc.freeze()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    start, wall = time.process_time(), time.perf_counter()
    build_index(entries, folder, seq=1)
    spent, waited = time.process_time() - start, time.perf_counter() - wall
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
    print(f"build {len(entries):,} entries: {spent:.1f} s CPU ({waited:.1f} s), {size:.0f} MB on disk, {after - before:.0f} MB more memory")


def opened(folder: Path, texts: Sequence[str]) -> None:
    """Open the index in a fresh process, answer the texts, and print times and memory."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as asked:
        json.dump(list(texts), asked)
        asked.flush()
        told = subprocess.run([sys.executable, "-c", _FRESH, str(folder), asked.name], capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(told.stdout)
    first, nation = found["first"] * 1e3, found["lexicon"] * 1e3
    print(f"fresh process: opened in {found['opened'] * 1e3:.1f} ms, names of the nation {nation:.0f} ms, first verdict {first:.0f} ms")
    for moment, label in (("before", "imports only"), ("ready", "first verdict"), ("after", f"{len(texts):,} verdicts")):
        memory = found[moment]
        own, mapped = memory["own"], memory["mapped"]
        print(f"  memory after {label}: {own:.0f} MB of its own, {mapped:.0f} MB of files mapped, {memory['all']:.0f} MB together")


def stages(index: Index, texts: Sequence[str], rounds: int = 3) -> dict[str, float]:
    """Return microseconds of CPU per text and stage: the best of a few rounds for each chunk, so that a busy machine counts less."""
    spent: dict[str, float] = {}
    for first in range(0, len(texts), _CHUNK):
        chunk = [Query(text) for text in texts[first : first + _CHUNK]]
        runs = [_run(index, chunk) for _ in range(rounds)]
        for name in runs[0]:
            spent[name] = spent.get(name, 0.0) + min(run[name] for run in runs)
    return {name: value / len(texts) * 1e6 for name, value in spent.items()}


def _run(index: Index, chunk: list[Query]) -> dict[str, float]:
    spent: dict[str, float] = {}

    def timed(name: str, step: Callable[[], list[Any]]) -> list[Any]:
        start = time.process_time()
        made = step()
        spent[name] = time.process_time() - start
        return made

    plain = timed("normalize", lambda: [normalize(query.text) for query in chunk])
    timed("quick reading", lambda: [quick_reading(text, index.lexicon) for text in plain])
    parsed = timed("normalize and parse", lambda: [parse(query.text, index.lexicon) for query in chunk])
    asked = timed("ask", lambda: [ask(query, read) for query, read in zip(chunk, parsed, strict=True)])
    timed("find", lambda: [find(question, index) for question in asked])
    timed("find and compare", lambda: [compared(question, index) for question in asked])
    timed("match", lambda: [match(query, index) for query in chunk])
    return spent


def throughput(index: Index, texts: Sequence[str]) -> None:
    """Print texts per second, p50, p99 and the longest, each text asked once after 500 others: of all, and of the last quarter.

    The longer a process answers, the fewer words are new to it.
    """
    for text in texts[:500]:
        match(Query(text), index)
    gc.collect()
    gc.freeze()
    times = []
    for text in texts:
        start = time.process_time()
        match(Query(text), index)
        times.append(time.process_time() - start)
    for which, some in (("all", times), ("the last quarter", times[-len(times) // 4 :])):
        ranked = sorted(some)
        middle, slow = ranked[len(ranked) // 2] * 1e3, ranked[int(len(ranked) * 0.99)] * 1e3
        rate = len(ranked) / sum(ranked)
        print(f"{which}: {rate:,.0f} texts/s; p50 {middle:.3f} ms, p99 {slow:.3f} ms, longest {ranked[-1] * 1e3:.1f} ms")


def directly(index: Index, texts: Sequence[str]) -> None:
    """Print how many texts went the direct way, and how many of their verdicts differ from those of the whole way (none may)."""
    found = [(query, verdict) for query in map(Query, texts) if (verdict := direct(query, index, whole_way)) is not None]
    different = sum(verdict != whole_way(query, index) for query, verdict in found)
    print(f"went the direct way: {len(found) / len(texts):.3f} of {len(texts):,} texts; {different} verdicts differ from the whole way")


def main() -> None:
    """Build or open, measure, print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--size", type=int, default=300_000)
    options.add_argument("--queries", type=int, default=20_000)
    options.add_argument("--combined", type=int, default=1)
    options.add_argument("--seed", type=int, default=7)
    options.add_argument("--folder", type=Path)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = chosen.folder or Path(scratch)
        district = generate(chosen.size)
        if not (folder / "CURRENT").exists():
            built(district, folder)
        drawn = queries(district, chosen.queries, chosen.seed, combined=chosen.combined, unanswerable_share=0.2)
        texts = [text.text for text in drawn]
        del district
        opened(folder, texts[:10_000])
        index = open_index(folder)
        throughput(index, texts)
        table = stages(index, texts[:4000])
        print("microseconds per text (warm): " + ", ".join(f"{name} {value:.1f}" for name, value in table.items()))
        directly(index, texts)
        doubtful = sum(quick_reading(normalize(text), index.lexicon) is None for text in texts)
        print(f"texts the lattice was asked about: {doubtful / len(texts):.3f}")


if __name__ == "__main__":
    main()
