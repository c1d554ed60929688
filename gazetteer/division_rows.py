"""Ending a unit and beginning it anew: the only way a division changes code, name or parent, so that every day can be asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gazetteer.exchange.importing.follow import follow_successions
from gazetteer.store.events import Actor
from gazetteer.store.models import Division, DivisionSuccession
from gazetteer.workflow import enter, move
from geoaddr.errors import Conflict

SHOWN = 5


def end_unit(session: Session, unit: Division, on: date, *, actor: Actor, payload: Mapping[str, Any]) -> None:
    """End a unit on a day; ``Conflict`` where it began on that day or later."""
    if unit.valid_from >= on:
        raise Conflict(f"“{unit.name}”自 {unit.valid_from} 起才有，不能在 {on} 或之前变更")
    move(session, unit, "retire", actor=actor, also={"valid_to": on}, payload=payload)


def state_succession(session: Session, old: Division, new: Division, kind: str, on: date, source: str) -> None:
    """Put on record what became of a unit, as stated, not inferred."""
    session.add(DivisionSuccession(old_id=old.id, new_id=new.id, kind=kind, changed_on=on, inferred=False, source=source[:300]))
    session.flush()


def children_of(session: Session, unit: Division) -> list[Division]:
    """Return the units in force directly below a unit, by code."""
    return list(session.scalars(select(Division).where(Division.parent_id == unit.id, Division.valid_to.is_(None)).order_by(Division.code)))


def hand_on(
    session: Session,
    children: Sequence[Division],
    heir: Division,
    *,
    on: date,
    source: str,
    actor: Actor,
    payload: Mapping[str, Any],
    codes: Mapping[str, str] | None = None,
) -> dict[str, int]:
    """Bring units with all below them under another one from a day on; their places and addresses follow, labels written anew.

    Each unit ends and begins again: under the code ``codes`` gives it (old code -> new), else its own with the heir's code in front.
    ``Conflict`` names the codes that are taken, which the office must then give. Returns what followed.
    """
    heirs: dict[str, str] = {}
    moves = [(child, heir) for child in children]
    while moves:
        _require_free(session, moves, codes or {})
        for old, _parent in moves:  # all of them first: one may get the code of another
            end_unit(session, old, on, actor=actor, payload=payload)
        below: list[tuple[Division, Division]] = []
        for old, parent in moves:
            new = _begun_under(session, old, parent, codes or {}, on=on, source=source, actor=actor, payload=payload)
            heirs[old.id] = new.id
            below += [(child, new) for child in children_of(session, old)]
        moves = below
    return follow_successions(session, heirs, actor=actor, payload=payload)


def _begun_under(
    session: Session,
    old: Division,
    parent: Division,
    codes: Mapping[str, str],
    *,
    on: date,
    source: str,
    actor: Actor,
    payload: Mapping[str, Any],
) -> Division:
    code = _code_under(old, parent, codes)
    columns = {"name": old.name, "level": old.level, "geom": old.geom}
    new = Division(code=code, parent_id=parent.id, valid_from=on, source=source[:300], **columns)
    enter(session, new, actor=actor, verb="created", status="current", payload=payload)
    state_succession(session, old, new, "moved" if code == old.code else "recoded", on, source)
    return new


def _code_under(unit: Division, parent: Division, codes: Mapping[str, str]) -> str:
    return codes.get(unit.code) or parent.code + unit.code[len(parent.code) :]


def _require_free(session: Session, moves: Sequence[tuple[Division, Division]], codes: Mapping[str, str]) -> None:
    going = {child.code for child, _parent in moves}
    wanted = [_code_under(child, parent, codes) for child, parent in moves]
    taken = set(session.scalars(select(Division.code).where(Division.code.in_(wanted), Division.valid_to.is_(None)))) - going
    twice = {code for code in wanted if wanted.count(code) > 1}
    clashes = [f"{child.name} {code}" for (child, _parent), code in zip(moves, wanted, strict=True) if code in taken | twice]
    if clashes:
        raise Conflict(f"这些单位在新的上级下代码已被占用，请写明它们的新代码：{'、'.join(clashes[:SHOWN])}")
