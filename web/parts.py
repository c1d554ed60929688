"""Address text as pages draw it: cut into its parts by colour, and entries of the register cut the same way."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from geoaddr.parts import Parsed
from web.wording import part_word

QUIET = ("noise",)
"""Labels of stretches that are shown but not named: dashes between numbers, blanks."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """One stretch of text with the colour of its part, the word beneath, and how it is marked."""

    text: str
    label: str
    word: str
    css: str = ""


def stretches(parsed: Parsed, *, differing: Collection[str] = ()) -> list[Stretch]:
    """Cut the raw text into stretches in order; nothing but blanks is lost, what was not understood is labelled ``rest``.

    Parts whose label is in ``differing`` are marked. Example: 肖桥路88号 -> 肖桥路 (road), 88号 (number).
    """
    found: list[Stretch] = []
    at = 0
    labelled = [*((part.start, part.end, part.label) for part in parsed.parts), *((part.start, part.end, "rest") for part in parsed.rest)]
    for start, end, label in sorted(labelled):
        begin = max(start, at)
        if begin >= end:
            continue
        if begin > at:
            found.append(_between(parsed.text[at:begin]))
        marked = "is-diff" if label in differing else ""
        found.append(Stretch(parsed.text[begin:end], label, "" if label in QUIET else part_word(label), marked))
        at = end
    if at < len(parsed.text):
        found.append(_between(parsed.text[at:]))
    return [one for one in found if one.text.strip()]


def _between(text: str) -> Stretch:
    return Stretch(text, "noise", "")


def official(evidence: Iterable[Mapping[str, Any]]) -> list[Stretch]:
    """Return the parts of an entry in the order of the comparison, those the text wrote otherwise or left out marked."""
    marks = {"equal": "", "near": "", "missing": "is-missing"}
    return [
        Stretch(one["official"], one["label"], part_word(one["label"]), marks.get(one["outcome"], "is-diff"))
        for one in evidence
        if one["official"] and one["label"] not in ("position", "status")
    ]


def differing_labels(evidence: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return the labels of the parts that the text wrote otherwise than the register."""
    return {one["label"] for one in evidence if one["outcome"] not in ("equal", "near", "missing")}
