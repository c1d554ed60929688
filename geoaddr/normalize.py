"""From what people type to one plain form, with the way back to what they typed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

from geoaddr.normalize_steps import (
    DASH_LIKE,
    Edit,
    circled,
    components,
    dashes,
    hashes,
    number_styles,
    numerals,
    odd_characters,
    spacing,
    traditional,
    unseen,
    variants,
    width,
)
from geoaddr.numerals import NUMERAL_CHARS

Step = Callable[[str], list[Edit]]

STEPS: tuple[Step, ...] = (unseen, width, spacing, traditional, variants, components, dashes, hashes, numerals, number_styles)
"""The order matters: marks go before blanks, forms before meanings, numerals before the ways of writing sub-numbers."""

_PLAIN_STEPS: tuple[Step, ...] = (dashes, numerals)
"""What is left to do for text without any character the other steps look for."""
_FOLDING_STEPS: tuple[Step, ...] = (width, traditional, variants)
_OTHER_STEPS: tuple[Step, ...] = tuple(step for step in STEPS if step not in (traditional, variants))
"""What is left to do for text whose characters have been folded one by one."""
_NO_STEPS: tuple[str, ...] = ()
_NO_BREAKS: frozenset[int] = frozenset()
_ORDER = {step.__name__: place for place, step in enumerate(STEPS)}


class Normalized(NamedTuple):
    """Normalised ``text`` and how it came out of ``raw``.

    ``offsets[i]`` is the raw index where normalised character ``i`` begins and ``ends[i]`` the raw index just after it; both
    ascend. ``breaks`` holds the normalised positions where white space was dropped: likely seams between parts. ``steps``
    names the steps that changed something.
    """

    text: str
    raw: str
    offsets: Sequence[int]
    ends: Sequence[int]
    breaks: frozenset[int] = frozenset()
    steps: tuple[str, ...] = ()

    def raw_start(self, index: int) -> int:
        """Return where normalised character ``index`` begins in the raw text; the raw length at the very end."""
        return self.offsets[index] if index < len(self.offsets) else len(self.raw)

    def raw_end(self, index: int) -> int:
        """Return where the normalised stretch that stops before ``index`` ends in the raw text; 0 at the very start."""
        return self.ends[index - 1] if index > 0 else 0


def normalize(text: str) -> Normalized:
    """Bring an address to one plain form, step by step; any string is accepted and the result is a fixed point.

    ``normalize("西坞街道 肖桥路８８號").text`` -> ``"西坞街道肖桥路88号"``; ``normalize("").text`` -> ``""``.
    """
    current, steps, pending = text, _NO_STEPS, _PLAIN_STEPS
    if not odd_characters().isdisjoint(text):
        if circled().isdisjoint(text):
            current, steps = _folded(text)
            pending = _PLAIN_STEPS if _unfolded().isdisjoint(current) else _OTHER_STEPS
        else:
            pending = STEPS  # circled numbers are read by their neighbours as typed
    starts: Sequence[int] = range(len(text))
    ends: Sequence[int] = range(1, len(text) + 1)
    breaks = _NO_BREAKS
    for step in pending:
        edits = step(current)
        if not edits:
            continue
        if breaks or step is spacing:
            dropped = {start for start, _, new in edits if not new} if step is spacing else set()
            breaks = _moved(breaks | dropped, edits)
        current, starts, ends = _applied(current, starts, ends, edits)
        if step.__name__ not in steps:
            steps = (*steps, step.__name__)
    if breaks:
        breaks = frozenset([at for at in breaks if 0 < at < len(current)])
    if len(steps) > 1:
        steps = tuple(sorted(steps, key=_ORDER.__getitem__))
    return Normalized(current, text, starts, ends, breaks, steps)


@cache
def changeable_characters() -> frozenset[str]:
    """Return every character that some step looks for: a text without any of them is its own plain form."""
    return odd_characters() | DASH_LIKE | frozenset(NUMERAL_CHARS)


class _Folding(NamedTuple):
    """Characters replaced one by one whatever stands around them: a translation, and the steps that replace each."""

    table: dict[int, str]
    steps: dict[str, tuple[str, ...]]


@cache
def _folding() -> _Folding:
    """Work out what the three folding steps make of each single character together."""
    folding = _Folding({}, {})
    for char in odd_characters():
        current, names = char, []
        if unseen(char) or spacing(char) or char in circled():
            continue  # removed, or read by what stands around them
        for step in _FOLDING_STEPS:
            if edits := step(current):
                current = edits[0][2]
                names.append(step.__name__)
        if len(current) == 1 and names:
            folding.table[ord(char)], folding.steps[char] = current, tuple(names)
    return folding


@cache
def _unfolded() -> frozenset[str]:
    """Return the characters that steps other than folding look for."""
    return odd_characters() - _folding().steps.keys()


def _folded(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the text with its characters folded one by one, and the steps that changed any."""
    table, by_char = _folding()
    steps: set[str] = set()
    for char in text:
        if char in by_char:
            steps.update(by_char[char])
    return (text.translate(table), tuple(steps)) if steps else (text, _NO_STEPS)


def _applied(text: str, starts: Sequence[int], ends: Sequence[int], edits: list[Edit]) -> tuple[str, list[int], list[int]]:
    """Return text and offsets after the edits; a replacement as long as what it replaces keeps its characters' own offsets."""
    pieces: list[str] = []
    new_starts: list[int] = []
    new_ends: list[int] = []
    done = 0
    for start, end, new in edits:
        pieces += (text[done:start], new)
        new_starts += starts[done:start]
        new_ends += ends[done:start]
        if len(new) == end - start:
            new_starts += starts[start:end]
            new_ends += ends[start:end]
        elif new:
            new_starts += [starts[start]] * len(new)
            new_ends += [ends[end - 1]] * len(new)
        done = end
    pieces.append(text[done:])
    new_starts += starts[done:]
    new_ends += ends[done:]
    return "".join(pieces), new_starts, new_ends


def _moved(positions: frozenset[int], edits: list[Edit]) -> frozenset[int]:
    """Carry positions of the old text over to the edited text."""
    if not positions:
        return positions
    moved: set[int] = set()
    shift, pending = 0, sorted(positions)
    index = 0
    for start, end, new in edits:
        while index < len(pending) and pending[index] <= start:
            moved.add(pending[index] + shift)
            index += 1
        while index < len(pending) and pending[index] < end:
            moved.add(start + shift)
            index += 1
        shift += len(new) - (end - start)
    moved.update(position + shift for position in pending[index:])
    return frozenset(moved)
