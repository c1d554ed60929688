"""Taking an approval back within ten minutes, as new events, while nothing irreversible has followed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from gazetteer.names.approval import CARRIED_OUT
from gazetteer.names.audit import audit
from gazetteer.names.cascade import Cascade, addresses_of, name_columns, new_labels, redecide_links
from gazetteer.names.clocks import due_on
from gazetteer.names.dossier import add_step, find_procedure
from gazetteer.names.findings import find_finding, last_event, undo_minutes
from gazetteer.plates.orders import advance, order_plates
from gazetteer.plates.serials import hold_register
from gazetteer.store.events import Actor, history, now
from gazetteer.store.models import (
    Event,
    EventSubject,
    Finding,
    Lineage,
    NameVariant,
    NamingProcedure,
    PlaceName,
    Plate,
    PlateOrder,
    PlateTask,
    StandardAddress,
)  # fmt: skip
from gazetteer.workflow import change, change_many, leave, move, move_many
from geoaddr.errors import Conflict, NotFound

if TYPE_CHECKING:
    from gazetteer.linking.engine import Engine


def undo_until(session: Session, procedure: NamingProcedure) -> datetime | None:
    """Return until when an approval can be taken back, or None where there is none that could."""
    event = last_event(session, procedure.id, CARRIED_OUT) if procedure.status == "approved" else None
    return event.at + timedelta(minutes=undo_minutes()) if event else None


def why_not_undone(session: Session, procedure: NamingProcedure) -> str:
    """Return why an approval cannot be taken back now; '' where it can."""
    until = undo_until(session, procedure)
    if until is None:
        return "只有刚批准、尚未备案的办件可以撤销"
    if now() > until:
        return f"已超过 {undo_minutes()} 分钟，不能撤销；请办理新的更名"
    made = (
        select(Plate.id)
        .join(PlateTask, PlateTask.plate_id == Plate.id)
        .join(PlateOrder, PlateOrder.id == PlateTask.order_id)
        .where(PlateOrder.procedure_id == procedure.id)
    )
    if session.scalar(made.where(PlateOrder.action == "make", Plate.status.not_in(("ordered", "cancelled"))).limit(1)):
        return "新门牌已开始制作，不能撤销；请办理新的更名"
    if session.scalar(made.where(PlateTask.action == "take_down", PlateTask.status == "done").limit(1)):
        return "旧门牌已开始拆除，不能撤销；请办理新的更名"
    report = last_event(session, procedure.id, CARRIED_OUT)
    place = session.get_one(PlaceName, procedure.place_id)
    if report is not None and place.changed_seq > report.seq:
        return "此后这处地名又有改动，不能撤销；请办理新的更名"
    return ""


def undo_approval(session: Session, procedure_id: str, *, actor: Actor, engine: Engine | None = None) -> NamingProcedure:
    """Take an approval back: name, labels, plates in order, links and doubts stand as before; doing and undoing are both on record.

    ``Conflict`` says what irreversible thing followed.
    """
    hold_register(session)
    procedure = find_procedure(session, procedure_id)
    if refusal := why_not_undone(session, procedure):
        raise Conflict(refusal)
    report = last_event(session, procedure.id, CARRIED_OUT)
    assert report is not None, "why_not_undone asked for it"
    place = session.get_one(PlaceName, procedure.place_id)
    move(session, procedure, f"undo_to_{report.payload['from_status']}", actor=actor, also=_undecided(procedure))
    cascade = Cascade(session, procedure, place, procedure.proposed_on, actor, engine.view_in if engine is not None else None)
    _cancel_orders(cascade)
    _restore_place(cascade)
    _restore_addresses(cascade, report.payload["first_seq"])
    _reorder_plates(cascade, report.payload["first_seq"], report.seq)
    redecide_links(cascade)
    _restore_doubts(cascade)
    add_step(session, procedure, "note", "撤销批准", actor)
    return procedure


def _undecided(procedure: NamingProcedure) -> dict[str, object]:
    due = due_on("decision", procedure.place.category, procedure.proposed_on)
    return {"approved_by": None, "decided_on": None, "decision_no": "", "due_on": due, "cascade_total": 0, "cascade_done": 0}


def _cancel_orders(cascade: Cascade) -> None:
    orders = select(PlateOrder.id).where(PlateOrder.procedure_id == cascade.procedure.id, PlateOrder.status == "open")
    for order_id in list(cascade.session.scalars(orders.order_by(PlateOrder.id))):
        advance(cascade.session, order_id, "cancel", actor=cascade.actor)


def _restore_place(cascade: Cascade) -> None:
    session, place, procedure = cascade.session, cascade.place, cascade.procedure
    event = _place_event(cascade)
    verb = event.action.split(".")[1]
    if verb == "rename":
        before = event.payload["before"]
        columns: dict[str, object] = {name: before[name] for name in name_columns(procedure.old_name, place.category) if name in before}
        if "valid_from" in before:
            columns["valid_from"] = date.fromisoformat(before["valid_from"]) if before["valid_from"] else None
        change(session, place, actor=cascade.actor, verb="undo_rename", to=columns, payload=cascade.payload)
        _drop_former(cascade)
    elif verb == "enact":
        move(session, place, "unenact", actor=cascade.actor, also={"valid_from": None}, payload=cascade.payload)
    else:
        move(session, place, "restore", actor=cascade.actor, also={"valid_to": None}, payload=cascade.payload)
        session.execute(delete(Lineage).where(Lineage.old_id == place.id, Lineage.seq == event.seq))


def _place_event(cascade: Cascade) -> Event:
    for event in reversed(history(cascade.session, cascade.place.id)):
        if event.payload.get("procedure_id") == cascade.procedure.id and event.action.split(".")[1] in ("rename", "enact", "retire"):
            return event
    raise NotFound("找不到执行这一办件的记录")


def _drop_former(cascade: Cascade) -> None:
    session = cascade.session
    of_place = select(NameVariant).where(
        NameVariant.place_id == cascade.place.id, NameVariant.text == cascade.procedure.old_name, NameVariant.kind == "former"
    )
    variant = session.scalar(of_place)
    if variant is None:
        return
    made = next((event for event in history(session, variant.id) if event.payload.get("procedure_id") == cascade.procedure.id), None)
    if made is not None and made.action == "name_variant.former":
        leave(session, variant, actor=cascade.actor, verb="undo_former", payload=cascade.payload)
    elif made is not None:
        ended = made.payload["before"]["valid_to"]
        back = {"valid_to": date.fromisoformat(ended) if ended else None}
        change(session, variant, actor=cascade.actor, verb="undo_end", to=back, payload=cascade.payload)


def _restore_addresses(cascade: Cascade, first_seq: int) -> None:
    session, procedure, actor = cascade.session, cascade.procedure, cascade.actor
    by_action: dict[str, list[str]] = {}
    events = select(Event).where(Event.seq > first_seq, Event.subject_kind == "standard_address").order_by(Event.seq)
    for event in session.scalars(events):
        if event.payload.get("procedure_id") == procedure.id:
            ids = list(session.scalars(select(EventSubject.subject_id).where(EventSubject.seq == event.seq)))
            by_action[event.action.split(".")[1]] = ids
    if by_action.get("reject"):
        raise Conflict("销名时有拟用门牌号一并否决，不能撤销；请重新编制")
    retired = by_action.get("retire", [])
    move_many(session, StandardAddress, retired, "restore", actor=actor, also={"valid_to": None}, payload=cascade.payload)
    for action, column in (("move_to_successor", "place_id"), ("leave_estate", "estate_id")):
        rows = [{"id": id_, column: cascade.place.id} for id_ in by_action.get(action, [])]
        change_many(session, StandardAddress, rows, actor=actor, verb=f"undo_{action}", payload=cascade.payload)
    found = addresses_of(session, cascade.place.id)
    change_many(session, StandardAddress, new_labels(session, found), actor=actor, verb="undo_relabel", payload=cascade.payload)
    cascade.address_ids = [one.id for one in found]


def _reorder_plates(cascade: Cascade, first_seq: int, last_seq: int) -> None:
    """Order anew the plates that were in the making under the old name and were cancelled for the new one.

    All events between the approval and its report were written in its transaction, which held the head of the log.
    """
    session = cascade.session
    cancelled = select(Plate.address_id, Plate.kind).where(
        Plate.status == "cancelled", Plate.changed_seq > first_seq, Plate.changed_seq < last_seq
    )
    kinds: dict[str, list[str]] = {}
    for row in session.execute(cancelled):
        kinds.setdefault(row.kind, []).append(row.address_id)
    for kind, ids in sorted(kinds.items()):
        order_plates(session, sorted(ids), kind=kind, reason=f"{cascade.procedure.old_name}更名撤销", actor=cascade.actor)


def _restore_doubts(cascade: Cascade) -> None:
    session, procedure = cascade.session, cascade.procedure
    if procedure.finding_id is not None:
        finding = find_finding(session, procedure.finding_id)
        if finding.status == "cured":
            move(session, finding, "reopen", actor=cascade.actor, payload=cascade.payload)
            move(session, finding, "examine", actor=cascade.actor, payload=cascade.payload)
    likeness = select(Finding.subject_id).where(Finding.issue_class == "重", Finding.status.in_(("open", "deferred", "cured")))
    audit(session, actor=cascade.actor, place_ids={cascade.place.id, *session.scalars(likeness)})
