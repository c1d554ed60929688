"""Place names and addresses follow their division when it lives on in exactly one other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gazetteer.addresses import PART_COLUMNS, label_for
from gazetteer.divisions import load_divisions
from gazetteer.store.events import Actor
from gazetteer.store.models import PlaceName, StandardAddress
from gazetteer.workflow import change_many

CHUNK = 5_000
TAKEN = ("proposed", "reserved", "current")


def follow_successions(session: Session, heirs: Mapping[str, str], *, actor: Actor, payload: Mapping[str, Any]) -> dict[str, int]:
    """Move places and addresses from ended divisions to their one successor and write their labels anew.

    ``heirs`` is old division id → new division id. Addresses numbered on the division itself stay where several divisions became
    one, because their numbers may now collide; they are counted as ``left_behind``. Returns what moved.
    """
    if not heirs:
        return {}
    several = {new for new in heirs.values() if list(heirs.values()).count(new) > 1}
    olds = sorted(heirs)
    places: list[dict[str, Any]] = []
    for start in range(0, len(olds), CHUNK):
        found = select(PlaceName.id, PlaceName.division_id).where(PlaceName.division_id.in_(olds[start : start + CHUNK]))
        places += [{"id": row.id, "division_id": heirs[row.division_id]} for row in session.execute(found)]
    change_many(session, PlaceName, places, actor=actor, verb="followed_division", payload=payload)
    addresses, left = _addresses(session, heirs, olds, several)
    change_many(session, StandardAddress, addresses, actor=actor, verb="followed_division", payload=payload)
    return {"places_followed": len(places), "addresses_followed": len(addresses), "left_behind": left}


def _addresses(session: Session, heirs: Mapping[str, str], olds: list[str], several: set[str]) -> tuple[list[dict[str, Any]], int]:
    tree = load_divisions(session)
    rows: list[dict[str, Any]] = []
    left = 0
    names = {new: tree.names(new) for new in set(heirs.values())}
    known: dict[str, PlaceName | None] = {}
    for start in range(0, len(olds), CHUNK):
        chunk = olds[start : start + CHUNK]
        found = select(StandardAddress).where(StandardAddress.division_id.in_(chunk), StandardAddress.status.in_(TAKEN))
        for address in session.scalars(found):
            new = heirs[address.division_id]
            if address.place_id is None and new in several:
                left += 1
                continue
            place, estate = (_known(session, known, id_) for id_ in (address.place_id, address.estate_id))
            parts = {name: getattr(address, name) for name in PART_COLUMNS}
            rows.append({"id": address.id, "division_id": new, "label": label_for(names[new], place, estate, parts)})
    return rows, left


def _known(session: Session, known: dict[str, PlaceName | None], id_: str | None) -> PlaceName | None:
    if id_ is None:
        return None
    if id_ not in known:
        known[id_] = session.get(PlaceName, id_)
    return known[id_]
