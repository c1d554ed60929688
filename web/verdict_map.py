"""What a verdict looks like on a map: the entry, the runners-up, what stands around, and the asker's own point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for

from gazetteer.map_layers import context
from web.geojson import collection, feature
from web.messages import _
from web.services import services

AROUND_M = 120.0
NEIGHBOURS = 12


def verdict_features(
    answer: Mapping[str, Any], candidates: Sequence[Mapping[str, Any]], *, chosen: str = "", own: tuple[float, float] | None = None
) -> dict[str, Any]:
    """Return a FeatureCollection: the entry or chosen candidate emphasised, other candidates, neighbours, and the given point.

    Entries are dictionaries as verdicts have them in JSON; those without a position are left out.
    """
    drawn: dict[str, dict[str, Any]] = {}
    entry = answer.get("address")
    if entry and entry["lon"] is not None:
        drawn[entry["id"]] = _drawn(entry, "address", current=not chosen or chosen == entry["id"])
    for rank, one in enumerate(candidates, start=1):
        if one["lon"] is not None and one["id"] not in drawn:
            drawn[one["id"]] = _drawn(one, "candidate", current=one["id"] == chosen, label=str(rank))
    centre = next((one for one in drawn.values() if one["properties"]["current"]), next(iter(drawn.values()), None))
    features = list(drawn.values())
    if centre is not None:
        features = [*_background(*centre["geometry"]["coordinates"]), *features]
        features += _neighbours(*centre["geometry"]["coordinates"], without=set(drawn))
    if own is not None:
        features.append(feature(own, layer="case", id="own", title=_("对象自己的位置")))
    return collection(features)


def entry_url(entry: Mapping[str, Any]) -> str:
    """Return the page of an entry: address, place or division."""
    if entry["kind"] == "address":
        return url_for("map.address", address_id=entry["id"])
    if entry["kind"] == "place":
        return url_for("map.place", place_id=entry["id"])
    return url_for("map.division", code=entry["division_code"])


def _drawn(entry: Mapping[str, Any], layer: str, *, current: bool, label: str = "") -> dict[str, Any]:
    about = {"layer": layer, "id": entry["id"], "title": entry["label"], "url": entry_url(entry), "current": current}
    return feature((entry["lon"], entry["lat"]), **about, **({"label": label} if label else {}))


def _background(lon: float, lat: float) -> list[dict[str, Any]]:
    with services().store.reading() as session:
        around = context(session, lon, lat)
    return [
        feature(one.geometry, layer=one.layer, id=one.id, label=one.label, title=one.title, url=url_for("map.place", place_id=one.id))
        for one in around
        if one.layer == "road" or one.geometry.geom_type != "Point"
    ]


def _neighbours(lon: float, lat: float, *, without: set[str]) -> list[dict[str, Any]]:
    found = services().engine.reverse(lon, lat, radius_m=AROUND_M, limit=NEIGHBOURS)
    return [
        feature(
            (near.entry.lon, near.entry.lat), layer="neighbour", id=near.entry.id, title=near.entry.label,
            url=entry_url({"kind": near.entry.kind, "id": near.entry.id, "division_code": near.entry.division_code}),
            label=_number(near.entry),
        )
        for near in found
        if near.entry.lon is not None and near.entry.lat is not None and near.entry.id not in without and not near.entry.room
    ]  # fmt: skip


def _number(entry: Any) -> str:
    if entry.building:
        return str(entry.building)
    return str(entry.number) + (f"-{entry.sub_number}" if entry.sub_number else "")
