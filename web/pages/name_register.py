"""The list of names in force."""

from __future__ import annotations

from typing import Any

from flask import render_template, request
from werkzeug.wrappers import Response

from gazetteer.register_lists import all_rows, list_rows, places_query, towns
from gazetteer.store.models.places import CATEGORIES
from web.messages import _
from web.pages.names import blueprint as names
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


def _cells(row: Any) -> tuple[Any, ...]:
    return row.standard_name, row.pinyin, word("category", row.category), row.division.name, word("place_name", row.status), row.id
