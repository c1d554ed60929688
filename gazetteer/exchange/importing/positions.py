"""Positions and shapes of rows: which system they are in, whether they can be true, and their form in the register."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select
from sqlalchemy.orm import Session

from gazetteer.exchange.codes import clean
from gazetteer.exchange.importing.columns import Columns
from gazetteer.exchange.importing.report import Tally
from gazetteer.exchange.importing.request import ImportRequest
from gazetteer.exchange.readers import BROKEN, GEOMETRY, Table
from gazetteer.store.models import Division, box_columns
from geoaddr.datum import Floats
from geoaddr.errors import UsageError
from geoaddr.geometry import CGCS2000, geometry_to_cgcs2000, parse_crs, to_cgcs2000
from geoaddr.plausibility import Bounds, check_lonlat, district_extent, sniff_crs

SNIFFED_ROWS = 2_000
AREA_MARGIN_DEG = 0.03
"""How far, about 3 km, beyond the district's outline a position may lie and still be taken."""
DECIMALS = 9
"""Decimals of a stored degree: a tenth of a millimetre, so that a file imported again gives the same numbers."""


def crs_of(request: ImportRequest, table: Table, columns: Columns, tally: Tally) -> str:
    """Return the system of a file's coordinates: as asked, as the file says, or degrees when they look like degrees.

    Projected coordinates without a name are refused, with a guess a person can confirm by ``--crs``.
    """
    if request.crs:
        return parse_crs(request.crs)
    if table.crs:
        return parse_crs(table.crs)
    if not (columns.has("lon") and columns.has("lat")):
        return CGCS2000
    pairs = [
        (_number(row.get(columns.column("lon"))), _number(row.get(columns.column("lat")))) for _, row in islice(table.rows(), SNIFFED_ROWS)
    ]
    xs, ys = [x for x, _ in pairs], [y for _, y in pairs]
    if not any(abs(x) > 180 or abs(y) > 180 for x, y in pairs):
        return CGCS2000
    found = sniff_crs(xs, ys)
    if found is None:
        raise UsageError("坐标不是经纬度，也不像本辖区的投影坐标：请用 --crs 说明坐标系（如 EPSG:4549）", field="crs")
    swapped = "，且两列写反（东坐标应为 lon，北坐标应为 lat）" if found.swapped else ""
    raise UsageError(f"坐标不是经纬度，看起来是 {found.crs}{swapped}：请用 --crs {found.crs} 确认后再导入", field="crs")


def _number(cell: Any) -> float:
    try:
        return float(clean(cell))
    except ValueError:
        return float("nan")


def area_of(session: Session, district_code: str) -> Bounds | None:
    """Return the box positions must lie in: around the district's outline, else its published extent, else None (all of China)."""
    outline = session.scalar(select(Division.geom).where(Division.code == district_code, Division.valid_to.is_(None)))
    if outline is None:
        return district_extent(district_code)
    west, south, east, north = outline.bounds
    return west - AREA_MARGIN_DEG, south - AREA_MARGIN_DEG, east + AREA_MARGIN_DEG, north + AREA_MARGIN_DEG


@dataclass(frozen=True, slots=True)
class Positions:
    """The points of a block of rows in CGCS2000 degrees, rounded; None where a row has none; a reason where it is refused."""

    lons: list[float | None]
    lats: list[float | None]
    reasons: dict[int, str]


def read_positions(lon_texts: Sequence[str], lat_texts: Sequence[str], crs: str, area: Bounds | None) -> Positions:
    """Read a block of longitudes and latitudes at once; ``area`` is what ``area_of`` gave."""
    xs, ys, reasons = _numbers(lon_texts, lat_texts)
    lons, lats = to_cgcs2000(xs, ys, crs)
    lons, lats = np.round(lons, DECIMALS), np.round(lats, DECIMALS)
    bounds = area or (-1.0, -1.0, -1.0, -1.0)
    with np.errstate(invalid="ignore"):
        doubtful = ~((lons >= bounds[0]) & (lons <= bounds[2]) & (lats >= bounds[1]) & (lats <= bounds[3]))
    for index in np.flatnonzero(doubtful).tolist():
        if index in reasons or not (lon_texts[index] or lat_texts[index]):
            continue
        problem = check_lonlat(float(lons[index]), float(lats[index]), area)
        if problem is not None:
            reasons[index] = problem.message
    there = [bool(text) and index not in reasons for index, text in enumerate(lon_texts)]
    return Positions(
        [value if ok else None for value, ok in zip(lons.tolist(), there, strict=True)],
        [value if ok else None for value, ok in zip(lats.tolist(), there, strict=True)],
        reasons,
    )


def _numbers(lon_texts: Sequence[str], lat_texts: Sequence[str]) -> tuple[Floats, Floats, dict[int, str]]:
    """Return the numbers of both columns, NaN where a row has none, and why a row's texts are no pair of numbers."""
    reasons: dict[int, str] = {}
    if all(lon_texts) and all(lat_texts):
        try:
            return np.array([*map(float, lon_texts)]), np.array([*map(float, lat_texts)]), reasons
        except ValueError:
            reasons.clear()  # some text is no number: the loop below says which
    xs, ys = np.full(len(lon_texts), np.nan), np.full(len(lat_texts), np.nan)
    for index, (x_text, y_text) in enumerate(zip(lon_texts, lat_texts, strict=True)):
        if not x_text and not y_text:
            continue
        try:
            xs[index], ys[index] = float(x_text), float(y_text)
        except ValueError:
            reasons[index] = "经纬度须同时填写且为数字" if x_text and y_text else "经度和纬度只填了一个"
    return xs, ys, reasons


def point_columns(lon: float | None, lat: float | None) -> dict[str, Any]:
    """Return the geometry columns of a point, without a detour over its bounds."""
    if lon is None or lat is None:
        return {"geom": None, **box_columns(None)}
    return {"geom": shapely.Point(lon, lat), "min_lon": lon, "min_lat": lat, "max_lon": lon, "max_lat": lat}


class ShapeError(ValueError):
    """A shape that cannot enter the register; the message says why, in words for the report."""


def read_shape(cell: Any, crs: str, area: Bounds | None, allowed: tuple[str, ...]) -> BaseGeometry | None:
    """Return a row's shape in CGCS2000 degrees, or None where it has none.

    ``cell`` is a geometry or WKT text; ``allowed`` names geometry types. Broken, empty, invalid, misplaced and unsuitable shapes raise
    ShapeError: they are never repaired in silence.
    """
    if cell is None or cell == "":
        return None
    shape = _decoded(cell)
    if shape.is_empty:
        return None
    if shape.geom_type not in allowed:
        raise ShapeError(f"几何类型是 {shape.geom_type}，此类数据只接受 {'、'.join(allowed)}")
    if not np.isfinite(shapely.get_coordinates(shape)).all():
        raise ShapeError("几何坐标中有无效数字")
    if not shape.is_valid:
        raise ShapeError(f"几何无效（{shapely.is_valid_reason(shape).split('[')[0]}），请修正后再导入")
    placed = geometry_to_cgcs2000(shape, crs)
    placed = shapely.transform(placed, lambda xy: np.round(xy, DECIMALS))
    west, south, east, north = placed.bounds
    for lon, lat in ((west, south), (east, north)):
        problem = check_lonlat(lon, lat, area)
        if problem is not None:
            raise ShapeError(problem.message)
    return placed


def _decoded(cell: Any) -> BaseGeometry:
    if isinstance(cell, BaseGeometry):
        return cell
    if cell == BROKEN:
        raise ShapeError("几何已损坏，无法解析")
    try:
        return shapely.from_wkt(clean(cell))
    except shapely.errors.GEOSException as error:
        raise ShapeError("几何列不是有效的 WKT") from error


def shape_cell(row: Mapping[str, Any], columns: Columns) -> Any:
    """Return the geometry cell of a row, or None where the file has no geometry."""
    return row.get(columns.named.get(GEOMETRY, GEOMETRY))
