"""Divisions, places and addresses as lists: filters, true totals, keyset pages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from gazetteer.divisions import load_divisions
from gazetteer.paging import Page, keyset
from gazetteer.store.models import AddressLink, Division, PlaceName, Plate, StandardAddress

SUBJECTS: dict[str, Any] = {"divisions": Division, "places": PlaceName, "addresses": StandardAddress}


def divisions_query(*, status: str = "", level: str = "", text: str = "", on: date | None = None) -> Select[Any]:
    """Return the select of divisions with this status and level whose name holds, or whose code begins with, a text; in force on a day."""
    statement = select(Division)
    if on is not None:
        statement = statement.where(Division.valid_from <= on, Division.valid_to.is_(None) | (Division.valid_to > on))
    if status:
        statement = statement.where(Division.status == status)
    if level:
        statement = statement.where(Division.level == level)
    if text:
        statement = statement.where(Division.name.contains(text, autoescape=True) | Division.code.startswith(text, autoescape=True))
    return statement


def places_query(session: Session, *, status: str = "", category: str = "", division: str = "", text: str = "") -> Select[Any]:
    """Return the select of place names by status, category, part of the name, and a division (code) with everything below it."""
    statement = select(PlaceName)
    if status:
        statement = statement.where(PlaceName.status == status)
    if category:
        statement = statement.where(PlaceName.category == category)
    if division:
        statement = statement.where(PlaceName.division_id.in_(_within(session, division)))
    if text:
        statement = statement.where(PlaceName.standard_name.contains(text, autoescape=True))
    return statement


def addresses_query(session: Session, *, status: str = "", place: str = "", division: str = "", text: str = "") -> Select[Any]:
    """Return the select of addresses by status, place (id), part of the label, and a division (code) with everything below it.

    The status ``live`` is all that a renaming relabels: proposed, reserved and current.
    """
    statement = select(StandardAddress)
    if status == "live":
        statement = statement.where(StandardAddress.status.in_(("proposed", "reserved", "current")))
    elif status:
        statement = statement.where(StandardAddress.status == status)
    if place:
        statement = statement.where((StandardAddress.place_id == place) | (StandardAddress.estate_id == place))
    if division:
        statement = statement.where(StandardAddress.division_id.in_(_within(session, division)))
    if text:
        statement = statement.where(StandardAddress.label.contains(text, autoescape=True))
    return statement


def list_rows(session: Session, kind: str, statement: Select[Any], *, after: str | None = None, limit: int = 50) -> Page[Any]:
    """Return one page of ``divisions``, ``places`` or ``addresses``."""
    return keyset(session, statement, SUBJECTS[kind].id, after=after, limit=limit)


def all_rows(session: Session, kind: str, statement: Select[Any]) -> Iterator[Any]:
    """Yield every row of a list in its order, streamed."""
    yield from session.scalars(statement.order_by(SUBJECTS[kind].id).execution_options(yield_per=500))


def towns(session: Session, district_code: str) -> list[Division]:
    """Return the current towns of a district by code."""
    found = select(Division).where(Division.level == "town", Division.valid_to.is_(None), Division.code.startswith(district_code))
    return list(session.scalars(found.order_by(Division.code)))


def deciding_units(session: Session, district_code: str) -> list[Division]:
    """Return the units a person's competence may be limited to: the city and the district around here, and the district's towns."""
    codes = (district_code[:4], district_code)
    above = select(Division).where(Division.code.in_(codes), Division.valid_to.is_(None)).order_by(Division.code)
    return [*session.scalars(above), *towns(session, district_code)]


def hanging_on(session: Session, address_id: str) -> dict[str, int]:
    """Return how much hangs on an address: linked case records, plates, addresses inside it."""
    questions = {
        "cases": _linked_cases.where(AddressLink.address_id == address_id),
        "plates": select(func.count()).select_from(Plate).where(Plate.address_id == address_id),
        "inside": select(func.count()).select_from(StandardAddress).where(StandardAddress.parent_id == address_id),
    }
    return {name: session.scalar(statement) or 0 for name, statement in questions.items()}


def hanging_on_place(session: Session, place_id: str) -> dict[str, int]:
    """Return how much hangs on a place: current addresses, plates of its addresses, linked case records of both."""
    mine = select(StandardAddress.id).where((StandardAddress.place_id == place_id) | (StandardAddress.estate_id == place_id))
    current = mine.where(StandardAddress.status == "current").subquery()
    questions = {
        "addresses": select(func.count()).select_from(current),
        "plates": select(func.count()).select_from(Plate).where(Plate.address_id.in_(mine)),
        "cases": _linked_cases.where((AddressLink.place_id == place_id) | AddressLink.address_id.in_(mine)),
    }
    return {name: session.scalar(statement) or 0 for name, statement in questions.items()}


_linked_cases = select(func.count(AddressLink.case_id.distinct())).where(AddressLink.status == "linked")
"""How many case records are linked: one with two links to the same place is one record."""


def _within(session: Session, code: str) -> list[str]:
    tree = load_divisions(session)
    found = tree.by_code(code)
    return tree.below(found.id) if found else []
