"""Nearest entries by position: rows sorted by small cells of longitude and latitude."""

from __future__ import annotations

from math import cos, radians, sin, sqrt
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matchers.index.pool import load_array, save_array

_CELL = 20_000
"""Side of a cell in 1e-7 degrees (about 200 m)."""
_ROW_OF_CELLS = 2**32
_SEMI_MAJOR_M, _FLATTENING = 6_378_137.0, 1 / 298.257222101
"""CGCS2000 ellipsoid (GB 22021-2008)."""


def metres_per_degree(lat: float) -> tuple[float, float]:
    """Return metres per degree of longitude and of latitude on CGCS2000: ``metres_per_degree(0.0)`` -> about (111320, 110574)."""
    squared = _FLATTENING * (2 - _FLATTENING)
    curvature = 1 - squared * sin(radians(lat)) ** 2
    prime_vertical = _SEMI_MAJOR_M / sqrt(curvature)
    meridian = _SEMI_MAJOR_M * (1 - squared) / curvature**1.5
    return radians(1) * prime_vertical * cos(radians(lat)), radians(1) * meridian


def distance_m(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    """Return metres between two points of one district in the tangent plane between them (error below 1e-5 up to 50 km)."""
    east, north = metres_per_degree((lat + other_lat) / 2)
    return sqrt(((lon - other_lon) * east) ** 2 + ((lat - other_lat) * north) ** 2)


def write_cells(folder: Path, points: NDArray[np.int32]) -> None:
    """Sort the rows that have a point by cell; ``points`` is ``(n, 2)`` in 1e-7 degrees, -2**31 for none."""
    rows = np.flatnonzero(points[:, 0] != -(2**31)).astype(np.uint32)
    cells = _cells(points[rows])
    order = np.argsort(cells, kind="stable")
    save_array(folder / "cells.npy", cells[order])
    save_array(folder / "cell_rows.npy", rows[order])


def _cells(points: NDArray[np.int32]) -> NDArray[np.uint64]:
    columns = (points[:, 0].astype(np.int64) + 1_800_000_000) // _CELL
    lines = (points[:, 1].astype(np.int64) + 900_000_000) // _CELL
    return (lines * _ROW_OF_CELLS + columns).astype(np.uint64)


class Cells:
    """The stored cells, searched in growing squares."""

    def __init__(self, folder: Path, points: NDArray[np.generic]) -> None:
        self._cells = load_array(folder / "cells.npy")
        self._rows = load_array(folder / "cell_rows.npy")
        self._points = points

    def nearest(self, lon: float, lat: float, radius_m: float, limit: int) -> list[tuple[int, float]]:
        """Return up to ``limit`` ``(row, metres)`` within ``radius_m``, nearest first."""
        reach = min(radius_m, 100.0)
        while True:
            found = self._within(lon, lat, reach)
            if len(found) >= limit or reach >= radius_m:
                return found[:limit]
            reach = min(radius_m, reach * 4)

    def _within(self, lon: float, lat: float, radius_m: float) -> list[tuple[int, float]]:
        east, north = metres_per_degree(lat)
        rows = self._in_box(lon, lat, radius_m / east, radius_m / north)
        if not len(rows):
            return []
        points = self._points[rows].astype(np.float64) / 1e7
        distances = np.hypot((points[:, 0] - lon) * east, (points[:, 1] - lat) * north)
        order = np.lexsort((rows, distances))
        order = order[distances[order] <= radius_m]
        return list(zip(rows[order].tolist(), distances[order].tolist(), strict=True))

    def _in_box(self, lon: float, lat: float, half_width: float, half_height: float) -> NDArray[np.uint32]:
        first, last = (int((lon + side * half_width) * 1e7 + 1_800_000_000) // _CELL for side in (-1, 1))
        bottom, top = (int((lat + side * half_height) * 1e7 + 900_000_000) // _CELL for side in (-1, 1))
        lines = np.arange(max(bottom, 0), top + 1, dtype=np.uint64) * np.uint64(_ROW_OF_CELLS)
        starts = self._cells.searchsorted(lines + np.uint64(max(first, 0)))
        ends = self._cells.searchsorted(lines + np.uint64(max(last, 0)), side="right")
        pieces = [self._rows[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True) if end > start]
        return np.concatenate(pieces) if pieces else np.zeros(0, dtype=np.uint32)
