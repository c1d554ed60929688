"""Readings of stretches as known names: what the lexicon says of a text, and how much of it the rest of the text supports."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, cast

from geoaddr.lexicon import Lexicon, Name
from geoaddr.parsing.lattice import Hit
from geoaddr.parsing.words import address_words

DIVISION_ORDER = ("country", "province", "city", "district", "town")
_DEPTH = {label: depth for depth, label in enumerate(DIVISION_ORDER)}
_CONTRADICTED = frozenset(("city", "district", "town"))
_FULL = frozenset(("standard", "former"))
_SHORT = frozenset(("short", "former_short"))
_KIND_ORDER = ("standard", "former", "alias", "folk", "short", "former_short", "misspelt")
_LONGER_WORD = frozenset("路街道巷弄区场政委民中第大工")
_CUT_SHORT = frozenset("路街道巷弄村镇乡区县市大")
_LEADING, _CUT = ("lexicon.leading",), ("lexicon.cut_short",)
_REMEMBERED = 2**16


@dataclass(frozen=True, slots=True, eq=False)
class Meaning:
    """What the names of one text say by themselves, whatever stands around them.

    ``full``: one of them is an official form of three characters or more; ``codes`` are those of the divisions it names.
    ``shallowest`` and ``deepest`` are indexes into ``DIVISION_ORDER``; -1 when not all names are divisions.
    """

    by_label: tuple[tuple[str, tuple[Name, ...]], ...]
    full: bool
    codes: frozenset[str]
    shallowest: int
    deepest: int


class Judged(NamedTuple):
    """The names of one label that the divisions of the text leave standing, and the features they are weighed by."""

    label: str
    names: tuple[Name, ...]
    features: tuple[str, ...]
    supported: bool
    short: bool


class Known(NamedTuple):
    """What the lexicon knows at each start: ``(end, meaning)`` lists, the starts of full names, and the codes that stand in the text."""

    at: list[Sequence[tuple[int, Meaning]]]
    strong: list[int]
    present: frozenset[str]


@lru_cache(maxsize=4)
def _meanings(lexicon: Hashable) -> dict[str, Meaning]:
    """Return the meanings met so far, by text; a lexicon never changes, so they hold as long as it does."""
    return {}


def _meaning(spelt: str, names: Iterable[Name]) -> Meaning:
    """Work out what names of the same text say by themselves; those that several lexicons know count once."""
    by_label: dict[str, list[Name]] = {}
    for name in dict.fromkeys(names):
        by_label.setdefault(name.label, []).append(name)
    depths = [_DEPTH.get(label, -1) for label in by_label]
    divisions = -1 not in depths
    return Meaning(
        by_label=tuple([(label, tuple(same)) for label, same in by_label.items()]),
        full=len(spelt) > 2 and any(name.kind in _FULL for same in by_label.values() for name in same),
        codes=frozenset(name.ref for label, same in by_label.items() for name in same if label in _DEPTH and name.ref),
        shallowest=min(depths) if divisions else -1,
        deepest=max(depths) if divisions else -1,
    )


def find_known(text: str, lexicon: Lexicon) -> Known:
    """Look every position up once."""
    meanings, prefixes = _meanings(cast(Hashable, lexicon)), lexicon.prefixes
    at: list[Sequence[tuple[int, Meaning]]] = [()] * len(text)
    strong: list[int] = []
    present: set[str] = set()
    opening: frozenset[str] = frozenset()
    for start in range(len(text)):
        matches = prefixes(text, start)
        if not matches:
            continue
        found = at[start] = []
        for end, names in matches:
            spelt = text[start:end]
            meaning = meanings.get(spelt)
            if meaning is None:
                if len(meanings) >= _REMEMBERED:
                    meanings.clear()
                meaning = meanings[spelt] = _meaning(spelt, names)
            found.append((end, meaning))
            if meaning.full:
                strong.append(start)
                present |= meaning.codes
            elif start == 0:
                opening |= meaning.codes
    if 0 not in strong:  # 锦屏街道: the 锦屏 it begins with is no county
        present |= opening
    return Known(at, strong, frozenset(present))


@lru_cache(maxsize=_REMEMBERED)
def _judged(meaning: Meaning, present: frozenset[str]) -> tuple[Judged, ...]:
    """Judge the names of one text by the division codes of the whole text; those it supports hide the others of their label.

    The same few sets of codes come with every address of a district, so most answers are remembered ones.
    """
    return tuple([_judge(label, names, present) for label, names in meaning.by_label])


def _judge(label: str, names: tuple[Name, ...], present: frozenset[str]) -> Judged:
    supported = tuple([name for name in names if _supported(name, present)])
    kept = supported or names
    kind = kept[0].kind if len(kept) == 1 else min((name.kind for name in kept), key=_KIND_ORDER.index)
    short = kind in _SHORT
    features = ["lexicon.place" if label not in _DEPTH and kind == "standard" else f"lexicon.{kind}"]
    if supported:
        features.append("lexicon.supported_short" if short else "lexicon.supported")
    elif label in _CONTRADICTED and not present.issubset([name.ref for name in names]):
        features.append("lexicon.unsupported")
    return Judged(label, kept, tuple(features), bool(supported), short)


def _supported(name: Name, present: frozenset[str]) -> bool:
    """Say whether a division the name lies in, or one that lies in it, stands in the text too."""
    division = name.label in _DEPTH
    anchor = name.ref if division else name.parent
    if not anchor:
        return False
    return any((anchor.startswith(code) or code.startswith(anchor)) and not (division and code == anchor) for code in present)


def known_hits(text: str, start: int, known: Known) -> list[Hit]:
    """Return one hit per label for each known name beginning here.

    A short form is not read where the full one stands and the text bears it out: never 奉化 of 奉化区, unless a name begins at 区.
    """
    matches = known.at[start]
    _, longest = matches[-1]
    full = _judged(longest, known.present)
    borne_out = full[0].label if len(full) == 1 and full[0].supported and not full[0].short else ""
    hits: list[Hit] = []
    for end, meaning in matches:
        readings = _readings(text, start, end, meaning, known)
        if borne_out and meaning is not longest and text[end] in _CUT_SHORT and not known.at[end]:
            readings = [hit for hit in readings if hit.label != borne_out or _CUT[0] not in hit.features]
        hits += readings
    return hits


def _readings(text: str, start: int, end: int, meaning: Meaning, known: Known) -> list[Hit]:
    """Return the hits of one known name: its judged readings, weighed by what stands around them.

    A community written as its office is that office to its end: 样板村民委员会 is 样板村, never 样板村 and something else.
    """
    hits: list[Hit] = []
    for label, names, features, _, short in _judged(meaning, known.present):
        if label == "country" and not (end < len(text) and known.at[end]):
            features = (features[0], "lexicon.lonely_country", *features[1:])
        if short:
            if start == 0:
                features += _LEADING
            if text[end : end + 1] in _CUT_SHORT:
                features += _CUT
        office = address_words().office.match(text, end) if label == "community" else None
        hits.append(Hit(start, office.end() if office else end, label, features, 0, names))
    return hits


def certain_hits(text: str, start: int, known: Known, above: int) -> tuple[list[Hit], int]:
    """Return the official division that can only be meant here with its depth (an index into DIVISION_ORDER), or nothing.

    It must be deeper than what the address has named so far (``above``), be named in full, belong to other divisions of the text
    (or open it), and not be the beginning of a longer word such as 宁波市场.
    """
    if not known.at[start]:
        return [], above
    end, meaning = known.at[start][-1]
    if not meaning.full or meaning.shallowest <= above or text[end : end + 1] in _LONGER_WORD:
        return [], above
    sure = start == 0 and meaning.deepest < _DEPTH["town"]
    if sure or any(judged.supported and not judged.short for judged in _judged(meaning, known.present)):
        return _readings(text, start, end, meaning, known), meaning.deepest
    return [], above
