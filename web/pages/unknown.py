"""The names that look-ups, tables and cases give and the register lacks: most frequent first, each with what can be done about it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from gazetteer.linking.not_found import SOURCES, find_unknown, ignore, list_unknown, reopen, unknown_towns
from gazetteer.store.database import Session
from gazetteer.store.events import history
from gazetteer.store.models import UnknownName
from gazetteer.store.models.linking import UNKNOWN_LABELS, UNKNOWN_STATUSES
from geoaddr.errors import UsageError
from matchers.verdict import entry_dict
from web.auth import current_actor, require_role
from web.forms import done, replayed, submitted, submitted_version
from web.messages import _
from web.navigation import DECIDING
from web.services import services
from web.tables import csv_answer
from web.verdict_map import entry_url
from web.words import word

blueprint = Blueprint("unknown", __name__, url_prefix="/match/unknown")

PAGE = 50
REASONS = ("elsewhere", "no_name", "misread")
"""Why a name is set aside, the usual reason first."""


@blueprint.get("/")
@require_role(*DECIDING)
def index() -> str | Response:
    """List names not found, most frequent first."""
    _count_now()
    given = _filters()
    if request.args.get("format") == "csv":
        header = (
            _("名称"),
            _("类别"),
            _("区县"),
            _("镇街"),
            _("次数"),
            _("查询"),
            _("批量"),
            _("业务"),
            _("首次"),
            _("最近"),
            _("状态"),
            _("原因"),
        )
        return csv_answer("names_not_found.csv", header, lambda session: (_cells(row) for row in _every(session, given)))
    with services().store.reading() as session:
        page = list_unknown(session, **given, after=request.args.get("after", ""), limit=PAGE)
        return render_template(
            "match/unknown.html", page=page, given=given, towns=unknown_towns(session), labels=UNKNOWN_LABELS, statuses=UNKNOWN_STATUSES,
            sources=SOURCES, most=max((row.times for row in page.rows), default=1),
        )  # fmt: skip


@blueprint.get("/<unknown_id>")
@require_role(*DECIDING)
def name(unknown_id: str) -> str:
    """Show one name with the register's nearest ones, and what can be done about it."""
    return _page(unknown_id)


@blueprint.post("/<unknown_id>/search")
@require_role(*DECIDING)
def search(unknown_id: str) -> str:
    """Look for the place that a name is another form of."""
    return _page(unknown_id, q=submitted("q", longest=80))


@blueprint.post("/<unknown_id>/ignore")
@require_role(*DECIDING)
def set_aside(unknown_id: str) -> str | Response:
    """Set a name aside, with the reason."""
    try:
        reason = submitted("other", longest=200) or word("unknown_reason", submitted("reason", longest=20))
        with services().store.transaction() as session:
            if before := replayed(session):
                return before
            row = ignore(session, unknown_id, reason=reason, version=submitted_version(), actor=current_actor())
            text = _("已忽略“%(name)s”", name=row.name)
            return done(session, text, url_for("unknown.index"), undo=url_for("unknown.bring_back", unknown_id=row.id))
    except UsageError as error:
        return make_response(_page(unknown_id, errors={"other": error.message}), 422)


@blueprint.post("/<unknown_id>/reopen")
@require_role(*DECIDING)
def bring_back(unknown_id: str) -> Response:
    """Bring a name back to the list."""
    with services().store.transaction() as session:
        if before := replayed(session):
            return before
        row = reopen(session, unknown_id, actor=current_actor())
        return done(session, _("“%(name)s”回到清单", name=row.name), url_for("unknown.name", unknown_id=row.id))


def _page(unknown_id: str, *, q: str = "", errors: dict[str, str] | None = None) -> str:
    with services().store.reading() as session:
        row, events = find_unknown(session, unknown_id), history(session, unknown_id)
    found = [entry_dict(one.entry) for one in services().engine.search(q or f"{row.town}{row.name}", limit=12, kind="place")]
    near = [one for one in found if one] if q else [*_similar(row.name), *(one for one in found if one)]
    places = list({one["id"]: one for one in near}.values())[:8]
    return render_template(
        "match/unknown_name.html", row=row, events=events, places=places, q=q, errors=errors or {}, reasons=REASONS, entry_url=entry_url
    )


def _similar(text: str) -> list[dict[str, Any]]:
    """Return the places of the register whose names sound or look like this one."""
    view = services().engine.view()
    entries = (view.by_id(found.ref) for found, _how in view.similar(text, 12) if found.ref)
    return [one for entry in entries if entry is not None and entry.kind == "place" and (one := entry_dict(entry))]


def _count_now() -> None:
    """Write what this process has noted, so that a name looked up a moment ago is on the list."""
    if (log := services().engine.not_found) is not None:
        log.flush()


def _filters() -> dict[str, str]:
    given = {name: request.args.get(name, "")[:60] for name in ("label", "town", "q", "source")}
    status = request.args.get("status", "open")
    return {**given, "status": status if status in UNKNOWN_STATUSES else "" if status == "all" else "open"}


def _every(session: Session, given: dict[str, str]) -> Iterator[UnknownName]:
    after: str | None = ""
    while after is not None:
        page = list_unknown(session, **given, after=after, limit=500)
        yield from page.rows
        after = page.next_after


def _cells(row: UnknownName) -> tuple[Any, ...]:
    return (
        row.name, word("label", row.label), row.district, row.town, row.times, row.lookups, row.batches, row.cases,
        row.first_seen.date().isoformat(), row.last_seen.date().isoformat(), word("unknown_name", row.status), row.reason,
    )  # fmt: skip
