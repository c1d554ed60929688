"""One procedure as its page shows it: a track of steps with dates and deadlines, papers, opinions, and what can be done now."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gazetteer.addresses import division_path, iso, place_record
from gazetteer.division_settling import left_in
from gazetteer.divisions import below
from gazetteer.exchange.importing.follow import TAKEN
from gazetteer.names import clocks
from gazetteer.names.alias_procedure import not_replayed
from gazetteer.names.appeals import OWN_REFUSAL, appeal_until, who_refused
from gazetteer.names.approval import CARRIED_OUT, DECIDED, result_of
from gazetteer.names.clocks import CHINA, calendar_note, clock_for, due_on, working_days_between
from gazetteer.names.competence import beyond_competence
from gazetteer.names.dossier import RUNNING, category_of, decider, division_of, missing, needs, next_step, title_of
from gazetteer.names.finding_lists import finding_history
from gazetteer.names.findings import last_event
from gazetteer.names.impact import impact
from gazetteer.names.plan_record import concerned, parts_of_split, sources_of, touched_by
from gazetteer.names.procedure_lists import name_of, procedure_row
from gazetteer.names.procedure_rules import kind_of, paper_titles, rule_of
from gazetteer.names.protection import protection_of
from gazetteer.names.step_order import ARTICLES, move_verb, out_of_order
from gazetteer.names.undoing import undo_until, why_not_undone
from gazetteer.store.events import Actor
from gazetteer.store.models import Attachment, Division, NamingProcedure, PlaceName, PlateOrder, ProcedureStep, StandardAddress
from gazetteer.workflow import MOVES
from geoaddr.errors import NotFound, listed, said

OFFERED = ("check", "consult", "approve", "refuse", "file", "announce", "withdraw", "appeal", "uphold", "overturn")
STEPS_OF = {
    "proposal": ("proposal",), "check": ("check",), "consultation": ("expert_opinion", "public_opinion", "department_opinion"),
    "decision": ("decision",), "filing": ("filing",), "announcement": ("announcement",),
}  # fmt: skip
STEP_OF_MOVE = {"consult": "consultation", "file": "filing", "announce": "announcement"}
CLOCKED = ("decision", "filing", "announcement")


def procedure_record(session: Session, procedure_id: str, *, actor: Actor | None = None, today: date | None = None) -> dict[str, Any]:
    """Return one procedure with its steps, track, clocks, papers, impact or result, history and the moves this actor may make."""
    procedure = session.get(NamingProcedure, procedure_id)
    if procedure is None:
        raise NotFound(f"没有编号为 {procedure_id[:20]} 的办件", field="id")
    now = today or clocks.today()
    row = asdict(procedure_row(session, procedure, now))
    until = undo_until(session, procedure)
    steps = _steps(session, procedure)
    papers = _papers(session, procedure)
    decided = procedure.status in DECIDED
    return {
        **row, **{name: iso(row[name]) for name in ("proposed_on", "decided_on", "due_on")},
        "reason": procedure.reason, "checks": procedure.checks, "authority": procedure.authority, "decision_no": procedure.decision_no,
        "finding_id": procedure.finding_id, "own": actor is not None and actor.id == procedure.proposed_by,
        "divisions": division_path(session, division_of(session, procedure)),
        "kind_title": kind_of(procedure.kind).title, "kind_article": kind_of(procedure.kind).article,
        "kind_confirmed": kind_of(procedure.kind).confirmed,
        **_subjects(session, procedure), "decider": asdict(decider(procedure)),
        "steps": steps, "track": _track(procedure, steps, now, papers), "clocks": _clocks(procedure, now),
        "calendar_note": calendar_note(now),
        "papers": papers, "attachments": attachments(session, procedure.id),
        "impact": touched_by(session, procedure), "parts": parts_of_split(session, procedure), "lies_in": _lies_in(session, procedure),
        "result": _result(session, procedure) if decided else None,
        "moves": _moves(session, procedure, actor, now), "history": finding_history(session, procedure.id),
        "appeal_until": iso(appeal_until(procedure)), "undo_until": until.isoformat() if until else None,
        "undo_refused_because": why_not_undone(session, procedure) if procedure.status == "approved" else "",
    }  # fmt: skip


def attachments(session: Session, subject_id: str) -> list[dict[str, Any]]:
    """Return the files attached to a record, oldest first; ``paper_title`` is '' for a file that is no required paper."""
    titles = paper_titles()
    rows = session.scalars(select(Attachment).where(Attachment.subject_id == subject_id).order_by(Attachment.created_seq))
    return [
        {"id": one.id, "filename": one.filename, "media_type": one.media_type, "size_bytes": one.size_bytes, "sha256": one.sha256,
         "paper": one.paper, "paper_title": titles.get(one.paper, "")}
        for one in rows
    ]  # fmt: skip


def _result(session: Session, procedure: NamingProcedure) -> dict[str, Any]:
    """Return what an approval brought about, with the orders it made by what they do, and whom it touches now."""
    made = select(PlateOrder.action, PlateOrder.id).where(PlateOrder.procedure_id == procedure.id).order_by(PlateOrder.id)
    touched_ids = concerned(session, procedure)
    touched = impact(session, *touched_ids) if touched_ids else None
    told = last_event(session, procedure.id, CARRIED_OUT)
    return {
        "places": told.payload.get("places_followed", 0) if told else 0, "left": _left(session, procedure),
        **result_of(session, procedure).as_dict(), "orders": {row[0]: row[1] for row in session.execute(made)},
        "cases": touched.cases if touched else None, "certificates": touched.certificates if touched else None,
    }  # fmt: skip


def _units(procedure: NamingProcedure) -> list[str]:
    """Return the ids of the divisions that a change of divisions is about."""
    return [procedure.division_id, *procedure.details.get("sources", ())] if procedure.division_id else []


def _lies_in(session: Session, procedure: NamingProcedure) -> dict[str, int] | None:
    """Return what lies in the divisions that are to change, with every address below; None for a place and once it is decided."""
    if procedure.division_id is None or procedure.status not in RUNNING:
        return None
    ids = _units(procedure)
    left = [left_in(session, id_) for id_ in ids]
    inside = {one for id_ in ids for one in below(session, session.get_one(Division, id_))}
    addresses = select(func.count()).where(StandardAddress.division_id.in_(inside), StandardAddress.status.in_(TAKEN))
    return {
        "children": sum(one.children for one in left), "places": sum(one.places for one in left),
        "addresses": session.scalar(addresses) or 0,
    }  # fmt: skip


def _left(session: Session, procedure: NamingProcedure) -> list[dict[str, Any]]:
    """Return the divisions that a decision ended and in which something still lies, for a person to say where it goes."""
    ended = [one for one in (_brief(session, id_) for id_ in _units(procedure)) if one["status"] == "retired"]
    counted = [(one, left_in(session, one["id"])) for one in ended]
    return [{**one, **asdict(left)} for one, left in counted if left.anything]


def _subjects(session: Session, procedure: NamingProcedure) -> dict[str, Any]:
    """Return what a procedure is about, and the other places or divisions its plan names."""
    successor = session.get(PlaceName, procedure.new_place_id) if procedure.new_place_id else None
    place_id, details = procedure.place_id, dict(procedure.details)
    found: dict[str, Any] = {
        "place": place_record(session, place_id) if place_id else None,
        "division": None if place_id else _brief(session, cast(str, procedure.division_id)), "details": details,
        "successor": {"id": successor.id, "name": successor.standard_name} if successor else None,
        "protection": None, "sources": [],
    }  # fmt: skip
    if place_id:
        found["sources"] = sources_of(session, procedure)
        if entry := protection_of(session, place_id):
            found["protection"] = {"grade": entry.grade, "heritage_class": entry.heritage_class, "listed_on": iso(entry.listed_on)}
    else:
        found["sources"] = [_brief(session, id_) for id_ in details.get("sources", ())]
    return found


def _brief(session: Session, division_id: str) -> dict[str, Any]:
    division = session.get_one(Division, division_id)
    return {"id": division.id, "name": division.name, "code": division.code, "level": division.level, "status": division.status}


def _papers(session: Session, procedure: NamingProcedure) -> list[dict[str, Any]]:
    lacking = {need.what for need in missing(session, procedure)}
    return [{**asdict(need), "there": need.what not in lacking} for need in needs(session, procedure)]


def _steps(session: Session, procedure: NamingProcedure) -> list[dict[str, Any]]:
    rows = session.scalars(select(ProcedureStep).where(ProcedureStep.procedure_id == procedure.id).order_by(ProcedureStep.created_seq))
    return [
        {"id": one.id, "kind": one.kind, "text": one.text, "at": one.at.isoformat(), "by": name_of(session, one.by_user),
         "attachment_id": one.attachment_id}
        for one in rows
    ]  # fmt: skip


def _track(procedure: NamingProcedure, steps: list[dict[str, Any]], now: date, papers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the steps in order: when each was done, or by when it is due, under which article, and which is the present one."""
    ended = procedure.status in ("refused", "withdrawn", "announced", "appealed")
    done = {name: [step["at"] for step in steps if step["kind"] in kinds] for name, kinds in STEPS_OF.items()}
    if procedure.status in RUNNING:
        done["decision"] = []  # an approval that was taken back, or a refusal that fell, left its step behind
    track: list[dict[str, Any]] = []
    current = "" if ended else next_step(procedure)
    asked = any(paper["is_opinion"] and paper["required"] for paper in papers)
    for name in kind_of(procedure.kind).steps:
        done_at = done[name][-1] if done[name] else None
        done_on = datetime.fromisoformat(done_at).astimezone(CHINA).date().isoformat() if done_at else None
        entry: dict[str, Any] = {"step": name, "done_at": done_at, "done_on": done_on, "due_on": None, "days_left": None}
        entry |= {"article": "", "confirmed": True, "current": name == current, "optional": name == "consultation" and not asked}
        if name in CLOCKED:
            entry |= _deadline(procedure, name, now, open_=not done[name] and not ended)
        track.append(entry)
    return track


def _deadline(procedure: NamingProcedure, step: str, now: date, *, open_: bool) -> dict[str, Any]:
    category = category_of(procedure)
    clock = clock_for(step, category)
    counted_from = procedure.proposed_on if clock.counted_from == "proposal" else procedure.decided_on
    due = due_on(step, category, counted_from) if counted_from else None
    if step == "decision" and procedure.status in RUNNING and procedure.due_on is not None:
        due = procedure.due_on  # counted anew where a review sent the procedure back
    left = working_days_between(now, due) if due is not None and open_ else None
    return {"article": clock.article, "confirmed": clock.confirmed, "due_on": iso(due), "days_left": left}


def _clocks(procedure: NamingProcedure, now: date) -> list[dict[str, Any]]:
    """Return every statutory period of a procedure, that of the plates and signs too; ``due_on`` None while it has not begun to run.

    What was refused or withdrawn is neither filed nor announced: its one period is the applicant's, for taking a refusal further.
    """
    steps = kind_of(procedure.kind).steps
    if procedure.status in ("refused", "appealed", "withdrawn"):
        return _appeal_clock(procedure, now)
    named = [step for step in CLOCKED if step in steps] + (["signs"] if "filing" in steps else [])
    running = []
    for step in named:
        clock = clock_for(step, category_of(procedure))
        counted_from = procedure.proposed_on if clock.counted_from == "proposal" else procedure.decided_on
        due = due_on(step, category_of(procedure), counted_from) if counted_from else None
        running.append(
            {"step": step, "counted_from": iso(counted_from), "days": clock.days, "unit": clock.unit, "due_on": iso(due),
             "days_left": working_days_between(now, due) if due else None, "article": clock.article, "confirmed": clock.confirmed}
        )  # fmt: skip
    return running


def _appeal_clock(procedure: NamingProcedure, now: date) -> list[dict[str, Any]]:
    law, until = rule_of("appeal"), appeal_until(procedure)
    if until is None:
        return []
    told = {"days": law["days"], "unit": "days", "article": law["article"], "confirmed": law["confirmed"]}
    left = working_days_between(now, until)
    return [{"step": "appeal", "counted_from": iso(procedure.decided_on), "due_on": iso(until), "days_left": left, **told}]


def _moves(session: Session, procedure: NamingProcedure, actor: Actor | None, now: date) -> list[dict[str, Any]]:
    table = {move.verb: move for move in MOVES["naming_procedure"]}
    kind = kind_of(procedure.kind)
    offered = []
    for verb in OFFERED:
        if STEP_OF_MOVE.get(verb, "proposal") not in kind.steps:
            continue
        move = table[move_verb(kind, verb)]
        if verb in ("appeal", "uphold", "overturn") and procedure.status not in move.sources:
            continue
        refusal = out_of_order(procedure, verb) or _not_yet(session, procedure, verb, now)
        if not refusal and actor is not None:
            refusal = _not_this_person(session, procedure, verb, move.roles, actor)
        offered.append({"verb": verb, "allowed": not refusal, "refused_because": refusal, "article": ARTICLES[verb]})
    return offered


def _not_yet(session: Session, procedure: NamingProcedure, verb: str, now: date) -> str:
    if verb == "approve":
        if (refusal := not_replayed(session, procedure)) and procedure.status in RUNNING:
            return refusal
        lacking = [title_of(need) for need in missing(session, procedure) if need.required]
        return said("材料不齐，缺：%(papers)s", papers=listed(lacking)) if lacking else ""
    if verb == "appeal" and (until := appeal_until(procedure)) is not None and now > until:
        return said("复议期限 %(day)s 已过", day=until)
    return ""


def _not_this_person(session: Session, procedure: NamingProcedure, verb: str, roles: tuple[str, ...], actor: Actor) -> str:
    deciding, reviewing = verb in ("approve", "refuse"), verb in ("uphold", "overturn")
    if actor.role not in (decider(procedure).roles if deciding else roles):
        return said("须由审批人员决定") if deciding or reviewing else said("您的角色不能执行这一步")
    if not (deciding or reviewing):
        return ""
    if actor.id == procedure.proposed_by:
        return said("提出人不能审批自己的办件")
    return OWN_REFUSAL if reviewing and actor.id in who_refused(session, procedure) else beyond_competence(session, procedure, actor)
