"""A refusal taken further: the applicant asks for review within the lawful time; the review upholds it or opens the procedure again."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from gazetteer.names.clocks import due_on, today
from gazetteer.names.competence import require_competence
from gazetteer.names.dossier import RUNNING, add_step, category_of, find_procedure, person_of, require_second_person
from gazetteer.names.findings import find_finding
from gazetteer.names.procedure_rules import rule_of
from gazetteer.names.step_order import require_in_order
from gazetteer.store.events import Actor
from gazetteer.store.models import NamingProcedure, PlaceName, ProcedureStep
from gazetteer.workflow import move
from geoaddr.errors import Conflict, Forbidden, UsageError, said

OWN_REFUSAL = said("不予批准的决定人不能登记对自己决定的复议结果，请由另一位审批人员登记")


def appeal_until(procedure: NamingProcedure) -> date | None:
    """Return the last day on which a refusal may be taken further; None where there is no refusal."""
    if procedure.status != "refused" or procedure.decided_on is None:
        return None
    return procedure.decided_on + timedelta(days=rule_of("appeal")["days"])


def appeal(
    session: Session, procedure_id: str, *, actor: Actor, text: str, version: int | None = None, on: date | None = None
) -> NamingProcedure:
    """Record that the applicant asked for review of a refusal; ``Conflict`` once the lawful time is over."""
    procedure = find_procedure(session, procedure_id, version)
    person_of(actor)
    if not text.strip():
        raise UsageError("请写明复议的请求和理由", field="text")
    until = appeal_until(procedure)
    if until is not None and (on or today()) > until:
        raise Conflict(f"复议期限 {until} 已过（{rule_of('appeal')['article']}）；可以重新申报")
    require_in_order(procedure, "appeal")
    move(session, procedure, "appeal", actor=actor)
    add_step(session, procedure, "appeal", text, actor)
    return procedure


def decide_appeal(
    session: Session,
    procedure_id: str,
    *,
    overturn: bool,
    actor: Actor,
    text: str,
    version: int | None = None,
    on: date | None = None,
) -> NamingProcedure:
    """Record what the review decided: the refusal stands, or falls and the procedure waits for a new decision.

    ``Forbidden`` for the person who refused and for the one who proposed: nobody reviews their own decision or decides on their own name.
    """
    procedure = find_procedure(session, procedure_id, version)
    require_second_person(procedure, actor)
    require_competence(session, procedure, actor)
    if person_of(actor) in who_refused(session, procedure):
        raise Forbidden(OWN_REFUSAL)
    if not text.strip():
        raise UsageError("请写明复议决定", field="text")
    require_in_order(procedure, "overturn" if overturn else "uphold")
    day = on or today()
    if not overturn:
        move(session, procedure, "uphold", actor=actor)
    else:
        due = due_on("decision", category_of(procedure), day)
        _require_none_running(session, procedure)
        move(session, procedure, "overturn", actor=actor, also={"due_on": due, "decided_on": None})
        _take_up_again(session, procedure, actor)
    add_step(session, procedure, "appeal_decision", text, actor)
    return procedure


def who_refused(session: Session, procedure: NamingProcedure) -> set[str | None]:
    """Return the ids of the people who decided on a procedure before the review."""
    steps = select(ProcedureStep.by_user).where(ProcedureStep.procedure_id == procedure.id, ProcedureStep.kind == "decision")
    return set(session.scalars(steps))


def _require_none_running(session: Session, procedure: NamingProcedure) -> None:
    about = (
        NamingProcedure.place_id == procedure.place_id
        if procedure.place_id is not None
        else NamingProcedure.division_id == procedure.division_id
    )
    if session.scalar(select(NamingProcedure.id).where(about, NamingProcedure.status.in_(RUNNING)).limit(1)) is not None:
        raise Conflict("同一地名已有办理中的新办件，请先办结或撤回，再登记复议结果")


def _take_up_again(session: Session, procedure: NamingProcedure, actor: Actor) -> None:
    payload = {"procedure_id": procedure.id}
    if procedure.finding_id is not None:
        finding = find_finding(session, procedure.finding_id)
        if finding.status in ("open", "deferred"):
            move(session, finding, "examine", actor=actor, payload=payload)
    if procedure.place_id is not None:
        place = session.get_one(PlaceName, procedure.place_id)
        if place.status == "rejected":
            move(session, place, "propose_again", actor=actor, payload=payload)
