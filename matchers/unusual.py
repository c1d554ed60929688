"""Texts that are no single address of this country: several in one cell, from abroad, cut off, or no address at all."""

from __future__ import annotations

from functools import cache

from geoaddr.parse import LONGEST
from geoaddr.parts import Parsed, Part
from matchers.cores import core
from matchers.question import Question
from matchers.tables import table, words
from matchers.verdict import Verdict

_HANGS_ON = ("road", "village_group", "community", "town", "district")
"""Labels that make a second number another address; a second number after an estate alone (66号锦绣苑3号) is a building."""
_JOINED_BY = frozenset("、,，/;；和及与")

_NAMED_AFTER = frozenset("路街巷弄大村城园")
"""What follows the name of a country in the name of a road or place called after it: 南非路, 法国城."""


def several_addresses(parsed: Parsed) -> bool:
    """Say whether a text names two different doors.

    ``肖桥路88号；大成东路8号`` and ``肖桥路88、90号`` -> True; one door written twice, or ``大成东路66号锦绣苑3号`` -> False.
    """
    doors: list[tuple[frozenset[str], str]] = []
    hangs_on: set[str] = set()
    former = False
    for part in parsed.parts:
        if part.label in _HANGS_ON:
            hangs_on.add(part.value or part.text)
        elif part.label == "noise":
            former = former or part.text in words("former_marks")
        elif part.label == "number" or (doors and _goes_on(part, parsed)):
            if doors and not hangs_on and part.label == "number":
                continue
            own = frozenset(hangs_on) or (doors[-1][0] if doors else frozenset())
            if own and not former:
                doors.append((own, core("number", part.value or part.text)))
            hangs_on, former = set(), False
    if len(doors) < 2:
        return False
    (first_on, first), *others = doors
    return any(number != first or not on & first_on for on, number in others)


def noted(verdict: Verdict, question: Question) -> Verdict:
    """Return the verdict with what is odd about the text as a whole: that it was cut, holds several addresses, is from abroad or none."""
    parsed = question.parsed
    if verdict.verdict in ("C", "N") and _says_nothing(parsed):
        return verdict._replace(
            verdict="X", next="reject", reason="unreadable", match_level="none", candidates=(), evidence=(), warnings=()
        )
    if verdict.verdict == "N" and verdict.reason == "place_not_found" and _from_abroad(parsed):
        verdict = verdict._replace(reason="outside_area")
    warnings = list(verdict.warnings)
    if len(parsed.text) > LONGEST and len(parsed.normalized) > LONGEST:
        warnings.append("truncated")
    if verdict.verdict == "N" and several_addresses(parsed):
        warnings.append("several_addresses")
    return verdict if len(warnings) == len(verdict.warnings) else verdict._replace(warnings=tuple(dict.fromkeys(warnings)))


def _goes_on(part: Part, parsed: Parsed) -> bool:
    """A bare or numbered part right after a separator that follows a number goes on with another number: 88、90号."""
    if part.label not in ("building", "room") or not part.text.rstrip("号").isdecimal():
        return False
    before = parsed.text[max(part.start - 1, 0) : part.start]
    return before in _JOINED_BY and (part.text.endswith("号") or before == "、")


def _says_nothing(parsed: Parsed) -> bool:
    """No letter of any script at all, or one of the words people write into an empty cell."""
    text = parsed.normalized.strip(" ,.;:。()/-")
    return text.lower() in _words("nothing") or not any(character.isalpha() for character in text)


def _from_abroad(parsed: Parsed) -> bool:
    text = parsed.normalized.lstrip(" ,.;:。(")
    return any(text.startswith(name) and text[len(name) : len(name) + 1] not in _NAMED_AFTER for name in _words("abroad"))


@cache
def _words(name: str) -> frozenset[str]:
    return frozenset(str(word) for word in table("unusual.yaml")[name])
