"""The legal procedures of names: checked, consulted on, papers added, decided by a second pair of eyes, filed and announced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from gazetteer.addresses import find_place
from gazetteer.names.alias_procedure import let_alias_go, replay_for, told
from gazetteer.names.appeals import appeal, decide_appeal
from gazetteer.names.approval import CascadeResult, approve
from gazetteer.names.clocks import due_on, today
from gazetteer.names.competence import require_decider
from gazetteer.names.dossier import (
    add_step,
    category_of,
    find_procedure,
    findings_of,
    person_of,
    require_second_person,
)
from gazetteer.names.findings import find_finding
from gazetteer.names.procedure_rules import kind_of
from gazetteer.names.proposing import NewPlace, propose
from gazetteer.names.step_order import move_verb, require_in_order
from gazetteer.names.undoing import undo_approval
from gazetteer.place_codes import code_place_and_heirs
from gazetteer.store.events import Actor
from gazetteer.store.models import NamingProcedure, ProcedureStep
from gazetteer.workflow import change, move
from geoaddr.errors import Conflict, UsageError, said
from matchers.index import IndexLike

__all__ = [
    "OPINIONS", "CascadeResult", "NewPlace", "Opinion", "add_note", "announce", "appeal", "approve", "check", "consult", "decide_appeal",
    "file", "find_procedure", "propose", "refuse", "undo_approval", "withdraw",
]  # fmt: skip

OPINIONS = ("expert_opinion", "public_opinion", "department_opinion")


@dataclass(frozen=True, slots=True)
class Opinion:
    """What an expert, the public or another department said; ``kind`` is one of ``OPINIONS``."""

    kind: str
    text: str
    attachment_id: str | None = None


def check(
    session: Session,
    procedure_id: str,
    *,
    actor: Actor,
    version: int | None = None,
    on: date | None = None,
    index: IndexLike | None = None,
) -> NamingProcedure:
    """Run the checks on the proposed name against the register of now and keep what they said; may be repeated until the decision.

    An alias is replayed over the stored decisions instead, by an ``index`` that shows the register as this transaction sees it.
    """
    procedure = find_procedure(session, procedure_id, version)
    require_in_order(procedure, "check")
    day = on or today()
    found = [finding.as_dict() for finding in findings_of(session, procedure, on=day)]
    if procedure.status == "proposed":
        move(session, procedure, "check", actor=actor, also={"checks": found})
    else:
        change(session, procedure, actor=actor, verb="recheck", to={"checks": found})
    if procedure.kind == "alias":
        add_step(session, procedure, "check", told(replay_for(session, procedure, index, actor=actor)), actor)
        return procedure
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
    require_in_order(procedure, "consult")
    if procedure.status == "checked":
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
    require_decider(session, procedure, actor)
    if not text.strip():
        raise UsageError(said("不予批准须书面说明理由（宁波市地名管理条例 第十五条）"), field="text")
    require_in_order(procedure, "refuse")
    move(session, procedure, "refuse", actor=actor, also={"decided_on": on or today(), "due_on": None})
    add_step(session, procedure, "decision", text, actor)
    _let_go(session, procedure, actor)
    return procedure


def withdraw(session: Session, procedure_id: str, *, actor: Actor, text: str = "", version: int | None = None) -> NamingProcedure:
    """Withdraw a proposal before the decision; the doubt it came from is open again."""
    procedure = find_procedure(session, procedure_id, version)
    require_in_order(procedure, "withdraw")
    move(session, procedure, "withdraw", actor=actor, also={"due_on": None})
    add_step(session, procedure, "withdrawal", text, actor)
    _let_go(session, procedure, actor)
    return procedure


def file(
    session: Session, procedure_id: str, *, actor: Actor, text: str = "", version: int | None = None, on: date | None = None
) -> NamingProcedure:
    """Record that an approved procedure was filed 备案 with the authority above; ``Conflict`` for a kind that is not filed.

    What came into force by it and has no national place code gets one now: from here on the decision cannot be undone.
    """
    procedure = find_procedure(session, procedure_id, version)
    person_of(actor)
    if "filing" not in kind_of(procedure.kind).steps:
        raise Conflict(f"{kind_of(procedure.kind).title}不需要备案")
    require_in_order(procedure, "file")
    decided = procedure.decided_on or on or today()
    move(session, procedure, "file", actor=actor, also={"due_on": due_on("announcement", category_of(procedure), decided)})
    add_step(session, procedure, "filing", text, actor)
    if procedure.place_id is not None:
        code_place_and_heirs(session, procedure.place_id, actor=actor)
    return procedure


def announce(session: Session, procedure_id: str, *, actor: Actor, text: str = "", version: int | None = None) -> NamingProcedure:
    """Record that a procedure was announced 公告; it is finished. ``Conflict`` before it was filed, where its kind is filed at all."""
    procedure = find_procedure(session, procedure_id, version)
    person_of(actor)
    steps = kind_of(procedure.kind).steps
    if "announcement" not in steps:
        raise Conflict(f"{kind_of(procedure.kind).title}不需要公告")
    require_in_order(procedure, "announce")
    move(session, procedure, move_verb(kind_of(procedure.kind), "announce"), actor=actor, also={"due_on": None})
    add_step(session, procedure, "announcement", text, actor)
    return procedure


def _let_go(session: Session, procedure: NamingProcedure, actor: Actor) -> None:
    if procedure.finding_id is not None:
        finding = find_finding(session, procedure.finding_id)
        if finding.status == "in_procedure":
            move(session, finding, "reopen", actor=actor, payload={"procedure_id": procedure.id})
    let_alias_go(session, procedure, actor)
    if procedure.place_id is None:
        return
    place = find_place(session, procedure.place_id)
    if place.status == "proposed":
        move(session, place, "reject", actor=actor, payload={"procedure_id": procedure.id})
