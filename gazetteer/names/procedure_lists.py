"""Procedures in lists, as pages and the command line need them: filtered rows with deadlines, what is overdue and what soon will be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from gazetteer.names import clocks
from gazetteer.names.clocks import add_working_days, working_days_between
from gazetteer.names.dossier import RUNNING, category_of, division_of, next_step
from gazetteer.names.procedure_rules import ends_with_decision, kind_of, rule_of
from gazetteer.paging import Page, keyset
from gazetteer.store.models import NamingProcedure, User
from gazetteer.store.models.naming import PROCEDURE_STATUSES
from geoaddr.errors import UsageError


@dataclass(frozen=True, slots=True)
class ProcedureFilters:
    """Which procedures a list shows.

    ``running`` are those before the decision, ``to_decide`` of these the ones that wait for it, ``unfinished`` also those decided, taken
    to review or filed that still have a step before them. ``due``: ``overdue``, or ``soon`` (within the reminder's working days).
    """

    status: str = "unfinished"
    kind: str = ""
    place_id: str = ""
    division_id: str = ""
    overdue: bool = False
    due: str = ""
    q: str = ""


@dataclass(frozen=True, slots=True)
class ProcedureRow:
    """One procedure in a list; ``days_left`` counts working days to the deadline of ``due_step``, negative when it has passed."""

    id: str
    kind: str
    status: str
    place_id: str | None
    category: str
    old_name: str
    new_name: str
    division_id: str
    division_name: str
    proposed_by_name: str
    approved_by_name: str
    proposed_on: date
    decided_on: date | None
    due_on: date | None
    next_step: str
    due_step: str
    days_left: int | None
    version: int


def list_procedures(
    session: Session, filters: ProcedureFilters, *, after: str | None = None, limit: int = 50, today: date | None = None
) -> Page[ProcedureRow]:
    """Return one page of procedures, newest first, with the true total of all that fit."""
    now = today or clocks.today()
    page = keyset(session, _filtered(filters, now), NamingProcedure.id, after=after, limit=limit, newest_first=True)
    return Page(tuple(procedure_row(session, one, now) for one in page.rows), page.total, page.next_after)


def count_procedures(session: Session, filters: ProcedureFilters, *, today: date | None = None) -> int:
    """Return how many procedures fit."""
    fitting = _filtered(filters, today or clocks.today()).with_only_columns(NamingProcedure.id)
    return session.scalar(select(func.count()).select_from(fitting.subquery())) or 0


def due_procedures(session: Session, *, today: date | None = None) -> list[ProcedureRow]:
    """Return every procedure whose deadline has passed or comes within the reminder's working days, the most pressing first."""
    now = today or clocks.today()
    late = select(NamingProcedure).where(NamingProcedure.due_on <= remind_until(now)).order_by(NamingProcedure.due_on, NamingProcedure.id)
    return [procedure_row(session, one, now) for one in session.scalars(late)]


def due_counts(session: Session, *, today: date | None = None) -> dict[str, int]:
    """Return how many procedures are ``overdue`` and how many are due ``soon``."""
    now = today or clocks.today()
    counted = select(func.count()).select_from(NamingProcedure)
    return {name: session.scalar(counted.where(_due(name, now))) or 0 for name in ("overdue", "soon")}


def remind_until(today: date) -> date:
    """Return the last deadline of which a reminder is given on a day: with three working days, Monday 2026-11-23 -> 2026-11-26."""
    return add_working_days(today, rule_of("remind_working_days"))


def procedure_row(session: Session, one: NamingProcedure, now: date) -> ProcedureRow:
    """Return a procedure as a row of a list."""
    division = division_of(session, one)
    return ProcedureRow(
        one.id, one.kind, one.status, one.place_id, category_of(one), one.old_name, one.new_name, division.id, division.name,
        name_of(session, one.proposed_by), name_of(session, one.approved_by),
        one.proposed_on, one.decided_on, one.due_on, next_step(one), due_step(one),
        working_days_between(now, one.due_on) if one.due_on else None, one.version,
    )  # fmt: skip


def due_step(procedure: NamingProcedure) -> str:
    """Return the step whose deadline a procedure has: before the decision that of the decision, though a check may come first."""
    return "decision" if procedure.status in RUNNING else next_step(procedure)


def name_of(session: Session, user_id: str | None) -> str:
    """Return the name by which colleagues know a user, '' for none."""
    user = session.get(User, user_id) if user_id else None
    return user.display_name if user else ""


def _filtered(filters: ProcedureFilters, now: date) -> Select[Any]:
    statement = select(NamingProcedure).where(_in_status(filters.status))
    if filters.kind:
        statement = statement.where(NamingProcedure.kind == kind_of(filters.kind).id)
    if filters.place_id:
        statement = statement.where(NamingProcedure.place_id == filters.place_id)
    if filters.division_id:
        statement = statement.where(NamingProcedure.division_id == filters.division_id)
    if due := ("overdue" if filters.overdue else filters.due):
        statement = statement.where(_due(due, now))
    if text := filters.q.strip():
        old, new = NamingProcedure.old_name, NamingProcedure.new_name
        statement = statement.where(old.contains(text, autoescape=True) | new.contains(text, autoescape=True))
    return statement


def _in_status(status: str) -> ColumnElement[bool]:
    if status == "unfinished":
        decided = and_(NamingProcedure.status == "approved", NamingProcedure.kind.not_in(ends_with_decision()))
        return or_(NamingProcedure.status.in_((*RUNNING, "filed", "appealed")), decided)
    groups = {"running": RUNNING, "to_decide": ("checked", "consulted"), "all": PROCEDURE_STATUSES}
    if status not in groups and status not in PROCEDURE_STATUSES:
        raise UsageError(f"没有“{status[:20]}”这一状态", field="status")
    return NamingProcedure.status.in_(groups.get(status, (status,)))


def _due(name: str, now: date) -> ColumnElement[bool]:
    if name == "overdue":
        return NamingProcedure.due_on < now
    if name != "soon":
        raise UsageError(f"没有“{name[:20]}”这种期限", field="due")
    return and_(NamingProcedure.due_on >= now, NamingProcedure.due_on <= remind_until(now))
