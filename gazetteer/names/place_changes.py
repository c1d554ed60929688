"""What follows from correcting, merging, splitting and protecting a place, beside what a renaming brings."""

from __future__ import annotations

from collections.abc import Sequence

from gazetteer.addresses import find_place
from gazetteer.names.cascade import Cascade, addresses_of, keep_former, name_columns, new_labels, rename_place, require_free
from gazetteer.names.protection import delist, enlist, is_protected, require_listed
from gazetteer.names.sharing_out import require_shared_out, share_out
from gazetteer.store.models import Lineage, PlaceName, StandardAddress
from gazetteer.workflow import change, change_many, enter, move
from geoaddr.errors import Conflict, said


def correct_place(cascade: Cascade) -> None:
    """Write the name as it should have been all along: the wrong form is kept as a misspelling, the name is as old as it was."""
    place, old = cascade.place, cascade.place.standard_name
    keep_former(cascade, old, None, "misspelt")
    columns = name_columns(cascade.procedure.new_name, place.category)
    change(cascade.session, place, actor=cascade.actor, verb="correct", to=columns, payload=cascade.payload)


def take_in_places(cascade: Cascade) -> None:
    """Retire the places that go into this one, move their addresses here under their numbers, and give it its new name if it gets one.

    ``Conflict`` names numbers that would be there twice.
    """
    session, survivor, procedure = cascade.session, cascade.place, cascade.procedure
    renamed = procedure.new_name != survivor.standard_name
    for source_id in procedure.details["sources"]:
        source = find_place(session, source_id)
        if is_protected(session, source.id):
            raise Conflict(said("“%(name)s”在地名保护名录中，不能并入他名而撤销（地名管理条例 第二十五条）", name=source.standard_name))
        found = addresses_of(session, source.id)
        on_place = [one for one in found if one.place_id == source.id]
        require_free(session, on_place, survivor.id)
        payload = {**cascade.payload, "from_place": source.id}
        _send(cascade, [one.id for one in on_place], "place_id", survivor.id, "move_to_successor", payload)
        _send(cascade, [one.id for one in found if one.place_id != source.id], "estate_id", survivor.id, "leave_estate", payload)
        seq = move(session, source, "retire", actor=cascade.actor, also={"valid_to": cascade.on}, payload=cascade.payload)
        session.add(Lineage(seq=seq, subject_kind="place_name", kind="merged", old_id=source.id, new_id=survivor.id))
        cascade.address_ids += [one.id for one in found]
        cascade.also_place_ids.append(source.id)
        cascade.also_names.append(source.standard_name)
    session.flush()
    if renamed:
        cascade.address_ids += [one.id for one in addresses_of(session, survivor.id) if one.id not in set(cascade.address_ids)]
        rename_place(cascade)
    relabel(cascade)


def split_place(cascade: Cascade) -> None:
    """Make the parts, send each the addresses whose numbers the plan gives it, and retire the old place unless it keeps the rest.

    ``Conflict`` lists the numbers that no part, or more than one, would have: those a person must place first.
    """
    session, place, details = cascade.session, cascade.place, cascade.procedure.details
    shares = share_out(session, place.id, details["parts"])
    require_shared_out(shares, keeps=details["keeps"])
    for part, going in zip(details["parts"], shares.going, strict=True):
        made, ids = _part(cascade, part["name"]), [one.id for one in going]
        _send(cascade, ids, "place_id", made.id, "move_to_part", {**cascade.payload, "from_place": place.id})
        cascade.address_ids += ids
        cascade.also_place_ids.append(made.id)
        cascade.also_names.append(made.standard_name)
    if not details["keeps"]:
        move(session, place, "retire", actor=cascade.actor, also={"valid_to": cascade.on}, payload=cascade.payload)
    relabel(cascade)


def protect_place(cascade: Cascade) -> None:
    """Put the name on the protection list in the grade proposed."""
    details, procedure = cascade.procedure.details, cascade.procedure
    enlist(
        cascade.session, cascade.place.id, grade=details["grade"], heritage_class=details["heritage_class"], reason=procedure.reason,
        on=cascade.on, actor=cascade.actor, procedure_id=procedure.id,
    )  # fmt: skip
    cascade.report |= {"addresses": 0, "order_ids": []}


def delist_place(cascade: Cascade) -> None:
    """Take the name off the protection list; that it was on it, and since when, stays known."""
    procedure = cascade.procedure
    entry = require_listed(cascade.session, cascade.place.id, cascade.place.standard_name)
    delist(cascade.session, entry, on=cascade.on, actor=cascade.actor, reason=procedure.reason, procedure_id=procedure.id)
    cascade.report |= {"addresses": 0, "order_ids": []}


def relabel(cascade: Cascade) -> None:
    """Write the labels of the addresses a change moved or renamed."""
    session, wanted = cascade.session, set(cascade.address_ids)
    found = [one for id_ in (cascade.place.id, *cascade.also_place_ids) for one in addresses_of(session, id_) if one.id in wanted]
    rows = {row["id"]: row for row in new_labels(session, found)}
    change_many(session, StandardAddress, list(rows.values()), actor=cascade.actor, verb="relabel", payload=cascade.payload)
    cascade.report["addresses"] = len(rows)


def _part(cascade: Cascade, name: str) -> PlaceName:
    old = cascade.place
    made = PlaceName(
        **name_columns(name, old.category), category=old.category, category_code=old.category_code, division_id=old.division_id,
        origin=f"由{old.standard_name}拆分", valid_from=cascade.on, source=cascade.procedure.decision_no[:300],
    )  # fmt: skip
    enter(cascade.session, made, actor=cascade.actor, verb="split_off", status="current", payload=cascade.payload)
    cascade.session.add(Lineage(seq=made.created_seq, subject_kind="place_name", kind="split", old_id=old.id, new_id=made.id))
    cascade.session.flush()
    return made


def _send(cascade: Cascade, ids: Sequence[str], column: str, to: str, verb: str, payload: dict[str, str]) -> None:
    rows = [{"id": id_, column: to} for id_ in ids]
    change_many(cascade.session, StandardAddress, rows, actor=cascade.actor, verb=verb, payload=payload)
