"""An index read without certain names: those that were taken out of the register after it was built."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from geoaddr.divisions_lexicon import national_lexicon
from geoaddr.lexicon import Lexicon, Name
from geoaddr.lexicons import ChainLexicon, HeadedLexicon, reader_of
from matchers.index.naming import plain
from matchers.index.read import IndexLike
from matchers.verdict import Entry


class WithoutNames:
    """The same index, in which no ``(text, official name)`` of ``gone`` stands for the other; everything else is answered unchanged."""

    def __init__(self, index: IndexLike, gone: Collection[tuple[str, str]]) -> None:
        self._below = index
        self._gone = frozenset((plain(text), plain(official)) for text, official in gone)
        self.seq = index.seq
        self.version = index.version
        self.covered: Mapping[str, frozenset[str]] = index.covered
        self.memo: dict[Any, Any] = {}

    @cached_property
    def lexicon(self) -> Lexicon:
        """The names that are left, with the national division names."""
        return ChainLexicon((self, national_lexicon()), reader_of(self._below.lexicon))

    def __len__(self) -> int:
        return len(self._below)

    def entry(self, row: int) -> Entry:
        """Return the entry of a row."""
        return self._below.entry(row)

    def row_of(self, identity: str) -> int | None:
        """Return the row of an id, or None."""
        return self._below.row_of(identity)

    def by_id(self, identity: str) -> Entry | None:
        """Return the entry with an id, or None."""
        return self._below.by_id(identity)

    def rows_at(self, anchor: str, door: int, *, inside: int | None = None, limit: int = 60) -> Sequence[int]:
        """Return the rows of a door on a name, entrances first."""
        return self._below.rows_at(anchor, door, inside=inside, limit=limit)

    def rows_on(self, anchor: str, limit: int) -> Sequence[int]:
        """Return rows that hang on a name, whatever the door."""
        return self._below.rows_on(anchor, limit)

    def has_inside(self, anchor: str, door: int) -> bool:
        """Say whether anything is recorded behind a door."""
        return self._below.has_inside(anchor, door)

    def names(self, text: str) -> Sequence[Name]:
        """Return every meaning of exactly this name that is left."""
        return self._left(self._below.names(text))

    def prefixes(self, text: str, start: int) -> Iterable[tuple[int, Sequence[Name]]]:
        """Return the names that are left beginning at ``text[start]``, shortest first."""
        found = ((end, self._left(names)) for end, names in self._below.prefixes(text, start))
        return [(end, names) for end, names in found if names]

    def may_begin(self, head: str) -> bool:
        """Say whether a name may begin with these two characters."""
        return not isinstance(self._below, HeadedLexicon) or self._below.may_begin(head)

    def sizes(self, head: str) -> tuple[int, ...]:
        """Return the lengths, ascending, that names beginning with two characters may have."""
        return self._below.sizes(head)

    def similar(self, text: str, limit: int) -> list[tuple[Name, str]]:
        """Return names that are left and sound or look like this one, nearest first."""
        return [(name, how) for name, how in self._below.similar(text, limit) if not self._is_gone(name)]

    def complete(self, typed: str, matched: str, limit: int) -> list[str]:
        """Return names beginning with what was typed; one that is gone is left out where it means nothing else."""
        return [text for text in self._below.complete(typed, matched, limit) if self.names(text)]

    def nearest(self, lon: float, lat: float, *, radius_m: float, limit: int) -> list[tuple[int, float]]:
        """Return ``(row, metres)`` within a radius, nearest first."""
        return self._below.nearest(lon, lat, radius_m=radius_m, limit=limit)

    def _left(self, names: Sequence[Name]) -> Sequence[Name]:
        return names if not any(self._is_gone(name) for name in names) else tuple(name for name in names if not self._is_gone(name))

    def _is_gone(self, name: Name) -> bool:
        return name.kind != "standard" and (name.text, plain(name.value)) in self._gone
