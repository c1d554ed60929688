"""Bringing the findings of the register into line with what is true now: raised once, updated, cured, opened again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gazetteer.names.ignores import ActiveIgnores
from gazetteer.store.bulk import among
from gazetteer.store.events import Actor
from gazetteer.store.models import Finding
from gazetteer.workflow import change_many, enter_many, move_many

UNSETTLED = ("open", "deferred", "in_procedure")
COMPARED = ("issue_class", "severity", "subject_label", "division_id", "evidence", "article", "exception")
BATCH = 20_000
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class AuditResult:
    """How much was checked and what became of the doubts: new, unchanged, with changed facts, cured, open again, ignored.

    ``by_rule`` counts the doubts that are true now, whether or not somebody settled them; ``by_class`` the same by 大 洋 怪 重 or ''.
    """

    checked: int
    raised: int
    kept: int
    updated: int
    cured: int
    reopened: int
    ignored: int = 0
    by_class: Mapping[str, int] = field(default_factory=dict)
    by_rule: Mapping[str, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the counts by name."""
        return {name: dict(value) if isinstance(value := getattr(self, name), Mapping) else value for name in self.__slots__}

    def __add__(self, other: AuditResult) -> AuditResult:
        """Return the result of two audits of different things as one."""
        counts = {name: getattr(self, name) + getattr(other, name) for name in self.__slots__[:7]}
        classes, rules = (Counter(one) + Counter(two) for one, two in ((self.by_class, other.by_class), (self.by_rule, other.by_rule)))
        return AuditResult(**counts, by_class=dict(sorted(classes.items())), by_rule=dict(sorted(rules.items())))


def settle(
    session: Session,
    true_now: Iterable[dict[str, Any]],
    *,
    checked: int,
    rules: Collection[str],
    kinds: Collection[str],
    wanted: Collection[str] | None,
    ignores: ActiveIgnores,
    actor: Actor,
) -> AuditResult:
    """Compare the doubts that are true now with those on record, and write what differs.

    ``true_now`` are column dictionaries; ``rules``, ``kinds`` and ``wanted`` (ids, None for all) say which findings are being
    brought into line. A doubt has one finding for each rule and record; a dismissed one is not raised again while its
    evidence is the same; one on the ignore-list is closed; doubts in a procedure are left to the procedure.
    """
    told = {(row["rule"], row["subject_id"]): row for row in true_now}
    silent = {key for key, row in told.items() if ignores.cover(row)}
    plan = _compared({key: row for key, row in told.items() if key not in silent}, _known(session, rules, kinds, wanted))
    enter_many(session, Finding, plan.new, actor=actor, verb="raise")
    change_many(session, Finding, plan.changed, actor=actor, verb="update")
    move_many(session, Finding, plan.back, "reopen", actor=actor)
    move_many(session, Finding, [id_ for key, id_ in plan.gone if key not in silent], "cure", actor=actor, payload={"by": "audit"})
    move_many(session, Finding, [id_ for key, id_ in plan.gone if key in silent], "cure", actor=actor, payload={"by": "ignore"})
    counted = [row for key, row in told.items() if key not in silent]
    return AuditResult(
        checked, len(plan.new), len(counted) - len(plan.new) - len(plan.changed) - len(plan.back), len(plan.changed), len(plan.gone),
        len(plan.back), len(silent), _counts(counted, "issue_class"), _counts(counted, "rule"),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Plan:
    new: list[dict[str, Any]]
    changed: list[dict[str, Any]]
    back: list[str]
    gone: list[tuple[Key, str]]


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
            plan.gone.extend((key, row.id) for row in rows if row.status in ("open", "deferred"))
    return plan


def _known(session: Session, rules: Collection[str], kinds: Collection[str], wanted: Collection[str] | None) -> dict[Key, list[Any]]:
    columns = (Finding.id, Finding.rule, Finding.subject_id, Finding.status, *(getattr(Finding, name) for name in COMPARED))
    statement = select(*columns).where(Finding.subject_kind.in_(kinds), Finding.rule.in_(rules)).order_by(Finding.id)
    known: dict[Key, list[Any]] = {}
    ids = [] if wanted is None else sorted(wanted)
    batches = [statement] if wanted is None else [
        statement.where(among(session, Finding.__table__.c.subject_id, ids[start : start + BATCH])) for start in range(0, len(ids), BATCH)
    ]  # fmt: skip
    for batch in batches:
        for row in session.execute(batch):
            known.setdefault((row.rule, row.subject_id), []).append(row)
    return known


def _counts(rows: Iterable[Mapping[str, Any]], name: str) -> dict[str, int]:
    return dict(sorted(Counter(row[name] for row in rows).items()))
