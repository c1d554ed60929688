"""Persons of case records: sealed as a whole at rest, opened only for case roles, each opening logged."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.orm import Session

from gazetteer.store.events import Actor, record
from gazetteer.store.models import CasePerson
from geoaddr.errors import Forbidden, GeoaddrError, NotFound

READERS = ("officer", "approver", "administrator")
NONCE_BYTES = 12


class PersonBox:
    """Seals and opens persons with AES-256-GCM; the case id is bound in, so that a sealed person cannot be moved to another case."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)
        self.key_id = hashlib.sha256(b"geoaddr data key" + key).hexdigest()[:16]

    def seal(self, case_id: str, person: Mapping[str, str]) -> bytes:
        """Return the sealed form of a person's fields."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, json.dumps(dict(person), ensure_ascii=False).encode(), case_id.encode())

    def open(self, case_id: str, sealed: bytes) -> dict[str, str]:
        """Return a person's fields; raises ``GeoaddrError`` where the key is not the one they were sealed with."""
        try:
            plain = self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], case_id.encode())
        except InvalidTag as error:
            raise GeoaddrError("无法解开人员信息：DATA_KEY 与录入时使用的不一致") from error
        opened: dict[str, str] = json.loads(plain)
        return opened


def read_person(session: Session, box: PersonBox, case_id: str, *, actor: Actor, purpose: str) -> dict[str, str]:
    """Return the person of a case record to someone whose role needs it, and log who read it and why (never what).

    Raises ``Forbidden`` for other roles and ``NotFound`` where the record has no person.
    """
    if actor.kind != "user" or actor.role not in READERS:
        raise Forbidden("您的角色不能查看人员信息")
    if not purpose.strip():
        raise Forbidden("查看人员信息须写明用途")
    row = session.get(CasePerson, case_id)
    if row is None:
        raise NotFound("这条业务记录没有人员信息")
    record(
        session,
        actor=actor,
        action="case_person.read",
        subject_kind="case_record",
        subject_id=case_id,
        payload={"purpose": purpose.strip()[:200]},
    )
    return box.open(case_id, row.sealed)


def put_person(session: Session, box: PersonBox, case_id: str, person: Mapping[str, str]) -> bool:
    """Keep a person beside a case record, in the transaction that writes the record's own event; says whether anything changed."""
    kept = {name: value for name, value in person.items() if value}
    row = session.get(CasePerson, case_id)
    if row is not None and row.key_id == box.key_id and box.open(case_id, row.sealed) == kept:
        return False
    if row is None and not kept:
        return False
    session.merge(CasePerson(case_id=case_id, sealed=box.seal(case_id, kept), key_id=box.key_id))
    return True
