"""Invented housing estates (幢, 单元, 室) and office buildings (层, 室), laid out on a small grid."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from gazetteer.sample.terrain import Point, Terrain, Village
from gazetteer.sample.words import Names, NonstandardName, inventory


@dataclass(frozen=True)
class Estate:
    """One estate: where it lies, and how its buildings are made up."""

    ref: str
    name: str
    village: Village
    x: float
    y: float
    angle: float
    homes: int
    floors: int
    units: int
    rooms_per_landing: int
    spacing_m: float
    former_name: str = ""
    valid_from: str = "2010-01-01"
    note: str = ""

    @property
    def buildings(self) -> int:
        """Number of buildings needed for ``homes`` rows (each building is a row of its own)."""
        return math.ceil(self.homes / (1 + self.floors * self.units * self.rooms_per_landing))


class Home(NamedTuple):
    """One row of an estate: a building itself (no room) or a flat in it."""

    building: str
    unit: str
    room: str
    x: float
    y: float


@dataclass(frozen=True)
class OfficeBuilding:
    """An office building at a numbered door of a road; its rows are its floors and rooms."""

    ref: str
    name: str
    road_index: int
    offices: int
    valid_from: str = "2012-01-01"


def estate_homes(estate: Estate) -> Iterator[Home]:
    """Yield exactly ``estate.homes`` rows, building by building: the building, then its flats from the ground up."""
    left, building = estate.homes, 0
    across = max(1, math.ceil(math.sqrt(estate.buildings)))
    while left > 0:
        building += 1
        x, y = _on_grid(estate, building - 1, across)
        yield Home(str(building), "", "", x, y)
        left -= 1
        for unit in range(1, estate.units + 1):
            for floor in range(1, estate.floors + 1):
                for landing in range(1, estate.rooms_per_landing + 1):
                    if left <= 0:
                        return
                    yield Home(str(building), str(unit) if estate.units > 1 else "", f"{floor}{landing:02d}", x, y)
                    left -= 1


def office_rooms(count: int) -> Iterator[tuple[str, str]]:
    """Yield ``count`` pairs floor, room (6 rooms a floor, from the second floor on): ('2', '201'), ('2', '202'), …"""
    for index in range(count):
        floor = 2 + index // 6
        yield str(floor), f"{floor}{index % 6 + 1:02d}"


def estate_outline(estate: Estate) -> list[Point]:
    """Return the four corners (plane metres) of the estate's ground."""
    across = max(1, math.ceil(math.sqrt(estate.buildings)))
    half = (across * estate.spacing_m) / 2
    cos, sin = math.cos(estate.angle), math.sin(estate.angle)
    return [
        (estate.x + a * cos - b * sin, estate.y + a * sin + b * cos)
        for a, b in ((-half, -half), (half, -half), (half, half), (-half, half))
    ]


def plan_estates(counts: list[int], terrain: Terrain, names: Names, rng: Random, given: list[NonstandardName]) -> list[Estate]:
    """Place an estate for each count of homes, in communities first; given (nonstandard) names are used up first."""
    urban = [village for village in terrain.villages if village.is_urban]
    rural = [village for village in terrain.villages if not village.is_urban]
    estates: list[Estate] = []
    homes_of: dict[str, str] = {}
    for index, homes in enumerate(counts):
        item = given[index] if index < len(given) else None
        village = rng.choice(urban if rng.random() < 0.85 else rural)
        name = item.name if item else names.specific("estate") + rng.choice(inventory()["estate_generics"])
        while homes_of.get(name) == village.town_code:
            village = rng.choice(urban)
        homes_of[name] = village.town_code
        estates.append(_place(f"P{index + 1:06d}", name, village, homes, rng, names, item.rule if item else ""))
    return estates


def _place(ref: str, name: str, village: Village, homes: int, rng: Random, names: Names, note: str) -> Estate:
    floors, units, landing = rng.choice(((5, 2, 2), (6, 3, 2), (6, 2, 2), (11, 2, 2), (17, 1, 4), (18, 1, 3), (4, 4, 2)))
    buildings = math.ceil(homes / (1 + floors * units * landing))
    across = max(1, math.ceil(math.sqrt(buildings)))
    room = village.radius_m * 0.92
    spacing = min(42.0, room * 1.3 / across)
    half_diagonal = across * spacing * 0.7072
    away, angle = max(0.0, room - half_diagonal) * math.sqrt(rng.random()), rng.uniform(0, math.tau)
    return Estate(
        ref=ref,
        name=name,
        village=village,
        x=village.x + away * math.cos(angle),
        y=village.y + away * math.sin(angle),
        angle=rng.uniform(0, math.pi / 2),
        homes=homes,
        floors=floors,
        units=units,
        rooms_per_landing=landing,
        spacing_m=spacing,
        former_name=names.specific("estate") + "小区" if not note and rng.random() < 0.05 else "",
        valid_from=f"{rng.randint(1992, 2022)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}",
        note=note,
    )


def _on_grid(estate: Estate, index: int, across: int) -> Point:
    column, row = index % across, index // across
    a = (column - (across - 1) / 2) * estate.spacing_m
    b = (row - (across - 1) / 2) * estate.spacing_m
    cos, sin = math.cos(estate.angle), math.sin(estate.angle)
    return estate.x + a * cos - b * sin, estate.y + a * sin + b * cos
