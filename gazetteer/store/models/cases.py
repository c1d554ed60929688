"""Records of business systems, their persons kept apart, and what each address text is linked to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Float, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from gazetteer.store.models.core import Registered, Table, one_of
from gazetteer.store.models.places import PlaceName, StandardAddress
from gazetteer.store.types import OpaqueId

CASE_KINDS = ("elder", "cemetery", "station")
LINK_ROLES = ("registered", "residence", "site")
"""户籍地址, 实际居住地址, and the site of a cemetery or station."""

CASE_STATUSES = ("linked", "review", "unmatched", "rejected")
SETTLED_LINK = "status <> 'superseded'"


class CaseRecord(Registered, Table):
    """One record of a business system, without anything about a person; its state is that of its worst link."""

    __tablename__ = "case_record"
    __table_args__ = (
        one_of("kind", CASE_KINDS),
        one_of("status", ("loaded", *CASE_STATUSES)),
        UniqueConstraint("kind", "ref"),
        Index("ix_case_record_listing", "kind", "status", "id"),
        CheckConstraint("(lon IS NULL) = (lat IS NULL)", name="whole_position"),
    )

    kind: Mapped[str] = mapped_column(String(10))
    ref: Mapped[str] = mapped_column(String(80))
    title: Mapped[str] = mapped_column(String(200), default="")
    attributes: Mapped[dict[str, Any]]
    status: Mapped[str] = mapped_column(String(10))
    lon: Mapped[float | None] = mapped_column(Float(53))
    lat: Mapped[float | None] = mapped_column(Float(53))
    division_code: Mapped[str] = mapped_column(String(12), default="")

    links: Mapped[list[AddressLink]] = relationship(lazy="select", viewonly=True, order_by="AddressLink.id")


class CasePerson(Table):
    """The person of a case record: encrypted as a whole, readable only by role, each reading logged."""

    __tablename__ = "case_person"

    case_id: Mapped[str] = mapped_column(OpaqueId, ForeignKey("case_record.id"), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    key_id: Mapped[str] = mapped_column(String(16))


class AddressLink(Registered, Table):
    """What one address text of one case record is linked to, with the verdict, its evidence and what it was decided on.

    The text of an elder's address is person data: it is kept here for re-deciding, and shown only to case roles.
    """

    __tablename__ = "address_link"
    __table_args__ = (
        one_of("role", LINK_ROLES),
        one_of("status", ("linked", "review", "unmatched", "rejected", "superseded")),
        one_of("verdict", ("A", "B", "C", "N", "X")),
        one_of("decided_by", ("engine", "person")),
        CheckConstraint("status <> 'linked' OR address_id IS NOT NULL OR place_id IS NOT NULL", name="linked_to_something"),
        CheckConstraint("status NOT IN ('unmatched', 'rejected') OR reason <> ''", name="says_why_not"),
        Index(
            "uq_address_link_current", "case_id", "role", unique=True, sqlite_where=text(SETTLED_LINK), postgresql_where=text(SETTLED_LINK)
        ),
        Index("ix_address_link_case", "case_id", "role"),
        Index("ix_address_link_address", "address_id"),
        Index("ix_address_link_place", "place_id"),
        Index("ix_address_link_listing", "status", "id"),
    )

    case_id: Mapped[str] = mapped_column(OpaqueId, ForeignKey("case_record.id"))
    role: Mapped[str] = mapped_column(String(12))
    text: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(10))
    verdict: Mapped[str] = mapped_column(String(1))
    reason: Mapped[str] = mapped_column(String(80), default="")
    answer: Mapped[dict[str, Any]]
    address_id: Mapped[str | None] = mapped_column(OpaqueId, ForeignKey("standard_address.id"))
    place_id: Mapped[str | None] = mapped_column(OpaqueId, ForeignKey("place_name.id"))
    decided_by: Mapped[str] = mapped_column(String(6))
    decided_at: Mapped[datetime]
    thresholds_version: Mapped[str] = mapped_column(String(40), default="")
    register_seq: Mapped[int]

    case: Mapped[CaseRecord] = relationship(lazy="select", viewonly=True)
    address: Mapped[StandardAddress | None] = relationship(lazy="select", viewonly=True)
    place: Mapped[PlaceName | None] = relationship(lazy="select", viewonly=True)
