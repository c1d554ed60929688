"""Case records of business systems: lists, one record, its person for those who need it, and warnings by comparison."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from gazetteer.cases.alerts import COMPARISONS, alert_counts
from gazetteer.cases.kinds import case_kind, case_kinds
from gazetteer.cases.people import PersonBox, read_person
from gazetteer.cases.records import (
    case_counts,
    case_record,
    cases_query,
    exported_cases,
    find_case,
    has_person,
    linked_label,
    links_of,
    list_cases,
    note_export,
    page_of_alerts,
)
from gazetteer.keys import data_key
from gazetteer.linking.linker import relink
from gazetteer.map_layers import in_window
from gazetteer.store.database import Session
from gazetteer.store.events import history
from geoaddr.errors import GeoaddrError, NotFound
from web.auth import current_actor, require_role
from web.forms import done, replayed, submitted
from web.geojson import collection, feature
from web.messages import _
from web.services import services
from web.tables import csv_answer
from web.words import word

blueprint = Blueprint("cases", __name__, url_prefix="/cases")

CASE_ROLES = ("officer", "approver", "administrator")
AROUND_DEG, OUTLINES = 0.004, 13
"""How far around a record its map reaches, and the scale whose outlines it shows."""

FILTERS = ("kind", "status", "q", "address", "place", "touched")


@blueprint.get("/")
@require_role(*CASE_ROLES)
def index() -> str:
    """List case records with counts by kind and status."""
    given = _given()
    with services().store.reading() as session:
        page = list_cases(session, **given, after=request.args.get("after"), limit=50)
        links = links_of(session, [row.id for row in page.rows])
        return render_template(
            "cases/index.html", page=page, links=links, given=given, counts=case_counts(session), kinds=case_kinds(),
            linked_label=linked_label,
        )  # fmt: skip


@blueprint.post("/export.csv")
@require_role(*CASE_ROLES)
def export() -> Response:
    """Give away exactly the records listed, without persons; that it was done is logged."""
    given = {name: submitted(name, longest=80) for name in FILTERS}
    query = cases_query(**given)
    with services().store.transaction() as session:
        note_export(session, query, given, actor=current_actor())
    header = (_("类别"), _("编号"), _("名称"), _("状态"), _("哪个地址"), _("关联"), _("关联到"), _("原因"))
    return csv_answer("cases.csv", header, lambda session: map(_in_words, exported_cases(session, query)))


@blueprint.get("/alerts")
@require_role(*CASE_ROLES)
def alerts() -> str:
    """Show the warnings by comparison: how many of each, and those of one."""
    names = [one.__name__ for one in COMPARISONS]
    kind = request.args.get("kind", "")
    if kind and kind not in names:
        raise NotFound(_("没有这种比对"), field="kind")
    with services().store.reading() as session:
        counts = alert_counts(session)
        chosen = kind or next((name for name in names if counts[name]), names[0])
        page = page_of_alerts(session, chosen, after=request.args.get("after"))
        return render_template("cases/alerts.html", counts=counts, chosen=chosen, page=page)


@blueprint.get("/<case_id>")
@require_role(*CASE_ROLES)
def record(case_id: str) -> str:
    """Show one case record; its person stays closed."""
    with services().store.reading() as session:
        return _record_page(session, case_id)


@blueprint.post("/<case_id>/person")
@require_role(*CASE_ROLES)
def person(case_id: str) -> str | Response:
    """Open the person of a record to somebody who says what for; the reading is logged, never what was read."""
    purpose = submitted("purpose", longest=200)
    if not purpose:
        with services().store.reading() as session:
            return make_response(_record_page(session, case_id, errors={"purpose": _("请写明为什么要看")}), 422)
    try:
        with services().store.transaction() as session:
            opened = read_person(session, PersonBox(data_key(services().settings)), case_id, actor=current_actor(), purpose=purpose)
    except NotFound:
        raise
    except GeoaddrError as error:
        with services().store.reading() as session:
            return make_response(_record_page(session, case_id, errors={"purpose": error.message}), 422)
    with services().store.reading() as session:
        return _record_page(session, case_id, person=opened)


@blueprint.post("/<case_id>/relink")
@require_role(*CASE_ROLES)
def again(case_id: str) -> Response:
    """Decide the links of one record anew; what a person decided stays."""
    with services().store.transaction() as session:
        if before := replayed(session):
            return before
        find_case(session, case_id)
        counts = relink(session, services().engine.view_in(session), case_ids=[case_id], actor=current_actor())
        text = _("重新核对了 %(n)s 个地址，%(changed)s 个有变化", n=counts["examined"], changed=counts["changed"] + counts["doubted"])
        return done(session, text, url_for("cases.record", case_id=case_id))


def _given() -> dict[str, str]:
    return {name: request.args.get(name, "").replace("\x00", "").strip()[:80] for name in FILTERS}


def _record_page(session: Session, case_id: str, *, person: dict[str, str] | None = None, errors: dict[str, str] | None = None) -> str:
    found = case_record(session, case_id)
    return render_template(
        "cases/record.html", record=found, kind=case_kind(found["kind"]), person=person, errors=errors or {}, features=_features(found),
        sealed=has_person(session, case_id), events=history(session, case_id),
    )  # fmt: skip


def _features(found: dict[str, Any]) -> dict[str, Any]:
    drawn = []
    for link in found["links"]:
        entry = link["answer"].get("address")
        at = services().engine.view().by_id(link["linked"]["id"]) if link["linked"] else None
        if at is not None and at.lon is not None and at.lat is not None:
            url = url_for("map.address", address_id=at.id) if at.kind == "address" else url_for("map.place", place_id=at.id)
            named = word("link_role", link["role"])
            drawn.append(feature((at.lon, at.lat), layer="address", id=at.id, title=at.label, url=url, label=named))
        elif entry and link["status"] == "linked" and entry["lon"] is not None:
            drawn.append(feature((entry["lon"], entry["lat"]), layer="address", id=entry["id"], title=entry["label"]))
    if found["lon"] is not None:
        title = found["title"] or found["ref"]
        drawn.append(feature((found["lon"], found["lat"]), layer="case", id=found["id"], title=title, current=True))
    return collection([*_background([one["geometry"]["coordinates"] for one in drawn]), *drawn])


def _background(points: Sequence[tuple[float, float]]) -> list[dict[str, Any]]:
    """Return outlines of villages and lines of roads around the points, so that they lie somewhere."""
    if not points:
        return []
    lons, lats = [point[0] for point in points], [point[1] for point in points]
    box = (min(lons) - AROUND_DEG, min(lats) - AROUND_DEG, max(lons) + AROUND_DEG, max(lats) + AROUND_DEG)
    with services().store.reading() as session:
        around, _cut = in_window(session, box, OUTLINES)
    return [feature(one.geometry, layer=one.layer, id=one.id, label=one.label) for one in around if one.layer in ("division", "road")]


def _in_words(row: tuple[str, ...]) -> tuple[str, ...]:
    from web.wording import reason_text

    kind, ref, title, status, role, link_status, label, reason = row
    return (
        word("case", kind), ref, title, word("case_record", status), word("link_role", role), word("address_link", link_status), label,
        reason_text(reason),
    )  # fmt: skip
