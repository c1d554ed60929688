"""What may happen to one standard address by itself: its point corrected, taken into force, rejected, retired, restored.

Everything that hangs on it follows in the same transaction: plates are ordered down, links of cases are decided anew.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from shapely.geometry import Point
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gazetteer.addresses import find_address, require_in_district
from gazetteer.linking.engine import Engine
from gazetteer.linking.linker import relink
from gazetteer.plates.orders import order_take_down
from gazetteer.store.events import Actor
from gazetteer.store.models import Division, StandardAddress
from gazetteer.workflow import change, move, require_version
from geoaddr.errors import Conflict, UsageError

VERBS = {"current": "enact", "rejected": "reject", "retired": "retire"}
"""Status asked for -> move; a retired address comes back by ``restore``."""


def correct_point(
    session: Session, engine: Engine, address_id: str, lon: float, lat: float, *, source: str, version: int | None, actor: Actor
) -> StandardAddress:
    """Put the point of an address where its door is, in CGCS2000 degrees; a correction, not a change in the world."""
    address = find_address(session, address_id)
    require_version(address, version)
    if not source.strip():
        raise UsageError("请写明新位置的来源", field="point_source")
    require_in_district(session.get(Division, address.division_id), lon, lat)
    to = {"geom": Point(lon, lat), "point_source": source.strip()[:80], "point_level": "number", "datum": "CGCS2000"}
    change(session, address, actor=actor, verb="correct_point", to=to)
    _decide_links_anew(session, engine, address, actor)
    return address


def move_address(
    session: Session, engine: Engine, address_id: str, status: str, *, reason: str, on: date, version: int | None, actor: Actor
) -> StandardAddress:
    """Take an address into force, reject, retire or restore it on a day, for a reason.

    Retiring cancels plates in the making, orders hanging ones down and decides the links to it anew. ``Conflict`` where units
    or rooms still hang on it, or the move is not allowed from its present status.
    """
    address = find_address(session, address_id)
    require_version(address, version)
    verb = "restore" if (status, address.status) == ("current", "retired") else VERBS.get(status)
    if verb is None:
        raise UsageError("状态只能改为 current、rejected 或 retired", field="status")
    if not reason.strip():
        raise UsageError("请写明理由", field="reason")
    if verb in ("retire", "reject"):
        _require_childless(session, address)
    changed: dict[str, dict[str, Any]] = {"retire": {"valid_to": on}, "restore": {"valid_to": None}}
    move(session, address, verb, actor=actor, also=changed.get(verb), payload={"reason": reason.strip()[:300]})
    if verb in ("retire", "reject"):
        order_take_down(session, [address.id], reason=reason.strip()[:300], actor=actor)
    _decide_links_anew(session, engine, address, actor)
    return address


def _require_childless(session: Session, address: StandardAddress) -> None:
    live = StandardAddress.status.in_(("proposed", "reserved", "current"))
    count = session.scalar(select(func.count()).select_from(StandardAddress).where(StandardAddress.parent_id == address.id, live)) or 0
    if count:
        raise Conflict(f"这个门牌下还有 {count} 个幢、单元或户室地址，请先处理它们")


def _decide_links_anew(session: Session, engine: Engine, address: StandardAddress, actor: Actor) -> None:
    places = [address.place_id] if address.place_id else []
    names = [address.place.standard_name] if address.place else []
    relink(session, engine.view_in(session), address_ids=[address.id], place_ids=places, names=names, actor=actor)
