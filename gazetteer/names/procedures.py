"""The legal procedures of names: proposed, checked, consulted on, decided by a second pair of eyes, filed and announced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from shapely.geometry.base import BaseGeometry
from sqlalchemy import select
from sqlalchemy.orm import Session

from gazetteer.addresses import find_place
from gazetteer.names.approval import CascadeResult, approve
from gazetteer.names.cascade import name_columns
from gazetteer.names.checks import LONGEST_NAME
from gazetteer.names.clocks import due_on, today
from gazetteer.names.dossier import RUNNING, add_step, find_procedure, findings_of, person_of, require_open_procedure, require_second_person
from gazetteer.names.findings import find_finding
from gazetteer.names.undoing import undo_approval
from gazetteer.store.events import Actor
from gazetteer.store.models import Division, NamingProcedure, PlaceName, ProcedureStep
from gazetteer.store.models.naming import PROCEDURE_KINDS
from gazetteer.store.models.places import CATEGORIES
from gazetteer.workflow import change, enter, move
from geoaddr.errors import Conflict, NotFound, UsageError

__all__ = [
    "OPINIONS", "CascadeResult", "NewPlace", "Opinion", "add_note", "announce", "approve", "check", "consult", "file", "find_procedure",
    "propose", "refuse", "undo_approval", "withdraw",
]  # fmt: skip

OPINIONS = ("expert_opinion", "public_opinion", "department_opinion")


@dataclass(frozen=True, slots=True)
class NewPlace:
    """A place that is to be named and is not yet in the register."""

    category: str
    division_id: str
    geometry: BaseGeometry | None = None
    origin: str = ""
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What an expert, the public or another department said; ``kind`` is one of ``OPINIONS``."""

    kind: str
    text: str
    attachment_id: str | None = None


def propose(
    session: Session,
    *,
    kind: str,
    reason: str,
    actor: Actor,
    place_id: str | None = None,
    new_name: str = "",
    finding_id: str | None = None,
    successor_id: str | None = None,
    new_place: NewPlace | None = None,
    authority: str = "",
    on: date | None = None,
) -> NamingProcedure:
    """Open a procedure: ``name`` (a new or nameless place), ``rename`` or ``retire``; from a doubt or fresh.

    ``UsageError`` names what is missing, ``Conflict`` a procedure already running for the place or a place not in force.
    """
    user_id = person_of(actor)
    name = _required(kind, reason, new_name)
    day = on or today()
    place = _new_place(session, new_place, name, actor) if new_place else find_place(session, _given(place_id))
    _require_open(session, place, kind, name)
    if successor_id is not None:
        _require_successor(session, place, kind, successor_id)
    procedure = NamingProcedure(
        kind=kind, place_id=place.id, new_place_id=successor_id, finding_id=finding_id, old_name="" if new_place else place.standard_name,
        new_name=name, reason=reason.strip(), checks=[], authority=authority.strip(), proposed_by=user_id, proposed_on=day,
        due_on=due_on("decision", place.category, day),
    )  # fmt: skip
    enter(
        session, procedure, actor=actor, verb="propose", status="proposed", payload={"kind": kind, "place_id": place.id, "new_name": name}
    )
    if finding_id is not None:
        finding = find_finding(session, finding_id)
        if finding.subject_id != place.id:
            raise UsageError("疑点与所选地名不是同一处", field="finding_id")
        move(session, finding, "examine", actor=actor, payload={"procedure_id": procedure.id})
    add_step(session, procedure, "proposal", reason, actor)
    return procedure


def check(session: Session, procedure_id: str, *, actor: Actor, version: int | None = None, on: date | None = None) -> NamingProcedure:
    """Run the checks on the proposed name against the register of now and keep what they said; may be repeated until the decision."""
    procedure = find_procedure(session, procedure_id, version)
    day = on or today()
    found = [finding.as_dict() for finding in findings_of(session, procedure, on=day)]
    if procedure.status == "proposed":
        move(session, procedure, "check", actor=actor, also={"checks": found})
    elif procedure.status in RUNNING:
        change(session, procedure, actor=actor, verb="recheck", to={"checks": found})
    else:
        raise Conflict("办件已有决定，不再检查")
    add_step(session, procedure, "check", "；".join(f"{one['rule']}：{one['evidence']}" for one in found) or "未发现问题", actor)
    return procedure


def consult(
    session: Session, procedure_id: str, opinions: Sequence[Opinion], *, actor: Actor, version: int | None = None
) -> NamingProcedure:
    """Record opinions of experts, the public and departments, one step each; the procedure counts as consulted on."""
    procedure = find_procedure(session, procedure_id, version)
    if not opinions:
        raise UsageError("请至少填写一条意见", field="opinions")
    for opinion in opinions:
        if opinion.kind not in OPINIONS or not opinion.text.strip():
            raise UsageError("意见须有类别（专家、公众、部门）和内容", field="opinions")
    if procedure.status == "consulted":
        require_open_procedure(procedure)
    else:
        move(session, procedure, "consult", actor=actor)
    for opinion in opinions:
        add_step(session, procedure, opinion.kind, opinion.text, actor, attachment_id=opinion.attachment_id)
    return procedure


def add_note(session: Session, procedure_id: str, text: str, *, actor: Actor, attachment_id: str | None = None) -> ProcedureStep:
    """Add a note or paper to a procedure in any status."""
    if not text.strip():
        raise UsageError("请填写内容", field="text")
    return add_step(session, find_procedure(session, procedure_id), "note", text, actor, attachment_id=attachment_id)


def refuse(
    session: Session, procedure_id: str, *, actor: Actor, text: str, version: int | None = None, on: date | None = None
) -> NamingProcedure:
    """Refuse a proposal with written reasons; the doubt it came from is open again, a name proposed for a new place is rejected."""
    procedure = find_procedure(session, procedure_id, version)
    require_second_person(procedure, actor)
    if not text.strip():
        raise UsageError("不予批准须书面说明理由（宁波市地名管理条例 第十五条）", field="text")
    move(session, procedure, "refuse", actor=actor, also={"decided_on": on or today(), "due_on": None})
    add_step(session, procedure, "decision", text, actor)
    _let_go(session, procedure, actor)
    return procedure


def withdraw(session: Session, procedure_id: str, *, actor: Actor, text: str = "", version: int | None = None) -> NamingProcedure:
    """Withdraw a proposal before the decision; the doubt it came from is open again."""
    procedure = find_procedure(session, procedure_id, version)
    move(session, procedure, "withdraw", actor=actor, also={"due_on": None})
    add_step(session, procedure, "withdrawal", text, actor)
    _let_go(session, procedure, actor)
    return procedure


def file(session: Session, procedure_id: str, *, actor: Actor, text: str = "", version: int | None = None) -> NamingProcedure:
    """Record that an approved procedure was filed 备案 with the authority above."""
    procedure = find_procedure(session, procedure_id, version)
    decided = procedure.decided_on or today()
    move(session, procedure, "file", actor=actor, also={"due_on": due_on("announcement", procedure.place.category, decided)})
    add_step(session, procedure, "filing", text, actor)
    return procedure


def announce(session: Session, procedure_id: str, *, actor: Actor, text: str = "", version: int | None = None) -> NamingProcedure:
    """Record that a filed procedure was announced 公告; it is finished."""
    procedure = find_procedure(session, procedure_id, version)
    move(session, procedure, "announce", actor=actor, also={"due_on": None})
    add_step(session, procedure, "announcement", text, actor)
    return procedure


def _given(place_id: str | None) -> str:
    if not place_id:
        raise UsageError("请选择要办理的地名", field="place_id")
    return place_id


def _required(kind: str, reason: str, new_name: str) -> str:
    if kind not in PROCEDURE_KINDS:
        raise UsageError("办件类别只能是命名、更名或销名", field="kind")
    if not reason.strip():
        raise UsageError("请写明理由（地名管理条例 第十一条：申请书须载明命名、更名的方案及理由）", field="reason")
    name = new_name.strip()
    if kind != "retire" and not name:
        raise UsageError("请填写拟用名称", field="new_name")
    if len(name) > LONGEST_NAME:
        raise UsageError(f"拟用名称最多 {LONGEST_NAME} 个字", field="new_name")
    return "" if kind == "retire" else name


def _require_open(session: Session, place: PlaceName, kind: str, name: str) -> None:
    allowed = ("proposed", "reserved", "current") if kind == "name" else ("current",)
    if place.status not in allowed:
        raise Conflict(f"“{place.standard_name}”的状态是“{place.status}”，不能办理")
    if kind == "rename" and name == place.standard_name:
        raise UsageError("拟用名称与现名相同", field="new_name")
    running = select(NamingProcedure.id).where(NamingProcedure.place_id == place.id, NamingProcedure.status.in_(RUNNING))
    if session.scalar(running.limit(1)) is not None:
        raise Conflict(f"“{place.standard_name}”已有办理中的办件，请先办结或撤回")


def _require_successor(session: Session, place: PlaceName, kind: str, successor_id: str) -> None:
    successor = find_place(session, successor_id)
    if kind != "retire":
        raise UsageError("只有销名办件可以指定并入的地名", field="successor_id")
    if successor.id == place.id or successor.status != "current" or successor.category != place.category:
        raise UsageError("并入的地名须是另一处同类的现行地名", field="successor_id")


def _new_place(session: Session, new: NewPlace, name: str, actor: Actor) -> PlaceName:
    if new.category not in CATEGORIES:
        raise UsageError("没有这一类别", field="category")
    if session.get(Division, new.division_id) is None:
        raise NotFound("没有这个行政区划", field="division_id")
    columns: dict[str, Any] = {**name_columns(name, new.category), "category": new.category, "division_id": new.division_id}
    place = PlaceName(**columns, origin=new.origin, meaning=new.meaning, geom=new.geometry)
    return enter(session, place, actor=actor, verb="propose", status="proposed")


def _let_go(session: Session, procedure: NamingProcedure, actor: Actor) -> None:
    if procedure.finding_id is not None:
        finding = find_finding(session, procedure.finding_id)
        if finding.status == "in_procedure":
            move(session, finding, "reopen", actor=actor, payload={"procedure_id": procedure.id})
    place = find_place(session, procedure.place_id)
    if place.status == "proposed":
        move(session, place, "reject", actor=actor, payload={"procedure_id": procedure.id})
