"""Changes after the index was built, answered together with it as if they were inside."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from geoaddr.divisions_lexicon import national_lexicon
from geoaddr.lexicon import Lexicon, Name
from geoaddr.lexicons import ChainLexicon, reader_of
from matchers.index.build import file_entry
from matchers.index.cells import distance_m
from matchers.index.names import RANK, MemoryNames, NameWriter, coded_first
from matchers.index.naming import names_of_heirs, plain
from matchers.index.read import IndexLike
from matchers.verdict import Entry


class Overlay:
    """An index with entries changed and removed since; rows of changed entries follow those of the index below.

    Names that only removed entries carried stay readable (the parser may still see them), but lead to no entry.
    """

    def __init__(self, index: IndexLike, changed: Iterable[Entry], removed: Collection[str] = (), *, seq: int | None = None) -> None:
        self._below = index
        self.memo: dict[Any, Any] = {}
        self._base = len(index)
        self._entries = [entry for entry in changed if entry.status != "rejected"]
        self._ids = {entry.id: self._base + position for position, entry in enumerate(self._entries)}
        self._removed = frozenset(removed) - self._ids.keys()
        hidden = (index.row_of(identity) for identity in (*self._ids, *self._removed))
        self._hidden = frozenset(row for row in hidden if row is not None)
        self._doors: dict[tuple[str, int], list[tuple[int, int]]] = {}
        writer = NameWriter()
        for row, entry in enumerate(self._entries, start=self._base):
            file_entry(entry, row, True, writer, self._add_door)
        for name in names_of_heirs(self._owners()):
            writer.add(name)
        self._names = MemoryNames(writer)
        self.seq = index.seq if seq is None else seq
        self.version = f"{index.version}+{self.seq}"
        self.covered: Mapping[str, frozenset[str]] = {
            label: names | {getattr(entry, label) for entry in self._entries} - {""} for label, names in index.covered.items()
        }

    @cached_property
    def lexicon(self) -> Lexicon:
        """The changed names, those of the index below and the national division names."""
        return ChainLexicon((self._names, self._below, national_lexicon()), reader_of(self._below.lexicon))

    def _owners(self) -> dict[str, Entry]:
        """Return the changed divisions and places with those that succeed them, wherever these are recorded."""
        owners = {entry.id: entry for entry in self._entries if entry.kind != "address"}
        for entry in list(owners.values()):
            heir_id = entry.current_id
            while heir_id and heir_id not in owners:
                heir = self._below.by_id(heir_id)
                if heir is None or heir.kind == "address":
                    break
                owners[heir_id] = heir
                heir_id = heir.current_id
        return owners

    def _add_door(self, anchor: str, door: int, inside: int, row: int) -> None:
        self._doors.setdefault((plain(anchor), door), []).append((inside, row))

    def __len__(self) -> int:
        return self._base + len(self._entries)

    def entry(self, row: int) -> Entry:
        """Return the entry of a row."""
        return self._entries[row - self._base] if row >= self._base else self._below.entry(row)

    def row_of(self, identity: str) -> int | None:
        """Return the row of an id, or None."""
        if identity in self._removed:
            return None
        return self._ids[identity] if identity in self._ids else self._below.row_of(identity)

    def by_id(self, identity: str) -> Entry | None:
        """Return the entry with an id as it stands after the changes, or None."""
        row = self.row_of(identity)
        return None if row is None else self.entry(row)

    def rows_at(self, anchor: str, door: int, *, inside: int | None = None, limit: int = 60) -> Sequence[int]:
        """Return at most ``limit`` rows of a door on a name, entrances first."""
        below = [
            row for row in self._below.rows_at(anchor, door, inside=inside, limit=limit + len(self._hidden)) if row not in self._hidden
        ]
        mine = [(key, row) for key, row in self._doors.get((anchor, door), ()) if inside is None or key == inside]
        entrances = [row for key, row in mine if key == 0]
        return [*entrances, *below, *(row for key, row in mine if key)][:limit]

    def rows_on(self, anchor: str, limit: int) -> Sequence[int]:
        """Return at most ``limit`` rows that hang on a name, whatever the door."""
        mine = [row for (name, _door), filed in self._doors.items() if name == anchor for _inside, row in filed]
        below = [row for row in self._below.rows_on(anchor, limit + len(self._hidden)) if row not in self._hidden]
        return [*mine, *below][:limit]

    def has_inside(self, anchor: str, door: int) -> bool:
        """Say whether any row of a door on a name lies behind it; a removed flat may still count until the index is rebuilt."""
        return self._below.has_inside(anchor, door) or any(inside for inside, _row in self._doors.get((anchor, door), ()))

    def names(self, text: str) -> Sequence[Name]:
        """Return every meaning of exactly this name."""
        return coded_first((*self._names.names(text), *self._below.names(text)))

    def prefixes(self, text: str, start: int) -> Iterable[tuple[int, Sequence[Name]]]:
        """Return the names beginning at ``text[start]``, shortest first."""
        return ChainLexicon((self._names, self._below)).prefixes(text, start)

    def sizes(self, head: str) -> tuple[int, ...]:
        """Return the lengths, ascending, that names beginning with two characters may have."""
        return tuple(sorted({*self._names.sizes(head), *self._below.sizes(head)}))

    def similar(self, text: str, limit: int) -> list[tuple[Name, str]]:
        """Return names that sound or look like this one, nearest first."""
        found = dict.fromkeys((*self._names.similar(text, limit), *self._below.similar(text, limit)))
        return sorted(found, key=lambda item: (RANK[item[1]], item[0].text))[:limit]

    def complete(self, typed: str, matched: str, limit: int) -> list[str]:
        """Return names beginning with what was typed."""
        found = dict.fromkeys((*self._names.complete(typed, matched, limit), *self._below.complete(typed, matched, limit)))
        return sorted(found, key=lambda text: (len(text), text))[:limit]

    def nearest(self, lon: float, lat: float, *, radius_m: float, limit: int) -> list[tuple[int, float]]:
        """Return ``(row, metres)`` within a radius, nearest first."""
        below = self._below.nearest(lon, lat, radius_m=radius_m, limit=limit + len(self._hidden))
        found = [(row, metres) for row, metres in below if row not in self._hidden]
        for row, entry in enumerate(self._entries, start=self._base):
            if entry.lon is not None and entry.lat is not None:
                metres = distance_m(lon, lat, entry.lon, entry.lat)
                if metres <= radius_m:
                    found.append((row, metres))
        return sorted(found, key=lambda item: (item[1], item[0]))[:limit]
