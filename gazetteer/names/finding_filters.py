"""Which doubts a list shows: by class, rule, status, division, assignee, age and deadline, as SQL over indexed columns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from gazetteer.divisions import below, find_division
from gazetteer.names import clocks
from gazetteer.names.clocks import CHINA, add_working_days, is_working_day
from gazetteer.names.procedure_lists import remind_until
from gazetteer.names.procedure_rules import rule_of
from gazetteer.reach import units_within
from gazetteer.store.events import last_seq
from gazetteer.store.models import Division, Event, Finding, NamingProcedure
from geoaddr.errors import NotFound, UsageError

UNSETTLED = ("open", "deferred", "in_procedure")
WAITING = ("open", "deferred")
STATUSES = ("open", "deferred", "dismissed", "in_procedure", "cured")
AGES = {"week": (0, 7), "month": (7, 30), "older": (30, None)}
"""Age of a doubt in days: raised within the last week, within the last month but not the last week, before that."""
DUES = ("overdue", "soon")


@dataclass(frozen=True, slots=True)
class FindingFilters:
    """Which doubts a list shows; empty fields do not filter.

    ``division_id`` means it and all below; class ``none`` the unclassed, ``assigned_to`` ``none`` those of nobody; ``age`` one of
    ``AGES``; ``due`` ``overdue`` or ``soon``, by the procedure's deadline or, before there is one, the office's own period;
    both as of the day ``on`` (today where none is given); ``reach`` a division: what somebody limited to it may settle.
    """

    status: str = "unsettled"
    issue_class: str = ""
    rule: str = ""
    severity: str = ""
    division_id: str = ""
    assigned_to: str = ""
    subject_id: str = ""
    age: str = ""
    due: str = ""
    q: str = ""
    reach: str = ""
    on: date | None = None


def filtered(session: Session, filters: FindingFilters, statement: Select[Any]) -> Select[Any]:
    """Return a select over ``Finding`` with the filters' conditions; ``UsageError`` for a value no filter has."""
    if filters.status == "unsettled":
        statement = statement.where(Finding.status.in_(UNSETTLED))
    elif filters.status != "all":
        if filters.status not in STATUSES:
            raise UsageError(f"没有“{filters.status[:20]}”这一状态", field="status")
        statement = statement.where(Finding.status == filters.status)
    if filters.issue_class:
        statement = statement.where(Finding.issue_class == ("" if filters.issue_class == "none" else filters.issue_class))
    for name in ("rule", "severity", "subject_id"):
        if value := getattr(filters, name):
            statement = statement.where(getattr(Finding, name) == value)
    if filters.assigned_to:
        nobody = filters.assigned_to == "none"
        statement = statement.where(Finding.assigned_to.is_(None) if nobody else Finding.assigned_to == filters.assigned_to)
    if filters.division_id:
        division = session.get(Division, filters.division_id)
        if division is None:
            raise NotFound("没有这个行政区划", field="division_id")
        statement = statement.where(Finding.division_id.in_(below(session, division)))
    if filters.reach:
        statement = statement.where(Finding.division_id.in_(units_within(session, find_division(session, filters.reach))))
    if filters.q.strip():
        statement = statement.where(Finding.subject_label.contains(filters.q.strip(), autoescape=True))
    now = filters.on or clocks.today()
    if filters.age:
        statement = statement.where(*_aged(session, filters.age, now))
    return statement.where(_due(session, filters.due, now)) if filters.due else statement


def finding_due_on(raised: date) -> date:
    """Return by when a doubt is to be decided or taken into a procedure: the office's own period, counted from when it was raised."""
    return add_working_days(raised, rule_of("finding_working_days"))


def seq_before(session: Session, moment: datetime) -> int:
    """Return the number of the last event before a moment, 0 where there is none; found by halving, events are in order of time."""
    low, high = 0, last_seq(session)
    while low < high:
        middle = (low + high + 1) // 2
        at = session.scalar(select(Event.at).where(Event.seq == middle))
        if at is not None and at < moment:
            low = middle
        else:
            high = middle - 1
    return low


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), CHINA)


def _aged(session: Session, age: str, now: date) -> list[ColumnElement[bool]]:
    if age not in AGES:
        raise UsageError(f"没有“{age[:20]}”这种时间", field="age")
    least, most = AGES[age]
    conditions: list[ColumnElement[bool]] = []
    if least:
        conditions.append(Finding.created_seq <= seq_before(session, _start_of(now - timedelta(days=least))))
    if most is not None:
        conditions.append(Finding.created_seq > seq_before(session, _start_of(now - timedelta(days=most))))
    return conditions


def _due(session: Session, due: str, now: date) -> ColumnElement[bool]:
    if due not in DUES:
        raise UsageError(f"没有“{due[:20]}”这种期限", field="due")
    late = seq_before(session, _start_of(_raised_by(now) + timedelta(days=1)))
    about = and_(NamingProcedure.finding_id == Finding.id, NamingProcedure.due_on.is_not(None))
    if due == "overdue":
        procedures = select(NamingProcedure.id).where(about, NamingProcedure.due_on < now)
        own = Finding.created_seq <= late
    else:
        until = remind_until(now)
        procedures = select(NamingProcedure.id).where(about, NamingProcedure.due_on >= now, NamingProcedure.due_on <= until)
        soon = seq_before(session, _start_of(_raised_by(until + timedelta(days=1)) + timedelta(days=1)))
        own = and_(Finding.created_seq > late, Finding.created_seq <= soon)
    return or_(and_(Finding.status.in_(WAITING), own), and_(Finding.status == "in_procedure", procedures.exists()))


def _raised_by(now: date) -> date:
    """Return the last day on which a doubt was raised whose own period is over before ``now``."""
    day, left = now, rule_of("finding_working_days")
    while left > 0:
        day -= timedelta(days=1)
        left -= is_working_day(day)
    return day - timedelta(days=1)
