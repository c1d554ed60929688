"""All suggestions for what a split left open in one unit, taken at once: what lies within the outline of one part goes to that part.

Only what an outline decides is moved; whatever lies in none or in several, or has no position, stays for a person to settle.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gazetteer.division_settling import Left, inside_of, parts_of, settle, suggested_parts
from gazetteer.divisions import find_division
from gazetteer.exchange.importing.follow import TAKEN
from gazetteer.reach import require_reach
from gazetteer.store.bulk import among
from gazetteer.store.events import Actor
from gazetteer.store.models import Division, PlaceName, StandardAddress
from geoaddr.errors import Conflict, said

KINDS = ("children", "places", "addresses")
SUGGESTED = dict[str, dict[str, list[str]]]


@dataclass(frozen=True, slots=True)
class Share:
    """What one part would get: units, places, addresses of the unit itself, and addresses that go along with the places."""

    part: Division
    children: int
    places: int
    addresses: int
    along: int


@dataclass(frozen=True, slots=True)
class Preview:
    """How many go where and what stays; ``seen`` names exactly this state, for taking it and nothing else."""

    shares: tuple[Share, ...]
    staying: Left
    seen: str

    @property
    def moving(self) -> int:
        """How many things have a suggestion, those that go along with a place not counted."""
        return sum(one.children + one.places + one.addresses for one in self.shares)


def preview(session: Session, division_id: str) -> Preview:
    """Count what taking all suggestions of a unit would move, part by part; no shares where nothing has a suggestion."""
    found, open_ = _suggested(session, division_id)
    parts = [part for part in parts_of(session, division_id) if part.id in found]
    shares = []
    for part in parts:
        counts = {kind: len(found[part.id][kind]) for kind in KINDS}
        shares.append(Share(part, **counts, along=_along(session, found[part.id]["places"], division_id)))
    return Preview(tuple(shares), Left(**open_), _fingerprint(found))


def take_all(session: Session, division_id: str, *, seen: str, actor: Actor) -> dict[str, int]:
    """Send everything that has a suggestion where it is suggested, in this one transaction; returns how many of each moved.

    ``Conflict`` where what was shown is no longer so, or a number is taken in a part already; ``Forbidden`` for somebody whose
    competence does not reach there.
    """
    require_reach(session, (find_division(session, division_id).id,), actor)
    found, _open = _suggested(session, division_id)
    if not found or _fingerprint(found) != seen:
        raise Conflict(said("所列的建议已有变化，请再看一遍去向再归入"))
    moved = dict.fromkeys(KINDS, 0)
    for part_id, chosen in found.items():
        told = settle(session, division_id, part_id, actor=actor, **chosen)
        moved = {kind: moved[kind] + told[kind] for kind in KINDS}
    return moved


def _suggested(session: Session, division_id: str) -> tuple[SUGGESTED, dict[str, int]]:
    """Return part -> kind -> ids of what has a suggestion, and how many of each kind have none."""
    parts = parts_of(session, division_id)
    found: SUGGESTED = {}
    open_ = dict.fromkeys(KINDS, 0)
    tables: tuple[Any, ...] = (Division, PlaceName, StandardAddress)
    for kind, table, statement in zip(KINDS, tables, inside_of(division_id), strict=True):
        rows = session.execute(statement.with_only_columns(table.id, table.geom)).all()
        for row, part_id in zip(rows, suggested_parts([row.geom for row in rows], parts), strict=True):
            if part_id:
                found.setdefault(part_id, {kind: [] for kind in KINDS})[kind].append(row.id)
            else:
                open_[kind] += 1
    return dict(sorted(found.items())), open_


def _along(session: Session, place_ids: Sequence[str], division_id: str) -> int:
    on = among(session, StandardAddress.__table__.c.place_id, place_ids)
    here = (StandardAddress.division_id == division_id, StandardAddress.status.in_(TAKEN))
    return session.scalar(select(func.count()).where(on, *here)) or 0


def _fingerprint(found: SUGGESTED) -> str:
    text = ";".join(f"{part}:{','.join(ids)}" for part, kinds in found.items() for ids in kinds.values())
    return hashlib.sha256(text.encode()).hexdigest()[:32]
