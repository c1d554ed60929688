"""An installer's report arrives: kept whatever it says, judged, and where nothing speaks against it the plate is confirmed."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gazetteer import workflow
from gazetteer.keys import secret_key
from gazetteer.plates.conventions import conventions, local_day, today
from gazetteer.plates.judgement import Seen, VisitReport, doubt_text, doubts_about, measured, position_of, require_report
from gazetteer.plates.orders import HANGING, close_tasks, find_plate
from gazetteer.plates.photos import keep_photo
from gazetteer.plates.qr import verify
from gazetteer.plates.serials import hold_register, parse_serial
from gazetteer.store.events import SYSTEM, Actor, now
from gazetteer.store.models import Lineage, Plate, PlateVisit, StandardAddress
from geoaddr.errors import Conflict, Forbidden, NotFound, UsageError
from geoaddr.settings import Settings

__all__ = ["VisitReport", "decide_visit", "doubt_text", "receive_visit", "report_fault"]

_NOTE_LENGTH = 1_000


def receive_visit(session: Session, report: VisitReport, *, actor: Actor, settings: Settings) -> PlateVisit:
    """Take in one report from the door; returns the visit, ``accepted`` or, with its ``doubts`` listed, for ``review``.

    The same idempotency key gives the same visit again, however often a phone sends it. The photo is on disk before the row is
    written. Raises only for what the phone can mend (no image, no key) and for people who may not report.
    """
    if actor.role not in workflow.FIELD:
        raise Forbidden("只有安装人员和工作人员可以上报安装结果")
    require_report(report)
    photo = None if report.photo is None else keep_photo(report.photo, settings.media_dir)
    hold_register(session)
    if (told := _already(session, report, actor)) is not None:
        return told
    seen = _look(session, report, photo, settings)
    doubts = doubts_about(session, seen)
    visit = PlateVisit(
        idempotency_key=report.idempotency_key, serial=report.serial.strip()[:40], plate_id=seen.plate.id if seen.plate else None,
        outcome=report.outcome, lon=report.lon, lat=report.lat, accuracy_m=report.accuracy_m,
        datum=report.datum if report.datum in _DATUMS else "other", distance_m=seen.distance_m, device_time=report.device_time,
        received_at=seen.received_at, photo_sha256=photo, reason=report.reason.strip()[:_NOTE_LENGTH], doubts=doubts,
        installer_id=actor.id if actor.kind == "user" else None,
    )  # fmt: skip
    status = "review" if doubts else "accepted"
    told_of = {"serial": visit.serial, "outcome": report.outcome, "doubts": doubts, "distance_m": _rounded(seen.distance_m)}
    workflow.enter(session, visit, actor=actor, verb="received", status=status, payload=told_of)
    if not doubts and seen.plate is not None:
        accepted_by = SYSTEM if conventions()["confirmation"]["accept_without_doubts"] else None
        _carry_out(session, seen.plate, visit, actor=actor, accepted_by=accepted_by)
    return visit


_DATUMS = ("CGCS2000", "WGS84", "GCJ-02", "BD-09", "other")


def decide_visit(session: Session, visit_id: str, decision: str, reason: str, *, actor: Actor, version: int | None = None) -> PlateVisit:
    """Decide a doubtful report: ``accept`` carries it out (installed and accepted, taken down, damage noted), ``dismiss`` does not.

    A reason is asked for either way. ``Conflict`` where the plate cannot make the move any more; the visit then stays in review.
    """
    visit = find_visit(session, visit_id)
    workflow.require_version(visit, version)
    if decision not in ("accept", "dismiss"):
        raise UsageError("处理结果只能是 accept（认可）或 dismiss（不认可）", field="decision")
    if not reason.strip():
        raise UsageError("请写明理由", field="reason")
    if decision == "accept" and visit.outcome != "problem" and visit.plate_id is None:
        raise Conflict("这份上报的编号没有对应的门牌，只能不予认可，或请安装人员按正确编号重报")
    workflow.move(session, visit, decision, actor=actor, payload={"serial": visit.serial, "doubts": visit.doubts, "reason": reason[:300]})
    if decision == "accept" and visit.plate_id is not None:
        plate = session.get(Plate, visit.plate_id)
        assert plate is not None, "a foreign key names an existing row"
        _carry_out(session, plate, visit, actor=actor, accepted_by=actor)
    return visit


def report_fault(session: Session, serial: str, note: str, *, actor: Actor) -> PlateVisit:
    """Note what a passer-by says is wrong with a plate; it goes to review. The note is kept from the event log and the feed."""
    plate = find_plate(session, parse_serial(serial))
    if not note.strip():
        raise UsageError("请写明门牌哪里有问题", field="note")
    visit = PlateVisit(
        idempotency_key=uuid.uuid4().hex, serial=plate.serial, plate_id=plate.id, outcome="problem", received_at=now(),
        reason=note.strip()[:_NOTE_LENGTH], doubts=["public-report"], datum="other",
    )  # fmt: skip
    return workflow.enter(
        session, visit, actor=actor, verb="received", status="review", payload={"serial": plate.serial, "doubts": ["public-report"]}
    )


def find_visit(session: Session, visit_id: str) -> PlateVisit:
    """Return a visit by id; ``NotFound`` where there is none."""
    if (visit := session.get(PlateVisit, visit_id)) is None:
        raise NotFound("没有这份上报", field="visit_id")
    return visit


def _already(session: Session, report: VisitReport, actor: Actor) -> PlateVisit | None:
    told = session.scalar(select(PlateVisit).where(PlateVisit.idempotency_key == report.idempotency_key))
    if told is None:
        return None
    by_same = told.installer_id == (actor.id if actor.kind == "user" else None)
    if (told.serial, told.outcome) != (report.serial.strip()[:40], report.outcome) or not by_same:
        raise Conflict("这个上报标识已用于另一份上报，请重新生成", field="idempotency_key")
    return told


def _look(session: Session, report: VisitReport, photo: str | None, settings: Settings) -> Seen:
    plate = _plate_of(session, report.serial)
    address = None if plate is None else session.get(StandardAddress, plate.address_id)
    door = None if address is None or address.geom is None else address.geom.representative_point()
    at = None if door is None else (door.x, door.y)
    lon, lat = position_of(report)
    signature = report.signature.strip()
    authentic = verify(plate.serial, signature, secret_key(settings)) if signature and plate is not None else None
    return Seen(
        report, plate, address, lon, lat, at, measured(lon, lat, at), photo, authentic, now(),
        settings.confirm_max_accuracy_m, settings.confirm_max_distance_m,
    )  # fmt: skip


def _plate_of(session: Session, text: str) -> Plate | None:
    try:
        serial = parse_serial(text)
    except UsageError:
        # A serial that cannot be read is a doubt for a person, not a reason to lose the report.
        return None
    return session.scalar(select(Plate).where(Plate.serial == serial))


def _carry_out(session: Session, plate: Plate, visit: PlateVisit, *, actor: Actor, accepted_by: Actor | None) -> None:
    """Move the plate as the visit says, with everything that follows from it."""
    if visit.outcome == "problem":
        if plate.status in ("installed", "accepted"):
            workflow.move(session, plate, "report_damage", actor=actor, payload={"visit_id": visit.id})
        return
    if visit.outcome == "taken_down":
        workflow.move(session, plate, "take_down", actor=actor, payload={"visit_id": visit.id})
        close_tasks(session, plate.id, ("take_down",), "complete", actor=SYSTEM)
        return
    day = _installed_on(visit.device_time, visit.received_at)
    if plate.status not in HANGING:
        _replace_old(session, plate, actor)
        workflow.move(session, plate, "install", actor=actor, also={"installed_on": day}, payload={"visit_id": visit.id})
        close_tasks(session, plate.id, ("hang", "replace"), "complete", actor=SYSTEM)
    if accepted_by is not None and plate.status == "installed":
        accept_plate(session, plate, actor=accepted_by, visit_id=visit.id)


def accept_plate(session: Session, plate: Plate, *, actor: Actor, visit_id: str | None = None) -> int:
    """Accept an installed plate as of today; returns the event's number."""
    payload = {"visit_id": visit_id} if visit_id else None
    return workflow.move(session, plate, "accept", actor=actor, also={"accepted_on": today()}, payload=payload)


def _replace_old(session: Session, plate: Plate, actor: Actor) -> None:
    """Let the plate that hung here before give way: replaced, its take-down task done, and lineage to the new one."""
    old = session.scalar(
        select(Plate).where(Plate.address_id == plate.address_id, Plate.kind == plate.kind, Plate.status.in_(HANGING), Plate.id != plate.id)
    )
    if old is None:
        return
    seq = workflow.move(session, old, "replace", actor=actor, payload={"replaced_by": plate.serial})
    close_tasks(session, old.id, ("take_down", "replace"), "complete", actor=SYSTEM)
    session.add(Lineage(seq=seq, subject_kind="plate", old_id=old.id, new_id=plate.id, kind="replaced"))
    session.flush()


def _installed_on(told: datetime | None, received_at: datetime) -> date:
    """Return the day of work by the device's clock where it is not ahead of ours, else the day the report arrived."""
    return local_day(told if told is not None and told <= received_at else received_at)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
