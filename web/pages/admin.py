"""Administration: people, keys, jobs, health, settings and the event log; for administrators only."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, make_response, render_template, request, url_for
from pydantic import SecretStr
from werkzeug.wrappers import Response

from gazetteer.api_keys import SCOPES, create_api_key, list_api_keys, revoke_api_key
from gazetteer.jobs import cancel, find_job, resume
from gazetteer.names.procedure_rules import authorities
from gazetteer.operation_lists import event_kinds, list_events, list_jobs
from gazetteer.people import change_account, change_password, create_user, end_sessions, limit_competence, list_accounts, locked_ids, unlock
from gazetteer.register_lists import deciding_units
from gazetteer.store.checks import CHECKS, check_register
from gazetteer.store.models.operation import JOB_STATUSES, ROLES
from geoaddr.errors import Conflict, UsageError
from web.auth import current_actor, require_role
from web.forms import done, replayed, submitted
from web.messages import _
from web.services import services
from web.tables import csv_answer

blueprint = Blueprint("admin", __name__, url_prefix="/admin")
administrator = require_role("administrator")

EVENT_FILTERS = ("subject_kind", "action", "actor", "subject_id")


@blueprint.get("/")
@administrator
def index() -> str:
    """List the people who may sign in."""
    return _people({})


@blueprint.post("/people")
@administrator
def create() -> str | Response:
    """Register a person who may sign in."""
    try:
        with services().store.transaction() as session:
            if before := replayed(session):
                return before
            account = create_user(
                session, submitted("username", longest=60), submitted("display_name", longest=60), submitted("role", longest=20),
                request.form.get("password", ""), actor=current_actor(),
            )  # fmt: skip
            return done(session, _("已新建账号 %(name)s", name=account.username), url_for("admin.index"))
    except (UsageError, Conflict) as error:
        return make_response(_people({error.field or "": error.message}), 422)


@blueprint.post("/people/<user_id>")
@administrator
def change(user_id: str) -> Response:
    """Change a person's role, name, competence or whether the account is in use; unlock it, or end its sessions."""
    with services().store.transaction() as session:
        if before := replayed(session):
            return before
        what, actor = submitted("what", longest=12), current_actor()
        if what == "unlock":
            account, text = unlock(session, user_id, actor=actor), _("已解锁")
        elif what == "sessions":
            account, text = end_sessions(session, user_id, actor=actor), _("已在所有设备上退出登录")
        elif what in ("use", "disuse"):
            account = change_account(session, user_id, active=what == "use", actor=actor)
            text = _("账号已启用") if what == "use" else _("账号已停用")
        elif what == "limit":
            division, authority = submitted("division", longest=20) or None, submitted("authority", longest=120)
            account, text = limit_competence(session, user_id, division_id=division, authority=authority, actor=actor), _("权限范围已保存")
        else:
            role, name = submitted("role", longest=20), submitted("display_name", longest=60) or None
            account = change_account(session, user_id, role=role, display_name=name, actor=actor)
            text = _("已保存")
        return done(session, f"{account.username}：{text}", url_for("admin.index"))


@blueprint.post("/people/<user_id>/password")
@administrator
def reset(user_id: str) -> str | Response:
    """Give a person a new password; all sessions end."""
    try:
        with services().store.transaction() as session:
            account = change_password(session, user_id, request.form.get("password", ""), actor=current_actor())
            return done(session, _("%(name)s 的密码已重设，请当面告诉本人", name=account.username), url_for("admin.index"))
    except UsageError as error:
        return make_response(_people({f"password-{user_id}": error.message}), 422)


@blueprint.get("/keys")
@administrator
def keys() -> str:
    """List the keys of other systems."""
    return _keys({})


@blueprint.post("/keys")
@administrator
def create_key() -> str | Response:
    """Make a key and show it this once."""
    try:
        with services().store.transaction() as session:
            made, text = create_api_key(session, submitted("name", longest=80), request.form.getlist("scopes"), actor=current_actor())
    except UsageError as error:
        return make_response(_keys({error.field or "": error.message}), 422)
    return _keys({}, made=(made, text))


@blueprint.post("/keys/<prefix>/revoke")
@administrator
def revoke(prefix: str) -> Response:
    """End a key's use at once."""
    with services().store.transaction() as session:
        key = revoke_api_key(session, prefix, actor=current_actor())
        return done(session, _("已吊销 %(name)s 的密钥", name=key.name), url_for("admin.keys"))


@blueprint.get("/jobs")
@administrator
def jobs() -> str:
    """List jobs of everybody."""
    status = request.args.get("status", "")
    given: dict[str, Any] = {"status": status if status in JOB_STATUSES else "", "kind": request.args.get("kind", "")[:40]}
    with services().store.reading() as session:
        page = list_jobs(session, **given, after=request.args.get("after"))
        return render_template("admin/jobs.html", page=page, given=given, statuses=JOB_STATUSES, tab="jobs")


@blueprint.post("/jobs/<job_id>/<what>")
@administrator
def steer(job_id: str, what: str) -> Response:
    """Cancel a job or queue it again."""
    if what not in ("cancel", "resume"):
        raise UsageError(_("没有这个操作"))
    with services().store.transaction() as session:
        (cancel if what == "cancel" else resume)(session, find_job(session, job_id).id, actor=current_actor())
        return done(session, _("已取消") if what == "cancel" else _("已重新排队"), url_for("admin.jobs"))


@blueprint.get("/health")
@administrator
def health() -> str:
    """Check the whole register: chain, triggers, spatial index, orphans, queues."""
    troubles = check_register(services().store)
    return render_template("admin/health.html", troubles=troubles, checks=[one.__name__ for one in CHECKS], tab="health")


@blueprint.get("/settings")
@administrator
def settings() -> str:
    """Show the settings in use, secrets left out."""
    chosen = services().settings
    shown = [(name, field.description or "", _plain(name, getattr(chosen, name))) for name, field in type(chosen).model_fields.items()]
    return render_template("admin/settings.html", rows=shown, tab="settings")


@blueprint.get("/events")
@administrator
def events() -> str | Response:
    """Browse the event log."""
    given: dict[str, Any] = {name: request.args.get(name, "").replace("\x00", "").strip()[:120] for name in EVENT_FILTERS}
    if request.args.get("format") == "csv":
        return _events_table(given)
    with services().store.reading() as session:
        page = list_events(session, **given, after=request.args.get("after"))
        return render_template("admin/events.html", page=page, given=given, kinds=event_kinds(session), tab="events")


def _people(errors: dict[str, str]) -> str:
    typed = {name: request.form.get(name, "") for name in ("username", "display_name", "role")}
    with services().store.reading() as session:
        accounts, locked = list_accounts(session), locked_ids(session)
        units = [(one.id, one.name) for one in deciding_units(session, services().settings.district_code)]
    return render_template(
        "admin/people.html", accounts=accounts, locked=locked, roles=ROLES, errors=errors, typed=typed, units=units,
        authorities=authorities(), tab="people",
    )  # fmt: skip


def _keys(errors: dict[str, str], made: Any = None) -> str:
    with services().store.reading() as session:
        found = list_api_keys(session)
    chosen = request.form.getlist("scopes") if errors else []
    typed = request.form.get("name", "") if errors else ""
    return render_template("admin/keys.html", keys=found, scopes=SCOPES, made=made, errors=errors, typed=typed, chosen=chosen, tab="keys")


def _plain(name: str, value: Any) -> str:
    if isinstance(value, SecretStr):
        return _("（已设置，不显示）") if value.get_secret_value() else _("（未设置，自动生成并保存在媒体目录）")
    text = str(value)
    if "://" in text and "@" in text:
        scheme, _sep, rest = text.partition("://")
        return f"{scheme}://…@{rest.rpartition('@')[2]}"
    return text


def _events_table(given: dict[str, Any]) -> Response:
    def rows(session: Any) -> Any:
        after: str | None = None
        while True:
            page = list_events(session, **given, after=after, limit=500)
            for event in page.rows:
                yield event.seq, event.at.isoformat(), event.actor, event.action, event.subject_kind, event.subject_id or "", event.hash
            if page.next_after is None:
                return
            after = page.next_after

    header = (_("序号"), _("时间"), _("谁"), _("动作"), _("记录种类"), _("记录编号"), _("哈希"))
    return csv_answer("events.csv", header, rows)
