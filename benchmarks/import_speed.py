"""How fast a large address file comes into the register: ``python benchmarks/import_speed.py [--rows 300000] [--folder DIR]``.

Writes the sample's files once, loads divisions, roads and places, then times the address file: as new, and again unchanged. Runs on SQLite
in a temporary folder and, where ``GEOADDR_BENCH_POSTGRES`` names an empty database, on PostGIS.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from datetime import date
from pathlib import Path

from gazetteer.exchange.importing.request import ImportRequest
from gazetteer.exchange.importing.run import import_file
from gazetteer.sample.district import generate
from gazetteer.sample.files import ImportFile, write_files
from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM
from gazetteer.store.schema import upgrade

BEFORE = ("divisions", "roads", "places")


def main() -> None:
    """Run the benchmark and print a line a stage."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--size", "--rows", type=int, default=300_000)
    options.add_argument("--folder", type=Path)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = chosen.folder or Path(scratch) / "files"
        began = time.perf_counter()
        files = write_files(generate(chosen.size), folder)
        print(f"files of {chosen.size:,} addresses written in {time.perf_counter() - began:.1f} s")
        urls = {"SQLite": f"sqlite:///{scratch}/register.sqlite"}
        if os.environ.get("GEOADDR_BENCH_POSTGRES"):
            urls["PostGIS"] = os.environ["GEOADDR_BENCH_POSTGRES"]
        for name, url in urls.items():
            measure(name, url, folder, files)


def measure(name: str, url: str, folder: Path, files: tuple[ImportFile, ...]) -> None:
    """Load one store and print rows a second, wall and processor time."""
    store = Store(url)
    upgrade(store)
    for file in files:
        if file.kind in BEFORE:
            bring(store, folder, file)
    addresses = next(file for file in files if file.kind == "addresses")
    for what in ("new", "unchanged"):
        wall, processor = time.perf_counter(), time.process_time()
        rows = bring(store, folder, addresses)
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
        print(f"{name}: {rows:,} addresses {what}: {wall:.1f} s wall, {processor:.1f} s here, {rows / wall:,.0f} rows/s")
    store.close()
    print(f"{name}: peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


def bring(store: Store, folder: Path, file: ImportFile) -> int:
    """Import one file and return its number of rows; a refused row ends the benchmark."""
    as_of = date.fromisoformat(file.as_of) if file.as_of else None
    report = import_file(store, ImportRequest(file.kind, folder / file.name, SYSTEM, mapping=file.mapping, as_of=as_of))
    if report.rejected:
        raise SystemExit(f"{file.name}, line {report.rejected[0].line}: {report.rejected[0].reason}")
    return report.rows


if __name__ == "__main__":
    main()
