"""What lies around a door: the little map of a plate's page, and where an address that is no more has gone."""

from __future__ import annotations

from dataclasses import dataclass

import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from gazetteer.store.models import Lineage, PlaceName, StandardAddress
from gazetteer.store.spatial import in_bbox
from geoaddr.geometry import box_around

DOORS_AT_MOST = 60
ROADS_AT_MOST = 25
AREAS = ("estate", "natural_village", "park", "square", "cemetery")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Named lines, areas and numbered doors within a box; ``box`` is (west, south, east, north) in degrees, points are (lon, lat)."""

    box: tuple[float, float, float, float]
    roads: tuple[tuple[str, tuple[tuple[tuple[float, float], ...], ...]], ...]
    areas: tuple[tuple[str, tuple[tuple[float, float], ...]], ...]
    doors: tuple[tuple[str, float, float], ...]


def surroundings(session: Session, lon: float, lat: float, radius_m: float = 150) -> Surroundings:
    """Return what the map of one door shows: current roads and areas cut to the box, and the numbers of nearby doors."""
    box = box_around(lon, lat, radius_m)
    frame = shapely.box(*box)
    places = session.scalars(
        select(PlaceName)
        .where(PlaceName.status == "current", PlaceName.category.in_(("road", "lane", *AREAS)), in_bbox(session, PlaceName, box))
        .order_by(PlaceName.id)
        .limit(4 * ROADS_AT_MOST)
    )
    roads: list[tuple[str, tuple[tuple[tuple[float, float], ...], ...]]] = []
    areas: list[tuple[str, tuple[tuple[float, float], ...]]] = []
    for place in places:
        cut = None if place.geom is None else shapely.intersection(place.geom, frame)
        lines = tuple(tuple(part.coords) for part in shapely.get_parts(cut) if part.geom_type == "LineString") if cut is not None else ()
        if lines and len(roads) < ROADS_AT_MOST:
            roads.append((place.standard_name, lines))
        if cut is not None:
            areas += [(place.standard_name, tuple(part.exterior.coords)) for part in shapely.get_parts(cut) if part.geom_type == "Polygon"]
    doors = session.scalars(
        select(StandardAddress)
        .where(
            StandardAddress.status == "current", StandardAddress.number != "", StandardAddress.building == "",
            StandardAddress.room == "", StandardAddress.poi == "", in_bbox(session, StandardAddress, box),
        )
        .order_by(StandardAddress.id)
        .limit(DOORS_AT_MOST)
    ).all()  # fmt: skip
    points = [(_text(door), door.geom.representative_point()) for door in doors if door.geom is not None]
    return Surroundings(box, tuple(roads), tuple(areas), tuple((text, point.x, point.y) for text, point in points))


def todays_addresses(session: Session, address_id: str) -> list[StandardAddress]:
    """Return what an address has become, however many changes later; itself while it is in use, nothing where it simply ended."""
    found: dict[str, StandardAddress] = {}
    queue, seen = [address_id], set()
    while queue:
        current = queue.pop()
        if current in seen:
            continue
        seen.add(current)
        address = session.get(StandardAddress, current)
        if address is not None and address.status == "current":
            found[current] = address
            continue
        queue += session.scalars(select(Lineage.new_id).where(Lineage.old_id == current, Lineage.subject_kind == "standard_address"))
    return sorted(found.values(), key=lambda one: one.label)


def _text(door: StandardAddress) -> str:
    return f"{door.number}-{door.sub_number}" if door.sub_number else door.number
