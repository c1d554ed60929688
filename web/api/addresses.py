"""Writing addresses: a number for a door, a corrected point, taking into force, rejecting, retiring."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask import Response, url_for
from pydantic import Field

from gazetteer.address_changes import correct_point, move_address
from gazetteer.addresses import address_record, find_address
from gazetteer.plates.assignment import assign_number
from gazetteer.store.database import Session
from geoaddr.errors import UsageError
from web.api.lookup import position
from web.api.records import ETAG_HEADER, AddressAnswer, day, etag_of
from web.api.shapes import Datum, IsoDate, OptionalLat, OptionalLon
from web.api.writing import ChangeHeaders, OnceHeaders, needs_if_match, once, require_unchanged
from web.auth import current_actor, needs
from web.messages import _
from web.services import services
from web.validation import Strict

blueprint = APIBlueprint("api_addresses", __name__, url_prefix="/api/v1", tag="writes")

NUMBERED: Any = {201: {"headers": ETAG_HEADER}, 404: "No such place", 409: "The number is taken"}
CHANGED: Any = {200: {"headers": ETAG_HEADER}, 409: "Not allowed now", 412: "Changed since", 428: "If-Match is missing"}
Id = Annotated[str, Field(pattern=r"^[0-9a-hjkmnp-tv-z]{13}$")]
Core = Annotated[str, Field(max_length=20)]


class NewAddress(Strict):
    """A number for a door on a road, estate or village."""

    place_id: Id = Field(description="The road, lane, estate or natural village the number counts on.")
    number: Annotated[str, Field(min_length=1, max_length=20)] = Field(description="`88`, not `88号`.")
    sub_number: Core = ""
    sub_road: Core = Field("", description="A lane reached from the road, such as `264弄`.")
    poi: Annotated[str, Field(max_length=120)] = ""
    status: Literal["reserved", "current"] = "current"
    lon: OptionalLon = None
    lat: OptionalLat = None
    datum: Datum = "CGCS2000"
    point_source: Annotated[str, Field(max_length=80)] = "接口登记"
    valid_from: IsoDate | None = None


class AddressChange(Strict):
    """Either a new status with its reason, or a corrected point with its source, or both."""

    status: Literal["current", "rejected", "retired"] | None = None
    reason: Annotated[str, Field(max_length=300)] = Field("", description="Why; required with a status.")
    on: IsoDate | None = Field(None, description="Day from which a retirement holds; today where empty.")
    lon: OptionalLon = None
    lat: OptionalLat = None
    datum: Datum = "CGCS2000"
    point_source: Annotated[str, Field(max_length=80)] = Field("", description="Where the point comes from; required with a point.")


@blueprint.post("/addresses")
@needs("write")
@blueprint.input(OnceHeaders, location="headers")
@blueprint.input(NewAddress)
@blueprint.output(AddressAnswer, status_code=201)
@blueprint.doc(responses=NUMBERED)
def number_door(headers_data: OnceHeaders, json_data: NewAddress) -> Response:
    """Give a door its number

    Answers with the standard address, which carries its full label. 409 where the number is taken.
    """
    new = json_data
    lon, lat = position(new.lon, new.lat, new.datum)
    valid_from = day(new.valid_from, "valid_from")

    def perform(session: Session) -> tuple[dict[str, Any], int, dict[str, str]]:
        made = assign_number(
            session, new.place_id, new.number, sub_number=new.sub_number, sub_road=new.sub_road, poi=new.poi, lon=lon, lat=lat,
            status=new.status, valid_from=valid_from, source=new.point_source, actor=current_actor(),
        )  # fmt: skip
        return _shown(session, made.id, 201)

    return once(headers_data.idempotency_key, perform)


@blueprint.patch("/addresses/<address_id>")
@needs("write")
@needs_if_match
@blueprint.input(ChangeHeaders, location="headers")
@blueprint.input(AddressChange)
@blueprint.output(AddressAnswer)
@blueprint.doc(responses=CHANGED)
def change_address(address_id: str, headers_data: ChangeHeaders, json_data: AddressChange) -> Response:
    """Correct the point of an address, take it into force, reject or retire it

    Retiring orders its plates down and has every link to it examined again, in the same transaction.
    """
    wanted, actor, engine = json_data, current_actor(), services().engine
    lon, lat = position(wanted.lon, wanted.lat, wanted.datum)
    if wanted.status is None and lon is None:
        raise UsageError(_("请给出 status，或者 lon 和 lat"), field="status")
    on = day(wanted.on, "on") or date.today()

    def perform(session: Session) -> tuple[dict[str, Any], int, dict[str, str]]:
        require_unchanged(find_address(session, address_id).version)
        if lon is not None and lat is not None:
            correct_point(session, engine, address_id, lon, lat, source=wanted.point_source, version=None, actor=actor)
        if wanted.status is not None:
            move_address(session, engine, address_id, wanted.status, reason=wanted.reason, on=on, version=None, actor=actor)
        return _shown(session, address_id, 200)

    return once(headers_data.idempotency_key, perform)


def _shown(session: Session, address_id: str, status: int) -> tuple[dict[str, Any], int, dict[str, str]]:
    record = address_record(session, address_id)
    return record, status, {"ETag": f'"{etag_of(record)}"', "Location": url_for("api_records.address", address_id=address_id)}
