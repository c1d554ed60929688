"""The names of one place through time: what it was called and when, and which units it lay in."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gazetteer.culture.subjects import Subject, cited
from gazetteer.divisions import successions
from gazetteer.store.models import Division, Lineage, NameVariant, PlaceName


def names_through_time(session: Session, subject: Subject) -> list[dict[str, Any]]:
    """Return every name the place or unit has had, earliest first, the present one last.

    Each has name, kind (standard, former …), ``valid_from`` and ``valid_to`` (ISO text or None), source and, where another
    record held it, its id.
    """
    found = _place_names(session, subject) if subject.kind == "place" else _division_names(session, subject)
    return sorted(
        found, key=lambda one: (one["kind"] == "standard" and one["valid_to"] is None, one["valid_from"] or one["valid_to"] or "")
    )


def units_through_time(session: Session, division_id: str) -> list[dict[str, Any]]:
    """Return the unit something lies in and its forerunners, latest first: code, name, ``valid_from``, ``valid_to``, how it came to be."""
    seen: dict[str, dict[str, Any]] = {}
    queue = [(division_id, "")]
    while queue:
        id_, became = queue.pop(0)
        if id_ in seen:
            continue
        unit = session.get_one(Division, id_)
        seen[id_] = {"id": id_, "code": unit.code, "name": unit.name, "became": became, **_dates(unit.valid_from, unit.valid_to)}
        before, _after = successions(session, id_)
        queue += [(one.old_id, one.kind) for one in before]
    return sorted(seen.values(), key=lambda one: one["valid_from"], reverse=True)


def _place_names(session: Session, subject: Subject) -> list[dict[str, Any]]:
    place = session.get_one(PlaceName, subject.id)
    own = {
        "name": place.standard_name,
        "kind": "standard",
        "source": cited(place.source),
        "id": place.id,
        **_dates(place.valid_from, place.valid_to),
    }
    return [own, *_variants(session, NameVariant.place_id == place.id), *_absorbed(session, place.id)]


def _absorbed(session: Session, place_id: str) -> list[dict[str, Any]]:
    """Return the places that became this one: their names were names of this ground."""
    rows = session.execute(
        select(PlaceName, Lineage.kind)
        .join(Lineage, Lineage.old_id == PlaceName.id)
        .where(Lineage.new_id == place_id)
        .order_by(Lineage.seq)
    )
    return [
        {"name": old.standard_name, "kind": kind, "source": cited(old.source), "id": old.id, **_dates(old.valid_from, old.valid_to)}
        for old, kind in rows
    ]


def _division_names(session: Session, subject: Subject) -> list[dict[str, Any]]:
    """Return the names of a unit's forerunners; a new code or parent under the same name goes on with the period before."""
    found: list[dict[str, Any]] = []
    for one in reversed(units_through_time(session, subject.id)):
        if found and found[-1]["name"] == one["name"] and found[-1]["valid_to"] == one["valid_from"]:
            found[-1] |= {"id": one["id"], "kind": one["became"] or "standard", "valid_to": one["valid_to"]}
        else:
            found.append(
                {
                    **{name: one[name] for name in ("id", "name", "valid_from", "valid_to")},
                    "kind": one["became"] or "standard",
                    "source": "",
                }
            )
    return [*found, *_variants(session, NameVariant.division_id == subject.id)]


def _variants(session: Session, condition: Any) -> list[dict[str, Any]]:
    rows = session.scalars(select(NameVariant).where(condition).order_by(NameVariant.id))
    return [
        {"name": one.text, "kind": one.kind, "source": cited(one.source), "id": None, **_dates(one.valid_from, one.valid_to)}
        for one in rows
    ]


def _dates(begun: date | None, ended: date | None) -> dict[str, str | None]:
    return {"valid_from": begun.isoformat() if begun else None, "valid_to": ended.isoformat() if ended else None}
