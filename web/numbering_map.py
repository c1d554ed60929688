"""The map of a numbering page: the road, its doors, what is wrong with them, and the numbers proposed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for

from gazetteer.plates.counts import doors_of
from gazetteer.plates.numbering import Proposal
from gazetteer.store.database import Session
from gazetteer.store.models import PlaceName
from web.geojson import collection, feature
from web.messages import _
from web.words import word


def numbering_map(session: Session, place: PlaceName, strip: Mapping[str, Any], proposals: Sequence[Proposal]) -> dict[str, Any]:
    """Return the place's shape, every door on it and the proposals as a feature collection."""
    wrong = {id_: one["message"] for one in strip["violations"] for id_ in one["address_ids"]}
    features = []
    if place.geom is not None:
        layer = "road" if place.category in ("road", "lane") else "place"
        features.append(feature(place.geom, layer=layer, label=place.standard_name))
    for door in doors_of(session, place.id):
        text = f"{door.number}-{door.sub_number}" if door.sub_number else door.number
        at = door.geom.representative_point() if door.geom is not None else None
        if at is None:
            continue
        layer = "wrong" if door.id in wrong else ("neighbour" if door.status == "reserved" or not text else "address")
        said = wrong.get(door.id) or word("standard_address", door.status)
        about = {"id": door.id, "title": door.label, "text": said, "label": text, "url": url_for("map.address", address_id=door.id)}
        features.append(feature((at.x, at.y), layer=layer, **about))
    for one in proposals:
        about = {"title": _("拟编 %(text)s 号", text=one.text), "text": word("numbering_reason", one.reason), "label": one.text}
        features.append(feature((one.lon, one.lat), layer="candidate", editable=False, current=len(proposals) == 1, **about))
    return collection(features)
