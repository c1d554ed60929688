"""Keys of other systems: made once and shown once, kept only as digest, limited by scopes, revocable."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gazetteer.people import require_administrator
from gazetteer.store.database import Store
from gazetteer.store.events import Actor, now
from gazetteer.store.models import ApiKey
from gazetteer.workflow import change, enter
from geoaddr.errors import NotFound, UsageError

SCOPES: dict[str, str] = {"lookup": "viewer", "changes": "viewer", "jobs": "officer", "write": "officer", "field": "installer"}
"""What an API key may do, and the role it acts in while doing it."""

PREFIX_LENGTH = 8
LONGEST_KEY = 80
KEYS_KEPT = 1_000
"""Keys remembered by one process at a time."""


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """Another system, known by a valid API key."""

    id: str
    name: str
    prefix: str
    scopes: frozenset[str]
    expires_at: datetime | None = None

    def acting(self, scope: str) -> Actor:
        """Return the key as the event log names it (``key:殡葬系统#192dd96c``), in the role that ``scope`` gives."""
        return Actor("key", f"{self.name}#{self.prefix}", SCOPES[scope], self.id)


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """What a list shows of a key; the key itself cannot be shown again."""

    id: str
    name: str
    prefix: str
    scopes: tuple[str, ...]
    active: bool
    expires_at: datetime | None


def create_api_key(
    session: Session, name: str, scopes: Collection[str], *, actor: Actor, expires_at: datetime | None = None
) -> tuple[KeyRecord, str]:
    """Make a key for another system; returns its record and the key itself, which is kept nowhere.

    The text is ``ga_`` + 8 characters that name the key in lists + ``_`` + 43 random ones.
    """
    require_administrator(actor)
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise UsageError(f"权限范围只能取自 {'、'.join(SCOPES)}", field="scopes")
    if not name.strip() or len(name.strip()) > 80:
        raise UsageError("请写明密钥给哪个系统使用（不超过 80 个字）", field="name")
    prefix = secrets.token_hex(PREFIX_LENGTH // 2)
    text = f"ga_{prefix}_{secrets.token_urlsafe(32)}"
    listed = sorted(set(scopes))
    key = ApiKey(name=name.strip(), prefix=prefix, sha256=_digest(text), scopes=listed, active=True, expires_at=expires_at)
    enter(session, key, actor=actor, verb="create", payload={"name": key.name, "prefix": prefix, "scopes": listed})
    return _record(key), text


def revoke_api_key(session: Session, prefix: str, *, actor: Actor) -> KeyRecord:
    """End a key's use at once and for ever."""
    require_administrator(actor)
    key = session.scalar(select(ApiKey).where(ApiKey.prefix == prefix[:PREFIX_LENGTH]))
    if key is None:
        raise NotFound(f"没有以 {prefix[:PREFIX_LENGTH]} 标识的密钥", field="prefix")
    change(session, key, actor=actor, verb="revoke", to={"active": False})
    return _record(key)


def find_api_key(session: Session, text: str) -> KeyHolder | None:
    """Return who holds this key, or None where it is unknown, revoked or expired."""
    if not text or len(text) > LONGEST_KEY:
        return None
    key = session.scalar(select(ApiKey).where(ApiKey.sha256 == _digest(text)))
    if key is None or not key.active or (key.expires_at is not None and key.expires_at <= now()):
        return None
    return KeyHolder(key.id, key.name, key.prefix, frozenset(key.scopes), key.expires_at)


class KeyRing:
    """The keys that were asked for since the register's last event; a revoked one is unknown from the next request on.

    Share one per process between threads.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seq = -1
        self._holders: dict[str, KeyHolder] = {}

    def holder(self, text: str) -> KeyHolder | None:
        """Return who holds this key, as :func:`find_api_key` does."""
        digest, newest = _digest(text), self._store.newest()
        if newest != self._seq or len(self._holders) >= KEYS_KEPT:
            self._holders, self._seq = {}, newest
        holders = self._holders
        if (found := holders.get(digest)) is None:
            with self._store.reading() as session:
                found = find_api_key(session, text)
            if found is not None:
                holders[digest] = found
        return None if found is None or (found.expires_at is not None and found.expires_at <= now()) else found


def list_api_keys(session: Session) -> list[KeyRecord]:
    """Return all keys by name, revoked ones included."""
    return [_record(key) for key in session.scalars(select(ApiKey).order_by(ApiKey.name, ApiKey.id))]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


def _record(key: ApiKey) -> KeyRecord:
    return KeyRecord(key.id, key.name, key.prefix, tuple(key.scopes), key.active, key.expires_at)
