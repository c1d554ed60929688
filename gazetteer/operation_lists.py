"""Jobs and events as lists: filters, true totals, keyset pages."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gazetteer.paging import LARGEST_PAGE, Page, keyset
from gazetteer.store.models import Event, EventSubject, Job


def list_jobs(
    session: Session, *, kind: str = "", status: str = "", owner: str = "", after: str | None = None, limit: int = 50
) -> Page[Job]:
    """Return jobs by kind, status and owner, newest first."""
    statement = select(Job)
    for column, wanted in ((Job.kind, kind), (Job.status, status), (Job.owner, owner)):
        if wanted:
            statement = statement.where(column == wanted)
    return keyset(session, statement, Job.id, after=after, limit=limit, newest_first=True)


def jobs_ahead(session: Session, job: Job) -> int:
    """Return how many jobs are run before this one."""
    ahead = select(func.count()).select_from(Job).where(Job.status.in_(("queued", "running")), Job.id < job.id)
    return session.scalar(ahead) or 0


def list_events(
    session: Session,
    *,
    subject_kind: str = "",
    action: str = "",
    actor: str = "",
    subject_id: str = "",
    after: str | None = None,
    limit: int = 50,
) -> Page[Event]:
    """Return events, newest first; ``action`` is the beginning of one, ``subject_id`` also finds bulk events that touched the record."""
    statement = select(Event)
    if subject_kind:
        statement = statement.where(Event.subject_kind == subject_kind)
    if action:
        statement = statement.where(Event.action.startswith(action, autoescape=True))
    if actor:
        statement = statement.where(Event.actor == actor)
    if subject_id:
        many = select(EventSubject.seq).where(EventSubject.subject_id == subject_id)
        statement = statement.where((Event.subject_id == subject_id) | Event.seq.in_(many))
    total = session.scalar(select(func.count()).select_from(statement.subquery())) or 0
    size = max(1, min(limit, LARGEST_PAGE))
    if after is not None and after.isdecimal():
        statement = statement.where(Event.seq < int(after[:18]))
    rows = list(session.scalars(statement.order_by(Event.seq.desc()).limit(size + 1)))
    return Page(tuple(rows[:size]), total, str(rows[size - 1].seq) if len(rows) > size else None)


def event_kinds(session: Session) -> list[str]:
    """Return the kinds of records that have events."""
    found: Any = session.scalars(select(Event.subject_kind).distinct().order_by(Event.subject_kind))
    return list(found)
