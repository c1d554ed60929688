"""Standard addresses, block by block: read, compared with the register, written in bulk; 300,000 of them in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from sqlalchemy import select

from gazetteer.exchange.importing.address_matching import BLOCK, TAKEN, Matcher, Point, point_source
from gazetteer.exchange.importing.address_quick import QuickReader
from gazetteer.exchange.importing.address_rows import KEY_PARTS, AddressRow, RowError, RowReader
from gazetteer.exchange.importing.columns import in_blocks
from gazetteer.exchange.importing.finding import load_finder
from gazetteer.exchange.importing.place_index import load_places
from gazetteer.exchange.importing.positions import area_of, read_positions
from gazetteer.exchange.importing.request import Work
from gazetteer.exchange.readers import GEOMETRY, Row, Table
from gazetteer.store.loading import large_load
from gazetteer.store.models import StandardAddress
from gazetteer.workflow import change_many, enter_columns
from geoaddr.ids import new_ids
from geoaddr.plausibility import Bounds

LARGE = 5_000
"""New addresses in one block from which on indexes are made at the end of the import."""


@dataclass
class _Import:
    """What one import of addresses remembers from block to block."""

    work: Work
    reader: RowReader
    quick: QuickReader
    matcher: Matcher
    area: Bounds | None
    register_has_any: bool
    load: ExitStack
    loading: bool = False
    refs: dict[str, int] = field(default_factory=dict)
    keys: dict[int, int] = field(default_factory=dict)
    doors: dict[int, str] = field(default_factory=dict)
    orphans: list[tuple[str, int]] = field(default_factory=list)


def import_addresses(work: Work, table: Table) -> None:
    """Import addresses: new ones enter, known ones (by ref, else by what they say) change or stay."""
    divisions = load_finder(work)
    reader = RowReader(work, divisions, load_places(work, divisions), work.columns.has("status"))
    any_there = work.session.scalar(select(StandardAddress.id).limit(1)) is not None
    points = (work.columns.has("lon") and work.columns.has("lat")) or GEOMETRY in work.columns.named
    area = area_of(work.session, work.request.district_code)
    with ExitStack() as load:
        running = _Import(work, reader, QuickReader(reader), Matcher(work, points), area, any_there, load)
        for block in in_blocks(table.rows(), BLOCK):
            work.tally.rows += len(block)
            _write(running, *_place(running, _read(running, block)))
            if work.request.progress is not None:
                work.request.progress(work.tally.rows)
        _adopt_orphans(running)


def _read(running: _Import, block: list[Row]) -> list[AddressRow]:
    tally, columns = running.work.tally, running.work.columns
    shapes = GEOMETRY in columns.named
    rows: list[AddressRow] = []
    for line, row in block:
        try:
            read = running.quick.read(line, row)
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
    ref, mark = row.ref, row.mark
    if ref is not None and ref in running.refs:
        raise RowError("ref", f"编号与第 {running.refs[ref]} 行重复")
    if row.status in TAKEN:
        if mark in running.keys:
            raise RowError("number", f"与第 {running.keys[mark]} 行是同一处地址")
        running.keys[mark] = row.line
    if ref is not None:
        running.refs[ref] = row.line


def _place(running: _Import, rows: list[AddressRow]) -> tuple[list[AddressRow], list[Point]]:
    """Read the positions of a block at once and drop the rows whose position is refused."""
    tally, columns = running.work.tally, running.work.columns
    found = read_positions([row.lon for row in rows], [row.lat for row in rows], running.work.crs, running.area)
    points = list(zip(found.lons, found.lats, strict=True))
    if not found.reasons:
        return rows, points
    for index, reason in found.reasons.items():
        tally.reject(rows[index].line, columns.column("lon"), f"{rows[index].lon}, {rows[index].lat}", reason)
    kept = [index for index in range(len(rows)) if index not in found.reasons]
    return [rows[index] for index in kept], [points[index] for index in kept]


def _write(running: _Import, rows: list[AddressRow], points: list[Point]) -> None:
    running.reader.places.flush()
    known = running.matcher.known(rows) if running.register_has_any else {}
    placed = list(zip(rows, points, strict=True))
    running.matcher.change([(row, point, known[row.line]) for row, point in placed if row.line in known])
    fresh = [one for one in placed if one[0].line not in known] if known else placed
    # doors first, so that units and rooms find theirs
    _enter(running, [one for one in fresh if not one[0].door.inside] + [one for one in fresh if one[0].door.inside])


def _enter(running: _Import, fresh: list[tuple[AddressRow, Point]]) -> None:
    """Bring the new addresses of a block into the register."""
    work = running.work
    if len(fresh) >= LARGE and not running.loading:
        running.load.enter_context(large_load(work.session, StandardAddress))
        running.loading = True
    rows = [row for row, _ in fresh]
    ids = new_ids(len(rows))
    parents = [_parent(running, row, id_) for row, id_ in zip(rows, ids, strict=True)]
    columns: dict[str, Sequence[Any]] = {"id": ids, "parent_id": parents, **_columns(work, rows), **_point_columns(work, fresh)}
    enter_columns(work.session, StandardAddress, columns, actor=work.request.actor, verb="imported", payload={"source": work.source})
    work.tally.created += len(rows)


def _parent(running: _Import, row: AddressRow, id_: str) -> str | None:
    """Return the door a unit or room lies behind, if it is known yet; a door itself is remembered for those that follow."""
    if not row.door.inside:
        if not row.door.parts[-1]:
            running.doors[row.mark] = id_
        return None
    mark = row.door_mark
    parent = running.doors.get(mark) or running.matcher.door(mark)
    if parent is None:
        running.orphans.append((id_, mark))
    return parent


def _columns(work: Work, rows: Sequence[AddressRow]) -> dict[str, Sequence[Any]]:
    """Return what the rows themselves say, column by column."""
    columns: dict[str, Sequence[Any]] = {
        "ref": [row.ref for row in rows],
        "place_id": [row.where.place_id for row in rows],
        "estate_id": [row.where.estate_id for row in rows],
        "division_id": [row.where.division_id for row in rows],
        "label": [row.label for row in rows],
        "status": [row.status for row in rows],
        "valid_from": [row.valid_from for row in rows],
        "valid_to": [work.day if row.status == "retired" else None for row in rows],
    }
    return columns | dict(zip(KEY_PARTS, zip(*(row.door.parts for row in rows), strict=True), strict=False))


def _point_columns(work: Work, placed: Sequence[tuple[AddressRow, Point]]) -> dict[str, Sequence[Any]]:
    """Return the position columns of rows; geometries are made all at once."""
    lons, lats = [point[0] for _, point in placed], [point[1] for _, point in placed]
    there = np.array([lon is not None for lon in lons], dtype=bool)
    shapes = np.full(len(placed), None, dtype=object)
    shapes[there] = shapely.points([lon for lon in lons if lon is not None], [lat for lat in lats if lat is not None])
    source = point_source(work)
    return {
        "geom": shapes.tolist(), "min_lon": lons, "min_lat": lats, "max_lon": lons, "max_lat": lats, "datum": ["CGCS2000"] * len(placed),
        "point_source": [source if lon is not None else "" for lon in lons],
        "point_level": [row.door.point_level if point[0] is not None else "" for row, point in placed],
    }  # fmt: skip


def _adopt_orphans(running: _Import) -> None:
    """Hang units and rooms whose door came later in the file behind it."""
    rows = [{"id": id_, "parent_id": running.doors[mark]} for id_, mark in running.orphans if mark in running.doors]
    payload = {"source": running.work.source}
    change_many(running.work.session, StandardAddress, rows, actor=running.work.request.actor, verb="hung_behind_door", payload=payload)
