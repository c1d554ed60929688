"""Writes that may be sent twice and happen once: the answer is kept beside the change and given again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from gazetteer.store.events import now
from gazetteer.store.models import IdempotentAnswer
from geoaddr.errors import UsageError

LONGEST_KEY = 80


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to a write: HTTP status, the headers worth repeating, and the body's bytes."""

    status: int
    body: bytes
    headers: Mapping[str, str]


def recall(session: Session, actor: str, key: str, request: bytes) -> Answer | None:
    """Return the answer given before to this key of this actor, or None.

    ``request`` is everything that makes the write what it is; ``UsageError`` (field ``Idempotency-Key``) where the key was
    used for another one.
    """
    kept = session.scalar(select(IdempotentAnswer).where(IdempotentAnswer.actor == actor[:120], IdempotentAnswer.key == key))
    if kept is None:
        return None
    if kept.request_sha256 != _digest(request):
        raise UsageError("这个 Idempotency-Key 已用于另一个请求，请换一个新的", field="Idempotency-Key")
    return Answer(kept.status, kept.body, kept.headers)


def keep(session: Session, actor: str, key: str, request: bytes, answer: Answer) -> None:
    """Keep the answer in the transaction of the change itself; two at once under one key end in ``Conflict``."""
    kept = IdempotentAnswer(
        actor=actor[:120],
        key=key,
        request_sha256=_digest(request),
        status=answer.status,
        headers=dict(answer.headers),
        body=answer.body,
        at=now(),
    )
    session.add(kept)
    session.flush()


def forget_before(session: Session, moment: datetime) -> int:
    """Remove answers older than a moment; returns how many. Repeating such a write afterwards performs it anew."""
    return session.execute(delete(IdempotentAnswer).where(IdempotentAnswer.at < moment)).rowcount  # type: ignore[attr-defined,no-any-return]


def _digest(request: bytes) -> str:
    return hashlib.sha256(request).hexdigest()
