"""Doubts about names, and the legal procedures that decide them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from gazetteer.store.models.core import Registered, Table, one_of
from gazetteer.store.models.divisions import Division
from gazetteer.store.models.places import PlaceName
from gazetteer.store.types import OpaqueId

FINDING_STATUSES = ("open", "deferred", "dismissed", "in_procedure", "cured")
DIVISION_KINDS = ("division_rename", "division_merge", "division_split")
PROCEDURE_KINDS = ("name", "rename", "retire", "correct", "merge", "split", "alias", "protect", "delist", *DIVISION_KINDS)
PROCEDURE_STATUSES = ("proposed", "checked", "consulted", "approved", "filed", "announced", "refused", "withdrawn", "appealed")
STEP_KINDS = (
    "proposal", "check", "expert_opinion", "public_opinion", "department_opinion", "decision", "filing", "announcement", "withdrawal",
    "appeal", "appeal_decision", "paper", "note",
)  # fmt: skip
PROTECTION_GRADES = ("first", "second", "third")
RUNNING = "status IN ('proposed', 'checked', 'consulted')"
UNSETTLED = "status IN ('open', 'deferred', 'in_procedure')"


class Finding(Registered, Table):
    """One doubt about one thing in the register, raised by one rule: evidence, article and known exception beside it."""

    __tablename__ = "finding"
    __table_args__ = (
        one_of("status", FINDING_STATUSES),
        one_of("severity", ("blocks", "warns")),
        one_of("subject_kind", ("place_name", "standard_address", "plate", "division")),
        CheckConstraint("status <> 'dismissed' OR reason <> ''", name="dismissed_with_reason"),
        Index(
            "uq_finding_unsettled",
            "rule",
            "subject_id",
            "evidence",
            unique=True,
            sqlite_where=text(UNSETTLED),
            postgresql_where=text(UNSETTLED),
        ),
        Index("ix_finding_listing", "status", "id"),
        Index("ix_finding_subject", "subject_id"),
    )

    rule: Mapped[str] = mapped_column(String(60))
    issue_class: Mapped[str] = mapped_column(String(4), default="")
    severity: Mapped[str] = mapped_column(String(10))
    subject_kind: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[str] = mapped_column(OpaqueId)
    subject_label: Mapped[str] = mapped_column(String(300))
    division_id: Mapped[str] = mapped_column(OpaqueId, ForeignKey("division.id"), index=True)
    evidence: Mapped[str] = mapped_column(String(300))
    article: Mapped[str] = mapped_column(String(200))
    exception: Mapped[str] = mapped_column(String(300), default="")
    status: Mapped[str] = mapped_column(String(14))
    reason: Mapped[str] = mapped_column(Text, default="")
    assigned_to: Mapped[str | None] = mapped_column(OpaqueId, ForeignKey("app_user.id"))


class RuleIgnore(Registered, Table):
    """One entry of a rule's ignore-list: the rule is silent about one record, or about a word, for a reason somebody gave.

    ``subject_id`` names the record, or ``word`` a text that the label or evidence holds; ``until`` ends it.
    """

    __tablename__ = "rule_ignore"
    __table_args__ = (
        one_of("status", ("active", "lifted")),
        CheckConstraint("(subject_id IS NULL) <> (word = '')", name="about_one_thing"),
        CheckConstraint("reason <> ''", name="with_reason"),
        CheckConstraint("until IS NULL OR until >= since", name="a_period"),
        Index("ix_rule_ignore_listing", "status", "id"),
    )

    rule: Mapped[str] = mapped_column(String(60))
    subject_id: Mapped[str | None] = mapped_column(OpaqueId)
    subject_label: Mapped[str] = mapped_column(String(300), default="")
    word: Mapped[str] = mapped_column(String(60), default="")
    reason: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(10))
    by_user: Mapped[str | None] = mapped_column(OpaqueId, ForeignKey("app_user.id"))
    since: Mapped[date]
    until: Mapped[date | None]


class NamingProcedure(Registered, Table):
    """One legal procedure 办件 about one place or one division, from proposal to announcement, with its clocks.

    ``details`` holds what a kind needs beside a name: ``sources`` (merge), ``parts`` (split), ``variant_kind`` (alias), ``grade`` and
    ``heritage_class`` (protect), ``ground`` (delist), ``codes`` and ``parts`` (divisions).
    """

    __tablename__ = "naming_procedure"
    __table_args__ = (
        one_of("kind", PROCEDURE_KINDS),
        one_of("status", PROCEDURE_STATUSES),
        CheckConstraint("kind NOT IN ('name', 'rename', 'correct', 'alias', 'division_rename') OR new_name <> ''", name="proposes_a_name"),
        CheckConstraint("(place_id IS NULL) <> (division_id IS NULL)", name="about_one_thing"),
        CheckConstraint("approved_by IS NULL OR approved_by <> proposed_by", name="two_pairs_of_eyes"),
        CheckConstraint("status NOT IN ('approved', 'filed', 'announced') OR approved_by IS NOT NULL", name="approved_by_somebody"),
        CheckConstraint("cascade_done <= cascade_total", name="progress_is_a_share"),
        Index("uq_naming_procedure_running", "place_id", unique=True, sqlite_where=text(RUNNING), postgresql_where=text(RUNNING)),
        Index(
            "uq_naming_procedure_running_division", "division_id", unique=True, sqlite_where=text(RUNNING), postgresql_where=text(RUNNING)
        ),
        Index("ix_naming_procedure_due", "due_on"),
        Index("ix_naming_procedure_listing", "status", "id"),
    )

    kind: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(12))
    place_id: Mapped[str | None] = mapped_column(OpaqueId, ForeignKey("place_name.id"))
    division_id: Mapped[str | None] = mapped_column(OpaqueId, ForeignKey("division.id"))
    new_place_id: Mapped[str | None] = mapped_column(OpaqueId, ForeignKey("place_name.id"))
    finding_id: Mapped[str | None] = mapped_column(OpaqueId, ForeignKey("finding.id"), index=True)
    old_name: Mapped[str] = mapped_column(String(120))
    new_name: Mapped[str] = mapped_column(String(120), default="")
    reason: Mapped[str] = mapped_column(Text)
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    checks: Mapped[list[Any]]
    authority: Mapped[str] = mapped_column(String(120), default="")
    decision_no: Mapped[str] = mapped_column(String(120), default="")
    proposed_by: Mapped[str] = mapped_column(OpaqueId, ForeignKey("app_user.id"))
    approved_by: Mapped[str | None] = mapped_column(OpaqueId, ForeignKey("app_user.id"))
    proposed_on: Mapped[date]
    decided_on: Mapped[date | None]
    due_on: Mapped[date | None]
    cascade_total: Mapped[int] = mapped_column(Integer, default=0)
    cascade_done: Mapped[int] = mapped_column(Integer, default=0)

    place: Mapped[PlaceName | None] = relationship(foreign_keys=[place_id], lazy="select", viewonly=True)
    division: Mapped[Division | None] = relationship(foreign_keys=[division_id], lazy="select", viewonly=True)
    steps: Mapped[list[ProcedureStep]] = relationship(lazy="select", viewonly=True, order_by="ProcedureStep.id")


class ProcedureStep(Registered, Table):
    """One dated entry in a procedure: an opinion, a paper, a decision, who gave it and what it said."""

    __tablename__ = "procedure_step"
    __table_args__ = (
        one_of("kind", STEP_KINDS),
        Index("ix_procedure_step_procedure", "procedure_id", "id"),
    )

    procedure_id: Mapped[str] = mapped_column(OpaqueId, ForeignKey("naming_procedure.id"))
    kind: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime]
    by_user: Mapped[str | None] = mapped_column(OpaqueId, ForeignKey("app_user.id"))
    attachment_id: Mapped[str | None] = mapped_column(OpaqueId, ForeignKey("attachment.id"))


class Attachment(Registered, Table):
    """One file belonging to a record, kept in the media folder under its SHA-256; ``paper`` says which needed paper it is, or ''."""

    __tablename__ = "attachment"
    __table_args__ = (UniqueConstraint("subject_id", "sha256"), CheckConstraint("size_bytes >= 0", name="has_a_size"))

    subject_kind: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[str] = mapped_column(OpaqueId, index=True)
    paper: Mapped[str] = mapped_column(String(30), default="")
    sha256: Mapped[str] = mapped_column(String(64))
    filename: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    size_bytes: Mapped[int] = mapped_column(Integer)


class Protection(Registered, Table):
    """One entry of the protection list 地名保护名录: a name of historical or cultural value, its grade and since when it is listed."""

    __tablename__ = "protection"
    __table_args__ = (
        one_of("grade", PROTECTION_GRADES),
        CheckConstraint("delisted_on IS NULL OR delisted_on >= listed_on", name="listing_is_a_period"),
        Index(
            "uq_protection_listed",
            "place_id",
            unique=True,
            sqlite_where=text("delisted_on IS NULL"),
            postgresql_where=text("delisted_on IS NULL"),
        ),
    )

    place_id: Mapped[str] = mapped_column(OpaqueId, ForeignKey("place_name.id"))
    procedure_id: Mapped[str | None] = mapped_column(OpaqueId, ForeignKey("naming_procedure.id"))
    grade: Mapped[str] = mapped_column(String(10))
    heritage_class: Mapped[str] = mapped_column(String(20), default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    listed_on: Mapped[date]
    delisted_on: Mapped[date | None]
