"""Procedures as pages need them: filtered rows with deadlines, and one procedure as a track of steps with what can be done now."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from gazetteer.addresses import division_path, iso, place_record
from gazetteer.names import clocks
from gazetteer.names.approval import DECIDED, result_of
from gazetteer.names.clocks import CHINA, calendar_note, clock_for, due_on, working_days_between
from gazetteer.names.dossier import NEXT_STEP, RUNNING
from gazetteer.names.finding_lists import finding_history
from gazetteer.names.impact import impact
from gazetteer.names.undoing import undo_until, why_not_undone
from gazetteer.paging import Page, keyset
from gazetteer.store.events import Actor
from gazetteer.store.models import Division, NamingProcedure, PlaceName, ProcedureStep, User
from gazetteer.store.models.naming import PROCEDURE_KINDS, PROCEDURE_STATUSES
from gazetteer.workflow import MOVES
from geoaddr.errors import NotFound, UsageError

TRACK = ("proposal", "check", "consultation", "decision", "filing", "announcement")
"""The steps of a procedure in order, as its page shows them."""

OFFERED = ("check", "consult", "approve", "refuse", "file", "announce", "withdraw")
ARTICLES = {
    "approve": "地名管理条例 第十二条", "refuse": "宁波市地名管理条例 第十五条", "file": "地名管理条例 第十三条",
    "announce": "地名管理条例 第十四条", "consult": "地名管理条例 第十一条", "check": "地名管理条例 第九条", "withdraw": "",
}  # fmt: skip
STEPS_OF = {
    "proposal": ("proposal",), "check": ("check",), "consultation": ("expert_opinion", "public_opinion", "department_opinion"),
    "decision": ("decision",), "filing": ("filing",), "announcement": ("announcement",),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ProcedureFilters:
    """Which procedures a list shows.

    ``running`` are those before the decision, ``to_decide`` of these the ones an approver may decide, ``unfinished`` also those not
    yet announced.
    """

    status: str = "unfinished"
    kind: str = ""
    place_id: str = ""
    overdue: bool = False
    q: str = ""


@dataclass(frozen=True, slots=True)
class ProcedureRow:
    """One procedure in a list; ``days_left`` counts working days to the deadline, negative when it has passed."""

    id: str
    kind: str
    status: str
    place_id: str
    category: str
    old_name: str
    new_name: str
    division_id: str
    division_name: str
    proposed_by_name: str
    approved_by_name: str
    proposed_on: date
    decided_on: date | None
    due_on: date | None
    next_step: str
    days_left: int | None
    version: int


def list_procedures(
    session: Session, filters: ProcedureFilters, *, after: str | None = None, limit: int = 50, today: date | None = None
) -> Page[ProcedureRow]:
    """Return one page of procedures, newest first, with the true total of all that fit."""
    now = today or clocks.today()
    statement = _filtered(filters, now)
    page = keyset(session, statement, NamingProcedure.id, after=after, limit=limit, newest_first=True)
    return Page(tuple(_row(session, one, now) for one in page.rows), page.total, page.next_after)


def procedure_record(session: Session, procedure_id: str, *, actor: Actor | None = None, today: date | None = None) -> dict[str, Any]:
    """Return one procedure with its steps, track, clocks, impact or result, history and the moves this actor may make."""
    procedure = session.get(NamingProcedure, procedure_id)
    if procedure is None:
        raise NotFound(f"没有编号为 {procedure_id[:20]} 的办件", field="id")
    now = today or clocks.today()
    row = asdict(_row(session, procedure, now))
    until = undo_until(session, procedure)
    successor = session.get(PlaceName, procedure.new_place_id) if procedure.new_place_id else None
    steps = _steps(session, procedure)
    return {
        **row, **{name: iso(row[name]) for name in ("proposed_on", "decided_on", "due_on")},
        "reason": procedure.reason, "checks": procedure.checks, "authority": procedure.authority, "decision_no": procedure.decision_no,
        "finding_id": procedure.finding_id, "place": place_record(session, procedure.place_id),
        "divisions": division_path(session, procedure.place.division),
        "successor": {"id": successor.id, "name": successor.standard_name} if successor else None,
        "steps": steps, "track": _track(procedure, steps, now), "clocks": _clocks(procedure, now), "calendar_note": calendar_note(now),
        "impact": impact(session, procedure.place_id).as_dict() if procedure.status in RUNNING else None,
        "result": result_of(session, procedure).as_dict() if procedure.status in DECIDED else None,
        "moves": _moves(procedure, actor), "history": finding_history(session, procedure.id),
        "undo_until": until.isoformat() if until else None,
        "undo_refused_because": why_not_undone(session, procedure) if procedure.status == "approved" else "",
    }  # fmt: skip


def _filtered(filters: ProcedureFilters, now: date) -> Select[Any]:
    statement = select(NamingProcedure)
    groups = {"running": RUNNING, "to_decide": ("checked", "consulted"), "all": PROCEDURE_STATUSES}
    groups["unfinished"] = (*RUNNING, "approved", "filed")
    if filters.status not in groups and filters.status not in PROCEDURE_STATUSES:
        raise UsageError(f"没有“{filters.status[:20]}”这一状态", field="status")
    statement = statement.where(NamingProcedure.status.in_(groups.get(filters.status, (filters.status,))))
    if filters.kind:
        if filters.kind not in PROCEDURE_KINDS:
            raise UsageError("办件类别只能是命名、更名或销名", field="kind")
        statement = statement.where(NamingProcedure.kind == filters.kind)
    if filters.place_id:
        statement = statement.where(NamingProcedure.place_id == filters.place_id)
    if filters.overdue:
        statement = statement.where(NamingProcedure.due_on < now)
    if text := filters.q.strip():
        old, new = NamingProcedure.old_name, NamingProcedure.new_name
        statement = statement.where(old.contains(text, autoescape=True) | new.contains(text, autoescape=True))
    return statement


def _row(session: Session, one: NamingProcedure, now: date) -> ProcedureRow:
    place = session.get_one(PlaceName, one.place_id)
    return ProcedureRow(
        one.id, one.kind, one.status, one.place_id, place.category, one.old_name, one.new_name, place.division_id,
        session.get_one(Division, place.division_id).name, _name_of(session, one.proposed_by), _name_of(session, one.approved_by),
        one.proposed_on, one.decided_on, one.due_on, NEXT_STEP.get(one.status, ""),
        working_days_between(now, one.due_on) if one.due_on else None, one.version,
    )  # fmt: skip


def _steps(session: Session, procedure: NamingProcedure) -> list[dict[str, Any]]:
    rows = session.scalars(select(ProcedureStep).where(ProcedureStep.procedure_id == procedure.id).order_by(ProcedureStep.created_seq))
    return [
        {"id": one.id, "kind": one.kind, "text": one.text, "at": one.at.isoformat(), "by": _name_of(session, one.by_user),
         "attachment_id": one.attachment_id}
        for one in rows
    ]  # fmt: skip


def _track(procedure: NamingProcedure, steps: list[dict[str, Any]], now: date) -> list[dict[str, Any]]:
    """Return the steps in order: when each was done, or by when it is due, under which article, and which is the present one."""
    ended = procedure.status in ("refused", "withdrawn", "announced")
    done = {name: [step["at"] for step in steps if step["kind"] in kinds] for name, kinds in STEPS_OF.items()}
    if procedure.status in RUNNING:
        done["decision"] = []  # an approval that was taken back left its step behind
    track: list[dict[str, Any]] = []
    current = "" if ended else NEXT_STEP[procedure.status]
    for name in TRACK:
        done_at = done[name][-1] if done[name] else None
        done_on = datetime.fromisoformat(done_at).astimezone(CHINA).date().isoformat() if done_at else None
        entry: dict[str, Any] = {"step": name, "done_at": done_at, "done_on": done_on, "due_on": None, "days_left": None}
        entry |= {"article": "", "confirmed": True, "current": name == current, "optional": name == "consultation"}
        if name in ("decision", "filing", "announcement"):
            clock = clock_for(name, procedure.place.category)
            counted_from = procedure.proposed_on if clock.counted_from == "proposal" else procedure.decided_on
            due = due_on(name, procedure.place.category, counted_from) if counted_from else None
            entry |= {"article": clock.article, "confirmed": clock.confirmed, "due_on": iso(due)}
            if due is not None and not done[name] and not ended:
                entry["days_left"] = working_days_between(now, due)
        track.append(entry)
    return track


def _clocks(procedure: NamingProcedure, now: date) -> list[dict[str, Any]]:
    """Return every statutory period of a procedure, that of the plates and signs too; ``due_on`` None while it has not begun to run."""
    running = []
    for step in ("decision", "filing", "announcement", "signs"):
        clock = clock_for(step, procedure.place.category)
        counted_from = procedure.proposed_on if clock.counted_from == "proposal" else procedure.decided_on
        due = due_on(step, procedure.place.category, counted_from) if counted_from else None
        running.append(
            {"step": step, "counted_from": iso(counted_from), "days": clock.days, "unit": clock.unit, "due_on": iso(due),
             "days_left": working_days_between(now, due) if due else None, "article": clock.article, "confirmed": clock.confirmed}
        )  # fmt: skip
    return running


def _moves(procedure: NamingProcedure, actor: Actor | None) -> list[dict[str, Any]]:
    table = {move.verb: move for move in MOVES["naming_procedure"]}
    offered = []
    for verb in OFFERED:
        move = table[verb]
        repeated = verb in ("check", "consult") and procedure.status in ("checked", "consulted")
        refusal = "" if procedure.status in move.sources or repeated else _out_of_order(verb, procedure.status)
        if not refusal and actor is not None:
            refusal = _not_this_person(procedure, verb, move.roles, actor)
        offered.append({"verb": verb, "allowed": not refusal, "refused_because": refusal, "article": ARTICLES[verb]})
    return offered


def _out_of_order(verb: str, status: str) -> str:
    if status in ("refused", "withdrawn", "announced"):
        return "办件已办结"
    waits = {"approve": "须先完成检查", "refuse": "办件已批准", "file": "须先批准", "announce": "须先备案"}
    return "办件已有决定" if status in DECIDED and verb in ("check", "consult", "approve", "withdraw") else waits.get(verb, "须先完成检查")


def _not_this_person(procedure: NamingProcedure, verb: str, roles: tuple[str, ...], actor: Actor) -> str:
    if actor.role not in roles:
        return "须由审批人员决定" if verb in ("approve", "refuse") else "您的角色不能执行这一步"
    if verb in ("approve", "refuse") and actor.id == procedure.proposed_by:
        return "提出人不能审批自己的办件"
    return ""


def _name_of(session: Session, user_id: str | None) -> str:
    user = session.get(User, user_id) if user_id else None
    return user.display_name if user else ""
