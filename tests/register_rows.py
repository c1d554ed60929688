"""Small true-to-life rows for tests: a district, a town, a village, a road and doors on it."""

from __future__ import annotations

from datetime import date
from typing import Any

from shapely import LineString, Point, box
from sqlalchemy.orm import Session

from gazetteer.addresses import label_for
from gazetteer.divisions import levels_of
from gazetteer.store.events import SYSTEM
from gazetteer.store.models import Division, PlaceName, StandardAddress
from gazetteer.workflow import enter

SINCE = date(2020, 1, 1)


def add_division(session: Session, code: str, name: str, level: str, parent: Division | None = None, **columns: Any) -> Division:
    values: dict[str, Any] = {"valid_from": SINCE, "geom": None, "source": "", **columns}
    status = "retired" if values.get("valid_to") else "current"
    row = Division(code=code, name=name, level=level, parent_id=parent.id if parent else None, **values)
    return enter(session, row, actor=SYSTEM, verb="added", status=status)


def add_district(session: Session) -> dict[str, Division]:
    """Add 浙江省 … 奉化区 with one street, one village and one community; returned by short names."""
    province = add_division(session, "33", "浙江省", "province")
    city = add_division(session, "3302", "宁波市", "city", province)
    district = add_division(session, "330213", "奉化区", "district", city, geom=box(121.0, 29.4, 121.8, 29.8))
    town = add_division(session, "330213004", "西坞街道", "town", district, geom=box(121.3, 29.55, 121.5, 29.75))
    village = add_division(session, "330213004201", "肖桥村村委会", "community", town)
    community = add_division(session, "330213004001", "镇南社区居委会", "community", town)
    return {"province": province, "city": city, "district": district, "town": town, "village": village, "community": community}


def add_road(session: Session, division: Division, name: str = "肖桥路", **columns: Any) -> PlaceName:
    values: dict[str, Any] = {
        "category": "road",
        "geom": LineString([(121.40, 29.65), (121.41, 29.65)]),
        "specific": name[:-1],
        "generic": name[-1:],
        "pinyin": "",
        "sound": "",
        **columns,
    }
    row = PlaceName(standard_name=name, division_id=division.id, **values)
    return enter(session, row, actor=SYSTEM, verb="added", status="current")


def add_address(
    session: Session,
    place: PlaceName | None,
    number: str,
    *,
    division: Division | None = None,
    status: str = "current",
    lon: float = 121.401,
    lat: float = 29.6501,
    **parts: str,
) -> StandardAddress:
    if place is not None:
        division = session.get_one(Division, place.division_id)
    assert division is not None, "a door lies on a place or in a division"
    values = {"number": number, **parts}
    label = label_for(levels_of(session, division), place, None, values)
    row = StandardAddress(
        place_id=place.id if place else None,
        division_id=division.id,
        label=label,
        geom=Point(lon, lat),
        point_level="number",
        point_source="test",
        **values,
    )
    return enter(session, row, actor=SYSTEM, verb="added", status=status)
