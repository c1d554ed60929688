"""Plates ordered, made, received, dispatched to a crew; and what becomes of hanging plates when an address changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from gazetteer import workflow
from gazetteer.plates.conventions import today
from gazetteer.plates.faces import faces, plate_kind
from gazetteer.plates.serials import hold_register, issue
from gazetteer.store.events import SYSTEM, Actor
from gazetteer.store.models import Plate, PlateOrder, PlateTask, StandardAddress, User
from geoaddr.errors import Conflict, NotFound, UsageError

PENDING = ("ordered", "made", "received", "dispatched")
HANGING = ("installed", "accepted", "damaged")
CHUNK = 500
BATCH_VERBS = {"make": ("ordered",), "receive": ("made",), "dispatch": ("received", "made"), "cancel": PENDING}
"""What may be done with all plates of a make order together, and from which statuses."""

ItemT = TypeVar("ItemT")


def order_plates(
    session: Session,
    address_ids: Sequence[str],
    *,
    kind: str | None = None,
    size: str | None = None,
    reason: str,
    actor: Actor,
    procedure_id: str | None = None,
    due_on: date | None = None,
) -> PlateOrder:
    """Order one new plate for each address: serials issued, faces fixed, one make task a plate. Returns the make order.

    Without ``kind`` each address gets the plate of its deepest part. ``Conflict`` names the first address that is not in use or
    already waits for a plate of this kind; then nothing is ordered.
    """
    if not address_ids:
        raise UsageError("请至少选择一个地址", field="address_ids")
    hold_register(session)
    addresses = _addresses(session, address_ids)
    for address in addresses:
        if address.status not in ("current", "reserved"):
            raise Conflict(f"{address.label}不是现行地址，不能订制门牌", field="address_ids")
    by_id = {address.id: address for address in addresses}
    for plate in _plates_of(session, address_ids, PENDING):
        address = by_id[plate.address_id]
        if plate.kind == (kind or plate_kind(address)):
            raise Conflict(f"{address.label}已有一块在制的门牌（{plate.serial}）", field="address_ids")
    order = _open_order(session, "make", reason=reason, procedure_id=procedure_id, due_on=due_on, actor=actor)
    _make_plates(session, order, addresses, kind, size, actor)
    return order


def order_for_relabel(session: Session, address_ids: Sequence[str], *, reason: str, procedure_id: str | None, actor: Actor) -> list[str]:
    """After addresses got a new label: new plates for those that have or await one, take-down tasks for the hanging ones.

    Plates still in the making carry the old name: they are cancelled. Addresses without any plate are left to coverage. Returns
    the ids of the make order and, where anything hangs, the take-down order; empty where there was nothing to do.
    """
    if not address_ids:
        return []
    hold_register(session)
    pending = _plates_of(session, address_ids, PENDING)
    hanging = _plates_of(session, address_ids, HANGING)
    if not pending and not hanging:
        return []
    _cancel_plates(session, pending, actor, reason)
    orders = []
    # One plate of each kind at an address is replaced by one of the same kind.
    kinds: dict[str | None, set[str]] = {}
    for plate in [*pending, *hanging]:
        kinds.setdefault(plate.kind, set()).add(plate.address_id)
    make = _open_order(session, "make", reason=reason, procedure_id=procedure_id, due_on=None, actor=actor)
    for kind, ids in sorted(kinds.items(), key=lambda item: str(item[0])):
        _make_plates(session, make, _addresses(session, sorted(ids)), kind, None, actor)
    orders.append(make.id)
    if (down := _take_down_order(session, hanging, reason=reason, procedure_id=procedure_id, actor=actor)) is not None:
        orders.append(down.id)
    return orders


def order_take_down(
    session: Session, address_ids: Sequence[str], *, reason: str, actor: Actor, procedure_id: str | None = None
) -> PlateOrder | None:
    """After addresses were retired: cancel their plates in the making, order the hanging ones down. None where nothing hangs."""
    hold_register(session)
    _cancel_plates(session, _plates_of(session, address_ids, PENDING), actor, reason)
    hanging = _plates_of(session, address_ids, HANGING)
    return _take_down_order(session, hanging, reason=reason, procedure_id=procedure_id, actor=actor)


def advance(
    session: Session, order_id: str, verb: str, *, actor: Actor, assigned_to: str | None = None, version: int | None = None
) -> PlateOrder:
    """Move all plates of a make order together: ``make``, ``receive``, ``dispatch`` (to a crew) or ``cancel``.

    Returns the order; for ``dispatch`` the new order to hang the plates, assigned to the user ``assigned_to``. Plates of the order
    that were cancelled one by one stay behind. ``Conflict`` where no plate is at the right stage.
    """
    order = find_order(session, order_id)
    workflow.require_version(order, version)
    if order.action != "make":
        if verb != "cancel":
            raise Conflict("只有制作批次可以整批流转")
        return _cancel_order(session, order, actor)
    if verb not in BATCH_VERBS:
        raise UsageError(f"批次只能执行 {'、'.join(BATCH_VERBS)}", field="verb")
    if verb not in moves_of_order(session, order):
        raise Conflict(f"这一批门牌现在不能执行“{verb}”：没有处于 {'、'.join(BATCH_VERBS[verb])} 状态的门牌")
    if verb == "cancel":
        return _cancel_order(session, order, actor)
    if verb == "dispatch" and assigned_to is not None and session.get(User, assigned_to) is None:
        raise NotFound("没有这位安装人员", field="assigned_to")
    ids = [id_ for id_, status in _order_plates(session, order.id) if status in BATCH_VERBS[verb]]
    workflow.move_many(session, Plate, ids, verb, actor=actor, payload={"order_id": order.id})
    return order if verb != "dispatch" else _dispatch(session, order, ids, assigned_to, actor)


def moves_of_order(session: Session, order: PlateOrder) -> list[str]:
    """Return what may be done with an order now, from where its plates stand."""
    if order.status == "cancelled":
        return []
    if order.action != "make":
        return ["cancel"] if order.status == "open" else []
    statuses = {status for _, status in _order_plates(session, order.id)}
    return [verb for verb, sources in BATCH_VERBS.items() if statuses & set(sources) and (verb != "cancel" or order.status == "open")]


def order_counts(session: Session, order_id: str) -> dict[str, int]:
    """Return how many plates of an order stand where: {"made": 12, "received": 3}."""
    return dict(Counter(status for _, status in _order_plates(session, order_id)))


def find_order(session: Session, order_id: str) -> PlateOrder:
    """Return an order by id; ``NotFound`` where there is none."""
    if (order := session.get(PlateOrder, order_id)) is None:
        raise NotFound("没有这个批次", field="order_id")
    return order


def find_plate(session: Session, serial: str) -> Plate:
    """Return a plate by serial; ``NotFound`` where none was issued under it."""
    if (plate := session.scalar(select(Plate).where(Plate.serial == serial))) is None:
        raise NotFound("没有这个编号的门牌", field="serial")
    return plate


def close_tasks(session: Session, plate_id: str, actions: Sequence[str], verb: str, *, actor: Actor) -> None:
    """Complete or cancel the open tasks of one plate, and the orders that have no open task left."""
    _close_tasks(session, [plate_id], actions, verb, actor)


def open_task(session: Session, plate: Plate, action: str, *, reason: str, actor: Actor) -> PlateOrder:
    """Open an order with one task for one plate, given to nobody in particular."""
    order = _open_order(session, action, reason=reason, procedure_id=None, actor=actor)
    _add_tasks(session, order, [plate.id], action, actor)
    return order


def _open_order(
    session: Session, action: str, *, reason: str, procedure_id: str | None, actor: Actor, due_on: date | None = None, to: str | None = None
) -> PlateOrder:
    if due_on is not None and due_on < today():
        raise UsageError("完成期限不能早于今天", field="due_on")
    order = PlateOrder(action=action, status="open", reason=reason[:300], procedure_id=procedure_id, assigned_to=to, due_on=due_on)
    return workflow.enter(session, order, actor=actor, verb="opened", payload={"action": action})


def _make_plates(
    session: Session, order: PlateOrder, addresses: Sequence[StandardAddress], kind: str | None, size: str | None, actor: Actor
) -> None:
    """Enter plates and their make tasks, one event each for all."""
    drawn = faces(session, addresses, kind=kind, size=size)
    serials: dict[str, Iterator[str]] = {}
    codes = [address.division.code[:6].ljust(6, "0") for address in addresses]
    for code, count in Counter(codes).items():
        serials[code] = iter(issue(session, code, count))
    rows = [
        {"serial": next(serials[code]), "address_id": address.id, "kind": face["kind"], "face": face, "status": "ordered"}
        for address, face, code in zip(addresses, drawn, codes, strict=True)
    ]
    ids = workflow.enter_many(session, Plate, rows, actor=actor, verb="ordered", payload={"order_id": order.id})
    _add_tasks(session, order, ids, "make", actor)


def _add_tasks(session: Session, order: PlateOrder, plate_ids: Sequence[str], action: str, actor: Actor) -> None:
    rows = [{"order_id": order.id, "plate_id": plate_id, "action": action, "status": "open"} for plate_id in plate_ids]
    workflow.enter_many(session, PlateTask, rows, actor=actor, verb="opened", payload={"order_id": order.id, "action": action})


def _dispatch(session: Session, order: PlateOrder, plate_ids: Sequence[str], assigned_to: str | None, actor: Actor) -> PlateOrder:
    """Open the order to hang plates that are on their way; where an old plate hangs, the task is to replace it."""
    _close_tasks(session, plate_ids, ("make",), "complete", actor)
    hang = _open_order(session, "hang", reason=order.reason, procedure_id=order.procedure_id, actor=actor, to=assigned_to)
    fresh: list[str] = []
    replacing: list[str] = []
    plates = in_chunks(session, Plate, plate_ids)
    hanging = {(old.address_id, old.kind) for old in _plates_of(session, [plate.address_id for plate in plates], HANGING)}
    for plate in plates:
        (replacing if (plate.address_id, plate.kind) in hanging else fresh).append(plate.id)
    _add_tasks(session, hang, fresh, "hang", actor)
    _add_tasks(session, hang, replacing, "replace", actor)
    return hang


def _take_down_order(
    session: Session, hanging: Sequence[Plate], *, reason: str, procedure_id: str | None, actor: Actor
) -> PlateOrder | None:
    """Open a take-down order for the hanging plates that are not already to come down."""
    ids = [plate.id for plate in hanging]
    busy: set[str] = set()
    for chunk in _chunks(ids):
        open_down = select(PlateTask.plate_id).where(
            PlateTask.plate_id.in_(chunk), PlateTask.action == "take_down", PlateTask.status == "open"
        )
        busy |= set(session.scalars(open_down))
    left = [id_ for id_ in ids if id_ not in busy]
    if not left:
        return None
    order = _open_order(session, "take_down", reason=reason, procedure_id=procedure_id, actor=actor)
    _add_tasks(session, order, left, "take_down", actor)
    return order


def _cancel_plates(session: Session, plates: Sequence[Plate], actor: Actor, reason: str) -> None:
    ids = [plate.id for plate in plates]
    workflow.move_many(session, Plate, ids, "cancel", actor=_office(actor), payload={"reason": reason[:300]})
    _close_tasks(session, ids, ("make", "hang", "replace"), "cancel", _office(actor))


def _cancel_order(session: Session, order: PlateOrder, actor: Actor) -> PlateOrder:
    if order.status != "open":
        raise Conflict("这个批次已经办结，不能取消")
    tasks = session.execute(
        select(PlateTask.id, PlateTask.plate_id).where(PlateTask.order_id == order.id, PlateTask.status == "open")
    ).all()
    if order.action == "make":
        standing = dict(_order_plates(session, order.id))
        ids = [row.plate_id for row in tasks if standing.get(row.plate_id) in PENDING]
        workflow.move_many(session, Plate, ids, "cancel", actor=actor, payload={"order_id": order.id})
    workflow.move_many(session, PlateTask, [row.id for row in tasks], "cancel", actor=actor)
    workflow.move(session, order, "cancel", actor=actor)
    return order


def _close_tasks(session: Session, plate_ids: Sequence[str], actions: Sequence[str], verb: str, actor: Actor) -> None:
    """Close tasks of plates; an order whose last open task this was is done (or cancelled with it)."""
    found: list[Any] = []
    for chunk in _chunks(plate_ids):
        found += session.execute(
            select(PlateTask.id, PlateTask.order_id).where(
                PlateTask.plate_id.in_(chunk), PlateTask.action.in_(actions), PlateTask.status == "open"
            )
        ).all()
    workflow.move_many(session, PlateTask, [row.id for row in found], verb, actor=actor)
    for order_id in sorted({row.order_id for row in found}):
        left = select(PlateTask.id).where(PlateTask.order_id == order_id, PlateTask.status == "open").limit(1)
        if session.scalar(left) is None:
            done = session.scalar(select(PlateTask.id).where(PlateTask.order_id == order_id, PlateTask.status == "done").limit(1))
            order = find_order(session, order_id)
            if order.status == "open":
                workflow.move(session, order, "complete" if done else "cancel", actor=SYSTEM)


def _office(actor: Actor) -> Actor:
    """Consequences of a decision are carried out by the system where the decider's role is not an office one."""
    return actor if actor.role in workflow.OFFICE else SYSTEM


def _order_plates(session: Session, order_id: str) -> list[tuple[str, str]]:
    rows = session.execute(
        select(Plate.id, Plate.status)
        .join(PlateTask, PlateTask.plate_id == Plate.id)
        .where(PlateTask.order_id == order_id)
        .order_by(Plate.id)
    )
    return [(row.id, row.status) for row in rows]


def _addresses(session: Session, ids: Sequence[str]) -> list[StandardAddress]:
    found = {row.id: row for row in in_chunks(session, StandardAddress, ids)}
    if missing := [id_ for id_ in ids if id_ not in found]:
        raise NotFound(f"没有编号为 {missing[0][:20]} 的地址", field="address_ids")
    return [found[id_] for id_ in dict.fromkeys(ids)]


def _plates_of(session: Session, address_ids: Sequence[str], statuses: Sequence[str]) -> list[Plate]:
    found: list[Plate] = []
    for chunk in _chunks(address_ids):
        found += session.scalars(select(Plate).where(Plate.address_id.in_(chunk), Plate.status.in_(statuses)).order_by(Plate.id))
    return found


def in_chunks(session: Session, model: Any, ids: Sequence[str]) -> list[Any]:
    """Return the rows of a table with these ids, read a few hundred at a time."""
    return [row for chunk in _chunks(ids) for row in session.scalars(select(model).where(model.id.in_(chunk)).order_by(model.id))]


def _chunks(items: Iterable[ItemT]) -> Iterator[list[ItemT]]:
    listed = list(dict.fromkeys(items))
    for start in range(0, len(listed), CHUNK):
        yield listed[start : start + CHUNK]
