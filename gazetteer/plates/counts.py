"""Counts and small look-ups that the pages of plates, orders and visits show beside their lists."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from gazetteer.divisions import load_divisions
from gazetteer.plates.lists import list_plates
from gazetteer.store.models import PlaceName, Plate, PlateOrder, PlateTask, PlateVisit, StandardAddress, User

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class OrderSummary:
    """One order in a list: how many plates it holds, how many of its tasks are still open, and who has it."""

    order: PlateOrder
    plates: int
    open: int
    assigned_name: str


def plate_counts(session: Session) -> dict[str, int]:
    """Return how many plates stand in each status."""
    return {row[0]: row[1] for row in session.execute(select(Plate.status, func.count()).group_by(Plate.status))}


def visit_counts(session: Session) -> dict[str, int]:
    """Return how many reports from the door are accepted, in review or dismissed."""
    return {row[0]: row[1] for row in session.execute(select(PlateVisit.status, func.count()).group_by(PlateVisit.status))}


def open_orders(session: Session) -> int:
    """Return how many orders are open."""
    return session.scalar(select(func.count()).select_from(PlateOrder).where(PlateOrder.status == "open")) or 0


def summaries(session: Session, orders: Sequence[PlateOrder]) -> list[OrderSummary]:
    """Return orders with their counts, in the order given."""
    ids = [order.id for order in orders]
    total: dict[str, int] = {}
    left: dict[str, int] = {}
    grouped = select(PlateTask.order_id, PlateTask.status, func.count()).where(PlateTask.order_id.in_(ids))
    for order_id, status, number in session.execute(grouped.group_by(PlateTask.order_id, PlateTask.status)):
        total[order_id] = total.get(order_id, 0) + number
        left[order_id] = left.get(order_id, 0) + (number if status == "open" else 0)
    named = select(User.id, User.display_name).where(User.id.in_({order.assigned_to for order in orders if order.assigned_to}))
    names: dict[str | None, str] = {row[0]: row[1] for row in session.execute(named)}
    return [OrderSummary(one, total.get(one.id, 0), left.get(one.id, 0), names.get(one.assigned_to, "")) for one in orders]


def tasks_of(session: Session, order_id: str, *, after: str | None = None, limit: int = 100) -> list[PlateTask]:
    """Return the tasks of an order, plates with them, by the order of entry."""
    statement = select(PlateTask).where(PlateTask.order_id == order_id).order_by(PlateTask.id).limit(limit)
    return list(session.scalars(statement if after is None else statement.where(PlateTask.id > after)))


def next_in_review(session: Session, visit_id: str) -> str | None:
    """Return the report after this one that waits for a person, else the first one, else None."""
    waiting: Select[Any] = select(PlateVisit.id).where(PlateVisit.status == "review", PlateVisit.id != visit_id).order_by(PlateVisit.id)
    after: str | None = session.scalar(waiting.where(PlateVisit.id > visit_id).limit(1))
    return after or session.scalar(waiting.limit(1))


def photo_known(session: Session, sha256: str) -> bool:
    """Say whether a report carries this photo."""
    return session.scalar(select(PlateVisit.id).where(PlateVisit.photo_sha256 == sha256).limit(1)) is not None


def every_plate(session: Session, **filters: str | None) -> Iterator[Plate]:
    """Yield every plate of a filtered list, page by page; filters as :func:`gazetteer.plates.lists.list_plates`."""
    after: str | None = None
    while True:
        page = list_plates(session, **filters, after=after, limit=AT_ONCE)
        yield from page.rows
        if (after := page.next_after) is None:
            return


def installers(session: Session) -> list[User]:
    """Return the people a hanging order can be given to."""
    return list(session.scalars(select(User).where(User.role.in_(("installer", "officer"))).order_by(User.role, User.display_name)))


def numbered_places(session: Session, *, division_id: str = "", text: str = "", category: str = "") -> Select[Any]:
    """Return the select of places that doors are numbered on, by division (with everything below it) and part of the name."""
    statement = select(PlaceName).where(PlaceName.status.in_(("current", "reserved")))
    kinds = (category,) if category else ("road", "lane", "natural_village", "estate")
    statement = statement.where(PlaceName.category.in_(kinds))
    if division_id:
        statement = statement.where(PlaceName.division_id.in_(load_divisions(session).below(division_id)))
    return statement.where(PlaceName.standard_name.contains(text, autoescape=True)) if text else statement


def doors_of(session: Session, place_id: str, *, limit: int = 3_000) -> list[StandardAddress]:
    """Return the doors of a place in use or reserved, without what lies inside them (buildings, flats, shops)."""
    address = StandardAddress
    statement = select(address).where(
        address.place_id == place_id, address.status.in_(("current", "reserved", "proposed")), address.building == "", address.unit == "",
        address.floor == "", address.room == "", address.poi == "",
    )  # fmt: skip
    return list(session.scalars(statement.order_by(address.id).limit(limit)))
