"""Numbering: a road on the map and unrolled as a strip; numbers proposed, entered by hand or given to a whole row of doors."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from gazetteer.address_changes import correct_point
from gazetteer.addresses import find_address, find_place
from gazetteer.paging import keyset
from gazetteer.plates.assignment import assign_all, assign_number
from gazetteer.plates.counts import numbered_places
from gazetteer.plates.coverage import missing_plates
from gazetteer.plates.numbering import Proposal, number_along, propose_number
from gazetteer.plates.policy import CHOICES, NumberingRules, rules_from, rules_of, set_policy
from gazetteer.plates.strip import numbering_strip
from gazetteer.register_lists import towns
from gazetteer.store.database import Session
from gazetteer.store.models import PlaceName
from geoaddr.errors import Conflict, UsageError
from web.auth import current_actor, require_role
from web.forms import done, replayed, submitted, submitted_number
from web.messages import _
from web.navigation import DECIDING
from web.numbering_map import numbering_map
from web.services import services
from web.strip_drawing import draw_strip

blueprint = Blueprint("numbering", __name__, url_prefix="/numbering")
CATEGORIES = ("road", "lane", "natural_village", "estate")
MOST_POINTS = 400
LENGTHS = ("spacing_m", "reserve_every_m")
_PAIR = re.compile(r"\s*(-?\d{1,3}(?:\.\d+)?)\s*[,，\s]\s*(-?\d{1,2}(?:\.\d+)?)\s*", re.ASCII)


@blueprint.get("/")
@require_role(*DECIDING)
def index() -> str:
    """Show the roads, villages and estates that doors are numbered on."""
    given = {name: request.args.get(name, "").replace("\x00", "").strip()[:80] for name in ("q", "town", "category")}
    if given["category"] and given["category"] not in CATEGORIES:
        raise UsageError(_("没有这种筛选条件"), field="category")
    with services().store.reading() as session:
        wanted = numbered_places(session, division_id=given["town"], text=given["q"], category=given["category"])
        page = keyset(session, wanted, PlaceName.id, after=request.args.get("after"), limit=50)
        units = towns(session, services().settings.district_code)
        return render_template("numbering/index.html", page=page, given=given, towns=units, categories=CATEGORIES)


@blueprint.get("/<place_id>")
@require_role(*DECIDING)
def place(place_id: str) -> str | tuple[str, int]:
    """Show one place with its doors; with ``lon`` and ``lat`` a number for a door there, with ``all`` numbers for all without one."""
    try:
        lon, lat = request.args.get("lon", type=float), request.args.get("lat", type=float)
        with services().store.reading() as session:
            proposals: list[Proposal] = []
            if lon is not None and lat is not None:
                proposals = [propose_number(session, place_id, lon, lat)]
            elif request.args.get("all"):
                proposals = number_along(session, place_id, rules=_tried())
            return _page(session, place_id, proposals, single=lon is not None, rules=_tried())
    except UsageError as error:
        with services().store.reading() as session:
            return _page(session, place_id, [], errors={error.field or "": error.message}), 422


@blueprint.post("/<place_id>/sequence")
@require_role(*DECIDING)
def sequence(place_id: str) -> str | tuple[str, int] | Response:
    """Show what numbers a row of points would get, and on a second, confirming post give them."""
    typed = submitted("points", longest=40_000)
    try:
        points = parse_points(typed) if typed else None
        if submitted("seen", longest=64):
            return _commit(place_id, points)
        with services().store.reading() as session:
            return _page(session, place_id, number_along(session, place_id, points), typed={"points": typed})
    except (UsageError, Conflict) as error:
        with services().store.reading() as session:
            page = _page(session, place_id, [], errors={_field(error, "points"): error.message}, typed={"points": typed})
        return page, 409 if isinstance(error, Conflict) else 422


@blueprint.post("/<place_id>/number")
@require_role(*DECIDING)
def number(place_id: str) -> str | tuple[str, int] | Response:
    """Give one door its number: the one proposed, or one entered by hand."""
    typed = {name: submitted(name, longest=60) for name in ("number", "sub_number", "poi", "lon", "lat", "status")}
    try:
        with services().store.transaction() as session:
            if again := replayed(session):
                return again
            made = assign_number(
                session, place_id, typed["number"], sub_number=typed["sub_number"], poi=typed["poi"], lon=submitted_number("lon"),
                lat=submitted_number("lat"), status=typed["status"] or "current", actor=current_actor(),
            )  # fmt: skip
            text = _("已编：%(label)s", label=made.label)
            return done(session, text, url_for("numbering.place", place_id=place_id))
    except (UsageError, Conflict) as error:
        with services().store.reading() as session:
            page = _page(session, place_id, [], errors={_field(error, "number"): error.message}, typed=typed)
        return page, 409 if isinstance(error, Conflict) else 422


@blueprint.post("/<place_id>/policy")
@require_role(*DECIDING)
def policy(place_id: str) -> tuple[str, int] | Response:
    """Keep numbering rules of a place's own."""
    try:
        with services().store.transaction() as session:
            if again := replayed(session):
                return again
            source = submitted("policy_source", longest=300)
            if not source:
                raise UsageError(_("请写明依据，如会议纪要或规划文件"), field="policy_source")
            set_policy(session, place_id=place_id, rules=_rules(request.form), source=source, actor=current_actor())
            return done(session, _("编号规则已保存"), url_for("numbering.place", place_id=place_id))
    except UsageError as error:
        with services().store.reading() as session:
            return _page(session, place_id, [], errors={error.field or "": error.message}, rules=_tried(request.form)), 422


@blueprint.post("/<place_id>/door")
@require_role(*DECIDING)
def door(place_id: str) -> Response:
    """Put a door of this place where it was dragged to; the strip is drawn anew from there."""
    with services().store.transaction() as session:
        if again := replayed(session):
            return again
        lon, lat = submitted_number("lon"), submitted_number("lat")
        if lon is None or lat is None:
            raise UsageError(_("请先在地图上拖动一个门"), field="lon")
        address = find_address(session, submitted("address_id", longest=20))
        if address.place_id != place_id:
            raise UsageError(_("这个门不在这条路上"), field="address_id")
        correct_point(
            session, services().engine, address.id, lon, lat, source=submitted("source", longest=80), version=None, actor=current_actor()
        )
        return done(session, _("%(label)s 的位置已更正", label=address.label), url_for("numbering.place", place_id=place_id))


def parse_points(text: str) -> list[tuple[float, float]]:
    """Read points typed one a line as lon, lat: ``"121.41, 29.65"`` -> ``[(121.41, 29.65)]``; ``UsageError`` names the line."""
    points = []
    for line, written in enumerate(text.splitlines(), start=1):
        if not written.strip():
            continue
        found = _PAIR.fullmatch(written)
        if found is None:
            raise UsageError(_("第 %(line)s 行读不懂，应写成 121.4123, 29.6543", line=line), field="points")
        points.append((float(found[1]), float(found[2])))
    if len(points) > MOST_POINTS:
        raise UsageError(_("一次最多 %(n)s 个点", n=MOST_POINTS), field="points")
    return points


def fingerprint(proposals: Sequence[Proposal]) -> str:
    """Return a mark of what was shown, so that only that is committed."""
    return hashlib.sha256(repr([(one.text, one.lon, one.lat, one.status) for one in proposals]).encode()).hexdigest()


def _commit(place_id: str, points: list[tuple[float, float]] | None) -> Response:
    with services().store.transaction() as session:
        if again := replayed(session):
            return again
        proposals = number_along(session, place_id, points)
        if fingerprint(proposals) != submitted("seen", longest=64):
            raise Conflict(_("这条路上的门牌刚有变化，请按新的结果再确认一次"), field="points")
        if not proposals:
            raise UsageError(_("没有可编的门"), field="points")
        ids = assign_all(session, place_id, proposals, actor=current_actor())
        reserved = sum(1 for one in proposals if one.status == "reserved")
        text = _("已编 %(n)s 个号，其中预留 %(reserved)s 个", n=len(ids), reserved=reserved)
        return done(session, text, url_for("numbering.place", place_id=place_id))


def _page(
    session: Session,
    place_id: str,
    proposals: Sequence[Proposal],
    *,
    single: bool = False,
    errors: Mapping[str, str] | None = None,
    typed: Mapping[str, str] | None = None,
    rules: NumberingRules | None = None,
) -> str:
    found = find_place(session, place_id)
    strip = numbering_strip(session, place_id, proposals, rules=rules)
    titles = {id_: one["message"] for one in strip["violations"] for id_ in one["address_ids"]}
    shown = [door for side in strip["sides"] for door in side["doors"]] + strip["loose"]
    return render_template(
        "numbering/place.html", place=found, strip=strip, drawing=draw_strip(strip, titles), proposals=proposals, single=single,
        errors=errors or {}, typed=typed or {}, rules=rules or rules_of(session, found), trying=rules is not None, choices=CHOICES,
        map=numbering_map(session, found, strip, proposals), seen=fingerprint(proposals), asked_all=bool(request.args.get("all")),
        without_plate=len(missing_plates(session, place_id=place_id, limit=500)),
        texts={door["address_id"]: door["text"] for door in shown},
    )  # fmt: skip


def _tried(given: Mapping[str, str] | None = None) -> NumberingRules | None:
    """Return rules to be tried out, from the form or the address; None where none are given."""
    given = request.args if given is None else given
    return rules_from(_rules(given), _("试用")) if given.get("mode") else None


def _rules(given: Mapping[str, str]) -> dict[str, Any]:
    rules: dict[str, Any] = {name: given[name] for name in CHOICES if given.get(name)}
    for name in LENGTHS:
        if text := given.get(name, "").strip():
            try:
                rules[name] = float(text)
            except ValueError as error:
                raise UsageError(_("要是数"), field=name) from error
    return rules


def _field(error: UsageError | Conflict, otherwise: str) -> str:
    return getattr(error, "field", None) or otherwise
