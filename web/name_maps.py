"""What the maps of names show: the place in question and the places whose names are like its."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import url_for

from gazetteer.addresses import find_place
from gazetteer.store.database import Session
from web.geojson import collection, feature
from web.messages import _
from web.words import word

LAYERS = {"neighbours": "neighbour", "near": "neighbour", "same_sound": "candidate", "same_name": "wrong"}


def finding_map(session: Session, record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the place of a finding's record in its own shape, and its namesakes as points."""
    said = {"same_name": _("同名"), "same_sound": _("同音"), "near": _("专名相同"), "neighbours": _("周围")}
    features = []
    alike = {one["id"] for kind in LAYERS if kind != "neighbours" for one in record[kind]}
    for kind, layer in LAYERS.items():
        for one in record[kind]:
            if one["lon"] is not None and (kind != "neighbours" or one["id"] not in alike):
                text = f"{said[kind]} · {one['division']}" + ("" if one["distance_m"] is None else " · " + distance(one["distance_m"]))
                about = {"id": one["id"], "title": one["name"], "text": text, "label": one["name"]}
                features.append(feature((one["lon"], one["lat"]), layer=layer, url=url_for("map.place", place_id=one["id"]), **about))
    if record["address"] is not None and record["address"]["lon"] is not None:
        here = record["address"]
        url = url_for("map.address", address_id=here["id"])
        features.append(
            feature((here["lon"], here["lat"]), layer="address", current=True, url=url, id=here["id"], title=here["label"], text="")
        )
    if record["place"] is not None:
        features += place_features(session, record["place"]["id"])
    return collection(features)


def place_features(session: Session, place_id: str) -> list[dict[str, Any]]:
    """Return one place in its own shape, emphasised; nothing where its position is not known."""
    place = find_place(session, place_id)
    if place.geom is None:
        return []
    layer = "road" if place.category in ("road", "lane") else "place"
    about = {"id": place.id, "title": place.standard_name, "text": word("category", place.category), "label": place.standard_name}
    return [feature(place.geom, layer=layer, current=True, url=url_for("map.place", place_id=place.id), **about)]


def distance(metres: float) -> str:
    """Write a distance for people: 430 -> 430 米, 12300 -> 12.3 公里."""
    return _("%(n)s 米", n=round(metres)) if metres < 1_000 else _("%(n)s 公里", n=f"{metres / 1_000:.1f}")
