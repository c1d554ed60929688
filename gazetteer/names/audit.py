"""The audit of all names: every doubt raised once, brought up to date when facts change, closed when cured."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gazetteer.names.checks import judge, proposal_of
from gazetteer.names.proposal import NameFinding
from gazetteer.names.register import NameRegister, RegisteredName
from gazetteer.names.rules import rule_book
from gazetteer.plates.serials import hold_register
from gazetteer.store.events import Actor
from gazetteer.store.models import Finding
from gazetteer.workflow import change_many, enter_many, move_many

UNSETTLED = ("open", "deferred", "in_procedure")
AUDITED = ("proposed", "reserved", "current")
NOT_AUDITED_KINDS = ("poi",)
"""Points of interest are shops and offices under their own names, not place names in the sense of the law."""

COMPARED = ("issue_class", "severity", "subject_label", "division_id", "evidence", "article", "exception")
BATCH = 5_000
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class AuditResult:
    """How many names were checked and what became of the doubts: new, unchanged, with changed facts, cured, open again."""

    checked: int
    raised: int
    kept: int
    updated: int
    cured: int
    reopened: int

    def as_dict(self) -> dict[str, int]:
        """Return the counts by name."""
        return asdict(self)


def audit(
    session: Session,
    *,
    actor: Actor,
    place_ids: Collection[str] | None = None,
    on: date | None = None,
    register: NameRegister | None = None,
) -> AuditResult:
    """Check all names (or these places) against all others and bring the findings into line with what is true now.

    A doubt has one finding for each rule and place. A dismissed one is not raised again while its evidence is the same;
    a cured one that comes back is opened again. Doubts in a procedure are left to the procedure.
    """
    hold_register(session)  # two audits at once would each raise the same doubts
    names = register or NameRegister.load(session)
    wanted = None if place_ids is None else set(place_ids)
    audited = [one for one in names.names if (wanted is None or one.id in wanted) and one.category not in NOT_AUDITED_KINDS]
    rules = rule_book(on)
    true_now = {(finding.rule, one.id): _columns(one, finding) for one in audited for finding in judge(proposal_of(one), rules, names)
                if not finding.excused}  # fmt: skip
    known = _known(session, wanted)
    plan = _compared(true_now, known)
    enter_many(session, Finding, plan.new, actor=actor, verb="raise")
    change_many(session, Finding, plan.changed, actor=actor, verb="update")
    move_many(session, Finding, plan.back, "reopen", actor=actor)
    move_many(session, Finding, plan.gone, "cure", actor=actor, payload={"by": "audit"})
    kept = len(true_now) - len(plan.new) - len(plan.changed) - len(plan.back)
    return AuditResult(len(audited), len(plan.new), kept, len(plan.changed), len(plan.gone), len(plan.back))


@dataclass(frozen=True, slots=True)
class _Plan:
    new: list[dict[str, Any]]
    changed: list[dict[str, Any]]
    back: list[str]
    gone: list[str]


def _compared(true_now: Mapping[Key, dict[str, Any]], known: Mapping[Key, list[Any]]) -> _Plan:
    plan = _Plan([], [], [], [])
    for key, columns in true_now.items():
        rows = known.get(key, [])
        unsettled = next((row for row in rows if row.status in UNSETTLED), None)
        same = next((row for row in rows if row.evidence == columns["evidence"]), None)
        if unsettled is not None:
            if any(getattr(unsettled, name) != columns[name] for name in COMPARED):
                plan.changed.append({"id": unsettled.id, **{name: columns[name] for name in COMPARED}})
        elif same is not None and same.status == "cured":
            plan.back.append(same.id)
        elif same is None:
            plan.new.append({**columns, "status": "open", "reason": ""})
    for key, rows in known.items():
        if key not in true_now:
            plan.gone.extend(row.id for row in rows if row.status in ("open", "deferred"))
    return plan


def _columns(one: RegisteredName, finding: NameFinding) -> dict[str, Any]:
    return {
        "rule": finding.rule, "issue_class": finding.issue_class or "", "severity": finding.severity, "subject_kind": "place_name",
        "subject_id": one.id, "subject_label": one.name, "division_id": one.division_id, "evidence": finding.evidence,
        "article": finding.article[:200], "exception": (finding.exception or "")[:300],
    }  # fmt: skip


def _known(session: Session, wanted: set[str] | None) -> dict[Key, list[Any]]:
    columns = (Finding.id, Finding.rule, Finding.subject_id, Finding.status, *(getattr(Finding, name) for name in COMPARED))
    statement = select(*columns).where(Finding.subject_kind == "place_name").order_by(Finding.id)
    known: dict[Key, list[Any]] = {}
    ids = None if wanted is None else sorted(wanted)
    batches = [None] if ids is None else [ids[start : start + BATCH] for start in range(0, len(ids), BATCH)]
    for batch in batches:
        for row in session.execute(statement if batch is None else statement.where(Finding.subject_id.in_(batch))):
            known.setdefault((row.rule, row.subject_id), []).append(row)
    return known
