"""Box searches behind one function: R*Tree on SQLite, GiST on PostGIS; exact predicates are the caller's, in shapely."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, func, literal_column, select, table
from sqlalchemy.orm import Session
from sqlalchemy.sql import column

from gazetteer.store.models import Division, PlaceName, StandardAddress

LOCATED: tuple[type[Division] | type[PlaceName] | type[StandardAddress], ...] = (Division, PlaceName, StandardAddress)
Box = tuple[float, float, float, float]
"""min_lon, min_lat, max_lon, max_lat in degrees."""


def in_bbox(session: Session, model: type[Division] | type[PlaceName] | type[StandardAddress], box: Box) -> ColumnElement[bool]:
    """Return the condition that a row's box meets ``box``; boxes are rounded outwards, so follow with an exact test."""
    west, south, east, north = box
    if session.get_bind().dialect.name == "postgresql":
        envelope = func.ST_MakeEnvelope(west, south, east, north, 4490)
        return model.geom.op("&&", is_comparison=True)(envelope)
    tree = table(f"{model.__tablename__}_rtree", *(column(name) for name in ("id", "min_lon", "max_lon", "min_lat", "max_lat")))
    hits = select(tree.c.id).where(tree.c.min_lon <= east, tree.c.max_lon >= west, tree.c.min_lat <= north, tree.c.max_lat >= south)
    raw_id: Any = literal_column(f"{model.__tablename__}.id")
    return raw_id.in_(hits)  # type: ignore[no-any-return]
