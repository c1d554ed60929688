"""Where things lie: invented positions of the real villages, and invented outlines that follow from them.

Everything is laid out on a plane of metres around the middle of the district and turned into degrees at the end by a
fixed scale. That is exact enough for an invented landscape (a few parts in a thousand) and keeps straight lines straight;
measuring on the result is left to ``geoaddr.geometry``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache
from random import Random
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from gazetteer.divisions import spoken_name
from gazetteer.sample.lists import DISTRICT_CODE, DivisionRow, list_dates, yearly_list
from gazetteer.sample.words import inventory

MIDDLE_LON, MIDDLE_LAT = 121.40, 29.60
METRES_PER_LAT = 110_900.0
METRES_PER_LON = 111_320.0 * math.cos(math.radians(MIDDLE_LAT))
LEAST_DISTANCE_M = 260.0
"""Villages lie at least this far apart, so that each has room for its houses."""

Point = tuple[float, float]


def to_plane(lon: float, lat: float) -> Point:
    """Return metres east and north of the middle of the district."""
    return (lon - MIDDLE_LON) * METRES_PER_LON, (lat - MIDDLE_LAT) * METRES_PER_LAT


def to_degrees(x: float, y: float) -> Point:
    """Return ``(lon, lat)`` of a point on the plane, to seven decimals (a centimetre)."""
    return round(MIDDLE_LON + x / METRES_PER_LON, 7), round(MIDDLE_LAT + y / METRES_PER_LAT, 7)


@dataclass(frozen=True)
class Village:
    """One village or community of the newest list, with its invented seat (plane metres) and the free radius around it."""

    code: str
    name: str
    official: str
    town_code: str
    town: str
    x: float
    y: float
    radius_m: float

    @property
    def is_urban(self) -> bool:
        """Tell a community (社区) from a village, residents' committee or farm."""
        return self.official.endswith("社区")


@dataclass(frozen=True)
class Terrain:
    """The district on its plane: the outline (invented) and the villages in list order."""

    outline: Polygon
    villages: tuple[Village, ...]

    @cached_property
    def seats(self) -> NDArray[np.float64]:
        """Seats of the villages, one row ``x, y`` each, in the order of ``villages``."""
        return np.array([(village.x, village.y) for village in self.villages])

    @cached_property
    def by_town(self) -> dict[str, tuple[Village, ...]]:
        """Villages of each town code."""
        towns: dict[str, list[Village]] = {}
        for village in self.villages:
            towns.setdefault(village.town_code, []).append(village)
        return {code: tuple(members) for code, members in towns.items()}

    @cached_property
    def seats_by_town(self) -> dict[str, NDArray[np.float64]]:
        """Seats of the villages of each town code, in the order of ``by_town``."""
        return {code: np.array([(village.x, village.y) for village in members]) for code, members in self.by_town.items()}

    def nearest(self, points: NDArray[np.float64], town_code: str = "") -> list[Village]:
        """Return for each row ``x, y`` the village (of one town, if given) in whose Voronoi outline it lies."""
        members = self.by_town[town_code] if town_code else self.villages
        seats = self.seats_by_town[town_code] if town_code else self.seats
        apart = (points[:, None, 0] - seats[None, :, 0]) ** 2 + (points[:, None, 1] - seats[None, :, 1]) ** 2
        return [members[index] for index in apart.argmin(axis=1).tolist()]

    @cached_property
    def cells(self) -> tuple[BaseGeometry, ...]:
        """Outline of each village: all that is nearer to its seat than to any other, inside the district's outline."""
        regions = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(self.seats), extend_to=self.outline))
        tree = shapely.STRtree(regions)
        found = tree.query(shapely.points(self.seats), predicate="within")
        cell_of = dict(zip(found[0].tolist(), found[1].tolist(), strict=True))
        cells: list[BaseGeometry] = shapely.intersection(regions, self.outline).tolist()
        return tuple(cells[cell_of[index]] for index in range(len(self.villages)))


@lru_cache(maxsize=1)
def terrain() -> Terrain:
    """Return the one terrain of the sample; it does not depend on size or seed, so a village never moves."""
    rng = Random("terrain")
    outline = Polygon(_wiggled([to_plane(*corner) for corner in inventory()["outline"]], rng, 4)).buffer(0)
    rows = yearly_list(list_dates()[-1])
    towns = {row.code: row.name for row in rows if row.level == "town"}
    centres = _centres()
    members = [row for row in rows if row.level == "community"]
    seats: list[Point] = []
    for row in members:
        seats.append(_seat(row, seats, outline, centres, rng))
    return Terrain(outline, _villages(members, towns, seats, outline))


def _villages(rows: list[DivisionRow], towns: dict[str, str], seats: list[Point], outline: Polygon) -> tuple[Village, ...]:
    points = np.array(seats)
    edge = shapely.distance(outline.exterior, shapely.points(points))
    apart = np.hypot(points[:, None, 0] - points[None, :, 0], points[:, None, 1] - points[None, :, 1])
    np.fill_diagonal(apart, np.inf)
    free = np.minimum(apart.min(axis=1) / 2, edge) - 2.0
    return tuple(
        Village(row.code, spoken_name(row.name), row.name, row.parent, towns[row.parent], x, y, float(radius))
        for row, (x, y), radius in zip(rows, seats, free.tolist(), strict=True)
    )


def _centres() -> dict[str, tuple[float, float, float]]:
    table: dict[str, list[float]] = inventory()["town_centres"]
    return {code: (*to_plane(lon, lat), spread_km * 1000) for code, (lon, lat, spread_km, _urban, _rural) in table.items()}


def _seat(row: DivisionRow, taken: list[Point], outline: Polygon, centres: dict[str, Any], rng: Random) -> Point:
    """Draw a seat near its town's centre (communities nearest), inside the outline, in its own town, apart from the others."""
    x0, y0, spread = centres[row.parent]
    reach = spread * (0.34 if row.name.endswith("社区") else 0.45 if row.name.endswith("居委会") else 1.0)
    for attempt in range(4000):
        radius, angle = reach * math.sqrt(rng.random()) * (1 + attempt / 1500), rng.random() * math.tau
        x, y = x0 + radius * math.cos(angle), y0 + radius * math.sin(angle)
        own = math.hypot(x - x0, y - y0) / spread
        if any(math.hypot(x - cx, y - cy) / other < own for code, (cx, cy, other) in centres.items() if code != row.parent):
            continue
        least = LEAST_DISTANCE_M + (0 if own < 0.4 else 120)
        if all(abs(x - a) > least or abs(y - b) > least or math.hypot(x - a, y - b) > least for a, b in taken) and shapely.contains_xy(
            outline.buffer(-300), x, y
        ):
            return round(x, 1), round(y, 1)
    raise RuntimeError(f"no room for {row.name} ({DISTRICT_CODE}): spread of its town is too small")


def _wiggled(corners: list[Point], rng: Random, rounds: int) -> list[Point]:
    """Give a drawn outline a natural edge by displacing the middle of each side, ``rounds`` times."""
    for depth in range(rounds):
        finer: list[Point] = []
        for (x1, y1), (x2, y2) in zip(corners, corners[1:] + corners[:1], strict=True):
            length, push = math.hypot(x2 - x1, y2 - y1), rng.uniform(-0.09, 0.09) / (1 + depth * 0.25)
            middle = ((x1 + x2) / 2 - (y2 - y1) * push, (y1 + y2) / 2 + (x2 - x1) * push)
            finer += [(x1, y1), middle] if length > 60 else [(x1, y1)]
        corners = finer
    return corners
