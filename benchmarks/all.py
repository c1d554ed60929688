"""Run every benchmark one after the other and print what each prints; one that lacks its data says so and the rest go on."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
QUICK: dict[str, list[str]] = {
    "parse_quality.py": [],
    "naming_quality.py": [],
    "pair_relation.py": ["--sample", "2000"],
    "name_variants.py": [],
    "linking.py": ["--size", "30000", "--queries", "3000"],
    "engine_speed.py": ["--size", "30000", "--queries", "4000"],
    "import_speed.py": ["--rows", "30000"],
    "http_speed.py": ["--size", "30000", "--seconds", "4"],
    "batch_speed.py": ["--size", "30000", "--rows", "10000"],
    "demo_speed.py": ["--size", "3000"],
}
FULL: dict[str, list[str]] = {
    "parse_quality.py": [],
    "naming_quality.py": [],
    "pair_relation.py": [],
    "name_variants.py": [],
    "linking.py": [],
    "engine_speed.py": [],
    "import_speed.py": [],
    "http_speed.py": [],
    "batch_speed.py": [],
    "demo_speed.py": [],
}


def main() -> int:
    """Run them; the exit code is 1 where one of them broke."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes: minutes instead of an hour")
    broken = 0
    for name, arguments in (QUICK if parser.parse_args().quick else FULL).items():
        sys.stdout.write(f"\n=== {name} {' '.join(arguments)}\n")
        sys.stdout.flush()
        broken |= subprocess.run([sys.executable, str(FOLDER / name), *arguments], check=False).returncode != 0
    return int(broken)


if __name__ == "__main__":
    sys.exit(main())
