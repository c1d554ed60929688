"""Standard addresses, block by block: read, compared with the register, written in bulk; 300,000 of them in one transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from sqlalchemy import func, select

from gazetteer.exchange.importing.address_rows import KEY_PARTS, AddressRow, RowError, RowReader, mark_of
from gazetteer.exchange.importing.columns import in_blocks
from gazetteer.exchange.importing.finding import load_finder
from gazetteer.exchange.importing.place_index import load_places
from gazetteer.exchange.importing.positions import Positions, area_of, read_positions
from gazetteer.exchange.importing.request import Work
from gazetteer.exchange.readers import GEOMETRY, Row, Table
from gazetteer.store.models import StandardAddress
from gazetteer.workflow import change_many, enter_many
from geoaddr.ids import new_ids
from geoaddr.plausibility import Bounds

BLOCK = 20_000
ASKED = 5_000
_TAKEN = ("proposed", "reserved", "current")
_COMPARED = ("place_id", "estate_id", "division_id", *KEY_PARTS, "label", "valid_from")
_BOX = ("min_lon", "min_lat", "max_lon", "max_lat")


@dataclass
class _Import:
    """What one import of addresses remembers from block to block."""

    work: Work
    reader: RowReader
    area: Bounds | None
    points: bool
    register_has_any: bool
    refs: dict[str, int] = field(default_factory=dict)
    keys: dict[int, int] = field(default_factory=dict)
    doors: dict[int, str] = field(default_factory=dict)
    orphans: list[tuple[str, int]] = field(default_factory=list)
    registered: dict[int, str] | None = None


def import_addresses(work: Work, table: Table) -> None:
    """Import addresses: new ones enter, known ones (by ref, else by what they say) change or stay."""
    divisions = load_finder(work)
    reader = RowReader(work, divisions, load_places(work, divisions), work.columns.has("status"))
    any_there = (work.session.scalar(select(func.count()).select_from(StandardAddress).limit(1)) or 0) > 0
    points = (work.columns.has("lon") and work.columns.has("lat")) or GEOMETRY in work.columns.named
    running = _Import(work, reader, area_of(work.session, work.request.district_code), points, any_there)
    for block in in_blocks(table.rows(), BLOCK):
        work.tally.rows += len(block)
        good, positions = _place(running, _read(running, block))
        _write(running, good, positions)
        if work.request.progress is not None:
            work.request.progress(work.tally.rows)
    _adopt_orphans(running)


def _read(running: _Import, block: list[Row]) -> list[AddressRow]:
    tally, columns = running.work.tally, running.work.columns
    shapes = GEOMETRY in columns.named
    rows: list[AddressRow] = []
    for line, row in block:
        try:
            read = running.reader.read(line, row)
            if shapes and not (read.lon and read.lat):
                read.lon, read.lat = _point_text(row[columns.named[GEOMETRY]])
            _refuse_twin(running, read)
        except RowError as error:
            value = row.get(columns.column(error.field)) if error.field else ""
            tally.reject(line, columns.column(error.field) if error.field else "", value, str(error))
            continue
        rows.append(read)
    return rows


def _point_text(cell: Any) -> tuple[str, str]:
    if cell is None or cell == "":
        return "", ""
    shape = cell
    if isinstance(cell, str):
        try:
            shape = shapely.from_wkt(cell)
        except shapely.errors.GEOSException as error:
            raise RowError(GEOMETRY, "几何已损坏，无法解析") from error
    if shape.geom_type != "Point":
        raise RowError(GEOMETRY, f"几何类型是 {shape.geom_type}，地址只接受 Point")
    return ("", "") if shape.is_empty else (repr(shape.x), repr(shape.y))


def _refuse_twin(running: _Import, row: AddressRow) -> None:
    ref, mark = row.columns["ref"], row.mark
    if ref is not None and ref in running.refs:
        raise RowError("ref", f"编号与第 {running.refs[ref]} 行重复")
    if row.columns["status"] in _TAKEN:
        if mark in running.keys:
            raise RowError("number", f"与第 {running.keys[mark]} 行是同一处地址")
        running.keys[mark] = row.line
    if ref is not None:
        running.refs[ref] = row.line


def _place(running: _Import, rows: list[AddressRow]) -> tuple[list[AddressRow], Positions]:
    """Read the positions of a block at once and drop the rows whose position is refused."""
    tally, columns = running.work.tally, running.work.columns
    found = read_positions([row.lon for row in rows], [row.lat for row in rows], running.work.crs, running.area)
    if not found.reasons:
        return rows, found
    for index, reason in found.reasons.items():
        tally.reject(rows[index].line, columns.column("lon"), f"{rows[index].lon}, {rows[index].lat}", reason)
    kept = [index for index in range(len(rows)) if index not in found.reasons]
    return [rows[index] for index in kept], Positions([found.lons[i] for i in kept], [found.lats[i] for i in kept], {})


def _write(running: _Import, rows: list[AddressRow], positions: Positions) -> None:
    running.reader.places.flush()
    for row, point in zip(rows, _points(running, rows, positions), strict=True):
        row.columns.update(point)
    known = _known(running, rows) if running.register_has_any else {}
    fresh = sorted((row for row in rows if row.line not in known), key=_inside)
    _change(running, [(row, known[row.line]) for row in rows if row.line in known])
    for row, id_ in zip(fresh, new_ids(len(fresh)), strict=True):
        row.columns["id"] = id_
        if _inside(row):
            row.columns["parent_id"] = _door(running, row.door_mark)
            if row.columns["parent_id"] is None:
                running.orphans.append((id_, row.door_mark))
        elif not row.columns["poi"]:
            running.doors[row.mark] = id_
    payload = {"source": running.work.source}
    rows_ = [row.columns for row in fresh]
    enter_many(running.work.session, StandardAddress, rows_, actor=running.work.request.actor, verb="imported", payload=payload)
    running.work.tally.created += len(fresh)


def _inside(row: AddressRow) -> bool:
    return bool(row.columns["unit"] or row.columns["floor"] or row.columns["room"])


def _points(running: _Import, rows: list[AddressRow], positions: Positions) -> Iterable[dict[str, Any]]:
    """Return the position columns of a block; geometries are made all at once."""
    source = f"{running.work.source} {running.work.crs}"[:80]
    there = [index for index, lon in enumerate(positions.lons) if lon is not None]
    shapes: list[Any] = [None] * len(rows)
    made: Any = shapely.points(np.array([(positions.lons[index], positions.lats[index]) for index in there]).reshape(-1, 2))
    for index, shape in zip(there, made, strict=True):
        shapes[index] = shape
    for row, shape, lon, lat in zip(rows, shapes, positions.lons, positions.lats, strict=True):
        level = _point_level(row) if shape is not None else ""
        yield {
            "geom": shape, "min_lon": lon, "min_lat": lat, "max_lon": lon, "max_lat": lat, "datum": "CGCS2000",
            "point_source": source if shape is not None else "", "point_level": level,
        }  # fmt: skip


def _point_level(row: AddressRow) -> str:
    """Return what the point of a row stands for: rooms share the point of their building or door."""
    columns = row.columns
    return "building" if columns["building"] else "number" if columns["number"] else "place"


def _known(running: _Import, rows: list[AddressRow]) -> dict[int, Any]:
    """Return line → the row's address in the register, by ref, else by what it says."""
    by_ref = _fetch(running, StandardAddress.ref, [row.columns["ref"] for row in rows if row.columns["ref"]], "ref")
    registered = _registered(running)
    wanted = {row.line: registered[row.mark] for row in rows if row.columns["ref"] not in by_ref and row.mark in registered}
    by_id = _fetch(running, StandardAddress.id, list(wanted.values()), "id")
    found = {row.line: by_ref[row.columns["ref"]] for row in rows if row.columns["ref"] in by_ref}
    return found | {line: by_id[id_] for line, id_ in wanted.items()}


def _fetch(running: _Import, column: Any, values: list[Any], name: str) -> dict[str, Any]:
    columns = [getattr(StandardAddress, one) for one in ("id", "ref", "status", *_COMPARED, *_BOX)]
    found: dict[str, Any] = {}
    for start in range(0, len(values), ASKED):
        for row in running.work.session.execute(select(*columns).where(column.in_(values[start : start + ASKED]))):
            found[getattr(row, name)] = row
    return found


def _registered(running: _Import) -> dict[int, str]:
    """Return hash of key → id for every address in force; read once, and only when the register has addresses."""
    if running.registered is None:
        parts = [getattr(StandardAddress, part) for part in KEY_PARTS]
        asked = select(StandardAddress.id, StandardAddress.place_id, StandardAddress.division_id, *parts)
        asked = asked.where(StandardAddress.status.in_(_TAKEN)).execution_options(yield_per=BLOCK)
        running.registered = {mark_of((row[1] or row[2], *row[3:])): row[0] for row in running.work.session.execute(asked)}
    return running.registered


def _door(running: _Import, mark: int) -> str | None:
    return running.doors.get(mark) or (running.registered or {}).get(mark)


def _change(running: _Import, pairs: list[tuple[AddressRow, Any]]) -> None:
    """Write what differs from the register; rows that differ in the same columns share one statement and one event."""
    work, changed = running.work, dict[frozenset[str], list[dict[str, Any]]]()
    for row, there in pairs:
        reason = _clash(running, row, there)
        if reason:
            work.tally.reject(row.line, work.columns.column("ref"), row.columns["ref"], reason)
            continue
        difference = _difference(running, row, there)
        if difference:
            changed.setdefault(frozenset(difference), []).append({"id": there.id, **difference})
            work.tally.updated += 1
        else:
            work.tally.unchanged += 1
    for rows in changed.values():
        change_many(work.session, StandardAddress, rows, actor=work.request.actor, verb="reimported", payload={"source": work.source})


def _clash(running: _Import, row: AddressRow, there: Any) -> str:
    """Return why a row may not touch the address it was taken for, or an empty string."""
    ref = row.columns["ref"]
    if ref and there.ref and there.ref != ref:
        return f"同一处地址已以编号 {there.ref} 登记"
    if running.work.columns.has("status") and row.columns["status"] != there.status:
        return f"登记册中状态为“{there.status}”：启用、注销须通过办件，不能靠导入"
    other = _registered(running).get(row.mark)
    if there.status in _TAKEN and other is not None and other != there.id:
        return "改动后与另一处已登记的地址相同"
    return ""


def _difference(running: _Import, row: AddressRow, there: Any) -> dict[str, Any]:
    columns = row.columns
    found = {name: columns[name] for name in _COMPARED if columns[name] != getattr(there, name)}
    if not running.work.columns.has("valid_from"):
        found.pop("valid_from", None)
    if columns["ref"] and there.ref is None:
        found["ref"] = columns["ref"]
    if running.points and columns["geom"] is not None and any(columns[name] != getattr(there, name) for name in _BOX):
        found |= {name: columns[name] for name in ("geom", *_BOX, "datum", "point_source", "point_level")}
    return found


def _adopt_orphans(running: _Import) -> None:
    """Hang units and rooms whose door came later in the file behind it."""
    rows = [{"id": id_, "parent_id": running.doors[mark]} for id_, mark in running.orphans if mark in running.doors]
    payload = {"source": running.work.source}
    change_many(running.work.session, StandardAddress, rows, actor=running.work.request.actor, verb="hung_behind_door", payload=payload)
