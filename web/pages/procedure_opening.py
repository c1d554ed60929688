"""Opening a procedure: a form for each kind, from a doubt, from a name of the register, from a division, or fresh."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import render_template, request, url_for
from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry
from werkzeug.wrappers import Response

from gazetteer.addresses import find_place, place_record
from gazetteer.divisions import find_division, load_divisions
from gazetteer.names.checks import LONGEST_NAME
from gazetteer.names.finding_lists import finding_record
from gazetteer.names.impact import LABELS_STAY, impact
from gazetteer.names.naming_others import divisions_named, places_named
from gazetteer.names.procedure_rules import decider_of, kind_of, needs_of, rule_of
from gazetteer.names.procedures import NewPlace, propose
from gazetteer.names.proposing import NO_NAME
from gazetteer.names.protection import delisting_grounds, is_protected
from gazetteer.register_lists import towns
from gazetteer.store.database import Session
from gazetteer.store.models.naming import DIVISION_KINDS, PROCEDURE_KINDS
from gazetteer.store.models.places import CATEGORIES, VARIANT_KINDS
from geoaddr.errors import Conflict, NotFound, UsageError
from web.auth import current_actor, require_role
from web.forms import done, replayed, submitted
from web.messages import _
from web.navigation import DECIDING
from web.pages.procedures import blueprint as procedures
from web.pages.procedures import field_of
from web.services import services, today

PLACE_KINDS = tuple(kind for kind in PROCEDURE_KINDS if kind != "name" and kind not in DIVISION_KINDS)
ALIAS_KINDS = tuple(kind for kind in VARIANT_KINDS if kind != "former")
TYPED = (
    "kind", "new_name", "reason", "place", "finding", "successor", "category", "division", "origin", "meaning", "geometry", "authority",
    "unit", "sources", "parts", "keeps", "code", "variant_kind", "grade", "heritage_class", "ground",
    "queue",
)  # fmt: skip
PLANNED = ("merge", "split")
"""Kinds of which the plan says which addresses they touch: counted once it is there, on the procedure's page."""
LONGEST_GEOMETRY = 200_000


@procedures.get("/new")
@require_role(*DECIDING)
def new() -> str:
    """Ask what is to be named, changed or protected: from a doubt, from a name of the register, from a division, or fresh."""
    return _form({name: request.args.get(name, "").replace("\x00", "")[:200] for name in TYPED}, {})


@procedures.post("/new")
@require_role(*DECIDING)
def new_submitted() -> Response | tuple[str, int]:
    """Open a procedure."""
    typed = {name: submitted(name, longest=LONGEST_GEOMETRY if name == "geometry" else 2_000) for name in TYPED}
    try:
        with services().store.transaction() as session:
            if again := replayed(session):
                return again
            fresh = typed["kind"] == "name" and not typed["place"]
            name = "" if typed["kind"] in NO_NAME else typed["new_name"]
            made = propose(
                session, kind=typed["kind"], reason=typed["reason"], actor=current_actor(), place_id=typed["place"] or None,
                division_id=typed["unit"] or None, new_name=name, finding_id=typed["finding"] or None,
                successor_id=_successor(session, typed), details=_details(session, typed),
                new_place=_new_place(typed) if fresh else None, authority=typed["authority"], on=today(),
            )  # fmt: skip
            text = _("已立案，下一步：审核名称")
            return done(session, text, url_for("procedures.procedure", procedure_id=made.id, queue=typed["queue"] or None))
    except (UsageError, Conflict, NotFound) as error:
        field = field_of(error)
        if field == "division" and typed["kind"] in DIVISION_KINDS:
            field = "unit"
        return _form(typed, {field: error.message}), 409 if isinstance(error, Conflict) else 422


def _form(typed: dict[str, str], errors: Mapping[str, str]) -> str:
    with services().store.reading() as session:
        about = finding_record(session, typed["finding"], actor=current_actor()) if typed["finding"] else None
        if about is not None and about["place"] is not None:
            typed = {**typed, "place": typed["place"] or about["place"]["id"], "reason": typed["reason"] or _ground(about)}
        kind = typed["kind"] if typed["kind"] in PROCEDURE_KINDS else ("rename" if typed["place"] else "name")
        place = place_record(session, typed["place"]) if typed["place"] else None
        unit = find_division(session, typed["unit"]) if typed["unit"] else None
        touched = impact(session, typed["place"]).as_dict() if typed["place"] else None
        shown = touched if kind not in (*LABELS_STAY, *PLANNED) else None
        protected = bool(typed["place"]) and is_protected(session, typed["place"])
        category = place["category"] if place else (unit.level if unit else typed["category"])
        return render_template(
            "procedures/new.html", typed={**typed, "kind": kind}, errors=errors, place=place, unit=unit, finding=about, impact=shown,
            kinds=_kinds_offered(kind, protected=protected), grounds=delisting_grounds(), division_kinds=DIVISION_KINDS,
            categories=CATEGORIES,
            longest=LONGEST_NAME, units=_units(session), variant_kinds=ALIAS_KINDS, protection=rule_of("protection"),
            kind_record=kind_of(kind), decider=decider_of(kind, category) if category else None, protected=protected,
            needs=needs_of(kind, protected=protected, addresses=touched["addresses"] if touched else 0),
        )  # fmt: skip


def _ground(finding: Mapping[str, Any]) -> str:
    """Return a reason to begin with: what was found of the name, and the article, as an application may say it."""
    found = f"：{finding['evidence']}" if finding["evidence"] != finding["subject_label"] else ""
    return f"“{finding['subject_label']}”{finding['rule_title']}{found}。依据：{finding['article']}。"


def _kinds_offered(kind: str, *, protected: bool) -> tuple[str, ...]:
    """Return the kinds that make sense: a name is put on the protection list or taken off it, whichever it is not."""
    if kind in DIVISION_KINDS:
        return DIVISION_KINDS
    pointless = "protect" if protected else "delist"
    return tuple(one for one in PLACE_KINDS if one != pointless or one == kind)


def _units(session: Session) -> list[tuple[str, str]]:
    """Return towns and, below each, its communities as choices for where a new place lies, or which unit changes."""
    tree = load_divisions(session)
    choices: list[tuple[str, str]] = []
    for town in towns(session, services().settings.district_code):
        choices.append((town.id, town.name))
        choices += [(one.id, f"{town.name} · {one.name}") for one in tree.children.get(town.id, ()) if one.valid_to is None]
    return choices


def _details(session: Session, typed: Mapping[str, str]) -> dict[str, Any]:
    kind = typed["kind"]
    lines = [line.split() for line in typed["parts"].splitlines() if line.strip()]
    column = "code" if kind == "division_split" else "numbers"
    details: dict[str, Any] = {
        "parts": [{"name": line[0], column: " ".join(line[1:])} for line in lines], "keeps": bool(typed["keeps"]), "code": typed["code"],
        "variant_kind": typed["variant_kind"], "grade": typed["grade"], "heritage_class": typed["heritage_class"],
        "origin": typed["origin"], "meaning": typed["meaning"], "ground": typed["ground"],
    }  # fmt: skip
    names = [line.strip() for line in typed["sources"].splitlines() if line.strip()]
    if kind == "merge":
        details["sources"] = places_named(session, names, like=typed["place"])
    elif kind == "division_merge" and typed["unit"]:
        details["sources"] = divisions_named(session, names, like=typed["unit"])
    return details


def _successor(session: Session, typed: Mapping[str, str]) -> str | None:
    if typed["kind"] != "retire" or not typed["successor"]:
        return None
    try:
        return find_place(session, typed["successor"]).id
    except NotFound:
        return places_named(session, [typed["successor"]], like=typed["place"], field="successor")[0]


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
