"""The five disorders of addresses 号址不一 一号多址 多号一址 有址无号 有号无址, and numbers on no name; asked of the store in sets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from sqlalchemy import ColumnElement, Row, Select, func, or_, select
from sqlalchemy.orm import Session

from gazetteer.names.tables import table_of
from gazetteer.store.bulk import among
from gazetteer.store.models import Division, PlaceName, Plate, PlateTask, StandardAddress
from geoaddr.geometry import distance_m

METRES_PER_DEGREE = 111_320.0
LIVE_ADDRESS = ("reserved", "current")
HANGING = ("installed", "accepted", "damaged")
ENDED = ("retired", "rejected")


@dataclass(frozen=True, slots=True)
class Disorder:
    """One doubt about something that is no name: which record, what it is called, where, and the evidence."""

    rule: str
    subject_kind: str
    subject_id: str
    label: str
    division_id: str
    evidence: str


def number_at_several_places(session: Session) -> Iterator[Disorder]:
    """一号多址: one number of a road, estate or village on doors far apart, or two current addresses that read the same.

    Shops sharing a number stand together; 12号 here and 12号 half a kilometre on are two places.
    """
    own = StandardAddress
    apart = table_of("addresses.yaml")["same_number_apart_m"] / METRES_PER_DEGREE
    key = (own.place_id, own.sub_road, own.number, own.sub_number)
    wide = or_(func.max(own.max_lat) - func.min(own.min_lat) > apart, func.max(own.max_lon) - func.min(own.min_lon) > apart)
    same_number = (
        select(func.min(own.id).label("id"), func.count().label("times"), func.min(own.min_lon).label("west"),
               func.min(own.min_lat).label("south"),
               func.max(own.max_lon).label("east"), func.max(own.max_lat).label("north"))
        .where(*_doors(), own.place_id.is_not(None)).group_by(*key).having(func.count() > 1, wide)
    )  # fmt: skip
    seen = set()
    for row in _labelled(session, same_number):
        metres = float(distance_m(row.west, row.south, row.east, row.north))
        seen.add(row.id)
        yield _of_address(row, "number-many-addresses", f"{row.times} 处门户同号，相距约 {metres:,.0f} 米")
    same_label = (
        select(func.min(own.id).label("id"), func.count().label("times"))
        .where(own.status.in_(LIVE_ADDRESS)).group_by(own.label).having(func.count() > 1)
    )  # fmt: skip
    for row in _labelled(session, same_label):
        if row.id not in seen:
            yield _of_address(row, "number-many-addresses", f"{row.times} 条现行地址写法完全相同")


def several_numbers_at_one_place(session: Session) -> Iterator[Disorder]:
    """多号一址: doors with different numbers at one and the same point."""
    own = StandardAddress
    cell = table_of("addresses.yaml")["same_point_m"] / METRES_PER_DEGREE
    x, y = func.round(own.min_lon / cell).label("x"), func.round(own.min_lat / cell).label("y")
    numbers = (
        select(func.min(own.id).label("id"), x, y, own.place_id, own.sub_road, own.number, own.sub_number)
        .where(*_doors(), own.min_lon.is_not(None))
        .group_by(x, y, own.place_id, own.sub_road, own.number, own.sub_number)
        .subquery()
    )
    crowded = (
        select(func.min(numbers.c.id).label("id"), func.count().label("times"), numbers.c.x, numbers.c.y)
        .group_by(numbers.c.x, numbers.c.y).having(func.count() > 1)
    )  # fmt: skip
    found = list(_labelled(session, crowded))
    for row, others in zip(found, _numbers_in(session, numbers, found), strict=True):
        yield _of_address(row, "address-many-numbers", f"同一点上有 {row.times} 个号：{others}")


def places_without_number(session: Session) -> Iterator[Disorder]:
    """有址无号: current addresses that are known by the name of a firm or building only."""
    own = StandardAddress
    bare = select(own.id, own.label, own.division_id, own.poi).where(
        own.status.in_(LIVE_ADDRESS), own.number == "", own.building == "", own.room == "", own.unit == "", own.parent_id.is_(None)
    )
    for row in session.execute(bare.order_by(own.id)):
        yield _of_address(row, "address-without-number", f"只有名称“{row.poi}”，没有编号")


def numbers_without_place(session: Session) -> Iterator[Disorder]:
    """有号无址: numbers without a position (one doubt a road or village), and plates hanging at an address that has ended."""
    own = StandardAddress
    lost = (
        select(func.min(own.id).label("id"), func.count().label("times"))
        .where(*_doors(), own.geom.is_(None)).group_by(own.place_id, own.division_id)
    )  # fmt: skip
    for row in _labelled(session, lost):
        yield _of_address(row, "number-without-address", f"{row.times} 个号没有定位点")
    orphaned = (
        select(Plate.id, Plate.serial, own.label, own.division_id, own.status)
        .join(own, own.id == Plate.address_id)
        .where(Plate.status.in_(HANGING), own.status.in_(ENDED), Plate.id.not_in(going()))
    )
    for plate in session.execute(orphaned.order_by(Plate.id)):
        label = f"{plate.label}（门牌 {plate.serial}）"
        yield Disorder("number-without-address", "plate", plate.id, label, plate.division_id, "地址已停用，门牌仍挂着，也没有派单拆除")


def doors_off_their_place(session: Session) -> Iterator[Disorder]:
    """号址不一 by position: a door far from the road, estate or village it is numbered on."""
    own, far_m = StandardAddress, table_of("addresses.yaml")["off_place_m"]
    margin = far_m / METRES_PER_DEGREE
    outside = or_(
        own.max_lon < PlaceName.min_lon - margin, own.min_lon > PlaceName.max_lon + margin,
        own.max_lat < PlaceName.min_lat - margin, own.min_lat > PlaceName.max_lat + margin,
    )  # fmt: skip
    suspects = (
        select(own.id, own.label, own.division_id, own.min_lon, own.min_lat, own.place_id, PlaceName.standard_name)
        .join(PlaceName, PlaceName.id == own.place_id)
        .where(own.status.in_(LIVE_ADDRESS), own.room == "", own.min_lon.is_not(None), outside)
    )
    rows = list(session.execute(suspects.order_by(own.id)))
    shapes = _shapes(session, sorted({row.place_id for row in rows}))
    for row in rows:
        (lon, lat), _there = shapely.shortest_line(shapes[row.place_id], shapely.Point(row.min_lon, row.min_lat)).coords
        metres = float(distance_m(row.min_lon, row.min_lat, lon, lat))
        if metres > far_m:
            yield _of_address(row, "address-number-mismatch", f"定位点距{row.standard_name} {metres:,.0f} 米")


def addresses_on_no_name(session: Session) -> Iterator[Disorder]:
    """有地无名: numbers given out in a division without a road, estate or village to count on; one doubt a division."""
    own = StandardAddress
    nameless = (
        select(own.division_id, Division.name, func.count().label("times"))
        .join(Division, Division.id == own.division_id)
        .where(*_doors(), own.place_id.is_(None), own.estate_id.is_(None))
        .group_by(own.division_id, Division.name)
    )
    for row in session.execute(nameless.order_by(own.division_id)):
        evidence = f"{row.times} 个号直接编在{row.name}下，没有路名或自然村名"
        yield Disorder("unnamed-place", "division", row.division_id, row.name, row.division_id, evidence)


ADDRESS_CHECKS: tuple[Callable[[Session], Iterator[Disorder]], ...] = (
    number_at_several_places,
    several_numbers_at_one_place,
    places_without_number,
    numbers_without_place,
    doors_off_their_place,
    addresses_on_no_name,
)
"""The checks of addresses, each a few statements over the whole register."""


def going() -> Select[Any]:
    """Return the ids of plates that are already to be taken down or replaced: what is wrong with them is being mended."""
    return select(PlateTask.plate_id).where(PlateTask.status == "open", PlateTask.action.in_(("take_down", "replace")))


def _doors() -> tuple[ColumnElement[bool], ...]:
    own = StandardAddress
    return own.status.in_(LIVE_ADDRESS), own.number != "", own.building == "", own.unit == "", own.floor == "", own.room == ""


def _labelled(session: Session, grouped: Any) -> Iterator[Row[Any]]:
    """Yield the rows of a grouped statement with label and division of the address it names, in order of ids."""
    inner = grouped.subquery()
    own = StandardAddress
    joined = select(inner, own.label, own.division_id).join(own, own.id == inner.c.id).order_by(inner.c.id)
    yield from session.execute(joined)


def _numbers_in(session: Session, numbers: Any, found: Sequence[Row[Any]]) -> Iterator[str]:
    """Return for each crowded point the numbers there, a few of them written out."""
    shown = table_of("addresses.yaml")["listed"]
    cells: dict[tuple[float, float], list[str]] = {(row.x, row.y): [] for row in found}
    at = select(numbers.c.x, numbers.c.y, StandardAddress.label).join(StandardAddress, StandardAddress.id == numbers.c.id)
    lone = select(numbers.c.x, numbers.c.y).group_by(numbers.c.x, numbers.c.y).having(func.count() > 1).subquery()
    at = at.join(lone, (lone.c.x == numbers.c.x) & (lone.c.y == numbers.c.y)).order_by(numbers.c.id)
    for x, y, label in session.execute(at):
        cells[x, y].append(label)
    for row in found:
        labels = cells[row.x, row.y]
        yield "、".join(labels[:shown]) + (f" 等 {len(labels)} 个" if len(labels) > shown else "")


def _shapes(session: Session, ids: Sequence[str]) -> dict[str, Any]:
    if not ids:
        return {}
    wanted = select(PlaceName.id, PlaceName.geom).where(among(session, PlaceName.__table__.c.id, ids))
    return {row.id: row.geom for row in session.execute(wanted)}


def _of_address(row: Any, rule: str, evidence: str) -> Disorder:
    return Disorder(rule, "standard_address", row.id, row.label, row.division_id, evidence)
