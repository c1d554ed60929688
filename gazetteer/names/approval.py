"""The decision: an approval that carries everything with it in one transaction."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gazetteer.addresses import find_place
from gazetteer.names.cascade import Cascade, carry_out
from gazetteer.names.clocks import due_on, today
from gazetteer.names.dossier import add_step, find_procedure, findings_of, require_second_person
from gazetteer.names.findings import last_event
from gazetteer.names.proposal import NameFinding
from gazetteer.plates.serials import hold_register
from gazetteer.store.events import Actor, record
from gazetteer.store.models import NamingProcedure, PlateTask
from gazetteer.workflow import change, move, plain
from geoaddr.errors import Conflict, UsageError

if TYPE_CHECKING:
    from gazetteer.linking.engine import Engine

DECIDED = ("approved", "filed", "announced")
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
    """Approve a checked proposal and carry it out: former name, labels, plates, links, doubts and events, together or not at all.

    ``Forbidden`` for the proposer or a role without approval; ``Conflict`` naming rule and article where the name is blocked and no
    ``override`` reason is given. An approval that was already carried out is answered again and changes nothing, so that a
    request repeated after a crash does no harm.
    """
    hold_register(session)  # what is checked now stays so until the end: no other name, address or link comes in between
    procedure = find_procedure(session, procedure_id)
    if procedure.status in DECIDED:
        return result_of(session, procedure)
    find_procedure(session, procedure_id, version)
    require_second_person(procedure, actor)
    if not decision_no.strip() or not authority.strip():
        raise UsageError("请填写批准文号和批准机关", field="decision_no" if not decision_no.strip() else "authority")
    day = on or today()
    findings = findings_of(session, procedure, on=day)
    _require_unblocked(findings, override)
    place = find_place(session, procedure.place_id)
    decision = {
        "approved_by": actor.id, "decided_on": day, "due_on": due_on("filing", place.category, day),
        "decision_no": decision_no.strip()[:120],
        "authority": authority.strip()[:120], "checks": [finding.as_dict() for finding in findings],
    }  # fmt: skip
    before = procedure.status
    move(session, procedure, "approve", actor=actor, also=decision, payload={"override": bool(override.strip())})
    add_step(session, procedure, "decision", "\n".join(filter(None, (text.strip(), override.strip()))) or "同意", actor)
    first = procedure.changed_seq
    cascade = Cascade(session, procedure, place, day, actor, engine.view_in if engine is not None else None)
    carry_out(cascade)
    count = len(cascade.address_ids)
    change(session, procedure, actor=actor, verb="count", to={"cascade_total": count, "cascade_done": count})
    report = {**cascade.report, "from_status": before, "first_seq": first}
    record(session, actor=actor, action=CARRIED_OUT, subject_kind="naming_procedure", subject_id=procedure.id, payload=plain(report))
    return result_of(session, procedure)


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
        said = "；".join(f"{finding.evidence}（{finding.article}）" for finding in blocking)
        raise Conflict(f"名称不合规定：{said}。如仍要批准，请写明理由")
