"""One plate moved by an officer's hand, with the tasks that follow; visits and batches have their own ways."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from gazetteer import workflow
from gazetteer.plates.orders import close_tasks, find_plate, open_task
from gazetteer.plates.visits import accept_plate
from gazetteer.store.events import Actor
from gazetteer.store.models import Plate
from geoaddr.errors import Conflict, UsageError

WORDS = {
    "accept": "验收",
    "send_back": "退回重装",
    "report_damage": "报损",
    "repair": "修复",
    "take_down": "拆除",
    "cancel": "作废",
}
"""Verbs an officer has for one plate. Making and dispatching go by batch, installing by visit, replacing by a new plate hung."""

STATUS_WORDS = {
    "ordered": "已订制", "made": "已制作", "received": "已到货", "dispatched": "已派发", "installed": "已安装待验收", "accepted": "已验收",
    "damaged": "已损坏", "replaced": "已被新牌替换", "taken_down": "已拆除", "cancelled": "已作废",
}  # fmt: skip


NOT_HUNG: dict[str, Any] = {"installed_on": None, "accepted_on": None}
"""What is forgotten of a plate that goes back to be hung again; the log keeps it."""


def move_plate(session: Session, serial: str, verb: str, *, actor: Actor, version: int | None = None) -> Plate:
    """Move one plate by one of WORDS; a plate sent back gets a new hang task, one cancelled or taken down loses its open ones."""
    plate = find_plate(session, serial)
    workflow.require_version(plate, version)
    if verb not in WORDS:
        raise UsageError(f"门牌只能执行 {'、'.join(WORDS)}", field="verb")
    if refusal := refusals(plate, actor).get(verb):
        raise Conflict(refusal)
    if verb == "accept":
        accept_plate(session, plate, actor=actor)
        return plate
    workflow.move(session, plate, verb, actor=actor, also=_ALSO[verb](plate) if verb in _ALSO else None)
    if verb == "send_back":
        open_task(session, plate, "hang", reason="退回重装", actor=actor)
    if verb in ("cancel", "take_down"):
        close_tasks(session, plate.id, ("take_down",), "complete" if verb == "take_down" else "cancel", actor=actor)
        close_tasks(session, plate.id, ("make", "hang", "replace"), "cancel", actor=actor)
    return plate


_ALSO: dict[str, Callable[[Plate], dict[str, Any]]] = {"send_back": lambda _plate: dict(NOT_HUNG)}


def moves_of_plate(plate: Plate, actor: Actor) -> list[str]:
    """Return the verbs that may be executed on a plate now by this actor."""
    return [verb for verb in WORDS if verb not in refusals(plate, actor)]


def refusals(plate: Plate, actor: Actor) -> dict[str, str]:
    """Return for each verb that may not be executed now the reason why, for the greyed buttons of a page."""
    allowed = {found.verb: found for found in workflow.moves_from("plate", plate.status)}
    reasons: dict[str, str] = {}
    for verb, word in WORDS.items():
        if verb not in allowed:
            reasons[verb] = f"这块门牌{STATUS_WORDS[plate.status]}，不能{word}"
        elif actor.kind != "system" and actor.role not in allowed[verb].roles:
            reasons[verb] = f"您的角色不能{word}"
    return reasons
