"""The register in figures: true counts of everything in it, and what waits for whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, func, select, text
from sqlalchemy.orm import Session

from gazetteer.cases.records import case_counts
from gazetteer.names import clocks
from gazetteer.names.finding_filters import FindingFilters, filtered
from gazetteer.names.procedure_lists import remind_until
from gazetteer.store.events import last_seq
from gazetteer.store.models import (
    AddressLink,
    CaseRecord,
    Division,
    Event,
    Finding,
    Job,
    NamingProcedure,
    PlaceName,
    Plate,
    PlateOrder,
    PlateVisit,
    StandardAddress,
)
from gazetteer.store.models.naming import RUNNING

DECIDING = ("officer", "approver", "administrator")
UNSETTLED = ("open", "deferred", "in_procedure")


@dataclass(frozen=True, slots=True)
class Overview:
    """Counts by status of each noun; ``findings`` are the unsettled ones by class, ``cases`` by kind and status."""

    divisions: dict[str, int]
    names: dict[str, int]
    addresses: dict[str, int]
    plates: dict[str, int]
    findings: dict[str, int]
    cases: dict[str, dict[str, int]]
    jobs: dict[str, int]
    seq: int

    @property
    def is_empty(self) -> bool:
        """Say whether nothing has been brought in yet."""
        return not (self.divisions or self.names or self.addresses)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One kind of work that waits for a person: its code and how many pieces there are."""

    code: str
    count: int


def overview(session: Session) -> Overview:
    """Count everything in the register, as this transaction sees it."""
    return Overview(
        divisions=_by(session, Division.status),
        names=_by(session, PlaceName.status),
        addresses=_by(session, StandardAddress.status),
        plates=_by(session, Plate.status),
        findings=_by(session, Finding.issue_class, Finding.status.in_(UNSETTLED)),
        cases=case_counts(session),
        jobs=_by(session, Job.status),
        seq=last_seq(session),
    )


def waiting(session: Session, role: str, *, division_id: str = "", today: date | None = None) -> list[Waiting]:
    """Return what waits for somebody in this role, the most pressing first; kinds of which there are none are left out.

    Doubts are those that somebody limited to ``division_id`` may settle, all without it: what the queue opens on.
    """
    now = today or clocks.today()
    doubts = filtered(session, FindingFilters(status="open", reach=division_id, on=now), select(Finding.id)).subquery()
    questions: list[tuple[str, Any, tuple[str, ...]]] = [
        ("failed_jobs", select(func.count()).select_from(Job).where(Job.status == "failed"), ("administrator",)),
        ("procedures_overdue", select(func.count()).select_from(NamingProcedure).where(NamingProcedure.due_on < now), DECIDING),
        ("procedures_due_soon", _due_soon(now), DECIDING),
        ("procedures_to_approve", _procedures("status IN ('checked', 'consulted')"), ("approver", "administrator")),
        ("visits_in_review", select(func.count()).select_from(PlateVisit).where(PlateVisit.status == "review"), DECIDING),
        ("open_findings", select(func.count()).select_from(doubts), DECIDING),
        ("running_procedures", _procedures(RUNNING), ("officer", "administrator")),
        ("links_in_review", _links("review"), DECIDING),
        ("cases_unmatched", select(func.count()).select_from(CaseRecord).where(CaseRecord.status == "unmatched"), DECIDING),
        ("open_orders", select(func.count()).select_from(PlateOrder).where(PlateOrder.status == "open"), ("officer", "administrator")),
    ]
    found = [Waiting(code, session.scalar(statement) or 0) for code, statement, roles in questions if role in roles]
    return [one for one in found if one.count]


def recent_events(session: Session, *, limit: int = 12, without: tuple[str, ...] = ()) -> list[Event]:
    """Return the newest events, newest first; actions that begin with one of ``without`` are left out."""
    statement = select(Event).order_by(Event.seq.desc())
    for beginning in without:
        statement = statement.where(Event.action.not_like(f"{beginning}%"))
    return list(session.scalars(statement.limit(limit)))


def tail_holds(session: Session, *, length: int = 200) -> bool:
    """Say whether the newest events follow each other without a gap; the whole chain is checked on the health page."""
    newest = list(session.execute(select(Event.seq, Event.hash, Event.previous_hash).order_by(Event.seq.desc()).limit(length)))
    pairs = zip(newest, islice(newest, 1, None), strict=False)
    return all(later.seq == earlier.seq + 1 and later.previous_hash == earlier.hash for later, earlier in pairs)


def _by(session: Session, column: Any, condition: ColumnElement[bool] | None = None) -> dict[str, int]:
    statement = select(column, func.count()).group_by(column).order_by(column)
    if condition is not None:
        statement = statement.where(condition)
    return {row[0]: row[1] for row in session.execute(statement)}


def _procedures(condition: str) -> Any:
    return select(func.count()).select_from(NamingProcedure).where(text(condition))


def _due_soon(now: date) -> Any:
    held = (NamingProcedure.due_on >= now) & (NamingProcedure.due_on <= remind_until(now))
    return select(func.count()).select_from(NamingProcedure).where(held)


def _links(status: str) -> Any:
    return select(func.count()).select_from(AddressLink).where(AddressLink.status == status)
