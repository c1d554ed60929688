"""What other systems follow: the public part of the event log, and snapshots of the register to start from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gazetteer.addresses import PART_COLUMNS, iso, position, public_event, variant_record
from gazetteer.store.events import last_seq
from gazetteer.store.models import Division, DivisionSuccession, Event, EventSubject, NameVariant, PlaceName, Plate, StandardAddress
from geoaddr.errors import NotFound

PUBLIC_KINDS = ("division", "name_variant", "place_name", "plate", "standard_address")
"""Kinds of records whose events are told to other systems: nothing of cases, persons, accounts or jobs."""

LISTED_SUBJECTS = 1_000
STREAMED = 2_000


def public_changes(session: Session, *, since: int, limit: int) -> dict[str, Any]:
    """Return the public events after number ``since``, and where to go on.

    ``next`` is to be asked for next; it moves past events that are not public. ``last`` is the register's newest number: a
    follower whose ``next`` equals it is up to date. Events of more than 1,000 records say how many; their ids are asked
    for by :func:`subjects_of`.
    """
    newest = last_seq(session)
    found = select(Event).where(Event.seq > since, Event.subject_kind.in_(PUBLIC_KINDS)).order_by(Event.seq).limit(limit)
    rows = list(session.scalars(found))
    following = rows[-1].seq if len(rows) == limit else max(newest, since)
    return {"changes": [_change(session, event) for event in rows], "next": following, "last": newest}


def subjects_of(session: Session, seq: int, *, after: str | None, limit: int) -> dict[str, Any]:
    """Return the ids of the records that one public event touched, in order, ``after`` the one given."""
    event = session.get(Event, seq)
    if event is None or event.subject_kind not in PUBLIC_KINDS:
        raise NotFound(f"没有编号为 {seq} 的公开变更", field="seq")
    if event.subject_id is not None:
        ids = [event.subject_id] if after is None or event.subject_id > after else []
        return {"seq": seq, "subjects": ids, "next_after": None}
    found = select(EventSubject.subject_id).where(EventSubject.seq == seq).order_by(EventSubject.subject_id).limit(limit + 1)
    if after is not None:
        found = found.where(EventSubject.subject_id > after)
    ids = list(session.scalars(found))
    return {"seq": seq, "subjects": ids[:limit], "next_after": ids[limit - 1] if len(ids) > limit else None}


def _change(session: Session, event: Event) -> dict[str, Any]:
    body = {**public_event(event), "subject_kind": event.subject_kind, "subject_id": event.subject_id}
    if event.subject_id is not None:
        return {**body, "count": 1, "subjects": [event.subject_id]}
    count = int(event.payload.get("count", 0))
    listed = subjects_of(session, event.seq, after=None, limit=LISTED_SUBJECTS)["subjects"] if count <= LISTED_SUBJECTS else None
    return {**body, "count": count, "subjects": listed}


def snapshot(session: Session, kind: str) -> Iterator[dict[str, Any]]:
    """Yield every record of one kind, flat, in order of id; ``NotFound`` for a kind there is no snapshot of.

    Read :func:`gazetteer.store.events.last_seq` first: following the changes from that number on, nothing is missed; what
    changed while reading comes once more.
    """
    if kind not in SNAPSHOTS:
        raise NotFound(f"没有“{kind[:40]}”的快照，可用的有：{'、'.join(SNAPSHOTS)}", field="kind")
    return SNAPSHOTS[kind](session)


def _divisions(session: Session) -> Iterator[dict[str, Any]]:
    for row in session.scalars(select(Division).order_by(Division.id)):
        yield {
            "id": row.id, "code": row.code, "name": row.name, "level": row.level, "parent_id": row.parent_id, "status": row.status,
            "valid_from": iso(row.valid_from), "valid_to": iso(row.valid_to), "version": row.version,
        }  # fmt: skip


def _successions(session: Session) -> Iterator[dict[str, Any]]:
    ordered = select(DivisionSuccession).order_by(DivisionSuccession.old_id, DivisionSuccession.new_id, DivisionSuccession.kind)
    for row in session.scalars(ordered):
        yield {"old_id": row.old_id, "new_id": row.new_id, "kind": row.kind, "changed_on": iso(row.changed_on), "inferred": row.inferred}


def _places(session: Session) -> Iterator[dict[str, Any]]:
    codes = _codes(session)
    for row in session.scalars(select(PlaceName).order_by(PlaceName.id).execution_options(yield_per=STREAMED)):
        yield {
            "id": row.id, "ref": row.ref, "standard_name": row.standard_name, "pinyin": row.pinyin, "category": row.category,
            "place_code": row.place_code, "division_code": codes[row.division_id], "status": row.status, **position(row),
            "valid_from": iso(row.valid_from), "valid_to": iso(row.valid_to), "version": row.version,
        }  # fmt: skip


def _variants(session: Session) -> Iterator[dict[str, Any]]:
    for row in session.scalars(select(NameVariant).order_by(NameVariant.id).execution_options(yield_per=STREAMED)):
        yield {"id": row.id, "place_id": row.place_id, "division_id": row.division_id, **variant_record(row)}


def _addresses(session: Session) -> Iterator[dict[str, Any]]:
    codes = _codes(session)
    for row in session.scalars(select(StandardAddress).order_by(StandardAddress.id).execution_options(yield_per=STREAMED)):
        yield {
            "id": row.id, "ref": row.ref, "label": row.label, "status": row.status, "place_id": row.place_id, "parent_id": row.parent_id,
            "division_code": codes[row.division_id], **{name: getattr(row, name) for name in PART_COLUMNS}, **position(row),
            "valid_from": iso(row.valid_from), "valid_to": iso(row.valid_to), "version": row.version,
        }  # fmt: skip


def _plates(session: Session) -> Iterator[dict[str, Any]]:
    for row in session.scalars(select(Plate).order_by(Plate.id).execution_options(yield_per=STREAMED)):
        yield {
            "id": row.id, "serial": row.serial, "address_id": row.address_id, "kind": row.kind, "status": row.status,
            "installed_on": iso(row.installed_on), "accepted_on": iso(row.accepted_on), "version": row.version,
        }  # fmt: skip


def _codes(session: Session) -> dict[str, str]:
    return {row.id: row.code for row in session.execute(select(Division.id, Division.code))}


SNAPSHOTS: Mapping[str, Callable[[Session], Iterator[dict[str, Any]]]] = {
    "divisions": _divisions,
    "successions": _successions,
    "places": _places,
    "variants": _variants,
    "addresses": _addresses,
    "plates": _plates,
}
