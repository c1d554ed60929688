"""What follows from an approved procedure, all in the approval's transaction: names, labels, plates, links and doubts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from gazetteer.addresses import PART_COLUMNS, find_place, label_for
from gazetteer.divisions import load_divisions
from gazetteer.jobs import enqueue
from gazetteer.linking.linker import relink
from gazetteer.names.audit import audit
from gazetteer.names.terms import split_name
from gazetteer.plates.orders import order_for_relabel, order_take_down
from gazetteer.store.events import Actor
from gazetteer.store.models import Finding, Lineage, NameVariant, NamingProcedure, PlaceName, StandardAddress
from gazetteer.workflow import change, change_many, enter, move, move_many
from geoaddr.errors import Conflict, said
from geoaddr.romanize import romanize, sound_key
from matchers.index import IndexLike

LIVE = ("proposed", "reserved", "current")
RELINK_JOB = "relink_procedure"
SHOWN = 5


@dataclass
class Cascade:
    """One approval being carried out: what it works on, and what each stage reports for the answer and the event."""

    session: Session
    procedure: NamingProcedure
    place: PlaceName
    on: date
    actor: Actor
    index: Callable[[Session], IndexLike] | None
    address_ids: list[str] = field(default_factory=list)
    also_place_ids: list[str] = field(default_factory=list)
    also_names: list[str] = field(default_factory=list)
    report: dict[str, Any] = field(default_factory=dict)
    override: str = ""

    @property
    def payload(self) -> dict[str, str]:
        """Return what every event of the cascade says of its cause."""
        return {"procedure_id": self.procedure.id}


def rename_place(cascade: Cascade) -> None:
    """Give the place its new name; the old one becomes a former name that ended on the day of the decision. The id stays.

    What was told of the old name's origin and meaning is not true of the new one: it goes into the history, under the old name.
    """
    place, old = cascade.place, cascade.place.standard_name
    keep_former(cascade, old, place.valid_from)
    columns = {**name_columns(cascade.procedure.new_name, place.category), **told_anew(cascade), "valid_from": cascade.on}
    change(cascade.session, place, actor=cascade.actor, verb="rename", to=columns, payload=cascade.payload)


def enact_place(cascade: Cascade) -> None:
    """Make a proposed place's name the legal one; a place already in force is renamed instead (it had only a placeholder)."""
    if cascade.place.status == "current":
        rename_place(cascade)
        return
    columns = {**name_columns(cascade.procedure.new_name, cascade.place.category), "valid_from": cascade.on}
    move(cascade.session, cascade.place, "enact", actor=cascade.actor, also=columns, payload=cascade.payload)


def retire_place(cascade: Cascade) -> None:
    """End the name on the day of the decision; with a successor, looking up the old place answers with both."""
    seq = move(cascade.session, cascade.place, "retire", actor=cascade.actor, also={"valid_to": cascade.on}, payload=cascade.payload)
    if cascade.procedure.new_place_id is not None:
        ids = {"old_id": cascade.place.id, "new_id": cascade.procedure.new_place_id}
        cascade.session.add(Lineage(seq=seq, subject_kind="place_name", kind="merged", **ids))
        cascade.session.flush()


def relabel_addresses(cascade: Cascade) -> None:
    """Write the new label of every live address that carries the place's name."""
    found = addresses_of(cascade.session, cascade.place.id)
    rows = new_labels(cascade.session, found)
    change_many(cascade.session, StandardAddress, rows, actor=cascade.actor, verb="relabel", payload=cascade.payload)
    cascade.address_ids = [one.id for one in found]
    cascade.report["addresses"] = len(rows)


def move_addresses(cascade: Cascade) -> None:
    """Move the addresses of a retired place to its successor under their numbers, or, without a successor, retire them too.

    Doors on another road that only named the retired estate lose the estate from their label. ``Conflict`` names the numbers that the
    successor already has.
    """
    session, place, successor_id = cascade.session, cascade.place, cascade.procedure.new_place_id
    found = addresses_of(session, place.id)
    on_place = [one for one in found if one.place_id == place.id]
    beside = [one.id for one in found if one.place_id != place.id]
    if successor_id is not None:
        require_free(session, on_place, successor_id)
        moved = [{"id": one.id, "place_id": successor_id} for one in on_place]
        change_many(session, StandardAddress, moved, actor=cascade.actor, verb="move_to_successor", payload=cascade.payload)
    else:
        ending = [one.id for one in on_place if one.status in ("current", "reserved")]
        move_many(session, StandardAddress, ending, "retire", actor=cascade.actor, also={"valid_to": cascade.on}, payload=cascade.payload)
        proposed = [one.id for one in on_place if one.status == "proposed"]
        move_many(session, StandardAddress, proposed, "reject", actor=cascade.actor, payload=cascade.payload)
        cascade.report["retired_addresses"] = len(ending)
    estates = [{"id": id_, "estate_id": successor_id} for id_ in beside]
    change_many(session, StandardAddress, estates, actor=cascade.actor, verb="leave_estate", payload=cascade.payload)
    relabelled = [one.id for one in found] if successor_id is not None else beside
    rows = new_labels(session, _by_ids(session, relabelled))
    change_many(session, StandardAddress, rows, actor=cascade.actor, verb="relabel", payload=cascade.payload)
    cascade.address_ids = [one.id for one in found]
    cascade.report["addresses"] = len(found)


def replace_plates(cascade: Cascade) -> None:
    """Order new plates where old ones hang or are in the making, and take-down of the old ones."""
    live = _live_ids(cascade)
    reason = _reason(cascade)
    orders = order_for_relabel(cascade.session, live, reason=reason, procedure_id=cascade.procedure.id, actor=cascade.actor)
    gone = sorted(set(cascade.address_ids) - set(live))
    if gone:
        down = order_take_down(
            cascade.session, gone, reason=f"{cascade.procedure.old_name}销名", actor=cascade.actor, procedure_id=cascade.procedure.id
        )
        orders = orders + ([down.id] if down is not None else [])
    cascade.report["order_ids"] = orders


def redecide_links(cascade: Cascade) -> None:
    """Decide anew the links this touches, against the register as this transaction sees it; without an index a job will."""
    if cascade.index is None:
        job = enqueue(cascade.session, RELINK_JOB, cascade.payload, actor=cascade.actor)
        cascade.report["job_id"] = job.id
        return
    index = cascade.index(cascade.session)
    cascade.report["links"] = relink(
        cascade.session,
        index,
        address_ids=cascade.address_ids,
        place_ids=[cascade.place.id, *cascade.also_place_ids],
        names=[*_names(cascade.procedure), *cascade.also_names],
        actor=cascade.actor,
    )


def cure_doubts(cascade: Cascade) -> None:
    """Close the doubt that began the procedure and bring those of this place and of its namesakes up to date."""
    session = cascade.session
    open_likeness = select(Finding.subject_id).where(Finding.issue_class == "重", Finding.status.in_(("open", "deferred")))
    subjects = {cascade.place.id, *session.scalars(open_likeness)}
    cured = 0
    if cascade.procedure.finding_id is not None:
        finding = session.get(Finding, cascade.procedure.finding_id)
        if finding is not None and finding.status == "in_procedure":
            move(session, finding, "cure", actor=cascade.actor, payload=cascade.payload)
            cured = 1
    about = [cascade.place.id, *cascade.also_place_ids]
    ended = list(session.scalars(select(PlaceName.id).where(PlaceName.id.in_(about), PlaceName.status == "retired")))
    subjects |= set(cascade.also_place_ids)
    if ended:
        gone = select(Finding.id).where(Finding.subject_id.in_(ended), Finding.status.in_(("open", "deferred", "in_procedure")))
        ids = list(session.scalars(gone))
        move_many(session, Finding, ids, "cure", actor=cascade.actor, payload=cascade.payload)
        cured += len(ids)
    cascade.report["findings_cured"] = cured + audit(session, actor=cascade.actor, place_ids=subjects, on=cascade.on).cured


def relink_procedure(session: Session, index: IndexLike, procedure_id: str, *, actor: Actor) -> dict[str, int]:
    """Decide anew the links a carried-out procedure touches; the work of the job that an approval without index queues."""
    procedure = session.get_one(NamingProcedure, procedure_id)
    kin = select(Lineage.old_id, Lineage.new_id).where(or_(Lineage.old_id == procedure.place_id, Lineage.new_id == procedure.place_id))
    places = list(dict.fromkeys([procedure.place_id, *(id_ for pair in session.execute(kin) for id_ in pair)]))
    ids = [one.id for place_id in places if place_id for one in addresses_of(session, place_id, live=False)]
    known = [place_id for place_id in places if place_id]
    return relink(session, index, address_ids=ids, place_ids=known, names=_names(procedure), actor=actor)


def name_columns(name: str, category: str) -> dict[str, str]:
    """Return the columns that hold a name in its forms: standard name, specific and generic term, pinyin, sound."""
    terms = split_name(name, category)
    return {
        "standard_name": name, "specific": terms.specific, "generic": terms.generic, "pinyin": romanize(terms.specific, terms.generic),
        "sound": sound_key(name),
    }  # fmt: skip


def told_anew(cascade: Cascade) -> dict[str, str]:
    """Return origin and meaning of the new name as its procedure tells them, and the history with those of the old name added."""
    place, details = cascade.place, cascade.procedure.details
    told = [f"{what}：{text.rstrip('。')}。" for what, text in (("含义", place.meaning), ("来历", place.origin)) if text]
    former = f"{cascade.on} 前名“{place.standard_name}”。{''.join(told)}" if told else ""
    history = "\n".join(filter(None, (place.history, former)))
    return {"origin": details.get("origin", ""), "meaning": details.get("meaning", ""), "history": history}


def keep_former(cascade: Cascade, old: str, since: date | None, kind: str = "former") -> None:
    """Keep a name that ended as a former name (or, corrected, as a misspelt one), once, with the days between which it held."""
    session, place = cascade.session, cascade.place
    known = session.scalar(select(NameVariant).where(NameVariant.place_id == place.id, NameVariant.text == old, NameVariant.kind == kind))
    if known is not None:
        change(session, known, actor=cascade.actor, verb="end", to={"valid_to": cascade.on}, payload=cascade.payload)
        return
    variant = NameVariant(
        place_id=place.id, text=old, kind=kind, valid_from=since, valid_to=cascade.on, source=cascade.procedure.decision_no[:300]
    )
    enter(session, variant, actor=cascade.actor, verb="former", payload=cascade.payload)


def addresses_of(session: Session, place_id: str, *, live: bool = True) -> list[Any]:
    """Return the rows (id, status, places, division, parts, label) of the addresses that carry a place's name."""
    carries = or_(StandardAddress.place_id == place_id, StandardAddress.estate_id == place_id)
    statement = select(*_COLUMNS).where(carries).order_by(StandardAddress.id)
    return list(session.execute(statement.where(StandardAddress.status.in_(LIVE)) if live else statement))


def new_labels(session: Session, rows: Sequence[Any]) -> list[dict[str, str]]:
    """Return ``{"id", "label"}`` for the addresses whose label is no longer what their place and division are called."""
    tree = load_divisions(session)
    places: dict[str | None, PlaceName | None] = {None: None}
    names: dict[str, dict[str, str]] = {}
    changed = []
    for row in rows:
        for id_ in (row.place_id, row.estate_id):
            if id_ not in places:
                places[id_] = find_place(session, id_)
        if row.division_id not in names:
            names[row.division_id] = tree.names(row.division_id)
        parts = {name: getattr(row, name) for name in PART_COLUMNS}
        label = label_for(names[row.division_id], places[row.place_id], places[row.estate_id], parts)
        if label != row.label:
            changed.append({"id": row.id, "label": label})
    return changed


_COLUMNS = (
    StandardAddress.id, StandardAddress.status, StandardAddress.place_id, StandardAddress.estate_id, StandardAddress.division_id,
    StandardAddress.label, *(getattr(StandardAddress, name) for name in PART_COLUMNS),
)  # fmt: skip


def _by_ids(session: Session, ids: Sequence[str]) -> list[Any]:
    found: list[Any] = []
    for start in range(0, len(ids), 5_000):
        found += session.execute(select(*_COLUMNS).where(StandardAddress.id.in_(ids[start : start + 5_000])).order_by(StandardAddress.id))
    return found


def require_free(session: Session, rows: Sequence[Any], successor_id: str) -> None:
    """Raise ``Conflict``, naming them, where addresses would come to a place under numbers that it already has."""
    taken = {
        tuple(getattr(one, name) for name in PART_COLUMNS) for one in addresses_of(session, successor_id) if one.place_id == successor_id
    }
    clashes = [one.label for one in rows if tuple(getattr(one, name) for name in PART_COLUMNS) in taken]
    if clashes:
        shown = "、".join(clashes[:SHOWN])
        told = {"n": len(clashes), "name": find_place(session, successor_id).standard_name, "shown": shown}
        raise Conflict(said("并入后有 %(n)s 个门牌号与%(name)s已有的相同（%(shown)s），请先重新编号", **told), field="sources")


def _live_ids(cascade: Cascade) -> list[str]:
    return [one.id for one in _by_ids(cascade.session, cascade.address_ids) if one.status in ("current", "reserved")]


def _names(procedure: NamingProcedure) -> list[str]:
    return [name for name in dict.fromkeys((procedure.old_name, procedure.new_name)) if name]


def _reason(cascade: Cascade) -> str:
    old, new = cascade.procedure.old_name, cascade.procedure.new_name or _successor_name(cascade)
    if cascade.procedure.kind in _PLATE_REASONS:
        return _PLATE_REASONS[cascade.procedure.kind].format(old=old, new=new)[:300]
    return f"{old}更名为{new}"


_PLATE_REASONS = {"correct": "{old}更正为{new}", "merge": "并入{new}", "split": "{old}拆分"}


def _successor_name(cascade: Cascade) -> str:
    id_ = cascade.procedure.new_place_id
    return find_place(cascade.session, id_).standard_name if id_ else ""
