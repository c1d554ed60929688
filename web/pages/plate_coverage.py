"""How much of the district bears its plates, and ordering those that are missing."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from gazetteer.addresses import find_address, find_place
from gazetteer.divisions import find_division
from gazetteer.plates.coverage import BY, CoverageRow, coverage, coverage_geojson, missing_plates, totals
from geoaddr.errors import UsageError
from web.messages import _
from web.pages.plates import blueprint as plates
from web.services import services
from web.tables import csv_answer

BELOW = {"town": "community", "community": "road"}
LISTED = 200
AT_ONCE = 500


@plates.get("/coverage", endpoint="coverage")
def coverage_page() -> str | Response:
    """Show how much of the district bears its plates: villages shaded, and the figures beside."""
    by, division_id = request.args.get("by", "town"), asked_division()
    if by not in BY:
        raise UsageError(_("覆盖率只能按镇街、村社区或道路统计"), field="by")
    if request.args.get("format") == "csv":
        header = (_("名称"), _("应设"), _("已设"), _("在途"), _("比例"))
        return csv_answer("coverage.csv", header, lambda session: (_cells(row) for row in coverage(session, by, division_id=division_id)))
    with services().store.reading() as session:
        return render_template(
            "plates/coverage.html", by=by, rows=coverage(session, by, division_id=division_id), below=BELOW.get(by), on_the_way=on_the_way,
            division=find_division(session, division_id) if division_id else None, total=totals(session, division_id=division_id),
        )  # fmt: skip


@plates.get("/coverage.json")
def coverage_map() -> dict[str, Any]:
    """Return the outlines with their share; each leads to what lies below it."""
    by, division_id = request.args.get("by", "community"), asked_division()
    with services().store.reading() as session:
        found = coverage_geojson(session, by)
        wanted = {row.id for row in coverage(session, by, division_id=division_id)} if division_id else None
    for one in found["features"]:
        one["properties"]["url"] = row_url(by, one["id"])
    return {**found, "features": [one for one in found["features"] if wanted is None or one["id"] in wanted]}


@plates.get("/missing")
def missing() -> str:
    """Show the addresses of one road or division that need a plate and have none, ready to be ordered."""
    place_id, division_id = request.args.get("place", "")[:20], asked_division()
    if not place_id and not division_id:
        raise UsageError(_("请先在覆盖率里选一个镇街、村社区或道路"), field="place")
    with services().store.reading() as session:
        ids = missing_plates(session, place_id=place_id or None, division_id=division_id, limit=AT_ONCE + 1)
        name = find_place(session, place_id).standard_name if place_id else find_division(session, str(division_id)).name
        return render_template(
            "plates/missing.html", name=name, ids=ids[:AT_ONCE], more=len(ids) > AT_ONCE, at_once=AT_ONCE, errors={}, typed={},
            addresses=[find_address(session, id_) for id_ in ids[:LISTED]], place_id=place_id, division_id=division_id,
        )  # fmt: skip


def row_url(by: str, id_: str) -> str:
    """Return where a row of the table leads: what lies below it, and at the end the plates themselves."""
    if by in BELOW:
        return url_for("plates.coverage", by=BELOW[by], division=id_)
    return url_for("plates.index", place=id_)


def on_the_way(row: CoverageRow) -> int:
    """Return how many of a row's plates are ordered, made or dispatched but do not hang yet."""
    return sum(row.plates.get(status, 0) for status in ("ordered", "made", "received", "dispatched"))


def asked_division() -> str | None:
    """Return the id of the division asked for in the address, if any."""
    return request.args.get("division", "").strip()[:20] or None


def _cells(row: CoverageRow) -> tuple[Any, ...]:
    return row.name, row.needed, row.hanging, on_the_way(row), "" if row.share is None else f"{row.share:.4f}"
