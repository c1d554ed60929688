"""Statutory clocks: working days by the Chinese calendar, and by when each step of a procedure is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import cache

from gazetteer.names.tables import rows_of, table_of

SATURDAY = 5
CHINA = timezone(timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class Clock:
    """One statutory period: which step is due, counted from which step, how long, by which article."""

    id: str
    step: str
    counted_from: str
    days: int
    unit: str
    article: str
    confirmed: bool


@cache
def _exceptional_days() -> dict[date, str]:
    return {date.fromisoformat(row["day"]): row["kind"] for row in rows_of("holidays.csv")}


def is_working_day(day: date) -> bool:
    """Say whether offices work on a day: weekends and holidays are off, made-up weekends are not.

    ``is_working_day(date(2026, 10, 1))`` -> False; ``is_working_day(date(2026, 11, 23))`` (a Monday) -> True.
    """
    kind = _exceptional_days().get(day)
    return kind == "on" if kind else day.weekday() < SATURDAY


def day_name(day: date) -> str:
    """Return what an exceptional day is called: 2026-10-01 -> 国庆节, 2026-10-10 -> 国庆节调休; '' for an ordinary day."""
    return next((row["name"] for row in rows_of("holidays.csv") if row["day"] == day.isoformat()), "")


def calendar_note(day: date) -> str:
    """Return a caution where the calendar of that day's year is unconfirmed or missing; '' where it is confirmed."""
    rows = [row for row in rows_of("holidays.csv") if row["day"].startswith(f"{day.year}-")]
    if not rows:
        return f"{day.year} 年放假安排尚未录入，只按周末计算"
    if any(row["confirmed"] != "yes" for row in rows):
        return f"{day.year} 年放假安排未经核对，调休未计"
    return ""


def add_working_days(day: date, count: int) -> date:
    """Return the day ``count`` working days after a day, which itself is not counted: Friday 2026-11-20 plus 1 -> Monday 2026-11-23."""
    current = day
    while count > 0:
        current += timedelta(days=1)
        count -= is_working_day(current)
    return current


def working_days_between(start: date, end: date) -> int:
    """Return how many working days lie after ``start`` up to and with ``end``; negative where ``end`` is past.

    Friday 2026-11-20 to Monday 2026-11-23 -> 1; the same day -> 0; Monday to the Friday before -> -1.
    """
    if end < start:
        return -working_days_between(end, start)
    return sum(is_working_day(start + timedelta(days=offset)) for offset in range(1, (end - start).days + 1))


def clock_for(step: str, category: str) -> Clock:
    """Return the clock of a step (``decision``, ``filing``, ``announcement``, ``signs``) for a category of place."""
    rows = [row for row in table_of("clocks.yaml")["clocks"] if row["step"] == step and (not row["kinds"] or category in row["kinds"])]
    chosen = max(rows, key=lambda row: bool(row["kinds"]))
    return Clock(chosen["id"], step, chosen["from"], chosen["days"], chosen["unit"], chosen["article"], chosen["confirmed"])


def due_on(step: str, category: str, counted_from: date) -> date:
    """Return the last day for a step: filing counted from 2026-11-23 -> 2026-12-08 (15 days)."""
    clock = clock_for(step, category)
    if clock.unit == "working_days":
        return add_working_days(counted_from, clock.days)
    return counted_from + timedelta(days=clock.days)


def today() -> date:
    """Return the date it is in China, whatever the time zone of the machine."""
    return datetime.now(CHINA).date()
