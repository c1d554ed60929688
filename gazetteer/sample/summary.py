"""The short honest report on a register: how much of everything, counted afresh."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from gazetteer.cases.records import case_counts
from gazetteer.store.checks import check_register
from gazetteer.store.database import Store
from gazetteer.store.events import last_seq
from gazetteer.store.models import Division, DivisionSuccession, Finding, PlaceName, Plate, StandardAddress


def summary(store: Store) -> dict[str, Any]:
    """Return the figures of a register and the troubles its checks find."""
    with store.reading() as session:

        def count(model: Any, *conditions: Any) -> int:
            return session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0

        by_plate_status = {row[0]: row[1] for row in session.execute(select(Plate.status, func.count()).group_by(Plate.status))}
        figures: dict[str, Any] = {
            "divisions": count(Division, Division.valid_to.is_(None)),
            "division_history": count(DivisionSuccession),
            "division_history_inferred": count(DivisionSuccession, DivisionSuccession.inferred),
            "names": count(PlaceName, PlaceName.status == "current"),
            "names_flagged": session.scalar(select(func.count(Finding.subject_id.distinct())).where(Finding.status == "open")) or 0,
            "findings_open": count(Finding, Finding.status == "open"),
            "addresses": count(StandardAddress, StandardAddress.status == "current"),
            "plates": sum(by_plate_status.values()),
            "plates_by_status": by_plate_status,
            "cases": case_counts(session),
            "events": last_seq(session),
        }
    figures["troubles"] = [f"{trouble.check}: {trouble.found}" for trouble in check_register(store)]
    return figures
