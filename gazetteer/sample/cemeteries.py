"""Invented cemeteries: sites on the hills behind villages, with sections, rows and seats instead of doors."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

from gazetteer.sample.terrain import Point, Terrain, Village
from gazetteer.sample.words import Names, inventory

SITE_TYPES = ("经营性公墓", "公益性公墓", "骨灰存放处")


@dataclass(frozen=True)
class Cemetery:
    """One cemetery: its site on the plane (half the side of a square), type and extent in sections and rows."""

    ref: str
    name: str
    village: Village
    x: float
    y: float
    half_m: float
    site_type: str
    sections: int
    rows: int
    seats: int
    valid_from: str


def cemetery_outline(site: Cemetery) -> list[Point]:
    """Return the four corners (plane metres) of the approved ground."""
    half = site.half_m
    return [(site.x - half, site.y - half), (site.x + half, site.y - half), (site.x + half, site.y + half), (site.x - half, site.y + half)]


def plan_cemeteries(count: int, first_ref: int, terrain: Terrain, names: Names, rng: Random) -> list[Cemetery]:
    """Lay ``count`` cemeteries at the edge of rural villages, inside their outlines."""
    rural = sorted((village for village in terrain.villages if not village.is_urban), key=lambda one: -one.radius_m)[:160]
    found = []
    for index in range(count):
        village = rng.choice(rural)
        half = rng.uniform(35, 70)
        away, angle = (village.radius_m - half * 1.5) * rng.uniform(0.6, 1.0), rng.uniform(0, math.tau)
        site_type = rng.choice(SITE_TYPES)
        generic = (
            "骨灰堂" if site_type == "骨灰存放处" else rng.choice([one for one in inventory()["cemetery_generics"] if one != "骨灰堂"])
        )
        found.append(
            Cemetery(
                f"P{first_ref + index:06d}", names.specific("cemetery") + generic, village, village.x + away * math.cos(angle),
                village.y + away * math.sin(angle), half, site_type, rng.randint(2, 6), rng.randint(8, 20), rng.randint(10, 24),
                f"{rng.randint(1988, 2015)}-04-05",
            )
        )  # fmt: skip
    return found
