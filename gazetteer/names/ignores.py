"""The ignore-lists of the rules: what a rule is to be silent about, why, who said so and since when; every entry can be lifted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from gazetteer.names.clocks import today
from gazetteer.names.rules import find_rule
from gazetteer.plates.serials import hold_register
from gazetteer.reach import require_everywhere, require_reach
from gazetteer.store.events import Actor
from gazetteer.store.models import Finding, RuleIgnore, User
from gazetteer.workflow import enter, move, move_many, require_version
from geoaddr.errors import Conflict, NotFound, UsageError

SHORTEST_WORD = 2
LONGEST_WORD = 60


@dataclass(frozen=True, slots=True)
class IgnoreRow:
    """One entry of an ignore-list as pages and the command line show it."""

    id: str
    rule: str
    rule_title: str
    rule_title_en: str
    subject_id: str | None
    subject_label: str
    word: str
    reason: str
    by: str
    since: date
    until: date | None
    status: str
    version: int


class ActiveIgnores:
    """The entries in force on one day, for asking whether they cover a doubt."""

    def __init__(self, subjects: set[tuple[str, str]], words: Mapping[str, tuple[str, ...]]) -> None:
        self._subjects, self._words = subjects, words

    def cover(self, doubt: Mapping[str, Any]) -> bool:
        """Say whether a doubt (its columns) is about an ignored record, or nothing but an ignored word is its evidence."""
        if (doubt["rule"], doubt["subject_id"]) in self._subjects:
            return True
        words = self._words.get(doubt["rule"])
        return words is not None and all(any(word in part for word in words) for part in doubt["evidence"].split("、"))


def active_ignores(session: Session, on: date) -> ActiveIgnores:
    """Return the entries in force on a day."""
    entries = select(RuleIgnore.rule, RuleIgnore.subject_id, RuleIgnore.word).where(
        RuleIgnore.status == "active", RuleIgnore.since <= on, or_(RuleIgnore.until.is_(None), RuleIgnore.until >= on)
    )
    subjects: set[tuple[str, str]] = set()
    words: dict[str, list[str]] = defaultdict(list)
    for row in session.execute(entries):
        if row.subject_id is not None:
            subjects.add((row.rule, row.subject_id))
        else:
            words[row.rule].append(row.word)
    return ActiveIgnores(subjects, {rule: tuple(listed) for rule, listed in words.items()})


def ignore_finding(session: Session, finding_id: str, reason: str, *, actor: Actor, until: date | None = None) -> RuleIgnore:
    """Make the rule of a doubt silent about its record, and close the doubt; ``UsageError`` without a reason."""
    finding = session.get(Finding, finding_id)
    if finding is None:
        raise NotFound(f"没有编号为 {finding_id[:20]} 的疑点", field="id")
    require_reach(session, (finding.division_id,), actor)
    return _ignore(session, finding.rule, reason, actor, until, subject_id=finding.subject_id, subject_label=finding.subject_label)


def ignore_word(session: Session, rule_id: str, word: str, reason: str, *, actor: Actor, until: date | None = None) -> RuleIgnore:
    """Make a rule silent about a word wherever it is the evidence (国际 for 刻意夸大), and close the doubts that rest on it alone."""
    find_rule(rule_id)
    require_everywhere(session, actor)
    text = word.strip()
    if not SHORTEST_WORD <= len(text) <= LONGEST_WORD:
        raise UsageError(f"请写明要忽略的词（{SHORTEST_WORD} 到 {LONGEST_WORD} 个字）", field="word")
    return _ignore(session, rule_id, reason, actor, until, word=text)


def lift_ignore(session: Session, ignore_id: str, *, actor: Actor, version: int | None = None) -> RuleIgnore:
    """Take an entry back; the doubts it silenced come back at once, unless what caused them is gone."""
    entry = find_ignore(session, ignore_id)
    _require_own(session, entry, actor)
    require_version(entry, version)
    move(session, entry, "lift", actor=actor)
    _bring_back(session, entry, actor)
    return entry


def restore_ignore(session: Session, ignore_id: str, *, actor: Actor) -> RuleIgnore:
    """Undo the lifting of an entry."""
    entry = find_ignore(session, ignore_id)
    _require_own(session, entry, actor)
    move(session, entry, "restore", actor=actor)
    _silence(session, entry, actor)
    return entry


def find_ignore(session: Session, ignore_id: str) -> RuleIgnore:
    """Return an entry; ``NotFound`` where there is none."""
    if (row := session.get(RuleIgnore, ignore_id)) is None:
        raise NotFound(f"没有编号为 {ignore_id[:20]} 的忽略条目", field="id")
    return row


def list_ignores(session: Session, *, rule: str = "", status: str = "") -> list[IgnoreRow]:
    """Return the entries of all ignore-lists (or of one rule, or of one status), the newest first."""
    wanted = select(RuleIgnore, User.display_name).outerjoin(User, User.id == RuleIgnore.by_user).order_by(RuleIgnore.id.desc())
    if rule:
        wanted = wanted.where(RuleIgnore.rule == find_rule(rule).id)
    if status:
        wanted = wanted.where(RuleIgnore.status == status)
    rows = []
    for entry, by in session.execute(wanted):
        about = find_rule(entry.rule)
        rows.append(
            IgnoreRow(
                entry.id, entry.rule, about.title_zh, about.title_en, entry.subject_id, entry.subject_label, entry.word, entry.reason,
                by or "", entry.since, entry.until, entry.status, entry.version,
            )
        )  # fmt: skip
    return rows


def _require_own(session: Session, entry: RuleIgnore, actor: Actor) -> None:
    """Raise ``Forbidden`` where an entry silences doubts that are not this person's: a word everywhere, a record in its division."""
    if entry.subject_id is None:
        require_everywhere(session, actor)
        return
    about = select(Finding.division_id).where(Finding.rule == entry.rule, Finding.subject_id == entry.subject_id)
    require_reach(session, session.scalars(about).all(), actor)


def _ignore(session: Session, rule_id: str, reason: str, actor: Actor, until: date | None, **about: Any) -> RuleIgnore:
    if not reason.strip():
        raise UsageError("请写明忽略的理由", field="reason")
    since = today()
    if until is not None and until < since:
        raise UsageError("忽略的截止日期在今天之前", field="until")
    hold_register(session)  # two people at once would each enter the same entry
    known = select(RuleIgnore.id).where(
        RuleIgnore.rule == rule_id, RuleIgnore.status == "active", RuleIgnore.word == about.get("word", ""),
        RuleIgnore.subject_id.is_(None) if "word" in about else RuleIgnore.subject_id == about["subject_id"],
    )  # fmt: skip
    if session.scalar(known.limit(1)) is not None:
        raise Conflict("已在这条规则的忽略名单里")
    by = actor.id if actor.kind == "user" else None
    entry = RuleIgnore(rule=rule_id, reason=reason.strip(), by_user=by, since=since, until=until, **about)
    enter(session, entry, actor=actor, verb="add", status="active", payload={"rule": rule_id})
    _silence(session, entry, actor)
    return entry


def _silence(session: Session, entry: RuleIgnore, actor: Actor) -> None:
    covering = active_ignores(session, today())
    wanted = select(Finding).where(Finding.rule == entry.rule, Finding.status.in_(("open", "deferred")))
    if entry.subject_id is not None:
        wanted = wanted.where(Finding.subject_id == entry.subject_id)
    ids = [
        row.id
        for row in session.scalars(wanted)
        if covering.cover({"rule": row.rule, "subject_id": row.subject_id, "evidence": row.evidence})
    ]
    move_many(session, Finding, ids, "cure", actor=actor, payload={"by": "ignore", "ignore_id": entry.id})


def _bring_back(session: Session, entry: RuleIgnore, actor: Actor) -> None:
    """Audit again what the entry had silenced: the findings that ended by it, or all of its word."""
    from gazetteer.names.audit import audit, audit_addresses

    cured = select(Finding.subject_id, Finding.subject_kind, Finding.evidence).where(Finding.rule == entry.rule, Finding.status == "cured")
    if entry.subject_id is not None:
        cured = cured.where(Finding.subject_id == entry.subject_id)
    rows = [row for row in session.execute(cured) if not entry.word or entry.word in row.evidence]
    if places := {row.subject_id for row in rows if row.subject_kind == "place_name"}:
        audit(session, actor=actor, place_ids=places)
    if any(row.subject_kind != "place_name" for row in rows):
        audit_addresses(session, actor=actor)
