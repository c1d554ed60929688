"""Readings of stretches as names: known ones from the lexicon, unknown ones by their generic term."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from geoaddr.lexicon import Lexicon, Name
from geoaddr.parsing.lattice import Hit
from geoaddr.parsing.words import Words

DIVISION_LABELS = frozenset(("country", "province", "city", "district", "town"))
_JOINING = frozenset("与和的")
_DIRECTIONS = frozenset("东西南北中前后")
_GENERIC_STARTS = frozenset("路街道镇区县市")
_CUT_SHORT = frozenset("路街道巷弄村镇乡区县市大")
_OFFICE_FORMS = ("公司", "集团")
_STANDALONE = frozenset(("poi", "sub_poi", "devzone", "community"))


class Ending(NamedTuple):
    """A generic term found in the text: it ends at ``end`` and is ``size`` characters long."""

    end: int
    size: int
    label: str
    feature: str


class Known(NamedTuple):
    """What the lexicon knows at each start: ``(end, names)`` lists, the starts of full names, and the codes that stand in the text."""

    at: list[Sequence[tuple[int, Sequence[Name]]]]
    strong: tuple[int, ...]
    present: frozenset[str]


def find_endings(text: str, words: Words) -> list[Ending]:
    """Return the longest generic term of each label at each end, in text order: ``西坞街道`` -> 街 (road), 街道 (town), 道 (road)."""
    found: list[Ending] = []
    lengths_of, terms = words.ending_lengths, words.endings
    for index, char in enumerate(text):
        sizes = lengths_of.get(char)
        if sizes is None:
            continue
        seen: set[str] = set()
        for size in sizes:
            labels = terms.get(text[index + 1 - size : index + 1]) if size <= index + 1 else None
            for label, feature in labels or ():
                if label not in seen and not (label == "road" and _inside_town_term(text, index)):
                    seen.add(label)
                    found.append(Ending(index + 1, size, label, feature))
    return found


def _inside_town_term(text: str, index: int) -> bool:
    """Say whether a 街 or 道 is only half of 街道."""
    return (text[index] == "街" and text[index + 1 : index + 2] == "道") or (text[index] == "道" and text[index - 1 : index] == "街")


def find_known(text: str, lexicon: Lexicon) -> Known:
    """Look every position up once."""
    at: list[Sequence[tuple[int, Sequence[Name]]]] = []
    strong: list[int] = []
    present: set[str] = set()
    for start in range(len(text)):
        matches = tuple(lexicon.prefixes(text, start))
        at.append(matches)
        for end, names in matches:
            full = end - start > 2 and any(name.kind in ("standard", "former") for name in names)
            if full:
                strong.append(start)
            if full or start == 0:
                present.update(name.ref for name in names if name.ref and name.label in DIVISION_LABELS)
    return Known(at, tuple(dict.fromkeys(strong)), frozenset(present))


def _supported(name: Name, present: frozenset[str]) -> bool:
    """Say whether a division the name lies in, or one that lies in it, stands in the text too."""
    if name.label not in DIVISION_LABELS:
        return bool(name.parent) and any(name.parent.startswith(code) or code.startswith(name.parent) for code in present)
    return any(code != name.ref and (name.ref.startswith(code) or code.startswith(name.ref)) for code in present)


def known_hits(text: str, start: int, known: Known) -> list[Hit]:
    """Return one hit per label for each known name beginning here."""
    hits: list[Hit] = []
    for end, names in known.at[start]:
        by_label: dict[str, list[Name]] = {}
        for name in names:
            by_label.setdefault(name.label, []).append(name)
        for label, same in by_label.items():
            supported = tuple(name for name in same if _supported(name, known.present))
            kept = supported or tuple(same)
            kind = min((name.kind for name in kept), key=_KIND_ORDER.index)
            features = [_feature(label, kind)]
            features += _context(text, start, end, kind, label, bool(supported), known.present.difference(name.ref for name in same))
            hits.append(Hit(start, end, label, tuple(features), 0, kept))
    return hits


def _context(text: str, start: int, end: int, kind: str, label: str, supported: bool, others: frozenset[str]) -> list[str]:
    """Return the features that what stands around a known name adds."""
    short = kind in ("short", "former_short")
    features = []
    if supported:
        features.append("lexicon.supported_short" if short else "lexicon.supported")
    elif others and label in ("district", "town", "city"):
        features.append("lexicon.unsupported")
    if short and start == 0:
        features.append("lexicon.leading")
    if short and text[end : end + 1] in _CUT_SHORT:
        features.append("lexicon.cut_short")
    return features


_KIND_ORDER = ("standard", "former", "alias", "folk", "short", "former_short", "misspelt")


def _feature(label: str, kind: str) -> str:
    return "lexicon.place" if label not in DIVISION_LABELS and kind == "standard" else f"lexicon.{kind}"


def ending_hits(start: int, endings: Sequence[Ending], barrier: int, digits: Sequence[int], text: str, words: Words) -> list[Hit]:
    """Return the stretches from ``start`` to a generic term before ``barrier`` that may be names.

    ``digits[i]`` counts the ASCII digits before ``i``. A road keeps digits only just before its generic term (教育西4巷).
    """
    hits: list[Hit] = []
    limits = words.name_length
    for end, size, label, feature in endings:
        if end <= start:
            continue
        if end > barrier:
            break
        length = end - start
        if length > limits[label] or length < size or (length == size and (label not in _STANDALONE or size < 2)):
            continue
        inside = digits[end] - digits[start]
        if not inside:
            doubt = _doubt(text, start, end, size, label)
            hits.append(Hit(start, end, label, (feature, doubt) if doubt else (feature,), length))
        elif _digits_fit(text, start, end, size, label, inside):
            hits.append(Hit(start, end, label, (feature, "digits_inside"), length))
    return hits


def _doubt(text: str, start: int, end: int, size: int, label: str) -> str:
    """Return the feature that makes a name by generic term doubtful, or an empty string."""
    first = text[start]
    if first in _JOINING:
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
