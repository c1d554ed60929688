"""GeoJSON for maps and programs: lon, lat in CGCS2000 degrees, seven decimals."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import shapely
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

MEDIA_TYPE = "application/geo+json"
DECIMALS = 1e-7


def feature(geometry: BaseGeometry | tuple[float, float] | None, **properties: Any) -> dict[str, Any]:
    """Return one feature from a shapely geometry, a (lon, lat) pair or nothing.

    ``(121.4, 29.6), title="x"`` -> ``{"type": "Feature", "geometry": {"type": "Point", …}, "properties": {"title": "x"}}``
    """
    drawn: dict[str, Any] | None
    if geometry is None:
        drawn = None
    elif isinstance(geometry, tuple):
        drawn = {"type": "Point", "coordinates": [round(geometry[0], 7), round(geometry[1], 7)]}
    else:
        drawn = mapping(shapely.set_precision(geometry, DECIMALS, mode="pointwise"))
    return {"type": "Feature", "geometry": drawn, "properties": properties}


def collection(features: Iterable[dict[str, Any]], **members: Any) -> dict[str, Any]:
    """Return a feature collection with further members beside ``features``."""
    return {"type": "FeatureCollection", **members, "features": list(features)}
