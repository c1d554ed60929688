"""What the maps of plates show: the registered door, its neighbours and road, and where people say they stood."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import shapely

from gazetteer.addresses import find_address, position
from gazetteer.plates.surroundings import surroundings
from gazetteer.store.database import Session
from geoaddr.geometry import to_cgcs2000
from web.geojson import collection, feature
from web.messages import _
from web.words import word

DATUMS = {"WGS84": "wgs84", "CGCS2000": "cgcs2000", "GCJ-02": "gcj02", "BD-09": "bd09"}


def plate_map(session: Session, address_id: str | None, visits: Iterable[Mapping[str, Any]], title: str) -> dict[str, Any]:
    """Return the door of an address with its surroundings, and the reported positions joined to it by lines."""
    reported = [(visit, at) for visit in visits if (at := _stood(visit)) is not None]
    door = _door(session, address_id)
    middle = door or (reported[0][1] if reported else None)
    features = [] if middle is None else _around(session, middle)
    for visit, stood in reported:
        said = "；".join(one["text"] for one in visit["doubts"])
        kind = "candidate" if visit["status"] == "accepted" else "wrong"
        if door is not None:
            features.append(feature(shapely.LineString([door, stood]), layer="neighbour"))
        words = _("上报位置：%(outcome)s", outcome=word("visit_outcome", visit["outcome"]))
        features.append(feature(stood, layer=kind, id=visit["id"], title=words, text=said, label=_("上报")))
    if door is not None:
        features.append(feature(door, layer="plate", id="door", title=title, text=_("登记的门位"), label=_("登记"), current=True))
    return collection(features)


def _door(session: Session, address_id: str | None) -> tuple[float, float] | None:
    if address_id is None:
        return None
    at = position(find_address(session, address_id))
    return None if at["lon"] is None else (at["lon"], at["lat"])


def _around(session: Session, middle: tuple[float, float]) -> list[dict[str, Any]]:
    found = surroundings(session, *middle, 120)
    roads = [feature(shapely.LineString(line), layer="road", label=name) for name, lines in found.roads for line in lines]
    doors = [feature((lon, lat), layer="neighbour", label=text) for text, lon, lat in found.doors]
    return roads + doors


def _stood(visit: Mapping[str, Any]) -> tuple[float, float] | None:
    if visit["lon"] is None or visit["datum"] not in DATUMS:
        return None
    lons, lats = to_cgcs2000([visit["lon"]], [visit["lat"]], DATUMS[visit["datum"]])
    return float(lons[0]), float(lats[0])
