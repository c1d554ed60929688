"""How well the naming checks tell nonstandard names from proper ones, on real lists: share flagged, class right, false flags.

Run: python benchmarks/naming_quality.py [--data FOLDER] [--misses]. FOLDER holds names/nonstandard_names.csv and
names/official_names_with_sensitive_tokens.csv; the data is not part of the project. The word lists were developed against the
rows of odd number (0-based even) of the first file only; both halves are printed apart. Each figure is printed twice: the wording
alone, and with the other rows of the same city as a register, for what is listed as a likeness (重) cannot be seen in the wording.
The names of tests/cases/name_wording.csv were written before the word lists were widened and are measured too.

benchmarks/lists holds names that cities published as nonstandard in 2019, with the class, the reason and the page they were taken from;
the misses of listed_dev.csv are printed with --misses, of listed_held.csv only ever the figures. What they list as a likeness alone is
left out.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from corpora import DATA
from listed_names import kind_of_entity, names_in_addresses, register_without

from gazetteer.names.checks import check_name
from gazetteer.names.register import NameRegister
from gazetteer.names.terms import kind_of

CLASSES = ("大", "洋", "怪", "重")
KIND_OF_LEVEL = {"town": "town", "village": "community"}
CASES = Path(__file__).resolve().parent.parent / "tests" / "cases" / "name_wording.csv"
LISTS = Path(__file__).resolve().parent / "lists"
BY_REGISTER = frozenset("重")
"""Same and similar names cannot be seen in the wording: they need the register of the city that listed them."""


@dataclass(frozen=True)
class Outcome:
    """One name with what it is listed as and what the checks said."""

    name: str
    expected: frozenset[str]
    verdict: str
    classes: frozenset[str]


def judged(name: str, expected: str, kind: str, register: NameRegister | None = None, division: str = "") -> Outcome:
    """Check one name, against an empty register where none is given."""
    answer = check_name(name, kind, division, register or NameRegister.empty())
    counted = frozenset(finding["class"] for finding in answer["findings"] if finding["severity"] != "note")
    return Outcome(name, frozenset(expected.split("|")), answer["verdict"], counted)


def judged_row(rows: Sequence[Mapping[str, str]], at: int, by_register: bool) -> Outcome:
    """Check one row of the list, alone or among the other names the list has of its city."""
    row = rows[at]
    register, division = register_without(rows, at) if by_register else (None, "")
    return judged(row["name"], row["category"], kind_of_entity(row["entity_type"], row["name"]), register, division)


def report_listed(title: str, outcomes: Sequence[Outcome], misses: bool) -> None:
    """Print how many listed names were flagged, and how many under the class they were listed for."""
    classed = [one for one in outcomes if one.expected & set(CLASSES)]
    other = [one for one in outcomes if not one.expected & set(CLASSES) and "合规" not in one.expected]
    flagged = [one for one in classed if one.verdict != "clean"]
    right = [one for one in classed if one.expected & one.classes]
    print(
        f"{title}: {len(classed)} names of a class, flagged {len(flagged) / len(classed):.1%}, class right {len(right) / len(classed):.1%}",
        end="",
    )
    seen = [one for one in classed if not one.expected & set(CLASSES) <= BY_REGISTER]
    print(f" (of the {len(seen)} not listed for a likeness: flagged {sum(one.verdict != 'clean' for one in seen) / len(seen):.1%},", end="")
    print(f" class right {sum(bool(one.expected & one.classes) for one in seen) / len(seen):.1%})", end="")
    print(f"; {len(other)} promotional names, flagged {sum(one.verdict != 'clean' for one in other)}", end="")
    proper = [one for one in outcomes if "合规" in one.expected]
    print(f"; {len(proper)} proper ones, flagged {sum(one.verdict != 'clean' for one in proper)}")
    if misses:
        for one in outcomes:
            wrong = one.verdict != "clean" if "合规" in one.expected else not one.expected & one.classes
            if wrong:
                print(f"    {one.name}\texpected {'|'.join(one.expected)}\t{one.verdict} {sorted(filter(None, one.classes))}")


def report_official(title: str, outcomes: Sequence[Outcome], misses: bool) -> None:
    """Print how many proper names were blocked or flagged as exaggerated, foreign or bizarre."""
    blocked = [one for one in outcomes if one.verdict == "blocked"]
    false = [one for one in outcomes if one.classes & {"大", "洋", "怪"}]
    print(f"{title}: {len(outcomes)} names, blocked {len(blocked)}, flagged as 大/洋/怪 {len(false) / len(outcomes):.1%} ({len(false)})")
    if misses:
        for one in (*blocked, *false):
            print(f"    {one.name}\t{one.verdict} {sorted(filter(None, one.classes))}")


def kind_of_use(name: str, kind: str) -> str:
    """Return ``lane`` for a road that is one by its ending, else the kind: 桥下弄 -> lane."""
    return "lane" if name.endswith(("巷", "弄")) else kind


def report_own(path: Path) -> None:
    """Print the figures of the names written for this check alone; their misses are not shown, so that nothing is fitted to them."""
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    outcomes = [judged(row["name"], row["class"].replace(" ", "|") or "合规", row["kind"]) for row in rows]
    report_listed("names of our own", outcomes, False)


def report_published(misses: bool) -> None:
    """Print the figures of the names in benchmarks/lists: the misses of the half developed against alone are ever shown."""
    for half, title in (("dev", "developed against"), ("held", "held back")):
        with (LISTS / f"listed_{half}.csv").open(encoding="utf-8") as file:
            rows = [row for row in csv.DictReader(file) if set(row["class"].split("|")) != BY_REGISTER]
        outcomes = [judged(row["name"], row["class"], row["kind"] or kind_of("", row["name"]) or "estate") for row in rows]
        report_listed(f"published in 2019, wording alone, {title}", outcomes, misses and half == "dev")


def main() -> int:
    """Measure and print; 1 where the lists are missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--misses", action="store_true", help="list every name judged wrongly in the half developed against")
    options = parser.parse_args()
    listed = options.data / "names" / "nonstandard_names.csv"
    official = options.data / "names" / "official_names_with_sensitive_tokens.csv"
    if not listed.exists() or not official.exists():
        print(f"the lists of real names are not at {options.data}/names; nothing was measured", file=sys.stderr)
        return 1
    with listed.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    started = time.perf_counter()
    for title, by_register in (("wording alone", False), ("other names of the city known", True)):
        outcomes = [judged_row(rows, at, by_register) for at in range(len(rows))]
        report_listed(f"listed nonstandard, {title}, developed against", outcomes[::2], options.misses)
        report_listed(f"listed nonstandard, {title}, held back", outcomes[1::2], False)
        report_listed(f"listed nonstandard, {title}, together", outcomes, False)
    report_published(options.misses)
    report_own(CASES)
    with official.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    report_official("official, kind given", [judged(row["official_name"], "", KIND_OF_LEVEL[row["level"]]) for row in rows], options.misses)
    guessed = [judged(row["official_name"], "", "") for row in rows]
    report_official("official, kind guessed, developed against", guessed[::2], options.misses)
    report_official("official, kind guessed, held back", guessed[1::2], False)
    for kind, names in names_in_addresses(sorted((options.data / "parsing").glob("*"))).items():
        if names:
            report_official(
                f"names of kind {kind} in labelled addresses", [judged(name, "", kind_of_use(name, kind)) for name in sorted(names)], False
            )
    print(f"{(len(outcomes) + 2 * len(rows)) / (time.perf_counter() - started):,.0f} names/s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
