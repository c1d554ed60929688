"""The protection list 地名保护名录: which names are on it, in which grade, and what that asks of whoever wants to change them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from gazetteer.names.procedure_rules import rule_of
from gazetteer.store.events import Actor
from gazetteer.store.models import Protection
from gazetteer.workflow import change, enter
from geoaddr.errors import Conflict, UsageError


def protection_of(session: Session, place_id: str, *, on: date | None = None) -> Protection | None:
    """Return a name's entry in the list, of today or of a day; None where it was not listed."""
    entries = select(Protection).where(Protection.place_id == place_id)
    if on is None:
        return session.scalar(entries.where(Protection.delisted_on.is_(None)))
    held = (Protection.listed_on <= on) & (Protection.delisted_on.is_(None) | (Protection.delisted_on > on))
    return session.scalar(entries.where(held).limit(1))


def is_protected(session: Session, place_id: str) -> bool:
    """Say whether a name is on the protection list."""
    return protection_of(session, place_id) is not None


def protected_ids(session: Session, place_ids: Sequence[str]) -> dict[str, str]:
    """Return the grade of each of these places that is on the list, by place id."""
    found = select(Protection.place_id, Protection.grade).where(Protection.place_id.in_(place_ids), Protection.delisted_on.is_(None))
    return {row.place_id: row.grade for row in session.execute(found)}


def require_grade(grade: str, heritage_class: str) -> None:
    """Raise ``UsageError`` for a grade or class the list does not have."""
    if grade not in rule_of("protection")["grades"]:
        raise UsageError("保护等级只能是：" + "、".join(rule_of("protection")["grades"].values()), field="grade")
    if heritage_class and heritage_class not in rule_of("protection")["classes"]:
        raise UsageError("没有这一类保护地名", field="heritage_class")


def enlist(
    session: Session,
    place_id: str,
    *,
    grade: str,
    heritage_class: str,
    reason: str,
    on: date,
    actor: Actor,
    procedure_id: str | None = None,
) -> Protection:
    """Put a name on the list; ``Conflict`` where it is on it."""
    require_grade(grade, heritage_class)
    if is_protected(session, place_id):
        raise Conflict("这个地名已在保护名录中")
    entry = Protection(
        place_id=place_id, grade=grade, heritage_class=heritage_class, reason=reason, listed_on=on, procedure_id=procedure_id
    )
    return enter(session, entry, actor=actor, verb="enlist", payload={"place_id": place_id, "procedure_id": procedure_id})


def delist(session: Session, entry: Protection, *, on: date, actor: Actor, reason: str) -> None:
    """End an entry, with the reason in the event; the name stays known as once listed."""
    change(session, entry, actor=actor, verb="delist", to={"delisted_on": on}, payload={"reason": reason})
