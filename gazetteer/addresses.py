"""Standard addresses: how their label is written, and what is known of one address or place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gazetteer.divisions import below, division_on, full_name, levels_of, path_of, spoken_name
from gazetteer.store.events import history
from gazetteer.store.models import Division, Event, Lineage, NameVariant, PlaceName, Plate, StandardAddress
from geoaddr.errors import NotFound, UsageError
from geoaddr.ids import number_of
from geoaddr.plausibility import check_lonlat, district_extent

PART_COLUMNS = ("sub_road", "number", "sub_number", "building", "unit", "floor", "room", "poi")
"""Columns of the parts below road, estate or village, outermost first."""

PART_WORDS = (("building", "幢"), ("unit", "单元"), ("floor", "层"), ("room", "室"))
UPPER_LEVELS = ("province", "city", "district", "town")
VILLAGE_CATEGORIES = ("natural_village",)


def parts_text(parts: Mapping[str, str]) -> str:
    """Write the parts below the named place: ``{"number": "88", "sub_number": "1", "building": "3", "room": "501"}`` -> 88-1号3幢501室.

    Cores that already carry their own word (甲12号 has 甲12; 东门 has 东门) keep it.
    """
    text = parts.get("sub_road", "")
    if number := parts.get("number", ""):
        sub_number = parts.get("sub_number", "")
        text += number + (f"-{sub_number}" if sub_number else "") + "号"
    text += "".join(_with(parts.get(name, ""), word) for name, word in PART_WORDS)
    return text + parts.get("poi", "")


def label_of(names: Mapping[str, str], place: str, estate: str, parts: Mapping[str, str], *, with_community: bool = False) -> str:
    """Write a standard address in full: 浙江省宁波市奉化区西坞街道肖桥路88号.

    ``names`` are division names by level; the community (村社区), as addresses say it (肖桥村, not 肖桥村村委会), is written
    where the number counts on a natural village or on the community itself (``with_community``). ``estate`` follows the door
    number of a road.
    """
    upper = "".join(names.get(level, "") for level in UPPER_LEVELS)
    community = spoken_name(names.get("community", "")) if with_community or not place else ""
    door = {name: parts.get(name, "") for name in ("sub_road", "number", "sub_number")}
    inside = {name: parts.get(name, "") for name in ("building", "unit", "floor", "room", "poi")}
    return upper + community + place + parts_text(door) + (estate if estate != place else "") + parts_text(inside)


def label_for(names: Mapping[str, str], place: PlaceName | None, estate: PlaceName | None, parts: Mapping[str, str]) -> str:
    """Write the label of an address on this place: :func:`label_of` with the community decided by the place's category."""
    village = place is not None and place.category in VILLAGE_CATEGORIES
    return label_of(names, place.standard_name if place else "", estate.standard_name if estate else "", parts, with_community=village)


def _with(core: str, word: str) -> str:
    if not core:
        return ""
    return core + word if core[-1].isascii() and core[-1].isalnum() else core


def find_address(session: Session, id_: str) -> StandardAddress:
    """Return an address by id; ``NotFound`` where there is none."""
    if (row := session.get(StandardAddress, id_)) is None:
        raise NotFound(f"没有编号为 {id_[:20]} 的地址", field="id")
    return row


def find_place(session: Session, id_: str) -> PlaceName:
    """Return a place name by id; ``NotFound`` where there is none."""
    if (row := session.get(PlaceName, id_)) is None:
        raise NotFound(f"没有编号为 {id_[:20]} 的地名", field="id")
    return row


def find_named_place(session: Session, text: str, division: str = "") -> PlaceName:
    """Return the place with this id or, within a division's code, this name; ``UsageError`` lists the ids where several bear the name."""
    if number_of(text) is not None and (by_id := session.get(PlaceName, text)) is not None:
        return by_id
    statement = select(PlaceName).where(PlaceName.standard_name == text, PlaceName.status.in_(("current", "reserved")))
    if division:
        statement = statement.where(PlaceName.division_id.in_(below(session, division_on(session, division))))
    found = session.scalars(statement.order_by(PlaceName.id)).all()
    if not found:
        raise NotFound(f"没有名为“{text[:60]}”的现行道路、村或小区")
    if len(found) > 1:
        listed = "；".join(f"{one.id} {full_name(session, one.division)}" for one in found[:10])
        raise UsageError(f"“{text}”有 {len(found)} 处，请用 --division 或编号指明：{listed}")
    return found[0]


def require_in_district(division: Division | None, lon: float, lat: float) -> None:
    """Raise ``UsageError`` for a position (CGCS2000 degrees) that is implausible or outside the district of a division."""
    area = None if division is None else district_extent(division.code[:6])
    if (wrong := check_lonlat(lon, lat, area)) is not None:
        raise UsageError(wrong.message, field="lon")


def address_record(session: Session, id_: str) -> dict[str, Any]:
    """Return what anybody may know of one address: parts, place, divisions, point, plates, lineage and public history."""
    address = find_address(session, id_)
    place, estate = address.place, address.estate
    return {
        "id": address.id, "ref": address.ref, "label": address.label, "status": address.status, "version": address.version,
        "parts": {name: getattr(address, name) for name in PART_COLUMNS if getattr(address, name)},
        "place": place_brief(place), "estate": place_brief(estate), "parent_id": address.parent_id,
        "divisions": division_path(session, address.division), **position(address),
        "valid_from": iso(address.valid_from), "valid_to": iso(address.valid_to),
        "plates": [
            {"serial": plate.serial, "kind": plate.kind, "status": plate.status}
            for plate in session.scalars(select(Plate).where(Plate.address_id == address.id).order_by(Plate.id))
        ],
        "lineage": lineage(session, address.id), "history": public_history(session, address.id), "changed_seq": address.changed_seq,
    }  # fmt: skip


def place_record(session: Session, id_: str) -> dict[str, Any]:
    """Return what anybody may know of one place name: forms, divisions, story, outline, number of addresses, lineage, history."""
    place = find_place(session, id_)
    addresses = (
        select(func.count()).select_from(StandardAddress).where(StandardAddress.place_id == place.id, StandardAddress.status == "current")
    )
    variants = session.scalars(select(NameVariant).where(NameVariant.place_id == place.id).order_by(NameVariant.id))
    return {
        "id": place.id, "ref": place.ref, "standard_name": place.standard_name, "specific": place.specific, "generic": place.generic,
        "pinyin": place.pinyin, "category": place.category, "category_code": place.category_code, "place_code": place.place_code,
        "status": place.status, "version": place.version, "divisions": division_path(session, place.division), **position(place),
        "origin": place.origin, "meaning": place.meaning, "story": place.history, "source": place.source,
        "facts": place.facts or {}, "valid_from": iso(place.valid_from), "valid_to": iso(place.valid_to),
        "variants": [variant_record(one) for one in variants],
        "addresses": session.scalar(addresses) or 0,
        "lineage": lineage(session, place.id), "history": public_history(session, place.id), "changed_seq": place.changed_seq,
    }  # fmt: skip


def variant_record(variant: NameVariant) -> dict[str, Any]:
    """Return one other form of a name with its kind, dates and source."""
    dates = {"valid_from": iso(variant.valid_from), "valid_to": iso(variant.valid_to)}
    return {"text": variant.text, "kind": variant.kind, **dates, "source": variant.source}


def place_brief(place: PlaceName | None) -> dict[str, Any] | None:
    """Return id, name, category and status of a place, or None."""
    return (
        None
        if place is None
        else {"id": place.id, "standard_name": place.standard_name, "category": place.category, "status": place.status}
    )


def division_path(session: Session, division: Division) -> list[dict[str, str]]:
    """Return code, name and level of the units from the outermost down."""
    return [{"code": one.code, "name": one.name, "level": one.level} for one in path_of(session, division)]


def position(row: StandardAddress | PlaceName) -> dict[str, Any]:
    """Return lon and lat of a point (or of a point on the geometry), with the datum and where it comes from."""
    point = None if row.geom is None else row.geom.representative_point()
    found: dict[str, Any] = {"lon": round(point.x, 7) if point else None, "lat": round(point.y, 7) if point else None, "datum": "CGCS2000"}
    if isinstance(row, StandardAddress):
        found |= {"point_level": row.point_level, "point_source": row.point_source}
    return found


def lineage(session: Session, id_: str) -> dict[str, list[dict[str, str]]]:
    """Return what a record came from and what it became, each with its name (a place's standard name, an address's label)."""
    before = session.scalars(select(Lineage).where(Lineage.new_id == id_).order_by(Lineage.seq))
    after = session.scalars(select(Lineage).where(Lineage.old_id == id_).order_by(Lineage.seq))
    return {
        "from": [{"id": one.old_id, "kind": one.kind, "name": _name_in(session, one.subject_kind, one.old_id)} for one in before],
        "to": [{"id": one.new_id, "kind": one.kind, "name": _name_in(session, one.subject_kind, one.new_id)} for one in after],
    }


def _name_in(session: Session, kind: str, id_: str) -> str:
    if kind == "place_name":
        return session.scalar(select(PlaceName.standard_name).where(PlaceName.id == id_)) or ""
    return session.scalar(select(StandardAddress.label).where(StandardAddress.id == id_)) or ""


def public_history(session: Session, id_: str) -> list[dict[str, Any]]:
    """Return the events of a record without actors, oldest first."""
    return [public_event(event) for event in history(session, id_)]


def public_event(event: Event) -> dict[str, Any]:
    """Return number, moment, action and payload of an event; who did it is for signed-in people only."""
    return {"seq": event.seq, "at": event.at.isoformat(), "action": event.action, "payload": event.payload}


def iso(day: date | None) -> str | None:
    """Return a date as ISO text, or None."""
    return None if day is None else day.isoformat()


def names_of(session: Session, address: StandardAddress) -> dict[str, str]:
    """Return the division names of an address by level."""
    return levels_of(session, address.division)
