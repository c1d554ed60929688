"""What a map shows of the register in a window, by scale: outlines far off, then roads and places, doors only close up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select
from sqlalchemy.orm import Session

from gazetteer.plates.orders import HANGING
from gazetteer.store.models import Division, PlaceName, Plate, StandardAddress
from gazetteer.store.spatial import Box, in_bbox
from geoaddr.errors import UsageError

FROM_ZOOM = {"town": 0, "community": 12, "road": 12, "place": 14, "address": 16}
"""From which zoom on a layer is shown."""

LABELS_FROM = {"community": 13, "road": 14, "place": 15, "address": 17}
MOST = {"division": 600, "road": 1_500, "place": 1_500, "address": 2_500}
"""Most features of a layer in one window; what is more is left out and said so."""

WIDEST_DEG = 20.0
ROADS = ("road", "lane")
SHOWN = ("proposed", "reserved", "current")


@dataclass(frozen=True, slots=True)
class Shown:
    """One thing on the map: its layer, shape, record and words."""

    layer: str
    id: str
    geometry: BaseGeometry
    title: str
    label: str = ""
    status: str = ""
    code: str = ""


def parse_box(text: str) -> Box:
    """Read ``west,south,east,north`` in degrees; ``UsageError`` for anything else or a window wider than a province."""
    try:
        west, south, east, north = (float(one) for one in text.split(","))
    except ValueError as error:
        raise UsageError("bbox 应为 西,南,东,北 四个经纬度", field="bbox") from error
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise UsageError("bbox 应为 西,南,东,北 四个经纬度", field="bbox")
    return west, south, east, north


def in_window(session: Session, box: Box, zoom: int) -> tuple[list[Shown], list[str]]:
    """Return what to draw in a window, and the layers of which there was too much to draw all."""
    if box[2] - box[0] > WIDEST_DEG or box[3] - box[1] > WIDEST_DEG:
        box = _narrowed(box)
    window = shapely.box(*box)
    drawn: list[Shown] = []
    cut: list[str] = []
    for name, rows in (
        ("division", _divisions(session, box, zoom)),
        ("road", _places(session, box, zoom, "road")),
        ("place", _places(session, box, zoom, "place")),
        ("address", _addresses(session, box, zoom)),
    ):
        found = [row for row in rows if row.geometry.intersects(window)]
        if len(found) > MOST[name]:
            cut.append(name)
        drawn += found[: MOST[name]]
    return drawn, cut


def context(session: Session, lon: float, lat: float, *, reach_deg: float = 0.004) -> list[Shown]:
    """Return the roads and places around a point, named: the background of a small map."""
    box = (lon - reach_deg, lat - reach_deg, lon + reach_deg, lat + reach_deg)
    return [*_places(session, box, LABELS_FROM["place"], "road"), *_places(session, box, LABELS_FROM["place"], "place")]


def _narrowed(box: Box) -> Box:
    west, south, east, north = box
    lon, lat, half = (west + east) / 2, (south + north) / 2, WIDEST_DEG / 2
    return max(west, lon - half), max(south, lat - half), min(east, lon + half), min(north, lat + half)


def _divisions(session: Session, box: Box, zoom: int) -> Iterator[Shown]:
    levels = ("town", "community") if zoom >= FROM_ZOOM["community"] else ("district", "town")
    columns = (Division.id, Division.code, Division.name, Division.level, Division.geom)
    statement = select(*columns).where(Division.level.in_(levels), Division.valid_to.is_(None), in_bbox(session, Division, box))
    tolerance = 0.4 / 2 ** min(zoom, 16)
    for row in session.execute(statement.order_by(Division.code).limit(MOST["division"] + 1)):
        shape = shapely.simplify(row.geom, tolerance)
        named = zoom < 15 if row.level == "town" else row.level == "community" and zoom >= LABELS_FROM["community"]
        yield Shown("division", row.id, shape, row.name, row.name if named else "", "current", row.code)


def _places(session: Session, box: Box, zoom: int, layer: str) -> Iterator[Shown]:
    if zoom < FROM_ZOOM[layer]:
        return
    place = PlaceName
    kind = place.category.in_(ROADS) if layer == "road" else place.category.not_in(ROADS)
    statement = select(place.id, place.standard_name, place.category, place.status, place.geom).where(
        kind, place.status.in_(SHOWN), in_bbox(session, place, box)
    )
    for row in session.execute(statement.order_by(place.id).limit(MOST[layer] + 1)):
        yield Shown(layer, row.id, row.geom, row.standard_name, row.standard_name if zoom >= LABELS_FROM[layer] else "", row.status)


def _addresses(session: Session, box: Box, zoom: int) -> Iterator[Shown]:
    if zoom < FROM_ZOOM["address"]:
        return
    one = StandardAddress
    statement = select(one.id, one.label, one.number, one.sub_number, one.building, one.status, one.geom).where(
        one.room == "", one.floor == "", one.status.in_(SHOWN), in_bbox(session, one, box)
    )
    rows = session.execute(statement.order_by(one.id).limit(MOST["address"] + 1)).all()
    plated = _plated(session, [row.id for row in rows])
    for row in rows:
        text = row.building or row.number + (f"-{row.sub_number}" if row.sub_number else "")
        label = text if zoom >= LABELS_FROM["address"] else ""
        yield Shown("plate" if row.id in plated else "address", row.id, row.geom, row.label, label, row.status)


def _plated(session: Session, ids: list[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(ids), 500):
        hanging: Any = select(Plate.address_id).where(Plate.address_id.in_(ids[start : start + 500]), Plate.status.in_(HANGING))
        found.update(session.scalars(hanging))
    return found


def extent_of(session: Session, code: str) -> Box | None:
    """Return the box of a current unit: the first view of the map; None where it has no outline."""
    row = session.execute(
        select(Division.min_lon, Division.min_lat, Division.max_lon, Division.max_lat).where(
            Division.code == code, Division.valid_to.is_(None), Division.min_lon.is_not(None)
        )
    ).first()
    return None if row is None else (row.min_lon, row.min_lat, row.max_lon, row.max_lat)
