"""Taking back a decision on a report from the field, within ten minutes and while nothing else has followed."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from gazetteer import workflow
from gazetteer.plates.conventions import conventions
from gazetteer.plates.moves import NOT_HUNG
from gazetteer.plates.orders import open_task
from gazetteer.plates.visits import find_visit
from gazetteer.store.events import Actor, history, now
from gazetteer.store.models import Event, Lineage, Plate, PlateVisit
from geoaddr.errors import Conflict

DECISIONS = ("plate_visit.accept", "plate_visit.dismiss")


def undo_visit(session: Session, visit_id: str, *, actor: Actor) -> PlateVisit:
    """Take back an officer's decision: the report waits for review again, the plate stands as before. ``Conflict`` says why not."""
    visit = find_visit(session, visit_id)
    if refusal := why_not_undone(session, visit):
        raise Conflict(refusal)
    accepted = visit.status == "accepted"
    workflow.move(session, visit, "reopen", actor=actor, payload={"serial": visit.serial, "undone": True})
    if accepted and visit.plate_id is not None:
        plate = session.get_one(Plate, visit.plate_id)
        if visit.outcome == "installed":
            workflow.move(session, plate, "send_back", actor=actor, also=NOT_HUNG, payload={"visit_id": visit.id, "undone": True})
            open_task(session, plate, "hang", reason="撤销确认", actor=actor)
        elif plate.status == "damaged":
            workflow.move(session, plate, "repair", actor=actor, payload={"visit_id": visit.id, "undone": True})
    return visit


def undo_until(session: Session, visit: PlateVisit) -> datetime | None:
    """Return until when a decision can be taken back; None where no person has decided."""
    decided = _decision(session, visit)
    return None if decided is None else decided.at + timedelta(minutes=conventions()["confirmation"]["undo_minutes"])


def why_not_undone(session: Session, visit: PlateVisit, *, at: datetime | None = None) -> str:
    """Return why a decision cannot be taken back (at a moment; by default now), '' where it can."""
    until = undo_until(session, visit)
    if until is None:
        return "这份上报没有人工处理过；如门牌装得不对，请将门牌退回重装"
    if (at or now()) > until:
        return f"已超过 {conventions()['confirmation']['undo_minutes']} 分钟，不能撤销；如门牌装得不对，请将门牌退回重装"
    if visit.status == "dismissed" or visit.plate_id is None:
        return ""
    if visit.outcome == "taken_down":
        return "门牌已经拆下，不能撤销"
    followed = history(session, visit.plate_id)[-1]
    if followed.payload.get("visit_id") != visit.id:
        # A problem noted about a plate that does not hang moves nothing, so there is nothing that could have followed.
        return "" if visit.outcome == "problem" and not _moved_by(session, visit) else "此后这块门牌又有变动，不能撤销"
    if visit.outcome == "installed" and session.scalar(select(Lineage.seq).where(Lineage.new_id == visit.plate_id)) is not None:
        return "旧门牌已经换下，不能撤销；请将新门牌退回重装"
    if visit.outcome == "problem" and followed.payload.get("from") != "accepted":
        return "门牌报损前尚未验收，不能撤销；请办理修复"
    return ""


def _decision(session: Session, visit: PlateVisit) -> Event | None:
    """Return the decision in force, if a person made one and has not taken it back."""
    last = history(session, visit.id)[-1]
    return last if last.action in DECISIONS else None


def _moved_by(session: Session, visit: PlateVisit) -> bool:
    assert visit.plate_id is not None
    return any(event.payload.get("visit_id") == visit.id for event in history(session, visit.plate_id))
