"""What changes of divisions leave open: units whose successor nobody has stated, and what still lies in ended ones."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from gazetteer.division_candidates import candidates, likely_kind
from gazetteer.division_settling import (
    left_in,
    next_without_successor,
    parts_of,
    settle,
    state_successor,
    things_in,
    with_things_left,
    without_successor,
)
from gazetteer.division_suggestions import preview, take_all
from gazetteer.divisions import find_division, full_name
from gazetteer.reach import beyond_reach, reach_of
from gazetteer.store.database import Session
from gazetteer.store.models import Division
from gazetteer.store.models.divisions import SUCCESSIONS
from geoaddr.errors import Conflict, UsageError
from web.auth import current_actor, require_role
from web.forms import done, replayed, submitted
from web.messages import _
from web.services import services

OFFICE = ("officer", "approver", "administrator")
KINDS = ("places", "addresses", "children")

blueprint = Blueprint("settling", __name__, url_prefix="/map/settling")


@blueprint.get("/")
@require_role(*OFFICE)
def index() -> str:
    """List what is open, most pressing first: units with things left in them, then units without a stated successor."""
    with services().store.reading() as session:
        reach = reach_of(session, current_actor())
        mine = reach.own is not None and request.args.get("scope") == "mine"
        within, district = reach.ids if mine else None, request.args.get("district", "")[:6]
        page = without_successor(session, district_code=district, within=within, after=request.args.get("after"))
        left, own = with_things_left(session, within=within), reach.own.name if reach.own else ""
        return render_template("settling/index.html", left=left, page=page, own=own, mine=mine)


@blueprint.get("/<division_id>")
@require_role(*OFFICE)
def unit(division_id: str) -> str:
    """Show one ended unit: what became of it, and what is to be sent where."""
    return _page(division_id, {})


@blueprint.post("/<division_id>/settle")
@require_role(*OFFICE)
def settle_submitted(division_id: str) -> Response | tuple[str, int]:
    """Send what was chosen to one of the units the old one became."""
    with services().store.transaction() as session:
        if again := replayed(session):
            return again
        chosen = {kind: [one[:20] for one in request.form.getlist(kind)] for kind in KINDS}
        try:
            moved = settle(session, division_id, submitted("to", longest=20), actor=current_actor(), **chosen)
        except (Conflict, UsageError) as error:
            session.rollback()
            return _page(division_id, {error.field or "": error.message}), 409 if isinstance(error, Conflict) else 400
        return _settled(session, division_id, moved)


@blueprint.get("/<division_id>/suggestions")
@require_role(*OFFICE)
def suggestions(division_id: str) -> str:
    """Show how much would go where if every suggestion of a unit were taken, and what would stay."""
    return _suggestions_page(division_id, {})


@blueprint.post("/<division_id>/suggestions")
@require_role(*OFFICE)
def suggestions_taken(division_id: str) -> Response | tuple[str, int]:
    """Take exactly the suggestions that were shown."""
    with services().store.transaction() as session:
        if again := replayed(session):
            return again
        try:
            moved = take_all(session, division_id, seen=submitted("seen", longest=40), actor=current_actor())
        except Conflict as error:
            session.rollback()
            return _suggestions_page(division_id, {error.field or "": error.message}), 409
        return _settled(session, division_id, moved)


@blueprint.post("/<division_id>/successor")
@require_role(*OFFICE)
def successor_submitted(division_id: str) -> Response | tuple[str, int]:
    """Record what became of a unit, with the source that says so."""
    with services().store.transaction() as session:
        if again := replayed(session):
            return again
        heirs = [one[:20] for one in request.form.getlist("successor")]
        try:
            source = submitted("source", longest=600)
            state_successor(session, division_id, heirs, submitted("kind", longest=12), source, actor=current_actor())
        except (Conflict, UsageError) as error:
            session.rollback()
            return _page(division_id, {error.field or "": error.message}), 409 if isinstance(error, Conflict) else 400
        more = left_in(session, division_id).anything
        following = division_id if more else next_without_successor(session, division_id)
        here = url_for("settling.unit", division_id=following, source=None if more else source) if following else url_for("settling.index")
        return done(session, _("去向已登记"), here)


def _settled(session: Session, division_id: str, moved: dict[str, int]) -> Response:
    """Say what was moved, and go on with what is left in the unit, or with the list."""
    back = url_for("settling.unit", division_id=division_id) if left_in(session, division_id).anything else url_for("settling.index")
    told = _(
        "已归入：%(places)s 处地名、%(addresses)s 个地址、%(children)s 个下级单位",
        **{name: str(count) for name, count in moved.items()},
    )
    return done(session, told, back)


def _suggestions_page(division_id: str, errors: dict[str, str]) -> str:
    with services().store.reading() as session:
        division = _ended(session, division_id)
        return render_template(
            "settling/suggestions.html", division=division, whole=full_name(session, division), shown=preview(session, division_id),
            beyond=beyond_reach(session, reach_of(session, current_actor()), division_id), errors=errors,
        )  # fmt: skip


def _ended(session: Session, division_id: str) -> Division:
    division = find_division(session, division_id)
    if division.valid_to is None:
        raise Conflict(_("“%(name)s”是现行区划，没有要处理的", name=division.name))
    return division


def _chosen() -> dict[str, Any]:
    """Return what was ticked and where it was to go, so that a refusal loses nothing."""
    return {"to": request.form.get("to", "")[:20], "things": {one for kind in KINDS for one in request.form.getlist(kind)}}


def _page(division_id: str, errors: dict[str, str]) -> str:
    q = request.args.get("q", "").replace("\x00", "").strip()[:80]
    with services().store.reading() as session:
        division = _ended(session, division_id)
        found = candidates(session, division, q)
        source = request.form.get("source", "") or request.args.get("source", "").replace("\x00", "")[:300]
        return render_template(
            "settling/unit.html", division=division, whole=full_name(session, division), parts=parts_of(session, division_id),
            things=things_in(session, division_id), left=asdict(left_in(session, division_id)), found=found,
            chosen=_chosen(), beyond=beyond_reach(session, reach_of(session, current_actor()), division_id),
            suggested=preview(session, division_id).moving,
            likely=likely_kind(found), kinds=SUCCESSIONS, q=q, source=source,
            following=next_without_successor(session, division_id), errors=errors,
        )  # fmt: skip
