"""Invented natural villages (岙, 墩, 埭 …) inside the real administrative villages, their houses numbered row by row."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from gazetteer.divisions import spoken_name
from gazetteer.sample.lists import list_dates, yearly_list
from gazetteer.sample.terrain import Point, Terrain, Village
from gazetteer.sample.words import Names, NonstandardName, inventory


@dataclass(frozen=True)
class NaturalVillage:
    """One natural village: its middle on the plane, how many houses it has and how far they stand apart."""

    ref: str
    name: str
    village: Village
    x: float
    y: float
    angle: float
    houses: int
    spacing_m: float
    former_name: str = ""
    alias: str = ""
    valid_from: str = "1985-01-01"
    note: str = ""


def village_houses(place: NaturalVillage, rng: Random) -> Iterator[tuple[str, float, float]]:
    """Yield number and point of each house: numbers rise along the rows, some are reserved, some carry -1."""
    across = max(1, math.ceil(math.sqrt(place.houses)))
    cos, sin = math.cos(place.angle), math.sin(place.angle)
    number, squeezed = 0, True
    for index in range(place.houses):
        if not squeezed and rng.random() < 0.03:
            text, squeezed = f"{number}-1", True
        else:
            number += 1 if rng.random() < 0.93 else rng.randint(2, 4)
            text, squeezed = str(number), False
        row, column = divmod(index, across)
        column = column if row % 2 == 0 else across - 1 - column
        a = (column - (across - 1) / 2 + rng.uniform(-0.2, 0.2)) * place.spacing_m
        b = (row - (across - 1) / 2 + rng.uniform(-0.2, 0.2)) * place.spacing_m
        yield text, place.x + a * cos - b * sin, place.y + a * sin + b * cos


def village_outline(place: NaturalVillage) -> list[Point]:
    """Return an eight-cornered ring (plane metres) around all houses."""
    radius = (math.ceil(math.sqrt(place.houses)) + 0.4) * place.spacing_m * 0.7072
    return [(place.x + radius * math.cos(turn * math.tau / 8), place.y + radius * math.sin(turn * math.tau / 8)) for turn in range(8)]


def plan_villages(
    counts: list[int], first_ref: int, terrain: Terrain, names: Names, rng: Random, given: list[NonstandardName]
) -> list[NaturalVillage]:
    """Place a natural village for each count of houses, never twice the same name in a town."""
    towns: dict[str, list[float]] = inventory()["town_centres"]
    real = frozenset(spoken_name(row.name).removesuffix("村").removesuffix("社区") for date in list_dates() for row in yearly_list(date))
    members = {code: [village for village in villages if not village.is_urban] for code, villages in terrain.by_town.items()}
    weights = [values[4] for values in towns.values()]
    found: list[NaturalVillage] = []
    home: dict[str, str] = {}
    for index, houses in enumerate(counts):
        item = given[index] if index < len(given) else None
        name = item.name if item else names.village(real)
        code = rng.choices(list(towns), weights)[0]
        while home.get(name) == code:
            code = rng.choices(list(towns), weights)[0]
        home[name] = code
        village = rng.choice(members[code])
        found.append(_place(f"P{first_ref + index:06d}", name, village, houses, rng, names, real, item.rule if item else ""))
    return found


def _place(
    ref: str, name: str, village: Village, houses: int, rng: Random, names: Names, real: frozenset[str], note: str
) -> NaturalVillage:
    across = math.ceil(math.sqrt(houses)) + 0.4
    room = village.radius_m * 0.95
    spacing = min(17.0, room * 1.2 / across)
    away, angle = max(0.0, room - across * spacing * 0.7072) * math.sqrt(rng.random()), rng.uniform(0, math.tau)
    return NaturalVillage(
        ref=ref,
        name=name,
        village=village,
        x=village.x + away * math.cos(angle),
        y=village.y + away * math.sin(angle),
        angle=rng.uniform(0, math.pi / 2),
        houses=houses,
        spacing_m=spacing,
        former_name=names.village(real) if not note and rng.random() < 0.05 else "",
        alias=names.village(real) if not note and rng.random() < 0.04 else "",
        valid_from=f"{rng.randint(1950, 1999)}-01-01",
        note=note,
    )
