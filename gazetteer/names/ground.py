"""What the ground says about names: how far an estate lies from the road it is named after, and which names share one ground."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from gazetteer.names.tables import table_of
from gazetteer.store.bulk import among
from gazetteer.store.models import PlaceName
from geoaddr.geometry import distance_m

if TYPE_CHECKING:
    from gazetteer.names.register import RegisteredName

NAMED_AFTER_ROADS = ("estate", "building", "square", "park", "station")
OUTLINED = ("estate", "building", "park", "square", "natural_village")
_ROAD_INSIDE = re.compile(r"^(.{2,8}?(?:大道|大街|胡同|路|街|巷|弄))(?=.)")


@dataclass(frozen=True)
class Ground:
    """``apart_m``: metres between a place and a road its name begins with, by their ids; ``shared``: other names of one ground, by id."""

    apart_m: Mapping[tuple[str, str], float] = field(default_factory=dict)
    shared: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def road_inside(name: str) -> str:
    """Return the road name that a longer name begins with: 中山路小区 -> 中山路, 路桥花园 -> ''."""
    found = _ROAD_INSIDE.match(name)
    return found.group(1) if found else ""


def load_ground(session: Session, names: Sequence[RegisteredName]) -> Ground:
    """Measure the few places whose names mention a road of the register, and find outlines that cover each other."""
    roads: dict[str, list[str]] = defaultdict(list)
    for one in names:
        if one.category in ("road", "lane"):
            roads[one.name].append(one.id)
    mentions = [(one.id, road) for one in names if one.category in NAMED_AFTER_ROADS for road in roads.get(road_inside(one.name), ())]
    return Ground(_distances(session, mentions), _shared(session))


def _distances(session: Session, pairs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], float]:
    ids = sorted({id_ for pair in pairs for id_ in pair})
    if not ids:
        return {}
    wanted = select(PlaceName.id, PlaceName.geom).where(among(session, PlaceName.__table__.c.id, ids), PlaceName.geom.is_not(None))
    shapes = {row.id: row.geom for row in session.execute(wanted)}
    found = {}
    for place, road in pairs:
        if place in shapes and road in shapes:
            line = shapely.shortest_line(shapes[place], shapes[road])
            (lon, lat), (far_lon, far_lat) = line.coords[0], line.coords[-1]
            found[place, road] = float(distance_m(lon, lat, far_lon, far_lat))
    return found


def _shared(session: Session) -> dict[str, tuple[str, ...]]:
    """Return the names that lie on the same ground: outlines of one category of which each covers most of the other."""
    least = table_of("addresses.yaml")["same_ground_share"]
    found: dict[str, list[str]] = defaultdict(list)
    by_category: dict[str, list[tuple[str, str, shapely.Geometry]]] = defaultdict(list)
    wanted = select(PlaceName.id, PlaceName.standard_name, PlaceName.category, PlaceName.geom).where(
        PlaceName.category.in_(OUTLINED), PlaceName.status == "current", PlaceName.geom.is_not(None), PlaceName.min_lon < PlaceName.max_lon
    )
    for row in session.execute(wanted.order_by(PlaceName.id)):
        by_category[row.category].append((row.id, row.standard_name, row.geom))
    for places in by_category.values():
        for one, other in _covering(places, least):
            if one[1] != other[1]:
                found[one[0]].append(other[1])
                found[other[0]].append(one[1])
    return {id_: tuple(dict.fromkeys(others)) for id_, others in found.items()}


def _covering(
    places: Sequence[tuple[str, str, shapely.Geometry]], least: float
) -> Iterable[tuple[tuple[str, str, shapely.Geometry], tuple[str, str, shapely.Geometry]]]:
    shapes = [shape for _id, _name, shape in places]
    tree = shapely.STRtree(shapes)
    for index, other in tree.query(shapes, predicate="intersects").T.tolist():
        if index < other:
            common = shapely.intersection(shapes[index], shapes[other]).area
            if common and common >= least * max(shapes[index].area, shapes[other].area):
                yield places[index], places[other]
