"""One decision for many doubts at once: shown first with what is left out and why, then made in one event, and taken back as one."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gazetteer.names.finding_filters import FindingFilters, filtered
from gazetteer.names.findings import DEFERRED, undo_minutes
from gazetteer.paging import Page
from gazetteer.reach import Reach, reach_of
from gazetteer.store.events import Actor, now
from gazetteer.store.models import Event, EventSubject, Finding, User
from gazetteer.workflow import CHUNK, OFFICE, change_many, move_many
from geoaddr.errors import Conflict, Forbidden, NotFound, UsageError, said

VERBS = ("dismiss", "defer", "assign")
SHOWN = 10
SETTLED = {"dismiss": "dismissed", "defer": "deferred"}
ALLOWED = {"dismiss": ("open", "deferred"), "defer": ("open",), "assign": ("open", "deferred", "in_procedure")}


@dataclass(frozen=True, slots=True)
class Excluded:
    """Doubts left out of a decision, by reason: how many, and the first few names."""

    why: str
    count: int
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a decision for all doubts of a filter would do; ``seen`` identifies exactly these doubts in exactly this state."""

    verb: str
    count: int
    labels: tuple[str, ...]
    excluded: tuple[Excluded, ...]
    seen: str


@dataclass(frozen=True, slots=True)
class Member:
    """One doubt of a preview: ``why`` it is left out, '' where the decision would be made for it."""

    id: str
    label: str
    why: str


@dataclass(frozen=True, slots=True)
class Done:
    """A decision made for many: its event, by which it is taken back, and for how many."""

    seq: int
    count: int


def preview(session: Session, filters: FindingFilters, verb: str, *, actor: Actor) -> Preview:
    """Say what deciding for all doubts of a filter would do and whom it leaves out, without doing it."""
    taken, left = _sorted_out(session, filters, verb, actor)
    excluded = tuple(
        Excluded(why, count, tuple(row.subject_label for one, row in left if one == why)[:SHOWN])
        for why, count in Counter(why for why, _ in left).most_common()
    )
    return Preview(verb, len(taken), tuple(row.subject_label for row in taken[:SHOWN]), excluded, _seen(taken))


def members(
    session: Session, filters: FindingFilters, verb: str, *, actor: Actor, left_out: bool = False, after: str = "", limit: int = 200
) -> Page[Member]:
    """Return one page of every doubt that the decision would be made for, or of those it leaves out, in the order of the queue."""
    taken, left = _sorted_out(session, filters, verb, actor)
    rows = (
        [Member(row.id, row.subject_label, why) for why, row in left]
        if left_out
        else [Member(one.id, one.subject_label, "") for one in taken]
    )
    fresh = [one for one in rows if one.id > after]
    return Page(tuple(fresh[:limit]), len(rows), fresh[limit - 1].id if len(fresh) > limit else None)


def apply(
    session: Session, filters: FindingFilters, verb: str, *, seen: str, actor: Actor, reason: str = "", user_id: str | None = None
) -> Done:
    """Decide for all doubts of a filter in one event; exactly those that were shown, or, with ``Conflict``, none.

    ``UsageError`` for a dismissal without reason, ``NotFound`` for somebody to assign to who is not there.
    """
    if actor.kind != "user" or actor.role not in OFFICE:
        raise Forbidden("您的角色不能批量处理疑点")
    if verb == "dismiss" and not reason.strip():
        raise UsageError("请写明不处理的理由", field="reason")
    if verb == "assign" and (user_id is None or _officer(session, user_id) is None):
        raise NotFound("没有这位工作人员", field="assigned_to")
    taken, _left = _sorted_out(session, filters, verb, actor)
    if not taken:
        raise Conflict("没有可以一并处理的疑点")
    if _seen(taken) != seen:
        raise Conflict("预览之后疑点又有变化，请重新预览再确认")
    ids = [row.id for row in taken]
    if verb == "assign":
        rows = [{"id": id_, "assigned_to": user_id} for id_ in ids]
        return Done(
            change_many(session, Finding, rows, actor=actor, verb="assign", payload={"assigned_to": user_id, "bulk": True}), len(ids)
        )
    payload = {"bulk": True, DEFERRED: _reasons_of_deferred(session, taken)}
    seq = move_many(session, Finding, ids, verb, actor=actor, also={"reason": reason.strip()}, payload=payload)
    return Done(seq, len(ids))


def undo(session: Session, seq: int, *, actor: Actor) -> tuple[int, int]:
    """Take a decision made for many back; returns how many are as before, and how many were changed since and stay as they are.

    ``Conflict`` after the minutes in which that is offered, ``Forbidden`` where some of them are not this person's.
    """
    event = session.get(Event, seq)
    verbs = {f"finding.{verb}": verb for verb in VERBS}
    if event is None or event.action not in verbs or not event.payload.get("bulk"):
        raise NotFound("没有这一批处理", field="seq")
    if now() > event.at + timedelta(minutes=undo_minutes()):
        raise Conflict(f"已超过 {undo_minutes()} 分钟，不能撤销；如需改变请逐条处理")
    ids = list(session.scalars(select(EventSubject.subject_id).where(EventSubject.seq == seq)))
    same = select(Finding.id).join(EventSubject, EventSubject.subject_id == Finding.id).where(EventSubject.seq == seq)
    untouched = list(session.scalars(same.where(Finding.changed_seq == seq)))
    _require_all_own(session, untouched, actor)
    verb = verbs[event.action]
    if verb == "assign":
        rows = [{"id": id_, "assigned_to": None} for id_ in untouched]
        change_many(session, Finding, rows, actor=actor, verb="unassign", payload={"undone": seq})
    else:
        _restore(session, event, untouched, actor)
    return len(untouched), len(ids) - len(untouched)


def _require_all_own(session: Session, ids: Sequence[str], actor: Actor) -> None:
    reach = reach_of(session, actor)
    if reach.own is None:
        return
    where: list[str] = []
    for start in range(0, len(ids), CHUNK):
        where += session.scalars(select(Finding.division_id).where(Finding.id.in_(ids[start : start + CHUNK])))
    if outside := sum(not reach.holds(one) for one in where):
        raise Forbidden(said("这一批里有 %(n)s 条在%(own)s之外，您的权限只到%(own)s，不能撤销", n=outside, own=reach.own.name))


def _restore(session: Session, event: Event, untouched: Sequence[str], actor: Actor) -> None:
    """Put doubts off again that were put off before they were dismissed, each for its reason; the others are open again."""
    left, payload = set(untouched), {"undone": event.seq}
    for reason, ids in event.payload.get(DEFERRED, {}).items():
        again = sorted(left.intersection(ids))
        move_many(session, Finding, again, "defer_again", actor=actor, also={"reason": reason}, payload=payload)
        left.difference_update(again)
    move_many(session, Finding, sorted(left), "reopen", actor=actor, also={"reason": ""}, payload=payload)


def _reasons_of_deferred(session: Session, taken: Sequence[Any]) -> dict[str, list[str]]:
    """Return which of the doubts were put off, by the reason given then."""
    found: dict[str, list[str]] = {}
    ids = [row.id for row in taken if row.status == "deferred"]
    for start in range(0, len(ids), CHUNK):
        of_chunk = select(Finding.id, Finding.reason).where(Finding.id.in_(ids[start : start + CHUNK]))
        for row in session.execute(of_chunk):
            found.setdefault(row.reason, []).append(row.id)
    return found


def officers(session: Session) -> list[tuple[str, str]]:
    """Return id and name of everybody a doubt can be assigned to."""
    found = select(User.id, User.display_name).where(User.active.is_(True), User.role.in_(OFFICE)).order_by(User.display_name)
    return [(row.id, row.display_name) for row in session.execute(found)]


def _officer(session: Session, user_id: str) -> User | None:
    return session.scalar(select(User).where(User.id == user_id, User.active.is_(True), User.role.in_(OFFICE)))


def _sorted_out(session: Session, filters: FindingFilters, verb: str, actor: Actor) -> tuple[list[Any], list[tuple[str, Any]]]:
    if verb not in VERBS:
        raise UsageError("批量只能判不成立、暂缓或分派", field="verb")
    columns = (
        Finding.id, Finding.version, Finding.status, Finding.severity, Finding.assigned_to, Finding.subject_label, Finding.division_id,
    )  # fmt: skip
    reach = reach_of(session, actor)
    wanted: Any = select(*columns)
    taken: list[Any] = []
    left: list[tuple[str, Any]] = []
    for row in session.execute(filtered(session, filters, wanted).order_by(Finding.id)):
        if why := _why_not(row, verb, actor, reach):
            left.append((why, row))
        else:
            taken.append(row)
    return taken, left


def _why_not(row: Any, verb: str, actor: Actor, reach: Reach) -> str:
    if reach.own is not None and not reach.holds(row.division_id):
        return said("在%(own)s之外，不归您处理", own=reach.own.name)
    if row.status == SETTLED.get(verb):
        return said("已经是这个结论")
    if row.status not in ALLOWED[verb]:
        return said("办理中，随办件了结") if row.status == "in_procedure" else said("已了结")
    if verb == "dismiss" and row.severity == "blocks":
        return said("阻止级的要逐条判断")
    if row.assigned_to is not None and (verb == "assign" or row.assigned_to != actor.id):
        return said("已分派") if verb == "assign" else said("分派给了别人")
    return ""


def _seen(rows: Sequence[Any]) -> str:
    digest = hashlib.sha256()
    for row in rows:
        digest.update(f"{row.id}:{row.version};".encode())
    return digest.hexdigest()[:32]
