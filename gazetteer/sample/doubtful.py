"""A few places, addresses and plates that each break a rule the other sample files keep: one at least for every rule of the audit.

They come in files of their own, after everything else, so that the district that is counted and matched stays as it is.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np

from gazetteer.names.facts import fact_kinds
from gazetteer.sample.addresses import CITY, DISTRICT, PROVINCE, Address, doors_of
from gazetteer.sample.district import SampleDistrict
from gazetteer.sample.places import Feature
from gazetteer.sample.roads import Road
from gazetteer.sample.terrain import METRES_PER_LAT, METRES_PER_LON, MIDDLE_LAT, MIDDLE_LON, Point, Village, to_degrees

CATEGORY_CODES = {"road": "23510", "lane": "23514", "estate": "22100", "building": "26100", "bridge": "23600", "natural_village": "22200"}
SINCE = "2023-05-01"
"""The day the doubtful places were named: after the present national rules began, so that these are what they are judged by."""

FAR_OFF_M, NEAR_M = 1_900.0, 450.0


class DoubtfulName(NamedTuple):
    """One place of the list: its name, kind and town, the class and rule it is there for ('' for one that others are compared with)."""

    name: str
    kind: str
    town: str
    finding_class: str
    rule: str
    aliases: str
    pinyin: str
    facts: str
    note: str


class ReadPlate(NamedTuple):
    """A plate with what was read on it, in the columns of an office's inspection list."""

    ref: str
    address_ref: str
    kind: str
    status: str
    installed_on: str
    sign_name: str
    sign_number: str
    sign_pinyin: str


@cache
def doubtful_names() -> tuple[DoubtfulName, ...]:
    """Return the invented places of ``doubtful.csv``."""
    with files("gazetteer").joinpath("data", "sample", "doubtful.csv").open(encoding="utf-8") as lines:
        return tuple(DoubtfulName(*row.values()) for row in csv.DictReader(lines))


def doubtful_features(district: SampleDistrict, *, roads: bool) -> Iterator[Feature]:
    """Yield the doubtful roads, or everything else, with invented shapes near a village of their town."""
    used: dict[str, int] = {}
    for number, item in enumerate(doubtful_names(), start=1):
        villages = district.terrain.by_town[item.town]
        # places that share their ground have the same second half of their note: 双桂小区 and 双桂家园
        at = used.setdefault(item.note[-4:] if item.note.endswith("同一片地") else item.name, len(used))
        village = villages[at % len(villages)]
        if (item.kind in ("road", "lane")) is roads:
            facts = dict(one.split("=") for one in item.facts.split())
            properties = {
                "ref": f"D{number:06d}", "name": item.name, "category": item.kind, "category_code": CATEGORY_CODES[item.kind],
                "division": item.town if roads else village.code, "aliases": item.aliases, "pinyin": item.pinyin, "origin": "样本虚构",
                "valid_from": SINCE, **{name: facts.get(name, "") for name in fact_kinds()},
            }  # fmt: skip
            yield {"type": "Feature", "properties": properties, "geometry": _shape(item.kind, village, at)}


def doubtful_addresses(district: SampleDistrict) -> Iterator[Address]:
    """Yield one address for each disorder: a number twice, two numbers at one door, none, none to be found, and one far off."""
    road = _long_road(district)
    doors = [door for door in doors_of(road, district.seed) if not door.sub_road]
    first, last = doors[0], doors[-1]
    along = _towards((first.x, first.y), (last.x, last.y), NEAR_M)
    village = district.terrain.nearest(np.array([(first.x, first.y)]), road.town_code)[0]
    yield _address(1, road, village, first.number, along, poi="样本旧供销社")
    yield _address(2, road, village, "9001", (last.x, last.y))
    yield _address(3, road, village, "", (first.x + 20, first.y), poi="样本老粮站")
    yield _address(4, road, village, "9003", None)
    yield _address(5, road, village, "9005", _towards((first.x, first.y), (village.x, village.y), FAR_OFF_M))
    home = district.terrain.by_town[road.town_code][-1]
    for number in (1, 2, 3):
        yield _address(5 + number, None, home, str(number), (home.x + 15 * number, home.y + 12))


def doubtful_plates(district: SampleDistrict) -> Iterator[ReadPlate]:
    """Yield plates whose wall shows another name, another spelling and another number than the register."""
    road = _long_road(district)
    texts = (("旧" + road.name, "", ""), ("", "", "SAMPLE ROAD"), ("", "9100", ""))
    for number, (name, figure, pinyin) in enumerate(texts, start=1):
        at = 8 if number == 3 else number
        yield ReadPlate(f"DM{number:04d}", f"DA{at:06d}", "door", "accepted", "2024-03-01", name, figure, pinyin)


def _address(number: int, road: Road | None, village: Village, door: str, at: Point | None, *, poi: str = "") -> Address:
    stem = f"{PROVINCE}{CITY}{DISTRICT}{village.town}{village.name}{road.name if road else ''}"
    lon, lat = (round(MIDDLE_LON + at[0] / METRES_PER_LON, 7), round(MIDDLE_LAT + at[1] / METRES_PER_LAT, 7)) if at else ("", "")
    full = f"{stem}{door + '号' if door else ''}{poi}"
    return Address(
        f"DA{number:06d}", full, PROVINCE, CITY, DISTRICT, village.town, village.name, "", road.name if road else "", "", door, "", "", "",
        "", "", poi, lon, lat, SINCE, village.code,  # type: ignore[arg-type]
    )  # fmt: skip


def _long_road(district: SampleDistrict) -> Road:
    """Return the road with most doors: it has numbers at both ends and room between."""
    return max((road for road in district.roads if road.category == "road" and not road.note), key=lambda road: (road.doors, road.ref))


def _towards(start: Point, end: Point, metres: float) -> Point:
    """Return the point so many metres from ``start`` in the direction of ``end`` (eastwards where they are one)."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = (dx * dx + dy * dy) ** 0.5
    return (start[0] + dx / length * metres, start[1] + dy / length * metres) if length > 1 else (start[0] + metres, start[1])


def _shape(kind: str, village: Village, at: int) -> dict[str, object]:
    x, y = village.x + 37.0 * (at % 5) - 60, village.y + 29.0 * (at % 7) - 80
    if kind in ("road", "lane", "bridge"):
        return {"type": "LineString", "coordinates": [to_degrees(x, y), to_degrees(x - 36 if kind == "bridge" else x - 180, y + 6)]}
    half = 40.0
    corners = [(x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half), (x - half, y - half)]
    return {"type": "Polygon", "coordinates": [[to_degrees(*corner) for corner in corners]]}
