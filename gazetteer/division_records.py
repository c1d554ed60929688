"""What anybody may know of one administrative unit: its period, where it lies, where it came from and what became of it."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gazetteer.addresses import division_path, iso, public_history, variant_record
from gazetteer.division_candidates import telling_candidates
from gazetteer.divisions import division_brief, division_by_code, successions, today_of
from gazetteer.store.models import Division, NameVariant


def division_record(session: Session, code: str, on: date | None = None) -> dict[str, Any]:
    """Return the unit that had this code on a day, with everything that leads on from it, today's unit or units too.

    Where no day is given: the present unit, or the last that had the code. Where a unit ended and nobody has said what became of it,
    ``successor_stated`` is false and ``candidates`` are ranked by what the lists show; it is null for a unit in force.

    ``NotFound``, saying when the code was in use, where it meant nothing on that day.
    """
    division = division_by_code(session, code, on)
    before, after = successions(session, division.id)
    children = select(Division).where(Division.parent_id == division.id, Division.valid_to.is_(None)).order_by(Division.code)
    variants = select(NameVariant).where(NameVariant.division_id == division.id).order_by(NameVariant.id)
    box = [division.min_lon, division.min_lat, division.max_lon, division.max_lat]
    return {
        "id": division.id, **division_brief(division), "source": division.source, "version": division.version,
        "divisions": division_path(session, division), "bbox": None if division.min_lon is None else box,
        "variants": [variant_record(one) for one in session.scalars(variants)],
        "predecessors": [_succession(one.old, one.kind, one.changed_on, one.inferred) for one in before],
        "successors": [_succession(one.new, one.kind, one.changed_on, one.inferred) for one in after],
        "today": [division_brief(one) for one in today_of(session, division)],
        "successor_stated": None if division.valid_to is None else bool(after),
        "candidates": telling_candidates(session, division) if division.valid_to is not None and not after else [],
        "children": [division_brief(one) for one in session.scalars(children)],
        "history": public_history(session, division.id), "changed_seq": division.changed_seq,
    }  # fmt: skip


def _succession(other: Division, kind: str, changed_on: date, inferred: bool) -> dict[str, Any]:
    return {**division_brief(other), "kind": kind, "changed_on": iso(changed_on), "inferred": inferred}
