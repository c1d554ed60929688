"""Column types with one face on both stores: opaque ids, geometry, moments and canonical JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import BigInteger, Dialect, Integer, String, Text
from sqlalchemy.exc import DontWrapMixin
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.types import TypeDecorator, UserDefinedType

from geoaddr.errors import NotFound
from geoaddr.ids import number_of, text_of

SRID = 4490


class UnknownId(NotFound, DontWrapMixin):
    """Text that is no id; passes through SQLAlchemy as it is."""


class OpaqueId(TypeDecorator[str]):
    """A permanent id: 13 characters in Python, a 64-bit integer in the store (rowid of SQLite tables and R*Trees)."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """Use INTEGER on SQLite, so that a primary key is the rowid."""
        return dialect.type_descriptor(Integer() if dialect.name == "sqlite" else BigInteger())

    def process_bind_param(self, value: str | None, dialect: Dialect) -> int | None:
        """Write the text form as integer; text that is no id names nothing in the register."""
        if value is None:
            return None
        number = number_of(value)
        if number is None:
            raise UnknownId(f"没有编号为 {value[:40]} 的记录")
        return number

    def process_result_value(self, value: int | None, dialect: Dialect) -> str | None:
        """Read the integer as text."""
        return None if value is None else text_of(value)


class Geom(UserDefinedType[BaseGeometry]):
    """A shapely geometry in CGCS2000 degrees (lon, lat): WKB on SQLite, ``geometry(Geometry,4490)`` on PostGIS."""

    cache_ok = True

    def __init__(self, *_reflected: str) -> None:
        """Take, and ignore, the subtype and SRID with which PostGIS reflects a column: there is only one kind here."""

    def bind_processor(self, dialect: Dialect) -> Callable[[BaseGeometry | None], Any]:
        """Return the function that writes a geometry."""
        if dialect.name == "sqlite":
            return lambda value: None if value is None else shapely.to_wkb(value)
        return lambda value: None if value is None else shapely.to_wkb(shapely.set_srid(value, SRID), hex=True, include_srid=True)

    def bind_many(self, values: Sequence[BaseGeometry | None], dialect: Dialect) -> list[Any]:
        """Return many geometries as ``bind_processor`` would write each of them, made at once."""
        shapes = np.array(values, dtype=object)
        if dialect.name == "sqlite":
            return list(shapely.to_wkb(shapes))
        return list(shapely.to_wkb(shapely.set_srid(shapes, SRID), hex=True, include_srid=True))

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], BaseGeometry | None]:
        """Return the function that reads a geometry."""
        return lambda value: None if value is None else shapely.set_srid(shapely.from_wkb(value), 0)


@compiles(Geom, "sqlite")
def _geom_sqlite(_type: Geom, _compiler: Any, **_kw: Any) -> str:
    return "BLOB"


@compiles(Geom, "postgresql")
def _geom_postgresql(_type: Geom, _compiler: Any, **_kw: Any) -> str:
    return f"geometry(Geometry,{SRID})"


class Moment(TypeDecorator[datetime]):
    """A moment in UTC, stored as sortable ISO text with microseconds, so that hashes over it are the same everywhere."""

    impl = String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """Write an aware datetime as ``2026-11-23T07:15:00.000000Z``."""
        return None if value is None else moment_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        """Read the text as an aware datetime."""
        return None if value is None else datetime.fromisoformat(value)


def moment_text(value: datetime) -> str:
    """Write an aware datetime in UTC with six decimals: 08:00+08:00 -> ``…T00:00:00.000000Z``."""
    if value.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Json(TypeDecorator[Any]):
    """Canonical JSON text (sorted keys, no spaces): the same value always gives the same bytes."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Write canonical JSON."""
        return None if value is None else canonical_json(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Read JSON."""
        return None if value is None else json.loads(value)


def canonical_json(value: Any) -> str:
    """Write a value so that equal values give equal text: sorted keys, no spaces, characters as they are."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
