"""The shape of a lattice: every stretch of the text that could be a part, by where it starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from geoaddr.lexicon import Name

REST = "rest"
"""Label of stretches that were not understood; it never leaves the parser as a part."""


class Hit(NamedTuple):
    """One reading of ``text[start:end]``.

    ``features`` are keys into the hit weights, summed; ``size`` is the length to look up in the length table of ``label`` (0 for
    none). ``pieces`` cuts a chain such as ``3-2-501`` into ``(label, start, end)``; ``label`` is then that of the last piece.
    """

    start: int
    end: int
    label: str
    features: tuple[str, ...]
    size: int = 0
    names: tuple[Name, ...] = ()
    pieces: tuple[tuple[str, int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Lattice:
    """Normalised ``text`` and its hits: ``starting[i]`` are those that begin at ``i``; every reachable position leads to the end."""

    text: str
    starting: tuple[list[Hit], ...]

    def __len__(self) -> int:
        return sum(map(len, self.starting))
