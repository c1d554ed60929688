"""An installer's list: what to hang, replace and take down, in the order of walking."""

from __future__ import annotations

from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from gazetteer.plates.orders import PENDING
from gazetteer.plates.walking import walking_order
from gazetteer.store.events import now
from gazetteer.store.models import Plate, PlateOrder, PlateTask, StandardAddress
from geoaddr.geometry import distance_m
from geoaddr.settings import Settings

FIELD_ACTIONS = ("hang", "replace", "take_down")
READ_LIMIT = 2_000


def work_list(
    session: Session, *, installer: str | None = None, near: tuple[float, float] | None = None, limit: int = 300
) -> list[dict[str, Any]]:
    """Return open field tasks in walking order from ``near`` (lon, lat): {"serial", "address", "action", "lon", "lat", …}.

    ``installer`` (a user id) sees the orders given to them and those given to nobody; without it, all. An old plate whose successor
    is on its way is no task of its own: it comes down when the new one is hung. ``distance_m`` is from ``near``, else None.
    """
    successor = aliased(Plate)
    coming = select(successor.id).where(
        successor.address_id == Plate.address_id, successor.kind == Plate.kind, successor.id != Plate.id, successor.status.in_(PENDING)
    )
    statement = (
        select(PlateTask.action, Plate, StandardAddress, PlateOrder.reason, PlateOrder.due_on)
        .join(PlateOrder, PlateOrder.id == PlateTask.order_id)
        .join(Plate, Plate.id == PlateTask.plate_id)
        .join(StandardAddress, StandardAddress.id == Plate.address_id)
        .where(PlateTask.status == "open", PlateTask.action.in_(FIELD_ACTIONS))
        .where(or_(PlateTask.action != "take_down", ~coming.exists()))
        .order_by(PlateTask.id)
        .limit(READ_LIMIT)
    )
    if installer is not None:
        statement = statement.where(or_(PlateOrder.assigned_to == installer, PlateOrder.assigned_to.is_(None)))
    tasks = [_task(action, plate, address, reason, due_on, near) for action, plate, address, reason, due_on in session.execute(statement)]
    placed = [task for task in tasks if task["lon"] is not None]
    order = walking_order([(task["lon"], task["lat"]) for task in placed], near)
    return ([placed[index] for index in order] + [task for task in tasks if task["lon"] is None])[:limit]


def tasks_json(
    session: Session, settings: Settings, *, installer: str | None = None, near: tuple[float, float] | None = None
) -> dict[str, Any]:
    """Return what the phone keeps for working without a network: the list and the limits a confirmation must meet."""
    return {
        "generated_at": now().isoformat(timespec="seconds"),
        "max_accuracy_m": settings.confirm_max_accuracy_m,
        "max_distance_m": settings.confirm_max_distance_m,
        "tasks": work_list(session, installer=installer, near=near),
    }


def _task(
    action: str, plate: Plate, address: StandardAddress, reason: str, due_on: Any, near: tuple[float, float] | None
) -> dict[str, Any]:
    point = None if address.geom is None else address.geom.representative_point()
    note = "；".join(part for part in (reason, f"{due_on:%Y-%m-%d} 前完成" if due_on else "") if part)
    return {
        "serial": plate.serial, "address": address.label, "place": plate.face.get("name", ""), "kind": plate.kind, "action": action,
        "lon": None if point is None else round(point.x, 7), "lat": None if point is None else round(point.y, 7), "note": note,
        "number": f"{plate.face.get('number', '')}{plate.face.get('suffix', '')}",
        "distance_m": None if point is None or near is None else round(distance_m(near[0], near[1], point.x, point.y), 1),
    }  # fmt: skip
