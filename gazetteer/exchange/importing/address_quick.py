"""Address rows read quickly: what a row's upper and lower cells mean is looked up where an earlier row said the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from operator import itemgetter
from typing import Any

from gazetteer.exchange.codes import clean
from gazetteer.exchange.importing.address_parts import CONTAINERS, PART_FIELDS, needs_parsing
from gazetteer.exchange.importing.address_rows import AddressRow, Door, RowReader, Where, mark_of
from gazetteer.exchange.readers import SURPLUS

_UPPER = ("province", "city", "district", "town", "community", *CONTAINERS, "division")
_LOWER = (*PART_FIELDS, "poi")
_OWN = ("ref", "status", "valid_from", "lon", "lat")
_REMEMBERED = 200_000
"""Most different lower halves kept; a file of mere numbers and rooms repeats a few thousand."""


@dataclass
class QuickReader:
    """Gives the rows ``RowReader`` would give; whatever is unusual about a row is left to it, and so is every refusal."""

    reader: RowReader
    upper: Callable[[Mapping[str, Any]], Any] = field(init=False)
    lower: Callable[[Mapping[str, Any]], Any] = field(init=False)
    own: tuple[str, ...] = field(init=False)
    wheres: dict[Any, Where] = field(default_factory=dict)
    doors: dict[Any, Door] = field(default_factory=dict)
    days: dict[Any, date | None] = field(default_factory=lambda: {None: None})
    constant: bool = field(init=False)

    def __post_init__(self) -> None:
        """Find the cells of each half."""
        columns = self.reader.work.columns
        self.upper = _picker([columns.named[name] for name in _UPPER if name in columns.named])
        self.lower = _picker([columns.named[name] for name in _LOWER if name in columns.named])
        self.own = tuple(columns.named.get(name, "") for name in _OWN)
        self.constant = any(name in columns.constant for name in _OWN)

    def read(self, line: int, row: Mapping[str, Any]) -> AddressRow:
        """Return a row ready to be compared and written; raises RowError."""
        upper, lower = self.upper(row), self.lower(row)
        where, door = self.wheres.get(upper), self.doors.get(lower)
        ref_at, status_at, day_at, lon_at, lat_at = self.own
        if where is None or door is None or SURPLUS in row or self.constant or row.get(status_at):
            return self._first(line, row, upper, lower)
        ref, day = row.get(ref_at), row.get(day_at)
        plain = ref is None or (
            type(ref) is str and ref.isascii() and ref.isalnum() and len(ref) <= 80 and "E" not in ref and "e" not in ref
        )
        label = where.prefix + door.outer_text + where.estate_name + door.inner_text
        if not plain or day not in self.days or len(label) > 300:
            return self._first(line, row, upper, lower)
        lon, lat = clean(row.get(lon_at)), clean(row.get(lat_at))
        owner = where.place_id or where.division_id
        return AddressRow(line, lon, lat, ref, where, door, label, "current", self.days[day], mark_of((owner, *door.parts)))

    def _first(self, line: int, row: Mapping[str, Any], upper: Any, lower: Any) -> AddressRow:
        """Read a row in full, and remember what its halves mean where its columns alone say so."""
        read = self.reader.read(line, row)
        texts = self.reader.work.columns.fields(row)
        if not needs_parsing(texts):
            if any(texts[name] for name in (*CONTAINERS, "division")):
                self.wheres[upper] = read.where
            if any(texts[name] for name in ("number", "building", "room", "poi")) and len(self.doors) < _REMEMBERED:
                self.doors[lower] = read.door
        if not self.constant and len(self.days) < _REMEMBERED:
            self.days[row.get(self.own[2])] = read.valid_from
        return read


def _picker(columns: Sequence[str]) -> Callable[[Mapping[str, Any]], Any]:
    return itemgetter(*columns) if columns else lambda _row: ()
