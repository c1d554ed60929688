"""How many real former, folk and miswritten forms of Zhejiang place names are recognised without a register, by how they came to be.

Usage: ``python benchmarks/name_variants.py [NAMES]``.
The list has ``current_or_standard``, ``alias_or_former`` and ``mechanism``. A form that is one name written or shortened otherwise should
be seen as near; a form that is another name altogether (renamed, merged) must not be: only the register's history can join those.
"""

from __future__ import annotations

import argparse
import csv
from collections import defaultdict
from pathlib import Path

from corpora import DATA

from matchers.place_names import names_outcome
from matchers.similar import similarity

DEFAULT_NAMES = DATA / "names" / "aliases.csv"
WRITTEN = ("异写", "同音", "讹写", "谐音", "简称", "俗称", "撤村建居", "改镇", "改街道", "划归")
"""Mechanisms that leave the name itself: other characters, a shorter form, another generic term or another parent."""


def label_of(name: str) -> str:
    """Return the label a name is compared as, by its last character."""
    return "town" if name.endswith(("街道", "镇", "乡")) else "district" if name.endswith(("区", "县")) else "community"


def outcome(one: str, other: str) -> str:
    """Return how the register's comparison sees two forms, else how the comparison of texts does."""
    found = similarity(one, other, label_of(other))
    return found if found != "conflict" else names_outcome(one, other)


def main() -> None:
    """Print recognised and taken-for-another counts of both groups, and each form that falls on the wrong side."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("names", nargs="?", type=Path, default=DEFAULT_NAMES)
    chosen = options.parse_args()
    if not chosen.names.is_file():
        print(f"No list of name variants at {chosen.names}.")
        return
    with chosen.names.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    groups: dict[bool, list[tuple[str, str, str, str]]] = defaultdict(list)
    for row in rows:
        current, former, mechanism = row["current_or_standard"], row["alias_or_former"], row["mechanism"]
        written = any(word in mechanism for word in WRITTEN)
        groups[written].append((current, former, mechanism, outcome(former, current)))
    for written, title in ((True, "one name written or shortened otherwise"), (False, "another name (renamed, merged)")):
        near = [one for one in groups[written] if one[3] != "conflict"]
        print(f"{title}: {len(near)} of {len(groups[written])} seen as near")
        for current, former, mechanism, found in groups[written]:
            if (found == "conflict") is written:
                print(f"  {current} | {former}  {mechanism}  {found}")


if __name__ == "__main__":
    main()
