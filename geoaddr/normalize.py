"""From what people type to one plain form, with the way back to what they typed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from geoaddr.normalize_steps import (
    Edit,
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

Step = Callable[[str], list[Edit]]

STEPS: tuple[Step, ...] = (unseen, width, spacing, traditional, variants, components, dashes, hashes, numerals, number_styles)
"""The order matters: marks go before blanks, forms before meanings, numerals before the ways of writing sub-numbers."""

_PLAIN_STEPS: tuple[Step, ...] = (dashes, numerals)
"""What is left to do for text without any character the other steps look for."""


@dataclass(frozen=True, slots=True)
class Normalized:
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
    current = text
    starts: Sequence[int] = range(len(text))
    ends: Sequence[int] = range(1, len(text) + 1)
    breaks: frozenset[int] = frozenset()
    steps: list[str] = []
    for step in _PLAIN_STEPS if odd_characters().isdisjoint(text) else STEPS:
        edits = step(current)
        if not edits:
            continue
        dropped = {start for start, _, new in edits if not new} if step is spacing else set()
        breaks = _moved(breaks | dropped, edits)
        current, starts, ends = _applied(current, starts, ends, edits)
        steps.append(step.__name__)
    inner = frozenset([at for at in breaks if 0 < at < len(current)])
    return Normalized(current, text, starts, ends, inner, tuple(steps))


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
