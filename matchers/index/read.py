"""The finished index, memory-mapped: what every stage of matching asks it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from geoaddr.divisions_lexicon import national_lexicon
from geoaddr.lexicon import Lexicon, Name
from geoaddr.lexicons import ChainLexicon
from matchers.index.build import META, current_version
from matchers.index.cells import Cells
from matchers.index.doors import Doors
from matchers.index.names import Names
from matchers.index.pool import Pool
from matchers.index.reading import settled_reader
from matchers.index.rows import Rows
from matchers.verdict import Entry

_REMEMBERED = 100_000


class IndexLike(Protocol):
    """What matching needs of an index; the index on disk and the overlay of later changes both answer it."""

    seq: int
    version: str
    covered: Mapping[str, frozenset[str]]
    memo: dict[Any, Any]

    @property
    def lexicon(self) -> Lexicon:
        """The names of the register with the national division names, as the parser wants them."""
        ...

    def __len__(self) -> int: ...
    def entry(self, row: int) -> Entry:
        """Return the entry of a row."""
        ...

    def row_of(self, identity: str) -> int | None:
        """Return the row of an id, or None."""
        ...

    def by_id(self, identity: str) -> Entry | None:
        """Return the entry with an id, or None."""
        ...

    def rows_at(self, anchor: str, door: int, *, inside: int | None = None, limit: int = 60) -> Sequence[int]:
        """Return the rows of a door on a name, entrances first."""
        ...

    def rows_on(self, anchor: str, limit: int) -> Sequence[int]:
        """Return rows that hang on a name, whatever the door."""
        ...

    def has_inside(self, anchor: str, door: int) -> bool:
        """Say whether anything is recorded behind a door."""
        ...

    def names(self, text: str) -> Sequence[Name]:
        """Return every meaning of exactly this name."""
        ...

    def prefixes(self, text: str, start: int) -> Iterable[tuple[int, Sequence[Name]]]:
        """Return the register's names beginning at ``text[start]`` (``geoaddr.lexicon.Lexicon``)."""
        ...

    def sizes(self, head: str) -> tuple[int, ...]:
        """Return the lengths, ascending, that names beginning with two characters may have."""
        ...

    def similar(self, text: str, limit: int) -> list[tuple[Name, str]]:
        """Return names that sound or look like this one, nearest first."""
        ...

    def complete(self, typed: str, matched: str, limit: int) -> list[str]:
        """Return names beginning with what was typed, as ``characters``, ``pinyin`` or ``initials``."""
        ...

    def nearest(self, lon: float, lat: float, *, radius_m: float, limit: int) -> list[tuple[int, float]]:
        """Return ``(row, metres)`` within a radius, nearest first."""
        ...


def remember(index: IndexLike, key: Any, value: Any) -> None:
    """Keep with an index what was worked out on it; what is kept is let go when there is too much of it."""
    if len(index.memo) >= _REMEMBERED:
        index.memo.clear()
    index.memo[key] = value


class Index:
    """The index of the register at event ``seq``; immutable, shared by all processes that open it.

    ``covered`` holds the names of the provinces, cities and districts it has entries in.
    """

    def __init__(self, version: Path) -> None:
        meta = json.loads((version / META).read_text(encoding="utf-8"))
        self.seq: int = int(meta["seq"])
        self.version = version.name
        self._folder = version
        self.covered: Mapping[str, frozenset[str]] = {label: frozenset(names) for label, names in meta["covered"].items()}
        self.memo: dict[Any, Any] = {}
        pool = Pool(version)
        self._rows = Rows(version, pool)
        self._doors = Doors(version)
        self._names = Names(version, pool)
        self._cells = Cells(version, self._rows.points)

    @cached_property
    def lexicon(self) -> Lexicon:
        """The names of the register with the national division names (read on first use, once per process)."""
        return ChainLexicon((self._names, national_lexicon()), settled_reader(self._folder))

    def __len__(self) -> int:
        return len(self._rows)

    def entry(self, row: int) -> Entry:
        """Return the entry of a row."""
        return self._rows.entry(row)

    def row_of(self, identity: str) -> int | None:
        """Return the row of an id, or None."""
        return self._rows.row_of(identity)

    def names(self, text: str) -> Sequence[Name]:
        """Return every meaning of exactly this name, standard ones first."""
        return self._names.names(text)

    def may_begin(self, head: str) -> bool:
        """Say whether a name of the register may begin with these two characters (``geoaddr.lexicons.HeadedLexicon``)."""
        return self._names.may_begin(head)

    def sizes(self, head: str) -> tuple[int, ...]:
        """Return the lengths, ascending, of the register's names that begin with two characters (``geoaddr.lexicons.SizedLexicon``)."""
        return self._names.sizes(head)

    def prefixes(self, text: str, start: int) -> Iterable[tuple[int, Sequence[Name]]]:
        """Return the register's names beginning at ``text[start]``, shortest first."""
        return self._names.prefixes(text, start)

    def similar(self, text: str, limit: int) -> list[tuple[Name, str]]:
        """Return up to ``limit`` names that sound or look like this one, with the outcome, nearest first."""
        return self._names.similar(text, limit)

    def complete(self, typed: str, matched: str, limit: int) -> list[str]:
        """Return up to ``limit`` names beginning with what was typed, as ``characters``, ``pinyin`` or ``initials``, shortest first."""
        return self._names.complete(typed, matched, limit)

    def by_id(self, identity: str) -> Entry | None:
        """Return the entry with an id, or None."""
        row = self.row_of(identity)
        return None if row is None else self.entry(row)

    def rows_at(self, anchor: str, door: int, *, inside: int | None = None, limit: int = 60) -> Sequence[int]:
        """Return at most ``limit`` rows of a door on a name, entrances (nothing inside) first; no such name -> none."""
        number = self._names.anchor(anchor)
        return () if number is None else self._doors.at(number, door, inside, limit)

    def rows_on(self, anchor: str, limit: int) -> Sequence[int]:
        """Return at most ``limit`` rows that hang on a name, whatever the door."""
        number = self._names.anchor(anchor)
        return () if number is None else self._doors.all(number, limit)

    def has_inside(self, anchor: str, door: int) -> bool:
        """Say whether any row of a door on a name lies behind it (a building, unit, floor or room)."""
        number = self._names.anchor(anchor)
        return number is not None and self._doors.has_inside(number, door)

    def nearest(self, lon: float, lat: float, *, radius_m: float, limit: int) -> list[tuple[int, float]]:
        """Return up to ``limit`` ``(row, metres)`` within ``radius_m`` of a CGCS2000 point, nearest first."""
        return self._cells.nearest(lon, lat, radius_m, limit)

    def close(self) -> None:
        """Let go of the files; the system unmaps them when the last array that views them is gone."""
        del self._rows, self._doors, self._names, self._cells


def open_index(folder: Path) -> Index:
    """Open the current index of a folder in milliseconds; ``NotFound`` when there is none, ``Conflict`` when its format is another."""
    return Index(current_version(folder))
