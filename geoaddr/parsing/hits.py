"""Building the lattice: from each position a path can reach, everything that may begin there."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import accumulate
from typing import NamedTuple

from geoaddr.lexicon import Lexicon
from geoaddr.normalize import Normalized
from geoaddr.parsing.lattice import REST, Hit, Lattice
from geoaddr.parsing.names import DIVISION_ORDER, Ending, Known, certain_hits, ending_hits, find_endings, find_known, joins, known_hits
from geoaddr.parsing.numbers import COUNTED, number_hits
from geoaddr.parsing.words import Words, address_words

_UNREAD, _UNNAMED = ("unknown.rest",), ("unknown.poi",)
_DIGITS = frozenset("0123456789")
_WORD_CHARS = _DIGITS | frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_SEAM_WORD = 2
_LONGEST_UNKNOWN = 20
_ROAD_LAST = frozenset("路街道巷弄线")


class Sight(NamedTuple):
    """What is seen of a text before any reading is tried; all positions are those of the text.

    ``barriers`` stop names, ``seams`` stop stretches that are not understood, ``contacts`` maps the start of a person or telephone
    to its end, ``digits[i]`` counts the ASCII digits before ``i``.
    """

    text: str
    known: Known
    endings: list[Ending]
    barriers: list[int]
    seams: list[int]
    contacts: dict[int, int]
    digits: tuple[int, ...]
    words: Words


def hits(normalized: Normalized, lexicon: Lexicon) -> Lattice:
    """Return the lattice of a normalised text: known names, names by generic term, numbers, words, and stretches not understood.

    Every position reached by one hit is the start of others, so each path covers the whole text.
    """
    text = normalized.text
    known = find_known(text, lexicon)
    starting: tuple[list[Hit], ...] = tuple([[] for _ in text])
    certain = _certain_start(text, known, starting)
    sight = _look(normalized, known, certain)
    reached = [False] * (len(text) + 1)
    reached[certain] = True
    for start in range(certain, len(text)):
        if reached[start]:
            found = starting[start]
            found += _hits_at(start, sight)
            for hit in found:
                reached[hit.end] = True
    return Lattice(text, starting)


def _certain_start(text: str, known: Known, starting: tuple[list[Hit], ...]) -> int:
    """Enter the chain of full division names most addresses open with, and return where it ends.

    Nothing else is tried inside it: 浙江省宁波市奉化区 leaves no doubt, and the lattice starts where doubt does.
    """
    position, above = 0, -1
    while position < len(text):
        found = certain_hits(text, position, known, above)
        if not found:
            break
        starting[position].extend(found)
        above = max(DIVISION_ORDER.index(hit.label) for hit in found)
        position = found[0].end
    return position


def _look(normalized: Normalized, known: Known, begin: int) -> Sight:
    """Find once, from ``begin`` on, what each position will be asked about."""
    text, words = normalized.text, address_words()
    counted = [match.start() for match in COUNTED.finditer(text, begin)]
    contacts = {match.start(): match.end() for match in words.contact.finditer(text, begin)} if words.contact_hint.search(text) else {}
    return Sight(
        text=text,
        known=known,
        endings=find_endings(text, words, begin),
        barriers=_barriers(text, counted, words),
        seams=_seams(text, begin, {len(text), *normalized.breaks, *known.strong, *counted, *contacts}, words),
        contacts=contacts,
        digits=(0, *accumulate([char in _DIGITS for char in text])),
        words=words,
    )


def _hits_at(start: int, sight: Sight) -> list[Hit]:
    """Return everything that may begin at one position."""
    text = sight.text
    if text[start] in sight.words.separators and not (start == 0 and text[0] == "-" and text[1:2].isdecimal()):
        return [Hit(start, start + 1, "noise", ("separator",))]
    found = known_hits(text, start, sight.known) if sight.known.at[start] else []
    found += number_hits(text, start)
    barrier = sight.barriers[bisect_left(sight.barriers, start)]
    found += ending_hits(start, sight.endings, barrier, sight.digits, text, sight.words)
    found += _word_hits(start, sight)
    found += _unknown_hits(text, start, sight.seams)
    return found


def _barriers(text: str, counted: list[int], words: Words) -> list[int]:
    """Return positions no name runs across: separators and counted numbers; the text end closes the list."""
    if words.separators.isdisjoint(text):
        return [*counted, len(text)]
    separators = [index for index, char in enumerate(text) if char in words.separators and not _gloss_inside(text, index)]
    return sorted({*counted, *separators, len(text)})


def _gloss_inside(text: str, index: int) -> bool:
    """Say whether a bracket belongs to a short gloss inside a village name: ``苕霅(条宅)村``."""
    if text[index] == "(":
        close = text.find(")", index)
        return index > 0 and index < close <= index + 6 and text[close + 1 : close + 2] in ("村", "社")
    if text[index] == ")":
        opened = text.rfind("(", 0, index)
        return opened > 0 and index - opened <= 6 and text[index + 1 : index + 2] in ("村", "社")
    return False


def _seams(text: str, begin: int, seams: set[int], words: Words) -> list[int]:
    """Return where a stretch that is not understood may stop: the given seams, numbers, separators and telling words."""
    previous_word = False
    for index in range(begin, len(text)):
        char = text[index]
        word = char in _WORD_CHARS
        if word and not previous_word:
            seams.add(index)
        elif char in words.separators:
            seams.add(index)
            seams.add(index + 1)
        elif char in words.fixed:
            for telling, _, _feature in words.fixed[char]:
                if text.startswith(telling, index) and (len(telling) >= _SEAM_WORD or _short_seam(text, index)):
                    seams.add(index)
                    break
        previous_word = word
    return sorted(seams)


def _short_seam(text: str, index: int) -> bool:
    """Say whether a one-character word may end an unknown stretch: last in the text, before a number, or joining two roads."""
    after = text[index + 1 : index + 2]
    if text[index] in "与和":
        return index > 0 and text[index - 1] in _ROAD_LAST
    return text[index] in "旁内边侧后" and (not after or after.isdecimal() or after == ",")


def _word_hits(start: int, sight: Sight) -> list[Hit]:
    """Return relation words, junctions, noise words and contacts that begin here."""
    text = sight.text
    found = [
        Hit(start, start + len(word), label, (feature,))
        for word, label, feature in sight.words.fixed.get(text[start], ())
        if text.startswith(word, start)
    ]
    if start in sight.contacts:
        found.append(Hit(start, sight.contacts[start], "contact", ("contact",)))
    return found


def _unknown_hits(text: str, start: int, seams: list[int]) -> list[Hit]:
    """Return the stretches up to the next two seams as a place without generic term, or as not understood."""
    found: list[Hit] = []
    first = bisect_right(seams, start)
    for end in seams[first : first + 2]:
        if end - start > _LONGEST_UNKNOWN:
            end = start + _LONGEST_UNKNOWN
        found.append(Hit(start, end, REST, _UNREAD, end - start))
        if end - start > 1 and not text[start].isdecimal() and not joins(text, start):
            found.append(Hit(start, end, "poi", _UNNAMED, end - start))
    return found
