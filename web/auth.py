"""Who is asking: signed-in people and API keys, what each may open, and how the event log names them.

Every page needs a signed-in person unless its view says :func:`open_to_all`; every operation of the API says which scope
a key needs, or that it is open.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, TypeVar

from flask import Flask, abort, current_app, g, redirect, request, session, url_for
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from flask_wtf.csrf import validate_csrf
from werkzeug.wrappers import Response
from wtforms import ValidationError

from gazetteer.api_keys import KeyHolder
from gazetteer.people import Account, account_of_session
from gazetteer.store.events import Actor
from geoaddr.errors import Forbidden
from web.audience import asked_by_program, is_program
from web.services import services, services_of
from web.session import SEEN, ProlongedSession

ViewT = TypeVar("ViewT", bound=Callable[..., Any])
KEY_HEADER = "X-API-Key"
CSRF_HEADER = "X-CSRFToken"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
OPEN_ENDPOINTS = ("static", "openapi.spec")
ROLE_SCOPES: dict[str, tuple[str, ...]] = {
    "viewer": ("lookup", "changes"),
    "installer": ("lookup", "field"),
    "officer": ("lookup", "changes", "jobs", "write", "field"),
    "approver": ("lookup", "changes", "jobs", "write", "field"),
    "administrator": ("lookup", "changes", "jobs", "write", "field"),
}
"""What a signed-in person may do through the API, in the names of key scopes."""


class Person(UserMixin):  # type: ignore[misc]
    """A signed-in account as Flask-Login wants it; its session is named by the key that ends with a password change."""

    def __init__(self, account: Account) -> None:
        self.account = account

    def get_id(self) -> str:
        """Return the session key: changing it in the register ends every session."""
        return self.account.session_key


def install(app: Flask) -> None:
    """Make the application know its users and close every page that is not declared open."""
    settings = services_of(app).settings
    app.config.update(
        PERMANENT_SESSION_LIFETIME=timedelta(minutes=settings.session_minutes),
        SESSION_COOKIE_NAME="geoaddr_session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        SESSION_REFRESH_EACH_REQUEST=False,
    )
    app.session_interface = ProlongedSession()
    manager = LoginManager()
    manager.session_protection = None  # the cookie is signed and expires; binding it to a user agent breaks phones
    manager.user_loader(_load_person)
    manager.init_app(app)
    app.before_request(_close_pages)
    app.context_processor(lambda: {"current_account": current_account(), "has_role": has_role})


def open_to_all(view: ViewT) -> ViewT:
    """Mark a view that anybody may open without signing in."""
    view.open_to_all = True  # type: ignore[attr-defined]
    return view


def require_role(*roles: str) -> Callable[[ViewT], ViewT]:
    """Let only people in one of these roles open a page; others get a plain refusal."""

    def decorate(view: ViewT) -> ViewT:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if current_account() is None:
                return _to_sign_in()
            if not has_role(*roles):
                raise Forbidden("您的角色不能打开这一页或执行这一步")
            return view(*args, **kwargs)

        return guarded  # type: ignore[return-value]

    return decorate


def current_account() -> Account | None:
    """Return the signed-in account, or None."""
    return current_user.account if current_user.is_authenticated else None


def has_role(*roles: str) -> bool:
    """Say whether somebody in one of these roles is signed in."""
    account = current_account()
    return account is not None and account.role in roles


def current_actor() -> Actor:
    """Return who acts in this request, as the event log names them; 401 where nobody does."""
    actor: Actor | None = g.get("actor")
    if actor is not None:
        return actor
    account = current_account()
    if account is None:
        abort(401)
    return account.actor


def current_key() -> KeyHolder | None:
    """Return who holds the API key sent with this request; None without one, 401 for a key that is not valid."""
    found = sent_key()
    if found is None and KEY_HEADER in request.headers:
        abort(401)
    return found


def sent_key() -> KeyHolder | None:
    """Return who holds the API key sent with this request; None without one or for a key that is not valid."""
    if "key_holder" not in g:
        text = request.headers.get(KEY_HEADER, "")
        g.key_holder = services().keys.holder(text) if text else None
    found: KeyHolder | None = g.key_holder
    return found


def sign_in(account: Account) -> None:
    """Begin a session for an account, leaving nothing of the one before."""
    session.clear()
    session.permanent = True
    session[SEEN] = int(time.time())
    login_user(Person(account))


def sign_out() -> None:
    """End this session."""
    logout_user()
    session.clear()


def local_path(target: str | None) -> str:
    """Return a path of this service to go to after signing in; the overview for anything that could lead elsewhere."""
    plain = target or ""
    harmless = plain.startswith("/") and not plain.startswith(("//", "/\\")) and plain.isprintable() and "\\" not in plain
    return plain if harmless and not plain.startswith(("/sign-in", "/sign-out")) else "/"


def needs(scope: str) -> Callable[[ViewT], ViewT]:
    """Let an operation of the API be used by keys with ``scope``, or by signed-in people whose role gives it.

    A person's browser must send the CSRF token in ``X-CSRFToken`` with everything that writes. 401 without key or session
    (or with a wrong key), 403 where scope or role does not reach.
    """

    def decorate(view: ViewT) -> ViewT:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            g.actor = _api_actor(scope)
            return view(*args, **kwargs)

        guarded.scope = scope  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return decorate


def open_operation(view: ViewT) -> ViewT:
    """Let anybody use an operation of the API; a key that is sent all the same must be valid."""

    @wraps(view)
    def checked(*args: Any, **kwargs: Any) -> Any:
        current_key()
        return view(*args, **kwargs)

    checked.scope = ""  # type: ignore[attr-defined]
    return checked  # type: ignore[return-value]


def _api_actor(scope: str) -> Actor:
    key = current_key()
    if key is not None:
        if scope not in key.scopes:
            raise Forbidden(f"这个密钥没有 {scope} 权限")
        return key.acting(scope)
    account = current_account()
    if account is None:
        abort(401)
    if scope not in ROLE_SCOPES[account.role]:
        raise Forbidden("您的角色不能使用这个接口")
    if request.method not in SAFE_METHODS:
        _require_csrf()
    return account.actor


def _require_csrf() -> None:
    try:
        validate_csrf(request.headers.get(CSRF_HEADER))
    except ValidationError as error:
        raise Forbidden("缺少有效的 X-CSRFToken；程序请用 X-API-Key 调用") from error


def _load_person(session_key: str) -> Person | None:
    with services().store.reading() as register:
        account = account_of_session(register, session_key)
    return None if account is None else Person(account)


def _close_pages() -> Response | None:
    endpoint = request.endpoint
    if endpoint is None or endpoint in OPEN_ENDPOINTS or is_program(current_app, request.blueprint):
        return None
    view = current_app.view_functions[endpoint]
    if getattr(view, "open_to_all", False) or current_account() is not None:
        return None
    return _to_sign_in()


def _to_sign_in() -> Response:
    if request.method not in SAFE_METHODS or "HX-Request" in request.headers or asked_by_program():
        abort(401)
    here = request.full_path.rstrip("?")
    return redirect(url_for("session.sign_in_page", next=here if here != "/" else None))
