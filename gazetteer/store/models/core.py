"""What all tables of the register share: naming of constraints, identity, versions and the box of a geometry."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, ClassVar

from shapely.geometry.base import BaseGeometry
from sqlalchemy import BigInteger, CheckConstraint, Date, Float, Integer, MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column, validates

from gazetteer.store.types import Geom, Json, Moment, OpaqueId
from geoaddr.ids import new_id

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Table(DeclarativeBase):
    """Parent of every mapped table."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        BaseGeometry: Geom,
        datetime: Moment,
        date: Date,
        dict[str, Any]: Json,
        list[Any]: Json,
    }


class Registered:
    """A row of the register: permanent id, the events that made and last changed it, and a version for concurrent edits."""

    __tablename__: str
    __table__: ClassVar[Any]

    id: Mapped[str] = mapped_column(OpaqueId, primary_key=True, default=new_id, autoincrement=False)
    created_seq: Mapped[int] = mapped_column(BigInteger, nullable=False)
    changed_seq: Mapped[int] = mapped_column(BigInteger, nullable=False, index=True)
    version: Mapped[int] = mapped_column(Integer, nullable=False, default=1)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805
        return {"version_id_col": cls.__table__.c.version}


class Located:
    """A row with a geometry and its box, which the R*Tree triggers and box searches read."""

    geom: Mapped[BaseGeometry | None] = mapped_column(Geom)
    min_lon: Mapped[float | None] = mapped_column(Float(53))
    min_lat: Mapped[float | None] = mapped_column(Float(53))
    max_lon: Mapped[float | None] = mapped_column(Float(53))
    max_lat: Mapped[float | None] = mapped_column(Float(53))

    @validates("geom")
    def _box_follows_geometry(self, _key: str, geometry: BaseGeometry | None) -> BaseGeometry | None:
        for name, value in box_columns(geometry).items():
            setattr(self, name, value)
        return geometry


def box_columns(geometry: BaseGeometry | None) -> dict[str, float | None]:
    """Return the four box columns of a geometry, for rows written in bulk; None for no or empty geometry."""
    names = ("min_lon", "min_lat", "max_lon", "max_lat")
    if geometry is None or geometry.is_empty:
        return dict.fromkeys(names)
    return dict(zip(names, geometry.bounds, strict=True))


def one_of(column: str, values: Sequence[str], name: str | None = None) -> CheckConstraint:
    """Return a check that a text column holds one of these values."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=name or f"{column}_known")


def boxed() -> CheckConstraint:
    """Return a check that the box is there exactly when the geometry is, and lies on the globe."""
    return CheckConstraint(
        "(geom IS NULL AND min_lon IS NULL AND min_lat IS NULL AND max_lon IS NULL AND max_lat IS NULL) OR "
        "(geom IS NOT NULL AND min_lon >= -180 AND max_lon <= 180 AND min_lat >= -90 AND max_lat <= 90 "
        "AND min_lon <= max_lon AND min_lat <= max_lat)",
        name="box_of_geometry",
    )


LEGAL_STATUSES = ("proposed", "reserved", "current", "retired", "rejected")
"""Legal status of a name or address: 拟用、已批未设、现行、停用、否决."""

LIVE = "status IN ('proposed', 'reserved', 'current')"
"""SQL of the statuses in which a name or number is taken."""
