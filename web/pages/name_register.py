"""Names in force and names to be: the list of names, and the check of a name that somebody plans."""

from __future__ import annotations

from typing import Any

from flask import render_template, request
from werkzeug.wrappers import Response

from gazetteer.divisions import full_name, load_divisions
from gazetteer.names.checks import LONGEST_NAME, check_name
from gazetteer.names.register import NameRegister
from gazetteer.names.rules import find_rule
from gazetteer.names.terms import KINDS
from gazetteer.register_lists import all_rows, list_rows, places_query, towns
from gazetteer.store.models.places import CATEGORIES
from geoaddr.errors import NotFound, UsageError
from web.messages import _
from web.pages.names import blueprint as names
from web.pages.names import rule_title
from web.services import services
from web.tables import csv_answer
from web.words import word


@names.get("/list")
def listing() -> str | Response:
    """Show the names of the register."""
    given = {name: request.args.get(name, "").replace("\x00", "").strip()[:80] for name in ("q", "category", "status", "town")}
    header = (_("名称"), _("拼音"), _("类别"), _("所在"), _("状态"), _("编号"))
    with services().store.reading() as session:
        query = places_query(session, status=given["status"], category=given["category"], division=given["town"], text=given["q"])
        if request.args.get("format") == "csv":
            return csv_answer("names.csv", header, lambda opened: (_cells(row) for row in all_rows(opened, "places", query)))
        page = list_rows(session, "places", query, after=request.args.get("after"), limit=50)
        units = towns(session, services().settings.district_code)
        return render_template("names/list.html", page=page, given=given, towns=units, categories=CATEGORIES)


@names.get("/check")
def check() -> str | tuple[str, int]:
    """Check a planned name against rules and register: clean, flagged or blocked, and why."""
    given = {name: request.args.get(name, "").replace("\x00", "").strip()[:200] for name in ("name", "kind", "division")}
    errors: dict[str, str] = {}
    answer: dict[str, Any] | None = None
    with services().store.reading() as session:
        if "name" in request.args:
            try:
                answer = check_name(given["name"], given["kind"], given["division"], NameRegister.load(session))
            except (UsageError, NotFound) as error:
                errors[error.field or "name"] = error.message
        tree = load_divisions(session)
        unit = tree.by_code(given["division"]) if given["division"] else None
        page = render_template(
            "names/check.html", given=given, errors=errors, answer=answer, kinds=KINDS, rule=find_rule, rule_title=rule_title,
            towns=towns(session, services().settings.district_code), unit=full_name(session, unit) if unit else "", longest=LONGEST_NAME,
        )  # fmt: skip
    return (page, 422) if errors else page


def _cells(row: Any) -> tuple[Any, ...]:
    return row.standard_name, row.pinyin, word("category", row.category), row.division.name, word("place_name", row.status), row.id
