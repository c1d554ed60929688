"""The map of a walk through names: its stops numbered in order over the outlines of the towns they lie in, as SVG numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import cos, radians
from typing import Any

import shapely

from gazetteer.map_layers import in_window
from gazetteer.store.database import Session

WIDTH = 720
HEIGHTS = (300, 620)
"""Width of the map, and between which heights it follows the shape of the walk."""
MARGIN = 0.18
LEAST_DEG = 0.02
"""What lies around the outermost stops, as a share of the walk, and the least that is shown (some two kilometres)."""
TOWNS_ZOOM = 10
"""The scale at which the map shows outlines of towns."""


def walk_map(session: Session, stops: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Return the map of a collection's stops (with ``name``, ``lon``, ``lat``); None where no position is known.

    ``stops`` of the answer are (number, name, x, y, whether the name stands to the left); ``line`` leads from each to the next.
    """
    placed = [(number, stop["name"], stop["lon"], stop["lat"]) for number, stop in enumerate(stops, 1) if stop["lon"] is not None]
    if not placed:
        return None
    west, south, east, north = _around([(lon, lat) for _number, _name, lon, lat in placed])
    stretch = 1 / cos(radians((south + north) / 2))
    height = round(min(max(WIDTH * (north - south) * stretch / (east - west), HEIGHTS[0]), HEIGHTS[1]))
    scale = min(WIDTH / (east - west), height / ((north - south) * stretch))
    middle = (west + east) / 2, (south + north) / 2

    def at(lon: float, lat: float) -> tuple[float, float]:
        return round(WIDTH / 2 + (lon - middle[0]) * scale, 1), round(height / 2 - (lat - middle[1]) * scale * stretch, 1)

    half = WIDTH / 2 / scale, height / 2 / scale / stretch
    box = middle[0] - half[0], middle[1] - half[1], middle[0] + half[0], middle[1] + half[1]
    points = [(number, name, *at(lon, lat)) for number, name, lon, lat in placed]
    return {
        "width": WIDTH, "height": height, "areas": [_path(at, ring) + "Z" for ring in _outlines(session, box)],
        "line": "M" + "L".join(f"{x} {y}" for _number, _name, x, y in points),
        "stops": [(number, name, x, y, x > WIDTH * 0.7) for number, name, x, y in points],
    }  # fmt: skip


def _around(points: Sequence[tuple[float, float]]) -> tuple[float, float, float, float]:
    west, south, east, north = shapely.MultiPoint(points).bounds
    wide = max(east - west, LEAST_DEG) * (1 + 2 * MARGIN)
    high = max(north - south, LEAST_DEG) * (1 + 2 * MARGIN)
    lon, lat = (west + east) / 2, (south + north) / 2
    return lon - wide / 2, lat - high / 2, lon + wide / 2, lat + high / 2


def _outlines(session: Session, box: tuple[float, float, float, float]) -> list[Sequence[Sequence[float]]]:
    frame = shapely.box(*box)
    shown, _cut = in_window(session, box, TOWNS_ZOOM)
    rings: list[Sequence[Sequence[float]]] = []
    for one in shown:
        if one.layer == "division":
            drawn = shapely.intersection(shapely.simplify(one.geometry, (box[2] - box[0]) / WIDTH), frame)
            rings += [list(part.exterior.coords) for part in shapely.get_parts(drawn) if part.geom_type == "Polygon"]
    return rings


def _path(at: Any, ring: Sequence[Sequence[float]]) -> str:
    return "M" + "L".join(f"{x} {y}" for x, y in (at(point[0], point[1]) for point in ring))
