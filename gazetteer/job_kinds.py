"""What a worker can do: each kind of job and the function that does it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gazetteer.exchange import import_job
from gazetteer.jobs import JobFunction, Progress, Running
from gazetteer.linking import match_file
from gazetteer.linking.engine import Engine
from gazetteer.names.cascade import RELINK_JOB, relink_procedure
from gazetteer.names.reminders import REMIND_JOB, remind_due
from gazetteer.store.events import SYSTEM


def job_kinds() -> Mapping[str, JobFunction]:
    """Return kind -> function, for :func:`gazetteer.jobs.work`."""
    return {match_file.KIND: match_file.match_file, import_job.KIND: import_job.import_job, RELINK_JOB: _relink, REMIND_JOB: remind_due}


def _relink(job: Running) -> Iterator[Progress | dict[str, Any]]:
    engine = Engine(job.store, job.settings.index_dir, job.settings.parse_weights)
    try:
        with job.store.transaction() as session:
            counts = relink_procedure(session, engine.view_in(session), job.params["procedure_id"], actor=SYSTEM)
    finally:
        engine.close()
    yield dict(counts)
