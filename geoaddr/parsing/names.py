"""Readings of stretches as names: known ones from the lexicon, unknown ones by their generic term."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from geoaddr.lexicon import Lexicon, Name
from geoaddr.parsing.lattice import Hit
from geoaddr.parsing.words import Words

DIVISION_ORDER = ("country", "province", "city", "district", "town")
DIVISION_LABELS = frozenset(DIVISION_ORDER)
_CONTRADICTED = frozenset(("city", "district", "town"))
_FULL = frozenset(("standard", "former"))
_LONGER_WORD = frozenset("路街道巷弄区场政委民中第大工")
_JOINING = frozenset("与的")
_ROAD_LAST = frozenset("路街道巷弄线")
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


def find_endings(text: str, words: Words, begin: int = 0) -> list[Ending]:
    """Return the longest generic term of each label at each end from ``begin`` on.

    ``西坞街道`` -> 街道 (town); ``样板新村`` -> 新村 (poi), 村 (community).
    """
    found: list[Ending] = []
    lengths_of, terms = words.ending_lengths, words.endings
    for index in range(begin, len(text)):
        sizes = lengths_of.get(text[index])
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
            full = end - start > 2 and _is_full(names)
            if full:
                strong.append(start)
            if full or start == 0:
                present.update([name.ref for name in names if name.ref and name.label in DIVISION_LABELS])
    return Known(at, tuple(strong), frozenset(present))


def _is_full(names: Sequence[Name]) -> bool:
    """Say whether one of the names is an official form, of today or before."""
    return any(name.kind in _FULL for name in names)


def _supported(name: Name, present: frozenset[str]) -> bool:
    """Say whether a division the name lies in, or one that lies in it, stands in the text too."""
    division = name.label in DIVISION_LABELS
    anchor = name.ref if division else name.parent
    if not anchor:
        return False
    return any((anchor.startswith(code) or code.startswith(anchor)) and not (division and code == anchor) for code in present)


def known_hits(text: str, start: int, known: Known) -> list[Hit]:
    """Return one hit per label for each known name beginning here."""
    hits: list[Hit] = []
    for end, names in known.at[start]:
        if len(names) == 1:
            hits.append(_known_hit(text, start, end, names[0].label, tuple(names), known))
            continue
        by_label: dict[str, list[Name]] = {}
        for name in names:
            by_label.setdefault(name.label, []).append(name)
        for label, same in by_label.items():
            hits.append(_known_hit(text, start, end, label, tuple(same), known))
    return hits


def _known_hit(text: str, start: int, end: int, label: str, names: tuple[Name, ...], known: Known) -> Hit:
    """Return the hit of names that share a stretch and a label; those the rest of the text supports hide the others."""
    present = known.present
    supported = tuple([name for name in names if _supported(name, present)])
    kept = supported or names
    kind = kept[0].kind if len(kept) == 1 else min((name.kind for name in kept), key=_KIND_ORDER.index)
    features = [_feature(label, kind)]
    alone = bool(supported) or label not in _CONTRADICTED or present.issubset([name.ref for name in names])
    if label == "country" and not (end < len(text) and known.at[end]):
        features.append("lexicon.lonely_country")
    features += _context(text, start, end, kind, bool(supported), not alone)
    return Hit(start, end, label, tuple(features), 0, kept)


def certain_hits(text: str, start: int, known: Known, above: int) -> list[Hit]:
    """Return the official division that can only be meant here, or nothing.

    It must be deeper than what the address has named so far (``above``, an index into DIVISION_ORDER), be named in full, belong
    to other divisions of the text (or open it), and not be the beginning of a longer word such as 宁波市场.
    """
    matches = known.at[start]
    if not matches:
        return []
    end, names = matches[-1]
    if end - start < 3 or text[end : end + 1] in _LONGER_WORD or not _is_full(names):
        return []
    if any(name.label not in DIVISION_LABELS or DIVISION_ORDER.index(name.label) <= above for name in names):
        return []
    found = [hit for hit in known_hits(text, start, known) if hit.end == end]
    sure = any("lexicon.supported" in hit.features for hit in found) or (start == 0 and all(hit.label != "town" for hit in found))
    return found if sure else []


def _context(text: str, start: int, end: int, kind: str, supported: bool, contradicted: bool) -> list[str]:
    """Return the features that what stands around a known name adds."""
    short = kind in ("short", "former_short")
    features = []
    if supported:
        features.append("lexicon.supported_short" if short else "lexicon.supported")
    elif contradicted:
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
        elif not joins(text, start) and _digits_fit(text, start, end, size, label, inside):
            hits.append(Hit(start, end, label, (feature, "digits_inside"), length))
    return hits


def joins(text: str, start: int) -> bool:
    """Say whether a word that joins begins here, which no name starts with: 与, 的, and 和 after a road."""
    return text[start] in _JOINING or (text[start] == "和" and start > 0 and text[start - 1] in _ROAD_LAST)


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
