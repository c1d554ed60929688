"""Whether coordinates can be what they claim to be: swapped, missing, foreign, or in another system than was said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from geoaddr.datum import Floats
from geoaddr.geometry import CGCS2000, from_cgcs2000

Bounds = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Implausible:
    """Why a position cannot stand: a stable ``code`` and a sentence for the person who sent it."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Sniffed:
    """The system a column pair seems to be in; ``swapped`` says that x and y must change places, ``share`` how many fit."""

    crs: str
    swapped: bool
    share: float


@cache
def _extents() -> dict[str, Any]:
    import yaml

    loaded: dict[str, Any] = yaml.safe_load(files("geoaddr").joinpath("data/extents.yaml").read_text(encoding="utf-8"))
    return loaded


def extent(name: str) -> Bounds:
    """Return west, south, east, north of a named extent (``china``) in degrees."""
    return _bounds(_extents()["extents"][name])


def district_extent(code: str) -> Bounds | None:
    """Return the published extent of a district by its six-digit code, with a margin, or None where none is known."""
    known = _extents()["districts"].get(code)
    return None if known is None else _bounds(known)


def _bounds(row: dict[str, Any]) -> Bounds:
    west, south, east, north = row["bounds"]
    return float(west), float(south), float(east), float(north)


def check_lonlat(lon: float, lat: float, bounds: Bounds | None = None) -> Implausible | None:
    """Say why a longitude and latitude cannot be a position of the register, or None when they can.

    Codes: ``not-a-number``, ``null-island``, ``swapped``, ``not-degrees``, ``out-of-china``, ``out-of-area`` (only when ``bounds``
    are given). Example: (29.65, 121.4) -> Implausible("swapped", …).
    """
    if not (isfinite(lon) and isfinite(lat)):
        return Implausible("not-a-number", "坐标不是有效数字")
    if inside(lon, lat, bounds or extent("china")):
        return None
    if abs(lon) < 1e-6 and abs(lat) < 1e-6:
        return Implausible("null-island", "坐标为 0,0，应留空而不是填 0")
    if inside(lat, lon, bounds or extent("china")):
        return Implausible("swapped", f"经纬度疑似写反：经度 {lon:g}、纬度 {lat:g}，请交换两列")
    if abs(lon) > 180 or abs(lat) > 90:
        return Implausible("not-degrees", f"坐标 {lon:g}, {lat:g} 不是经纬度，请用 --crs 说明投影坐标系（如 EPSG:4549）")
    if not inside(lon, lat, extent("china")):
        return Implausible("out-of-china", f"坐标 {lon:g}, {lat:g} 不在中国境内")
    return Implausible("out-of-area", f"坐标 {lon:g}, {lat:g} 不在本辖区范围内")


def inside(lon: float, lat: float, bounds: Bounds) -> bool:
    """Return whether a position lies in west, south, east, north (borders included)."""
    return bounds[0] <= lon <= bounds[2] and bounds[1] <= lat <= bounds[3]


def sniff_crs(xs: ArrayLike, ys: ArrayLike, bounds: Bounds | None = None) -> Sniffed | None:
    """Guess the system of unlabelled coordinates from the windows the district occupies in each of them.

    ``bounds`` in degrees (default: those of Fenghua). At least nine in ten finite pairs must fall into one window, else None:
    a guess is only ever proposed to a person. Degrees are answered as EPSG:4490, but GCJ-02 and BD-09 look the same.
    Example: easting 640,000 m, northing 3,280,000 m -> Sniffed("EPSG:4549", False, 1.0).
    """
    x, y = np.asarray(xs, dtype=np.float64), np.asarray(ys, dtype=np.float64)
    finite = np.isfinite(x) & np.isfinite(y)
    x, y = x[finite], y[finite]
    if not x.size:
        return None
    area = bounds or district_extent(_extents()["sniffed_district"])
    if area is None:
        return None
    for crs in (CGCS2000, *_extents()["sniffed"]):
        window = _window(area, crs)
        for swapped, (east, north) in ((False, (x, y)), (True, (y, x))):
            share = _share(east, north, window)
            if share >= 0.9:
                return Sniffed(crs, swapped, share)
    return None


def _share(east: Floats, north: Floats, window: Bounds) -> float:
    return float(np.mean((east >= window[0]) & (east <= window[2]) & (north >= window[1]) & (north <= window[3])))


def _window(area: Bounds, crs: str) -> Bounds:
    """Return the box an area in degrees occupies in a projected system, from points all along its edges."""
    west, south, east, north = area
    steps = np.linspace(0.0, 1.0, 9)
    lons: Sequence[Floats] = [west + steps * (east - west)] * 2 + [np.full(9, west), np.full(9, east)]
    lats: Sequence[Floats] = [np.full(9, south), np.full(9, north)] + [south + steps * (north - south)] * 2
    x, y = from_cgcs2000(np.concatenate(lons), np.concatenate(lats), crs)
    return float(x.min()), float(y.min()), float(x.max()), float(y.max())
