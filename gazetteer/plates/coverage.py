"""How much of the district bears its plates: counted from the register each time, so never out of date."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import shapely
from shapely.geometry import mapping
from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from gazetteer.divisions import DivisionTree, load_divisions, outlines
from gazetteer.plates.conventions import conventions
from gazetteer.plates.orders import HANGING, PENDING
from gazetteer.store.models import PlaceName, Plate, StandardAddress
from geoaddr.errors import UsageError

BY = ("town", "community", "road")
STANDING = (*PENDING, *HANGING)
_SIMPLIFY_DEG = 0.0002
"""About 20 m: outlines of the coverage map, not for measuring."""


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """Counts of one town, community or road. ``needed``: addresses that must bear a plate; ``hanging``: of these, those that do.

    The status counts are of required plates on or on the way to these addresses; ``share`` is hanging / needed (None for no need).
    """

    id: str
    name: str
    kind: str
    needed: int
    hanging: int
    plates: Mapping[str, int] = field(default_factory=dict)

    @property
    def share(self) -> float | None:
        """Share of needed plates that hang, 0 to 1."""
        return self.hanging / self.needed if self.needed else None

    def as_dict(self) -> dict[str, Any]:
        """Return the row with its status counts spread out, for tables and JSON."""
        counts = {status: self.plates.get(status, 0) for status in STANDING}
        share = None if self.share is None else round(self.share, 4)
        return {
            "id": self.id,
            "name": self.name,
            "kind": self.kind,
            "needed": self.needed,
            "hanging": self.hanging,
            **counts,
            "share": share,
        }


def coverage(session: Session, by: str = "town", *, division_id: str | None = None) -> list[CoverageRow]:
    """Return one row for each town, community or road (or village, estate) that has addresses needing plates, by code or name.

    ``division_id`` narrows to a unit and everything below it. Rows add up to ``totals``; addresses above community level count in
    their town, and what no town holds under its own division.
    """
    if by not in BY:
        raise UsageError(f"覆盖率只能按 {'、'.join(BY)} 统计", field="by")
    tree = load_divisions(session)
    cells = _count(session, None if division_id is None else tree.below(division_id))
    if by == "road":
        return _by_place(session, cells, tree)
    grouped: dict[str, list[_Cell]] = defaultdict(list)
    for cell in cells:
        grouped[_unit(tree, cell.division_id, by)].append(cell)
    rows = [_row(id_, tree.by_id[id_].name, tree.by_id[id_].level, group) for id_, group in grouped.items()]
    return sorted(rows, key=lambda row: tree.by_id[row.id].code)


def totals(session: Session, *, division_id: str | None = None) -> CoverageRow:
    """Return the counts of the whole register, or of one unit and everything below it."""
    below = None if division_id is None else load_divisions(session).below(division_id)
    return _row(division_id or "", "合计", "total", _count(session, below))


def missing_plates(session: Session, *, place_id: str | None = None, division_id: str | None = None, limit: int = 5_000) -> list[str]:
    """Return the ids of current addresses that must bear a plate and neither have one nor await one, in order of entry.

    Narrowed to one road, village or estate, or to one unit and everything below it.
    """
    address, kind = StandardAddress, _kind_column()
    standing = select(Plate.id).where(Plate.address_id == address.id, Plate.kind == kind, Plate.status.in_(STANDING))
    statement = select(address.id).where(address.status == "current", kind.in_(conventions()["required_kinds"]), ~standing.exists())
    if place_id is not None:
        statement = statement.where((address.place_id == place_id) | (address.estate_id == place_id))
    if division_id is not None:
        statement = statement.where(address.division_id.in_(load_divisions(session).below(division_id)))
    return list(session.scalars(statement.order_by(address.id).limit(limit)))


def coverage_geojson(session: Session, by: str = "community") -> dict[str, Any]:
    """Return a FeatureCollection for the coverage map: outlines of towns or communities (or lines of roads) with their share."""
    rows = coverage(session, by)
    tree = load_divisions(session) if by != "road" else None
    shapes = _shapes(session, rows, tree)
    features = [_feature(row, shapes[row.id]) for row in rows if row.id in shapes]
    return {"type": "FeatureCollection", "features": features}


@dataclass(frozen=True, slots=True)
class _Cell:
    """Addresses of one division on one place."""

    division_id: str
    place_id: str | None
    needed: int
    hanging: int
    plates: tuple[tuple[str, int], ...]


def _count(session: Session, division_ids: list[str] | None) -> list[_Cell]:
    """Count in the database, one row for each (division, place); plates counted where their kind is the address's own.

    Addresses and plates apart, and no more than one plate of a kind hangs at an address: twice as quick as one outer join.
    """
    address, kind = StandardAddress, _kind_column()
    cell = (address.division_id, func.coalesce(address.place_id, address.estate_id))
    needing = (address.status == "current", kind.in_(conventions()["required_kinds"]))
    needed = {(row[0], row[1]): row[2] for row in session.execute(select(*cell, func.count()).where(*needing).group_by(*cell))}
    standing = select(*cell, Plate.status, func.count()).join(address, address.id == Plate.address_id).where(*needing)
    standing = standing.where(Plate.status.in_(STANDING), Plate.kind == kind).group_by(*cell, Plate.status)
    plates: dict[tuple[str, str | None], dict[str, int]] = defaultdict(dict)
    for division_id, place_id, status, count in session.execute(standing):
        plates[division_id, place_id][status] = count
    wanted = None if division_ids is None else set(division_ids)
    found = []
    for (division_id, place_id), count in needed.items():
        if wanted is None or division_id in wanted:
            counts = plates[division_id, place_id]
            hanging = sum(counts.get(status, 0) for status in HANGING)
            found.append(_Cell(division_id, place_id, count, hanging, tuple(counts.items())))
    return found


def _kind_column() -> Any:
    """Return in SQL what ``faces.plate_kind`` says of an address."""
    address = StandardAddress
    return case(
        ((address.room != "") | (address.floor != ""), "room"), (address.unit != "", "unit"), (address.building != "", "building"),
        (address.number != "", "door"), else_="none",
    )  # fmt: skip


def _by_place(session: Session, cells: Iterable[_Cell], tree: DivisionTree) -> list[CoverageRow]:
    grouped: dict[str, list[_Cell]] = defaultdict(list)
    for cell in cells:
        grouped[cell.place_id or cell.division_id].append(cell)
    ids = sorted(id_ for id_ in grouped if id_ not in tree.by_id)
    names: dict[str, tuple[str, str]] = {id_: (tree.by_id[id_].name, tree.by_id[id_].level) for id_ in grouped if id_ in tree.by_id}
    for start in range(0, len(ids), 500):
        found = select(PlaceName.id, PlaceName.standard_name, PlaceName.category).where(PlaceName.id.in_(ids[start : start + 500]))
        names |= {row.id: (row.standard_name, row.category) for row in session.execute(found)}
    rows = [_row(id_, *names[id_], group) for id_, group in grouped.items()]
    return sorted(rows, key=lambda row: (row.share is None, row.share, row.name, row.id))


def _unit(tree: DivisionTree, division_id: str, by: str) -> str:
    """Return the id of the town or community an address counts in: its own division where that lies higher."""
    path = tree.path(division_id)
    return next((unit.id for unit in path if unit.level == by), division_id)


def _row(id_: str, name: str, kind: str, cells: Iterable[_Cell]) -> CoverageRow:
    plates: dict[str, int] = defaultdict(int)
    needed = hanging = 0
    for cell in cells:
        needed, hanging = needed + cell.needed, hanging + cell.hanging
        for status, count in cell.plates:
            plates[status] += count
    return CoverageRow(id_, name, kind, needed, hanging, {status: plates[status] for status in STANDING})


def _shapes(session: Session, rows: Iterable[CoverageRow], tree: DivisionTree | None) -> Mapping[str, Any]:
    if tree is not None:
        return outlines(session, (row.id for row in rows))
    ids = [row.id for row in rows]
    found: dict[str, Any] = {}
    for start in range(0, len(ids), 500):
        chunk = select(PlaceName.id, PlaceName.geom).where(PlaceName.id.in_(ids[start : start + 500]), PlaceName.geom.is_not(None))
        found |= {row.id: row.geom for row in session.execute(chunk)}
    return found


def _feature(row: CoverageRow, shape: Any) -> dict[str, Any]:
    share = 0.0 if row.share is None else row.share
    text = f"应设 {row.needed}，已设 {row.hanging}（{share:.0%}）"
    about = {"layer": "coverage", "id": row.id, "title": row.name, "label": row.name, "text": text}
    counts = {"share": round(share, 4), "needed": row.needed, "hanging": row.hanging}
    return {"type": "Feature", "id": row.id, "geometry": mapping(shapely.simplify(shape, _SIMPLIFY_DEG)), "properties": about | counts}
