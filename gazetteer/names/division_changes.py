"""What follows from an approved change of divisions: rows end and begin, successions are stated, places and addresses follow.

A split leaves what lies in the old unit where it was until somebody says which part it belongs to; how much is left is reported.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gazetteer.exchange.importing.follow import follow_successions
from gazetteer.store.events import Actor
from gazetteer.store.models import Division, DivisionSuccession, NamingProcedure, PlaceName, StandardAddress
from gazetteer.workflow import change_many, enter, move
from geoaddr.errors import Conflict


@dataclass
class DivisionChange:
    """One approved change of divisions being carried out, and what it reports."""

    session: Session
    procedure: NamingProcedure
    on: date
    actor: Actor
    report: dict[str, Any] = field(default_factory=lambda: {"addresses": 0, "order_ids": [], "findings_cured": 0})

    @property
    def payload(self) -> dict[str, str]:
        """Return what every event of the change says of its cause."""
        return {"procedure_id": self.procedure.id}


def carry_out_division(work: DivisionChange) -> dict[str, Any]:
    """Carry out a change of divisions; returns what it reports. ``Conflict`` where a unit began on the very day it would end."""
    procedure, session = work.procedure, work.session
    unit = session.get_one(Division, cast(str, procedure.division_id))
    if procedure.kind == "division_split":
        _split(work, unit)
        return work.report
    sources = [session.get_one(Division, id_) for id_ in procedure.details.get("sources", ())]
    code = procedure.details["code"]
    kept = procedure.kind == "division_merge" and (procedure.new_name, code) == (unit.name, unit.code)
    ended = sources if kept else [unit, *sources]
    for one in ended:
        _end(work, one)
    heir = unit if kept else _begin(work, unit, procedure.new_name, code)
    for one in ended:
        kind = "merged" if one in sources else ("renamed" if one.name != procedure.new_name else "recoded")
        _succeed(work, one, heir, kind)
        _hand_on_children(work, one, heir)
    followed = follow_successions(session, {one.id: heir.id for one in ended}, actor=work.actor, payload=work.payload)
    work.report |= {**followed, "addresses": followed.get("addresses_followed", 0)}
    return work.report


def _split(work: DivisionChange, unit: Division) -> None:
    session, details = work.session, work.procedure.details
    if not details["keeps"]:
        _end(work, unit)
    for part in details["parts"]:
        _succeed(work, unit, _begin(work, unit, part["name"], part["code"]), "split")
    places = session.scalar(select(func.count()).select_from(PlaceName).where(PlaceName.division_id == unit.id))
    left = session.scalar(select(func.count()).select_from(StandardAddress).where(StandardAddress.division_id == unit.id))
    work.report |= {"places_left": places or 0, "addresses_left": left or 0}


def _end(work: DivisionChange, unit: Division) -> None:
    if unit.valid_from >= work.on:
        raise Conflict(f"“{unit.name}”自 {unit.valid_from} 起才有，不能在 {work.on} 或之前变更")
    move(work.session, unit, "retire", actor=work.actor, also={"valid_to": work.on}, payload=work.payload)


def _begin(work: DivisionChange, like: Division, name: str, code: str) -> Division:
    made = Division(
        code=code, name=name, level=like.level, parent_id=like.parent_id, valid_from=work.on, source=work.procedure.decision_no[:300],
        geom=like.geom if work.procedure.kind == "division_rename" else None,
    )  # fmt: skip
    return enter(work.session, made, actor=work.actor, verb="created", status="current", payload=work.payload)


def _succeed(work: DivisionChange, old: Division, new: Division, kind: str) -> None:
    stated = {"changed_on": work.on, "inferred": False, "source": work.procedure.decision_no[:300]}
    work.session.add(DivisionSuccession(old_id=old.id, new_id=new.id, kind=kind, **stated))
    work.session.flush()


def _hand_on_children(work: DivisionChange, old: Division, heir: Division) -> None:
    children: Sequence[str] = list(
        work.session.scalars(select(Division.id).where(Division.parent_id == old.id, Division.valid_to.is_(None)))
    )
    rows = [{"id": id_, "parent_id": heir.id} for id_ in children]
    change_many(work.session, Division, rows, actor=work.actor, verb="followed_division", payload=work.payload)
