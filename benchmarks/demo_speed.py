"""How long the sample district takes to build, stage by stage, and how quick the command line answers.

Usage: ``python benchmarks/demo_speed.py [--size 30000]``.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from gazetteer.sample.build import build_demo


def main() -> None:
    """Print seconds by stage, largest first, and the median of seven runs of ``geoaddr --help``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=30_000)
    size = parser.parse_args().size
    runs = []
    for _ in range(7):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-m", "geoaddr", "--help"], check=True, capture_output=True)
        runs.append(time.perf_counter() - began)
    print(f"geoaddr --help: {median(runs):.3f} s (median of 7)")
    with tempfile.TemporaryDirectory() as folder:
        began, cpu = time.perf_counter(), time.process_time()
        report = build_demo(Path(folder) / "demo", size, lambda _text: None)
        print(f"demo of {size} addresses: {time.perf_counter() - began:.1f} s, of which CPU {time.process_time() - cpu:.1f} s")
    for name, seconds in sorted(report.seconds.items(), key=lambda item: -item[1]):
        print(f"  {seconds:7.2f} s  {name}")


if __name__ == "__main__":
    main()
