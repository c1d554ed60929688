"""Signing in and out, one's own password and language."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from gazetteer.people import LONGEST_PASSWORD, Account, change_password, choose_language, end_sessions
from geoaddr.errors import UsageError
from web.auth import current_account, local_path, open_to_all, sign_in, sign_out
from web.forms import submitted, tell
from web.i18n import COOKIE
from web.messages import _
from web.services import services

blueprint = Blueprint("session", __name__)


@blueprint.get("/sign-in")
@open_to_all
def sign_in_page() -> str | AnyResponse:
    """Ask for name and password."""
    target = local_path(request.args.get("next"))
    return redirect(target) if current_account() else render_template("session/sign_in.html", next=target, username="", errors={})


@blueprint.post("/sign-in")
@open_to_all
def sign_in_submitted() -> AnyResponse:
    """Begin a session, or say, without saying why, that name or password are not right."""
    target = local_path(request.form.get("next"))
    username = submitted("username", longest=200)
    account = services().sign_ins.authenticate(username, request.form.get("password", ""))
    if account is None:
        count, minutes = services().settings.login_attempts, services().settings.lockout_minutes
        message = _("用户名或密码不对。连续输错 %(count)s 次，账号会锁定 %(minutes)s 分钟。", count=count, minutes=minutes)
        page = render_template("session/sign_in.html", next=target, username=username, errors={"username": message})
        return make_response(page, 401)
    sign_in(account)
    return redirect(target, code=303)


@blueprint.post("/sign-out")
@open_to_all
def sign_out_submitted() -> AnyResponse:
    """End this session."""
    sign_out()
    tell(_("已退出登录"))
    return redirect(url_for("session.sign_in_page"), code=303)


@blueprint.get("/account")
def account() -> str:
    """Show one's own account."""
    return render_template("session/account.html", account=_me(), errors={})


@blueprint.post("/account/password")
def password_submitted() -> AnyResponse:
    """Change one's own password; other sessions end, this one goes on."""
    me, new = _me(), request.form.get("password", "")
    if new != request.form.get("repeated", ""):
        return _wrong(me, {"repeated": _("两遍新密码不一样")})
    if services().sign_ins.authenticate(me.username, request.form.get("current", "")[:LONGEST_PASSWORD]) is None:
        return _wrong(me, {"current": _("现在的密码不对")})
    try:
        with services().store.transaction() as session:
            changed = change_password(session, me.id, new, actor=me.actor)
    except UsageError as error:
        return _wrong(me, {error.field or "": error.message})
    sign_in(changed)
    tell(_("密码已修改，其他设备上的登录已失效"), kind="ok")
    return redirect(url_for("session.account"), code=303)


@blueprint.post("/account/language")
def language_submitted() -> AnyResponse:
    """Remember the language one reads pages in."""
    me, language = _me(), submitted("language", longest=2)
    with services().store.transaction() as session:
        choose_language(session, me.id, language, actor=me.actor)
    tell(_("已保存"), kind="ok")
    answer = redirect(url_for("session.account"), code=303)
    answer.delete_cookie(COOKIE)
    return answer


@blueprint.post("/account/sessions")
def everywhere_submitted() -> AnyResponse:
    """Sign out on every device."""
    me = _me()
    with services().store.transaction() as session:
        end_sessions(session, me.id, actor=me.actor)
    sign_out()
    tell(_("已在所有设备上退出登录"))
    return redirect(url_for("session.sign_in_page"), code=303)


def _me() -> Account:
    account = current_account()
    assert account is not None, "pages are closed to those who have not signed in"
    return account


def _wrong(me: Account, errors: dict[str, Any]) -> Response:
    return make_response(render_template("session/account.html", account=me, errors=errors), 422)
