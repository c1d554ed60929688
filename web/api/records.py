"""One record each: address, place, division, plate; with lineage, history and an ETag."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any

import orjson
from apiflask import APIBlueprint
from flask import Response, request
from pydantic import Field

from gazetteer.addresses import address_record, place_record
from gazetteer.division_records import division_record
from gazetteer.plates.records import plate_record
from geoaddr.errors import NotFound, UsageError
from web.api.shapes import IsoDate
from web.auth import current_account, needs, open_operation, sent_key
from web.messages import _
from web.services import services
from web.validation import Shown, Strict

blueprint = APIBlueprint("api_records", __name__, url_prefix="/api/v1", tag="records")

ETAG_HEADER = {"ETag": {"schema": {"type": "string"}, "description": "Version of the record; send it back in If-Match or If-None-Match."}}
CONDITIONAL: dict[int, Any] = {200: {"headers": ETAG_HEADER}, 304: "Not modified since the ETag in If-None-Match"}
PUBLIC_STATUSES = ("current", "retired")
"""Legal statuses of names that anybody may be told of."""


class AddressAnswer(Shown):
    """One standard address."""

    id: str
    ref: str | None
    label: str
    status: str
    version: int
    parts: dict[str, str]
    place: dict[str, Any] | None
    divisions: list[dict[str, Any]]
    lon: float | None
    lat: float | None
    datum: str
    plates: list[dict[str, Any]]
    lineage: dict[str, list[dict[str, str]]]
    history: list[dict[str, Any]]


class PlaceAnswer(Shown):
    """One place name."""

    id: str
    standard_name: str
    status: str
    version: int
    category: str
    divisions: list[dict[str, Any]]
    variants: list[dict[str, Any]]
    lon: float | None
    lat: float | None
    datum: str
    lineage: dict[str, list[dict[str, str]]]
    history: list[dict[str, Any]]


class DivisionQuery(Strict):
    """The day on which a code is to be understood."""

    as_of: IsoDate | None = Field(None, description="Codes are re-used: which unit had this code on that day. Today where empty.")


class DivisionAnswer(Shown):
    """One administrative unit in one period."""

    id: str
    code: str
    name: str
    level: str
    status: str
    valid_from: str
    valid_to: str | None
    divisions: list[dict[str, Any]]
    predecessors: list[dict[str, Any]]
    successors: list[dict[str, Any]]
    today: list[dict[str, Any]]
    successor_stated: bool | None
    candidates: list[dict[str, Any]]
    children: list[dict[str, Any]]
    history: list[dict[str, Any]]


class PlateAnswer(Shown):
    """What anybody may know of one plate."""

    serial: str
    status: str
    label: str


@blueprint.get("/addresses/<address_id>")
@needs("lookup")
@blueprint.output(AddressAnswer)
@blueprint.doc(responses=CONDITIONAL)
def address(address_id: str) -> Any:
    """Return one standard address

    Retired ones are answered as well; `lineage` says what they became.
    """
    with services().store.reading() as session:
        record = address_record(session, address_id)
    return answer(record)


@blueprint.get("/places/<place_id>")
@open_operation
@blueprint.output(PlaceAnswer)
@blueprint.doc(responses=CONDITIONAL)
def place(place_id: str) -> Any:
    """Return one place name with its other forms, its story and its history

    Names nobody has approved are told only to those with a key or a session.
    """
    with services().store.reading() as session:
        record = place_record(session, place_id)
    if record["status"] not in PUBLIC_STATUSES and sent_key() is None and current_account() is None:
        raise NotFound(f"没有编号为 {place_id[:20]} 的地名", field="id")
    return answer(record)


@blueprint.get("/divisions/<code>")
@open_operation
@blueprint.input(DivisionQuery, location="query")
@blueprint.output(DivisionAnswer)
@blueprint.doc(responses=CONDITIONAL)
def division(code: str, query_data: DivisionQuery) -> Any:
    """Return the administrative unit that has, or on a day had, this code; an old code answers with its last unit and what it is today"""
    on = day(query_data.as_of, "as_of")
    with services().store.reading() as session:
        record = division_record(session, code, on)
    return answer(record)


@blueprint.get("/plates/<serial>")
@open_operation
@blueprint.output(PlateAnswer)
@blueprint.doc(responses=CONDITIONAL)
def plate(serial: str) -> Any:
    """Return what anybody may know of one door plate"""
    try:
        with services().store.reading() as session:
            record = plate_record(session, serial, settings=services().settings)
    except UsageError as error:  # no serial at all is as unknown as one that was never issued
        raise NotFound(error.message, field="serial") from error
    return answer(record)


def day(text: str | None, field: str) -> date | None:
    """Read a day; ``UsageError`` for one that no calendar has."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(_("没有 %(day)s 这一天", day=text), field=field) from error


def etag_of(record: dict[str, Any]) -> str:
    """Return the tag of a representation: its version, and a digest of all that is shown."""
    return f"{record.get('version', 0)}.{hashlib.sha256(orjson.dumps(record, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]}"


def answer(record: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None) -> Any:
    """Return a record with its ETag, or 304 where the asker has it already."""
    tag = etag_of(record)
    known = {one.split(":")[0] for one in request.if_none_match.as_set(include_weak=True)}  # compression appends ":gzip"
    if status == 200 and tag in known:
        return Response(status=304, headers={"ETag": f'"{tag}"'})
    return record, status, {"ETag": f'"{tag}"', "Cache-Control": "private, no-cache", **(headers or {})}
