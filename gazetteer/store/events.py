"""The one event log: audit trail, change feed, trigger of index refresh and undo history, all in one ordered chain.

Every state change of the register is written by :func:`record` (one subject) or :func:`record_many` (many subjects, one
event), in the transaction that makes the change. Events are numbered without gaps and each carries the SHA-256 of its
own content chained to the one before; the database refuses to change or delete them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from gazetteer.store.bulk import insert_rows
from gazetteer.store.models import Event, EventHead, EventSubject
from gazetteer.store.types import canonical_json, moment_text

FIRST_HASH = "0" * 64


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: ``kind`` is ``user``, ``key``, ``system`` or ``public``; ``name`` a sign-in or key name; ``id`` the record's id, if any."""

    kind: str
    name: str
    role: str = ""
    id: str | None = None

    @property
    def text(self) -> str:
        """Return what the log writes: ``user:officer1``."""
        return f"{self.kind}:{self.name}"


SYSTEM = Actor("system", "geoaddr", "administrator")


def now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


def record(session: Session, *, actor: Actor, action: str, subject_kind: str, subject_id: str | None, payload: dict[str, Any]) -> int:
    """Write one event about one subject (or none) and return its sequence number.

    ``payload`` is plain JSON without anything about a person.
    """
    return _append(session, actor, action, subject_kind, subject_id, payload)


def record_many(
    session: Session, *, actor: Actor, action: str, subject_kind: str, subject_ids: Sequence[str], payload: dict[str, Any]
) -> int:
    """Write one event about many subjects and return its sequence number.

    The payload gains ``count`` and ``subjects_sha256`` (over the sorted ids), so that the chain covers the subject rows.
    """
    covered = {**payload, "count": len(subject_ids), "subjects_sha256": digest_of(subject_ids)}
    seq = _append(session, actor, action, subject_kind, None, covered)
    insert_rows(session, EventSubject.__table__, [{"seq": seq, "subject_id": one} for one in subject_ids])
    return seq


def lock_log(session: Session) -> None:
    """Keep other writers waiting until this transaction ends, as writing an event does, for work that must read first."""
    session.execute(select(EventHead.seq).where(EventHead.id == 1).with_for_update()).one()


def digest_of(subject_ids: Iterable[str]) -> str:
    """Return the SHA-256 over sorted ids, one a line."""
    return hashlib.sha256("\n".join(sorted(subject_ids)).encode()).hexdigest()


def last_seq(session: Session) -> int:
    """Return the number of the newest event; 0 for an empty register."""
    return session.scalar(select(EventHead.seq)) or 0


def history(session: Session, subject_id: str) -> list[Event]:
    """Return every event that touched a record, oldest first, alone or in bulk."""
    many = select(EventSubject.seq).where(EventSubject.subject_id == subject_id)
    found = session.scalars(select(Event).where((Event.subject_id == subject_id) | Event.seq.in_(many)).order_by(Event.seq))
    return list(found)


def changes(session: Session, *, since: int, limit: int) -> list[Event]:
    """Return up to ``limit`` events after number ``since``, in order."""
    return list(session.scalars(select(Event).where(Event.seq > since).order_by(Event.seq).limit(limit)))


def broken_links(session: Session) -> Iterator[tuple[int, str]]:
    """Yield ``(seq, what is wrong)`` for every event whose number, chain, content or subjects do not hold."""
    previous_hash, previous_seq = FIRST_HASH, 0
    for event in session.scalars(select(Event).order_by(Event.seq).execution_options(yield_per=2_000)):
        if event.seq != previous_seq + 1:
            yield event.seq, f"编号不连续：前一条是 {previous_seq}"
        if event.previous_hash != previous_hash:
            yield event.seq, "与前一条的哈希不相接"
        if event.hash != _hash_of(
            event.seq, event.at, event.actor, event.action, event.subject_kind, event.subject_id, event.payload, event.previous_hash
        ):
            yield event.seq, "内容与哈希不符"
        if "subjects_sha256" in event.payload:
            subjects = session.scalars(select(EventSubject.subject_id).where(EventSubject.seq == event.seq)).all()
            if digest_of(subjects) != event.payload["subjects_sha256"]:
                yield event.seq, "涉及的记录与登记时不符"
        previous_hash, previous_seq = event.hash, event.seq
    head = session.get(EventHead, 1)
    if head is not None and (head.seq, head.hash) != (previous_seq, previous_hash):
        yield head.seq, "链尾与最后一条事件不符"


def _append(session: Session, actor: Actor, action: str, subject_kind: str, subject_id: str | None, payload: dict[str, Any]) -> int:
    session.flush()
    head = session.execute(select(EventHead.seq, EventHead.hash).where(EventHead.id == 1).with_for_update()).one()
    seq: int = head.seq + 1
    at = now()
    digest = _hash_of(seq, at, actor.text, action, subject_kind, subject_id, payload, head.hash)
    values = {
        "seq": seq, "at": at, "actor": actor.text, "action": action, "subject_kind": subject_kind, "subject_id": subject_id,
        "payload": payload, "previous_hash": head.hash, "hash": digest,
    }  # fmt: skip
    session.execute(insert(Event).values(**values))
    session.execute(update(EventHead).where(EventHead.id == 1).values(seq=seq, hash=digest))
    return seq


def _hash_of(
    seq: int, at: datetime, actor: str, action: str, subject_kind: str, subject_id: str | None, payload: dict[str, Any], previous_hash: str
) -> str:
    content = [seq, moment_text(at), actor, action, subject_kind, subject_id, payload, previous_hash]
    return hashlib.sha256(canonical_json(content).encode()).hexdigest()
