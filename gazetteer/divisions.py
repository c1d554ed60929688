"""Administrative units in time: who was called what under which code on a day, and what became of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from shapely.geometry.base import BaseGeometry
from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, defer

from gazetteer.store.models import Division, DivisionSuccession
from geoaddr.errors import NotFound

COMMITTEE_ENDINGS = (
    ("村村民委员会", "村"),
    ("村民委员会", "村"),
    ("村村委会", "村"),
    ("村委会", "村"),
    ("社区居委会", "社区"),
    ("居民委员会", "居委会"),
)
"""How lists write committees, and how addresses say the place instead."""


@dataclass(frozen=True)
class DivisionTree:
    """All divisions of all times in memory, for work on many rows; a district with its history is a few thousand."""

    by_id: Mapping[str, Division]
    children: Mapping[str | None, tuple[Division, ...]]
    codes: Mapping[str, tuple[Division, ...]]

    def path(self, division_id: str) -> tuple[Division, ...]:
        """Return the units from the outermost down to this one."""
        found: list[Division] = []
        current: str | None = division_id
        while current is not None:
            division = self.by_id[current]
            found.append(division)
            current = division.parent_id
        return tuple(reversed(found))

    def names(self, division_id: str) -> dict[str, str]:
        """Return the names of the path by level: ``{"province": "浙江省", …}``."""
        return {division.level: division.name for division in self.path(division_id)}

    def by_code(self, code: str, on: date | None = None) -> Division | None:
        """Return the unit that had this code on a day (today where none is given), or None."""
        return next((division for division in self.codes.get(code, ()) if holds(division, on)), None)

    def town_of(self, division_id: str) -> Division | None:
        """Return the town or street the unit is or lies in, or None above towns."""
        return next((division for division in self.path(division_id) if division.level == "town"), None)

    def below(self, division_id: str) -> list[str]:
        """Return the ids of a unit and of everything current below it."""
        found, queue = [], [division_id]
        while queue:
            current = queue.pop()
            found.append(current)
            queue += [child.id for child in self.children.get(current, ()) if child.valid_to is None]
        return found


def holds(division: Division, on: date | None) -> bool:
    """Say whether a unit existed on a day; without a day, whether it exists now."""
    if on is None:
        return division.valid_to is None
    return division.valid_from <= on and (division.valid_to is None or on < division.valid_to)


def load_divisions(session: Session) -> DivisionTree:
    """Read all divisions into memory, without their outlines (those are read where they are asked for)."""
    by_id: dict[str, Division] = {}
    children: dict[str | None, list[Division]] = defaultdict(list)
    codes: dict[str, list[Division]] = defaultdict(list)
    statement = select(Division).order_by(Division.code, Division.valid_from).options(defer(Division.geom))
    for division in session.scalars(statement):
        by_id[division.id] = division
        children[division.parent_id].append(division)
        codes[division.code].append(division)
    return DivisionTree(by_id, {key: tuple(rows) for key, rows in children.items()}, {key: tuple(rows) for key, rows in codes.items()})


def load_above(session: Session, ids: Iterable[str]) -> DivisionTree:
    """Read these divisions and those above them, without outlines: the part of the tree that says where a few things lie."""
    by_id: dict[str, Division] = {}
    wanted = set(ids)
    while wanted:
        read = _read(session, Division.id, wanted)
        by_id |= {division.id: division for division in read}
        wanted = {division.parent_id for division in read if division.parent_id is not None} - set(by_id)
    return DivisionTree(by_id, {}, {})


def load_below(session: Session, tops: Iterable[Division], levels: int, on: date | None) -> DivisionTree:
    """Read so many levels below some divisions as they stood on a day, without outlines."""
    by_id = {division.id: division for division in tops}
    children: dict[str | None, list[Division]] = defaultdict(list)
    parents = set(by_id)
    for _level in range(levels):
        read = [division for division in _read(session, Division.parent_id, parents) if holds(division, on)] if parents else []
        for division in read:
            by_id[division.id] = division
            children[division.parent_id].append(division)
        parents = {division.id for division in read}
    return DivisionTree(by_id, {key: tuple(rows) for key, rows in children.items()}, {})


def _read(session: Session, column: Any, values: Iterable[str]) -> list[Division]:
    found: list[Division] = []
    wanted = sorted(values)
    for start in range(0, len(wanted), 500):
        statement = select(Division).where(column.in_(wanted[start : start + 500])).options(defer(Division.geom))
        found += session.scalars(statement.order_by(Division.code, Division.valid_from))
    return sorted(found, key=lambda one: (one.code, one.valid_from)) if len(wanted) > 500 else found


def held_on(on: date | None) -> ColumnElement[bool]:
    """Return the condition under which :func:`holds` is true, for statements."""
    if on is None:
        return Division.valid_to.is_(None)
    return and_(Division.valid_from <= on, or_(Division.valid_to.is_(None), Division.valid_to > on))


def path_of(session: Session, division: Division) -> tuple[Division, ...]:
    """Return the units from the outermost down to this one."""
    found = [division]
    while found[-1].parent_id is not None:
        parent = session.get(Division, found[-1].parent_id)
        assert parent is not None, "a foreign key names an existing row"
        found.append(parent)
    return tuple(reversed(found))


def levels_of(session: Session, division: Division) -> dict[str, str]:
    """Return the names of a unit's path by level."""
    return {one.level: one.name for one in path_of(session, division)}


def full_name(session: Session, division: Division) -> str:
    """Return the whole name: 浙江省宁波市奉化区西坞街道."""
    return "".join(one.name for one in path_of(session, division))


def division_on(session: Session, code: str, on: date | None = None) -> Division:
    """Return the unit that had this code on a day (today where none is given).

    Raises ``NotFound``, saying when the code was in use, where it meant nothing on that day.
    """
    rows = session.scalars(select(Division).where(Division.code == code).order_by(Division.valid_from)).all()
    for division in rows:
        if holds(division, on):
            return division
    if rows:
        periods = "；".join(f"{one.valid_from} 至 {one.valid_to or '今'} 为{one.name}" for one in rows)
        raise NotFound(f"代码 {code} 在该日期没有对应的行政区划（{periods}）", field="code")
    raise NotFound(f"没有代码为 {code[:20]} 的行政区划", field="code")


def division_by_code(session: Session, code: str, on: date | None = None) -> Division:
    """Return the unit that had this code on a day; where none is given the present one, or else the last that had it.

    An old code thus leads to its unit and from there to today's (:func:`today_of`): 330213003206 -> 上横村委会, which is 三横社区 today.
    Raises ``NotFound`` as :func:`division_on` does.
    """
    if on is None:
        rows = session.scalars(select(Division).where(Division.code == code).order_by(Division.valid_from)).all()
        if rows and not any(holds(one, None) for one in rows):
            return rows[-1]
    return division_on(session, code, on)


def today_of(session: Session, division: Division) -> list[Division]:
    """Return the unit or units that a unit of any time has become; itself where it still exists."""
    found: dict[str, Division] = {}
    seen: set[str] = set()
    queue = [division]
    while queue:
        current = queue.pop()
        if current.id in seen:
            continue
        seen.add(current.id)
        if current.valid_to is None:
            found[current.id] = current
            continue
        queue += session.scalars(
            select(Division)
            .join(DivisionSuccession, DivisionSuccession.new_id == Division.id)
            .where(DivisionSuccession.old_id == current.id)
        )
    return sorted(found.values(), key=lambda one: one.code)


def successions(session: Session, division_id: str) -> tuple[list[DivisionSuccession], list[DivisionSuccession]]:
    """Return how a unit came to be and what became of it: (from predecessors, to successors)."""
    before = session.scalars(select(DivisionSuccession).where(DivisionSuccession.new_id == division_id)).all()
    after = session.scalars(select(DivisionSuccession).where(DivisionSuccession.old_id == division_id)).all()
    return list(before), list(after)


def below(session: Session, division: Division) -> list[str]:
    """Return the ids of a unit and of everything current below it, by its code."""
    rows: Iterable[str] = session.scalars(select(Division.id).where(Division.valid_to.is_(None), Division.code.startswith(division.code)))
    return sorted({division.id, *rows})


def find_division(session: Session, id_: str) -> Division:
    """Return a division by id; ``NotFound`` where there is none."""
    if (division := session.get(Division, id_)) is None:
        raise NotFound(f"没有编号为 {id_[:20]} 的行政区划", field="division")
    return division


def division_brief(division: Division) -> dict[str, Any]:
    """Return code, name, level, status and period of a unit."""
    return {
        "code": division.code, "name": division.name, "level": division.level, "status": division.status,
        "valid_from": division.valid_from.isoformat(), "valid_to": division.valid_to.isoformat() if division.valid_to else None,
    }  # fmt: skip


def outlines(session: Session, ids: Iterable[str]) -> dict[str, BaseGeometry]:
    """Return the outlines of these units by id; units without one are left out."""
    wanted, found = list(ids), {}
    for start in range(0, len(wanted), 500):
        statement = select(Division.id, Division.geom).where(Division.id.in_(wanted[start : start + 500]), Division.geom.is_not(None))
        found.update({row.id: row.geom for row in session.execute(statement) if row.geom is not None})
    return found


def find_named(session: Session, name: str, on: date | None = None) -> list[Division]:
    """Return the units that bore this exact name on a day, or at any time where no day is given."""
    rows = session.scalars(select(Division).where(Division.name == name).order_by(Division.code, Division.valid_from))
    return [division for division in rows if on is None or holds(division, on)]


def spoken_name(official: str) -> str:
    """Return the name of a village or community as addresses say it: without the name of its committee.

    >>> spoken_name("西岸村委会"), spoken_name("肖桥村村委会"), spoken_name("桃源社区")
    ('西岸村', '肖桥村', '桃源社区')
    """
    for ending, instead in COMMITTEE_ENDINGS:
        if official.endswith(ending):
            return official.removesuffix(ending) + instead
    return official


def official_names(spoken: str) -> list[str]:
    """Return a name and every way in which lists may write it with its committee.

    >>> official_names("西岸村")
    ['西岸村', '西岸村村民委员会', '西岸村民委员会', '西岸村村委会', '西岸村委会']
    """
    return [spoken, *(spoken.removesuffix(said) + ending for ending, said in COMMITTEE_ENDINGS if spoken.endswith(said))]
