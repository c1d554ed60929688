"""What follows from an approved change of divisions: rows end and begin, successions are stated, places and addresses follow.

A split leaves what lies in the old unit where it was until somebody says which part it belongs to; how much is left is reported.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast

from sqlalchemy.orm import Session

from gazetteer.division_rows import children_of, end_unit, hand_on, state_succession
from gazetteer.division_settling import left_in
from gazetteer.exchange.importing.follow import follow_successions
from gazetteer.store.events import Actor
from gazetteer.store.models import Division, NamingProcedure
from gazetteer.workflow import enter


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

    @property
    def source(self) -> str:
        """Return what successions cite: the number of the decision."""
        return self.procedure.decision_no

    @property
    def by(self) -> dict[str, Any]:
        """Return who acts and what every event says, as the functions that move rows take them."""
        return {"actor": self.actor, "payload": self.payload}


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
        end_unit(session, one, work.on, actor=work.actor, payload=work.payload)
    heir = unit if kept else _begin(work, unit, procedure.new_name, code)
    for one in ended:
        kind = "merged" if one in sources else ("renamed" if one.name != procedure.new_name else "recoded")
        state_succession(session, one, heir, kind, work.on, work.source)
    handed_on = _hand_on_children(work, ended, heir)
    followed = follow_successions(session, {one.id: heir.id for one in ended}, actor=work.actor, payload=work.payload)
    work.report |= {name: followed.get(name, 0) + handed_on.get(name, 0) for name in {*followed, *handed_on}}
    work.report["addresses"] = work.report.get("addresses_followed", 0)
    return work.report


def _split(work: DivisionChange, unit: Division) -> None:
    """Make the parts; units below that the plan names go to theirs, everything else waits for a person unless the old unit stays."""
    session, details = work.session, work.procedure.details
    below = {one.code: one for one in children_of(session, unit)}
    if not details["keeps"]:
        end_unit(session, unit, work.on, actor=work.actor, payload=work.payload)
    followed = 0
    for part in details["parts"]:
        made = _begin(work, unit, part["name"], part["code"])
        state_succession(session, unit, made, "split", work.on, work.source)
        going = [below[code] for code in part.get("children", ()) if code in below]
        handed_on = hand_on(session, going, made, on=work.on, source=work.source, codes=details.get("child_codes"), **work.by)
        followed += handed_on.get("addresses_followed", 0)
    if details["keeps"]:
        recoded = [one for one in children_of(session, unit) if one.code in details.get("child_codes", {})]
        handed_on = hand_on(session, recoded, unit, on=work.on, source=work.source, codes=details.get("child_codes"), **work.by)
        followed += handed_on.get("addresses_followed", 0)
    left = left_in(session, unit.id)
    open_ = {} if details["keeps"] else {"children_left": left.children, "places_left": left.places, "addresses_left": left.addresses}
    work.report |= {"addresses": followed, **open_}


def _begin(work: DivisionChange, like: Division, name: str, code: str) -> Division:
    made = Division(
        code=code, name=name, level=like.level, parent_id=like.parent_id, valid_from=work.on, source=work.source[:300],
        geom=like.geom if work.procedure.kind == "division_rename" else None,
    )  # fmt: skip
    return enter(work.session, made, actor=work.actor, verb="created", status="current", payload=work.payload)


def _hand_on_children(work: DivisionChange, ended: Sequence[Division], heir: Division) -> dict[str, int]:
    children = [child for one in ended for child in children_of(work.session, one)]
    codes = work.procedure.details.get("child_codes")
    return hand_on(work.session, children, heir, on=work.on, source=work.source, codes=codes, **work.by)
