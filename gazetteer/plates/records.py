"""What is known of one plate: for whoever scans it, and for officers."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gazetteer import workflow
from gazetteer.addresses import division_path, iso, position
from gazetteer.keys import secret_key
from gazetteer.plates.conventions import conventions
from gazetteer.plates.judgement import doubt_text
from gazetteer.plates.moves import STATUS_WORDS, moves_of_plate, refusals
from gazetteer.plates.orders import find_plate
from gazetteer.plates.qr import verify
from gazetteer.plates.serials import grouped, parse_serial
from gazetteer.store.events import Actor, history
from gazetteer.store.models import CaseRecord, Lineage, NameVariant, PlaceName, Plate, PlateOrder, PlateTask, PlateVisit, StandardAddress
from geoaddr.geometry import distances_m
from geoaddr.settings import Settings

PUBLIC_ATTRIBUTES = ("station_type", "phone")
"""What a service point may show to anybody: its kind and its service telephone, nothing else."""


def plate_record(session: Session, serial: str, *, signature: str | None = None, settings: Settings) -> dict[str, Any]:
    """Return what anybody may know who scans a plate; nothing about any person. ``NotFound`` for a serial never issued.

    ``authentic``: True or False by the code's signature, None where the serial was typed. ``label`` is today's; where it differs from
    what is printed, ``printed`` says so. ``replaced_by`` is the serial of the plate that hangs there now.
    """
    plate = find_plate(session, parse_serial(serial))
    address = session.get(StandardAddress, plate.address_id)
    assert address is not None, "a foreign key names an existing row"
    place = address.place or address.estate
    at = position(address)
    authentic = verify(plate.serial, signature, secret_key(settings)) if signature else None
    return {
        "serial": plate.serial, "grouped": grouped(plate.serial), "kind": plate.kind, "status": plate.status,
        "status_text": STATUS_WORDS[plate.status], "authentic": authentic, "face": plate.face, "address_id": address.id,
        "label": address.label, "printed": plate.face["label"], "renamed": plate.face["label"] != address.label,
        "address_status": address.status, "lon": at["lon"], "lat": at["lat"], "datum": at["datum"],
        "divisions": division_path(session, address.division), "place": None if place is None else _story(session, place),
        "pinyin": plate.face.get("pinyin", ""), "replaced_by": _successor(session, plate), "nearest": _nearest_station(session, at),
        "emergency": list(conventions()["emergency"]), "version": plate.version, "changed_seq": plate.changed_seq,
    }  # fmt: skip


def plate_detail(session: Session, serial: str, *, actor: Actor) -> dict[str, Any]:
    """Return what officers see of a plate: dates, tasks, visits, who did what when, which moves are open and why others are not."""
    plate = find_plate(session, parse_serial(serial))
    with_orders = select(PlateTask, PlateOrder).join(PlateOrder, PlateOrder.id == PlateTask.order_id)
    tasks = session.execute(with_orders.where(PlateTask.plate_id == plate.id).order_by(PlateTask.id)).all()
    visits = session.scalars(select(PlateVisit).where(PlateVisit.plate_id == plate.id).order_by(PlateVisit.id))
    return {
        "id": plate.id, "serial": plate.serial, "grouped": grouped(plate.serial), "kind": plate.kind, "status": plate.status,
        "status_text": STATUS_WORDS[plate.status], "version": plate.version, "face": plate.face, "address_id": plate.address_id,
        "label": plate.address.label, "installed_on": iso(plate.installed_on), "accepted_on": iso(plate.accepted_on),
        "tasks": [_task_record(task, order) for task, order in tasks],
        "visits": [visit_record(visit) for visit in visits],
        "others": [
            {"serial": other.serial, "kind": other.kind, "status": other.status}
            for other in session.scalars(select(Plate).where(Plate.address_id == plate.address_id, Plate.id != plate.id).order_by(Plate.id))
        ],
        "history": [
            {"seq": one.seq, "at": one.at.isoformat(), "actor": one.actor, "action": one.action, "payload": one.payload}
            for one in history(session, plate.id)
        ],
        "moves": moves_of_plate(plate, actor), "refused": refusals(plate, actor),
    }  # fmt: skip


def _task_record(task: PlateTask, order: PlateOrder) -> dict[str, Any]:
    about = {"id": task.id, "order_id": order.id, "action": task.action, "status": task.status}
    return {**about, "reason": order.reason, "due_on": iso(order.due_on)}


def visit_record(visit: PlateVisit) -> dict[str, Any]:
    """Return one report from the door with its doubts in words and the decisions still open."""
    return {
        "id": visit.id, "serial": visit.serial, "plate_id": visit.plate_id, "outcome": visit.outcome, "status": visit.status,
        "version": visit.version, "lon": visit.lon, "lat": visit.lat, "datum": visit.datum, "accuracy_m": visit.accuracy_m,
        "distance_m": None if visit.distance_m is None else round(visit.distance_m, 1), "photo_sha256": visit.photo_sha256,
        "device_time": None if visit.device_time is None else visit.device_time.isoformat(), "received_at": visit.received_at.isoformat(),
        "reason": visit.reason, "doubts": [{"code": code, "text": doubt_text(code)} for code in visit.doubts],
        "installer_id": visit.installer_id, "moves": [move.verb for move in workflow.moves_from("plate_visit", visit.status)],
    }  # fmt: skip


def _story(session: Session, place: PlaceName) -> dict[str, Any]:
    former = session.scalars(
        select(NameVariant).where(NameVariant.place_id == place.id, NameVariant.kind == "former").order_by(NameVariant.valid_to)
    )
    return {
        "id": place.id, "name": place.standard_name, "category": place.category, "pinyin": place.pinyin,
        "origin": place.origin, "meaning": place.meaning, "history": place.history, "since": iso(place.valid_from),
        "former": [{"text": one.text, "until": iso(one.valid_to)} for one in former],
    }  # fmt: skip


def _successor(session: Session, plate: Plate) -> str | None:
    """Return the serial of the plate that came in this one's place, however many replacements later."""
    current = plate.id
    while following := session.scalar(select(Lineage.new_id).where(Lineage.old_id == current, Lineage.subject_kind == "plate")):
        current = following
    return None if current == plate.id else session.scalar(select(Plate.serial).where(Plate.id == current))


def _nearest_station(session: Session, at: dict[str, Any]) -> dict[str, Any] | None:
    """Return the nearest service point (a station case record with a position) by geodesic distance; None without either."""
    if at["lon"] is None:
        return None
    stations = session.execute(
        select(CaseRecord.id, CaseRecord.title, CaseRecord.lon, CaseRecord.lat, CaseRecord.attributes).where(
            CaseRecord.kind == "station", CaseRecord.lon.is_not(None), CaseRecord.status != "rejected"
        )
    ).all()
    if not stations:
        return None
    gaps = distances_m([row.lon for row in stations], [row.lat for row in stations], at["lon"], at["lat"])
    index = int(gaps.argmin())
    row = stations[index]
    shown = {name: str(row.attributes.get(name, "")) for name in PUBLIC_ATTRIBUTES}
    about = {"title": row.title, "kind": shown["station_type"], "phone": shown["phone"]}
    return {**about, "distance_m": round(float(gaps[index])), "lon": row.lon, "lat": row.lat}
