"""The figures an operator watches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gazetteer.store.events import last_seq
from gazetteer.store.models import Job
from gazetteer.store.models.operation import JOB_STATUSES


@dataclass(frozen=True, slots=True)
class Figures:
    """Number of the newest event, and jobs by status (every status, also those with none)."""

    last_seq: int
    jobs: Mapping[str, int]


def figures(session: Session) -> Figures:
    """Count what is waiting."""
    rows = session.execute(select(Job.status, func.count()).group_by(Job.status))
    counted: dict[str, int] = {row[0]: row[1] for row in rows}
    return Figures(last_seq(session), {status: counted.get(status, 0) for status in JOB_STATUSES})
