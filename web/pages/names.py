"""Doubts about names: the queue, each doubt beside its rule and evidence, and what people decide about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from datetime import date
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from gazetteer.divisions import find_division
from gazetteer.names.audit import audit_register
from gazetteer.names.bulk import VERBS as BULK_VERBS
from gazetteer.names.bulk import officers
from gazetteer.names.clocks import working_days_between
from gazetteer.names.finding_filters import AGES, DUES, FindingFilters
from gazetteer.names.finding_lists import (
    FindingRow,
    count_findings,
    finding_record,
    list_findings,
    next_finding,
    queue_around,
    total_findings,
)
from gazetteer.names.findings import assign, defer, dismiss, find_finding, undo_finding, undo_minutes
from gazetteer.names.reminders import reminders
from gazetteer.names.rules import rule_book
from gazetteer.store.database import Session
from gazetteer.store.events import history
from geoaddr.errors import NotFound, UsageError
from web.auth import current_account, current_actor, has_role, require_role
from web.finding_words import grounds_in_words
from web.forms import done, replayed, submitted, submitted_version
from web.i18n import language
from web.messages import _
from web.name_maps import finding_map
from web.navigation import DECIDING
from web.services import services, today
from web.tables import csv_answer
from web.words import word

blueprint = Blueprint("names", __name__, url_prefix="/names")
CLASSES = ("大", "洋", "怪", "重", "none")
STATUSES = ("unsettled", "open", "deferred", "in_procedure", "dismissed", "cured", "all")
SEVERITIES = ("blocks", "warns")
AT_ONCE = 500


@blueprint.get("/")
def index() -> str | Response:
    """Show the queue of doubts with its filters and counts."""
    filters = asked()
    if request.args.get("format") == "csv":
        header = (_("地名"), _("类别"), _("所在"), _("问题"), _("规则"), _("程度"), _("依据"), _("条款"), _("状态"), _("理由"))
        return csv_answer("findings.csv", header, lambda session: (_cells(row) for row in _every(session, filters)))
    with services().store.reading() as session:
        return render_template(
            "names/index.html", page=list_findings(session, filters, after=request.args.get("after"), limit=50), filters=filters,
            counts=count_findings(session, filters), carried=carried(filters), classes=CLASSES, statuses=STATUSES, severities=SEVERITIES,
            rules=rule_book(), rule_title=rule_title, ages=tuple(AGES), dues=DUES, me=current_actor().id, people=officers(session),
            bulk_verbs=BULK_VERBS, days_left=days_left, own=own_queue(session, filters),
            reminders=reminders(session, current_actor(), today=today()) if has_role(*DECIDING) else [],
        )  # fmt: skip


@blueprint.get("/findings/<finding_id>")
def finding(finding_id: str) -> str:
    """Show one doubt beside the queue it was opened from."""
    return _page(finding_id, {})


@blueprint.get("/findings/<finding_id>/map.json")
def finding_places(finding_id: str) -> dict[str, Any]:
    """Return the place of a doubt and its namesakes, for the map."""
    with services().store.reading() as session:
        return finding_map(session, finding_record(session, finding_id))


@blueprint.post("/findings/<finding_id>/decide")
@require_role(*DECIDING)
def decide(finding_id: str) -> Response | tuple[str, int]:
    """Set a doubt aside or put it off, and bring the next one of the same queue."""
    verb, reason = submitted("verb", longest=10), submitted("reason", longest=500)
    filters = asked()
    try:
        with services().store.transaction() as session:
            if again := replayed(session):
                return again
            if verb not in ("dismiss", "defer"):
                raise UsageError(_("只能选“不成立”或“暂缓”"), field="verb")
            act = dismiss if verb == "dismiss" else defer
            following = next_finding(session, find_finding(session, finding_id), filters)
            settled = act(session, finding_id, reason, actor=current_actor(), version=submitted_version())
            text = _("“%(name)s”：%(verb)s", name=settled.subject_label, verb=word("finding_verb", verb))
            there = url_for("names.finding", finding_id=following, **carried(filters)) if following else index_url(filters)
            return done(session, text, there, undo=url_for("names.undo", finding_id=finding_id, **carried(filters)))
    except UsageError as error:
        return _page(finding_id, {error.field or "": error.message}), 422


@blueprint.post("/findings/<finding_id>/assign")
@require_role(*DECIDING)
def assign_to(finding_id: str) -> Response | tuple[str, int]:
    """Give a doubt to somebody, or to nobody, and stay with it."""
    user_id = submitted("assigned_to", longest=20)
    try:
        with services().store.transaction() as session:
            if again := replayed(session):
                return again
            given = assign(session, finding_id, user_id or None, actor=current_actor(), version=submitted_version())
            name = dict(officers(session)).get(user_id, "")
            text = _("“%(name)s”已分派给%(who)s", name=given.subject_label, who=name) if user_id else _("已收回分派")
            return done(session, text, url_for("names.finding", finding_id=finding_id, **carried(asked())))
    except (UsageError, NotFound) as error:
        return _page(finding_id, {"assigned_to": error.message}), 422


@blueprint.post("/findings/<finding_id>/undo")
@require_role(*DECIDING)
def undo(finding_id: str) -> Response:
    """Take back the last decision on a doubt, within the minutes in which that is offered."""
    with services().store.transaction() as session:
        if again := replayed(session):
            return again
        undo_finding(session, finding_id, actor=current_actor())
        return done(session, _("已撤销，疑点重新待处理"), url_for("names.finding", finding_id=finding_id, **carried(asked())))


@blueprint.post("/audit")
@require_role(*DECIDING)
def audit_all() -> Response:
    """Check every name, address and plate against the rules of today and bring the queue into line."""
    with services().store.transaction() as session:
        if again := replayed(session):
            return again
        result = audit_register(session, actor=current_actor())
        text = _(
            "检查了 %(checked)s 个地名和地址：新疑点 %(raised)s 条，消除 %(cured)s 条，重现 %(reopened)s 条",
            checked=result.checked, raised=result.raised, cured=result.cured, reopened=result.reopened,
        )  # fmt: skip
        return done(session, text, url_for("names.index"))


def asked(arguments: Mapping[str, str] | None = None) -> FindingFilters:
    """Return the filters in the address, or those of another one; ``UsageError`` for a value that no filter has."""
    asking = request.args if arguments is None else arguments
    names = ("class", "rule", "status", "severity", "town", "q", "age", "due", "who")
    given = {name: asking.get(name, "").replace("\x00", "").strip()[:80] for name in names}
    known = (("class", CLASSES), ("status", STATUSES), ("severity", SEVERITIES), ("age", tuple(AGES)), ("due", DUES))
    for name, allowed in known:
        if given[name] and given[name] not in allowed:
            raise UsageError(_("没有这种筛选条件"), field=name)
    return FindingFilters(
        status=given["status"] or "unsettled", issue_class=given["class"], rule=given["rule"], severity=given["severity"],
        division_id=given["town"], q=given["q"], subject_id=asking.get("place", "")[:20], age=given["age"], due=given["due"],
        assigned_to=(current_actor().id or "") if given["who"] == "me" else given["who"][:20],
        on=today(), reach=_own_division() if _on_own_area(asking) else "",
    )  # fmt: skip


def _on_own_area(asking: Mapping[str, str]) -> bool:
    """Say whether a list keeps to one's own area: where nothing else is asked for, unless it is about one place, wherever that lies."""
    return asking.get("scope") == "mine" or (not asking.get("scope") and not asking.get("place"))


def _own_division() -> str:
    """Return the id of the division that the signed-in person's competence is limited to; '' where it is not limited."""
    account = current_account()
    return (account.division_id or "") if account else ""


def own_queue(session: Session, filters: FindingFilters) -> dict[str, Any] | None:
    """Return what a person limited to a division may settle of a queue: its name and how many; None for somebody without limits."""
    division_id = _own_division()
    if not division_id:
        return None
    return {"name": find_division(session, division_id).name, "count": total_findings(session, replace(filters, reach=division_id))}


def carried(filters: FindingFilters) -> dict[str, Any]:
    """Return filters as they stand in an address, the usual ones left out; for somebody with an own area whether the list keeps to it."""
    scope = ("mine" if filters.reach else "all") if _own_division() else ""
    named = {
        "class": filters.issue_class, "rule": filters.rule, "status": "" if filters.status == "unsettled" else filters.status,
        "severity": filters.severity, "town": filters.division_id, "q": filters.q, "place": filters.subject_id, "age": filters.age,
        "due": filters.due, "who": filters.assigned_to, "scope": scope,
    }  # fmt: skip
    return {name: value for name, value in named.items() if value}


def index_url(filters: FindingFilters) -> str:
    """Return the address of the queue with these filters."""
    return url_for("names.index", **carried(filters))


def following_url(session: Session, finding_id: str, queue: str) -> str:
    """Return where the queue (the filters of its address, as text) goes on after a doubt: the next one, or the queue at its end."""
    filters = asked(dict(parse_qsl(queue)))
    following = next_finding(session, find_finding(session, finding_id), filters)
    return url_for("names.finding", finding_id=following, **carried(filters)) if following else index_url(filters)


def days_left(day: date | str | None) -> int | None:
    """Return how many working days are left to a deadline, negative once it has passed; None for none."""
    if not day:
        return None
    return working_days_between(today(), date.fromisoformat(day) if isinstance(day, str) else day)


def rule_title(rule: Any) -> str:
    """Return a rule's title in the reader's language; takes a rule, or the dict of one."""
    known = rule if isinstance(rule, dict) else asdict(rule)
    return str(known["title_en"] if language() == "en" else known["title_zh"])


def _page(finding_id: str, errors: dict[str, str]) -> str:
    filters = asked()
    with services().store.reading() as session:
        found = find_finding(session, finding_id)
        record = finding_record(session, finding_id, actor=current_actor())
        queue = queue_around(session, found, filters)
        at = next(number for number, row in enumerate(queue) if row.id == finding_id)
        return render_template(
            "names/finding.html", record=record, filters=filters, carried=carried(filters), queue=queue,
            total=total_findings(session, filters), following=queue[at + 1].id if at + 1 < len(queue) else None,
            previous=queue[at - 1].id if at else None, events=history(session, finding_id), errors=errors,
            typed=request.form.get("reason", ""), rule_title=rule_title, undo_minutes=undo_minutes(), people=officers(session),
            me=current_actor().id, days_left=days_left, queue_text=urlencode(carried(filters)),
        )  # fmt: skip


def _every(session: Session, filters: FindingFilters) -> Iterator[FindingRow]:
    after: str | None = None
    while True:
        page = list_findings(session, filters, after=after, limit=AT_ONCE)
        yield from page.rows
        if (after := page.next_after) is None:
            return


def _cells(row: FindingRow) -> tuple[Any, ...]:
    title = row.rule_title_en if language() == "en" else row.rule_title
    said = (row.subject_label, word("category", row.category), row.division_name, word("issue_class", row.issue_class or "none"), title)
    return *said, word("severity", row.severity), grounds_in_words(row.evidence), row.article, word("finding", row.status), row.reason
