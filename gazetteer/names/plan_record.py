"""What the plan of a merger or split of places says, as its page shows it: each place with how many addresses, and what is touched."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gazetteer.names.dossier import RUNNING
from gazetteer.names.impact import LABELS_STAY, impact
from gazetteer.names.sharing_out import share_out
from gazetteer.store.models import Lineage, NamingProcedure, PlaceName


def sources_of(session: Session, procedure: NamingProcedure) -> list[dict[str, Any]]:
    """Return the places that go into another: id, name, status, and how many live addresses carry the name now."""
    found = [session.get_one(PlaceName, id_) for id_ in procedure.details.get("sources", ())]
    return [
        {"id": one.id, "name": one.standard_name, "status": one.status, "addresses": impact(session, one.id).addresses} for one in found
    ]


def parts_of_split(session: Session, procedure: NamingProcedure) -> list[dict[str, Any]]:
    """Return the parts of a split with how many addresses each would get, or, once it is carried out, has now; ``id`` from then on.

    Where the old name keeps the rest it comes last, with empty ``numbers``.
    """
    if procedure.kind != "split" or procedure.place_id is None:
        return []
    plan = [{"id": "", "name": one["name"], "numbers": one["numbers"]} for one in procedure.details["parts"]]
    rest = [{"id": procedure.place_id, "name": procedure.old_name, "numbers": ""}] if procedure.details.get("keeps") else []
    if procedure.status in RUNNING:
        shares = share_out(session, procedure.place_id, plan)
        counts = [len(one) for one in (*shares.going, shares.staying)]
        return [{**one, "addresses": counts[index]} for index, one in enumerate([*plan, *rest])]
    made = _made_of(session, procedure.place_id)
    known = [{**one, "id": one["id"] or made.get(one["name"], "")} for one in [*plan, *rest]]
    return [{**one, "addresses": impact(session, one["id"]).addresses if one["id"] else 0} for one in known]


def touched_by(session: Session, procedure: NamingProcedure) -> dict[str, Any] | None:
    """Return what carrying out a running procedure would touch; None where it is no place's, or where some stay under the old name."""
    if procedure.place_id is None or procedure.status not in RUNNING or procedure.kind in LABELS_STAY:
        return None
    ids = concerned(session, procedure)
    return impact(session, *ids).as_dict() if ids else None


def concerned(session: Session, procedure: NamingProcedure) -> list[str]:
    """Return the places all of whose addresses a procedure changes; empty where it changes only some of those of a place."""
    if procedure.place_id is None or procedure.details.get("keeps"):
        return []
    if procedure.kind == "split":
        return [procedure.place_id, *_made_of(session, procedure.place_id).values()]
    if procedure.kind != "merge" or procedure.new_name != procedure.old_name:
        return [procedure.place_id, *procedure.details.get("sources", ())]
    return list(procedure.details["sources"]) if procedure.status in RUNNING else []


def _made_of(session: Session, place_id: str) -> dict[str, str]:
    made = select(PlaceName.standard_name, PlaceName.id).join(Lineage, Lineage.new_id == PlaceName.id)
    rows = session.execute(made.where(Lineage.old_id == place_id, Lineage.kind == "split").order_by(Lineage.seq))
    return {row[0]: row[1] for row in rows}
