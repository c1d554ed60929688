"""The review of doubtful links: one text over its candidates, one key decides, the next one comes."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from gazetteer.linking.aliases import suggested
from gazetteer.linking.review import choose, find_link, link_record, none_fits, review_window, undo
from gazetteer.store.database import Session
from gazetteer.store.models import AddressLink
from geoaddr.errors import UsageError
from geoaddr.ids import number_of
from matchers.verdict import Query, entry_dict
from web.auth import current_actor, require_role
from web.examined import examined
from web.forms import done, is_partial, replayed, submitted, submitted_version
from web.messages import _
from web.pages.cases import CASE_ROLES
from web.services import services
from web.verdict_map import entry_url, verdict_features

blueprint = Blueprint("review", __name__, url_prefix="/cases/review")

NONE_FITS = ("no_such_entry", "too_little_said", "outside_district", "not_an_address")
"""Why a person finds no entry, the usual reason first: pressing d takes it."""


@blueprint.get("/")
@require_role(*CASE_ROLES)
def index() -> str:
    """Show the queue and one link of it beside its candidates and the map."""
    with services().store.reading() as session:
        return _page(session, request.args.get("link") or None)


@blueprint.post("/<link_id>/accept")
@require_role(*CASE_ROLES)
def accept(link_id: str) -> Response:
    """Link the text to the entry a person chose, and bring the next."""
    with services().store.transaction() as session:
        if before := replayed(session):
            return before
        entry_id = submitted("entry_id", longest=20)
        link = choose(session, link_id, entry_id, reason="", version=submitted_version(), actor=current_actor())
        hint = suggested(session, link, services().engine.view_in(session))
        return _next(session, link_id, _("已关联"), link.id, hint=hint.name if hint else "")


@blueprint.post("/<link_id>/none")
@require_role(*CASE_ROLES)
def none(link_id: str) -> str | Response:
    """Say that no entry fits and why, and bring the next."""
    reason = submitted("other", longest=80) or submitted("reason", longest=80)
    try:
        with services().store.transaction() as session:
            if before := replayed(session):
                return before
            link = none_fits(session, link_id, reason=reason, version=submitted_version(), actor=current_actor())
            return _next(session, link_id, _("已记为没有合适的条目"), link.id)
    except UsageError as error:
        with services().store.reading() as session:
            return make_response(_page(session, link_id, errors={"other": error.message}), 422)


@blueprint.post("/<link_id>/undo")
@require_role(*CASE_ROLES)
def take_back(link_id: str) -> Response:
    """Take a decision back within ten minutes; the text is in review again."""
    with services().store.transaction() as session:
        if before := replayed(session):
            return before
        link = undo(session, link_id, actor=current_actor())
        return done(session, _("已撤销"), url_for("review.index", link=link.id))


@blueprint.post("/<link_id>/search")
@require_role(*CASE_ROLES)
def search(link_id: str) -> str:
    """Find entries for a manual choice; posted, because what is typed may be a person's address."""
    q = submitted("q", longest=200)
    found = [entry_dict(one.entry) for one in services().engine.search(q, limit=8)] if q else []
    usable = [one for one in found if one and one["kind"] != "division"]
    with services().store.reading() as session:
        if is_partial():
            link = find_link(session, link_id)
            return render_template("cases/_found.html", found=usable, q=q, link=link, entry_url=entry_url)
        return _page(session, link_id, found=usable, q=q)


def _next(session: Session, link_id: str, text: str, decided_id: str, *, hint: str = "") -> Response:
    kept: dict[str, Any] = _filters()
    shown: dict[str, Any] = {"hinted": decided_id} if hint else {}
    after = review_window(session, link_id, **kept, size=2).after
    target = url_for("review.index", link=after, **{k: v for k, v in kept.items() if v}, **shown)
    return done(session, text, target, undo=url_for("review.take_back", link_id=decided_id))


def _page(session: Session, link_id: str | None, *, found: Any = None, q: str = "", errors: dict[str, str] | None = None) -> str:
    filters: dict[str, Any] = _filters()
    queue, hint = review_window(session, link_id, **filters), _hint(session)
    if queue.current is None:
        return render_template("cases/review.html", queue=queue, link=None, filters=filters, hint=hint)
    link = link_record(session, queue.current)
    case = find_link(session, queue.current).case
    query = Query(link["text"], ref=case.id, lon=case.lon, lat=case.lat, division=case.division_code)
    chosen = request.args.get("entry", "")[:13]
    seen = examined(query, chosen=chosen)
    offered = _offered(seen.answer, seen.candidates)
    current = next((one for one in offered if one["id"] == chosen), offered[0] if offered else None)
    own = (case.lon, case.lat) if case.lon is not None and case.lat is not None else None
    return render_template(
        "cases/review.html", queue=queue, link=link, seen=seen, offered=offered, current=current, found=found, q=q, filters=filters,
        reasons=NONE_FITS, errors=errors or {}, entry_url=entry_url, hint=hint,
        features=verdict_features(seen.answer, offered, chosen=current["id"] if current else "", own=own),
    )  # fmt: skip


def _hint(session: Session) -> dict[str, str] | None:
    """Return the alias that the decision made just before hints at: the link it came from, the name and the place."""
    link_id = request.args.get("hinted", "")[:13]
    link = session.get(AddressLink, link_id) if number_of(link_id) is not None else None
    found = suggested(session, link, services().engine.view()) if link is not None else None
    return {"link": link_id, "name": found.name, "place": found.place.standard_name} if found else None


def _offered(answer: dict[str, Any], candidates: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what can be chosen, best first: a certain entry stands before the runners-up; divisions cannot be linked to."""
    best = [{**answer["address"], "score": answer["score"], "evidence": answer["evidence"]}] if answer["address"] else []
    return [one for one in (*best, *candidates) if one["kind"] != "division"]


def _filters() -> dict[str, str]:
    return {name: request.args.get(name, "")[:12] for name in ("kind", "role")}
