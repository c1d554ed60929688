"""Building the lattice: from each position a path can reach, everything that may begin there."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import accumulate

from geoaddr.lexicon import Lexicon
from geoaddr.normalize import Normalized
from geoaddr.parsing.lattice import REST, Hit, Lattice
from geoaddr.parsing.names import DIVISION_ORDER, Ending, Known, certain_hits, ending_hits, find_endings, find_known, joins, known_hits
from geoaddr.parsing.numbers import COUNTED, number_hits
from geoaddr.parsing.words import Words, address_words

_UNREAD, _UNNAMED = ("unknown.rest",), ("unknown.poi",)
_SEAM_WORD = 2
_LONGEST_UNKNOWN = 20
_ROAD_LAST = frozenset("路街道巷弄线")


def hits(normalized: Normalized, lexicon: Lexicon) -> Lattice:
    """Return the lattice of a normalised text: known names, names by generic term, numbers, words, and stretches not understood.

    Every position reached by one hit is the start of others, so each path covers the whole text.
    """
    text, words = normalized.text, address_words()
    known, endings = find_known(text, lexicon), find_endings(text, words)
    barriers = _barriers(text, words)
    seams = _seams(text, normalized.breaks, known, words)
    digits = (0, *accumulate(char.isascii() and char.isdecimal() for char in text))
    starting: tuple[list[Hit], ...] = tuple([] for _ in range(len(text)))
    certain = _certain_start(text, known, starting)
    reached = [False] * (len(text) + 1)
    reached[certain] = True
    for start in range(certain, len(text)):
        if not reached[start]:
            continue
        found = _hits_at(text, start, known, endings, barriers, seams, digits, words)
        starting[start].extend(found)
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


def _hits_at(
    text: str,
    start: int,
    known: Known,
    endings: list[Ending],
    barriers: list[int],
    seams: list[int],
    digits: tuple[int, ...],
    words: Words,
) -> list[Hit]:
    """Return everything that may begin at one position."""
    if text[start] in words.separators and not (text[start] == "-" and text[start + 1 : start + 2].isdecimal() and start == 0):
        return [Hit(start, start + 1, "noise", ("separator",))]
    found = known_hits(text, start, known) if known.at[start] else []
    found += number_hits(text, start)
    barrier = barriers[bisect_left(barriers, start)]
    found += ending_hits(start, endings, barrier, digits, text, words)
    found += _word_hits(text, start, words)
    found += _unknown_hits(text, start, seams)
    return found


def _barriers(text: str, words: Words) -> list[int]:
    """Return positions no name runs across: separators and counted numbers; the text end closes the list."""
    found = {match.start() for match in COUNTED.finditer(text)}
    found.update(index for index, char in enumerate(text) if char in words.separators and not _gloss_inside(text, index))
    found.add(len(text))
    return sorted(found)


def _gloss_inside(text: str, index: int) -> bool:
    """Say whether a bracket belongs to a short gloss inside a village name: ``苕霅(条宅)村``."""
    if text[index] == "(":
        close = text.find(")", index)
        return index > 0 and index < close <= index + 6 and text[close + 1 : close + 2] in ("村", "社")
    if text[index] == ")":
        opened = text.rfind("(", 0, index)
        return opened > 0 and index - opened <= 6 and text[index + 1 : index + 2] in ("村", "社")
    return False


def _seams(text: str, breaks: frozenset[int], known: Known, words: Words) -> list[int]:
    """Return where a stretch that is not understood may stop: numbers, separators, blanks, full names and telling words."""
    seams = {len(text), *breaks, *known.strong}
    previous = ""
    for index, char in enumerate(text):
        if char in words.separators:
            seams.update((index, index + 1))
        elif char.isascii() and char.isalnum() and not (previous.isascii() and previous.isalnum()):
            seams.add(index)
        else:
            for word, _, _feature in words.fixed.get(char, ()):
                if text.startswith(word, index) and (len(word) >= _SEAM_WORD or _short_seam(text, index)):
                    seams.add(index)
                    break
        previous = char
    seams.update(match.start() for match in words.contact.finditer(text))
    seams.update(match.start() for match in COUNTED.finditer(text))
    return sorted(seams)


def _short_seam(text: str, index: int) -> bool:
    """Say whether a one-character word may end an unknown stretch: last in the text, before a number, or joining two roads."""
    after = text[index + 1 : index + 2]
    if text[index] in "与和":
        return index > 0 and text[index - 1] in _ROAD_LAST
    return text[index] in "旁内边侧后" and (not after or after.isdecimal() or after == ",")


def _word_hits(text: str, start: int, words: Words) -> list[Hit]:
    """Return relation words, junctions, noise words and contacts that begin here."""
    found = [
        Hit(start, start + len(word), label, (feature,))
        for word, label, feature in words.fixed.get(text[start], ())
        if text.startswith(word, start)
    ]
    contact = words.contact.match(text, start)
    if contact is not None:
        found.append(Hit(start, contact.end(), "contact", ("contact",)))
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
