"""Invented points of interest: shops, schools, works, that stand at a numbered door of a road."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

from gazetteer.sample.words import Names, inventory, weighted


class Poi(NamedTuple):
    """A point of interest; ``category_code`` is the national 5-digit category (GB/T 18521)."""

    name: str
    category: str
    category_code: str


def draw_pois(doors: int, most: int, names: Names, rng: Random) -> tuple[tuple[int, Poi], ...]:
    """Return up to ``most`` points of interest, each with the index of the door it stands at; never two at one door.

    At most every fourth door has one. Specific terms are unique within each generic term, so no two share a full name.
    """
    count = min(most, doors // 4)
    kinds = inventory()["pois"]
    found = []
    for index in sorted(rng.sample(range(doors), count)):
        generic = weighted(rng, kinds)
        category, code, _weight = kinds[generic]
        found.append((index, Poi(names.specific(f"poi {generic}") + generic, category, code)))
    return tuple(found)
