"""Building the lattice: from each position a path can reach, everything that may begin there."""

from __future__ import annotations

import unicodedata
from bisect import bisect_left, bisect_right
from functools import lru_cache
from typing import NamedTuple

from geoaddr.lexicon import Lexicon
from geoaddr.normalize import Normalized
from geoaddr.parsing.known import Known, certain_hits, find_known, known_hits
from geoaddr.parsing.lattice import REST, Hit, Lattice
from geoaddr.parsing.names import Ending, ending_hits, endings_at, joins
from geoaddr.parsing.numbers import COUNTED, NUMBER_FIRST, number_hits
from geoaddr.parsing.people import people
from geoaddr.parsing.words import DIGIT, ENDS, LETTER, OPENS, SEPARATES, FixedWord, Words, address_words

_HOUSES = ("number.building",)
_UNREAD, _UNNAMED, _SEPARATOR, _CONTACT = ("unknown.rest",), ("unknown.poi",), ("separator",), ("contact",)
_SEAM_WORD = 2
_HAN_FIRST, _HAN_LAST = "\u3400", "\u9fff"
_LONGEST_UNKNOWN = 20
_LONG_TEXT, _SHORT_REACH = 120, 6
"""No address has so many characters; in what is longer only short names are looked for."""
_WHOLE_WORDS = frozenset(("junction", "relation"))
_ROAD_LAST = frozenset("路街道巷弄线")


class Sight(NamedTuple):
    """What is seen of a text before any reading is tried; all positions are those of the text.

    ``ends`` are the ends of ``endings``; ``barriers`` stop names, ``seams`` stop stretches that are not understood, ``fixed``
    maps starts to words that stand for themselves, ``contacts`` the start of a person or telephone to its end, ``digit_at``
    are the positions of ASCII digits, ``separated`` those of separators and symbols. ``long`` texts are no addresses, or several: less
    is tried, so that they too are read quickly.
    """

    text: str
    known: Known
    endings: list[Ending]
    ends: list[int]
    barriers: list[int]
    seams: list[int]
    fixed: dict[int, list[FixedWord]]
    contacts: dict[int, int]
    digit_at: list[int]
    separated: frozenset[int]
    words: Words
    long: bool


def hits(normalized: Normalized, lexicon: Lexicon) -> Lattice:
    """Return the lattice of a normalised text: known names, names by generic term, numbers, words, and stretches not understood.

    Every position reached by one hit is the start of others, so each path covers the whole text.
    """
    text = normalized.text
    known = find_known(text, lexicon)
    starting: list[list[Hit]] = [[] for _ in text]
    certain = _certain_start(text, known, starting)
    if certain < len(text):
        sight = _look(normalized, known, certain)
        reached = bytearray(len(text) + 1)
        reached[certain] = True
        for start in range(certain, len(text)):
            if reached[start]:
                found = starting[start] = _hits_at(start, sight)
                for hit in found:
                    reached[hit.end] = True
    return Lattice(text, tuple(starting))


def _certain_start(text: str, known: Known, starting: list[list[Hit]]) -> int:
    """Enter the chain of full division names most addresses open with, and return where it ends.

    Nothing else is tried inside it: 浙江省宁波市奉化区 leaves no doubt, and the lattice starts where doubt does.
    """
    position, depth = 0, -1
    while position < len(text):
        found, depth = certain_hits(text, position, known, depth)
        if not found:
            break
        starting[position] = found
        position = found[0].end
    return position


def _look(normalized: Normalized, known: Known, begin: int) -> Sight:
    """Find once, from ``begin`` on, what each position will be asked about."""
    text, words = normalized.text, address_words()
    endings: list[Ending] = []
    fixed: dict[int, list[FixedWord]] = {}
    separators: list[int] = []
    digit_at: list[int] = []
    seams = {len(text), *normalized.breaks, *known.strong}
    roles = words.roles
    previous_word = False
    for index in range(begin, len(text)):
        role = roles.get(text[index])
        if role is None:
            previous_word = False
            if not _HAN_FIRST <= text[index] <= _HAN_LAST and _is_symbol(text[index]):
                separators.append(index)
                seams.update((index, index + 1))
            continue
        if role & ENDS:
            endings += endings_at(text, index, words)
        if role & OPENS and (found := _fixed_words(text, index, words)):
            fixed[index] = found
        word = bool(role & (DIGIT | LETTER))
        if role & DIGIT:
            digit_at.append(index)
        if word and not previous_word:
            seams.add(index)
        elif role & SEPARATES:
            separators.append(index)
            seams.add(index)
            seams.add(index + 1)
        elif index in fixed and _ends_unknown(text, index, fixed[index]):
            seams.add(index)
        previous_word = word
    counted = [match.start() for match in COUNTED.finditer(text, begin)] if digit_at else []
    contacts = people(normalized)
    barriers = [*counted, *(at for at in separators if not _gloss_inside(text, at)), len(text)]
    return Sight(
        text=text,
        known=known,
        endings=endings,
        ends=[ending.end for ending in endings],
        barriers=sorted(barriers) if separators else barriers,
        seams=sorted(seams.union(counted, contacts)),
        fixed=fixed,
        contacts=contacts,
        digit_at=digit_at,
        separated=frozenset(separators),
        words=words,
        long=len(text) > _LONG_TEXT,
    )


@lru_cache(maxsize=2**12)
def _is_symbol(char: str) -> bool:
    """Say whether a character is a sign no name holds: an arrow, an emoji, an unassigned code point."""
    return unicodedata.category(char) in ("So", "Sk", "Sc", "Sm", "Cn")


def _fixed_words(text: str, index: int, words: Words) -> list[FixedWord]:
    """Return the words standing for themselves that begin here, longest first; none is cut short (交叉|口, 旁|边)."""
    candidates = words.fixed.get(text[index : index + 2]) or words.fixed.get(text[index], ())
    found = [word for word in candidates if text.startswith(word.text, index)]
    if len(found) > 1 and found[0].label in _WHOLE_WORDS:
        return [word for word in found if word is found[0] or word.label != found[0].label]
    return found


def _ends_unknown(text: str, index: int, found: list[FixedWord]) -> bool:
    """Say whether a stretch that is not understood may stop before one of the words found here."""
    return found[0].size >= _SEAM_WORD or _short_seam(text, index)


def _short_seam(text: str, index: int) -> bool:
    """Say whether a one-character word may end an unknown stretch: last in the text, before a number, or joining two roads."""
    after = text[index + 1 : index + 2]
    if text[index] in "与和":
        return index > 0 and text[index - 1] in _ROAD_LAST
    return text[index] in "旁内边侧后" and (not after or after.isdecimal() or after == ",")


def _gloss_inside(text: str, index: int) -> bool:
    """Say whether a bracket belongs to a short gloss inside a village name: ``苕霅(条宅)村``."""
    if text[index] == "(":
        close = text.find(")", index)
        return index > 0 and index < close <= index + 6 and text[close + 1 : close + 2] in ("村", "社")
    if text[index] == ")":
        opened = text.rfind("(", 0, index)
        return opened > 0 and index - opened <= 6 and text[index + 1 : index + 2] in ("村", "社")
    return False


def _hits_at(start: int, sight: Sight) -> list[Hit]:
    """Return everything that may begin at one position."""
    text, char = sight.text, sight.text[start]
    if start in sight.separated and not (start == 0 and char == "-" and text[1:2].isdecimal()):
        return [Hit(start, start + 1, "noise", _SEPARATOR)]
    found = known_hits(text, start, sight.known) if sight.known.at[start] else []
    if char in NUMBER_FIRST:
        found += number_hits(text, start)
        found += _before_a_name(text, start, found, sight.known)
    first = bisect_right(sight.ends, start)
    if first < len(sight.ends):
        barrier = sight.barriers[bisect_left(sight.barriers, start)]
        if sight.ends[first] <= barrier:
            reach = start + (_SHORT_REACH if sight.long else sight.words.longest_name)
            digit_at = sight.digit_at
            digits = digit_at[bisect_left(digit_at, start) : bisect_left(digit_at, reach)] if digit_at else digit_at
            within = sight.endings[first : bisect_right(sight.ends, reach)]
            found += ending_hits(text, start, within, barrier, digits)
    for _, size, label, features in sight.fixed.get(start, ()):
        found.append(Hit(start, start + size, label, features))
    if start in sight.contacts:
        found.append(Hit(start, sight.contacts[start], "contact", _CONTACT))
    _add_unknown(found, text, start, sight.seams, 1 if sight.long else 2)
    return found


def _before_a_name(text: str, start: int, found: list[Hit], known: Known) -> list[Hit]:
    """Return the number as it is where its last character opens a known name: 62号|楼榆大楼 beside 62号楼|榆大楼."""
    end = next((hit.end for hit in found if hit.features == _HOUSES and text[hit.end - 2 : hit.end] == "号楼"), 0)
    if not end or not any(meaning.full for _, meaning in known.at[end - 1]):
        return []
    return [hit for hit in number_hits(text[: end - 1], start) if hit.end == end - 1]


def _add_unknown(found: list[Hit], text: str, start: int, seams: list[int], ahead: int) -> None:
    """Add the stretches up to the next seams (so many ``ahead``) as a place without generic term, or as not understood.

    No place ends with the bracket that closes around it: 临 of 21号(临).
    """
    may_be_named = not text[start].isdecimal() and not joins(text, start)
    first = bisect_right(seams, start)
    for end in seams[first : first + ahead]:
        size = end - start
        if size > _LONGEST_UNKNOWN:
            size, end = _LONGEST_UNKNOWN, start + _LONGEST_UNKNOWN
        found.append(Hit(start, end, REST, _UNREAD, size))
        if size > 1 and may_be_named and not (text[end - 1] == ")" and "(" not in text[start:end]):
            found.append(Hit(start, end, "poi", _UNNAMED, size))
