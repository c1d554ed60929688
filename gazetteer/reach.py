"""How far a person's competence reaches on the ground: the units of all times whose matters somebody limited to a division may settle."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from gazetteer.divisions import path_of, today_of
from gazetteer.store.bulk import among
from gazetteer.store.events import Actor
from gazetteer.store.models import Division, DivisionSuccession, User
from geoaddr.errors import Forbidden, said

WHOLE_OFFICE = ("district", "city", "province")
"""Levels of a division whose people may settle what holds for the whole office, such as a word that a rule is to be silent about."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Where somebody may settle things: in ``own`` and what ``ids`` name; everywhere where ``own`` is None."""

    own: Division | None
    ids: frozenset[str]

    def holds(self, division_id: str) -> bool:
        """Whether a matter of this unit is theirs."""
        return self.own is None or division_id in self.ids

    @property
    def holds_everywhere(self) -> bool:
        """Whether what holds for the whole office is theirs."""
        return self.own is None or self.own.level in WHOLE_OFFICE


def reach_of(session: Session, actor: Actor) -> Reach:
    """Return how far a person's competence reaches; everywhere for a person without division and for programs of the office."""
    user = session.get(User, actor.id) if actor.id is not None else None
    if user is None or user.division_id is None:
        return Reach(None, frozenset())
    own = session.get_one(Division, user.division_id)
    return Reach(own, units_within(session, own))


def units_within(session: Session, own: Division) -> frozenset[str]:
    """Return the ids of a unit, what it has become, all that ever lay below, and the ended units that became one of these."""
    found: set[str] = set()
    fresh = {own.id, *(one.id for one in today_of(session, own))}
    while fresh:
        found |= fresh
        below = _ids(session, select(Division.id), Division.__table__.c.parent_id, fresh)
        became = select(DivisionSuccession.old_id).join(Division, Division.id == DivisionSuccession.old_id)
        before = _ids(session, became.where(Division.valid_to.is_not(None)), DivisionSuccession.__table__.c.new_id, fresh)
        fresh = (below | before) - found
    return frozenset(found)


def require_reach(session: Session, division_ids: Collection[str], actor: Actor) -> None:
    """Raise ``Forbidden``, naming where it is, where a matter of one of these units is not this person's to settle."""
    reach = reach_of(session, actor)
    outside = next((one for one in division_ids if not reach.holds(one)), None)
    if outside is not None:
        raise Forbidden(beyond_reach(session, reach, outside))


def require_everywhere(session: Session, actor: Actor) -> None:
    """Raise ``Forbidden`` where somebody limited to a town would settle what holds in every town."""
    reach = reach_of(session, actor)
    if reach.own is not None and not reach.holds_everywhere:
        raise Forbidden(said("这件事对所有镇街都有效，您的权限只到%(own)s，请由区里处理", own=reach.own.name))


def beyond_reach(session: Session, reach: Reach, division_id: str) -> str:
    """Return why a matter of a unit is not somebody's to settle; '' where it is."""
    if reach.own is None or reach.holds(division_id):
        return ""
    lies_in = path_of(session, session.get_one(Division, division_id))
    where = next((one.name for one in reversed(lies_in) if one.level == reach.own.level), lies_in[-1].name)
    return said("这件事在%(where)s，您的权限只到%(own)s，不能处理", where=where, own=reach.own.name)


def _ids(session: Session, statement: Select[Any], column: ColumnElement[Any], values: Iterable[str]) -> set[str]:
    return set(session.scalars(statement.where(among(session, column, sorted(values)))))
