"""Readings of stretches as names nobody has listed, by the generic term they end with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from geoaddr.parsing.lattice import Hit
from geoaddr.parsing.words import Words

_JOINING = frozenset("与的")
_ROAD_LAST = frozenset("路街道巷弄线")
_DIRECTIONS = frozenset("东西南北中前后")
_GENERIC_STARTS = frozenset("路街道镇区县市")
_OFFICE_FORMS = ("公司", "集团")


class Ending(NamedTuple):
    """A generic term of ``size`` characters that ends at ``end``; names that end with it begin from ``first`` to ``last``.

    ``office`` is what of its size does not count for the length of the name.
    """

    end: int
    first: int
    last: int
    size: int
    label: str
    features: tuple[str, ...]
    office: int


def endings_at(text: str, index: int, words: Words) -> list[Ending]:
    """Return the longest generic term of each label that ends with ``text[index]``.

    ``西坞街道`` -> 街道 (town); ``样板新村`` -> 新村 (poi), 村 (community).
    """
    tail = text[index - 1 : index + 1] if index else text[0]
    end = index + 1
    for size in words.term_sizes.get(tail) or words.term_sizes.get(text[index], ()):
        terms = words.terms.get(text[end - size : end]) if size <= end else None
        if terms is not None:
            barred = _barred(text, index, words)
            apart = text[end - size - 1 : end - size] == "村"  # 样板村|村民委员会: the office is a name of its own
            return [
                Ending(end, end - longest, end - shortest, size, label, features, 0 if apart else office)
                for size, label, features, shortest, longest, office in terms
                if label != barred
            ]
    return []


def _barred(text: str, index: int, words: Words) -> str:
    """Return the label whose term goes on: a road does not end inside 街道, nor a community inside 村民委员会."""
    char = text[index]
    if (char == "街" and text[index + 1 : index + 2] == "道") or (char == "道" and text[index - 1 : index] == "街"):
        return "road"
    if char == "道" and text[index + 1 : index + 2] == "口":
        return "road"  # 五道口: the crossing, not a road and its mouth
    return "community" if char == "村" and words.office.match(text, index + 1) else ""


def ending_hits(text: str, start: int, endings: Sequence[Ending], barrier: int, digit_at: Sequence[int]) -> list[Hit]:
    """Return the stretches from ``start`` to one of the ``endings`` before ``barrier`` that may be names.

    ``digit_at`` are the positions of ASCII digits from ``start`` on. A road keeps digits only just before its generic term
    (教育西4巷).
    """
    hits: list[Hit] = []
    digit = digit_at[0] if digit_at else len(text)
    joining = joins(text, start)
    unusual = joining or text[start] in _GENERIC_STARTS or text[start] in _DIRECTIONS
    for end, first, last, size, label, features, office in endings:
        if end > barrier:
            break
        if not first <= start <= last:
            continue
        if end <= digit:
            if unusual or start == end - size or label == "community":
                features = _doubted(text, start, end, size, label, features)
            hits.append(Hit(start, end, label, features, end - start - office))
        elif not joining and _digits_fit(text, start, end, size, label, sum(at < end for at in digit_at)):
            hits.append(Hit(start, end, label, (*features, "digits_inside"), end - start - office))
    return hits


def joins(text: str, start: int) -> bool:
    """Say whether a word that joins begins here, which no name starts with: 与, 的, and 和 after a road."""
    return text[start] in _JOINING or (text[start] == "和" and start > 0 and text[start - 1] in _ROAD_LAST)


def _doubted(text: str, start: int, end: int, size: int, label: str, features: tuple[str, ...]) -> tuple[str, ...]:
    """Return the features with the one that makes a name by generic term doubtful, if any does."""
    doubt = _doubt(text, start, end, size, label)
    return (*features, doubt) if doubt else features


def _doubt(text: str, start: int, end: int, size: int, label: str) -> str:
    """Return the feature that makes a name by generic term doubtful, or an empty string."""
    first = text[start]
    if joins(text, start):
        return "joining_word"
    if end - start == size:
        return "office_alone" if text.endswith(_OFFICE_FORMS, start, end) else "generic_alone" if label != "sub_poi" else ""
    if first in _GENERIC_STARTS:
        return "generic_start"
    if label == "road" and end - start - size == 1 and first in _DIRECTIONS:
        return "bare_direction"
    return "new_village" if label == "community" and text[end - 2 : end] == "新村" else ""


def _digits_fit(text: str, start: int, end: int, size: int, label: str, inside: int) -> bool:
    """Say whether a name of this label may hold the digits it holds."""
    if inside > 4 or (text[start].isdecimal() and label != "poi"):
        return False
    if label in ("road", "sub_road"):
        return text[end - size - inside : end - size].isdecimal() and end - size - inside > start
    return label in ("poi", "community", "devzone")
