"""Plates, orders and visits as lists: filters, true totals, keyset pages."""

from __future__ import annotations

from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.orm import Session

from gazetteer.divisions import load_divisions
from gazetteer.paging import Page, keyset
from gazetteer.plates.orders import HANGING, PENDING
from gazetteer.plates.serials import LENGTH
from gazetteer.store.models import Plate, PlateOrder, PlateTask, PlateVisit, StandardAddress

STATUS_GROUPS = MappingProxyType({"hanging": HANGING, "pending": PENDING, "standing": (*PENDING, *HANGING)})
"""Statuses asked for together: plates on the wall, in the making, and both."""


def list_plates(
    session: Session,
    *,
    status: str | None = None,
    kind: str | None = None,
    division_id: str | None = None,
    place_id: str | None = None,
    order_id: str | None = None,
    text: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page[Plate]:
    """Return plates by the order of their issue. ``division_id`` includes everything below it; ``text`` is the beginning of a serial,
    or part of the address label; ``after`` the last page's ``next_after``; ``status`` one status or one of ``STATUS_GROUPS``.
    """
    statement = select(Plate)
    if status:
        statement = statement.where(Plate.status.in_(STATUS_GROUPS.get(status, (status,))))
    if kind:
        statement = statement.where(Plate.kind == kind)
    if order_id:
        statement = statement.where(Plate.id.in_(select(PlateTask.plate_id).where(PlateTask.order_id == order_id)))
    if division_id or place_id or text:
        statement = statement.join(StandardAddress, StandardAddress.id == Plate.address_id)
    if division_id:
        statement = statement.where(StandardAddress.division_id.in_(load_divisions(session).below(division_id)))
    if place_id:
        statement = statement.where((StandardAddress.place_id == place_id) | (StandardAddress.estate_id == place_id))
    if text:
        digits = "".join(text.split())
        if digits.isascii() and digits.isdigit() and 6 <= len(digits) <= LENGTH:
            statement = statement.where(Plate.serial.startswith(digits))
        else:
            statement = statement.where(StandardAddress.label.contains(text.strip(), autoescape=True))
    return keyset(session, statement, Plate.id, after=after, limit=limit)


def list_orders(
    session: Session, *, action: str | None = None, status: str | None = None, after: str | None = None, limit: int = 50
) -> Page[PlateOrder]:
    """Return orders, newest first."""
    statement = select(PlateOrder)
    if action:
        statement = statement.where(PlateOrder.action == action)
    if status:
        statement = statement.where(PlateOrder.status == status)
    return keyset(session, statement, PlateOrder.id, after=after, limit=limit, newest_first=True)


def list_visits(
    session: Session,
    *,
    status: str | None = None,
    outcome: str | None = None,
    plate_id: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page[PlateVisit]:
    """Return visits, oldest first, so that what has waited longest is looked at first."""
    statement = select(PlateVisit)
    if status:
        statement = statement.where(PlateVisit.status == status)
    if outcome:
        statement = statement.where(PlateVisit.outcome == outcome)
    if plate_id:
        statement = statement.where(PlateVisit.plate_id == plate_id)
    return keyset(session, statement, PlateVisit.id, after=after, limit=limit)
