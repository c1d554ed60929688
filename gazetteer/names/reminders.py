"""Reminders of procedures whose deadline has passed or is near: to each person their own first, and once a day on record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from gazetteer.jobs import Progress, Running, enqueue
from gazetteer.names import clocks
from gazetteer.names.competence import why_not_decider
from gazetteer.names.dossier import decider, division_of
from gazetteer.names.procedure_lists import ProcedureRow, procedure_row, remind_until
from gazetteer.plates.serials import hold_register
from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM, Actor, record_many
from gazetteer.store.models import Job, NamingProcedure

REMIND_JOB = "remind_due"


@dataclass(frozen=True, slots=True)
class Reminder:
    """One procedure to be reminded of, and why it is this person's: ``decides``, ``proposed``, ``decided``; '' where it is not."""

    row: ProcedureRow
    why: str


def reminders(session: Session, actor: Actor, *, today: date | None = None) -> list[Reminder]:
    """Return every procedure overdue or soon due: what is this person's first, then the most pressing."""
    day = today or clocks.today()
    found = [Reminder(procedure_row(session, one, day), _whose(session, one, actor)) for one in _due(session, day)]
    return sorted(found, key=lambda one: (not one.why, one.row.due_on or day, one.row.id))


def remind_daily(store: Store, *, today: date | None = None) -> bool:
    """Queue the reminder of a day, once, whoever asks and however often; says whether this call did."""
    day = (today or clocks.today()).isoformat()
    with store.reading() as session:
        if _reminded(session, day):
            return False
    with store.transaction() as session:
        hold_register(session)  # another worker may have asked at the same moment
        if _reminded(session, day):
            return False
        enqueue(session, REMIND_JOB, {"day": day}, actor=SYSTEM)
        return True


def remind_due(job: Running) -> Iterator[Progress | dict[str, object]]:
    """Put on record, in the job's result and in the history of each procedure, what is overdue and what soon will be.

    Run again after a crash it writes no second event.
    """
    day = date.fromisoformat(job.params["day"])
    with job.store.transaction() as session:
        due = [(one, procedure_row(session, one, day)) for one in _due(session, day)]
        ids = [one.id for one, _row in due]
        if ids and job.done == 0:
            payload = {"day": day.isoformat(), "job_id": job.id}
            record_many(
                session, actor=SYSTEM, action="naming_procedure.remind", subject_kind="naming_procedure", subject_ids=ids, payload=payload
            )
        session.execute(update(Job).where(Job.id == job.id).values(done=max(len(ids), 1)))  # progress, no state change
        result: dict[str, object] = {
            "day": day.isoformat(), "overdue": sum(row.due_on is not None and row.due_on < day for _one, row in due),
            "soon": sum(row.due_on is not None and row.due_on >= day for _one, row in due),
            "procedures": [{"id": row.id, "next_step": row.next_step, "days_left": row.days_left} for _one, row in due],
        }  # fmt: skip
    yield result


def _reminded(session: Session, day: str) -> bool:
    newest = select(Job.params).where(Job.kind == REMIND_JOB).order_by(Job.id.desc()).limit(10)
    return any(params.get("day") == day for params in session.scalars(newest))


def _due(session: Session, day: date) -> list[NamingProcedure]:
    until = remind_until(day)
    late = select(NamingProcedure).where(NamingProcedure.due_on <= until).order_by(NamingProcedure.due_on, NamingProcedure.id)
    return list(session.scalars(late))


def _whose(session: Session, procedure: NamingProcedure, actor: Actor) -> str:
    if procedure.proposed_by == actor.id:
        return "proposed"
    if procedure.approved_by == actor.id:
        return "decided"
    waits = procedure.status in ("checked", "consulted")
    if waits and not why_not_decider(session, decider(procedure), division_of(session, procedure), actor):
        return "decides"
    return ""
