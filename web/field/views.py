"""What an installer's phone asks for: its page, its list, its service worker, and a place to leave reports."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from flask import Blueprint, Response, render_template, request
from flask.blueprints import BlueprintSetupState
from flask_wtf.csrf import generate_csrf, validate_csrf
from werkzeug.wrappers import Response as AnyResponse
from wtforms import ValidationError

from gazetteer.plates.conventions import conventions
from gazetteer.plates.judgement import DATUM_CRS, doubt_text
from gazetteer.plates.visits import VisitReport, receive_visit
from gazetteer.plates.worklist import tasks_json
from geoaddr.errors import UsageError
from web.auth import CSRF_HEADER, current_account, current_actor, open_to_all, require_role
from web.errors import explanation, problem
from web.forms import submitted, submitted_number
from web.i18n import language
from web.messages import _
from web.navigation import DECIDING
from web.services import services

FIELD_ROLES = ("installer", *DECIDING)
FORM_BYTES = 1_000_000
"""Room for the fields of a report beside its photo."""

blueprint = Blueprint("field", __name__, url_prefix="/field")


@blueprint.record_once
def _register(state: BlueprintSetupState) -> None:
    """Let ``visits`` check the CSRF token itself: a token outlived offline means "sign in again", not "refused"."""
    state.app.extensions["geoaddr_csrf"].exempt(f"{__name__}.visits")


@blueprint.get("")
@require_role(*FIELD_ROLES)
def index() -> str:
    """Show the installers' page, which works without a network once it was opened."""
    settings, actor = services().settings, current_actor()
    shown = language(settings.language)
    limits = {"max_accuracy_m": settings.confirm_max_accuracy_m, "max_distance_m": settings.confirm_max_distance_m}
    limits_text = "".join(f"{value:g}" for value in limits.values())
    version = hashlib.sha256(f"{files_mark()}{shown}{actor.id}{limits_text}".encode()).hexdigest()[:16]
    lang = "en" if shown == "en" else "zh-CN"
    return render_template("field/index.html", lang=lang, user_id=actor.id, asset_version=version, **limits)


@blueprint.get("/tasks.json")
@require_role(*FIELD_ROLES)
def tasks() -> dict[str, Any]:
    """Return what is to be done, in walking order, with the limits of a confirmation and a fresh CSRF token."""
    actor = current_actor()
    installer = actor.id if actor.role == "installer" else None
    with services().store.reading() as session:
        listed = tasks_json(session, services().settings, installer=installer, near=_near())
    return {**listed, "csrf_token": generate_csrf()}


@blueprint.post("/visits")
@open_to_all
def visits() -> AnyResponse | tuple[dict[str, Any], int]:
    """Take in one report from the door; the same key sent again gives the same answer and changes nothing."""
    if current_account() is None or not _token_holds():
        return problem(401, explanation(401))
    request.max_content_length = conventions()["confirmation"]["max_photo_bytes"] + FORM_BYTES
    report = _report()
    with services().store.transaction() as session:
        visit = receive_visit(session, report, actor=current_actor(), settings=services().settings)
        doubts = [{"code": code, "text": doubt_text(code)} for code in visit.doubts]
        return {"idempotency_key": visit.idempotency_key, "id": visit.id, "state": visit.status, "doubts": doubts}, 201


@blueprint.get("/sw.js")
@open_to_all
def service_worker() -> Response:
    """Serve the service worker with the scope of the whole field page."""
    script = files("web").joinpath("static/js/field/sw.js").read_bytes()
    headers = {"Service-Worker-Allowed": "/field", "Cache-Control": "no-cache"}
    return Response(script, content_type="text/javascript; charset=utf-8", headers=headers)


@cache
def files_mark() -> str:
    """Return a mark that changes whenever a script, style or template of the field page, or a vendored library, changes."""
    web, mark = files("web"), hashlib.sha256()
    roots = [web / "static" / "js", web / "static" / "css", web / "static" / "img", web / "templates" / "field"]
    for file in [*sorted((one for root in roots for one in _files(root)), key=str), web / "static" / "vendor" / "vendor.json"]:
        mark.update(file.name.encode() + b"\0" + file.read_bytes())
    return mark.hexdigest()


def _files(folder: Traversable) -> Iterator[Traversable]:
    for one in folder.iterdir():
        if one.is_dir():
            yield from _files(one)
        else:
            yield one


def _token_holds() -> bool:
    try:
        validate_csrf(request.headers.get(CSRF_HEADER))
    except ValidationError:
        return False
    return True


def _near() -> tuple[float, float] | None:
    lon, lat = request.args.get("lon", type=float), request.args.get("lat", type=float)
    return None if lon is None or lat is None or not (-180 <= lon <= 180 and -90 <= lat <= 90) else (lon, lat)


def _report() -> VisitReport:
    """Read the form. ``reason_code``, ``read_by`` and ``scanned_serial`` only repeat what ``reason`` and ``signature`` say."""
    photo = request.files.get("photo")
    datum = submitted("datum", "WGS84", longest=20)
    return VisitReport(
        idempotency_key=submitted("idempotency_key", longest=80), serial=submitted("serial", longest=200),
        outcome=submitted("outcome", longest=20), signature=submitted("signature", longest=100), lon=submitted_number("lon"),
        lat=submitted_number("lat"), accuracy_m=submitted_number("accuracy_m"), datum=datum if datum in DATUM_CRS else "other",
        device_time=_device_time(), photo=None if photo is None else photo.read(), reason=submitted("reason", longest=4_000),
    )  # fmt: skip


def _device_time() -> datetime | None:
    text = submitted("device_time", longest=40)
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError as error:
        raise UsageError(_("手机时间读不懂"), field="device_time") from error
