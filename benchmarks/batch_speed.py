"""Whole tables washed: rows a second by ``geoaddr match`` with one and more workers and by a file job, against the engine in process.

Usage: ``python benchmarks/batch_speed.py [--size 300000] [--rows 100000] [--workers 1 2]``. The processor time of all processes of a
run is printed beside the rate, since it does not depend on what else the machine does. Nothing is imported into the register: the
index is built from the sample's entries.
"""

from __future__ import annotations

import argparse
import csv
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from http_speed import prepare, settings

from gazetteer.job_kinds import job_kinds
from gazetteer.jobs import run_once
from gazetteer.linking.match_file import enqueue_match, keep_upload
from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM
from geoaddr.settings import Settings
from matchers.index import open_index
from matchers.match import match_many
from matchers.verdict import Query

DIFFERENT = 20_000
"""Different texts in the table; beyond that they repeat, as they do in offices' tables."""


def main() -> None:
    """Prepare, measure, print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--size", type=int, default=300_000)
    options.add_argument("--rows", type=int, default=100_000)
    options.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        _key, texts = prepare(folder, chosen.size, min(DIFFERENT, chosen.rows))
        table = folder / "in.csv"
        with table.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(["编号", "地址"])
            writer.writerows([str(row), texts[row % len(texts)]] for row in range(chosen.rows))
        print(f"{chosen.rows:,} rows against {chosen.size:,} addresses")
        index = open_index(folder / "index")
        inside = min(chosen.rows, DIFFERENT)
        measured("in process", inside, lambda: sum(1 for _ in match_many(map(Query, texts), index)))
        for workers in chosen.workers:
            command = [sys.executable, "-m", "geoaddr", "match", str(table), str(folder / f"out{workers}.csv")]
            command += ["--column", "地址", "--workers", str(workers), "--quiet"]
            measured(f"geoaddr match --workers {workers}", chosen.rows, lambda made=command: ended(made, folder))
        same = {(folder / f"out{workers}.csv").read_bytes() for workers in chosen.workers}
        print(f"the same bytes whatever the number of workers: {len(same) == 1}")
        measured("file job", chosen.rows, lambda: job(folder, table))


def ended(command: list[str], folder: Path) -> None:
    """Run a command to its end; exit code 1 only says that some rows hold no address."""
    with open(os.devnull, "wb") as nothing:
        done = subprocess.run(command, env={**os.environ, **settings(folder)}, stderr=nothing, check=False)
    if done.returncode > 1:
        raise SystemExit(f"geoaddr match ended with {done.returncode}")


def job(folder: Path, table: Path) -> None:
    """Send the table as a job and run it."""
    chosen = Settings(
        database_url=f"sqlite:///{folder / 'register.sqlite'}", index_dir=folder / "index", media_dir=folder / "media", max_upload_mb=2_000
    )
    store = Store(chosen.database_url)
    with table.open("rb") as stream:
        stored = keep_upload(chosen, stream, table.name)
    with store.transaction() as session:
        enqueue_match(session, chosen, upload=stored, filename=table.name, column="地址", actor=SYSTEM)
    if not run_once(store, chosen, job_kinds()):
        raise SystemExit("there was no job to run")
    store.close()


def measured(name: str, rows: int, run: Callable[[], object]) -> None:
    """Print how many rows a second a run did, and its processor time for each, its children's included."""
    began, used = time.perf_counter(), processor_s()
    run()
    wall, spent = time.perf_counter() - began, processor_s() - used
    print(f"{name:28s} {rows / wall:9,.0f} rows/s, {spent / rows * 1e6:7,.1f} us processor time each", flush=True)


def processor_s() -> float:
    """Return the processor time of this process and of its ended children."""
    return sum(
        sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )  # fmt: skip


if __name__ == "__main__":
    main()
