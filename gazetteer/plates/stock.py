"""Plates that have a life behind them: brought in from a file, each with a serial of its own, in any state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from gazetteer import workflow
from gazetteer.plates.faces import faces, plate_kind
from gazetteer.plates.orders import in_chunks
from gazetteer.plates.serials import issue
from gazetteer.store.events import Actor
from gazetteer.store.models import Plate, StandardAddress
from geoaddr.errors import NotFound


@dataclass(frozen=True, slots=True)
class PresentPlate:
    """One plate that exists already: where, of which kind ('' for the address's own) and size ('' for the usual), how it stands."""

    address_id: str
    status: str
    kind: str = ""
    size: str = ""
    installed_on: date | None = None
    accepted_on: date | None = None
    read: tuple[tuple[str, str], ...] = ()
    """What was read on the plate itself where that was noted: pairs of name, number, pinyin and the text."""


def register_plates(session: Session, plates: Sequence[PresentPlate], *, actor: Actor) -> list[str]:
    """Enter plates with one event, serials issued in order without gaps; returns their ids in order.

    Raises ``NotFound`` for an address that is none, ``Conflict`` for one without a number to print. Written for bulk: 60,000 in one go.
    """
    known: dict[str, StandardAddress] = {row.id: row for row in in_chunks(session, StandardAddress, [one.address_id for one in plates])}
    if missing := [one.address_id for one in plates if one.address_id not in known]:
        raise NotFound(f"没有编号为 {missing[0][:20]} 的地址", field="address_id")
    codes = [known[one.address_id].division.code[:6].ljust(6, "0") for one in plates]
    serials: dict[str, Iterator[str]] = {code: iter(issue(session, code, count)) for code, count in Counter(codes).items()}
    faced: dict[tuple[str, str, str], dict[str, object]] = {}
    for kind, size in sorted({(one.kind, one.size) for one in plates}):
        ids = list(dict.fromkeys(one.address_id for one in plates if (one.kind, one.size) == (kind, size)))
        drawn = faces(session, [known[id_] for id_ in ids], kind=kind or None, size=size or None)
        faced |= {(id_, kind, size): face for id_, face in zip(ids, drawn, strict=True)}
    rows = [
        {
            "serial": next(serials[code]), "address_id": one.address_id, "kind": one.kind or plate_kind(known[one.address_id]),
            "face": _face_of(one, faced), "status": one.status, "installed_on": one.installed_on,
            "accepted_on": one.accepted_on,
        }
        for one, code in zip(plates, codes, strict=True)
    ]  # fmt: skip
    return workflow.enter_many(session, Plate, rows, actor=actor, verb="imported")


def _face_of(plate: PresentPlate, faced: Mapping[tuple[str, str, str], dict[str, object]]) -> dict[str, object]:
    """Return a plate's face as the register would print it, with what was read on the plate itself in its place."""
    face = faced[plate.address_id, plate.kind, plate.size]
    return {**face, **dict(plate.read), "read_on_site": True} if plate.read else face
