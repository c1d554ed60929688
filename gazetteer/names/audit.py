"""The audit: every name, address and plate checked; each doubt raised once, brought up to date when facts change, closed when cured."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gazetteer.divisions import path_of
from gazetteer.names.address_checks import ADDRESS_CHECKS, LIVE_ADDRESS, Disorder
from gazetteer.names.checks import judge, proposal_of
from gazetteer.names.clocks import today
from gazetteer.names.ignores import active_ignores
from gazetteer.names.judging import EVIDENCE_LENGTH
from gazetteer.names.proposal import NameFinding
from gazetteer.names.register import NameRegister, RegisteredName
from gazetteer.names.rules import RuleBook, rule_book, rule_ids
from gazetteer.names.settling import AuditResult, settle
from gazetteer.names.sign_checks import plates_that_differ
from gazetteer.plates.serials import hold_register
from gazetteer.store.events import Actor
from gazetteer.store.models import Division, StandardAddress

NOT_AUDITED_KINDS = ("poi",)
"""Points of interest are shops and offices under their own names, not place names in the sense of the law."""

ADDRESS_KINDS = ("standard_address", "plate", "division")
__all__ = ["AuditResult", "audit", "audit_addresses", "audit_register"]


def audit_register(session: Session, *, actor: Actor, on: date | None = None) -> AuditResult:
    """Check everything: all names, all addresses and what hangs on the walls."""
    return audit(session, actor=actor, on=on) + audit_addresses(session, actor=actor, on=on)


def audit(
    session: Session,
    *,
    actor: Actor,
    place_ids: Collection[str] | None = None,
    on: date | None = None,
    register: NameRegister | None = None,
) -> AuditResult:
    """Check all names (or these places) against all others and bring the findings into line with what is true now.

    ``place_ids`` is for the names a decision touched: the place itself and those whose likeness to it may have ended.
    """
    hold_register(session)  # two audits at once would each raise the same doubts
    names = register or NameRegister.load(session)
    wanted = None if place_ids is None else set(place_ids)
    audited = [one for one in names.names if (wanted is None or one.id in wanted) and one.category not in NOT_AUDITED_KINDS]
    true_now = _doubts(audited, rule_book(on), names)
    ignores = active_ignores(session, on or today())
    return settle(
        session, true_now, checked=len(audited), rules=rule_ids(), kinds=("place_name",), wanted=wanted, ignores=ignores, actor=actor
    )


def audit_addresses(session: Session, *, actor: Actor, on: date | None = None) -> AuditResult:
    """Check all addresses and hanging plates for the five disorders, for numbers on no name and for texts that differ."""
    hold_register(session)
    rules = rule_book(on)
    checked = session.scalar(select(func.count()).select_from(StandardAddress).where(StandardAddress.status.in_(LIVE_ADDRESS))) or 0
    found = [doubt for check in (*ADDRESS_CHECKS, plates_that_differ) for doubt in check(session) if doubt.rule in rules]
    ignores = active_ignores(session, on or today())
    above = {division_id: _above(session, division_id) for division_id in {doubt.division_id for doubt in found}}
    true_now = (_columns_of(doubt, rules, above[doubt.division_id]) for doubt in found)
    return settle(session, true_now, checked=checked, rules=rule_ids(), kinds=ADDRESS_KINDS, wanted=None, ignores=ignores, actor=actor)


def _doubts(audited: Collection[RegisteredName], rules: RuleBook, names: NameRegister) -> Iterator[dict[str, Any]]:
    for one in audited:
        for finding in judge(proposal_of(one), rules, names):
            if not finding.excused:
                yield _columns(one, finding)


def _columns(one: RegisteredName, finding: NameFinding) -> dict[str, Any]:
    return {
        "rule": finding.rule, "issue_class": finding.issue_class or "", "severity": finding.severity, "subject_kind": "place_name",
        "subject_id": one.id, "subject_label": one.name, "division_id": one.division_id, "evidence": finding.evidence,
        "article": finding.article[:200], "exception": (finding.exception or "")[:300],
    }  # fmt: skip


def _above(session: Session, division_id: str) -> str:
    """Return what every label of a district begins with and a list of doubts need not repeat: 浙江省宁波市奉化区."""
    names = {unit.level: unit.name for unit in path_of(session, session.get_one(Division, division_id))}
    return "".join(names.get(level, "") for level in ("province", "city", "district"))


def _columns_of(doubt: Disorder, rules: RuleBook, above: str) -> dict[str, Any]:
    rule = rules[doubt.rule]
    return {
        "rule": rule.id, "issue_class": rule.issue_class or "", "severity": rule.severity, "subject_kind": doubt.subject_kind,
        "subject_id": doubt.subject_id, "subject_label": doubt.label.removeprefix(above)[:300], "division_id": doubt.division_id,
        "evidence": doubt.evidence[:EVIDENCE_LENGTH], "article": rule.article[:200], "exception": "",
    }  # fmt: skip
