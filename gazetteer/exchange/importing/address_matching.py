"""Which address of the register a row of a file means, and what would change if the row were right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import shapely
from sqlalchemy import BigInteger, select, type_coerce

from gazetteer.exchange.importing.address_rows import KEY_PARTS, AddressRow, mark_of
from gazetteer.exchange.importing.request import Work
from gazetteer.store.bulk import among
from gazetteer.store.models import StandardAddress
from gazetteer.workflow import change_many
from geoaddr.ids import number_of, text_of

BLOCK = 20_000
TAKEN = ("proposed", "reserved", "current")
_IDS = ("place_id", "estate_id", "division_id")
_COMPARED = (*_IDS, *KEY_PARTS, "label", "valid_from")
_BOX = ("min_lon", "min_lat", "max_lon", "max_lat")
_ID, _REF, _STATUS, _FIRST = 0, 1, 2, 3
_LAST = _FIRST + len(_COMPARED)

There = Sequence[Any]
"""An address of the register: id, ref and status, then ``_COMPARED`` and ``_BOX``; ids as the integers of the store."""
Point = tuple[float | None, float | None]


class _Numbers(dict[str | None, int | None]):
    """Id → the integer the store keeps, remembered: an import meets the same places and divisions again and again."""

    def __missing__(self, id_: str | None) -> int | None:
        self[id_] = number = None if id_ is None else number_of(id_)
        return number


class _Texts(dict[int, str]):
    """The other way round."""

    def __missing__(self, number: int) -> str:
        self[number] = text = text_of(number)
        return text


@dataclass
class Matcher:
    """Finds and changes the addresses rows mean. ``points`` says whether the file gives positions at all."""

    work: Work
    points: bool
    numbers: _Numbers = field(default_factory=_Numbers)
    _registered: dict[int, int] | None = None

    def known(self, rows: Sequence[AddressRow]) -> dict[int, There]:
        """Return line → the row's address in the register, by ref, else by what it says."""
        by_ref = self._fetch(StandardAddress.ref, [row.ref for row in rows if row.ref], _REF)
        found = {row.line: by_ref[row.ref] for row in rows if row.ref in by_ref}
        if len(found) == len(rows):
            return found
        marks = self.marks()
        wanted = {row.line: marks[row.mark] for row in rows if row.ref not in by_ref and row.mark in marks}
        by_id = self._fetch(StandardAddress.id, [text_of(number) for number in wanted.values()], _ID)
        return found | {line: by_id[number] for line, number in wanted.items()}

    def marks(self) -> dict[int, int]:
        """Return mark → id of every address in force before this import: it must be asked for before the first is written."""
        if self._registered is None:
            ids = (type_coerce(getattr(StandardAddress, name), BigInteger) for name in ("id", "place_id", "division_id"))
            asked = select(*ids, *(getattr(StandardAddress, part) for part in KEY_PARTS))
            asked = asked.where(StandardAddress.status.in_(TAKEN)).execution_options(yield_per=BLOCK)
            texts, found = _Texts(), dict[int, int]()
            for id_, place, division, *parts in self.work.session.execute(asked):
                found[mark_of((texts[place or division], *parts))] = id_
            self._registered = found
        return self._registered

    def door(self, mark: int) -> str | None:
        """Return the id of the address in force that has this mark, where ``marks`` were read."""
        found = (self._registered or {}).get(mark)
        return None if found is None else text_of(found)

    def change(self, pairs: Sequence[tuple[AddressRow, Point, There]]) -> None:
        """Write what differs from the register; rows that differ in the same columns share one statement and one event."""
        work, changed = self.work, dict[frozenset[str], list[dict[str, Any]]]()
        for row, point, there in pairs:
            if self._same(row, point, there):
                work.tally.unchanged += 1
                continue
            reason = self._clash(row, there)
            if reason:
                work.tally.reject(row.line, work.columns.column("ref"), row.ref, reason)
                continue
            difference = self._difference(row, point, there)
            if difference:
                changed.setdefault(frozenset(difference), []).append({"id": text_of(there[_ID]), **difference})
                work.tally.updated += 1
            else:
                work.tally.unchanged += 1
        for rows in changed.values():
            change_many(work.session, StandardAddress, rows, actor=work.request.actor, verb="reimported", payload={"source": work.source})

    def _fetch(self, column: Any, values: Sequence[str], key: int) -> dict[Any, There]:
        if not values:
            return {}
        ids = [type_coerce(getattr(StandardAddress, name), BigInteger) for name in ("id", *_IDS)]
        others = (getattr(StandardAddress, name) for name in (*_COMPARED[len(_IDS) :], *_BOX))
        asked = select(ids[0], StandardAddress.ref, StandardAddress.status, *ids[1:], *others)
        rows = self.work.session.execute(asked.where(among(self.work.session, column, values)))
        return {row[key]: row for row in rows}

    def _compared(self, row: AddressRow) -> tuple[Any, ...]:
        where, numbers = row.where, self.numbers
        ids = (numbers[where.place_id], numbers[where.estate_id], numbers[where.division_id])
        return (*ids, *row.door.parts, row.label, row.valid_from)

    def _same(self, row: AddressRow, point: Point, there: There) -> bool:
        """Say at one glance that nothing differs, as is true of nearly every row of a file imported again."""
        lon, lat = point
        return (
            self._compared(row) == tuple(there[_FIRST:_LAST])
            and (row.ref is None or row.ref == there[_REF])
            and (row.status == there[_STATUS] or not self.work.columns.has("status"))
            and (not self.points or lon is None or (lon, lat, lon, lat) == tuple(there[_LAST:]))
        )

    def _clash(self, row: AddressRow, there: There) -> str:
        """Return why a row may not touch the address it was taken for, or an empty string."""
        marks = self.marks()
        if row.ref and there[_REF] and there[_REF] != row.ref:
            return f"同一处地址已以编号 {there[_REF]} 登记"
        if self.work.columns.has("status") and row.status != there[_STATUS]:
            return f"登记册中状态为“{there[_STATUS]}”：启用、注销须通过办件，不能靠导入"
        other = marks.get(row.mark)
        if there[_STATUS] in TAKEN and other is not None and other != there[_ID]:
            return "改动后与另一处已登记的地址相同"
        return ""

    def _difference(self, row: AddressRow, point: Point, there: There) -> dict[str, Any]:
        where = row.where
        values: tuple[Any, ...] = (where.place_id, where.estate_id, where.division_id, *row.door.parts, row.label, row.valid_from)
        compared = zip(_COMPARED, values, self._compared(row), there[_FIRST:_LAST], strict=True)
        found: dict[str, Any] = {name: value for name, value, mine, registered in compared if mine != registered}
        if not self.work.columns.has("valid_from"):
            found.pop("valid_from", None)
        if row.ref and there[_REF] is None:
            found["ref"] = row.ref
        lon, lat = point
        if self.points and lon is not None and lat is not None and (lon, lat, lon, lat) != tuple(there[_LAST:]):
            found |= {"geom": shapely.Point(lon, lat), **dict(zip(_BOX, (lon, lat, lon, lat), strict=True))}
            found |= {"datum": "CGCS2000", "point_source": point_source(self.work), "point_level": row.door.point_level}
        return found


def point_source(work: Work) -> str:
    """Return what the register says about where a position came from: the file, and the system of its coordinates."""
    return f"{work.source} {work.crs}"[:80]
