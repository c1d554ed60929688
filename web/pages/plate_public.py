"""The page behind a plate's code: what a passer-by may know, on any phone, without signing in, a few kilobytes."""

from __future__ import annotations

from math import cos, radians
from typing import Any

import shapely
from flask import Blueprint, redirect, render_template, request, url_for
from shapely.geometry.base import BaseGeometry
from werkzeug.wrappers import Response

from gazetteer.plates.records import plate_record
from gazetteer.plates.serials import parse_serial
from gazetteer.plates.surroundings import Surroundings, surroundings, todays_addresses
from gazetteer.plates.visits import report_fault
from gazetteer.store.events import Actor
from geoaddr.errors import NotFound, UsageError
from geoaddr.geometry import bearing_deg
from geoaddr.romanize import romanize
from web.auth import open_to_all
from web.forms import submitted
from web.messages import _
from web.services import services

PASSER_BY = Actor("public", "passer-by", "public")
MAP_WIDTH, MAP_HEIGHT = 360, 250
LONGEST_NOTE = 500
FAULTS = ("missing", "damaged", "wrong_place", "wrong_text", "code", "other")

blueprint = Blueprint("plate_public", __name__, url_prefix="/p")


@blueprint.get("/<serial>")
@open_to_all
def index(serial: str) -> str | Response | tuple[str, int]:
    """Show a plate: its address, its story, where help is; one that was replaced shows today's address."""
    if (clean := _serial_of(serial)) is None:
        return _unknown(serial)
    if clean != serial:
        return redirect(url_for("plate_public.index", serial=clean, s=request.args.get("s")), code=302)
    with services().store.reading() as session:
        try:
            plate = plate_record(session, clean, signature=(request.args.get("s") or "")[:100] or None, settings=services().settings)
        except NotFound:
            return _unknown(serial)
        today = [one.label for one in todays_addresses(session, plate["address_id"])] if plate["address_status"] == "retired" else []
        drawn = None if plate["lon"] is None else drawing(surroundings(session, plate["lon"], plate["lat"]), plate["lon"], plate["lat"])
        nearest = plate["nearest"]
        direction = "" if nearest is None else _direction(plate, nearest)
        return render_template(
            "plate_public/index.html", plate=plate, today=today, map=drawn, direction=direction, spelt=spelt(plate["divisions"])
        )


@blueprint.get("/<serial>/report")
@open_to_all
def report(serial: str) -> str | tuple[str, int]:
    """Ask what is wrong here."""
    if (clean := _serial_of(serial)) is None:
        return _unknown(serial)
    with services().store.reading() as session:
        return _report_page(plate_record(session, clean, settings=services().settings), {}, {})


@blueprint.post("/<serial>/report")
@open_to_all
def report_submitted(serial: str) -> str | tuple[str, int] | Response:
    """Take in what somebody says is wrong; an officer looks at it. Nothing is kept about who said it."""
    clean = parse_serial(serial)
    typed = {"fault": submitted("fault", longest=40), "note": submitted("note", longest=4_000)}
    errors = _report_errors(typed)
    with services().store.transaction() as session:
        plate = plate_record(session, clean, settings=services().settings)
        if errors:
            return _report_page(plate, typed, errors), 422
        if not submitted("website"):  # a field people do not see: what fills it in is a program
            report_fault(session, clean, "；".join(filter(None, (fault_words()[typed["fault"]], typed["note"]))), actor=PASSER_BY)
    return redirect(url_for("plate_public.thanks", serial=clean), code=303)


@blueprint.get("/<serial>/thanks")
@open_to_all
def thanks(serial: str) -> str:
    """Say that the report arrived and what happens next."""
    with services().store.reading() as session:
        plate = plate_record(session, parse_serial(serial), settings=services().settings)
    return render_template("plate_public/thanks.html", plate=plate)


def fault_words() -> dict[str, str]:
    """Return what can be wrong with a plate, in the reader's language, by code."""
    return {
        "missing": _("门牌不见了"),
        "damaged": _("门牌损坏或看不清"),
        "wrong_place": _("门牌挂错了门"),
        "wrong_text": _("牌上的字或号码不对"),
        "code": _("二维码扫不出来"),
        "other": _("其他"),
    }


def drawing(around: Surroundings, lon: float, lat: float, own: BaseGeometry | None = None) -> dict[str, Any]:
    """Return the little map as SVG numbers: the door in the middle, north up, shapes true at this latitude.

    ``own`` is the shape of what the map is about, where it is more than a point.
    """
    west, _south, east, _north = around.box
    scale = MAP_WIDTH / (east - west)
    stretch = 1 / cos(radians(lat))

    def at(x: float, y: float) -> tuple[float, float]:
        return round(MAP_WIDTH / 2 + (x - lon) * scale, 1), round(MAP_HEIGHT / 2 - (y - lat) * scale * stretch, 1)

    def path(points: tuple[tuple[float, float], ...]) -> str:
        return "M" + "L".join(f"{x} {y}" for x, y in (at(point[0], point[1]) for point in points))

    here = at(lon, lat)
    doors = [(text, *at(x, y)) for text, x, y in around.doors]
    return {
        "width": MAP_WIDTH, "height": MAP_HEIGHT, "here": here,
        "areas": [path(ring) + "Z" for _name, ring in around.areas],
        "roads": [path(line) for _name, lines in around.roads for line in lines],
        "names": _names(around, at, here), "own": [path(line) for line in _outline(own, east - west)],
        "own_is_area": own is not None and own.geom_type.endswith("Polygon"),
        "doors": [door for door in doors if abs(door[1] - here[0]) + abs(door[2] - here[1]) > 12 and 0 < door[2] < MAP_HEIGHT][:40],
    }  # fmt: skip


def _outline(own: BaseGeometry | None, width: float) -> list[tuple[tuple[float, float], ...]]:
    """Return the lines of a shape, the edges of an area, as coarse as a map of this width (degrees) can show."""
    if own is None:
        return []
    drawn = shapely.simplify(own, width / 600)
    lines = shapely.boundary(drawn) if drawn.geom_type.endswith("Polygon") else drawn
    return [tuple(part.coords) for part in shapely.get_parts(lines) if part.geom_type in ("LineString", "LinearRing")]


def spelt(divisions: list[dict[str, str]]) -> str:
    """Return the divisions of an address in Latin letters as envelopes have them: innermost first."""
    said = [one for one in divisions if one["level"] in ("town", "district", "city", "province")]
    return ", ".join(_unit(one["name"]) for one in reversed(said))


def _unit(name: str) -> str:
    for generic in ("街道", "镇", "乡", "区", "县", "市", "省"):
        if name.endswith(generic) and len(name) > len(generic):
            return romanize(name[: -len(generic)], generic)
    return romanize(name)


def _names(around: Surroundings, at: Any, here: tuple[float, float]) -> list[tuple[str, float, float]]:
    """Write each road's name once, along its longest piece, where it stays inside and off the door and the names before it."""
    placed: list[tuple[str, float, float]] = [("  ", *here)]
    for name, lines in around.roads:
        line = max((shapely.LineString(points) for points in lines), key=shapely.length)
        half = 6 * len(name)
        for share in (0.5, 0.2, 0.8):
            point = line.interpolate(share, normalized=True)
            x, y = at(point.x, point.y)
            x, y = min(max(x, half + 4), MAP_WIDTH - half - 4), min(max(y - 8, 16), MAP_HEIGHT - 8)
            if all(abs(x - other[1]) > half + 6 * len(other[0]) or abs(y - other[2]) > 18 for other in placed):
                placed.append((name, round(x, 1), round(y, 1)))
                break
    return placed[1:]


def _direction(plate: dict[str, Any], nearest: dict[str, Any]) -> str:
    """Say in which of eight directions the service point lies."""
    words = (_("北"), _("东北"), _("东"), _("东南"), _("南"), _("西南"), _("西"), _("西北"))
    bearing = bearing_deg(plate["lon"], plate["lat"], nearest["lon"], nearest["lat"])
    return words[round(bearing / 45) % 8]


def _serial_of(text: str) -> str | None:
    try:
        return parse_serial(text)
    except UsageError:
        return None


def _unknown(serial: str) -> tuple[str, int]:
    return render_template("plate_public/unknown.html", serial=serial[:40]), 404


def _report_errors(typed: dict[str, str]) -> dict[str, str]:
    errors = {}
    if typed["fault"] not in FAULTS:
        errors["fault"] = _("请选一项")
    elif typed["fault"] == "other" and not typed["note"]:
        errors["note"] = _("请写一句哪里不对")
    if len(typed["note"]) > LONGEST_NOTE:
        errors["note"] = _("最多 %(n)s 个字", n=LONGEST_NOTE)
    return errors


def _report_page(plate: dict[str, Any], typed: dict[str, str], errors: dict[str, str]) -> str:
    return render_template("plate_public/report.html", plate=plate, typed=typed, errors=errors, faults=fault_words(), longest=LONGEST_NOTE)
