"""Long work: claimed once, with progress, cancelled and resumed, and taken up again when its worker dies."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from gazetteer.jobs import MAX_ATTEMPTS, Running, cancel, claim, enqueue, find_job, resume, run_once
from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM, now
from gazetteer.store.models import Job
from geoaddr.errors import Conflict, UsageError
from geoaddr.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(media_dir=tmp_path / "media")


def _queue(store: Store, kind: str = "count", **params: Any) -> str:
    with store.transaction() as session:
        return enqueue(session, kind, params, actor=SYSTEM).id


def _read(store: Store, id_: str) -> Job:
    with store.reading() as session:
        return find_job(session, id_)


def count(job: Running) -> Iterator[Any]:
    total = job.params["upto"]
    for done in range(job.done + 1, total + 1):
        yield done, total
    yield {"counted": total, "began_at": job.done}


def test_a_job_runs_to_its_result(store: Store, settings: Settings) -> None:
    id_ = _queue(store, upto=5)
    assert run_once(store, settings, {"count": count})
    job = _read(store, id_)
    assert (job.status, job.done, job.total, job.result) == ("done", 5, 5, {"counted": 5, "began_at": 0})
    assert not run_once(store, settings, {"count": count})


def test_each_job_is_claimed_exactly_once_by_workers_at_the_same_time(store: Store) -> None:
    wanted = {_queue(store, upto=1) for _ in range(12)}
    claimed: list[str] = []

    def take(worker: str) -> None:
        while (job := claim(store, 60, worker)) is not None:
            claimed.append(job.id)

    threads = [threading.Thread(target=take, args=(f"w{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed) == sorted(wanted)


def test_a_dead_workers_job_is_taken_up_where_it_was(store: Store, settings: Settings) -> None:
    id_ = _queue(store, upto=4)
    claim(store, 60, "dead")
    with store.transaction() as session:
        session.execute(update(Job).where(Job.id == id_).values(done=2, lease_until=now() - timedelta(seconds=1)))
    assert run_once(store, settings, {"count": count})
    assert _read(store, id_).result == {"counted": 4, "began_at": 2}


def test_a_job_whose_workers_keep_dying_fails_instead_of_running_for_ever(store: Store, settings: Settings) -> None:
    id_ = _queue(store, upto=1)
    for _ in range(MAX_ATTEMPTS):
        assert claim(store, 60, "dead") is not None
        with store.transaction() as session:
            session.execute(update(Job).where(Job.id == id_).values(lease_until=now() - timedelta(seconds=1)))
    assert not run_once(store, settings, {"count": count})
    assert _read(store, id_).status == "failed"


def test_a_queued_job_is_cancelled_at_once_and_can_be_resumed(store: Store, settings: Settings) -> None:
    id_ = _queue(store, upto=2)
    with store.transaction() as session:
        cancel(session, id_, actor=SYSTEM)
    assert not run_once(store, settings, {"count": count})
    with store.transaction() as session:
        resume(session, id_, actor=SYSTEM)
    assert run_once(store, settings, {"count": count})
    assert _read(store, id_).status == "done"
    with store.transaction() as session, pytest.raises(Conflict):
        cancel(session, id_, actor=SYSTEM)


def test_a_running_job_stops_at_its_next_step_when_asked(store: Store, settings: Settings) -> None:
    def asked_midway(job: Running) -> Iterator[Any]:
        yield 1, 3
        with job.store.transaction() as session:
            cancel(session, job.id, actor=SYSTEM)
        yield 2, 3
        raise AssertionError("went on after being cancelled")

    id_ = _queue(store, "midway")
    assert run_once(store, settings, {"midway": asked_midway})
    job = _read(store, id_)
    assert (job.status, job.done) == ("cancelled", 1)


@pytest.mark.parametrize("ending", ["goes on", "finishes", "breaks"])
def test_a_worker_that_lost_its_lease_leaves_the_job_to_the_one_that_took_it_up(store: Store, settings: Settings, ending: str) -> None:
    def stalled(job: Running) -> Iterator[Any]:
        yield 1, 3
        with job.store.transaction() as session:
            session.execute(update(Job).where(Job.id == job.id).values(lease_until=now() - timedelta(seconds=1)))
        assert claim(job.store, 60, "successor") is not None
        if ending == "goes on":
            yield 2, 3
            raise AssertionError("went on after another worker had taken the job up")
        if ending == "breaks":
            raise UsageError("太晚了")
        yield {"finished": "too late"}

    id_ = _queue(store, "stalled")
    assert run_once(store, settings, {"stalled": stalled}, worker="first")
    job = _read(store, id_)
    assert (job.status, job.worker, job.done, job.result, job.error) == ("running", "successor", 1, None, "")


def test_an_error_a_person_can_act_on_is_kept_in_words(store: Store, settings: Settings) -> None:
    def refuse(_job: Running) -> Iterator[Any]:
        raise UsageError("第 3 行没有地址")
        yield 0, 0

    id_ = _queue(store, "refuse")
    run_once(store, settings, {"refuse": refuse})
    assert (_read(store, id_).status, _read(store, id_).error) == ("failed", "第 3 行没有地址")


def test_a_bug_fails_the_job_and_keeps_its_traceback(store: Store, settings: Settings) -> None:
    def buggy(_job: Running) -> Iterator[Any]:
        yield 1, 2
        raise ZeroDivisionError

    id_ = _queue(store, "buggy")
    with pytest.raises(ZeroDivisionError):
        run_once(store, settings, {"buggy": buggy})
    assert _read(store, id_).error == "内部错误：ZeroDivisionError"


def test_a_kind_this_version_does_not_know_fails_with_one_sentence(store: Store, settings: Settings) -> None:
    id_ = _queue(store, "from_the_future")
    run_once(store, settings, {})
    assert "from_the_future" in _read(store, id_).error
