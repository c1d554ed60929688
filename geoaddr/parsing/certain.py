"""When a known name can only be meant: what it brings to a text, and what must not stand around it."""

from __future__ import annotations

from typing import NamedTuple

from geoaddr.lexicon import Name
from geoaddr.parsing.known import Meaning, _judged
from geoaddr.parsing.lattice import REST
from geoaddr.parsing.path import _STATELESS
from geoaddr.parsing.resolve import value_of
from geoaddr.parsing.shapes import FIRST_HAN
from geoaddr.parsing.words import address_words
from geoaddr.parts import Part

_DIVISIONS = frozenset(("province", "city", "district", "town", "community"))
_ORDER = {label: depth for depth, label in enumerate(("province", "city", "district", "town", "community"))}
_LARGE = frozenset(("province", "city", "district"))
_FAR = frozenset((*_LARGE, "town"))
_UNTOLD = frozenset(("poi", "sub_poi", "devzone"))
"""Labels of unknown names that do not say how deep the address is already."""
_GOES_ON = frozenset("路街道巷弄区场政委民中第工")
"""What makes a longer word of a division's name that it follows: 宁波市|场."""
_GOES_ON_SMALL = frozenset("大村镇乡县市")
"""What may make a longer name of a town's or village's: 江口村|大队."""


class Word(NamedTuple):
    """A known name and what it brings to a text it stands in.

    ``codes`` are those of the divisions named in full by it and within it, ``opening`` those it adds at the start of a text,
    ``crossed`` the places in it where a longer name may begin that runs across its end.
    """

    size: int
    meaning: Meaning
    codes: frozenset[str]
    opening: frozenset[str]
    crossed: tuple[int, ...]


class Sure(NamedTuple):
    """The one reading of a word among certain divisions; ``either``: a town or a village in it.

    ``parts`` are those already made of it, by where they begin, ``chosen`` value and ref of several names by the refs of the text.
    """

    label: str
    names: tuple[Name, ...]
    value: str
    ref: str
    short: bool
    supported: bool
    either: bool
    refs: tuple[str, ...]
    parts: dict[int, Part]
    chosen: dict[tuple[tuple[str, ...], ...], tuple[str, str]]


WEAK = Sure("", (), "", "", True, False, False, (), {}, {})
"""The reading of a word that is known only as a short form, and of nothing that the text names."""
Spans = list[tuple[str, int, int, "Sure | None"]]


def sure_reading(word: Word, spelt: str, present: frozenset[str]) -> Sure | None:
    """Return the one reading a word has among the divisions present, ``WEAK``, or None when there are several or a doubtful one.

    Where a name has readings as several labels, those that the divisions bear out hide the others; of a town and a village in it
    that are both shortened to it the town is taken, which ``apart`` allows only between a district and a village.
    """
    judged = _judged(word.meaning, present)
    if len(judged) > 1:
        supported = [one for one in judged if one.supported]
        if not supported and all(one.short and one.label in _FAR for one in judged):
            return WEAK
        full = [one for one in supported if not one.short] or supported
        if len(full) == 2 and {one.label for one in full} == {"town", "community"} and all(one.short for one in full):
            full = [one for one in full if one.label == "town"]
        if len(full) != 1:
            return None
        [chosen] = full
    else:
        chosen = judged[0]
    label, names, features, supported_, short = chosen
    if short and not supported_ and label in _FAR and "lexicon.unsupported" in features:
        return WEAK
    if label == "country" or "lexicon.unsupported" in features or (label == "community" and "村村" in spelt):
        return None
    value, ref = (names[0].value or value_of(label, spelt), names[0].ref) if len(names) == 1 else ("", "")
    either = len(judged) > 1 and short and any(one.supported and one.label != label for one in judged)
    refs = tuple([name.ref for name in names if name.ref])
    return Sure(label, names, value, ref, short, supported_, either, refs, {}, {})


def apart(text: str, spans: Spans) -> bool:
    """Say whether every known name stands apart from what is around it, so that nothing makes it longer or another than it is."""
    end = len(text)
    for index, (label, start, stop, sure) in enumerate(spans):
        if sure is None:
            continue
        if stop - start < 3 and not _stands(text, spans, index, sure):
            return False
        if stop == end:
            if sure.short:
                return False
            continue
        following, behind = text[stop], spans[index + 1]
        if behind[3] is not None:
            if label == "community" and address_words().office.match(text, stop):
                return False
            if sure.short and not _borne_out(spans, index, sure, behind[3]):
                return False
            if sure.either and behind[3].label != "community":
                return False
        elif following < FIRST_HAN or behind[0] == "contact":
            if sure.short:
                return False
        elif sure.short or label not in _DIVISIONS or stop - start < 3 or _longer(text, stop, label) or _is_late(spans, index):
            return False
    return True


def _is_late(spans: Spans, index: int) -> bool:
    """Say whether a division stands behind anything but wider ones: then it may begin the name that follows, 金桥村|浙江省肖桥."""
    depth = _ORDER[spans[index][0]]
    return any(label not in _STATELESS and _ORDER.get(label, depth) >= depth for label, *_ in spans[:index])


def _longer(text: str, stop: int, label: str) -> bool:
    """Say whether characters behind a division's name make it a longer word."""
    if text[stop] in _GOES_ON or (label not in _LARGE and text[stop] in _GOES_ON_SMALL):
        return True
    return label == "community" and address_words().office.match(text, stop) is not None


def _borne_out(spans: Spans, index: int, sure: Sure, behind: Sure) -> bool:
    """Say whether a short form is borne out by the names it stands between: 奉化|江口|张俞村, but not 锦屏街道|应村|小桃塘."""
    start = spans[index][1]
    if start == 0:
        return sure.supported or (sure.label in _LARGE and behind.supported and behind.label in _DIVISIONS)
    before = next((one for one in reversed(spans[:index]) if one[0] not in _STATELESS), None)
    unknown = before is not None and before[3] is None and before[0] in _UNTOLD
    outer = before is None or _ORDER.get(before[0], len(_ORDER)) < _ORDER.get(sure.label, 0) or unknown
    return sure.supported and (outer or sure.label not in _DIVISIONS)


def _stands(text: str, spans: Spans, index: int, sure: Sure) -> bool:
    """Say whether a name of two characters is one here: right behind another name or a separator, a division only in its own ones."""
    start = spans[index][1]
    if sure.label in _DIVISIONS and not sure.supported and start > 0:
        return False
    if start == 0 or text[start - 1] < FIRST_HAN:
        return True
    before = spans[index - 1]
    return before[3] is not None or before[0] in _DIVISIONS


def follows(text: str, spans: Spans, start: int, sure: Sure, understood: bool) -> bool:
    """Say whether a name at ``start`` may follow at once on what was read without being known, so that the two are not one.

    What was understood ends by its own generic term; else it must be the first character of the name typed twice behind another name.
    """
    if understood:
        return sure.supported or sure.label not in _DIVISIONS
    label, low, high, _ = spans[-1]
    if label != REST or high - low > 1 or text[low] != text[start] or len(spans) < 2 or spans[-2][3] is None:
        return False
    if text[low] in address_words().roles:
        return False
    return sure.supported and len(sure.names) == 1 and sure.names[0].kind == "standard"
