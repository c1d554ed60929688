"""Place names as the provincial item list: XML with one record a place, items named by the province's identifiers.

Which item is which column is data (``data/provincial_items.yaml``), marked unconfirmed there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from gazetteer.addresses import position
from gazetteer.divisions import DivisionTree, load_divisions
from gazetteer.store.models import PlaceName
from gazetteer.whole_file import whole_file
from geoaddr.romanize import romanize

OPERATIONS = {"current": "ADD", "retired": "DELETE"}
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Written:
    """What a file holds: how many places, and how many were left out for want of a place code."""

    places: int
    uncoded: int


@cache
def item_list() -> Mapping[str, Any]:
    """Return the item list as published: root and record element, attributes, items in order."""
    loaded: dict[str, Any] = yaml.safe_load(files("gazetteer").joinpath("data/provincial_items.yaml").read_text(encoding="utf-8"))
    return loaded


def place_items(place: PlaceName, tree: DivisionTree) -> dict[str, str]:
    """Return the columns the item list may ask for, by the register's names for them; '' where nothing is known."""
    unit = tree.by_id[place.division_id]
    town = tree.town_of(place.division_id)
    at = position(place)
    return {
        "operation": OPERATIONS[place.status], "town_code": town.code if town else unit.code, "place_key": f"{unit.code}{place.id}",
        "place_code": place.place_code or "", "standard_name": place.standard_name, "category_code": place.category_code,
        "romanisation": place.pinyin or romanize(place.specific, place.generic), "specific": place.specific, "generic": place.generic,
        "toned_pinyin": romanize(place.specific, place.generic, tones=True), "division_code": unit.code, "meaning": place.meaning,
        "within": "".join(one.name for one in tree.path(place.division_id)),
        "position": f"{at['lon']:.6f},{at['lat']:.6f}" if at["lon"] is not None else "",
    }  # fmt: skip


def record_xml(columns: Mapping[str, str]) -> str:
    """Return one record as XML text; characters XML cannot hold are left out."""
    table = item_list()
    record = Element(table["record"], {name: _plain(columns[column]) for name, column in table["attributes"].items()})
    for item, column in table["items"].items():
        SubElement(record, item).text = _plain(columns[column])
    return tostring(record, encoding="unicode", short_empty_elements=False)


def write_items(session: Session, path: Path, *, district_code: str = "") -> Written:
    """Write all places in force, and retired ones as deletions, to one file that appears whole or not at all.

    A place without a place code cannot be addressed by the province's system: it is left out and counted.
    """
    counts = {"places": 0, "uncoded": 0}
    with whole_file(path) as beside, beside.open("w", encoding="utf-8", newline="\n") as file:
        file.write(f'<?xml version="1.0" encoding="UTF-8"?>\n<{item_list()["root"]}>\n')
        for columns in _all(session, district_code):
            if not columns["place_code"]:
                counts["uncoded"] += columns["operation"] == "ADD"
                continue
            counts["places"] += 1
            file.write(record_xml(columns) + "\n")
        file.write(f"</{item_list()['root']}>\n")
    return Written(**counts)


def _all(session: Session, district_code: str) -> Iterator[dict[str, str]]:
    tree = load_divisions(session)
    statement = select(PlaceName).where(PlaceName.status.in_(tuple(OPERATIONS))).order_by(PlaceName.id)
    for place in session.scalars(statement.execution_options(yield_per=1_000)):
        if tree.by_id[place.division_id].code.startswith(district_code):
            yield place_items(place, tree)


def _plain(text: str) -> str:
    return _NOT_XML.sub("", text)
