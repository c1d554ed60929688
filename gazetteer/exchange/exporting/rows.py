"""The rows of each kind, with the columns an import of that kind understands; streamed in order of id."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from shapely.geometry.base import BaseGeometry
from sqlalchemy import select
from sqlalchemy.orm import Session

from gazetteer.divisions import DivisionTree, holds, load_divisions
from gazetteer.exchange.exporting.case_rows import case_columns, case_rows
from gazetteer.exchange.importing.finding import spoken
from gazetteer.exchange.importing.naming import ROADS
from gazetteer.store.models import NameVariant, PlaceName, Plate, StandardAddress

BATCH = 10_000
UPPER = ("province", "city", "district", "town", "community")
DIVISION_COLUMNS = ("code", "name", "parent", "level", "valid_from", "valid_to", "id")
FACTS = ("storeys", "site_m2", "floor_m2", "green_percent", "red_line_m", "length_m")
PLACE_COLUMNS = (
    "ref", "name", "category", "category_code", "place_code", "division", "aliases", "former_names", "pinyin", "origin", "meaning",
    "history", *FACTS, "valid_from", "valid_to", "status", "id",
)  # fmt: skip
PARTS = ("sub_road", "number", "sub_number", "building", "unit", "floor", "room", "poi")
ADDRESS_COLUMNS = (
    "ref", "full", *UPPER, "village_group", "road", "sub_road", "number", "sub_number", "estate", "building", "unit", "floor", "room",
    "poi", "lon", "lat", "valid_from", "division", "status", "id",
)  # fmt: skip
PLATE_COLUMNS = ("serial", "address_ref", "kind", "status", "installed_on", "accepted_on", "address", "address_id", "id")
Exported = tuple[dict[str, str], BaseGeometry | None]


@dataclass(frozen=True, slots=True)
class Export:
    """Column names and the rows: each a dictionary of text with its geometry."""

    columns: tuple[str, ...]
    rows: Iterator[Exported]
    has_geometry: bool


def export_of(session: Session, kind: str, on: date | None = None) -> Export:
    """Return one kind of record: divisions of a day (today without one), names and addresses of any status, plates, or case records.

    Case files hold facts, address texts and links, never a sealed person; whoever gets one must be allowed to see cases.
    """
    if kind == "divisions":
        return Export(DIVISION_COLUMNS, _divisions(session, on), has_geometry=True)
    if kind in ("places", "roads"):
        return Export(PLACE_COLUMNS, _places(session, roads=kind == "roads"), has_geometry=True)
    if kind == "addresses":
        return Export(ADDRESS_COLUMNS, _addresses(session), has_geometry=True)
    if kind == "plates":
        return Export(PLATE_COLUMNS, _plates(session), has_geometry=False)
    return Export(case_columns(session), case_rows(session), has_geometry=False)


def _divisions(session: Session, on: date | None) -> Iterator[Exported]:
    tree = load_divisions(session)
    for row in sorted(tree.by_id.values(), key=lambda one: (len(one.code), one.code)):
        if holds(row, on):
            parent = tree.by_id[row.parent_id].code if row.parent_id else ""
            text = {"code": row.code, "name": row.name, "parent": parent, "level": row.level, "id": row.id}
            yield {**text, "valid_from": _day(row.valid_from), "valid_to": _day(row.valid_to)}, row.geom


def _places(session: Session, *, roads: bool) -> Iterator[Exported]:
    codes = {row.id: row.code for row in load_divisions(session).by_id.values()}
    variants: dict[tuple[str, str], list[str]] = defaultdict(list)
    asked = (
        select(NameVariant.place_id, NameVariant.kind, NameVariant.text).where(NameVariant.place_id.is_not(None)).order_by(NameVariant.id)
    )
    for one in session.execute(asked):
        variants[one.place_id, "former_names" if one.kind == "former" else "aliases"].append(one.text)
    wanted = PlaceName.category.in_(ROADS) if roads else PlaceName.category.not_in(ROADS)
    for row in session.scalars(select(PlaceName).where(wanted).order_by(PlaceName.id).execution_options(yield_per=BATCH)):
        same = ("category", "category_code", "pinyin", "origin", "meaning", "history", "status", "id")
        text = {name: getattr(row, name) for name in same}
        names = {name: "|".join(variants.get((row.id, name), ())) for name in ("aliases", "former_names")}
        days = {"valid_from": _day(row.valid_from), "valid_to": _day(row.valid_to)}
        own = {"ref": row.ref or "", "name": row.standard_name, "place_code": row.place_code or "", "division": codes[row.division_id]}
        measured = {name: f"{(row.facts or {})[name]:.10g}" if name in (row.facts or {}) else "" for name in FACTS}
        yield {**text, **names, **measured, **days, **own}, row.geom


def _addresses(session: Session) -> Iterator[Exported]:
    tree = load_divisions(session)
    asked = select(PlaceName.id, PlaceName.standard_name, PlaceName.category)
    places = {row.id: (row.standard_name, row.category) for row in session.execute(asked)}
    levels: dict[str, dict[str, str]] = {}
    address = StandardAddress
    columns = [getattr(address, name) for name in ("id", "ref", "label", "status", "valid_from", "geom", "min_lon", "min_lat", *PARTS)]
    every = select(*columns, address.place_id, address.estate_id, address.division_id).order_by(address.id)
    for row in session.execute(every.execution_options(yield_per=BATCH)):
        if row.division_id not in levels:
            levels[row.division_id] = _levels(tree, row.division_id)
        text = {name: getattr(row, name) for name in PARTS}
        own = {"ref": row.ref or "", "full": row.label, "status": row.status, "id": row.id, "valid_from": _day(row.valid_from)}
        point = {"lon": _degree(row.min_lon), "lat": _degree(row.min_lat)}
        yield {**levels[row.division_id], **_containers(places, row), **text, **own, **point}, row.geom


def _levels(tree: DivisionTree, division_id: str) -> dict[str, str]:
    names = tree.names(division_id)
    found = {level: names.get(level, "") for level in UPPER}
    return {**found, "community": spoken(found["community"]), "division": tree.by_id[division_id].code}


def _containers(places: Mapping[str, tuple[str, str]], row: Any) -> dict[str, str]:
    found = {"road": "", "estate": places[row.estate_id][0] if row.estate_id else "", "village_group": ""}
    if row.place_id:
        name, category = places[row.place_id]
        found["road" if category in ROADS else "village_group" if category == "natural_village" else "estate"] = name
    return found


def _plates(session: Session) -> Iterator[Exported]:
    asked = select(Plate, StandardAddress.ref, StandardAddress.label).join(StandardAddress, StandardAddress.id == Plate.address_id)
    for row in session.execute(asked.order_by(Plate.serial).execution_options(yield_per=BATCH)):
        plate = row.Plate
        text = {name: getattr(plate, name) for name in ("serial", "kind", "status", "address_id", "id")}
        days = {"installed_on": _day(plate.installed_on), "accepted_on": _day(plate.accepted_on)}
        yield {**text, **days, "address_ref": row.ref or plate.address_id, "address": row.label}, None


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _degree(value: float | None) -> str:
    return "" if value is None else repr(value)
