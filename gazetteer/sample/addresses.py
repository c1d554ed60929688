"""Rows of standard addresses for each kind of place: exactly the import fields, in file order."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

import numpy as np

from gazetteer.sample.estates import Estate, OfficeBuilding, estate_homes, office_rooms
from gazetteer.sample.roads import Door, Road, road_doors
from gazetteer.sample.terrain import METRES_PER_LAT, METRES_PER_LON, MIDDLE_LAT, MIDDLE_LON, Terrain, Village
from gazetteer.sample.villages import NaturalVillage, village_houses

PROVINCE, CITY, DISTRICT = "浙江省", "宁波市", "奉化区"


class Address(NamedTuple):
    """One standard address; part columns hold comparable cores (88, not 88号), ``full`` writes them out."""

    ref: str
    full: str
    province: str
    city: str
    district: str
    town: str
    community: str
    village_group: str
    road: str
    sub_road: str
    number: str
    estate: str
    building: str
    unit: str
    floor: str
    room: str
    poi: str
    lon: float
    lat: float
    valid_from: str
    division: str


def address_ref(index: int) -> str:
    """Return the ref of the address at a position of the stream: 0 -> A00000001."""
    return f"A{index + 1:08d}"


def doors_of(road: Road, seed: int) -> list[Door]:
    """Return the doors of a road as this seed numbers them."""
    return road_doors(road, Random(f"{seed}:{road.ref}"))


def road_addresses(road: Road, first: int, seed: int, terrain: Terrain) -> Iterator[Address]:
    """Yield the doors of a road, each in the village in whose outline it lies; some carry a point of interest."""
    doors = doors_of(road, seed)
    villages = villages_of(road, doors, terrain)
    pois = {index: poi.name for index, poi in road.pois}
    for index, (door, village) in enumerate(zip(doors, villages, strict=True)):
        poi = pois.get(index, "")
        full = f"{PROVINCE}{CITY}{DISTRICT}{village.town}{village.name}{road.name}{door.sub_road}{door.number}号{poi}"
        yield Address(
            address_ref(first + index), full, PROVINCE, CITY, DISTRICT, village.town, village.name, "", road.name, door.sub_road,
            door.number, "", "", "", "", "", poi, _lon(door.x), _lat(door.y), road.valid_from, village.code,
        )  # fmt: skip


def office_addresses(office: OfficeBuilding, road: Road, door_index: int, first: int, seed: int, terrain: Terrain) -> Iterator[Address]:
    """Yield the rooms of an office building at its door."""
    doors = doors_of(road, seed)
    door = doors[door_index]
    village = villages_of(road, doors, terrain)[door_index]
    stem = f"{PROVINCE}{CITY}{DISTRICT}{village.town}{village.name}{road.name}{door.sub_road}{door.number}号{office.name}"
    for index, (floor, room) in enumerate(office_rooms(office.offices)):
        yield Address(
            address_ref(first + index), f"{stem}{floor}层{room}室", PROVINCE, CITY, DISTRICT, village.town, village.name, "", road.name,
            door.sub_road, door.number, "", "", "", floor, room, office.name, _lon(door.x), _lat(door.y), office.valid_from, village.code,
        )  # fmt: skip


def estate_addresses(estate: Estate, first: int) -> Iterator[Address]:
    """Yield the buildings and flats of an estate."""
    village = estate.village
    stem = f"{PROVINCE}{CITY}{DISTRICT}{village.town}{village.name}{estate.name}"
    for index, home in enumerate(estate_homes(estate)):
        unit = f"{home.unit}单元" if home.unit and home.room else ""
        room = f"{home.room}室" if home.room else ""
        yield Address(
            address_ref(first + index), f"{stem}{home.building}幢{unit}{room}",
            PROVINCE, CITY, DISTRICT, village.town, village.name, "", "",
            "", "", estate.name, home.building, home.unit, "", home.room, "", _lon(home.x), _lat(home.y), estate.valid_from, village.code,
        )  # fmt: skip


def village_addresses(place: NaturalVillage, first: int, seed: int) -> Iterator[Address]:
    """Yield the houses of a natural village."""
    village = place.village
    stem = f"{PROVINCE}{CITY}{DISTRICT}{village.town}{village.name}{place.name}"
    for index, (number, x, y) in enumerate(village_houses(place, Random(f"{seed}:{place.ref}"))):
        yield Address(
            address_ref(first + index), f"{stem}{number}号", PROVINCE, CITY, DISTRICT, village.town, village.name, place.name, "", "",
            number, "", "", "", "", "", "", _lon(x), _lat(y), place.valid_from, village.code,
        )  # fmt: skip


def villages_of(road: Road, doors: list[Door], terrain: Terrain) -> list[Village]:
    """Return the village of each of these doors: of the road's town, the one whose seat is nearest."""
    return terrain.nearest(np.array([(door.x, door.y) for door in doors]), road.town_code)


def _lon(x: float) -> float:
    return round(MIDDLE_LON + x / METRES_PER_LON, 7)


def _lat(y: float) -> float:
    return round(MIDDLE_LAT + y / METRES_PER_LAT, 7)
