"""The other places or divisions a plan names, found by what an officer typed: a name or an id, a code or a name."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from gazetteer.addresses import find_place
from gazetteer.divisions import find_division, official_names
from gazetteer.store.models import Division, PlaceName
from geoaddr.errors import UsageError
from geoaddr.ids import number_of


def places_named(session: Session, names: Sequence[str], *, like: str, field: str = "sources") -> list[str]:
    """Return the ids of the current places of these names, of the same category as ``like``; one name one place.

    Where several have the name, the one in the same division is meant; ``UsageError`` quotes a name nothing, or too much, answers to.
    """
    place = find_place(session, like)
    found = []
    for name in names:
        same = PlaceName.id == name if number_of(name) is not None else PlaceName.standard_name == name
        wanted = select(PlaceName).where(same, PlaceName.category == place.category, PlaceName.status == "current")
        rows = list(session.scalars(wanted.where(PlaceName.id != place.id)))
        rows = [one for one in rows if one.division_id == place.division_id] or rows
        found.append(_one([row.id for row in rows], name, field))
    return found


def divisions_named(session: Session, names: Sequence[str], *, like: str) -> list[str]:
    """Return the ids of the current divisions with these codes or names (街横村 or 街横村委会), of the same level as ``like``."""
    unit = find_division(session, like)
    found = []
    for name in names:
        called = or_(Division.code == name, Division.name.in_(official_names(name)))
        same = Division.id == name if number_of(name) is not None else called
        wanted = select(Division).where(same, Division.level == unit.level, Division.valid_to.is_(None), Division.id != unit.id)
        rows = list(session.scalars(wanted))
        rows = [one for one in rows if one.parent_id == unit.parent_id] or rows
        found.append(_one([row.id for row in rows], name, "sources"))
    return found


def _one(ids: Sequence[str], name: str, field: str) -> str:
    if not ids:
        raise UsageError(f"没有另一处同类的现行名称叫“{name[:40]}”", field=field)
    if len(ids) > 1:
        raise UsageError(f"有 {len(ids)} 处都叫“{name[:40]}”，请改填编号：{'、'.join(ids[:5])}", field=field)
    return ids[0]
