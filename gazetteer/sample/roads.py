"""Invented roads and lanes: a line on the plane, a name, and the doors along it numbered by the geometry.

Numbering follows the convention the product starts from (domain practice of the Yangtze delta, to be confirmed by the
bureau): a line is drawn from its east or south end, odd numbers stand on its left, even ones on its right, gaps are
reserved numbers, a door squeezed in later carries the number before it with -1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import NamedTuple

import numpy as np
import shapely

from gazetteer.sample.pois import Poi, draw_pois
from gazetteer.sample.terrain import Point, Terrain, Village
from gazetteer.sample.words import Names, NonstandardName, inventory, weighted

LANE_GENERICS = ("巷", "弄", "里", "直街")
SIDE_OFFSET_M = 11.0
LANE_SHARE = 0.22
"""Share of a road's doors that stand in lanes (12弄) off it."""


@dataclass(frozen=True)
class Road:
    """One road (``category`` road) or named lane (lane): its line on the plane and how many doors it has."""

    ref: str
    name: str
    category: str
    town_code: str
    town: str
    line: tuple[Point, ...]
    doors: int
    pois: tuple[tuple[int, Poi], ...] = ()
    former_name: str = ""
    alias: str = ""
    meaning: str = ""
    valid_from: str = "2015-01-01"
    note: str = ""

    @property
    def length_m(self) -> float:
        """Length of the line in metres of the plane."""
        return sum(math.dist(a, b) for a, b in pairwise(self.line))


class Door(NamedTuple):
    """One door on a road: lane off it ('' on the road itself), number, and its point on the plane."""

    sub_road: str
    number: str
    x: float
    y: float


@dataclass(frozen=True)
class RoadName:
    """A name given to a road by hand or drawn: ``category`` road or lane, and why it is remarkable."""

    name: str
    category: str
    former_name: str = ""
    alias: str = ""
    note: str = ""


def road_names(count: int, names: Names, rng: Random, given: list[NonstandardName]) -> list[RoadName]:
    """Return ``count`` names: first the given (nonstandard) ones, then drawn ones, some in pairs 东路/西路."""
    found = [RoadName(item.name, item.kind, note=item.rule) for item in given][:count]
    words = inventory()
    while len(found) < count:
        generic = weighted(rng, words["road_generics"])
        specific = names.specific("road")
        category = "lane" if generic in LANE_GENERICS else "road"
        if generic == "路" and rng.random() < 0.12:
            found += [RoadName(f"{specific}{side}路", "road") for side in rng.choice(words["directions"])]
            continue
        former = names.specific("road") + generic if rng.random() < 0.08 else ""
        alias = names.specific("road") + "老路" if category == "road" and rng.random() < 0.04 else ""
        found.append(RoadName(specific + generic, category, former, alias))
    return found[:count]


def lay_line(seat: Village, length_m: float, terrain: Terrain, rng: Random) -> tuple[Point, ...]:
    """Draw a gently bending line of about ``length_m`` past a village seat that stays inside the seat's town.

    It runs from its east or south end. A line that leaves the town or the district is drawn again, shorter.
    """
    for attempt in range(24):
        reach = length_m * 0.86**attempt
        heading = rng.uniform(0, math.tau)
        start = (seat.x + rng.uniform(-0.5, 0.5) * seat.radius_m, seat.y + rng.uniform(-0.5, 0.5) * seat.radius_m)
        legs = max(2, min(7, int(reach // 180)))
        points = [(start[0] - math.cos(heading) * reach / 2, start[1] - math.sin(heading) * reach / 2)]
        for _leg in range(legs):
            heading += rng.uniform(-0.22, 0.22)
            points.append((points[-1][0] + math.cos(heading) * reach / legs, points[-1][1] + math.sin(heading) * reach / legs))
        if _stays_inside(points, seat.town_code, terrain):
            break
    else:
        radius = seat.radius_m * 0.5
        points = [(seat.x + radius, seat.y - radius / 3), (seat.x, seat.y), (seat.x - radius, seat.y + radius / 4)]
    east_west = abs(points[0][0] - points[-1][0]) >= abs(points[0][1] - points[-1][1])
    backwards = points[0][0] < points[-1][0] if east_west else points[0][1] > points[-1][1]
    return tuple((round(x, 2), round(y, 2)) for x, y in (reversed(points) if backwards else points))


def _stays_inside(points: list[Point], town_code: str, terrain: Terrain) -> bool:
    """Tell whether a strip of 120 m around the line keeps to the town (by nearest seat, sampled) and to the district."""
    line = shapely.LineString(points)
    strip = line.buffer(120)
    if not shapely.contains(terrain.outline, strip):
        return False
    edge = shapely.get_coordinates(shapely.segmentize(strip.exterior, 90))
    return all(village.town_code == town_code for village in terrain.nearest(np.asarray(edge)))


def road_doors(road: Road, rng: Random) -> list[Door]:
    """Place and number exactly ``road.doors`` doors; deterministic for one state of ``rng``.

    The first doors stand on the road, alternating sides at random; the rest in lanes that leave it between two numbers.
    """
    in_lanes = round(road.doors * LANE_SHARE) if road.category == "road" and road.doors >= 12 else 0
    along = _Along(road.line)
    doors, last, taken = _on_road(road.doors - in_lanes, along, rng)
    lane = 0
    while in_lanes > 0:
        size = min(in_lanes, rng.randint(4, 16))
        if in_lanes - size < 3:
            size = in_lanes
        # A lane takes a number no door has, on its side of the road: the reserved gaps first, then beyond the last number.
        number, lane = _free_number(taken, last, lane)
        taken.add(number)
        doors += _in_lane(number, size, along, last, rng)
        in_lanes -= size
    return doors


def _on_road(count: int, along: _Along, rng: Random) -> tuple[list[Door], int, set[int]]:
    step = along.length / (count / 2 + 1)
    number, offset = [1, 2], [step * 0.6, step * 0.9]
    doors: list[Door] = []
    taken: set[int] = set()
    previous = ["", ""]
    sides = [0] * (count // 2) + [1] * (count - count // 2)
    rng.shuffle(sides)
    for side in sides:
        x, y = along.beside(offset[side], SIDE_OFFSET_M if side == 0 else -SIDE_OFFSET_M)
        if previous[side] and rng.random() < 0.03:
            text = f"{previous[side]}-1"
            previous[side] = ""
        else:
            text = previous[side] = str(number[side])
            taken.add(number[side])
            number[side] += 2 if rng.random() < 0.86 else 2 * rng.randint(2, 4)
        doors.append(Door("", text, x, y))
        offset[side] += step * rng.uniform(0.85, 1.1)
    return doors, max(number), taken


def _free_number(taken: set[int], last: int, after: int) -> tuple[int, int]:
    number = after + 1
    while number in taken:
        number += 1
    return number, number


def _in_lane(number: int, count: int, along: _Along, last: int, rng: Random) -> list[Door]:
    side = 1.0 if number % 2 else -1.0
    offset = along.length * min(0.97, number / max(last, 1))
    spacing = min(12.0, 75.0 / count)
    return [
        Door(f"{number}弄", str(index + 1), *along.beside(offset + (4 if index % 2 else -4), side * (24 + spacing * index + rng.random())))
        for index in range(count)
    ]


class _Along:
    """Positions along a line: offset in metres from its start, and beside it (left positive)."""

    def __init__(self, line: tuple[Point, ...]) -> None:
        self._legs: list[tuple[float, float, float, float, float]] = []
        run = 0.0
        for (x1, y1), (x2, y2) in pairwise(line):
            length = math.hypot(x2 - x1, y2 - y1)
            self._legs.append((run, x1, y1, (x2 - x1) / length, (y2 - y1) / length))
            run += length
        self.length = run

    def beside(self, offset_m: float, left_m: float) -> Point:
        """Return the point ``offset_m`` along the line (kept on it) and ``left_m`` to its left."""
        offset = min(max(offset_m, 0.0), self.length)
        leg = self._legs[0]
        for other in self._legs:
            if other[0] > offset:
                break
            leg = other
        run, x, y, dx, dy = leg
        along = offset - run
        return x + dx * along - dy * left_m, y + dy * along + dx * left_m


def plan_roads(counts: list[int], chosen: list[RoadName], terrain: Terrain, rng: Random, names: Names, pois_each: int) -> list[Road]:
    """Give every name a line in some town (urban ones more often) and its number of doors."""
    towns: dict[str, list[float]] = inventory()["town_centres"]
    weights = [values[3] for values in towns.values()]
    roads: list[Road] = []
    homes: dict[str, str] = {}
    for index, (item, doors) in enumerate(zip(chosen, counts, strict=True)):
        code = rng.choices(list(towns), weights)[0]
        while homes.get(item.name) == code:
            code = rng.choices(list(towns), weights)[0]
        homes[item.name] = code
        seat = rng.choice(
            [village for village in terrain.by_town[code] if village.is_urban or rng.random() < 0.4] or list(terrain.by_town[code])
        )
        per_door = 9.0 if item.category == "road" else 6.0
        length = min(max(doors * per_door * rng.uniform(0.8, 1.3), 120.0), 2600.0)
        roads.append(
            Road(
                ref=f"R{index + 1:06d}",
                name=item.name,
                category=item.category,
                town_code=code,
                town=seat.town,
                line=lay_line(seat, length, terrain, rng),
                doors=doors,
                pois=draw_pois(doors, pois_each, names, rng),
                former_name=item.former_name,
                alias=item.alias,
                meaning=f"样本道路：“{item.name}”为示例而拟",
                valid_from=f"{rng.randint(1988, 2021)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}",
                note=item.note,
            )
        )
    return roads
