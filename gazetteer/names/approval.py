"""The decision: an approval that carries everything with it in one transaction."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gazetteer.addresses import find_place
from gazetteer.names.cascade import Cascade
from gazetteer.names.clocks import due_on, today
from gazetteer.names.competence import require_decider
from gazetteer.names.division_changes import DivisionChange, carry_out_division
from gazetteer.names.dossier import (
    add_step,
    category_of,
    find_procedure,
    findings_of,
    require_papers,
    require_second_person,
)
from gazetteer.names.findings import last_event
from gazetteer.names.procedure_rules import kind_of
from gazetteer.names.proposal import NameFinding
from gazetteer.names.rules import find_rule
from gazetteer.names.stages import carry_out
from gazetteer.names.step_order import require_in_order
from gazetteer.plates.serials import hold_register
from gazetteer.store.events import Actor, record
from gazetteer.store.models import NamingProcedure, PlateTask
from gazetteer.workflow import change, move, plain
from geoaddr.errors import Conflict, UsageError, listed, said, titled

if TYPE_CHECKING:
    from gazetteer.linking.engine import Engine

DECIDED = ("approved", "filed", "announced")
RUNNING_CHECKED = ("checked", "consulted")
CARRIED_OUT = "naming_procedure.carry_out"


@dataclass(frozen=True, slots=True)
class CascadeResult:
    """What an approval brought about; ``job_id`` names the job that re-decides links where the approval itself did not."""

    procedure_id: str
    addresses: int
    order_ids: tuple[str, ...]
    plates_ordered: int
    plates_to_take_down: int
    links: dict[str, int] | None
    findings_cured: int
    job_id: str | None

    def as_dict(self) -> dict[str, Any]:
        """Return the fields by name."""
        return asdict(self)


def approve(
    session: Session,
    procedure_id: str,
    *,
    actor: Actor,
    decision_no: str,
    authority: str,
    text: str = "",
    override: str = "",
    engine: Engine | None = None,
    version: int | None = None,
    on: date | None = None,
) -> CascadeResult:
    """Approve a checked proposal and carry it out: names, labels, plates, links, doubts and events, together or not at all.

    ``Forbidden`` for the proposer or a role that may not decide; ``Conflict`` naming rule and article where a required paper or opinion
    is missing, or the name is blocked and no ``override`` reason is given. The same approval by the same person, already carried out, is
    answered again and changes nothing, so that a request repeated after a crash does no harm; another one is a ``Conflict``.
    """
    hold_register(session)  # what is checked now stays so until the end: no other name, address or link comes in between
    procedure = find_procedure(session, procedure_id)
    if procedure.status in DECIDED and _is_repeated(procedure, actor, decision_no, authority):
        return result_of(session, procedure)
    find_procedure(session, procedure_id, version)
    require_second_person(procedure, actor)
    require_decider(session, procedure, actor)
    require_in_order(procedure, "approve")
    if not decision_no.strip() or not authority.strip():
        raise UsageError(said("请填写批准文号和批准机关"), field="decision_no" if not decision_no.strip() else "authority")
    day = on or today()
    findings = findings_of(session, procedure, on=day)
    _require_unblocked(findings, override)
    if procedure.status in RUNNING_CHECKED:
        require_papers(session, procedure)
    steps = kind_of(procedure.kind).steps
    following = next((one for one in ("filing", "announcement") if one in steps), None)
    decision = {
        "approved_by": actor.id, "decided_on": day, "due_on": due_on(following, category_of(procedure), day) if following else None,
        "decision_no": decision_no.strip()[:120],
        "authority": authority.strip()[:120], "checks": [finding.as_dict() for finding in findings],
    }  # fmt: skip
    before = procedure.status
    move(session, procedure, "approve", actor=actor, also=decision, payload={"override": bool(override.strip())})
    add_step(session, procedure, "decision", "\n".join(filter(None, (text.strip(), override.strip()))) or "同意", actor)
    first = procedure.changed_seq
    found = _carry_out(session, procedure, day, actor, engine, override)
    report = {**found, "from_status": before, "first_seq": first}
    record(session, actor=actor, action=CARRIED_OUT, subject_kind="naming_procedure", subject_id=procedure.id, payload=plain(report))
    return result_of(session, procedure)


def _is_repeated(procedure: NamingProcedure, actor: Actor, decision_no: str, authority: str) -> bool:
    made = (procedure.approved_by, procedure.decision_no, procedure.authority)
    return made == (actor.id, decision_no.strip()[:120], authority.strip()[:120])


def _carry_out(
    session: Session, procedure: NamingProcedure, day: date, actor: Actor, engine: Engine | None, override: str
) -> dict[str, Any]:
    if procedure.place_id is None:
        return carry_out_division(DivisionChange(session, procedure, day, actor))
    place = find_place(session, procedure.place_id)
    cascade = Cascade(session, procedure, place, day, actor, engine.view_in if engine is not None else None, override=override)
    found = carry_out(cascade)
    count = len(cascade.address_ids)
    change(session, procedure, actor=actor, verb="count", to={"cascade_total": count, "cascade_done": count})
    return found


def result_of(session: Session, procedure: NamingProcedure) -> CascadeResult:
    """Return what an approval brought about, from the event that reports it; ``Conflict`` where there was none."""
    event = last_event(session, procedure.id, CARRIED_OUT)
    if event is None:
        raise Conflict("办件尚未批准执行")
    report = event.payload
    tasks = select(PlateTask.action, func.count()).where(PlateTask.order_id.in_(report["order_ids"])).group_by(PlateTask.action)
    counts: dict[str, int] = {row[0]: row[1] for row in session.execute(tasks)}
    return CascadeResult(
        procedure.id, report["addresses"], tuple(report["order_ids"]), counts.get("make", 0), counts.get("take_down", 0),
        report.get("links"),
        report["findings_cured"], report.get("job_id"),
    )  # fmt: skip


def _require_unblocked(findings: list[NameFinding], override: str) -> None:
    blocking = [finding for finding in findings if finding.severity == "blocks" and not finding.excused]
    if blocking and not override.strip():
        raise Conflict(said("名称不合规定：%(doubts)s。如仍要批准，请写明理由", doubts=listed(_told(one) for one in blocking)))


def _told(finding: NameFinding) -> str:
    rule = find_rule(finding.rule)
    title = titled(rule.title_zh, rule.title_en)
    return said("%(title)s：%(evidence)s（%(article)s）", title=title, evidence=finding.evidence, article=finding.article)
