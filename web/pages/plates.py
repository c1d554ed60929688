"""Plates: how many stand in each status, the list of them, and each with its history and moves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from gazetteer.addresses import find_place
from gazetteer.divisions import find_division
from gazetteer.keys import secret_key
from gazetteer.plates.counts import every_plate, open_orders, plate_counts, visit_counts
from gazetteer.plates.lists import STATUS_GROUPS, list_plates
from gazetteer.plates.moves import WORDS, move_plate
from gazetteer.plates.qr import plate_url, svg
from gazetteer.plates.records import plate_detail
from gazetteer.plates.serials import grouped, is_serial, parse_serial
from gazetteer.plates.sheet import sheet_for
from gazetteer.register_lists import towns
from gazetteer.store.database import Session
from gazetteer.store.events import history
from gazetteer.store.models.plates import PLATE_KINDS, PLATE_STATUSES
from geoaddr.errors import UsageError
from web.auth import current_actor, require_role
from web.forms import done, replayed, submitted, submitted_version
from web.messages import _
from web.navigation import DECIDING
from web.plate_maps import plate_map
from web.services import services
from web.tables import csv_answer
from web.words import word

blueprint = Blueprint("plates", __name__, url_prefix="/plates")
FILTERS = ("status", "kind", "division", "place", "order", "q")
CONFIRMED_VERBS = ("take_down", "cancel")


@blueprint.get("/")
def index() -> str | AnyResponse:
    """Show how many plates stand in each status, and the list of them with its filters."""
    given = filters()
    if is_serial("".join(given["q"].split())):
        return redirect(url_for("plates.plate", serial=parse_serial(given["q"])))
    if request.args.get("format") == "csv":
        header = (_("编号"), _("状态"), _("类别"), _("地址"), _("安装"), _("验收"))
        return csv_answer("plates.csv", header, lambda session: (_cells(one) for one in every_plate(session, **asked(session, given))))
    with services().store.reading() as session:
        page = list_plates(session, **asked(session, given), after=request.args.get("after"), limit=50)
        return render_template(
            "plates/index.html", page=page, given=given, counts=plate_counts(session), visits=visit_counts(session),
            orders=open_orders(session), towns=towns(session, services().settings.district_code), statuses=PLATE_STATUSES,
            groups=tuple(STATUS_GROUPS),
            kinds=PLATE_KINDS, grouped=grouped, place=find_place(session, given["place"]) if given["place"] else None,
        )  # fmt: skip


@blueprint.get("/<serial>")
def plate(serial: str) -> str:
    """Show one plate: how it looks, where it hangs, what happened to it and what can be done now."""
    with services().store.reading() as session:
        detail = plate_detail(session, serial, actor=current_actor())
        address = code_address(detail["serial"])
        return render_template(
            "plates/plate.html", plate=detail, code=svg(address), address=address, words=WORDS, events=history(session, detail["id"]),
            asks=CONFIRMED_VERBS,
        )  # fmt: skip


@blueprint.get("/<serial>/around.json")
def around(serial: str) -> dict[str, Any]:
    """Return the registered door and every position reported for this plate, for its map."""
    with services().store.reading() as session:
        detail = plate_detail(session, serial, actor=current_actor())
        return plate_map(session, detail["address_id"], detail["visits"], detail["grouped"])


@blueprint.post("/<serial>/move")
@require_role(*DECIDING)
def move(serial: str) -> AnyResponse:
    """Carry out one of the moves offered on a plate's page."""
    verb = submitted("verb", longest=20)
    with services().store.transaction() as session:
        if again := replayed(session):
            return again
        moved = move_plate(session, parse_serial(serial), verb, actor=current_actor(), version=submitted_version())
        text = _("门牌 %(serial)s 现在是“%(status)s”", serial=grouped(moved.serial), status=word("plate", moved.status))
        return done(session, text, url_for("plates.plate", serial=moved.serial))


@blueprint.get("/<serial>/sheet.pdf")
@require_role(*DECIDING)
def plate_sheet(serial: str) -> Response:
    """Return the print sheet of one plate, at its true size."""
    with services().store.reading() as session:
        data = sheet_for(session, services().settings, serials=[serial], scale="true")
    return pdf(data, f"plate-{parse_serial(serial)}.pdf")


def filters() -> dict[str, str]:
    """Return the filters in the address of the present list."""
    return {name: request.args.get(name, "").replace("\x00", "").strip()[:80] for name in FILTERS}


def asked(session: Session, given: Mapping[str, str]) -> dict[str, str | None]:
    """Return filters as :func:`gazetteer.plates.lists.list_plates` takes them; ``UsageError`` for a status or kind there is none of."""
    for name, allowed in (("status", (*PLATE_STATUSES, *STATUS_GROUPS)), ("kind", PLATE_KINDS)):
        if given[name] and given[name] not in allowed:
            raise UsageError(_("没有这种筛选条件"), field=name)
    division = given["division"]
    return {
        "status": given["status"] or None, "kind": given["kind"] or None, "order_id": given["order"] or None,
        "place_id": given["place"] or None, "text": given["q"] or None,
        "division_id": find_division(session, division).id if division else None,
    }  # fmt: skip


def code_address(serial: str) -> str:
    """Return what a plate's code contains."""
    settings = services().settings
    return plate_url(settings.base_url, serial, secret_key(settings))


def pdf(data: bytes, filename: str) -> Response:
    """Return a PDF to be saved under a name."""
    answer = Response(data, content_type="application/pdf")
    answer.headers.set("Content-Disposition", "attachment", filename=filename)
    return answer


def _cells(one: Any) -> tuple[Any, ...]:
    kinds = (word("plate", one.status), word("plate_kind", one.kind))
    return one.serial, *kinds, one.address.label, one.installed_on, one.accepted_on
