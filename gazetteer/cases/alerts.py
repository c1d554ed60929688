"""Warnings by comparison 数据比对预警: what the links of case records say when laid side by side.

Each comparison is a function of the session that yields alerts; none reads a person. Distances are geodesic metres.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from gazetteer.divisions import load_divisions
from gazetteer.store.models import AddressLink, CaseRecord, PlaceName, StandardAddress
from geoaddr.geometry import distance_m


@dataclass(frozen=True, slots=True)
class Alert:
    """One warning about one case record: which comparison, what was seen, and the other records it concerns."""

    kind: str
    case_id: str
    case_ref: str
    detail: dict[str, Any]


@cache
def limits() -> dict[str, Any]:
    """Return the thresholds of the comparisons, dated data of the office."""
    table: dict[str, Any] = yaml.safe_load(files("gazetteer").joinpath("data/cases/alerts.yaml").read_text(encoding="utf-8"))
    return table


def two_towns(session: Session) -> Iterator[Alert]:
    """Yield elders whose registered and actual residence lie in different towns."""
    tree = load_divisions(session)
    registered, residence = aliased(AddressLink), aliased(AddressLink)
    one, other = aliased(StandardAddress), aliased(StandardAddress)
    statement = (
        select(CaseRecord.id, CaseRecord.ref, one.division_id, other.division_id)
        .join(registered, (registered.case_id == CaseRecord.id) & (registered.role == "registered") & (registered.status == "linked"))
        .join(residence, (residence.case_id == CaseRecord.id) & (residence.role == "residence") & (residence.status == "linked"))
        .join(one, one.id == registered.address_id)
        .join(other, other.id == residence.address_id)
        .where(one.division_id != other.division_id)
    )
    for case_id, ref, first_id, second_id in session.execute(statement):
        first, second = tree.town_of(first_id), tree.town_of(second_id)
        if first is not None and second is not None and first.code != second.code:
            yield Alert("two_towns", case_id, ref, {"registered": first.name, "residence": second.name})


def retired_address(session: Session) -> Iterator[Alert]:
    """Yield records linked to an address that is no longer in force."""
    statement = (
        select(CaseRecord.id, CaseRecord.ref, AddressLink.role, StandardAddress.label)
        .join(AddressLink, AddressLink.case_id == CaseRecord.id)
        .join(StandardAddress, StandardAddress.id == AddressLink.address_id)
        .where(AddressLink.status == "linked", StandardAddress.status == "retired")
    )
    for case_id, ref, role, label in session.execute(statement):
        yield Alert("retired_address", case_id, ref, {"role": role, "address": label})


def many_at_one_door(session: Session) -> Iterator[Alert]:
    """Yield elders who share their actual residence, to the room or door, with as many others as the limit says or more."""
    statement = (
        select(AddressLink.address_id, CaseRecord.id, CaseRecord.ref, StandardAddress.label)
        .join(CaseRecord, CaseRecord.id == AddressLink.case_id)
        .join(StandardAddress, StandardAddress.id == AddressLink.address_id)
        .where(AddressLink.status == "linked", AddressLink.role == "residence", CaseRecord.kind == "elder")
    )
    at: dict[str, list[Any]] = defaultdict(list)
    rows: Iterable[Any] = session.execute(statement)
    for row in rows:
        at[row[0]].append(row)
    for together in at.values():
        if len(together) >= limits()["elders_at_one_door"]["value"]:
            for _, case_id, ref, label in together:
                yield Alert("many_at_one_door", case_id, ref, {"address": label, "records": len(together)})


def far_from_meals(session: Session) -> Iterator[Alert]:
    """Yield elders whose actual residence lies farther than a walk from every meal point in service."""
    types = limits()["meal_point_types"]["value"]
    stations = session.scalars(select(CaseRecord).where(CaseRecord.kind == "station"))
    points = [
        (case.lon, case.lat)
        for case in stations
        if case.lon is not None and case.lat is not None and case.attributes.get("station_type") in types
    ]
    walk_m = limits()["walk_to_meal_m"]["value"]
    statement = (
        select(CaseRecord.id, CaseRecord.ref, StandardAddress.min_lon, StandardAddress.min_lat)
        .join(AddressLink, AddressLink.case_id == CaseRecord.id)
        .join(StandardAddress, StandardAddress.id == AddressLink.address_id)
        .where(AddressLink.status == "linked", AddressLink.role == "residence", StandardAddress.min_lon.is_not(None))
    )
    if not points:
        return
    rows: Iterable[Any] = session.execute(statement)
    for case_id, ref, lon, lat in rows:
        near = [point for point in points if abs(point[1] - lat) * 111_000 <= walk_m * 1.1]
        nearest = min((float(distance_m(lon, lat, *point)) for point in near), default=None)
        if nearest is None or nearest > walk_m:
            yield Alert("far_from_meals", case_id, ref, {"walk_m": walk_m, "nearest_m": None if nearest is None else round(nearest)})


def away_from_own_point(session: Session) -> Iterator[Alert]:
    """Yield cemeteries and stations whose own position lies far from the entry they are linked to."""
    far_m = limits()["own_point_off_m"]["value"]
    for model, column in ((StandardAddress, AddressLink.address_id), (PlaceName, AddressLink.place_id)):
        statement = (
            select(
                CaseRecord.id, CaseRecord.ref, CaseRecord.lon, CaseRecord.lat, model.min_lon, model.min_lat, model.max_lon, model.max_lat
            )
            .join(AddressLink, AddressLink.case_id == CaseRecord.id)
            .join(model, model.id == column)
            .where(AddressLink.status == "linked", CaseRecord.lon.is_not(None), model.min_lon.is_not(None))
        )
        rows: Iterable[Any] = session.execute(statement)
        for case_id, ref, lon, lat, west, south, east, north in rows:
            off_m = float(distance_m(lon, lat, min(max(lon, west), east), min(max(lat, south), north)))
            if off_m > far_m:
                yield Alert("away_from_own_point", case_id, ref, {"distance_m": round(off_m)})


COMPARISONS: tuple[Callable[[Session], Iterator[Alert]], ...] = (
    two_towns,
    retired_address,
    many_at_one_door,
    far_from_meals,
    away_from_own_point,
)


def alerts(session: Session, kind: str = "") -> Iterator[Alert]:
    """Yield the warnings of every comparison, or of the one named."""
    for comparison in COMPARISONS:
        if not kind or comparison.__name__ == kind:
            yield from comparison(session)


def alert_counts(session: Session) -> dict[str, int]:
    """Return how many warnings each comparison gives now."""
    return {comparison.__name__: sum(1 for _ in comparison(session)) for comparison in COMPARISONS}
