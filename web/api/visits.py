"""What installers' devices report: this plate was at this door, at this time, and here is the photo."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from apiflask.fields import UploadFile
from flask import Response
from pydantic import BeforeValidator, Field

from gazetteer.plates.records import visit_record
from gazetteer.plates.visits import VisitReport, receive_visit
from gazetteer.store.database import Session
from geoaddr.errors import UsageError
from web.api.shapes import Datum, OptionalLat, OptionalLon
from web.api.writing import OnceHeaders, once
from web.auth import current_actor, needs
from web.messages import _
from web.services import services
from web.validation import Shown, Strict

blueprint = APIBlueprint("api_visits", __name__, url_prefix="/api/v1", tag="writes")

Accuracy = Annotated[float | None, Field(ge=0, le=100_000), BeforeValidator(lambda value: None if value == "" else value)]
Moment = Annotated[str, Field(pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{5,15}(Z|[+-][0-9]{2}:[0-9]{2}))?$", max_length=40)]


EARLIEST, LATEST = 2000, 2100
"""Years outside of which a device's clock is plainly wrong."""


class VisitForm(Strict):
    """One report from the door."""

    outcome: Literal["installed", "taken_down", "problem"]
    signature: Annotated[str, Field(max_length=40)] = Field("", description="The `s` value of the QR code.")
    lon: OptionalLon = None
    lat: OptionalLat = None
    accuracy_m: Accuracy = None
    datum: Datum = "WGS84"
    device_time: Moment = Field("", description="ISO 8601 with time zone.")
    reason: Annotated[str, Field(max_length=1_000)] = ""
    photo: UploadFile | None = None


class VisitAnswer(Shown):
    """How the report was judged: accepted, or in review with the doubts that a person must settle."""

    id: str
    status: str
    doubts: list[Any]


@blueprint.post("/plates/<serial>/visits")
@needs("field")
@blueprint.input(OnceHeaders, location="headers")
@blueprint.input(VisitForm, location="form_and_files")
@blueprint.output(VisitAnswer, status_code=201)
@blueprint.doc(responses={409: "The same key was sent twice at once"})
def report_visit(serial: str, headers_data: OnceHeaders, form_and_files_data: VisitForm) -> Response:
    """Report from the door that a plate hangs, came down or has a problem

    Kept whatever it says. What does not fit (place, accuracy, wrong plate, missing photo) goes to a person and never into the bin.
    """
    form = form_and_files_data
    report = VisitReport(
        idempotency_key=_own_key(headers_data.idempotency_key), serial=serial, outcome=form.outcome, signature=form.signature, lon=form.lon,
        lat=form.lat, accuracy_m=form.accuracy_m, datum=form.datum, device_time=_moment(form.device_time),
        photo=form.photo.read() if form.photo is not None else None, reason=form.reason,
    )  # fmt: skip

    def perform(session: Session) -> tuple[dict[str, Any], int, dict[str, str]]:
        visit = receive_visit(session, report, actor=current_actor(), settings=services().settings)
        return visit_record(visit), 201, {}

    return once(headers_data.idempotency_key, perform, body=repr(report).encode(errors="replace"))


def _own_key(key: str) -> str:
    """Return the key as the visit keeps it: two callers may choose the same one."""
    return "api-" + hashlib.sha256(f"{current_actor().text} {key}".encode()).hexdigest()[:40]


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(_("设备时间要写成 2026-11-23T15:04:05+08:00"), field="device_time") from error
    if not EARLIEST <= moment.year < LATEST:
        raise UsageError(_("设备时间不可信，请校准设备的时钟"), field="device_time")
    return moment
