"""Taking an approval back within ten minutes, as new events, while nothing irreversible has followed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from gazetteer.names.alias_procedure import ALREADY_BACK, proposal_of, withdraw_alias
from gazetteer.names.approval import CARRIED_OUT
from gazetteer.names.audit import audit
from gazetteer.names.cascade import Cascade, addresses_of, name_columns, new_labels, redecide_links
from gazetteer.names.clocks import due_on
from gazetteer.names.competence import require_decider
from gazetteer.names.dossier import add_step, category_of, find_procedure, place_of
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
    Protection,
    StandardAddress,
)  # fmt: skip
from gazetteer.workflow import change, change_many, leave, move, move_many
from geoaddr.errors import Conflict, NotFound, said

if TYPE_CHECKING:
    from gazetteer.linking.engine import Engine

MOVED = {"move_to_successor": "place_id", "leave_estate": "estate_id", "move_to_part": "place_id"}
"""Verbs that sent addresses to another place, and the column that says so."""


def undo_until(session: Session, procedure: NamingProcedure) -> datetime | None:
    """Return until when an approval can be taken back, or None where there is none that could."""
    event = last_event(session, procedure.id, CARRIED_OUT) if procedure.status == "approved" else None
    return event.at + timedelta(minutes=undo_minutes()) if event else None


def why_not_undone(session: Session, procedure: NamingProcedure) -> str:
    """Return why an approval cannot be taken back now; '' where it can."""
    until = undo_until(session, procedure)
    alias = proposal_of(session, procedure)
    if alias is not None and alias.status == "withdrawn" and procedure.status == "approved":
        return ALREADY_BACK
    if until is None:
        return said("只有刚批准、尚未备案的办件可以撤销")
    if procedure.place_id is None:
        return said("区划变更一经批准不能撤销；请办理新的区划变更")
    if now() > until:
        return said("已超过 %(n)s 分钟，不能撤销；登记有误请办理更正，确需改名请办理更名", n=undo_minutes())
    made = (
        select(Plate.id)
        .join(PlateTask, PlateTask.plate_id == Plate.id)
        .join(PlateOrder, PlateOrder.id == PlateTask.order_id)
        .where(PlateOrder.procedure_id == procedure.id)
    )
    if session.scalar(made.where(PlateOrder.action == "make", Plate.status.not_in(("ordered", "cancelled"))).limit(1)):
        return said("新门牌已开始制作，不能撤销；登记有误请办理更正，确需改名请办理更名")
    if session.scalar(made.where(PlateTask.action == "take_down", PlateTask.status == "done").limit(1)):
        return said("旧门牌已开始拆除，不能撤销；登记有误请办理更正，确需改名请办理更名")
    report = last_event(session, procedure.id, CARRIED_OUT)
    if report is not None and (place_of(session, procedure).changed_seq > report.seq or _parts_in_use(session, procedure, report.seq)):
        return said("此后这处地名又有改动，不能撤销；登记有误请办理更正，确需改名请办理更名")
    if report is not None and procedure.kind in ("protect", "delist") and _list_changed(session, procedure, report.seq):
        return said("此后保护名录又有改动，不能撤销；请另行办理列入或移出")
    return ""


def _list_changed(session: Session, procedure: NamingProcedure, seq: int) -> bool:
    entries = select(Protection.id).where(Protection.place_id == procedure.place_id, Protection.changed_seq > seq)
    return session.scalar(entries.limit(1)) is not None


def _parts_in_use(session: Session, procedure: NamingProcedure, seq: int) -> bool:
    """Say whether a part of a split, or an address on one, is newer than the event: undoing would leave it on a rejected name."""
    if procedure.kind != "split":
        return False
    parts = select(Lineage.new_id).where(Lineage.old_id == procedure.place_id, Lineage.kind == "split")
    changed = select(PlaceName.id).where(PlaceName.id.in_(parts), PlaceName.changed_seq > seq)
    on_them = or_(StandardAddress.place_id.in_(parts), StandardAddress.estate_id.in_(parts))
    newer = select(StandardAddress.id).where(on_them, StandardAddress.changed_seq > seq)
    return any(session.scalar(one.limit(1)) is not None for one in (changed, newer))


def undo_approval(session: Session, procedure_id: str, *, actor: Actor, engine: Engine | None = None) -> NamingProcedure:
    """Take an approval back: name, labels, plates in order, links and doubts stand as before; doing and undoing are both on record.

    ``Conflict`` says what irreversible thing followed.
    """
    hold_register(session)
    procedure = find_procedure(session, procedure_id)
    if refusal := why_not_undone(session, procedure):
        raise Conflict(refusal)
    require_decider(session, procedure, actor)
    report = last_event(session, procedure.id, CARRIED_OUT)
    assert report is not None, "why_not_undone asked for it"
    place = place_of(session, procedure)
    move(session, procedure, f"undo_to_{report.payload['from_status']}", actor=actor, also=_undecided(procedure))
    cascade = Cascade(session, procedure, place, procedure.proposed_on, actor, engine.view_in if engine is not None else None)
    _cancel_orders(cascade)
    _restore_addresses(cascade, report.payload["first_seq"])
    RESTORES.get(procedure.kind, _restore_place)(cascade)
    _restore_labels(cascade)
    _reorder_plates(cascade, report.payload["first_seq"], report.seq)
    redecide_links(cascade)
    _restore_doubts(cascade)
    add_step(session, procedure, "note", "撤销批准", actor)
    return procedure


def _undecided(procedure: NamingProcedure) -> dict[str, object]:
    due = due_on("decision", category_of(procedure), procedure.proposed_on)
    return {"approved_by": None, "decided_on": None, "decision_no": "", "due_on": due, "cascade_total": 0, "cascade_done": 0}


def _cancel_orders(cascade: Cascade) -> None:
    orders = select(PlateOrder.id).where(PlateOrder.procedure_id == cascade.procedure.id, PlateOrder.status == "open")
    for order_id in list(cascade.session.scalars(orders.order_by(PlateOrder.id))):
        advance(cascade.session, order_id, "cancel", actor=cascade.actor)


def _restore_place(cascade: Cascade) -> None:
    session, place, procedure = cascade.session, cascade.place, cascade.procedure
    event = _place_event(cascade)
    verb = event.action.split(".")[1]
    if verb in ("rename", "correct"):
        before = event.payload["before"]
        named = (*name_columns(procedure.old_name, place.category), "origin", "meaning", "history")
        columns: dict[str, object] = {name: before[name] for name in named if name in before}
        if "valid_from" in before:
            columns["valid_from"] = date.fromisoformat(before["valid_from"]) if before["valid_from"] else None
        change(session, place, actor=cascade.actor, verb=f"undo_{verb}", to=columns, payload=cascade.payload)
        _drop_variant(cascade, procedure.old_name, "former" if verb == "rename" else "misspelt")
    elif verb == "enact":
        move(session, place, "unenact", actor=cascade.actor, also={"valid_from": None}, payload=cascade.payload)
    else:
        _bring_back(cascade, place, event)


def _bring_back(cascade: Cascade, place: PlaceName, event: Event) -> None:
    """Put a retired place in force again and forget what it was said to have become."""
    move(cascade.session, place, "restore", actor=cascade.actor, also={"valid_to": None}, payload=cascade.payload)
    cascade.session.execute(delete(Lineage).where(Lineage.old_id == place.id, Lineage.seq == event.seq))


def _restore_merged(cascade: Cascade) -> None:
    for source_id in cascade.procedure.details["sources"]:
        source = cascade.session.get_one(PlaceName, source_id)
        _bring_back(cascade, source, _event_of(cascade, source_id, ("retire",)))
        cascade.also_place_ids.append(source_id)
        cascade.also_names.append(source.standard_name)
    if cascade.place.standard_name != cascade.procedure.old_name:
        _restore_place(cascade)


def _restore_split(cascade: Cascade) -> None:
    session = cascade.session
    if cascade.place.status == "retired":
        _bring_back(cascade, cascade.place, _event_of(cascade, cascade.place.id, ("retire",)))
    of_split = select(Lineage).where(Lineage.old_id == cascade.place.id, Lineage.kind == "split")
    for link in list(session.scalars(of_split)):
        part = session.get_one(PlaceName, link.new_id)
        if not any(event.payload.get("procedure_id") == cascade.procedure.id for event in history(session, part.id)):
            continue
        session.execute(delete(Lineage).where(Lineage.old_id == link.old_id, Lineage.new_id == link.new_id, Lineage.seq == link.seq))
        move(session, part, "unenact", actor=cascade.actor, also={"valid_from": None}, payload=cascade.payload)
        move(session, part, "reject", actor=cascade.actor, payload=cascade.payload)
        cascade.also_place_ids.append(part.id)
        cascade.also_names.append(part.standard_name)
    session.flush()


def _list_again(cascade: Cascade) -> None:
    session = cascade.session
    ended = select(Protection).where(Protection.place_id == cascade.place.id, Protection.delisted_on.is_not(None))
    for entry in list(session.scalars(ended)):
        if any(event.payload.get("procedure_id") == cascade.procedure.id for event in history(session, entry.id)[-1:]):
            change(session, entry, actor=cascade.actor, verb="undo_delist", to={"delisted_on": None}, payload=cascade.payload)


def _withdraw_protection(cascade: Cascade) -> None:
    entry = cascade.session.scalar(select(Protection).where(Protection.procedure_id == cascade.procedure.id))
    if entry is not None:
        leave(cascade.session, entry, actor=cascade.actor, verb="undo_enlist", payload=cascade.payload)


RESTORES: Mapping[str, Callable[[Cascade], None]] = MappingProxyType(
    {
        "merge": _restore_merged, "split": _restore_split, "alias": withdraw_alias, "protect": _withdraw_protection,
        "delist": _list_again,
    }
)  # fmt: skip


def _place_event(cascade: Cascade) -> Event:
    return _event_of(cascade, cascade.place.id, ("rename", "correct", "enact", "retire"))


def _event_of(cascade: Cascade, subject_id: str, verbs: Sequence[str]) -> Event:
    for event in reversed(history(cascade.session, subject_id)):
        if event.payload.get("procedure_id") == cascade.procedure.id and event.action.split(".")[1] in verbs:
            return event
    raise NotFound("找不到执行这一办件的记录")


def _drop_variant(cascade: Cascade, text: str, kind: str) -> None:
    session = cascade.session
    of_place = select(NameVariant).where(NameVariant.place_id == cascade.place.id, NameVariant.text == text, NameVariant.kind == kind)
    variant = session.scalar(of_place)
    if variant is None:
        return
    made = next((event for event in history(session, variant.id) if event.payload.get("procedure_id") == cascade.procedure.id), None)
    if made is not None and made.action in ("name_variant.former",):
        leave(session, variant, actor=cascade.actor, verb=f"undo_{made.action.split('.')[1]}", payload=cascade.payload)
    elif made is not None:
        ended = made.payload["before"]["valid_to"]
        back = {"valid_to": date.fromisoformat(ended) if ended else None}
        change(session, variant, actor=cascade.actor, verb="undo_end", to=back, payload=cascade.payload)


def _restore_addresses(cascade: Cascade, first_seq: int) -> None:
    """Send back, in force again, every address that the approval moved or retired; each of its events names where they came from."""
    session, procedure, actor = cascade.session, cascade.procedure, cascade.actor
    events = select(Event).where(Event.seq > first_seq, Event.subject_kind == "standard_address").order_by(Event.seq)
    for event in list(session.scalars(events)):
        if event.payload.get("procedure_id") != procedure.id:
            continue
        action = event.action.split(".")[1]
        ids = list(session.scalars(select(EventSubject.subject_id).where(EventSubject.seq == event.seq)))
        if action == "reject":
            raise Conflict("销名时有拟用门牌号一并否决，不能撤销；请重新编制")
        if action == "retire":
            move_many(session, StandardAddress, ids, "restore", actor=actor, also={"valid_to": None}, payload=cascade.payload)
        elif action in MOVED:
            home = event.payload.get("from_place", cascade.place.id)
            rows = [{"id": id_, MOVED[action]: home} for id_ in ids]
            change_many(session, StandardAddress, rows, actor=actor, verb=f"undo_{action}", payload=cascade.payload)


def _restore_labels(cascade: Cascade) -> None:
    session = cascade.session
    places = dict.fromkeys([cascade.place.id, *cascade.also_place_ids])
    found = [one for place_id in places for one in addresses_of(session, place_id)]
    change_many(session, StandardAddress, new_labels(session, found), actor=cascade.actor, verb="undo_relabel", payload=cascade.payload)
    cascade.address_ids = list(dict.fromkeys(one.id for one in found))


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
        order_plates(session, sorted(ids), kind=kind, reason=f"{cascade.procedure.old_name}办件撤销", actor=cascade.actor)


def _restore_doubts(cascade: Cascade) -> None:
    session, procedure = cascade.session, cascade.procedure
    if procedure.finding_id is not None:
        finding = find_finding(session, procedure.finding_id)
        if finding.status == "cured":
            move(session, finding, "reopen", actor=cascade.actor, payload=cascade.payload)
            move(session, finding, "examine", actor=cascade.actor, payload=cascade.payload)
    likeness = select(Finding.subject_id).where(Finding.issue_class == "重", Finding.status.in_(("open", "deferred", "cured")))
    audit(session, actor=cascade.actor, place_ids={cascade.place.id, *cascade.also_place_ids, *session.scalars(likeness)})
