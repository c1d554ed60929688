"""What every step of a naming procedure needs: the procedure itself, who acts, what the checks say, and the dated entries."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from gazetteer.addresses import find_place
from gazetteer.names.checks import run_checks
from gazetteer.names.proposal import NameFinding, Proposal
from gazetteer.names.register import NameRegister
from gazetteer.names.terms import split_name
from gazetteer.store.events import Actor, now
from gazetteer.store.models import NamingProcedure, ProcedureStep
from gazetteer.workflow import OFFICE, enter, require_version
from geoaddr.errors import Conflict, Forbidden, NotFound

RUNNING = ("proposed", "checked", "consulted")
NEXT_STEP = {"proposed": "check", "checked": "decision", "consulted": "decision", "approved": "filing", "filed": "announcement"}
"""What a procedure waits for in each status."""


def find_procedure(session: Session, procedure_id: str, version: int | None = None) -> NamingProcedure:
    """Return a procedure; ``NotFound`` where there is none, ``Conflict`` where the page was stale."""
    if (row := session.get(NamingProcedure, procedure_id)) is None:
        raise NotFound(f"没有编号为 {procedure_id[:20]} 的办件", field="id")
    require_version(row, version)
    return row


def findings_of(session: Session, procedure: NamingProcedure, *, on: date, register: NameRegister | None = None) -> list[NameFinding]:
    """Return the doubts about the name a procedure proposes, as the register stands now; none for a retirement."""
    if procedure.kind == "retire":
        return []
    place = find_place(session, procedure.place_id)
    terms = split_name(procedure.new_name, place.category)
    proposal = Proposal(
        procedure.new_name, place.category, terms.specific, terms.generic, terms.stacked, division_id=place.division_id, place_id=place.id
    )
    return run_checks(proposal, register or NameRegister.load(session), on=on)


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
        raise Forbidden("提出人不能审批自己的办件，请由另一位审批人员决定")


def require_open_procedure(procedure: NamingProcedure) -> None:
    """Raise ``Conflict`` where a procedure has been decided."""
    if procedure.status not in RUNNING:
        raise Conflict(f"办件已是“{procedure.status}”，不能再改")


def person_of(actor: Actor) -> str:
    """Return the id of the signed-in person of the office who acts; ``Forbidden`` for anybody and anything else."""
    if actor.kind != "user" or actor.id is None:
        raise Forbidden("地名办件须由登录的工作人员办理")
    if actor.role not in OFFICE:
        raise Forbidden("您的角色不能办理地名办件")
    return actor.id
