"""Reading a stretch between two names by its shape: what it looks like to the rules, whatever its digits and other characters are.

A *shape* is a stretch with every digit as 2 and every character no rule looks at as one neutral character. The lattice reads each
shape once, between the kinds of names it stands between; the reading is remembered, so rules and weights have one home.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from geoaddr.lexicon import Name
from geoaddr.normalize import Normalized
from geoaddr.parsing import names as name_rules
from geoaddr.parsing import numbers as number_rules
from geoaddr.parsing.hits import hits
from geoaddr.parsing.lattice import Hit, Lattice
from geoaddr.parsing.path import best_path, default_weights
from geoaddr.parsing.resolve import _spans
from geoaddr.parsing.words import address_words
from geoaddr.parts import LABELS

Span = tuple[str, int, int]
"""Label, start and end."""
Cut = tuple[tuple[Span, ...], bool]
"""The pieces of a stretch, and whether the last of them is more than a guess at something unknown."""
FIRST_HAN = "\u3400"

_NEUTRAL, _LEAD = "\ue000", "\ue001"
_TOKEN = 0xE100
"""Private characters: one for what no rule looks at, one that leads to a stretch, one per label for the name behind it."""
_LONGEST, _REMEMBERED = 24, 2**16
_LONG_NUMBER = re.compile("[0-9]{6}")
_NOUGHT_FIRST = re.compile("(?<![0-9])0")
_MARKS = frozenset("路街道巷弄线村和")
"""Characters by which a name changes the reading of what stands behind it."""


def read_between(whole: Normalized, start: int, stop: int, state: str, label: str) -> Cut | None:
    """Return how the lattice cuts ``text[start:stop]``, or None where only the whole text can tell.

    ``state`` is the label that holds before the stretch ("" at the start of the text), ``label`` that of the name behind it ("" for
    none). ``88号`` behind a road -> ``((("number", 0, 3),), True)``.
    """
    text = whole.text
    stretch = text[start:stop]
    if stop - start > _LONGEST or (stop - start > 5 and _LONG_NUMBER.search(stretch)) or has_nought_first(stretch):
        return None
    mark = after = ""
    if start:
        mark = text[start - 1]
        mark = mark if mark < FIRST_HAN or (mark in _MARKS and stretch[0] >= FIRST_HAN) else _NEUTRAL
    if label:
        after = text[stop]
        after = after if after < FIRST_HAN or (after in _told_behind() and stretch[-1].isalnum()) else _NEUTRAL
    breaks = tuple([at - start for at in whole.breaks if start <= at <= stop]) if whole.breaks else ()
    return _shape_reading(state, mark, _shaping().shape(stretch), after, label, breaks)


def has_nought_first(text: str) -> bool:
    """Say whether a number in a text begins with nought: such a one may be read unlike others of its length, so it has no shape."""
    return "0" in text and _NOUGHT_FIRST.search(text) is not None


def read_door(label: str, door: str) -> tuple[Span, ...] | None:
    """Return how the lattice cuts digits and counting words at the end of a text, behind a name of a ``label``; None where it cannot tell.

    ``("road", "22弄2号")`` -> ``(("sub_road", 0, 3), ("number", 3, 5))``.
    """
    cut = _shape_reading(label, _NEUTRAL, _shaping().shape(door), "", "", ())
    return cut[0] if cut else None


class _Shaping(NamedTuple):
    """How a stretch becomes a shape: a translation, and the pairs of characters without which some of the kept ones tell nothing."""

    table: dict[int, str]
    paired: frozenset[str]
    pairs: frozenset[str]

    def shape(self, stretch: str) -> str:
        """Return the shape of a stretch: ``星尉街4号`` -> two neutral characters, 街2号."""
        shape = stretch.translate(self.table)
        if self.paired.isdisjoint(shape):
            return shape
        pairs, paired = self.pairs, self.paired
        return "".join(
            [
                _NEUTRAL if char in paired and shape[at : at + 2] not in pairs and (not at or shape[at - 1 : at + 1] not in pairs) else char
                for at, char in enumerate(shape)
            ]
        )


@cache
def _shaping() -> _Shaping:
    """Return how stretches are shaped: characters stay that a rule looks at alone, or together with the one beside them."""
    words = address_words()
    lists = [*words.terms, *(word.text for found in words.fixed.values() for word in found)]
    patterns = [entry[0].pattern for entry in number_rules._SIMPLE]
    alone = {word for word in lists if len(word) == 1} | words.separators | number_rules.NUMBER_FIRST | number_rules._COUNTERS_NEXT
    alone |= set("".join((*patterns, number_rules.COUNTED.pattern, number_rules._CHAIN.pattern, words.office.pattern)))
    alone |= name_rules._JOINING | name_rules._ROAD_LAST | name_rules._DIRECTIONS | name_rules._GENERIC_STARTS
    alone |= set("与和旁内边侧后村社()")
    pairs = frozenset(word[at : at + 2] for word in lists for at in range(len(word) - 1))
    return _Shaping(_Table(alone | set("".join(lists))), frozenset("".join(lists)) - alone, pairs)


@cache
def _told_behind() -> frozenset[str]:
    """Return the characters by which a name can change the reading of what stands in front of it: 号|楼, 村|委会, 街|道."""
    patterns = [entry[0].pattern for entry in number_rules._SIMPLE]
    return frozenset("".join((*patterns, number_rules.COUNTED.pattern, address_words().office.pattern, "道")))


class _Table(dict[int, str]):
    """A translation that learns: digits become 2, Chinese characters that are not ``told`` apart become neutral, all others stay."""

    def __init__(self, told: set[str]) -> None:
        super().__init__({ord(digit): "2" for digit in "0123456789"})
        self._told = told

    def __missing__(self, code: int) -> str:
        char = chr(code)
        kept = self[code] = char if char in self._told or not FIRST_HAN <= char <= "\u9fff" else _NEUTRAL
        return kept


class _Tokens:
    """The lexicon of shapes: it knows the token behind a stretch."""

    def prefixes(self, text: str, start: int) -> Iterable[tuple[int, Sequence[Name]]]:
        """Return the token if one begins here (``geoaddr.lexicon.Lexicon``)."""
        if text[start] == _LEAD:
            return ((start + 2, (Name(text[start : start + 2], "poi", "token"),)),)
        label = ord(text[start + 1]) - _TOKEN if start + 3 == len(text) else -1
        if not 0 <= label < len(LABELS):
            return ()
        return ((start + 3, (Name(text[start:], LABELS[label], "token"),)),)


@cache
def _tokens() -> _Tokens:
    return _Tokens()


@lru_cache(maxsize=_REMEMBERED)
def _shape_reading(before: str, mark: str, shape: str, after: str, label: str, breaks: tuple[int, ...]) -> Cut | None:
    """Return how the lattice cuts a shape, or None when it does not keep the names around it apart.

    ``before`` is the label that holds where the shape begins ("" at the start of the text), ``mark`` the character in front,
    ``after`` the character behind, where the name of a ``label`` stands behind, ``breaks`` where blanks were dropped.
    """
    token = f"{after}{chr(_TOKEN + LABELS.index(label)) * 2}" if label else ""
    text = f"{_LEAD}{mark}{shape}{token}" if mark else f"{shape}{token}"
    lead = 2 if mark else 0
    whole = Normalized(text, text, range(len(text)), range(1, len(text) + 1), frozenset([at + lead for at in breaks]))
    lattice = hits(whole, _tokens())
    if lead:
        lead_hit = Hit(0, 2, before, ("lexicon.standard",)) if before else Hit(0, 2, "noise", ("separator",))
        lattice = Lattice(text, ([lead_hit], [], *lattice.starting[2:]))
    path = best_path(lattice, default_weights())
    end = lead + len(shape)
    inner = [hit for hit in path if hit.start >= lead and hit.end <= end]
    if sum([hit.end - hit.start for hit in inner]) != len(shape) or (label and path[-1].names == ()):
        return None
    understood = not inner[-1].features[0].startswith("unknown")
    return tuple([(label, low - lead, high - lead) for label, low, high, _ in _spans(inner)]), understood
