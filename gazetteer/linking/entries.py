"""The register as the matching index wants it: one entry for each division, place and address."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from gazetteer.divisions import DivisionTree, load_divisions, spoken_name
from gazetteer.store.models import Division, DivisionSuccession, Event, Lineage, NameVariant, PlaceName, StandardAddress
from matchers.verdict import Entry

PLACE_PART = {"road": "road", "lane": "road", "estate": "estate", "natural_village": "village_group"}
"""Which part of an address a place's name forms; every other category is a point of interest."""

BATCH = 20_000
Aliases = tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Surroundings:
    """What every entry needs of other tables, read once: divisions, places, variants and successors."""

    tree: DivisionTree
    places: Mapping[str, Any]
    variants: Mapping[str, Aliases]
    successors: Mapping[str, str]


def surroundings(session: Session) -> Surroundings:
    """Read what entries are made with; a district holds some ten thousand places.

    What a split made has no one successor: each part answers to the old name, so that the door number says which of them is meant.
    """
    columns = (PlaceName.id, PlaceName.standard_name, PlaceName.category, PlaceName.division_id, PlaceName.status, PlaceName.valid_to)
    places = {row.id: row for row in session.execute(select(*columns))}
    variants: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for row in session.execute(
        select(NameVariant.place_id, NameVariant.division_id, NameVariant.text, NameVariant.kind, NameVariant.valid_to)
    ):
        variants[row.place_id or row.division_id].append((row.text, row.kind, _iso(row.valid_to)))
    successors: dict[str, str] = {}
    for line in session.execute(select(Lineage.old_id, Lineage.new_id, Lineage.kind).order_by(Lineage.seq)):
        old = places.get(line.old_id)
        if line.kind == "split" and old is not None:
            variants[line.new_id].append((old.standard_name, "former", _iso(old.valid_to)))
        else:
            successors[line.old_id] = line.new_id
    successors |= {row.old_id: row.new_id for row in session.execute(select(DivisionSuccession.old_id, DivisionSuccession.new_id))}
    return Surroundings(
        load_divisions(session),
        places,
        {key: tuple(rows) for key, rows in variants.items()},
        successors,
    )


def register_entries(session: Session) -> Iterator[Entry]:
    """Yield every division, place and address of the register, streamed; rejected ones are left out."""
    known = surroundings(session)
    yield from division_entries(known)
    yield from place_entries(session, known)
    yield from address_entries(session, known)


def division_entries(known: Surroundings, ids: Collection[str] | None = None) -> Iterator[Entry]:
    """Yield an entry for each division of any time (or of these ids)."""
    for division in known.tree.by_id.values():
        if ids is not None and division.id not in ids:
            continue
        names = _levels(known.tree, division.id)
        yield Entry(
            id=division.id, kind="division", label="".join(names.values()), status=division.status, category=division.level,
            division_code=division.code, **names, **_middle(division),
            point_level="division" if division.min_lon is not None else "", current_id=known.successors.get(division.id, ""),
            valid_to=_iso(division.valid_to), aliases=(*_other_forms(division), *known.variants.get(division.id, ())),
        )  # fmt: skip


def place_entries(session: Session, known: Surroundings, ids: Collection[str] | None = None) -> Iterator[Entry]:
    """Yield an entry for each place name that was not rejected (or for these ids)."""
    statement = select(
        PlaceName.id, PlaceName.ref, PlaceName.standard_name, PlaceName.category, PlaceName.status, PlaceName.division_id,
        PlaceName.valid_to, PlaceName.min_lon, PlaceName.max_lon, PlaceName.min_lat, PlaceName.max_lat,
    ).where(PlaceName.status != "rejected")  # fmt: skip
    for row in _rows(session, statement, PlaceName.id, ids):
        names = _levels(known.tree, row.division_id)
        part = PLACE_PART.get(row.category, "poi")
        yield Entry(
            id=row.id, kind="place", label=_place_label(names, row.standard_name, row.category), status=row.status, category=row.category,
            ref=row.ref or "", place_id=row.id, division_code=known.tree.by_id[row.division_id].code, **{**names, part: row.standard_name},
            **_middle(row), point_level="place" if row.min_lon is not None else "",
            current_id=known.successors.get(row.id, ""), valid_to=_iso(row.valid_to), aliases=known.variants.get(row.id, ()),
        )  # fmt: skip


def address_entries(session: Session, known: Surroundings, ids: Collection[str] | None = None) -> Iterator[Entry]:
    """Yield an entry for each address that was not rejected (or for these ids), in order of id, with constant memory."""
    address = StandardAddress
    statement = select(
        address.id, address.ref, address.label, address.status, address.place_id, address.estate_id, address.division_id, address.sub_road,
        address.number, address.sub_number, address.building, address.unit, address.floor, address.room, address.poi,
        address.min_lon, address.min_lat, address.point_level, address.valid_to,
    ).where(address.status != "rejected")  # fmt: skip
    levels: dict[str, dict[str, Any]] = {}
    for row in _rows(session, statement, address.id, ids):
        names = levels.get(row.division_id)
        if names is None:
            names = levels[row.division_id] = _levels(known.tree, row.division_id)
        own = _place_parts(known, row.place_id, row.estate_id)
        if row.poi:
            own["poi"] = row.poi
        yield Entry(
            id=row.id, kind="address", label=row.label, status=row.status, ref=row.ref or "", place_id=row.place_id or row.estate_id or "",
            division_code=known.tree.by_id[row.division_id].code, **names, **own, sub_road=row.sub_road, number=row.number,
            sub_number=row.sub_number, building=row.building, unit=row.unit, floor=row.floor, room=row.room,
            lon=row.min_lon, lat=row.min_lat, point_level=row.point_level, current_id=known.successors.get(row.id, ""),
            valid_to=_iso(row.valid_to),
        )  # fmt: skip


def changed_entries(session: Session, since: int) -> tuple[list[Entry], set[str]]:
    """Return the entries of everything that changed after event ``since``, and the ids that are to vanish (rejected).

    Addresses carry the name of their place, so a change of a place's name changes their rows too (they get new labels).
    """
    divisions = set(session.scalars(select(Division.id).where(Division.changed_seq > since)))
    places = set(session.scalars(select(PlaceName.id).where(PlaceName.changed_seq > since)))
    places |= {row for row in session.scalars(select(NameVariant.place_id).where(NameVariant.changed_seq > since)) if row}
    divisions |= {row for row in session.scalars(select(NameVariant.division_id).where(NameVariant.changed_seq > since)) if row}
    gone = _variants_gone(session, since)
    places |= {row["place_id"] for row in gone if row.get("place_id")}
    divisions |= {row["division_id"] for row in gone if row.get("division_id")}
    addresses = set(session.scalars(select(StandardAddress.id).where(StandardAddress.changed_seq > since)))
    known = surroundings(session)
    entries = [
        *division_entries(known, divisions),
        *place_entries(session, known, places),
        *address_entries(session, known, addresses),
    ]
    present = {entry.id for entry in entries}
    return entries, (places | addresses) - present


def content_state(session: Session) -> str:
    """Return what names the state of everything that answers depend on: ``"4711 9f2c…"``; events about other things leave it as it is."""
    last = [session.scalar(select(func.max(table.changed_seq))) or 0 for table in (Division, PlaceName, NameVariant, StandardAddress)]
    seq = max(*last, session.scalar(select(func.max(Lineage.seq))) or 0)
    variants = session.scalar(select(func.count()).select_from(NameVariant))  # one that is taken out leaves no row that changed
    return f"{seq} {session.scalar(select(Event.hash).where(Event.seq == seq)) or ''} {variants}"


def names_gone(session: Session, since: int) -> frozenset[tuple[str, str]]:
    """Return ``(variant, official name)`` of the variants taken out after event ``since`` and not recorded anew meanwhile."""
    found: set[tuple[str, str]] = set()
    for row in _variants_gone(session, since):
        place = session.get(PlaceName, row["place_id"]) if row.get("place_id") else None
        division = session.get(Division, row["division_id"]) if row.get("division_id") else None
        official = place.standard_name if place else spoken_name(division.name) if division else ""
        same = select(NameVariant.id).outerjoin(PlaceName, PlaceName.id == NameVariant.place_id)
        same = same.where(NameVariant.text == row["text"], or_(PlaceName.standard_name == official, NameVariant.division_id.is_not(None)))
        if official and session.scalar(same.limit(1)) is None:
            found.add((row["text"], official))
    return frozenset(found)


def _variants_gone(session: Session, since: int) -> list[dict[str, Any]]:
    payloads = session.scalars(select(Event.payload).where(Event.seq > since, Event.subject_kind == "name_variant"))
    return [payload["was"] for payload in payloads if isinstance(payload.get("was"), dict)]


def _rows(session: Session, statement: Any, key: Any, ids: Collection[str] | None) -> Iterator[Any]:
    if ids is None:
        yield from session.execute(statement.order_by(key).execution_options(yield_per=BATCH))
        return
    wanted = sorted(ids)
    for start in range(0, len(wanted), 5_000):
        yield from session.execute(statement.where(key.in_(wanted[start : start + 5_000])))


def _levels(tree: DivisionTree, division_id: str) -> dict[str, Any]:
    names: dict[str, Any] = dict(tree.names(division_id))
    if "community" in names:
        names["community"] = spoken_name(names["community"])
    return names


def _other_forms(division: Division) -> Aliases:
    """Return the published name where addresses write a shorter one."""
    short = spoken_name(division.name)
    return () if short == division.name else ((division.name, "alias", ""),)


def _place_parts(known: Surroundings, place_id: str | None, estate_id: str | None) -> dict[str, Any]:
    own: dict[str, Any] = {}
    for id_ in (estate_id, place_id):
        place = known.places.get(id_) if id_ else None
        if place is not None:
            own[PLACE_PART.get(place.category, "poi")] = place.standard_name
    return own


def _place_label(names: Mapping[str, str], name: str, category: str) -> str:
    upper = [value for level, value in names.items() if level != "community" or category == "natural_village"]
    return "".join(upper) + name


def _middle(box: Any) -> dict[str, Any]:
    """Return lon and lat of the middle of a row's box."""
    if box.min_lon is None:
        return {"lon": None, "lat": None}
    return {"lon": (box.min_lon + box.max_lon) / 2, "lat": (box.min_lat + box.max_lat) / 2}


def _iso(day: date | None) -> str:
    return "" if day is None else day.isoformat()
