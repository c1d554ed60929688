"""The queue of doubts as pages need it: filtered rows with true totals, counts, and one doubt with all that bears on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gazetteer.addresses import division_path, iso, place_record, position
from gazetteer.divisions import load_divisions
from gazetteer.names.clocks import CHINA
from gazetteer.names.finding_filters import FindingFilters, filtered, finding_due_on
from gazetteer.names.findings import undo_until
from gazetteer.names.impact import impact
from gazetteer.names.likeness_lists import likenesses, neighbours
from gazetteer.names.rules import Rule, find_rule
from gazetteer.paging import Page, keyset
from gazetteer.reach import beyond_reach, reach_of
from gazetteer.store.events import Actor, history
from gazetteer.store.models import Division, Event, Finding, NamingProcedure, PlaceName, Plate, StandardAddress, User
from gazetteer.workflow import MOVES, moves_from
from geoaddr.errors import NotFound, said

OFFERED = ("examine", "dismiss", "defer")
"""What a person may do with a doubt from its page, the main thing first; undo is offered beside."""
BEFORE, AFTER = 10, 20


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One doubt in a list; ``confirmed`` says whether its rule was read in the primary text."""

    id: str
    rule: str
    rule_title: str
    rule_title_en: str
    issue_class: str
    severity: str
    subject_kind: str
    subject_id: str
    subject_label: str
    category: str
    division_id: str
    division_name: str
    evidence: str
    article: str
    confirmed: bool
    exception: str
    status: str
    reason: str
    assigned_to: str | None
    assigned_name: str
    due_on: date | None
    raised_at: datetime | None
    version: int


def list_findings(session: Session, filters: FindingFilters, *, after: str | None = None, limit: int = 50) -> Page[FindingRow]:
    """Return one page of doubts, oldest first, with the true total of all that fit."""
    page = keyset(session, filtered(session, filters, select(Finding)), Finding.id, after=after, limit=limit)
    return Page(tuple(_rows(session, page.rows)), page.total, page.next_after)


def count_findings(session: Session, filters: FindingFilters) -> dict[str, Any]:
    """Return how many doubts fit, by class, rule, status and town; each count leaves out the filter on its own column."""
    tree = load_divisions(session)
    by_division = _counts(session, replace(filters, division_id=""), Finding.division_id)
    towns: dict[str, tuple[str, int]] = {}
    for division_id, number in by_division.items():
        unit = tree.town_of(division_id) or tree.by_id[division_id]
        towns[unit.id] = (unit.name, towns.get(unit.id, ("", 0))[1] + number)
    return {
        "total": total_findings(session, filters),
        "by_class": _counts(session, replace(filters, issue_class=""), Finding.issue_class),
        "by_rule": _counts(session, replace(filters, rule=""), Finding.rule),
        "by_status": _counts(session, replace(filters, status="all"), Finding.status),
        "by_division": towns,
        "by_assignee": _by_assignee(session, filters),
    }


def total_findings(session: Session, filters: FindingFilters) -> int:
    """Return how many doubts fit."""
    return session.scalar(filtered(session, filters, select(func.count()).select_from(Finding))) or 0


def queue_around(session: Session, finding: Finding, filters: FindingFilters) -> list[FindingRow]:
    """Return the part of a queue that lies around one doubt, this one included, oldest first."""
    wanted = filtered(session, filters, select(Finding)).where(Finding.id != finding.id)
    before = list(session.scalars(wanted.where(Finding.id < finding.id).order_by(Finding.id.desc()).limit(BEFORE)))
    after = list(session.scalars(wanted.where(Finding.id > finding.id).order_by(Finding.id).limit(AFTER)))
    return _rows(session, [*reversed(before), finding, *after])


def finding_record(session: Session, finding_id: str, *, actor: Actor | None = None) -> dict[str, Any]:
    """Return one doubt with its place, rule, namesakes, impact, procedures, history and what can be done now.

    ``moves`` lists every move with ``allowed`` and, where it is not, ``refused_because``.
    """
    finding = session.get(Finding, finding_id)
    if finding is None:
        raise NotFound(f"没有编号为 {finding_id[:20]} 的疑点", field="id")
    (row,) = _rows(session, [finding])
    of_place = finding.subject_kind == "place_name"
    place = session.get(PlaceName, finding.subject_id) if of_place else None
    likeness = likenesses(session, place) if place else {"same_name": [], "same_sound": [], "near": []}
    until = undo_until(session, finding)
    beyond = beyond_reach(session, reach_of(session, actor), finding.division_id) if actor is not None else ""
    return {
        **asdict(row), "raised_at": row.raised_at.isoformat() if row.raised_at else None, "due_on": iso(row.due_on),
        "address": _address(session, finding), "plate_serial": _plate_serial(session, finding),
        "neighbours": neighbours(session, place) if place else [],
        "place": place_record(session, place.id) if place else None, "divisions": division_path(session, _division(session, finding)),
        "rule_record": rule_record(find_rule(finding.rule)), **likeness,
        "impact": impact(session, place.id).as_dict() if place else None,
        "procedures": _procedures(session, finding), "history": finding_history(session, finding.id),
        "moves": _moves(finding, actor, beyond), "beyond_reach": beyond,
        "next_id": next_finding(session, finding), "undo_until": until.isoformat() if until else None,
    }  # fmt: skip


def next_finding(session: Session, finding: Finding, filters: FindingFilters | None = None) -> str | None:
    """Return the id of the doubt after this one in a queue (the open ones where none is given), or None at its end."""
    wanted = filtered(session, filters or FindingFilters(status="open"), select(Finding.id))
    found: str | None = session.scalar(wanted.where(Finding.id > finding.id).order_by(Finding.id).limit(1))
    return found


def rule_record(rule: Rule) -> dict[str, Any]:
    """Return a rule as pages quote it: title, text, source, article, dates, whether confirmed, and its known exceptions."""
    return {
        "id": rule.id, "title_zh": rule.title_zh, "title_en": rule.title_en, "issue_class": rule.issue_class, "severity": rule.severity,
        "text": rule.text, "source": rule.source, "article": rule.article, "effective_from": iso(rule.effective_from),
        "effective_to": iso(rule.effective_to), "confirmed": rule.confirmed, "exceptions": [excuse.text for excuse in rule.exceptions],
    }  # fmt: skip


def finding_history(session: Session, subject_id: str) -> list[dict[str, Any]]:
    """Return the events of a record with who caused them, oldest first."""
    return [
        {"seq": event.seq, "at": event.at.isoformat(), "actor": event.actor, "action": event.action, "payload": event.payload}
        for event in history(session, subject_id)
    ]


def _by_assignee(session: Session, filters: FindingFilters) -> dict[str, tuple[str, int]]:
    counts = _counts(session, replace(filters, assigned_to=""), Finding.assigned_to)
    names = {row.id: row.display_name for row in session.scalars(select(User).where(User.id.in_([id_ for id_ in counts if id_])))}
    return {id_ or "none": (names.get(id_ or "", ""), number) for id_, number in counts.items()}


def _address(session: Session, finding: Finding) -> dict[str, Any] | None:
    """Return the address a doubt is about, itself or its plate's, with its position."""
    address_id = finding.subject_id if finding.subject_kind == "standard_address" else None
    if finding.subject_kind == "plate":
        plate = session.get(Plate, finding.subject_id)
        address_id = plate.address_id if plate else None
    address = session.get(StandardAddress, address_id) if address_id else None
    return {"id": address.id, "label": address.label, **position(address)} if address else None


def _plate_serial(session: Session, finding: Finding) -> str:
    plate = session.get(Plate, finding.subject_id) if finding.subject_kind == "plate" else None
    return plate.serial if plate else ""


def _counts(session: Session, filters: FindingFilters, column: Any) -> dict[str, int]:
    statement = filtered(session, filters, select(column, func.count())).group_by(column).order_by(column)
    return {row[0]: row[1] for row in session.execute(statement)}


def _rows(session: Session, findings: Sequence[Finding]) -> list[FindingRow]:
    places = [finding.subject_id for finding in findings if finding.subject_kind == "place_name"]
    known = select(PlaceName.id, PlaceName.category).where(PlaceName.id.in_(places))
    categories = {row.id: row.category for row in session.execute(known)}
    units = select(Division.id, Division.name).where(Division.id.in_({finding.division_id for finding in findings}))
    names = {row.id: row.name for row in session.execute(units)}
    moments = select(Event.seq, Event.at).where(Event.seq.in_({finding.created_seq for finding in findings}))
    raised = {row.seq: row.at for row in session.execute(moments)}
    people = {row.id: row.display_name for row in session.scalars(select(User).where(User.id.in_({one.assigned_to for one in findings})))}
    deadlines = _deadlines(session, findings)
    rows = []
    for one in findings:
        rule = find_rule(one.rule)
        row = FindingRow(
            one.id, one.rule, rule.title_zh, rule.title_en, one.issue_class, one.severity, one.subject_kind, one.subject_id,
            one.subject_label, categories.get(one.subject_id, ""), one.division_id, names.get(one.division_id, ""), one.evidence,
            one.article, rule.confirmed, one.exception, one.status, one.reason, one.assigned_to, people.get(one.assigned_to or "", ""),
            _due_on(one, deadlines, raised.get(one.created_seq)), raised.get(one.created_seq), one.version,
        )  # fmt: skip
        rows.append(row)
    return rows


def _deadlines(session: Session, findings: Sequence[Finding]) -> dict[str | None, date | None]:
    ids = [finding.id for finding in findings if finding.status == "in_procedure"]
    of_findings = select(NamingProcedure.finding_id, NamingProcedure.due_on).where(NamingProcedure.finding_id.in_(ids))
    return {row.finding_id: row.due_on for row in session.execute(of_findings.where(NamingProcedure.due_on.is_not(None)))}


def _due_on(finding: Finding, deadlines: dict[str | None, date | None], raised: datetime | None) -> date | None:
    if finding.status == "in_procedure":
        return deadlines.get(finding.id)
    return finding_due_on(raised.astimezone(CHINA).date()) if raised and finding.status in ("open", "deferred") else None


def _division(session: Session, finding: Finding) -> Division:
    return session.get_one(Division, finding.division_id)


def _procedures(session: Session, finding: Finding) -> list[dict[str, Any]]:
    of_place = select(NamingProcedure).where(NamingProcedure.place_id == finding.subject_id).order_by(NamingProcedure.id.desc())
    return [
        {"id": one.id, "kind": one.kind, "status": one.status, "new_name": one.new_name, "proposed_on": one.proposed_on.isoformat(),
         "from_this": one.finding_id == finding.id}
        for one in session.scalars(of_place)
    ]  # fmt: skip


def _moves(finding: Finding, actor: Actor | None, beyond: str) -> list[dict[str, Any]]:
    possible = {move.verb for move in moves_from("finding", finding.status)}
    roles = {move.verb: move.roles for move in MOVES["finding"]}
    offered = []
    for verb in OFFERED:
        refusal = "" if verb in possible else f"疑点已是“{finding.status}”"
        if not refusal and actor is not None and actor.role not in roles[verb]:
            refusal = said("您的角色不能执行这一步")
        refusal = refusal or beyond
        offered.append({"verb": verb, "allowed": not refusal, "refused_because": refusal})
    return offered
