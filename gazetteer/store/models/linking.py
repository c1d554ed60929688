"""What look-ups did not find, and the aliases proposed from how people decided."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from gazetteer.store.models.core import Registered, Table, one_of
from gazetteer.store.models.places import VARIANT_KINDS, NameVariant, PlaceName
from gazetteer.store.types import OpaqueId

UNKNOWN_STATUSES = ("open", "ignored", "settled")
UNKNOWN_LABELS = ("road", "village_group", "community", "poi")
PROPOSAL_STATUSES = ("proposed", "adopted", "refused", "withdrawn")


class UnknownName(Registered, Table):
    """A name that texts give and the register lacks, with the district and town they name, counted; nothing else of any text is kept.

    Counts are measurements: they grow without events. What a person decides about the name is an event.
    """

    __tablename__ = "unknown_name"
    __table_args__ = (
        one_of("label", UNKNOWN_LABELS),
        one_of("status", UNKNOWN_STATUSES),
        UniqueConstraint("name", "label", "district", "town"),
        CheckConstraint("length(name) >= 2", name="has_a_name"),
        CheckConstraint("times = lookups + batches + cases", name="counts_add_up"),
        CheckConstraint("status = 'open' OR reason <> ''", name="says_why_settled"),
        Index("ix_unknown_name_listing", "status", "times", "id"),
    )

    name: Mapped[str] = mapped_column(String(40))
    label: Mapped[str] = mapped_column(String(14))
    district: Mapped[str] = mapped_column(String(60), default="")
    town: Mapped[str] = mapped_column(String(60), default="")
    example: Mapped[str] = mapped_column(String(160), default="")
    times: Mapped[int] = mapped_column(Integer, default=0)
    lookups: Mapped[int] = mapped_column(Integer, default=0)
    batches: Mapped[int] = mapped_column(Integer, default=0)
    cases: Mapped[int] = mapped_column(Integer, default=0)
    first_seen: Mapped[datetime]
    last_seen: Mapped[datetime]
    status: Mapped[str] = mapped_column(String(8), default="open")
    reason: Mapped[str] = mapped_column(String(200), default="")


class AliasProposal(Registered, Table):
    """An alias proposed for a place from what a person decided or what was not found, with what adopting it would change.

    ``replay`` holds the counts and, per link that would change, its id with the verdict and entry id before and after; never a text.
    """

    __tablename__ = "alias_proposal"
    __table_args__ = (
        one_of("status", PROPOSAL_STATUSES),
        one_of("kind", VARIANT_KINDS),
        CheckConstraint("decided_by IS NULL OR decided_by <> proposed_by", name="two_pairs_of_eyes"),
        CheckConstraint("status = 'proposed' OR decided_by IS NOT NULL", name="decided_by_somebody"),
        Index(
            "uq_alias_proposal_running",
            "place_id",
            "name",
            unique=True,
            sqlite_where=text("status IN ('proposed', 'adopted')"),
            postgresql_where=text("status IN ('proposed', 'adopted')"),
        ),
        Index("ix_alias_proposal_listing", "status", "id"),
    )

    place_id: Mapped[str] = mapped_column(OpaqueId, ForeignKey("place_name.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(12))
    status: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(Text, default="")
    link_id: Mapped[str | None] = mapped_column(OpaqueId, ForeignKey("address_link.id"))
    unknown_id: Mapped[str | None] = mapped_column(OpaqueId, ForeignKey("unknown_name.id"))
    variant_id: Mapped[str | None] = mapped_column(OpaqueId)
    procedure_id: Mapped[str | None] = mapped_column(OpaqueId, ForeignKey("naming_procedure.id"), index=True)
    replay: Mapped[dict[str, Any]]
    replay_seq: Mapped[int] = mapped_column(Integer)
    proposed_by: Mapped[str] = mapped_column(String(80))
    decided_by: Mapped[str | None] = mapped_column(String(80))
    decided_at: Mapped[datetime | None]

    place: Mapped[PlaceName] = relationship(lazy="select", viewonly=True)
    variant: Mapped[NameVariant | None] = relationship(
        lazy="select", viewonly=True, primaryjoin="foreign(AliasProposal.variant_id) == NameVariant.id"
    )
