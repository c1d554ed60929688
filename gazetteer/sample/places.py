"""Rows of places and roads as GeoJSON features, and of the invented outlines of the divisions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from gazetteer.sample.addresses import doors_of, villages_of
from gazetteer.sample.cemeteries import cemetery_outline
from gazetteer.sample.district import SampleDistrict
from gazetteer.sample.estates import estate_outline
from gazetteer.sample.lists import DISTRICT_CODE
from gazetteer.sample.roads import Road
from gazetteer.sample.terrain import METRES_PER_LAT, METRES_PER_LON, MIDDLE_LAT, MIDDLE_LON, Point, Terrain, to_degrees
from gazetteer.sample.villages import village_outline

Feature = dict[str, Any]
ROAD_CODES = {"road": "23510", "lane": "23514"}


def road_features(district: SampleDistrict) -> Iterator[Feature]:
    """Yield every road and lane with its line, drawn from where numbering starts."""
    for road in district.roads:
        row = _properties(
            road.ref, road.name, road.category, ROAD_CODES[road.category], road.town_code, road.valid_from,
            aliases=road.alias, former_names=road.former_name, origin="样本虚构", meaning=road.meaning,
        )  # fmt: skip
        yield _feature(row, {"type": "LineString", "coordinates": [to_degrees(x, y) for x, y in road.line]})


def place_features(district: SampleDistrict) -> Iterator[Feature]:
    """Yield estates, office buildings, natural villages, cemeteries and points of interest."""
    for estate in district.estates:
        row = _properties(
            estate.ref,
            estate.name,
            "estate",
            "22100",
            estate.village.code,
            estate.valid_from,
            former_names=estate.former_name,
            origin="样本虚构",
        )
        yield _feature(row, _ring(estate_outline(estate)))
    for place in district.villages:
        row = _properties(
            place.ref, place.name, "natural_village", "22200", place.village.code, place.valid_from, aliases=place.alias,
            former_names=place.former_name, origin="样本虚构", history=f"{place.village.name}下的自然村（样本）",
        )  # fmt: skip
        yield _feature(row, _ring(village_outline(place)))
    for site in district.cemeteries:
        row = _properties(
            site.ref, site.name, "cemetery", "25100", site.village.code, site.valid_from, origin="样本虚构", history=site.site_type
        )
        yield _feature(row, _ring(cemetery_outline(site)))
    yield from _pois(district)


def division_features(ground: Terrain) -> Iterator[Feature]:
    """Yield the invented outlines of the district, its towns and its villages."""
    yield _outline(DISTRICT_CODE, "奉化区", "district", ground.outline)
    cells = dict(zip((village.code for village in ground.villages), ground.cells, strict=True))
    for code, members in ground.by_town.items():
        yield _outline(code, members[0].town, "town", shapely.union_all([cells[village.code] for village in members]))
    for village in ground.villages:
        yield _outline(village.code, village.official, "community", cells[village.code])


def _pois(district: SampleDistrict) -> Iterator[Feature]:
    offices = {(office.road_index, door): office for office, door in zip(district.offices, district.office_doors, strict=True)}
    serial = len(district.estates) + len(district.offices) + len(district.villages) + len(district.cemeteries)
    for road_index, road in enumerate(district.roads):
        for (door, poi), (code, point) in zip(road.pois, _poi_points(district, road), strict=True):
            office = offices.get((road_index, door))
            if office is None:
                serial += 1
            row = _properties(
                office.ref if office else f"P{serial:06d}", poi.name, poi.category, poi.category_code, code,
                office.valid_from if office else road.valid_from, origin="样本虚构",
            )  # fmt: skip
            yield _feature(row, {"type": "Point", "coordinates": to_degrees(*point)})


def _poi_points(district: SampleDistrict, road: Road) -> list[tuple[str, Point]]:
    """Return the village code and the point (plane) of each point of interest of a road, as its door has them."""
    if not road.pois:
        return []
    doors = doors_of(road, district.seed)
    found = [doors[index] for index, _poi in road.pois]
    return [(village.code, (door.x, door.y)) for village, door in zip(villages_of(road, found, district.terrain), found, strict=True)]


def _properties(ref: str, name: str, category: str, code: str, division: str, valid_from: str, **texts: str) -> dict[str, str]:
    row = {"ref": ref, "name": name, "category": category, "category_code": code, "division": division}
    row |= dict.fromkeys(("aliases", "former_names", "origin", "meaning", "history"), "") | texts
    return row | {"valid_from": valid_from}


def _feature(properties: dict[str, str], geometry: dict[str, Any]) -> Feature:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def _ring(corners: list[Point]) -> dict[str, Any]:
    points = [to_degrees(x, y) for x, y in corners]
    return {"type": "Polygon", "coordinates": [[*points, points[0]]]}


def _outline(code: str, name: str, level: str, shape: BaseGeometry) -> Feature:
    scale = (1 / METRES_PER_LON, 1 / METRES_PER_LAT)
    degrees = shapely.transform(shape, lambda xy: (xy * scale + (MIDDLE_LON, MIDDLE_LAT)).round(7))
    geometry = shapely.geometry.mapping(degrees)
    return _feature({"code": code, "name": name, "level": level, "outline": "invented"}, geometry)
