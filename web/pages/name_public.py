"""The public pages of names: one name with its story and its past, and themed collections to walk through, also on a big screen."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Blueprint, abort, render_template, send_file
from shapely import Point
from werkzeug.wrappers import Response

from gazetteer.culture.collections import collection_record, collections_with, list_collections
from gazetteer.culture.linked_places import CONTEXT, linked_place
from gazetteer.culture.past import names_through_time, units_through_time
from gazetteer.culture.stories import picture_file, stories_of
from gazetteer.culture.subjects import Subject, find_subject
from gazetteer.names.procedure_rules import rule_of
from gazetteer.names.protection import protection_of
from gazetteer.plates.surroundings import surroundings
from gazetteer.store.database import Session
from geoaddr.geometry import distance_m
from web.auth import has_role, open_to_all
from web.pages.plate_public import MAP_HEIGHT, MAP_WIDTH, drawing
from web.services import services
from web.walk_maps import walk_map

OFFICE = ("officer", "approver", "administrator")
UNDECIDED = ("proposed", "rejected")
"""Statuses of names that nobody approved: shown to the office only."""

RADIUS_M = 400.0
MARGIN = 1.1
"""How far around a point a map reaches at least, and how much wider it is than what it shows."""

blueprint = Blueprint("name_public", __name__)


@blueprint.get("/n/<subject_id>")
@open_to_all
def name(subject_id: str) -> str:
    """Show one name: how it is spoken, where it comes from, what it was called before, where it is."""
    with services().store.reading() as session:
        subject = _subject(session, subject_id)
        listed = protection_of(session, subject.id) if subject.kind == "place" else None
        told = stories_of(session, subject)
        return render_template(
            "culture/name.html", subject=subject, groups=_by_kind(told), pictures=[one for one in told if one["kind"] == "picture"],
            past=names_through_time(session, subject),
            units=units_through_time(session, subject.division_id), walks=collections_with(session, subject.id),
            grade=rule_of("protection")["grades"].get(listed.grade, "") if listed else "", listed=listed,
            map=_map_of(session, subject),
            may_edit=has_role(*OFFICE),
        )  # fmt: skip


@blueprint.get("/n/<subject_id>.jsonld")
@open_to_all
def name_as_linked_place(subject_id: str) -> Response:
    """Return one name as a Linked Places Feature."""
    with services().store.reading() as session:
        feature = linked_place(session, _subject(session, subject_id).id, services().settings.base_url)
    return Response(orjson.dumps({"@context": CONTEXT, **feature}), mimetype="application/ld+json")


@blueprint.get("/n/pictures/<sha256>.jpg")
@open_to_all
def picture(sha256: str) -> Response:
    """Send a picture that a story shows; no other photo of the register is sent here."""
    with services().store.reading() as session:
        path = picture_file(session, sha256, services().settings.media_dir)
    return send_file(path, mimetype="image/jpeg", max_age=86_400)


@blueprint.get("/collections")
@open_to_all
def collections() -> str:
    """List the published collections."""
    with services().store.reading() as session:
        return render_template("culture/collections.html", found=list_collections(session))


@blueprint.get("/collections/<collection_id>")
@open_to_all
def collection(collection_id: str) -> str:
    """Show a collection stop by stop."""
    record = _shown(collection_id)
    with services().store.reading() as session:
        return render_template(
            "culture/collection.html", collection=record, map=walk_map(session, record["stops"]), may_edit=has_role(*OFFICE)
        )


@blueprint.get("/collections/<collection_id>/screen")
@open_to_all
def screen(collection_id: str) -> str:
    """Show a collection on a big screen, one stop at a time, moving on by itself or by the arrow keys."""
    record = _shown(collection_id)
    with services().store.reading() as session:
        for stop in record["stops"]:
            subject = find_subject(session, stop["id"])
            stop["stories"] = [one for one in stories_of(session, subject) if one["kind"] != "picture"][:2]
            stop["picture"] = next((one for one in stories_of(session, subject) if one["kind"] == "picture"), None)
            stop["former"] = _former(names_through_time(session, subject), subject)
        return render_template("culture/screen.html", collection=record, map=walk_map(session, record["stops"]))


def _subject(session: Session, subject_id: str) -> Subject:
    """Return a name that anybody may see; one that is only proposed, or was rejected, is shown to the office only."""
    subject = find_subject(session, subject_id)
    if subject.status in UNDECIDED and not has_role(*OFFICE):
        abort(404)
    return subject


def _by_kind(told: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Return what is told in words, by kind, in the order of the kinds."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for one in told:
        if one["kind"] != "picture":
            groups.setdefault(one["kind"], []).append(one)
    return groups


def _map_of(session: Session, subject: Subject) -> dict[str, Any] | None:
    """Return the little map around a name, with its own road or outline whole; None where no position is known or nothing lies there."""
    shape = subject.geometry
    if shape is None or shape.is_empty:
        return None
    if isinstance(shape, Point):
        lon, lat = shape.x, shape.y
        around = surroundings(session, lon, lat, RADIUS_M)
        return drawing(around, lon, lat) if around.roads or around.areas else None
    west, south, east, north = shape.bounds
    lon, lat = (west + east) / 2, (south + north) / 2
    half_wide, half_high = distance_m(west, lat, east, lat) / 2, distance_m(lon, south, lon, north) / 2
    radius_m = max(RADIUS_M, MARGIN * half_wide, MARGIN * half_high * MAP_WIDTH / MAP_HEIGHT)
    return drawing(surroundings(session, lon, lat, radius_m), lon, lat, shape)


def _former(past: list[dict[str, Any]], subject: Subject) -> list[str]:
    return list(dict.fromkeys(one["name"] for one in past if one["name"] not in (subject.name, subject.official)))


def _shown(collection_id: str) -> dict[str, Any]:
    """Return a collection anybody may see; drafts are shown to officers only."""
    with services().store.reading() as session:
        record = collection_record(session, collection_id)
    if record["status"] != "published" and not has_role(*OFFICE):
        abort(404)
    return record
