"""What a change of divisions leaves open, for a person to settle: units without a stated successor, and what still lies in ended ones.

A merger or renaming takes places and addresses along by rule. A split cannot: each thing goes to one of the parts, and who knows the
ground says which. Lists that only show a unit gone leave even its successor open. Nothing here is guessed; outlines only suggest.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, aliased

from gazetteer.addresses import PART_COLUMNS, iso, label_for
from gazetteer.division_rows import children_of, hand_on, state_succession
from gazetteer.divisions import find_division, levels_of, today_of
from gazetteer.exchange.importing.follow import TAKEN, follow_successions
from gazetteer.paging import Page, keyset
from gazetteer.reach import require_reach
from gazetteer.store.bulk import among
from gazetteer.store.events import Actor, record
from gazetteer.store.models import Division, DivisionSuccession, PlaceName, StandardAddress
from gazetteer.store.models.divisions import SUCCESSIONS
from gazetteer.workflow import change_many, plain
from geoaddr.errors import Conflict, UsageError

LONGEST_SOURCE = 300
SHOWN = 5
_ADDRESS = (
    StandardAddress.id, StandardAddress.place_id, StandardAddress.estate_id, StandardAddress.label,
    *(getattr(StandardAddress, name) for name in PART_COLUMNS),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Left:
    """What still lies in an ended unit: units below it, places, and addresses that no place of the unit takes along."""

    children: int
    places: int
    addresses: int

    @property
    def anything(self) -> bool:
        """Whether anything is left to settle."""
        return bool(self.children or self.places or self.addresses)


def without_successor(
    session: Session, *, district_code: str = "", within: Collection[str] | None = None, after: str | None = None, limit: int = 50
) -> Page[Division]:
    """Return ended units of which nobody has said what became of them, oldest first; of those ``within`` names where it is given."""
    known = select(DivisionSuccession.old_id)
    statement = select(Division).where(Division.valid_to.is_not(None), Division.id.not_in(known), Division.code.startswith(district_code))
    if within is not None:
        statement = statement.where(Division.id.in_(within))
    return keyset(session, statement, Division.id, after=after, limit=limit)


def next_without_successor(session: Session, division_id: str) -> str | None:
    """Return the unit without a stated successor that follows one in the list, else the first other one; None at the end."""
    known = select(DivisionSuccession.old_id)
    open_ = select(Division.id).where(Division.valid_to.is_not(None), Division.id.not_in(known), Division.id != division_id)
    following = session.scalar(open_.where(Division.id > division_id).order_by(Division.id).limit(1))
    return following or session.scalar(open_.order_by(Division.id).limit(1))


def with_things_left(session: Session, *, within: Collection[str] | None = None) -> list[tuple[Division, Left]]:
    """Return the ended units in which something current still lies, with how much; of those ``within`` names where it is given."""
    below = aliased(Division)
    inside = (
        select(below.id).where(below.parent_id == Division.id, below.valid_to.is_(None)),
        select(PlaceName.id).where(PlaceName.division_id == Division.id, PlaceName.status.in_(TAKEN)),
        select(StandardAddress.id).where(StandardAddress.division_id == Division.id, StandardAddress.status.in_(TAKEN)),
    )
    found: dict[str, Division] = {}
    for one in inside:
        for division in session.scalars(select(Division).where(Division.valid_to.is_not(None), one.exists())):
            if within is None or division.id in within:
                found[division.id] = division
    return [(division, left_in(session, division.id)) for division in sorted(found.values(), key=lambda one: one.code)]


def left_in(session: Session, division_id: str) -> Left:
    """Count what lies in a unit."""
    return Left(*(session.scalar(select(func.count()).select_from(one.subquery())) or 0 for one in inside_of(division_id)))


def things_in(session: Session, division_id: str, *, limit: int = 200) -> dict[str, list[dict[str, Any]]]:
    """Return what lies in a unit, up to ``limit`` of each kind: ``children``, ``places``, ``addresses`` with id, name and suggestion.

    A suggestion is the id of the one part whose outline holds the thing; '' where none or several do.
    """
    parts = parts_of(session, division_id)
    children, places, addresses = (session.scalars(one.limit(limit)).all() for one in inside_of(division_id))
    shown = {
        "children": [(one.id, one.name, one.code, one.geom) for one in children],
        "places": [(one.id, one.standard_name, one.category, one.geom) for one in places],
        "addresses": [(one.id, one.label, "", one.geom) for one in addresses],
    }
    return {
        kind: [
            {"id": row[0], "name": row[1], "detail": row[2], "suggestion": part}
            for row, part in zip(rows, suggested_parts([row[3] for row in rows], parts), strict=True)
        ]
        for kind, rows in shown.items()
    }


def parts_of(session: Session, division_id: str) -> list[Division]:
    """Return the units of today that a unit has become; empty where nobody has said."""
    division = find_division(session, division_id)
    return [one for one in today_of(session, division) if one.id != division_id]


def settle(
    session: Session,
    division_id: str,
    to_id: str,
    *,
    actor: Actor,
    children: Collection[str] = (),
    places: Collection[str] = (),
    addresses: Collection[str] = (),
) -> dict[str, int]:
    """Move what a person chose from an ended unit to one that it became, labels written anew; returns how many of each moved.

    Addresses on a place go with it. ``Conflict`` where the target is no successor in force, a thing is no longer in the unit, or a
    number is taken there already (the first five are named); ``Forbidden`` for somebody whose competence does not reach there.
    """
    require_reach(session, (find_division(session, division_id).id,), actor)
    target = find_division(session, to_id)
    if target.id not in {one.id for one in parts_of(session, division_id)}:
        raise Conflict(f"“{target.name}”不是它的后继单位，请先登记去向")
    if not (children or places or addresses):
        raise UsageError("请至少选择一项", field="chosen")
    payload = {"from_division": division_id}
    known = [_chosen(session, one, chosen) for one, chosen in zip(inside_of(division_id), (children, places, addresses), strict=True)]
    for rows, chosen in zip(known, (children, places, addresses), strict=True):
        if len(rows) != len(set(chosen)):
            raise Conflict("有的已不在原单位，请刷新后再选")
    moved_children, moved_places, loose = known
    old = find_division(session, division_id)
    assert old.valid_to is not None, "only an ended unit has successors"
    followed = hand_on(session, moved_children, target, on=old.valid_to, source=f"{old.name}去向", actor=actor, payload=payload)
    change_many(
        session, PlaceName, [{"id": one.id, "division_id": to_id} for one in moved_places], actor=actor, verb="settled", payload=payload
    )
    on_places = _addresses_on(session, [one.id for one in moved_places], division_id)
    _require_free(session, loose, to_id)
    names, places_there = levels_of(session, target), _places_of(session, (*loose, *on_places))
    rows = [{"id": one.id, "division_id": to_id, "label": _label(names, places_there, one)} for one in (*loose, *on_places)]
    change_many(session, StandardAddress, rows, actor=actor, verb="settled", payload=payload)
    return {"children": len(moved_children), "places": len(moved_places), "addresses": len(rows) + followed.get("addresses_followed", 0)}


def state_successor(session: Session, old_id: str, new_ids: Sequence[str], kind: str, source: str, *, actor: Actor) -> dict[str, int]:
    """Record what became of an ended unit, as a person knows it from a source; with one successor its places and addresses follow.

    ``UsageError`` without source or successor, or for an unknown kind; ``Conflict`` where the unit has not ended, an heir had not begun
    or is of another level, or the same is on record. Returns what followed.
    """
    old = find_division(session, old_id)
    require_reach(session, (old.id,), actor)
    if kind not in SUCCESSIONS:
        raise UsageError("没有这一种去向", field="kind")
    if not source.strip():
        raise UsageError("请写明依据（文号、公告或志书）", field="source")
    if not new_ids:
        raise UsageError("请选择后继单位", field="successor")
    if old.valid_to is None:
        raise Conflict(f"“{old.name}”还在，没有去向可登记")
    for heir in (find_division(session, id_) for id_ in dict.fromkeys(new_ids)):
        _require_heir(session, old, heir)
        stated = source.strip()[:LONGEST_SOURCE]
        state_succession(session, old, heir, kind, old.valid_to, stated)
        body = {"new_id": heir.id, "kind": kind, "changed_on": old.valid_to, "source": stated}
        record(session, actor=actor, action="division.succeeded", subject_kind="division", subject_id=old.id, payload=plain(body))
    heirs = parts_of(session, old.id)
    if len(heirs) != 1:
        return {}
    payload = {"source": source.strip()[:LONGEST_SOURCE]}
    below = hand_on(session, children_of(session, old), heirs[0], on=old.valid_to, source=source.strip(), actor=actor, payload=payload)
    own = follow_successions(session, {old.id: heirs[0].id}, actor=actor, payload=payload)
    return {name: own.get(name, 0) + below.get(name, 0) for name in {*own, *below}}


def _require_heir(session: Session, old: Division, heir: Division) -> None:
    if heir.level != old.level:
        raise Conflict(f"“{heir.name}”与“{old.name}”级别不同")
    if old.valid_to is not None and not (heir.valid_from <= old.valid_to and (heir.valid_to is None or heir.valid_to > old.valid_to)):
        raise Conflict(f"“{heir.name}”在 {iso(old.valid_to)} 不存在，不能是它的去向")
    same = select(DivisionSuccession.kind).where(DivisionSuccession.old_id == old.id, DivisionSuccession.new_id == heir.id)
    if session.scalar(same.limit(1)) or old.id == heir.id:
        raise Conflict(f"“{old.name}”的这一去向已有记录")


def inside_of(division_id: str) -> tuple[Select[Any], Select[Any], Select[Any]]:
    """Return the selects of what lies in a unit; of its addresses those on the unit itself, and those on a road that is not the unit's."""
    own = (PlaceName.division_id == division_id, PlaceName.status.in_(TAKEN))
    alone = or_(StandardAddress.place_id.is_(None), StandardAddress.place_id.not_in(select(PlaceName.id).where(*own)))
    return (
        select(Division).where(Division.parent_id == division_id, Division.valid_to.is_(None)).order_by(Division.code),
        select(PlaceName).where(*own).order_by(PlaceName.id),
        select(StandardAddress)
        .where(StandardAddress.division_id == division_id, StandardAddress.status.in_(TAKEN), alone)
        .order_by(StandardAddress.id),
    )


def _chosen(session: Session, statement: Select[Any], ids: Collection[str]) -> list[Any]:
    """Return what lies in a unit of these ids: units and places as objects, addresses, of which there are many, as rows."""
    entity = statement.column_descriptions[0]["entity"]
    wanted = statement.where(among(session, entity.id, sorted(set(ids))))
    return list(session.execute(wanted.with_only_columns(*_ADDRESS)) if entity is StandardAddress else session.scalars(wanted))


def suggested_parts(shapes: Sequence[BaseGeometry | None], parts: Sequence[Division]) -> list[str]:
    """Return for each shape the id of the one part whose outline holds it; '' where none or several do, or it has no position."""
    placed = [index for index, shape in enumerate(shapes) if shape is not None]
    points = [shape.representative_point() for shape in shapes if shape is not None]
    xs, ys = [point.x for point in points], [point.y for point in points]
    holding: list[list[str]] = [[] for _shape in shapes]
    for part in parts:
        if part.geom is not None and points:
            shapely.prepare(part.geom)
            for index, held in zip(placed, shapely.contains_xy(part.geom, xs, ys), strict=True):
                if held:
                    holding[index].append(part.id)
    return [found[0] if len(found) == 1 else "" for found in holding]


def _addresses_on(session: Session, place_ids: Sequence[str], division_id: str) -> list[Any]:
    """Return the rows of the addresses that go with places: those numbered on them that lie in the unit."""
    here = select(*_ADDRESS).where(StandardAddress.division_id == division_id, StandardAddress.status.in_(TAKEN))
    return list(session.execute(here.where(among(session, StandardAddress.__table__.c.place_id, place_ids))))


def _require_free(session: Session, loose: Sequence[Any], to_id: str) -> None:
    """Refuse to bring numbers of the unit itself where the same ones hang on the other unit already."""
    there = select(*_ADDRESS).where(
        StandardAddress.division_id == to_id, StandardAddress.place_id.is_(None), StandardAddress.status.in_(TAKEN)
    )
    own = [one for one in loose if one.place_id is None]
    taken = {tuple(getattr(one, name) for name in PART_COLUMNS) for one in session.execute(there)} if own else set()
    colliding = [one.label for one in own if tuple(getattr(one, name) for name in PART_COLUMNS) in taken]
    if colliding:
        raise Conflict(f"那里已有同样的门牌号：{'、'.join(colliding[:SHOWN])}，请先改号或分开处理")


def _places_of(session: Session, rows: Sequence[Any]) -> dict[str | None, PlaceName | None]:
    ids = sorted({id_ for one in rows for id_ in (one.place_id, one.estate_id) if id_})
    found = session.scalars(select(PlaceName).where(among(session, PlaceName.__table__.c.id, ids)))
    return {None: None, **{one.id: one for one in found}}


def _label(names: dict[str, str], places: Mapping[str | None, PlaceName | None], one: Any) -> str:
    return label_for(names, places[one.place_id], places[one.estate_id], {name: getattr(one, name) for name in PART_COLUMNS})
