"""The coming weeks as a calendar: which days are worked, which are off and why, and which deadlines fall on them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from gazetteer.names import clocks
from gazetteer.names.clocks import calendar_note, day_name, is_working_day
from gazetteer.names.procedure_lists import ProcedureRow, procedure_row
from gazetteer.store.models import NamingProcedure

WEEKS = 6


@dataclass(frozen=True, slots=True)
class Day:
    """One day: whether offices work, the holiday or make-up day it is ('' for an ordinary one), and what is due."""

    day: date
    working: bool
    name: str
    due: tuple[ProcedureRow, ...]


@dataclass(frozen=True, slots=True)
class Timetable:
    """What is overdue, the weeks to come (each Monday to Sunday), what is due later, and cautions about the calendar."""

    today: date
    overdue: tuple[ProcedureRow, ...]
    weeks: tuple[tuple[Day, ...], ...]
    later: tuple[ProcedureRow, ...]
    notes: tuple[str, ...]


def timetable(session: Session, *, today: date | None = None, weeks: int = WEEKS) -> Timetable:
    """Return every procedure with a deadline on the day it falls, for the present week and those after it."""
    now = today or clocks.today()
    monday = now - timedelta(days=now.weekday())
    end = monday + timedelta(weeks=weeks)
    found = select(NamingProcedure).where(NamingProcedure.due_on.is_not(None)).order_by(NamingProcedure.due_on, NamingProcedure.id)
    rows = [procedure_row(session, one, now) for one in session.scalars(found)]
    days = [monday + timedelta(days=number) for number in range(7 * weeks)]
    by_day = {day: tuple(row for row in rows if row.due_on == day and day >= now) for day in days}
    cells = [Day(day, is_working_day(day), day_name(day), by_day[day]) for day in days]
    notes = dict.fromkeys(filter(None, (calendar_note(day) for day in (now, end))))
    return Timetable(
        now, tuple(row for row in rows if row.due_on is not None and row.due_on < now),
        tuple(tuple(cells[start : start + 7]) for start in range(0, len(cells), 7)),
        tuple(row for row in rows if row.due_on is not None and row.due_on >= end), tuple(notes),
    )  # fmt: skip
