"""Numbers made law: a standard address is entered under its number, or a reserved number comes into use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import shapely
from shapely.geometry import Point
from sqlalchemy import select
from sqlalchemy.orm import Session

from gazetteer import workflow
from gazetteer.addresses import find_address, find_place, label_for, require_in_district
from gazetteer.divisions import levels_of
from gazetteer.plates.conventions import today
from gazetteer.plates.numbering import Proposal
from gazetteer.store.events import Actor
from gazetteer.store.models import Division, PlaceName, StandardAddress, box_columns
from gazetteer.store.spatial import in_bbox
from geoaddr.errors import Conflict, UsageError

TAKEN = ("proposed", "reserved", "current")
_NUMBER_LENGTH = 20
PARTS = ("sub_road", "number", "sub_number", "building", "unit", "floor", "room", "poi")


def assign_number(
    session: Session,
    place_id: str,
    number: str,
    *,
    sub_number: str = "",
    sub_road: str = "",
    poi: str = "",
    lon: float | None = None,
    lat: float | None = None,
    address_id: str | None = None,
    division_id: str | None = None,
    status: str = "current",
    valid_from: date | None = None,
    source: str = "现场编制",
    actor: Actor,
) -> StandardAddress:
    """Give a door on a place its number; returns its standard address, new or (reserved number, unnumbered door) the present one.

    Positions in CGCS2000 degrees. ``Conflict`` where the number is taken, or the door has one already: nobody may change a
    compiled number (宁波市地名管理条例 第二十三条). Example: (…, "88", lon=121.41, lat=29.65) -> 西坞街道肖桥路88号.
    """
    place = find_place(session, place_id)
    parts = {"sub_road": sub_road, "number": number, "sub_number": sub_number, "poi": poi}
    _require_usable(place, parts, status, lon, lat)
    point = None if lon is None or lat is None else Point(lon, lat)
    holder = _holder(session, place, parts)
    if address_id is not None:
        return _number_door(session, place, find_address(session, address_id), parts, point, holder, actor)
    if holder is not None:
        return _take_reserved(session, holder, point, status, valid_from, source, actor)
    division = _division_for(session, place, division_id, point)
    made = StandardAddress(
        **_row(session, place, division, parts), status=status, geom=point, point_source=source if point else "",
        point_level="number" if point else "", valid_from=valid_from or today(),
    )  # fmt: skip
    return workflow.enter(session, made, actor=actor, verb="numbered", payload={"label": made.label, "status": status})


def assign_all(session: Session, place_id: str, proposals: Sequence[Proposal], *, source: str = "沿路编制", actor: Actor) -> list[str]:
    """Assign many proposals of one place together; new addresses share one event. Returns the address ids in order.

    All of them or, with ``Conflict`` naming the number, none.
    """
    place = find_place(session, place_id)
    ids: list[str | None] = []
    rows: list[dict[str, Any]] = []
    seen: set[tuple[str, str]] = set()
    for one in proposals:
        parts = {"sub_road": "", "number": one.number, "sub_number": one.sub_number, "poi": ""}
        _require_usable(place, parts, one.status, one.lon, one.lat)
        if (one.number, one.sub_number) in seen:
            raise Conflict(f"{one.text}号在这一批中出现了两次", field="number")
        seen.add((one.number, one.sub_number))
        point = Point(one.lon, one.lat)
        holder = _holder(session, place, parts)
        if one.address_id is not None:
            ids.append(_number_door(session, place, find_address(session, one.address_id), parts, point, holder, actor).id)
        elif holder is not None:
            ids.append(_take_reserved(session, holder, point, one.status, None, source, actor).id)
        else:
            ids.append(None)
            division = _division_for(session, place, None, point)
            rows.append(
                {
                    **_row(session, place, division, parts), "status": one.status, "geom": point, **box_columns(point), "datum": "CGCS2000",
                    "point_source": source, "point_level": "number", "valid_from": today(),
                }
            )  # fmt: skip
    made = iter(workflow.enter_many(session, StandardAddress, rows, actor=actor, verb="numbered", payload={"place_id": place.id}))
    return [next(made) if id_ is None else id_ for id_ in ids]


def _require_usable(place: PlaceName, parts: Mapping[str, str], status: str, lon: float | None, lat: float | None) -> None:
    if place.status not in ("current", "reserved"):
        raise Conflict(f"{place.standard_name}不是现行地名，不能在其上编号", field="place_id")
    if status not in ("reserved", "current"):
        raise UsageError(f"新编的号码只能是现行或预留，不能是“{status[:20]}”", field="status")
    number, sub_number = parts["number"], parts["sub_number"]
    if not number or len(number) > _NUMBER_LENGTH or not (number.isascii() and number.isdigit()) or number.startswith("0"):
        raise UsageError("门牌号应为不以 0 开头的阿拉伯数字，如 88", field="number")
    if sub_number and (len(sub_number) > 3 or not (sub_number.isascii() and sub_number.isdigit()) or sub_number.startswith("0")):
        raise UsageError("附号应为一到三位数字，如 88-1 中的 1；附号之下不再设附号", field="sub_number")
    if (lon is None) != (lat is None):
        raise UsageError("经度和纬度要一起给出", field="lon")
    if lon is not None and lat is not None:
        require_in_district(place.division, lon, lat)


def _holder(session: Session, place: PlaceName, parts: Mapping[str, str]) -> StandardAddress | None:
    """Return the plainest live address that has this number on this place, be it a door or a shop at it."""
    columns = StandardAddress
    return session.scalars(
        select(columns).where(
            columns.place_id == place.id, columns.sub_road == parts["sub_road"], columns.number == parts["number"],
            columns.sub_number == parts["sub_number"], columns.building == "", columns.unit == "", columns.floor == "", columns.room == "",
            columns.status.in_(TAKEN),
        ).order_by(columns.poi, columns.id)
    ).first()  # fmt: skip


def _number_door(
    session: Session,
    place: PlaceName,
    door: StandardAddress,
    parts: Mapping[str, str],
    point: Point | None,
    holder: StandardAddress | None,
    actor: Actor,
) -> StandardAddress:
    """Number a door that is registered without a number (as a named building, say)."""
    if door.number:
        raise Conflict(f"{door.label}已有门牌号；已编制的门牌号不得擅自更改，如需更正请走更正程序", field="address_id")
    if holder is not None:
        raise Conflict(_taken(holder), field="number")
    if door.place_id not in (None, place.id):
        raise Conflict(f"{door.label}不在{place.standard_name}上", field="address_id")
    own = {name: getattr(door, name) for name in PARTS} | {name: value for name, value in parts.items() if value}
    to: dict[str, Any] = {"place_id": place.id, "number": own["number"], "sub_number": own["sub_number"], "sub_road": own["sub_road"]}
    to["label"] = label_for(levels_of(session, door.division), place, door.estate, own)
    if point is not None and door.geom is None:
        to |= {"geom": point, "point_level": "number"}
    workflow.change(session, door, actor=actor, verb="numbered", to=to)
    return door


def _take_reserved(
    session: Session, holder: StandardAddress, point: Point | None, status: str, valid_from: date | None, source: str, actor: Actor
) -> StandardAddress:
    if holder.status != "reserved" or status != "current":
        raise Conflict(_taken(holder), field="number")
    also: dict[str, Any] = {"valid_from": valid_from or today()}
    if point is not None:
        also |= {"geom": point, "point_source": source, "point_level": "number"}
    workflow.move(session, holder, "enact", actor=actor, also=also, payload={"label": holder.label})
    return holder


def _taken(holder: StandardAddress) -> str:
    words = {"reserved": "已预留", "proposed": "已有人申报", "current": "已经在用"}
    return f"{holder.label}{words[holder.status]}，请换一个号码"


def _row(session: Session, place: PlaceName, division: Division, parts: Mapping[str, str]) -> dict[str, Any]:
    label = label_for(levels_of(session, division), place, None, parts)
    return {"place_id": place.id, "division_id": division.id, "label": label, **{name: parts.get(name, "") for name in PARTS}}


def _division_for(session: Session, place: PlaceName, division_id: str | None, point: Point | None) -> Division:
    """Return the division named, else the community whose outline holds the point within the place's own division, else that one."""
    if division_id is not None:
        if (named := session.get(Division, division_id)) is None:
            raise UsageError("没有这个行政区划", field="division_id")
        return named
    if point is not None and place.division.level != "community":
        near = select(Division).where(
            Division.level == "community", Division.valid_to.is_(None), Division.code.startswith(place.division.code),
            in_bbox(session, Division, (point.x, point.y, point.x, point.y)),
        )  # fmt: skip
        for division in session.scalars(near.order_by(Division.code)):
            if division.geom is not None and shapely.covers(division.geom, point):
                return division
    return place.division
