"""Long work: queued in the transaction that needs it, claimed by one worker under a lease, with progress, cancel and resume.

A job's kind names a function in :data:`KINDS`; it is called with the running job and yields how far it has come, so that
progress is kept, the lease renewed and a wish to cancel seen at every step. A worker that dies loses its lease and
another takes the job up again; the functions are written so that doing a step twice does no harm.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM, Actor, now
from gazetteer.store.models import Job
from gazetteer.workflow import change, enter, move
from geoaddr.errors import Conflict, GeoaddrError, NotFound
from geoaddr.settings import Settings

MAX_ATTEMPTS = 3
POLL_SECONDS = 1.0
DAILY_SECONDS = 300.0
"""How often a worker looks whether the work of a new day is to be queued."""


@dataclass(frozen=True)
class Running:
    """What a job's function gets: its id and parameters, the store, the settings and an earlier attempt's progress."""

    id: str
    params: Mapping[str, Any]
    done: int
    store: Store
    settings: Settings


Progress = tuple[int, int]
JobFunction = Callable[[Running], Iterator[Progress | dict[str, Any]]]
"""Yields ``(done, total)`` as it goes and, last, its result as a dictionary."""


class Cancelled(Exception):  # noqa: N818 - it is a wish, not a fault
    """Somebody asked for the job to stop."""


class Lost(Exception):  # noqa: N818 - the job is in good hands
    """The lease ended and another worker has taken the job up."""


def enqueue(session: Session, kind: str, params: dict[str, Any], *, actor: Actor) -> Job:
    """Queue a job in the caller's transaction."""
    job = Job(kind=kind, params=params, owner=actor.text)
    return enter(session, job, actor=actor, verb="queued", status="queued", payload={"kind": kind})


def find_job(session: Session, id_: str) -> Job:
    """Return a job by id; ``NotFound`` where there is none."""
    if (job := session.get(Job, id_)) is None:
        raise NotFound(f"没有编号为 {id_[:20]} 的任务", field="id")
    return job


def cancel(session: Session, id_: str, *, actor: Actor) -> Job:
    """Cancel a queued job at once, ask a running one to stop at its next step."""
    job = find_job(session, id_)
    if job.status == "queued":
        move(session, job, "cancel", actor=actor)
    elif job.status == "running":
        session.execute(update(Job).where(Job.id == id_).values(cancel_asked=True))
        session.refresh(job)
    else:
        raise Conflict("任务已结束，无法取消")
    return job


def resume(session: Session, id_: str, *, actor: Actor) -> Job:
    """Queue a failed or cancelled job again; it goes on from the progress it had."""
    job = find_job(session, id_)
    move(session, job, "requeue", actor=actor, also={"cancel_asked": False, "attempts": 0, "error": ""})
    return job


def forget(session: Session, id_: str, *, actor: Actor) -> None:
    """Note that a job's owner has no more use for it and its files may go; the job stays in the register."""
    job = find_job(session, id_)
    change(session, job, actor=actor, verb="forget", to={"params": {**job.params, "forgotten": True}})


def is_forgotten(job: Job) -> bool:
    """Say whether the owner has let the job go."""
    return bool(job.params.get("forgotten"))


def claim(store: Store, lease_seconds: int, worker: str) -> Job | None:
    """Take the oldest job that waits or whose worker is gone; None where there is none."""
    with store.transaction() as session:
        waiting = or_(Job.status == "queued", (Job.status == "running") & (Job.lease_until < now()))
        job = session.scalar(select(Job).where(waiting).order_by(Job.id).limit(1).with_for_update(skip_locked=True))
        if job is None:
            return None
        if job.attempts >= MAX_ATTEMPTS:
            move(session, job, "claim", actor=SYSTEM)
            move(session, job, "fail", actor=SYSTEM, also={"error": f"执行 {MAX_ATTEMPTS} 次均中断", "lease_until": None})
            return None
        lease = now() + timedelta(seconds=lease_seconds)
        move(session, job, "claim", actor=SYSTEM, also={"worker": worker, "lease_until": lease, "attempts": job.attempts + 1})
        return job


def run_once(store: Store, settings: Settings, kinds: Mapping[str, JobFunction], worker: str | None = None) -> bool:
    """Run one job to its end, if there is one to run; says whether there was."""
    name = worker or f"{socket.gethostname()}:{os.getpid()}"
    job = claim(store, settings.worker_lease_seconds, name)
    if job is None:
        return False
    try:
        result = _work(store, settings, kinds, job, name)
    except Lost:
        return True
    except Cancelled:
        _finish(store, job, "cancel", {"lease_until": None})
    except GeoaddrError as error:
        _finish(store, job, "fail", {"error": error.message, "lease_until": None})
    except Exception as error:
        _finish(store, job, "fail", {"error": f"内部错误：{type(error).__name__}", "lease_until": None})
        raise
    else:
        _finish(store, job, "complete", {"result": result, "lease_until": None})
    return True


def work(
    store: Store,
    settings: Settings,
    kinds: Mapping[str, JobFunction],
    *,
    until: Callable[[], bool],
    daily: Callable[[Store], object] | None = None,
) -> None:
    """Run jobs as they come until ``until()`` says stop; ``daily`` is called every few minutes and queues what a day needs."""
    asked = float("-inf")
    while not until():
        if daily is not None and time.monotonic() - asked >= DAILY_SECONDS:
            daily(store)
            asked = time.monotonic()
        if not run_once(store, settings, kinds):
            time.sleep(POLL_SECONDS)


def _work(store: Store, settings: Settings, kinds: Mapping[str, JobFunction], job: Job, worker: str) -> dict[str, Any]:
    function = kinds.get(job.kind)
    if function is None:
        raise GeoaddrError(f"本版本不认识“{job.kind}”类任务")
    result: dict[str, Any] = {}
    for step in function(Running(job.id, job.params, job.done, store, settings)):
        if isinstance(step, dict):
            result = step
        else:
            _report(store, settings, job.id, worker, step)
    return result


def _report(store: Store, settings: Settings, job_id: str, worker: str, progress: Progress) -> None:
    """Keep progress and renew the lease; progress is no state change of the register and writes no event."""
    with store.transaction() as session:
        row = session.execute(select(Job.cancel_asked, Job.worker).where(Job.id == job_id)).one()
        if row.worker != worker:
            raise Lost
        if row.cancel_asked:
            raise Cancelled
        lease = now() + timedelta(seconds=settings.worker_lease_seconds)
        session.execute(update(Job).where(Job.id == job_id).values(done=progress[0], total=progress[1], lease_until=lease))


def _finish(store: Store, claimed: Job, verb: str, also: dict[str, Any]) -> None:
    """End a job, unless another worker has taken it up."""
    with store.transaction() as session:
        job = find_job(session, claimed.id)
        if job.status == "running" and (job.worker, job.attempts) == (claimed.worker, claimed.attempts):
            move(session, job, verb, actor=SYSTEM, also=also)
