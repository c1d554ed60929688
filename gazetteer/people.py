"""Who may sign in: accounts, roles, passwords, lock-out and the end of sessions."""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from gazetteer.divisions import find_division
from gazetteer.names.procedure_rules import authorities, rule_of
from gazetteer.store.database import Store
from gazetteer.store.events import Actor, now, record
from gazetteer.store.models import User
from gazetteer.store.models.operation import ROLES
from gazetteer.workflow import change, enter, locked
from geoaddr.errors import Conflict, Forbidden, NotFound, UsageError

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200
USERNAME_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789._-")
VERIFYING_AT_ONCE = 2
"""Passwords checked at the same time; each check takes some 160 ms of one core and 64 MiB."""


@dataclass(frozen=True, slots=True)
class Account:
    """A person who may sign in, without any secret but the key that names the sessions."""

    id: str
    username: str
    display_name: str
    role: str
    language: str
    session_key: str
    active: bool
    version: int
    division_id: str | None = None
    authority: str = ""

    @property
    def actor(self) -> Actor:
        """Return the account as the event log names it."""
        return Actor("user", self.username, self.role, self.id)


@cache
def password_hasher() -> PasswordHasher:
    """Return what hashes passwords: Argon2id with the library's parameters (RFC 9106, low-memory profile)."""
    return PasswordHasher()


class SignIns:
    """Checks passwords for one process: a bounded number at once, with lock-out after repeated failures.

    Unknown, inactive and locked accounts cost the same time as a wrong password, and nothing tells them apart.
    """

    def __init__(self, store: Store, *, attempts: int, lockout_minutes: int) -> None:
        self.store = store
        self.attempts = attempts
        self.lockout = timedelta(minutes=lockout_minutes)
        self._hasher = password_hasher()
        self._unknown = self._hasher.hash(secrets.token_urlsafe(16))
        self._turn = threading.BoundedSemaphore(VERIFYING_AT_ONCE)

    def authenticate(self, username: str, password: str) -> Account | None:
        """Return the account when name and password are right and it is neither locked nor inactive; every attempt is logged."""
        with self.store.reading() as session:
            user = session.scalar(select(User).where(User.username == _plain_name(username)))
        usable = user is not None and user.active and not _is_locked(user)
        right = self._verify(user.password_hash if user is not None and usable else self._unknown, password)
        if user is None:
            return None
        return self._settle(user.id, right=right and usable, usable=usable, rehash=password if right and usable else "")

    def _verify(self, password_hash: str, password: str) -> bool:
        with self._turn:
            try:
                return self._hasher.verify(password_hash, password[:LONGEST_PASSWORD].encode(errors="replace"))
            except (VerificationError, InvalidHashError):
                return False

    def _settle(self, user_id: str, *, right: bool, usable: bool, rehash: str) -> Account | None:
        door = Actor("public", "sign-in")
        with self.store.transaction() as session:
            user = locked(session, User, user_id)
            if user is None or not usable or not user.active or _is_locked(user):
                return None
            if not right:
                failed = user.failed_sign_ins + 1
                full = failed >= self.attempts
                counted = {"failed_sign_ins": 0 if full else failed, "locked_until": now() + self.lockout if full else None}
                change(session, user, actor=door, verb="lock" if full else "refuse_sign_in", to=counted)
                return None
            account = _account(user)
            to: dict[str, object] = {"failed_sign_ins": 0, "locked_until": None}
            if self._hasher.check_needs_rehash(user.password_hash):
                to["password_hash"] = self._hasher.hash(rehash)
            change(session, user, actor=account.actor, verb="reset_failures", to=to)
            record(session, actor=account.actor, action="app_user.sign_in", subject_kind="app_user", subject_id=user.id, payload={})
            return account


def create_user(session: Session, username: str, display_name: str, role: str, password: str, *, actor: Actor) -> Account:
    """Register a person who may sign in; ``Conflict`` where the name is taken, ``UsageError`` for a weak password."""
    require_administrator(actor)
    name = _plain_name(username)
    if not 2 <= len(name) <= 60 or not set(name) <= USERNAME_CHARACTERS:
        raise UsageError("用户名只能用 2 至 60 个小写字母、数字、点、横线或下划线", field="username")
    if role not in ROLES:
        raise UsageError(f"角色只能是 {'、'.join(ROLES)} 之一", field="role")
    if session.scalar(select(User.id).where(User.username == name)) is not None:
        raise Conflict(f"用户名 {name} 已被使用", field="username")
    _require_strong(password, name)
    user = User(
        username=name, display_name=display_name.strip()[:60] or name, role=role, password_hash=password_hasher().hash(password),
        session_key=secrets.token_urlsafe(32), active=True, language="", failed_sign_ins=0,
    )  # fmt: skip
    return _account(enter(session, user, actor=actor, verb="create", payload={"username": name, "role": role}))


def change_password(session: Session, user_id: str, password: str, *, actor: Actor) -> Account:
    """Give an account a new password and end all its sessions; by the person or an administrator."""
    user = _user(session, user_id)
    if actor.id != user.id:
        require_administrator(actor)
    _require_strong(password, user.username)
    to = {
        "password_hash": password_hasher().hash(password),
        "session_key": secrets.token_urlsafe(32),
        "failed_sign_ins": 0,
        "locked_until": None,
    }
    change(session, user, actor=actor, verb="change_password", to=to)
    return _account(user)


def end_sessions(session: Session, user_id: str, *, actor: Actor) -> Account:
    """Sign an account out everywhere; by the person or an administrator."""
    user = _user(session, user_id)
    if actor.id != user.id:
        require_administrator(actor)
    change(session, user, actor=actor, verb="end_sessions", to={"session_key": secrets.token_urlsafe(32)})
    return _account(user)


def unlock(session: Session, user_id: str, *, actor: Actor) -> Account:
    """Lift a lock-out before its time."""
    require_administrator(actor)
    user = _user(session, user_id)
    change(session, user, actor=actor, verb="unlock", to={"failed_sign_ins": 0, "locked_until": None})
    return _account(user)


def change_account(
    session: Session, user_id: str, *, role: str | None = None, active: bool | None = None, display_name: str | None = None, actor: Actor
) -> Account:
    """Change role, name on pages or whether the account is in use; a change of role or use ends its sessions.

    The last active administrator keeps both.
    """
    require_administrator(actor)
    user = _user(session, user_id)
    if role is not None and role not in ROLES:
        raise UsageError(f"角色只能是 {'、'.join(ROLES)} 之一", field="role")
    given = {"role": role, "active": active, "display_name": display_name}
    to: dict[str, object] = {name: value for name, value in given.items() if value is not None and getattr(user, name) != value}
    loses = user.role == "administrator" and (to.get("role") is not None or to.get("active") is False)
    if loses and not _other_administrators(session, user):
        raise Conflict("这是最后一个可用的管理员账号，请先另设一个管理员")
    if {"role", "active"} & set(to):
        to["session_key"] = secrets.token_urlsafe(32)
    change(session, user, actor=actor, verb="change", to=to)
    return _account(user)


def limit_competence(session: Session, user_id: str, *, division_id: str | None, authority: str, actor: Actor) -> Account:
    """Say whose decisions on names an account may enter: of one division (None: all) and of one authority ('': all).

    ``UsageError`` for a division that decides nothing by the rule data, or an authority they do not name.
    """
    require_administrator(actor)
    user = _user(session, user_id)
    if division_id is not None:
        division = find_division(session, division_id)
        levels = tuple(rule_of("competence")["levels"])
        if division.level not in levels or division.valid_to is not None:
            raise UsageError("权限范围须是现行的镇街、区或市", field="division_id")
    if authority and authority not in authorities():
        raise UsageError("规则数据中没有这个决定机关", field="authority")
    change(session, user, actor=actor, verb="limit", to={"division_id": division_id, "authority": authority})
    return _account(user)


def choose_language(session: Session, user_id: str, language: str, *, actor: Actor) -> Account:
    """Remember the language a person reads pages in: ``zh``, ``en`` or '' for the service's."""
    if language not in ("", "zh", "en"):
        raise UsageError("语言只能是 zh 或 en", field="language")
    user = _user(session, user_id)
    change(session, user, actor=actor, verb="choose_language", to={"language": language})
    return _account(user)


def account_of_session(session: Session, session_key: str) -> Account | None:
    """Return the active account whose sessions bear this key, or None where they have been ended."""
    user = session.scalar(select(User).where(User.session_key == session_key, User.active.is_(True)))
    return None if user is None else _account(user)


def find_account(session: Session, username: str) -> Account:
    """Return an account by its name; ``NotFound`` where there is none."""
    user = session.scalar(select(User).where(User.username == _plain_name(username)))
    if user is None:
        raise NotFound(f"没有用户名为 {username[:60]} 的账号", field="username")
    return _account(user)


def list_accounts(session: Session) -> list[Account]:
    """Return all accounts by name."""
    return [_account(user) for user in session.scalars(select(User).order_by(User.username))]


def locked_ids(session: Session) -> set[str]:
    """Return the ids of the accounts that are locked now after failed sign-ins."""
    return set(session.scalars(select(User.id).where(User.locked_until > now())))


def _account(user: User) -> Account:
    return Account(
        user.id, user.username, user.display_name, user.role, user.language, user.session_key, user.active, user.version,
        user.division_id, user.authority,
    )  # fmt: skip


def _user(session: Session, user_id: str) -> User:
    if (user := session.get(User, user_id)) is None:
        raise NotFound("没有这个账号", field="id")
    return user


def _other_administrators(session: Session, user: User) -> bool:
    found = select(User.id).where(User.role == "administrator", User.active.is_(True), User.id != user.id)
    return session.scalar(found.limit(1)) is not None


def _plain_name(username: str) -> str:
    return username.strip().lower().replace("\x00", "")[:60]


def _is_locked(user: User) -> bool:
    return user.locked_until is not None and user.locked_until > now()


def require_administrator(actor: Actor) -> None:
    """Raise ``Forbidden`` for anybody but an administrator or the system itself."""
    if actor.kind != "system" and actor.role != "administrator":
        raise Forbidden("只有管理员可以管理账号和密钥")


def _require_strong(password: str, username: str) -> None:
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise UsageError(f"密码要有 {SHORTEST_PASSWORD} 至 {LONGEST_PASSWORD} 个字符", field="password")
    if len(set(password)) < 5 or username in password.lower():
        raise UsageError("密码太容易猜到：不要含用户名，也不要只用几个相同的字符", field="password")
