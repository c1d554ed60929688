"""What people do with a doubt about a name: dismiss, defer, assign, and take back within ten minutes."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from gazetteer.names.tables import table_of
from gazetteer.reach import require_reach
from gazetteer.store.events import Actor, history, now
from gazetteer.store.models import Event, Finding, User
from gazetteer.workflow import change, move, require_version
from geoaddr.errors import Conflict, NotFound, UsageError

TAKEN_BACK = ("finding.dismiss", "finding.defer")
DEFERRED = "were_deferred"
"""In the event of a dismissal of many: the ids of those that were put off before, by the reason given then."""
UNDONE_BY = {"dismissed": "finding.dismiss", "deferred": "finding.defer"}


def find_finding(session: Session, finding_id: str) -> Finding:
    """Return a finding; ``NotFound`` where there is none. Two people at once: the version column lets one of them win."""
    if (row := session.get(Finding, finding_id)) is None:
        raise NotFound(f"没有编号为 {finding_id[:20]} 的疑点", field="id")
    return row


def dismiss(session: Session, finding_id: str, reason: str, *, actor: Actor, version: int | None = None) -> Finding:
    """Set a doubt aside for good, with the reason; the same doubt is not raised again as long as its evidence is the same."""
    finding = _own_finding(session, finding_id, actor)
    require_version(finding, version)
    move(session, finding, "dismiss", actor=actor, also={"reason": _reason(reason)})
    return finding


def defer(session: Session, finding_id: str, reason: str = "", *, actor: Actor, version: int | None = None) -> Finding:
    """Put a doubt off; it stays in the list of deferred ones."""
    finding = _own_finding(session, finding_id, actor)
    require_version(finding, version)
    move(session, finding, "defer", actor=actor, also={"reason": reason.strip()})
    return finding


def assign(session: Session, finding_id: str, user_id: str | None, *, actor: Actor, version: int | None = None) -> Finding:
    """Give a doubt to an officer, or to nobody."""
    finding = _own_finding(session, finding_id, actor)
    require_version(finding, version)
    if user_id is not None and session.get(User, user_id) is None:
        raise NotFound("没有这位工作人员", field="assigned_to")
    change(session, finding, actor=actor, verb="assign", to={"assigned_to": user_id})
    return finding


def undo_finding(session: Session, finding_id: str, *, actor: Actor) -> Finding:
    """Take back the last dismissal or deferral, within the ten minutes in which that is offered; the doubt stands as before."""
    finding = _own_finding(session, finding_id, actor)
    until = undo_until(session, finding)
    if until is None:
        raise Conflict("这条疑点没有可以撤销的决定")
    if now() > until:
        raise Conflict(f"已超过 {undo_minutes()} 分钟，不能撤销；如需改变请重新处理")
    reason = _reason_deferred(session, finding)
    verb = "reopen" if reason is None else "defer_again"
    move(session, finding, verb, actor=actor, also={"reason": reason or ""}, payload={"undone": True})
    return finding


def _own_finding(session: Session, finding_id: str, actor: Actor) -> Finding:
    """Return a finding that is this person's to settle; ``Forbidden`` where it lies beyond their division."""
    finding = find_finding(session, finding_id)
    require_reach(session, (finding.division_id,), actor)
    return finding


def _reason_deferred(session: Session, finding: Finding) -> str | None:
    """Return why a dismissed doubt had been put off, None where it was not."""
    dismissal = last_event(session, finding.id, "finding.dismiss") if finding.status == "dismissed" else None
    if dismissal is None:
        return None
    told: dict[str, list[str]] = dismissal.payload.get(DEFERRED, {})
    if (reason := next((reason for reason, ids in told.items() if finding.id in ids), None)) is not None:
        return reason
    deferral = last_event(session, finding.id, "finding.defer") if dismissal.payload.get("from") == "deferred" else None
    return None if deferral is None else str(deferral.payload.get("set", {}).get("reason", ""))


def undo_until(session: Session, finding: Finding) -> datetime | None:
    """Return until when the last decision on a doubt can be taken back, or None where there is none to take back."""
    action = UNDONE_BY.get(finding.status)
    last = last_event(session, finding.id, action) if action else None
    return last.at + timedelta(minutes=undo_minutes()) if last else None


def last_event(session: Session, subject_id: str, action: str | None) -> Event | None:
    """Return the newest event of this action on a record, or None."""
    return next((event for event in reversed(history(session, subject_id)) if event.action == action), None)


def undo_minutes() -> int:
    """Return for how many minutes a decision can be taken back."""
    return int(table_of("clocks.yaml")["undo_minutes"])


def _reason(text: str) -> str:
    if not text.strip():
        raise UsageError("请写明不处理的理由", field="reason")
    return text.strip()
