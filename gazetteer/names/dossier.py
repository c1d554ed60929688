"""What every step of a procedure needs: the procedure itself, who acts, what the checks say, what papers are there, the dated entries."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from gazetteer.names.checks import run_checks
from gazetteer.names.impact import impact
from gazetteer.names.procedure_rules import Decider, Need, decider_of, kind_of, needs_of
from gazetteer.names.proposal import NameFinding, Proposal
from gazetteer.names.protection import is_protected
from gazetteer.names.register import NameRegister
from gazetteer.names.terms import split_name
from gazetteer.store.events import Actor, now
from gazetteer.store.models import Attachment, Division, NamingProcedure, PlaceName, ProcedureStep
from gazetteer.workflow import OFFICE, enter, require_version
from geoaddr.errors import Conflict, Forbidden, NotFound, listed, said

RUNNING = ("proposed", "checked", "consulted")
CHECKED_KINDS = ("name", "rename", "correct", "merge", "split")
"""Kinds whose names are judged by the naming rules; an alias or a name already in force is not proposed as a standard name."""


def find_procedure(session: Session, procedure_id: str, version: int | None = None) -> NamingProcedure:
    """Return a procedure; ``NotFound`` where there is none, ``Conflict`` where the page was stale."""
    if (row := session.get(NamingProcedure, procedure_id)) is None:
        raise NotFound(f"没有编号为 {procedure_id[:20]} 的办件", field="id")
    require_version(row, version)
    return row


def place_of(session: Session, procedure: NamingProcedure) -> PlaceName:
    """Return the place a procedure is about; only for kinds about places."""
    return session.get_one(PlaceName, cast(str, procedure.place_id))


def division_of(session: Session, procedure: NamingProcedure) -> Division:
    """Return the division a procedure is about, or the one its place lies in."""
    return session.get_one(Division, procedure.division_id or place_of(session, procedure).division_id)


def category_of(procedure: NamingProcedure) -> str:
    """Return what a procedure is about as clocks and deciders know it: the place's category or the division's level."""
    if procedure.place is not None:
        return procedure.place.category
    return procedure.division.level if procedure.division is not None else ""


def next_step(procedure: NamingProcedure) -> str:
    """Return the step a procedure waits for, '' where it is finished: checked -> ``decision``."""
    steps = kind_of(procedure.kind).steps
    waits = {"proposed": "check", "checked": "decision", "consulted": "decision", "filed": "announcement", "appealed": "appeal"}
    if procedure.status == "approved":
        return next((one for one in ("filing", "announcement") if one in steps), "")
    return waits.get(procedure.status, "")


def decider(procedure: NamingProcedure) -> Decider:
    """Return who decides a procedure."""
    return decider_of(procedure.kind, category_of(procedure))


def proposed_names(procedure: NamingProcedure) -> list[str]:
    """Return the names a procedure would make standard, those that are not yet: the new name, or the names of the parts of a split."""
    if procedure.kind not in CHECKED_KINDS:
        return []
    names = [part["name"] for part in procedure.details.get("parts", ())] if procedure.kind == "split" else [procedure.new_name]
    return [name for name in dict.fromkeys(names) if name and (name != procedure.old_name or procedure.kind == "name")]


def findings_of(session: Session, procedure: NamingProcedure, *, on: date, register: NameRegister | None = None) -> list[NameFinding]:
    """Return the doubts about the names a procedure proposes, as the register stands now; none where it proposes no name."""
    names = proposed_names(procedure)
    if not names:
        return []
    place = place_of(session, procedure)
    known = register or NameRegister.load(session)
    found: list[NameFinding] = []
    for name in names:
        terms = split_name(name, place.category)
        proposal = Proposal(
            name, place.category, terms.specific, terms.generic, terms.stacked, division_id=place.division_id, place_id=place.id,
            facts=place.facts or {},
        )  # fmt: skip
        found += run_checks(proposal, known, on=on)
    return found


def needs(session: Session, procedure: NamingProcedure) -> tuple[Need, ...]:
    """Return the papers and opinions a procedure needs, by what it would touch."""
    if procedure.place_id is None:
        return needs_of(procedure.kind, protected=False, addresses=0)
    protected = is_protected(session, procedure.place_id)
    return needs_of(procedure.kind, protected=protected, addresses=impact(session, procedure.place_id).addresses)


def missing(session: Session, procedure: NamingProcedure) -> list[Need]:
    """Return the papers and opinions that are needed and not there, required ones first."""
    of_papers = select(Attachment.paper).where(Attachment.subject_id == procedure.id)
    of_steps = select(ProcedureStep.kind).where(ProcedureStep.procedure_id == procedure.id)
    there = {*session.scalars(of_papers), *session.scalars(of_steps)}
    lacking = [need for need in needs(session, procedure) if need.what not in there]
    return sorted(lacking, key=lambda need: not need.required)


def require_papers(session: Session, procedure: NamingProcedure) -> None:
    """Raise ``Conflict``, naming each with its article, where a required paper or opinion is not there."""
    lacking = [need for need in missing(session, procedure) if need.required]
    if lacking:
        papers = (said("%(title)s（%(article)s）", title=title_of(need), article=need.article) for need in lacking)
        raise Conflict(said("材料不齐，不能决定。缺：%(papers)s", papers=listed(papers)))


def title_of(need: Need) -> str:
    """Return what a paper or an opinion is called."""
    return need.title or OPINION_TITLES[need.what]


OPINION_TITLES: Mapping[str, str] = MappingProxyType(
    {"expert_opinion": said("专家意见"), "public_opinion": said("公众意见"), "department_opinion": said("部门意见")}
)


def add_step(
    session: Session, procedure: NamingProcedure, kind: str, text: str, actor: Actor, *, attachment_id: str | None = None
) -> ProcedureStep:
    """Write one dated entry of a procedure; what it says stays out of the event."""
    step = ProcedureStep(
        procedure_id=procedure.id, kind=kind, text=text.strip(), at=now(), by_user=actor.id if actor.kind == "user" else None,
        attachment_id=attachment_id,
    )  # fmt: skip
    return enter(session, step, actor=actor, verb="add", payload={"procedure_id": procedure.id, "kind": kind})


def require_second_person(procedure: NamingProcedure, actor: Actor) -> None:
    """Raise ``Forbidden`` where the person who proposed would decide: two pairs of eyes."""
    if person_of(actor) == procedure.proposed_by:
        raise Forbidden(said("提出人不能审批自己的办件，请由另一位审批人员决定"))


def person_of(actor: Actor) -> str:
    """Return the id of the signed-in person of the office who acts; ``Forbidden`` for anybody and anything else."""
    if actor.kind != "user" or actor.id is None:
        raise Forbidden(said("地名办件须由登录的工作人员办理"))
    if actor.role not in OFFICE:
        raise Forbidden(said("您的角色不能办理地名办件"))
    return actor.id
