"""The event log, jobs, users and keys: what keeps the register accountable and running."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, CheckConstraint, ForeignKey, Index, Integer, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gazetteer.store.models.core import Registered, Table, one_of
from gazetteer.store.types import OpaqueId

ROLES = ("viewer", "installer", "officer", "approver", "administrator")
JOB_STATUSES = ("queued", "running", "done", "failed", "cancelled")


class Event(Table):
    """One state change: numbered without gaps, chained by hash to the one before, never updated or deleted."""

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_subject", "subject_id", "seq"), Index("ix_event_action", "action", "seq"))

    seq: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(120))
    action: Mapped[str] = mapped_column(String(60))
    subject_kind: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[str | None] = mapped_column(OpaqueId)
    payload: Mapped[dict[str, Any]]
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)


class EventSubject(Table):
    """The records one bulk event touched; append-only, and covered by the digest in the event's payload."""

    __tablename__ = "event_subject"

    subject_id: Mapped[str] = mapped_column(OpaqueId, primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), ForeignKey("event.seq"), primary_key=True, index=True)


class EventHead(Table):
    """The one row that says where the chain ends; locked while an event is written, so that numbers have no gaps."""

    __tablename__ = "event_head"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str] = mapped_column(String(64))


class User(Registered, Table):
    """A person who may sign in. ``session_key`` changes when all sessions must end.

    ``division_id`` and ``authority`` limit whose decisions on names the person may enter; without them, all.
    """

    __tablename__ = "app_user"
    __table_args__ = (
        one_of("role", ROLES),
        one_of("language", ("", "zh", "en")),
        CheckConstraint("failed_sign_ins >= 0", name="failures_count"),
    )

    username: Mapped[str] = mapped_column(String(60), unique=True)
    display_name: Mapped[str] = mapped_column(String(60))
    password_hash: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(14))
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    language: Mapped[str] = mapped_column(String(2), default="")
    session_key: Mapped[str] = mapped_column(String(43), unique=True)
    failed_sign_ins: Mapped[int] = mapped_column(Integer, default=0)
    locked_until: Mapped[datetime | None]
    division_id: Mapped[str | None] = mapped_column(OpaqueId, ForeignKey("division.id"))
    authority: Mapped[str] = mapped_column(String(120), default="", server_default="")


class ApiKey(Registered, Table):
    """A key of another system: only its SHA-256 is kept; scopes say what it may do."""

    __tablename__ = "api_key"

    name: Mapped[str] = mapped_column(String(80))
    prefix: Mapped[str] = mapped_column(String(8), unique=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[Any]]
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    expires_at: Mapped[datetime | None]


class IdempotentAnswer(Table):
    """The answer once given to a write under an idempotency key, given again when the write is repeated."""

    __tablename__ = "idempotent_answer"
    __table_args__ = (UniqueConstraint("actor", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    actor: Mapped[str] = mapped_column(String(120))
    key: Mapped[str] = mapped_column(String(80))
    request_sha256: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    headers: Mapped[dict[str, Any]]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime]


class Job(Registered, Table):
    """A piece of long work: queued in the transaction that needs it, claimed by a worker under a lease, resumable."""

    __tablename__ = "job"
    __table_args__ = (
        one_of("status", JOB_STATUSES),
        CheckConstraint("done >= 0 AND total >= 0", name="progress_counts"),
        Index("ix_job_queue", "status", "lease_until", "id"),
    )

    kind: Mapped[str] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(10))
    params: Mapped[dict[str, Any]]
    result: Mapped[dict[str, Any] | None]
    error: Mapped[str] = mapped_column(Text, default="")
    done: Mapped[int] = mapped_column(BigInteger, default=0)
    total: Mapped[int] = mapped_column(BigInteger, default=0)
    owner: Mapped[str] = mapped_column(String(120), default="")
    worker: Mapped[str] = mapped_column(String(80), default="")
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    cancel_asked: Mapped[bool] = mapped_column(Boolean, default=False)
