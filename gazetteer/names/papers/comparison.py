"""The table of old and new addresses of a procedure that was carried out, read from the events it left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from gazetteer.addresses import PART_COLUMNS, label_for
from gazetteer.divisions import load_divisions
from gazetteer.names.approval import CARRIED_OUT
from gazetteer.names.findings import last_event
from gazetteer.store.models import Event, EventSubject, Lineage, NamingProcedure, PlaceName, StandardAddress

CHUNK = 2_000
SENT = ("move_to_successor", "move_to_part", "leave_estate")
TOUCHED = ("relabel", "retire", *SENT)


@dataclass(frozen=True, slots=True)
class OldAndNew:
    """One address as it was called before a procedure and as it is called since; ``new`` is '' where it was retired."""

    address_id: str
    old: str
    new: str


def comparison(session: Session, procedure: NamingProcedure) -> Iterator[OldAndNew]:
    """Yield every address a procedure touched with its old and new label, in order of the new one; none before it was carried out.

    The old label is composed anew from the name that ended: a road's 12 was 环球路12号 and is 锦川路12号.
    """
    report = last_event(session, procedure.id, CARRIED_OUT)
    if report is None or procedure.place_id is None:
        return
    homes: dict[str, str] = {}
    ended: set[str] = set()
    events = select(Event).where(Event.seq > report.payload["first_seq"], Event.seq < report.seq, Event.subject_kind == "standard_address")
    for event in session.scalars(events.order_by(Event.seq)):
        action = event.action.split(".")[1]
        if event.payload.get("procedure_id") != procedure.id or action not in TOUCHED:
            continue
        for id_ in session.scalars(select(EventSubject.subject_id).where(EventSubject.seq == event.seq)):
            home = homes.get(id_, procedure.place_id)
            homes[id_] = event.payload.get("from_place", home) if action in SENT else home
            if action == "retire":
                ended.add(id_)
    rows = list(_labels(session, procedure, homes, ended))
    yield from sorted(rows, key=lambda one: (len(one.new or one.old), one.new or one.old))


def _labels(session: Session, procedure: NamingProcedure, homes: dict[str, str], ended: set[str]) -> Iterator[OldAndNew]:
    tree = load_divisions(session)
    names: dict[str, str] = {}
    ids, taking = list(homes), _taking(session, procedure)
    for start in range(0, len(ids), CHUNK):
        for one in session.scalars(select(StandardAddress).where(StandardAddress.id.in_(ids[start : start + CHUNK]))):
            home = homes[one.id]
            if home not in names:
                names[home] = procedure.old_name if home == procedure.place_id else session.get_one(PlaceName, home).standard_name
            before = PlaceName(standard_name=names[home])
            on_road = one.place is not None and (one.place_id in taking or one.place_id == home)
            place, estate = (before, one.estate) if on_road else (one.place, before)
            parts = {name: getattr(one, name) for name in PART_COLUMNS}
            old = label_for(tree.names(one.division_id), place, estate, parts)
            yield OldAndNew(one.id, old, "" if one.id in ended else one.label)


def _taking(session: Session, procedure: NamingProcedure) -> set[str | None]:
    """Return the places that carry the addresses now: the place itself, what it went into, or its parts."""
    parts = select(Lineage.new_id).where(Lineage.old_id == procedure.place_id)
    return {procedure.place_id, procedure.new_place_id, *session.scalars(parts)}
