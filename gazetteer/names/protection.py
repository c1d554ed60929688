"""The protection list 地名保护名录: which names are on it, in which grade, and what that asks of whoever wants to change them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gazetteer.names.procedure_rules import rule_of
from gazetteer.paging import Page, keyset
from gazetteer.store.events import Actor
from gazetteer.store.models import NamingProcedure, PlaceName, Protection
from gazetteer.workflow import change, enter
from geoaddr.errors import Conflict, UsageError, said


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


def require_listed(session: Session, place_id: str, name: str) -> Protection:
    """Return a name's entry; ``Conflict`` where it is not on the list."""
    entry = protection_of(session, place_id)
    if entry is None:
        raise Conflict(said("“%(name)s”不在地名保护名录中，不用移出（地名管理条例 第二十五条）", name=name))
    return entry


def require_ground(ground: str) -> None:
    """Raise ``UsageError`` for a ground the table does not have, ``Conflict`` with the article for one on which no name leaves the list."""
    found = next((row for row in rule_of("protection")["delisting"] if row["id"] == ground), None)
    if found is None:
        raise UsageError("请选择移出的理由：" + "、".join(delisting_grounds().values()), field="ground")
    if not found["accepted"]:
        raise Conflict(f"{found['refusal']}（{found['article']}）", field="ground")


def delisting_grounds() -> Mapping[str, str]:
    """Return the grounds on which a name may leave the list or is refused to, by id."""
    return {row["id"]: row["title"] for row in rule_of("protection")["delisting"]}


def delist(session: Session, entry: Protection, *, on: date, actor: Actor, reason: str, procedure_id: str | None = None) -> None:
    """End an entry, with the reason in the event; the name stays known as once listed."""
    payload = {"reason": reason, "procedure_id": procedure_id}
    change(session, entry, actor=actor, verb="delist", to={"delisted_on": on}, payload=payload)


@dataclass(frozen=True, slots=True)
class Listed:
    """One entry of the list with the name it is about.

    ``procedure_id`` is the procedure that listed it or, where it ended, took it off; ``running_id`` one of that name not yet decided.
    """

    id: str
    place_id: str
    name: str
    category: str
    division: str
    grade: str
    heritage_class: str
    listed_on: date
    delisted_on: date | None
    procedure_id: str | None
    running_id: str | None


def protection_list(session: Session, *, delisted: bool = False, after: str | None = None, limit: int = 50) -> Page[Listed]:
    """Return the entries in force, or those that ended, in the order in which they were entered."""
    ended = Protection.delisted_on.is_not(None) if delisted else Protection.delisted_on.is_(None)
    page = keyset(session, select(Protection).where(ended), Protection.id, after=after, limit=limit)
    ids = [entry.place_id for entry in page.rows]
    places = {place.id: place for place in session.scalars(select(PlaceName).where(PlaceName.id.in_(ids)))}
    open_ = select(NamingProcedure.place_id, NamingProcedure.id).where(
        NamingProcedure.place_id.in_(ids), NamingProcedure.status.in_(("proposed", "checked", "consulted"))
    )
    running = {row.place_id: row.id for row in session.execute(open_)}
    taken_off = select(NamingProcedure.place_id, NamingProcedure.decided_on, NamingProcedure.id).where(
        NamingProcedure.place_id.in_(ids), NamingProcedure.kind == "delist", NamingProcedure.approved_by.is_not(None)
    )
    by = {(row.place_id, row.decided_on): row.id for row in session.execute(taken_off)}
    return Page(tuple(_listed(one, places[one.place_id], running, by) for one in page.rows), page.total, page.next_after)


def _listed(entry: Protection, place: PlaceName, running: Mapping[str | None, str], by: Mapping[Any, str]) -> Listed:
    procedure_id = by.get((place.id, entry.delisted_on)) if entry.delisted_on else entry.procedure_id
    return Listed(
        entry.id, place.id, place.standard_name, place.category, place.division.name, entry.grade, entry.heritage_class, entry.listed_on,
        entry.delisted_on, procedure_id, running.get(place.id),
    )  # fmt: skip
