"""The keys under which the index files an entry: its doors, the inside of a door, and names cut to 32 bits.

Keys may collide; every hit is compared part by part afterwards, so a collision costs time and never a wrong answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from zlib import crc32

from matchers.cores import core, door_number, number_range
from matchers.verdict import Entry

FORMAT = 3
"""Version of the files; an index of another format is refused and must be rebuilt."""

ROAD, PLACE, NAMED = "road", "place", "named"
"""Scopes of a door: a number on a road, a number or building in an estate or village, a point of interest itself."""

_ENTRANCE = (0,)
RANGE_SPAN = 20
"""Widest number range that is filed under each of its numbers; part of the format of the files."""


def text_key(text: str) -> int:
    """Return 32 bits of a text, the same on every machine: ``text_key("")`` -> 0."""
    return crc32(text.encode("utf-8", "surrogatepass"))


def door_key(scope: str, sub_road: str, number: str) -> int:
    """Return the key of a door within a named road, estate, village or point of interest (all parts as cores)."""
    return text_key(f"{scope}|{sub_road}|{number}")


def lane_key(sub_road: str) -> int:
    """Return the key under which a road's lane as such is filed: ``lane_key("264弄")``."""
    return door_key(ROAD, core("sub_road", sub_road), "")


def inside_key(building: str, unit: str, floor: str, room: str) -> int:
    """Return the key of what lies behind the door; a room makes the floor redundant. Nothing inside -> 0."""
    if not (building or unit or floor or room):
        return 0
    return text_key(f"{building}|{unit}|{'' if room else floor}|{room}")


def doors_of(entry: Entry) -> list[tuple[str, int]]:
    """Return every (anchor name, door key) under which an address entry must be found.

    A house ``肖桥村 15组 肖桥路 88号`` is found by its road, its group and its village.
    """
    return list(_doors(entry))


def main_door(entry: Entry) -> tuple[str, int] | None:
    """Return the first of ``doors_of``: the one on the road, else in the estate, else at the village."""
    return next(_doors(entry), None)


def _doors(entry: Entry) -> Iterator[tuple[str, int]]:
    number = door_number(entry.number, entry.sub_number)
    sub_road = core("sub_road", entry.sub_road)
    for one in (number, *_inner_numbers(entry)):
        if entry.road:
            yield entry.road, door_key(ROAD, sub_road, one)
        if sub_road and not sub_road.isdecimal():
            yield entry.sub_road, door_key(ROAD, "", one)
    inner = core("building", entry.building) or number
    if entry.estate:
        yield entry.estate, door_key(PLACE, "", inner)
    if entry.poi:
        yield entry.poi, door_key(NAMED, "", "")
    village_door = number or inner
    if entry.village_group and not core("village_group", entry.village_group)[0].isdecimal():
        yield entry.village_group, door_key(PLACE, "", village_door)
    if entry.community:
        yield entry.community, door_key(PLACE, "", village_door)


def _inner_numbers(entry: Entry) -> list[str]:
    ends = None if entry.sub_number or "-" not in entry.number else number_range(core("number", entry.number), RANGE_SPAN)
    return [str(number) for number in range(ends[0], ends[1] + 1, 2)] if ends else []


def insides_of(entry: Entry) -> tuple[int, ...]:
    """Return the inside keys of an entry: its own, and the one people write when they leave the unit out (3幢501 for 3幢2单元501)."""
    if not (entry.building or entry.unit or entry.floor or entry.room):
        return _ENTRANCE
    building, unit = core("building", entry.building), core("unit", entry.unit)
    floor, room = core("floor", entry.floor), core("room", entry.room)
    whole = inside_key(building, unit, floor, room)
    return (whole, inside_key(building, "", floor, room)) if unit and room else (whole,)
