"""Numbering policies, plates, the orders that move them and the visits that confirm them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Float, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from gazetteer.store.models.core import Registered, Table, one_of
from gazetteer.store.models.places import DATUMS, StandardAddress
from gazetteer.store.types import OpaqueId

PLATE_KINDS = ("door", "building", "unit", "room")
PLATE_STATUSES = ("ordered", "made", "received", "dispatched", "installed", "accepted", "damaged", "replaced", "taken_down", "cancelled")
PENDING_PLATE = "status IN ('ordered', 'made', 'received', 'dispatched')"
HANGING_PLATE = "status IN ('installed', 'accepted', 'damaged')"
ORDER_ACTIONS = ("make", "hang", "take_down", "replace")


class NumberingPolicy(Registered, Table):
    """How doors are numbered on one road or within one division; rules as data, with their source."""

    __tablename__ = "numbering_policy"
    __table_args__ = (CheckConstraint("(place_id IS NULL) <> (division_id IS NULL)", name="of_one_thing"),)

    place_id: Mapped[str | None] = mapped_column(OpaqueId, ForeignKey("place_name.id"), unique=True)
    division_id: Mapped[str | None] = mapped_column(OpaqueId, ForeignKey("division.id"), unique=True)
    rules: Mapped[dict[str, Any]]
    source: Mapped[str] = mapped_column(String(300), default="")


class PlateOrder(Registered, Table):
    """One order to a workshop or a crew: these plates are to be made, hung, taken down or replaced, and why."""

    __tablename__ = "plate_order"
    __table_args__ = (
        one_of("action", ORDER_ACTIONS),
        one_of("status", ("open", "done", "cancelled")),
        Index("ix_plate_order_listing", "status", "id"),
    )

    action: Mapped[str] = mapped_column(String(10))
    status: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(300), default="")
    procedure_id: Mapped[str | None] = mapped_column(OpaqueId, ForeignKey("naming_procedure.id"), index=True)
    assigned_to: Mapped[str | None] = mapped_column(OpaqueId, ForeignKey("app_user.id"), index=True)
    due_on: Mapped[date | None]


class Plate(Registered, Table):
    """The metal on the wall: serial (with check character), what is printed on it, and where its life stands."""

    __tablename__ = "plate"
    __table_args__ = (
        one_of("kind", PLATE_KINDS),
        one_of("status", PLATE_STATUSES),
        CheckConstraint("length(serial) > 0 AND length(face) > 0", name="is_printed"),
        Index(
            "uq_plate_pending", "address_id", "kind", unique=True, sqlite_where=text(PENDING_PLATE), postgresql_where=text(PENDING_PLATE)
        ),
        Index(
            "uq_plate_hanging", "address_id", "kind", unique=True, sqlite_where=text(HANGING_PLATE), postgresql_where=text(HANGING_PLATE)
        ),
        Index("ix_plate_listing", "status", "id"),
        Index("ix_plate_address", "address_id"),
    )

    serial: Mapped[str] = mapped_column(String(20), unique=True)
    address_id: Mapped[str] = mapped_column(OpaqueId, ForeignKey("standard_address.id"))
    kind: Mapped[str] = mapped_column(String(10))
    face: Mapped[dict[str, Any]]
    status: Mapped[str] = mapped_column(String(12))
    installed_on: Mapped[date | None]
    accepted_on: Mapped[date | None]

    address: Mapped[StandardAddress] = relationship(lazy="select", viewonly=True)


class PlateTask(Registered, Table):
    """One plate within one order: what is to be done with it, and whether it has been."""

    __tablename__ = "plate_task"
    __table_args__ = (
        one_of("action", ORDER_ACTIONS),
        one_of("status", ("open", "done", "cancelled")),
        Index(
            "uq_plate_task_open",
            "plate_id",
            "action",
            unique=True,
            sqlite_where=text("status = 'open'"),
            postgresql_where=text("status = 'open'"),
        ),
        Index("ix_plate_task_order", "order_id", "status"),
    )

    order_id: Mapped[str] = mapped_column(OpaqueId, ForeignKey("plate_order.id"))
    plate_id: Mapped[str] = mapped_column(OpaqueId, ForeignKey("plate.id"))
    action: Mapped[str] = mapped_column(String(10))
    status: Mapped[str] = mapped_column(String(10))

    order: Mapped[PlateOrder] = relationship(lazy="select", viewonly=True)
    plate: Mapped[Plate] = relationship(lazy="select", viewonly=True)


class PlateVisit(Registered, Table):
    """One installer's report from the door: which serial, where, how exactly, with which photo, and how it was judged."""

    __tablename__ = "plate_visit"
    __table_args__ = (
        one_of("outcome", ("installed", "taken_down", "problem")),
        one_of("status", ("accepted", "review", "dismissed")),
        one_of("datum", DATUMS),
        CheckConstraint("lon BETWEEN -180 AND 180 AND lat BETWEEN -90 AND 90", name="on_the_globe"),
        CheckConstraint("accuracy_m IS NULL OR accuracy_m >= 0", name="accuracy_is_a_length"),
        Index("ix_plate_visit_listing", "status", "id"),
        Index("ix_plate_visit_plate", "plate_id"),
    )

    idempotency_key: Mapped[str] = mapped_column(String(80), unique=True)
    serial: Mapped[str] = mapped_column(String(40))
    plate_id: Mapped[str | None] = mapped_column(OpaqueId, ForeignKey("plate.id"))
    outcome: Mapped[str] = mapped_column(String(10))
    status: Mapped[str] = mapped_column(String(10))
    lon: Mapped[float | None] = mapped_column(Float(53))
    lat: Mapped[float | None] = mapped_column(Float(53))
    accuracy_m: Mapped[float | None] = mapped_column(Float(53))
    datum: Mapped[str] = mapped_column(String(10), default="WGS84")
    distance_m: Mapped[float | None] = mapped_column(Float(53))
    device_time: Mapped[datetime | None]
    received_at: Mapped[datetime]
    photo_sha256: Mapped[str | None] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(Text, default="")
    doubts: Mapped[list[Any]]
    installer_id: Mapped[str | None] = mapped_column(OpaqueId, ForeignKey("app_user.id"))

    plate: Mapped[Plate | None] = relationship(lazy="select", viewonly=True)
