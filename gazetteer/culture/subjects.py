"""What a story or a stop is about: one place name, or one division, by its id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from gazetteer.divisions import full_name, spoken_name
from gazetteer.store.models import Division, PlaceName
from geoaddr.errors import NotFound
from geoaddr.romanize import romanize

IMPORT_MARK = "import "
"""How the source of a record begins that an import brought without one of its own."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A place or division as the pages of its culture show it; ``within`` is the whole name of the unit it lies in."""

    kind: str
    id: str
    name: str
    official: str
    pinyin: str
    status: str
    within: str
    division_id: str
    geometry: BaseGeometry | None

    @property
    def column(self) -> str:
        """Return the column that names it in stories and stops: ``place_id`` or ``division_id``."""
        return f"{self.kind}_id"


def find_subject(session: Session, id_: str) -> Subject:
    """Return the place or division with this id; ``NotFound`` where there is neither."""
    place = session.get(PlaceName, id_)
    if place is not None:
        within = full_name(session, place.division)
        return Subject(
            "place", place.id, place.standard_name, place.standard_name, place.pinyin, place.status, within, place.division_id, place.geom
        )
    division = session.get(Division, id_)
    if division is None:
        raise NotFound("没有这个地名", field="id")
    name = spoken_name(division.name)
    parent = full_name(session, division.parent) if division.parent is not None else ""
    return Subject("division", division.id, name, division.name, romanize(name), division.status, parent, division.id, division.geom)


def cited(source: str) -> str:
    """Return a source a reader can look up; '' for the mark that an import leaves, which names a file of the office."""
    return "" if source.startswith(IMPORT_MARK) else source


def point_of(subject: Subject) -> dict[str, Any]:
    """Return ``lon`` and ``lat`` of a point on the subject, None where no position is known."""
    if subject.geometry is None or subject.geometry.is_empty:
        return {"lon": None, "lat": None}
    at = subject.geometry.representative_point()
    return {"lon": round(at.x, 7), "lat": round(at.y, 7)}
