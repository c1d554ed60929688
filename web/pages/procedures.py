"""Naming procedures: the list with its deadlines, opening one, and each as a track of steps with the moves that are open."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template, request, url_for
from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry
from werkzeug.wrappers import Response

from gazetteer.addresses import find_place, place_record
from gazetteer.divisions import load_divisions
from gazetteer.names.checks import LONGEST_NAME
from gazetteer.names.finding_lists import finding_record
from gazetteer.names.impact import impact
from gazetteer.names.procedure_lists import ProcedureFilters, list_procedures
from gazetteer.names.procedure_record import procedure_record
from gazetteer.names.procedures import OPINIONS, NewPlace, propose
from gazetteer.names.rules import find_rule
from gazetteer.names.undoing import undo_approval
from gazetteer.register_lists import towns
from gazetteer.store.database import Session
from gazetteer.store.events import history
from gazetteer.store.models.naming import PROCEDURE_KINDS, PROCEDURE_STATUSES
from gazetteer.store.models.places import CATEGORIES
from geoaddr.errors import Conflict, UsageError
from web.auth import current_actor, require_role
from web.forms import done, replayed, submitted, submitted_version
from web.geojson import collection
from web.messages import _
from web.name_maps import place_features
from web.navigation import DECIDING
from web.pages.names import rule_title
from web.procedure_moves import MOVES
from web.services import services

blueprint = Blueprint("procedures", __name__, url_prefix="/names/procedures")
GROUPS = ("running", "to_decide", "unfinished")
TYPED = (
    "kind",
    "new_name",
    "reason",
    "place",
    "finding",
    "successor",
    "category",
    "division",
    "origin",
    "meaning",
    "geometry",
    "authority",
)
LONGEST_GEOMETRY = 200_000


@blueprint.get("/")
def index() -> str:
    """Show the procedures: those before the decision, unless asked otherwise."""
    status = "to_decide" if request.args.get("waiting") == "approval" else request.args.get("status") or "running"
    kind, overdue = request.args.get("kind", ""), bool(request.args.get("overdue"))
    filters = ProcedureFilters(
        status=status, kind=kind, overdue=overdue, q=request.args.get("q", "")[:80], place_id=request.args.get("place", "")[:20]
    )
    with services().store.reading() as session:
        page = list_procedures(session, filters, after=request.args.get("after"), limit=50)
        return render_template(
            "procedures/index.html", page=page, filters=filters, groups=GROUPS, statuses=PROCEDURE_STATUSES, kinds=PROCEDURE_KINDS
        )


@blueprint.get("/new")
@require_role(*DECIDING)
def new() -> str:
    """Ask what is to be named, renamed or retired: from a doubt, from a name of the register, or fresh."""
    return _form({name: request.args.get(name, "").replace("\x00", "")[:200] for name in TYPED}, {})


@blueprint.post("/new")
@require_role(*DECIDING)
def new_submitted() -> Response | tuple[str, int]:
    """Open a procedure."""
    typed = {name: submitted(name, longest=LONGEST_GEOMETRY if name == "geometry" else 2_000) for name in TYPED}
    try:
        with services().store.transaction() as session:
            if again := replayed(session):
                return again
            fresh = typed["kind"] == "name" and not typed["place"]
            made = propose(
                session, kind=typed["kind"], reason=typed["reason"], actor=current_actor(), place_id=typed["place"] or None,
                new_name=typed["new_name"], finding_id=typed["finding"] or None, successor_id=typed["successor"] or None,
                new_place=_new_place(typed) if fresh else None, authority=typed["authority"],
            )  # fmt: skip
            text = _("已立案，下一步：审核名称")
            return done(session, text, url_for("procedures.procedure", procedure_id=made.id))
    except (UsageError, Conflict) as error:
        return _form(typed, {_field(error): error.message}), 409 if isinstance(error, Conflict) else 422


@blueprint.get("/<procedure_id>")
def procedure(procedure_id: str) -> str:
    """Show one procedure: its track, what was found and said, what it would change, and what can be done now."""
    return _page(procedure_id, {}, {})


@blueprint.get("/<procedure_id>/map.json")
def procedure_map(procedure_id: str) -> dict[str, Any]:
    """Return the place a procedure is about, for the map."""
    with services().store.reading() as session:
        return collection(place_features(session, procedure_record(session, procedure_id)["place_id"]))


@blueprint.post("/<procedure_id>/move")
@require_role(*DECIDING)
def move(procedure_id: str) -> Response | tuple[str, int]:
    """Make one move of a procedure; where it is refused, the page says why and keeps what was typed."""
    verb = submitted("verb", longest=20)
    typed = {name: submitted(name, longest=5_000) for name in ("text", "kind", "decision_no", "authority", "override")}
    try:
        if verb not in MOVES:
            raise UsageError(_("没有这一步"), field="verb")
        with services().store.transaction() as session:
            if again := replayed(session):
                return again
            text = MOVES[verb](session, procedure_id, typed, actor=current_actor(), version=submitted_version())
            undo = url_for("procedures.undo", procedure_id=procedure_id) if verb == "approve" else None
            return done(session, text, url_for("procedures.procedure", procedure_id=procedure_id), undo=undo)
    except (UsageError, Conflict) as error:
        return _page(procedure_id, {_field(error): error.message}, {**typed, "verb": verb}), 409 if isinstance(error, Conflict) else 422


@blueprint.post("/<procedure_id>/undo")
@require_role(*DECIDING)
def undo(procedure_id: str) -> Response:
    """Take an approval back, within the minutes in which that is offered."""
    with services().store.transaction() as session:
        if again := replayed(session):
            return again
        undo_approval(session, procedure_id, actor=current_actor(), engine=services().engine)
        text = _("已撤销批准，一切恢复原状；批准与撤销都留在记录里")
        return done(session, text, url_for("procedures.procedure", procedure_id=procedure_id))


def _page(procedure_id: str, errors: Mapping[str, str], typed: Mapping[str, str]) -> str:
    with services().store.reading() as session:
        record = procedure_record(session, procedure_id, actor=current_actor())
        return render_template(
            "procedures/procedure.html", record=record, errors=errors, typed=typed, opinions=OPINIONS, rule=find_rule,
            rule_title=rule_title, events=history(session, procedure_id), next_verb=_next_verb(record),
            blocking=[one for one in record["checks"] if one["severity"] == "block"],
        )  # fmt: skip


def _form(typed: dict[str, str], errors: Mapping[str, str]) -> str:
    with services().store.reading() as session:
        about = finding_record(session, typed["finding"], actor=current_actor()) if typed["finding"] else None
        if about is not None and about["place"] is not None:
            typed = {**typed, "place": typed["place"] or about["place"]["id"], "reason": typed["reason"] or about["evidence"]}
        kind = typed["kind"] or ("rename" if typed["place"] else "name")
        place = place_record(session, typed["place"]) if typed["place"] else None
        touched = impact(session, typed["place"]).as_dict() if typed["place"] else None
        return render_template(
            "procedures/new.html", typed={**typed, "kind": kind}, errors=errors, place=place, finding=about, impact=touched,
            kinds=PROCEDURE_KINDS, categories=CATEGORIES, longest=LONGEST_NAME, units=_units(session),
            successor=find_place(session, typed["successor"]) if typed["successor"] else None,
        )  # fmt: skip


def _units(session: Session) -> list[tuple[str, str]]:
    """Return towns and, below each, its communities as choices for where a new place lies."""
    tree = load_divisions(session)
    choices: list[tuple[str, str]] = []
    for town in towns(session, services().settings.district_code):
        choices.append((town.id, town.name))
        choices += [(one.id, f"{town.name} · {one.name}") for one in tree.children.get(town.id, ()) if one.valid_to is None]
    return choices


def _new_place(typed: Mapping[str, str]) -> NewPlace:
    if not typed["division"]:
        raise UsageError(_("请选择所在的镇街或村社区"), field="division")
    if typed["category"] not in CATEGORIES:
        raise UsageError(_("请选择类别"), field="category")
    return NewPlace(typed["category"], typed["division"], _geometry(typed["geometry"]), typed["origin"], typed["meaning"])


def _geometry(text: str) -> BaseGeometry | None:
    if not text:
        return None
    try:
        found = shape(json.loads(text))
    except (ValueError, TypeError, AttributeError, KeyError, ShapelyError) as error:
        raise UsageError(_("地图上画的形状读不懂，请重画"), field="geometry") from error
    if found.is_empty or not found.is_valid:
        raise UsageError(_("地图上画的形状不成立，请重画"), field="geometry")
    return found


def _next_verb(record: Mapping[str, Any]) -> str:
    """Return the one move that is the next step and open to this person, '' where it is somebody else's turn."""
    order = {"proposed": ("check",), "checked": ("approve", "consult"), "consulted": ("approve",)}
    order |= {"approved": ("file",), "filed": ("announce",)}
    allowed = {one["verb"] for one in record["moves"] if one["allowed"]}
    return next((verb for verb in order.get(record["status"], ()) if verb in allowed), "")


def _field(error: UsageError | Conflict) -> str:
    names = {"place_id": "place", "successor_id": "successor", "opinions": "text", "division_id": "division", "id": ""}
    field = getattr(error, "field", None) or ""
    return names.get(field, field)
