"""A person decides what the engine left open: choose an entry, say that none fits, take it back; with lists that count truly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gazetteer.addresses import find_address, find_place
from gazetteer.linking.linker import settle
from gazetteer.paging import Page, keyset
from gazetteer.store.events import Actor, last_seq, now
from gazetteer.store.models import AddressLink, CaseRecord, Event, PlaceName, StandardAddress
from gazetteer.workflow import enter, move, require_version
from geoaddr.errors import Conflict, NotFound, UsageError

UNDO_MINUTES = 10


def find_link(session: Session, id_: str) -> AddressLink:
    """Return a link by id; ``NotFound`` where there is none."""
    if (row := session.get(AddressLink, id_)) is None:
        raise NotFound(f"没有编号为 {id_[:20]} 的关联", field="id")
    return row


def list_links(
    session: Session, *, status: str = "", kind: str = "", role: str = "", verdict: str = "", after: str | None = None, limit: int = 50
) -> Page[AddressLink]:
    """Return current links by status, case kind, role and verdict, oldest first."""
    statement = select(AddressLink).where(AddressLink.status != "superseded")
    if status:
        statement = statement.where(AddressLink.status == status)
    if role:
        statement = statement.where(AddressLink.role == role)
    if verdict:
        statement = statement.where(AddressLink.verdict == verdict)
    if kind:
        statement = statement.join(CaseRecord, CaseRecord.id == AddressLink.case_id).where(CaseRecord.kind == kind)
    return keyset(session, statement, AddressLink.id, after=after, limit=limit)


def next_in_review(session: Session, *, after: str | None = None) -> AddressLink | None:
    """Return the next link a person must decide, after this one where given, else the first."""
    statement = select(AddressLink).where(AddressLink.status == "review").order_by(AddressLink.id).limit(1)
    found = session.scalar(statement.where(AddressLink.id > after)) if after else None
    return found or session.scalar(statement)


@dataclass(frozen=True, slots=True)
class ReviewWindow:
    """The part of the review queue around one link: ``links`` in order, the true ``total``, and the ids before and after."""

    links: tuple[AddressLink, ...]
    total: int
    current: str | None
    before: str | None
    after: str | None


def review_window(session: Session, at: str | None = None, *, kind: str = "", role: str = "", size: int = 30) -> ReviewWindow:
    """Return the queue from shortly before the link ``at`` on (from its beginning where none is given); wraps round at its end."""
    waiting = select(AddressLink).where(AddressLink.status == "review")
    if role:
        waiting = waiting.where(AddressLink.role == role)
    if kind:
        waiting = waiting.join(CaseRecord, CaseRecord.id == AddressLink.case_id).where(CaseRecord.kind == kind)
    total = session.scalar(select(func.count()).select_from(waiting.subquery())) or 0
    first = session.scalars(waiting.order_by(AddressLink.id).limit(1)).first()
    current = at or (first.id if first else None)
    if current is None:
        return ReviewWindow((), total, None, None, None)
    earlier = session.scalars(waiting.where(AddressLink.id < current).order_by(AddressLink.id.desc()).limit(3)).all()
    later = session.scalars(waiting.where(AddressLink.id >= current).order_by(AddressLink.id).limit(size)).all()
    beyond = next((one.id for one in later if one.id != current), first.id if first and first.id != current else None)
    return ReviewWindow((*reversed(earlier), *later), total, current, earlier[0].id if earlier else None, beyond)


def choose(session: Session, link_id: str, entry_id: str, *, reason: str, version: int | None, actor: Actor) -> AddressLink:
    """Link a case's address text to the entry a person chose; the choice replaces the engine's and is kept until its address ends.

    Raises ``Conflict`` where the link was changed meanwhile or the entry is not in force.
    """
    link = find_link(session, link_id)
    require_version(link, version)
    address, place = session.get(StandardAddress, entry_id), session.get(PlaceName, entry_id)
    entry = address or place
    if entry is None:
        raise NotFound("所选的地址或地名不存在", field="entry_id")
    if entry.status not in ("current", "reserved"):
        raise Conflict("所选条目已停用，请选现行的条目", field="entry_id")
    chosen: dict[str, Any] = {"address_id": address.id if address else None, "place_id": place.id if place and not address else None}
    return _replace(session, link, actor, status="linked", reason=reason or "chosen_by_person", **chosen)


def none_fits(session: Session, link_id: str, *, reason: str, version: int | None, actor: Actor) -> AddressLink:
    """Say that no entry fits a case's address text, and why."""
    if not reason.strip():
        raise UsageError("请写明为什么没有合适的条目", field="reason")
    link = find_link(session, link_id)
    require_version(link, version)
    return _replace(session, link, actor, status="unmatched", reason=reason.strip()[:80], address_id=None, place_id=None)


def undo(session: Session, link_id: str, *, actor: Actor) -> AddressLink:
    """Take a person's decision back within ten minutes: the link it replaced is put in its place again."""
    link = find_link(session, link_id)
    if link.decided_by != "person" or link.status == "superseded":
        raise Conflict("只有尚未被替换的人工决定可以撤销")
    if (now() - link.decided_at).total_seconds() > UNDO_MINUTES * 60:
        raise Conflict(f"决定已超过 {UNDO_MINUTES} 分钟，请改为重新选择")
    event = session.scalar(
        select(Event).where(Event.subject_id == link.id, Event.action == "address_link.decided").order_by(Event.seq.desc()).limit(1)
    )
    if event is None or "replaces" not in event.payload:
        raise Conflict("找不到这次决定之前的状态，请改为重新选择")
    before = find_link(session, event.payload["replaces"])
    kept = {
        name: getattr(before, name)
        for name in ("status", "reason", "address_id", "place_id", "decided_by", "verdict", "answer", "thresholds_version")
    }
    kept["status"] = event.payload["replaced_status"]
    return _replace(session, link, actor, verb="restored", **kept)


def link_record(session: Session, id_: str) -> dict[str, Any]:
    """Return what the review page shows of one link: the text, the verdict as it was stored, and what it is linked to."""
    link = find_link(session, id_)
    case = link.case
    entry = find_address(session, link.address_id) if link.address_id else find_place(session, link.place_id) if link.place_id else None
    kind = "address" if isinstance(entry, StandardAddress) else "place"
    label = None if entry is None else entry.label if isinstance(entry, StandardAddress) else entry.standard_name
    return {
        "id": link.id, "version": link.version, "role": link.role, "text": link.text, "status": link.status, "verdict": link.verdict,
        "reason": link.reason, "answer": link.answer, "decided_by": link.decided_by, "decided_at": link.decided_at.isoformat(),
        "thresholds_version": link.thresholds_version, "register_seq": link.register_seq,
        "linked": None if entry is None else {"id": entry.id, "kind": kind, "label": label, "status": entry.status},
        "case": {name: getattr(case, name) for name in ("id", "kind", "ref", "title", "status", "lon", "lat")},
    }  # fmt: skip


def _replace(session: Session, link: AddressLink, actor: Actor, *, verb: str = "decided", **to: Any) -> AddressLink:
    status_before = link.status
    move(session, link, "supersede", actor=actor)
    kept = {name: getattr(link, name) for name in ("case_id", "role", "text", "verdict", "answer", "thresholds_version")}
    columns = {**kept, "decided_by": "person", **{name: value for name, value in to.items() if name != "status"}}
    fresh = AddressLink(**columns, decided_at=now(), register_seq=last_seq(session))
    payload = {"replaces": link.id, "replaced_status": status_before, "reason": columns["reason"]}
    enter(session, fresh, actor=actor, verb=verb, status=to["status"], payload=payload)
    settle(session, {link.case_id}, actor=actor)
    return fresh
