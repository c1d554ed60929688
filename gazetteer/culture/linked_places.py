"""Places with their names through time as Linked Places: GeoJSON with time and sources, as historical gazetteers exchange it.

Format: Linked Places format 1.2 (https://github.com/LinkedPasts/linked-places-format), one Feature a place.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
from shapely.geometry import mapping
from sqlalchemy import select
from sqlalchemy.orm import Session

from gazetteer.culture.past import names_through_time
from gazetteer.culture.stories import stories_of
from gazetteer.culture.subjects import Subject, find_subject
from gazetteer.divisions import find_division
from gazetteer.name_database import type_name
from gazetteer.store.models import Division, PlaceName
from gazetteer.whole_file import whole_file

CONTEXT = "https://raw.githubusercontent.com/LinkedPasts/linked-places-format/main/linkedplaces-context-v1.1.jsonld"
BROADER = "gvp:broaderPartitive"


def linked_place(session: Session, id_: str, base_url: str) -> dict[str, Any]:
    """Return one place or division as a Linked Places Feature; ``NotFound`` where there is neither."""
    subject = find_subject(session, id_)
    told, names = stories_of(session, subject), names_through_time(session, subject)
    feature: dict[str, Any] = {
        "@id": page_of(base_url, subject.id),
        "type": "Feature",
        "properties": {"title": subject.name, "ccodes": ["CN"], **_codes(session, subject)},
        "names": [_name(one) for one in names],
        "types": _types(session, subject),
        "geometry": None if subject.geometry is None else {**mapping(subject.geometry), "certainty": "certain"},
        "relations": _relations(session, subject, base_url),
        "descriptions": [_description(one) for one in told if one["kind"] != "picture"],
        "depictions": [_depiction(one, base_url) for one in told if one["kind"] == "picture"],
    }
    when = _when(names[-1])
    return {**feature, **({"when": when} if when else {})}


def linked_places(session: Session, base_url: str, *, district_code: str = "") -> Iterator[dict[str, Any]]:
    """Yield every place in force, of the district where one is given, as a Linked Places Feature."""
    statement = select(PlaceName.id).where(PlaceName.status == "current").order_by(PlaceName.id)
    if district_code:
        statement = statement.join(Division, Division.id == PlaceName.division_id).where(Division.code.startswith(district_code))
    for id_ in session.scalars(statement).all():
        yield linked_place(session, id_, base_url)


def write_linked_places(session: Session, path: Path, base_url: str, *, district_code: str = "") -> int:
    """Write every place in force to one FeatureCollection that appears whole or not at all; returns how many there are."""
    count = 0
    with whole_file(path) as beside, beside.open("wb") as file:
        file.write(b'{"type":"FeatureCollection","@context":' + orjson.dumps(CONTEXT) + b',"features":[')
        for count, feature in enumerate(linked_places(session, base_url, district_code=district_code), start=1):
            file.write((b",\n" if count > 1 else b"\n") + orjson.dumps(feature))
        file.write(b"\n]}\n")
    return count


def page_of(base_url: str, id_: str) -> str:
    """Return the address of a name's public page, which is also its identifier for others."""
    return f"{base_url.rstrip('/')}/n/{id_}"


def _codes(session: Session, subject: Subject) -> dict[str, str]:
    if subject.kind == "division":
        return {"division_code": find_division(session, subject.id).code}
    code = session.get_one(PlaceName, subject.id).place_code
    return {"place_code": code} if code else {}


def _name(one: dict[str, Any]) -> dict[str, Any]:
    when = _when(one)
    citations = {"citations": [{"label": one["source"]}]} if one["source"] else {}
    return {"toponym": one["name"], "lang": "zh", **citations, **({"when": when} if when else {})}


def _when(one: dict[str, Any]) -> dict[str, Any]:
    span: dict[str, Any] = {}
    if one["valid_from"]:
        span["start"] = {"in": one["valid_from"]}
    if one["valid_to"]:
        span["end"] = {"in": one["valid_to"]}
    return {"timespans": [span]} if span else {}


def _types(session: Session, subject: Subject) -> list[dict[str, Any]]:
    if subject.kind == "division":
        level = find_division(session, subject.id).level
        return [{"identifier": f"geoaddr:division/{level}", "label": level, "sourceLabels": [{"label": level, "lang": "en"}]}]
    place = session.get_one(PlaceName, subject.id)
    word = type_name(place.category_code) or place.category
    return [
        {"identifier": f"gbt18521:{place.category_code or place.category}", "label": word, "sourceLabels": [{"label": word, "lang": "zh"}]}
    ]


def _relations(session: Session, subject: Subject, base_url: str) -> list[dict[str, str]]:
    division = find_division(session, subject.division_id)
    parent = division if subject.kind == "place" else division.parent
    if parent is None:
        return []
    return [{"relationType": BROADER, "relationTo": page_of(base_url, parent.id), "label": parent.name}]


def _description(one: dict[str, Any]) -> dict[str, Any]:
    source = _source_of(one)
    return {"value": one["text"], "lang": "zh", **({"source": {"label": source}} if source else {})}


def _depiction(one: dict[str, Any], base_url: str) -> dict[str, str]:
    """Return a picture with its caption and source; what licence it has is not on record, so none is claimed."""
    source = _source_of(one)
    return {"@id": f"{base_url.rstrip('/')}/n/pictures/{one['sha256']}.jpg", "title": one["text"] + (f"（{source}）" if source else "")}


def _source_of(one: dict[str, Any]) -> str:
    """Return where a story comes from; '' for what an import brought without source: it is not passed off as word of mouth."""
    if one["oral"]:
        return f"{one['source']}（口述）" if one["source"] else "口述"
    return str(one["source"])
