"""Reminders: each person sees their own first, and a worker puts what is due on record once a day."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from procedure_rows import DAY
from sqlalchemy import select

from gazetteer.job_kinds import job_kinds
from gazetteer.jobs import run_once
from gazetteer.names.clocks import add_working_days
from gazetteer.names.procedures import check, propose, withdraw
from gazetteer.names.reminders import REMIND_JOB, remind_daily, reminders
from gazetteer.people import limit_competence
from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM, Actor, history
from gazetteer.store.models import Event, Job, NamingProcedure
from geoaddr.settings import Settings

LATE = add_working_days(DAY, 25)


def open_two(store: Store, officer: Actor, approver: Actor, roads: dict[str, str]) -> tuple[str, str]:
    """The officer's rename, checked, and, due three days later, one of the approver's own."""
    with store.transaction() as session:
        first = propose(session, kind="rename", place_id=roads["long"], new_name="锦川路", reason="样本", actor=officer, on=DAY)
        check(session, first.id, actor=officer, on=DAY)
        later = DAY + timedelta(days=3)
        second = propose(session, kind="rename", place_id=roads["short"], new_name="沅川路", reason="样本", actor=approver, on=later)
        return first.id, second.id


def test_everybody_sees_their_own_first_and_why_it_is_theirs(
    store: Store, officer: Actor, approver: Actor, administrator: Actor, roads: dict[str, str]
) -> None:
    first, second = open_two(store, officer, approver, roads)
    with store.reading() as session:
        assert reminders(session, officer, today=DAY) == [], "nothing is near its deadline yet"
        mine = reminders(session, officer, today=LATE)
        assert [(one.row.id, one.why) for one in mine] == [(first, "proposed"), (second, "")]
        assert mine[0].row.days_left is not None
        assert mine[0].row.days_left < 0
        assert [(one.row.id, one.why) for one in reminders(session, approver, today=LATE)] == [(first, "decides"), (second, "proposed")]
    with store.transaction() as session:
        limit_competence(session, str(approver.id), division_id=None, authority="区民政局", actor=SYSTEM)
    with store.reading() as session:
        order = [(one.row.id, one.why) for one in reminders(session, approver, today=LATE)]
        assert order == [(second, "proposed"), (first, "")], "one's own first though it is due later; the other is not theirs to decide"


def test_a_worker_puts_what_is_due_on_record_once_a_day(
    store: Store, officer: Actor, approver: Actor, roads: dict[str, str], tmp_path: Path
) -> None:
    settings = Settings(media_dir=tmp_path / "media")
    first, second = open_two(store, officer, approver, roads)
    assert remind_daily(store, today=LATE) is True
    assert remind_daily(store, today=LATE) is False, "once a day, however many workers ask"
    assert run_once(store, settings, job_kinds())
    with store.reading() as session:
        [job] = session.scalars(select(Job).where(Job.kind == REMIND_JOB))
        assert job.result is not None
        assert (job.status, job.result["overdue"] + job.result["soon"]) == ("done", 2)
        assert {one["id"] for one in job.result["procedures"]} == {first, second}
        assert [one.action for one in history(session, first)][-1] == "naming_procedure.remind"
    with store.transaction() as session:
        for id_ in (first, second):
            withdraw(session, id_, actor=officer)
    assert remind_daily(store, today=LATE + timedelta(days=1)) is True
    assert run_once(store, settings, job_kinds())
    with store.reading() as session:
        assert len(list(session.scalars(select(Event).where(Event.action == "naming_procedure.remind")))) == 1, "nothing due, nothing said"
        assert session.get_one(NamingProcedure, first).status == "withdrawn"


def test_the_day_is_that_of_china(store: Store) -> None:
    assert remind_daily(store)
    with store.reading() as session:
        [job] = session.scalars(select(Job))
        assert date.fromisoformat(job.params["day"]) >= date(2025, 1, 1)
