"""The map and the records it leads to: divisions, places and addresses, as lists and one by one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from gazetteer.address_changes import correct_point, move_address
from gazetteer.addresses import address_record, find_address, find_place, place_record
from gazetteer.division_records import division_record
from gazetteer.divisions import division_by_code
from gazetteer.map_layers import Shown, extent_of, in_window, parse_box
from gazetteer.names.facts import Fact, fact_kinds
from gazetteer.register_lists import (
    addresses_query,
    all_rows,
    divisions_query,
    hanging_on,
    hanging_on_place,
    list_rows,
    places_query,
    towns,
)
from gazetteer.store.events import history
from gazetteer.workflow import moves_from
from geoaddr.errors import UsageError
from web.auth import current_actor, require_role
from web.forms import done, is_partial, replayed, submitted, submitted_number, submitted_version
from web.geojson import collection, feature
from web.i18n import language
from web.messages import _
from web.services import services
from web.tables import csv_answer
from web.verdict_map import entry_url
from web.words import word

blueprint = Blueprint("map", __name__, url_prefix="/map")

EVERYWHERE = "73.5,18.0,135.1,53.6"
OFFICE = ("officer", "approver", "administrator")
FOUND = 12


@blueprint.get("/")
def index() -> str:
    """Show the district: outlines, roads, places and, close up, doors."""
    with services().store.reading() as session:
        box = extent_of(session, services().settings.district_code)
    return render_template("map/index.html", extent=_extent(box), found=None, q="")


@blueprint.post("/search")
def search() -> str:
    """Find something by name or address; posted, because what is looked for may be a person's address."""
    q = submitted("q", longest=200)
    found = services().engine.search(q, limit=FOUND) if q else []
    template = "map/_found.html" if is_partial() else "map/index.html"
    with services().store.reading() as session:
        box = extent_of(session, services().settings.district_code)
    return render_template(template, extent=_extent(box), found=[one.entry for one in found], q=q, entry_url=_url_of)


@blueprint.get("/features.json")
def features() -> dict[str, Any]:
    """Return what lies in a window of the map."""
    box = parse_box(request.args.get("bbox", ""))
    zoom = request.args.get("zoom", "10")
    with services().store.reading() as session:
        drawn, cut = in_window(session, box, int(zoom) if zoom.isdecimal() else 10)
    return collection([_feature(one) for one in drawn], truncated=cut)


@blueprint.get("/address/<address_id>")
def address(address_id: str) -> str:
    """Show one standard address."""
    with services().store.reading() as session:
        row = find_address(session, address_id)
        return render_template(
            "map/address.html", record=address_record(session, address_id), hanging=hanging_on(session, address_id),
            events=history(session, address_id), moves=moves_from("standard_address", row.status), errors={}, today=date.today(),
        )  # fmt: skip


@blueprint.get("/address/<address_id>/around.json")
def around_address(address_id: str) -> dict[str, Any]:
    """Return an address with its place and its neighbours for the map."""
    with services().store.reading() as session:
        row = find_address(session, address_id)
        drawn = []
        if row.place is not None and row.place.geom is not None:
            drawn.append(feature(row.place.geom, layer=_layer(row.place.category), id=row.place.id, title=row.place.standard_name,
                                 label=row.place.standard_name, url=url_for("map.place", place_id=row.place.id)))  # fmt: skip
        if row.geom is not None:
            at = row.geom.representative_point()
            drawn.append(feature(row.geom, layer="address", id=row.id, title=row.label, current=True))
            drawn += _neighbours(at.x, at.y, row.id)
    return collection(drawn)


@blueprint.post("/address/<address_id>/point")
@require_role(*OFFICE)
def correct(address_id: str) -> Response:
    """Put the point of an address where its door is."""
    lon, lat = submitted_number("lon"), submitted_number("lat")
    if lon is None or lat is None or not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise UsageError(_("请在地图上点出门的位置，或写出经度和纬度"), field="lon")
    with services().store.transaction() as session:
        if again := replayed(session):
            return again
        given: dict[str, Any] = {"source": submitted("source", longest=80), "version": submitted_version(), "actor": current_actor()}
        correct_point(session, services().engine, address_id, lon, lat, **given)
        return done(session, _("位置已更正"), url_for("map.address", address_id=address_id))


@blueprint.post("/address/<address_id>/move")
@require_role(*OFFICE)
def move(address_id: str) -> Response:
    """Take an address into force, reject, retire or restore it."""
    try:
        on = date.fromisoformat(submitted("on", longest=10) or date.today().isoformat())
    except ValueError as error:
        raise UsageError(_("日期要写成 2026-11-23 这样"), field="on") from error
    with services().store.transaction() as session:
        if again := replayed(session):
            return again
        move_address(
            session, services().engine, address_id, submitted("to", longest=12), reason=submitted("reason", longest=300), on=on,
            version=submitted_version(), actor=current_actor(),
        )  # fmt: skip
        return done(session, _("已办理，门牌和业务关联已随之处理"), url_for("map.address", address_id=address_id))


def fact_name(fact: Fact) -> str:
    """Return what a measure is called in the reader's language."""
    return fact.en if language() == "en" else fact.zh


@blueprint.get("/place/<place_id>")
def place(place_id: str) -> str:
    """Show one place name."""
    with services().store.reading() as session:
        record, counts = place_record(session, place_id), hanging_on_place(session, place_id)
        return render_template(
            "map/place.html", record=record, hanging=counts, events=history(session, place_id), fact_kinds=fact_kinds, fact_name=fact_name
        )


@blueprint.get("/place/<place_id>/around.json")
def around_place(place_id: str) -> dict[str, Any]:
    """Return the shape of a place and its nearest doors for the map."""
    with services().store.reading() as session:
        row = find_place(session, place_id)
        if row.geom is None:
            return collection([])
        middle = row.geom.representative_point()
        shape = feature(row.geom, layer=_layer(row.category), id=row.id, title=row.standard_name, label=row.standard_name, current=True)
    return collection([shape, *_neighbours(middle.x, middle.y, row.id)])


@blueprint.get("/division/<code>")
def division(code: str) -> str:
    """Show the unit that had this code on a day; where none is given the present one, or the last that had it."""
    with services().store.reading() as session:
        record = division_record(session, code, _day(request.args.get("as_of", "")))
        happened, as_of = history(session, record["id"]), request.args.get("as_of", "")
        return render_template("map/division.html", record=record, events=happened, as_of=as_of)


@blueprint.get("/division/<code>/around.json")
def around_division(code: str) -> dict[str, Any]:
    """Return the outline of a unit and of the units in it."""
    with services().store.reading() as session:
        unit = division_by_code(session, code, _day(request.args.get("as_of", "")))
        if unit.geom is None:
            return collection([])
        west, south, east, north = unit.geom.bounds
        inside, _cut = in_window(session, (west, south, east, north), 10 if unit.level in ("district", "city") else 13)
        drawn = [_feature(one) for one in inside if one.layer == "division" and one.code.startswith(code) and one.code != code]
        return collection([feature(unit.geom, layer="division", id=unit.id, title=unit.name, current=True), *drawn])


def _feature(one: Shown) -> dict[str, Any]:
    if one.layer == "division":
        url = url_for("map.division", code=one.code)
    elif one.layer in ("road", "place"):
        url = url_for("map.place", place_id=one.id)
    else:
        url = url_for("map.address", address_id=one.id)
    return feature(one.geometry, layer=one.layer, id=one.id, title=one.title, url=url, **({"label": one.label} if one.label else {}))


def _neighbours(lon: float, lat: float, without: str) -> list[dict[str, Any]]:
    found = services().engine.reverse(lon, lat, radius_m=150.0, limit=24)
    return [
        feature((near.entry.lon, near.entry.lat), layer="neighbour", id=near.entry.id, title=near.entry.label, url=_url_of(near.entry),
                label=near.entry.building or near.entry.number)
        for near in found
        if near.entry.kind == "address" and not near.entry.room and near.entry.id != without
        and near.entry.lon is not None and near.entry.lat is not None
    ]  # fmt: skip


def _layer(category: str) -> str:
    return "road" if category in ("road", "lane") else "place"


def _url_of(entry: Any) -> str:
    return entry_url({"kind": entry.kind, "id": entry.id, "division_code": entry.division_code})


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(_("日期要写成 2026-11-23 这样"), field="as_of") from error


def _extent(box: tuple[float, float, float, float] | None) -> str:
    return ",".join(f"{one:.6f}" for one in box) if box else EVERYWHERE


@blueprint.get("/divisions")
def divisions() -> str | Response:
    """List divisions of all times."""
    given = _given("status", "level", "q", "on")
    query = divisions_query(status=given["status"], level=given["level"], text=given["q"], on=_day(given["on"]))
    header = (_("代码"), _("名称"), _("级别"), _("状态"), _("起"), _("止"))
    return _listed("divisions", query, given, header, _division_cells)


@blueprint.get("/places")
def places() -> str | Response:
    """List place names."""
    given = _given("status", "category", "division", "q")
    with services().store.reading() as session:
        query = places_query(session, status=given["status"], category=given["category"], division=given["division"], text=given["q"])
    header = (_("名称"), _("类别"), _("区划"), _("状态"), _("汉语拼音"), _("编号"))
    return _listed("places", query, given, header, lambda row: (
        row.standard_name, word("category", row.category), row.division.name, word("place_name", row.status), row.pinyin, row.id
    ))  # fmt: skip


@blueprint.get("/addresses")
def addresses() -> str | Response:
    """List standard addresses."""
    given = _given("status", "place", "division", "q")
    with services().store.reading() as session:
        query = addresses_query(session, status=given["status"], place=given["place"], division=given["division"], text=given["q"])
        place_name = find_place(session, given["place"]).standard_name if given["place"] else ""
    header = (_("标准地址"), _("状态"), _("经度"), _("纬度"), _("编号"))
    return _listed("addresses", query, given, header, lambda row: (
        row.label, word("standard_address", row.status), row.min_lon, row.min_lat, row.id
    ), place_name=place_name)  # fmt: skip


def _given(*names: str) -> dict[str, str]:
    return {name: request.args.get(name, "").replace("\x00", "").strip()[:80] for name in names}


def _listed(
    kind: str, query: Any, given: dict[str, str], header: tuple[str, ...], cells: Callable[[Any], tuple[Any, ...]], **more: Any
) -> str | Response:
    if request.args.get("format") == "csv":
        return csv_answer(f"{kind}.csv", header, lambda session: (cells(row) for row in all_rows(session, kind, query)))
    with services().store.reading() as session:
        page = list_rows(session, kind, query, after=request.args.get("after"), limit=50)
        units = towns(session, services().settings.district_code)
        return render_template(f"map/{kind}.html", page=page, given=given, towns=units, **more)


def _division_cells(row: Any) -> tuple[Any, ...]:
    return row.code, row.name, word("division_level", row.level), word("division", row.status), row.valid_from, row.valid_to
