"""The ignore-lists of the naming rules: what each rule is silent about, why, who said so and since when."""

from __future__ import annotations

from datetime import date

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from gazetteer.names.ignores import ignore_finding, ignore_word, lift_ignore, list_ignores, restore_ignore
from gazetteer.names.rules import find_rule, rule_book
from geoaddr.errors import NotFound, UsageError
from web.auth import current_actor, require_role
from web.forms import done, replayed, submitted, submitted_version
from web.messages import _
from web.navigation import DECIDING
from web.pages.names import blueprint as names
from web.pages.names import rule_title
from web.services import services

STATUSES = ("active", "lifted")


@names.get("/ignores")
def ignores() -> str:
    """Show what the rules are silent about."""
    return _page({})


@names.post("/ignores")
@require_role(*DECIDING)
def add_ignore() -> Response | tuple[str, int]:
    """Make a rule silent about a word, or about the record of a doubt."""
    rule, word, reason, finding = (submitted(name, longest=300) for name in ("rule", "word", "reason", "finding"))
    try:
        with services().store.transaction() as session:
            if again := replayed(session):
                return again
            until = _day(submitted("until", longest=10))
            if finding:
                entry = ignore_finding(session, finding, reason, actor=current_actor(), until=until)
            else:
                entry = ignore_word(session, rule, word, reason, actor=current_actor(), until=until)
            text = _("已忽略：%(what)s", what=entry.word or entry.subject_label)
            return done(session, text, url_for("names.ignores"), undo=url_for("names.lift", ignore_id=entry.id))
    except (UsageError, NotFound) as error:
        return _page({error.field or "": error.message}), 422


@names.post("/ignores/<ignore_id>/lift")
@require_role(*DECIDING)
def lift(ignore_id: str) -> Response:
    """Take an entry back: the doubts it silenced come back."""
    with services().store.transaction() as session:
        if again := replayed(session):
            return again
        version = submitted_version() if "version" in request.form else None
        entry = lift_ignore(session, ignore_id, actor=current_actor(), version=version)
        text = _("已撤销忽略：%(what)s，有关疑点重新出现", what=entry.word or entry.subject_label)
        return done(session, text, url_for("names.ignores"), undo=url_for("names.restore", ignore_id=ignore_id))


@names.post("/ignores/<ignore_id>/restore")
@require_role(*DECIDING)
def restore(ignore_id: str) -> Response:
    """Undo the taking back of an entry."""
    with services().store.transaction() as session:
        if again := replayed(session):
            return again
        entry = restore_ignore(session, ignore_id, actor=current_actor())
        return done(session, _("已恢复忽略：%(what)s", what=entry.word or entry.subject_label), url_for("names.ignores"))


def _page(errors: dict[str, str]) -> str:
    rule, status = request.args.get("rule", "").strip()[:60], request.args.get("status", "active")
    if status not in (*STATUSES, "all"):
        raise UsageError(_("没有这种筛选条件"), field="status")
    with services().store.reading() as session:
        rows = list_ignores(session, rule=rule, status="" if status == "all" else status)
    typed = {name: request.form.get(name, "") for name in ("rule", "word", "reason", "until")}
    return render_template(
        "names/ignores.html", rows=rows, given={"rule": rule, "status": status}, errors=errors, typed=typed, rules=rule_book(),
        rule=find_rule, rule_title=rule_title, statuses=STATUSES,
    )  # fmt: skip


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise UsageError(_("请按 2026-11-23 的样子写日期"), field="until") from error
