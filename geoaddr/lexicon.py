"""The names the parser knows, and which part of an address each of them is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol


class Name(NamedTuple):
    """One name as it may stand in an address text.

    ``label`` is the part it forms (see ``parts.LABELS``), ``value`` the standard form it stands for, ``ref`` the division
    code or record id it denotes, ``parent`` the ref (for divisions: the code) of what contains it, ``kind`` how the form
    relates to the standard one: ``standard``, ``short`` (without generic term), ``former``, ``alias``, ``folk``, ``misspelt``.
    """

    text: str
    label: str
    value: str
    ref: str = ""
    parent: str = ""
    kind: str = "standard"


class Lexicon(Protocol):
    """What the parser needs of a dictionary of names; implemented in memory here and memory-mapped by the index."""

    def prefixes(self, text: str, start: int) -> Iterable[tuple[int, Sequence[Name]]]:
        """Yield ``(end, names)`` for every known name that begins at ``text[start]``, shortest first."""
        ...
