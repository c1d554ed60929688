"""Coordinates as metres and degrees: the only door to pyproj.

Everything stored is CGCS2000 longitude, latitude (EPSG:4490), in that order. Distances are geodesic on the CGCS2000 ellipsoid;
measurements along a line use a transverse Mercator plane laid through the line itself, true to 1e-5 over 30 km.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
import shapely
from numpy.typing import ArrayLike
from pyproj import CRS, Geod, Transformer
from pyproj.exceptions import CRSError
from shapely.geometry.base import BaseGeometry

from geoaddr.datum import Floats, wgs84_from_bd09, wgs84_from_gcj02
from geoaddr.errors import UsageError

CGCS2000 = "EPSG:4490"
_VENDOR = {"gcj02": "gcj02", "gcj-02": "gcj02", "gcj02ll": "gcj02", "bd09": "bd09", "bd-09": "bd09", "bd09ll": "bd09"}
_SPOKEN = {"cgcs2000": CGCS2000, "wgs84": "EPSG:4326", "wgs-84": "EPSG:4326", "crs84": "EPSG:4326", "ogc:crs84": "EPSG:4326"}
_ON_LINE_M = 0.05
"""A position closer than this to a line is neither left nor right of it: below what any survey of a door resolves."""
_DATUMS = frozenset({4490, 4480, 4326, 4979})
"""Geodetic systems taken as CGCS2000: itself and WGS 84, in two and three dimensions."""


@lru_cache(maxsize=256)
def parse_crs(text: str) -> str:
    """Return the one spelling used here of a coordinate system a person or a file named.

    Accepts EPSG codes with or without the prefix, ``gcj02``, ``bd09``, ``wgs84``, ``cgcs2000`` and the WKT of a .prj file.
    Raises UsageError for unknown codes and for older datums (Beijing 54, Xi'an 80, local systems), whose shift to
    CGCS2000 is not public. Example: "4549" -> "EPSG:4549".
    """
    plain = text.strip()
    known = _VENDOR.get(plain.lower()) or _SPOKEN.get(plain.lower())
    if known is not None:
        return known
    try:
        crs = CRS.from_epsg(int(plain)) if plain.isdecimal() else CRS.from_user_input(plain)
    except (CRSError, ValueError) as error:
        message = f"不认识坐标系 {plain[:60]!r}：请写 EPSG 编号（如 4549、EPSG:4490），或 gcj02、bd09、wgs84"
        raise UsageError(message, field="crs") from error
    if crs.is_geocentric or crs.is_vertical:
        raise UsageError(f"坐标系 {crs.name} 不是平面或经纬度坐标系", field="crs")
    if _base(crs).to_epsg(min_confidence=20) not in _DATUMS:
        raise UsageError(f"坐标系 {crs.name} 不是 CGCS2000 或 WGS84 基准，转换参数不公开：请先由测绘部门转换为 CGCS2000", field="crs")
    code = crs.to_epsg(min_confidence=70)
    return f"EPSG:{code}" if code else plain


def _base(crs: CRS) -> CRS:
    base = crs.geodetic_crs
    if base is None:
        raise UsageError(f"{crs.name} 不是地理坐标系，不能作为来源坐标系", field="crs")
    return base


@lru_cache(maxsize=64)
def _to_degrees(crs: str) -> Transformer:
    source = CRS.from_user_input(crs)
    return Transformer.from_crs(source, _base(source), always_xy=True)


@lru_cache(maxsize=64)
def _from_degrees(crs: str) -> Transformer:
    target = CRS.from_user_input(crs)
    return Transformer.from_crs(_base(target), target, always_xy=True)


def to_cgcs2000(x: ArrayLike, y: ArrayLike, crs: str) -> tuple[Floats, Floats]:
    """Convert coordinates of any accepted system to CGCS2000 longitude, latitude in degrees.

    ``x``/``y`` are easting/northing or longitude/latitude (never the other way round), of any equal shape; ``crs`` as
    understood by ``parse_crs``. What cannot be converted comes back as inf or NaN. Example: (640000, 3280000, "EPSG:4549").
    """
    named = parse_crs(crs)
    xs, ys = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if named == "gcj02":
        return wgs84_from_gcj02(xs, ys)
    if named == "bd09":
        return wgs84_from_bd09(xs, ys)
    if named in (CGCS2000, "EPSG:4326"):
        return xs, ys
    lon, lat = _to_degrees(named).transform(xs, ys)
    return np.asarray(lon), np.asarray(lat)


def from_cgcs2000(lon: ArrayLike, lat: ArrayLike, crs: str) -> tuple[Floats, Floats]:
    """Convert stored degrees to a projected or geodetic system, for export only. Vendor systems are never written."""
    named = parse_crs(crs)
    if named in ("gcj02", "bd09"):
        raise UsageError("不导出 GCJ-02 / BD-09 坐标：请选用 CGCS2000 或其投影坐标系", field="crs")
    xs, ys = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    if named in (CGCS2000, "EPSG:4326"):
        return xs, ys
    x, y = _from_degrees(named).transform(xs, ys)
    return np.asarray(x), np.asarray(y)


def geometry_to_cgcs2000(geometry: BaseGeometry, crs: str) -> BaseGeometry:
    """Return the geometry in CGCS2000 degrees, without its Z values; ``crs`` as understood by ``parse_crs``."""
    flat = shapely.force_2d(geometry)
    named = parse_crs(crs)
    if named in (CGCS2000, "EPSG:4326"):
        return flat
    return _mapped(flat, lambda x, y: to_cgcs2000(x, y, named))


def geometry_from_cgcs2000(geometry: BaseGeometry, crs: str) -> BaseGeometry:
    """Return a stored geometry in another system, for export only."""
    return _mapped(geometry, lambda x, y: from_cgcs2000(x, y, crs))


def _mapped(geometry: BaseGeometry, convert: Callable[[Floats, Floats], tuple[Floats, Floats]]) -> BaseGeometry:
    result: BaseGeometry = shapely.transform(geometry, lambda xy: np.column_stack(convert(xy[:, 0], xy[:, 1])))
    return result


@cache
def _ellipsoid() -> Geod:
    return Geod(a=6378137.0, rf=298.257222101)


def distance_m(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    """Return the geodesic distance of two positions in metres. Example: (121.4, 29.6, 121.4, 29.601) -> 110.85…."""
    return float(_ellipsoid().inv(lon1, lat1, lon2, lat2)[2])


def distances_m(lon1: ArrayLike, lat1: ArrayLike, lon2: ArrayLike, lat2: ArrayLike) -> Floats:
    """Return geodesic distances in metres for arrays of positions, broadcast against each other."""
    lons1, lats1, lons2, lats2 = np.broadcast_arrays(*(np.asarray(item, dtype=np.float64) for item in (lon1, lat1, lon2, lat2)))
    return np.asarray(_ellipsoid().inv(lons1, lats1, lons2, lats2)[2], dtype=np.float64)


def bearing_deg(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    """Return the initial bearing from the first to the second position, clockwise from north, in 0 <= degrees < 360."""
    return float(_ellipsoid().inv(lon1, lat1, lon2, lat2)[0]) % 360.0


def destination(lon: float, lat: float, bearing: float, distance: float) -> tuple[float, float]:
    """Return the position reached by going ``distance`` metres on ``bearing`` degrees clockwise from north."""
    lon2, lat2, _ = _ellipsoid().fwd(lon, lat, bearing, distance)
    return float(lon2), float(lat2)


def length_m(line: BaseGeometry) -> float:
    """Return the geodesic length of a line in metres; 0.0 for an empty one or a point."""
    return float(_ellipsoid().geometry_length(line))


def area_m2(polygon: BaseGeometry) -> float:
    """Return the geodesic area of a polygon in square metres, whatever its winding; 0.0 for an empty one."""
    return abs(float(_ellipsoid().geometry_area_perimeter(shapely.orient_polygons(polygon))[0]))


def box_around(lon: float, lat: float, radius: float) -> tuple[float, float, float, float]:
    """Return west, south, east, north of a box that holds everything within ``radius`` metres, for a first coarse search."""
    d_lat = radius / 110_500.0
    d_lon = radius / max(1.0, 111_300.0 * float(np.cos(np.radians(min(89.0, abs(lat) + d_lat)))))
    return lon - d_lon, lat - d_lat, lon + d_lon, lat + d_lat


@dataclass(frozen=True, slots=True)
class OnLine:
    """Where a position lies seen from a line: metres from its start, ``left``, ``right`` or ``on`` it, metres off it."""

    offset_m: float
    side: str
    distance_m: float


@lru_cache(maxsize=256)
def _plane(lon_0: float) -> tuple[Transformer, Transformer]:
    """Return the transformers into and out of a transverse Mercator plane centred on a meridian."""
    degrees = CRS.from_user_input(CGCS2000)
    plane = CRS.from_proj4(f"+proj=tmerc +lat_0=0 +lon_0={lon_0} +k=1 +x_0=0 +y_0=0 +ellps=GRS80 +units=m +no_defs")
    return (
        Transformer.from_crs(degrees, plane, always_xy=True, accuracy=None, only_best=False),
        Transformer.from_crs(plane, degrees, always_xy=True, accuracy=None, only_best=False),
    )


def _plane_of(line: BaseGeometry) -> tuple[Transformer, Transformer]:
    west, _, east, _ = line.bounds
    return _plane(round((west + east) / 2.0, 1))


@dataclass(frozen=True, slots=True)
class _Segments:
    """The pieces of a line in metres: starts, unit directions, lengths, and how far along the line each begins."""

    x: Floats
    y: Floats
    ux: Floats
    uy: Floats
    length: Floats
    begin: Floats

    @property
    def total(self) -> float:
        return float(self.begin[-1] + self.length[-1])


def _segments(line: BaseGeometry, into: Transformer) -> _Segments:
    """Cut a line into pieces; the parts of a MultiLineString count one after the other, the gaps between them nothing."""
    parts = [shapely.get_coordinates(part) for part in shapely.get_parts(line)]
    xs, ys, dxs, dys = [], [], [], []
    for part in parts:
        x, y = into.transform(part[:, 0], part[:, 1])
        xs.append(x[:-1])
        ys.append(y[:-1])
        dxs.append(np.diff(x))
        dys.append(np.diff(y))
    x, y, dx, dy = (np.concatenate(item) if item else np.empty(0) for item in (xs, ys, dxs, dys))
    length = np.hypot(dx, dy)
    real = length > 1e-6
    if not np.any(real):
        raise UsageError("线没有长度：至少需要两个不同的点", field="geometry")
    x, y, dx, dy, length = x[real], y[real], dx[real], dy[real], length[real]
    return _Segments(x, y, dx / length, dy / length, length, np.concatenate(([0.0], np.cumsum(length)[:-1])))


def locate_on_line(line: BaseGeometry, lon: float, lat: float) -> OnLine:
    """Say how far along, on which side and how far off a line a position is, looking in the direction the line is drawn.

    Metres in a plane laid through the line. A position beyond an end keeps the side of the end's last piece.
    Example: a line drawn due east and a position 10 m north of its middle -> OnLine(half its length, "left", 10.0).
    """
    offsets, asides, gaps = locate_many_on_line(line, [lon], [lat])
    side = "on" if abs(asides[0]) < _ON_LINE_M else ("left" if asides[0] > 0 else "right")
    return OnLine(float(offsets[0]), side, float(gaps[0]))


def locate_many_on_line(line: BaseGeometry, lons: ArrayLike, lats: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Return, for many positions, metres along the line, metres aside (left positive, right negative) and metres off it."""
    into, _ = _plane_of(line)
    cut = _segments(line, into)
    px, py = into.transform(np.asarray(lons, dtype=np.float64), np.asarray(lats, dtype=np.float64))
    along = (px[:, None] - cut.x) * cut.ux + (py[:, None] - cut.y) * cut.uy
    along = np.clip(along, 0.0, cut.length)
    off_x = px[:, None] - (cut.x + along * cut.ux)
    off_y = py[:, None] - (cut.y + along * cut.uy)
    gap = np.hypot(off_x, off_y)
    row = np.arange(len(px))
    best = np.argmin(gap, axis=1)
    cross = _side(cut, gap, off_x, off_y, best)
    return cut.begin[best] + along[row, best], np.where(np.abs(cross) < 1e-9, 0.0, np.sign(cross) * gap[row, best]), gap[row, best]


def _side(cut: _Segments, gap: Floats, off_x: Floats, off_y: Floats, best: np.typing.NDArray[np.intp]) -> Floats:
    """Return the cross product that tells left (+) from right; where a corner is nearest, both its pieces have a say."""
    row = np.arange(len(best))
    nearest = gap <= (gap[row, best] + 1e-9)[:, None]
    ux, uy = (nearest * cut.ux).sum(axis=1), (nearest * cut.uy).sum(axis=1)
    turn: Floats = ux * off_y[row, best] - uy * off_x[row, best]
    return turn


def point_along(line: BaseGeometry, offset: float, aside: float = 0.0) -> tuple[float, float]:
    """Return the longitude, latitude ``offset`` metres along a line and ``aside`` metres to its left (negative: right).

    Offsets beyond an end are held at that end. Inverse of ``locate_many_on_line`` away from sharp corners.
    """
    lons, lats = points_along(line, [offset], [aside])
    return float(lons[0]), float(lats[0])


def points_along(line: BaseGeometry, offsets: ArrayLike, asides: ArrayLike = 0.0) -> tuple[Floats, Floats]:
    """Return many positions along a line at once; see ``point_along``."""
    into, out_of = _plane_of(line)
    cut = _segments(line, into)
    at = np.clip(np.asarray(offsets, dtype=np.float64), 0.0, cut.total)
    aside = np.broadcast_to(np.asarray(asides, dtype=np.float64), at.shape)
    piece = np.clip(np.searchsorted(cut.begin, at, side="right") - 1, 0, len(cut.length) - 1)
    rest = np.minimum(at - cut.begin[piece], cut.length[piece])
    x = cut.x[piece] + rest * cut.ux[piece] - aside * cut.uy[piece]
    y = cut.y[piece] + rest * cut.uy[piece] + aside * cut.ux[piece]
    lon, lat = out_of.transform(x, y)
    return np.asarray(lon), np.asarray(lat)
