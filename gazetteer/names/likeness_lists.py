"""The namesakes of one place as its page lists them: same name, same sound, same specific term, with how far away."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from gazetteer.addresses import position
from gazetteer.divisions import path_of
from gazetteer.names.cascade import LIVE
from gazetteer.store.models import PlaceName
from gazetteer.store.spatial import in_bbox
from geoaddr.geometry import box_around, distance_m

LISTED = 20
NEIGHBOURHOOD_M = 800
NAMED_GROUND = ("road", "lane", "estate", "building", "natural_village", "bridge", "park", "square")
SHOWN_LEVELS = ("district", "town", "community")


def likenesses(session: Session, place: PlaceName) -> dict[str, list[dict[str, Any]]]:
    """Return ``same_name``, ``same_sound`` and ``near`` (same specific term), nearest first, up to 20 each.

    Each has id, name, category, division, lon, lat and ``distance_m`` (None where a position is missing).
    """
    same = PlaceName.standard_name == place.standard_name
    sound = (PlaceName.sound == place.sound) & (PlaceName.sound != "") & ~same
    near = (PlaceName.specific == place.specific) & ~same & (PlaceName.sound != place.sound)
    return {
        "same_name": _listed(session, place, same),
        "same_sound": _listed(session, place, sound),
        "near": _listed(session, place, near),
    }


def neighbours(session: Session, place: PlaceName) -> list[dict[str, Any]]:
    """Return the current named places around one, nearest first, up to 20, within ``NEIGHBOURHOOD_M`` metres; as ``likenesses``."""
    here = position(place)
    if here["lon"] is None:
        return []
    around = in_bbox(session, PlaceName, box_around(here["lon"], here["lat"], NEIGHBOURHOOD_M))
    found = _listed(session, place, around & PlaceName.category.in_(NAMED_GROUND))
    return [one for one in found if one["distance_m"] is not None and one["distance_m"] <= NEIGHBOURHOOD_M]


def _listed(session: Session, place: PlaceName, condition: ColumnElement[bool]) -> list[dict[str, Any]]:
    statement = select(PlaceName).where(condition, PlaceName.id != place.id, PlaceName.status.in_(LIVE)).limit(LISTED * 5)
    here = position(place)
    found = []
    for one in session.scalars(statement):
        there = position(one)
        apart = None
        if here["lon"] is not None and there["lon"] is not None:
            apart = round(float(distance_m(here["lon"], here["lat"], there["lon"], there["lat"])))
        names = {unit.level: unit.name for unit in path_of(session, one.division)}
        division = "".join(names.get(level, "") for level in SHOWN_LEVELS)
        found.append(
            {"id": one.id, "name": one.standard_name, "category": one.category, "status": one.status, "division": division,
             "lon": there["lon"], "lat": there["lat"], "distance_m": apart}
        )  # fmt: skip
    return sorted(found, key=lambda one: (one["distance_m"] is None, one["distance_m"] or 0))[:LISTED]
