"""The check of a name that somebody plans: the verdict with its law, what is like it and where, and names that would pass."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from flask import render_template, request, url_for

from gazetteer.divisions import DivisionTree, load_divisions
from gazetteer.names.checks import LONGEST_NAME, check_name
from gazetteer.names.facts import fact_kinds, read_facts
from gazetteer.names.register import NameRegister
from gazetteer.names.rules import find_rule
from gazetteer.names.terms import KINDS
from gazetteer.store.database import Session, Store
from gazetteer.store.events import last_seq
from geoaddr.errors import NotFound, UsageError
from web.geojson import collection, feature
from web.messages import _
from web.name_maps import LAYERS
from web.pages.map import fact_name
from web.pages.names import blueprint as names
from web.pages.names import rule_title
from web.services import services
from web.words import word

FACTS_OF_KIND = {
    "building": ("storeys", "site_m2", "floor_m2"), "estate": ("site_m2", "floor_m2", "green_percent"), "road": ("red_line_m",),
    "lane": ("red_line_m",), "bridge": ("length_m",), "square": ("site_m2",),
}  # fmt: skip
"""Which measures bear on the generic terms of which kind of place."""

FIELDS = ("name", "kind", "division", *fact_kinds())
SHOWN = 100
"""Namesakes listed; the counts are of all of them."""


@names.get("/check")
def check() -> str | tuple[str, int]:
    """Check a planned name against rules and register: clean, flagged or blocked, and why."""
    given = _given()
    errors: dict[str, str] = {}
    answer: dict[str, Any] | None = None
    with services().store.reading() as session:
        if "name" in request.args:
            try:
                answer = _answer(session, given, suggest=True)
            except (UsageError, NotFound) as error:
                errors[error.field or "name"] = error.message
        tree = load_divisions(session)
        unit = tree.by_code(given["division"]) if given["division"] else None
        page = render_template(
            "names/check.html", given=given, errors=errors, answer=answer, kinds=KINDS, rule=find_rule, rule_title=rule_title,
            places=_places(tree), unit=unit, longest=LONGEST_NAME, facts=fact_kinds(), fact_name=fact_name,
            asked_facts=FACTS_OF_KIND.get(answer["kind"] if answer else given["kind"], ()),
            asked={name: value for name, value in given.items() if value}, shown=SHOWN,
        )  # fmt: skip
    return (page, 422) if errors else page


@names.get("/check/map.json")
def check_places() -> dict[str, Any]:
    """Return the places whose names are like a planned one, for the map, and the unit it is planned in."""
    given = _given()
    with services().store.reading() as session:
        answer = _answer(session, given, suggest=False)
        tree = load_divisions(session)
        unit = tree.by_code(given["division"]) if given["division"] else None
        features = [_place(one, kind) for kind in LAYERS for one in answer.get(kind, ())[:SHOWN] if one["lon"] is not None]
        if unit is not None and unit.geom is not None:
            about = {"id": unit.id, "title": unit.name, "text": _("拟用在这里"), "label": unit.name}
            features.append(feature(unit.geom.representative_point(), layer="place", current=True, **about))
    return collection(features)


def _answer(session: Session, given: dict[str, str], *, suggest: bool) -> dict[str, Any]:
    register = _names_at(services().store, last_seq(session))
    return check_name(given["name"], given["kind"], given["division"], register, facts=read_facts(given), suggest=suggest)


@lru_cache(maxsize=1)
def _names_at(store: Store, _seq: int) -> NameRegister:
    """Return all names as they are now, read again only when something has happened since."""
    with store.reading() as session:
        return NameRegister.load(session, ground=False)


def _place(one: dict[str, Any], kind: str) -> dict[str, Any]:
    said = {"same_name": _("同名"), "same_sound": _("同音"), "near": _("近似")}[kind]
    text = f"{said} · {word('category', one['kind'])} · {one['division']}"
    where = url_for("map.place", place_id=one["id"])
    return feature((one["lon"], one["lat"]), layer=LAYERS[kind], url=where, id=one["id"], title=one["name"], text=text, label=one["name"])


def _given() -> dict[str, str]:
    return {name: request.args.get(name, "").replace("\x00", "").strip()[:200] for name in FIELDS}


def _places(tree: DivisionTree) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Return the towns of the district, each with its villages: (code, name, [(code, name)])."""
    current = sorted((unit for unit in tree.by_id.values() if unit.valid_to is None), key=lambda unit: unit.code)
    below: dict[str | None, list[tuple[str, str]]] = {}
    for unit in current:
        if unit.level == "community":
            below.setdefault(unit.parent_id, []).append((unit.code, unit.name))
    own = services().settings.district_code
    return [(unit.code, unit.name, below.get(unit.id, [])) for unit in current if unit.level == "town" and unit.code.startswith(own)]
