"""What a decision about a place would touch, counted before it is made."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from gazetteer.names.cascade import LIVE
from gazetteer.plates.orders import HANGING, PENDING
from gazetteer.store.models import AddressLink, Plate, StandardAddress

LABELS_STAY = ("alias", "protect", "delist")
"""Kinds of procedures by which no address and no plate changes."""


@dataclass(frozen=True, slots=True)
class Impact:
    """How many live addresses carry the name, how many of their plates hang or are in the making, and what is linked there.

    ``certificates`` counts the doors in force whose holders may need papers re-issued (户籍、不动产、营业执照).
    """

    addresses: int
    plates_hanging: int
    plates_pending: int
    links: int
    cases: int
    certificates: int

    def as_dict(self) -> dict[str, int]:
        """Return the counts by name."""
        return asdict(self)


def impact(session: Session, *place_ids: str) -> Impact:
    """Count what renaming or retiring a place would touch, or several at once; each thing is counted once."""
    carries = _carries(*place_ids)
    live = select(StandardAddress.id).where(carries, StandardAddress.status.in_(LIVE))
    plates = select(Plate.status, func.count()).where(Plate.address_id.in_(live)).group_by(Plate.status)
    by_status: dict[str, int] = {row[0]: row[1] for row in session.execute(plates)}
    links = select(func.count(), func.count(AddressLink.case_id.distinct())).where(*touching(*place_ids))
    link_count, case_count = session.execute(links).one()
    return Impact(
        session.scalar(select(func.count()).select_from(live.subquery())) or 0,
        sum(by_status.get(status, 0) for status in HANGING),
        sum(by_status.get(status, 0) for status in PENDING),
        link_count,
        case_count,
        session.scalar(select(func.count()).select_from(StandardAddress).where(carries, StandardAddress.status == "current")) or 0,
    )


def touching(*place_ids: str) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of the links that renaming or retiring places touches: present ones, to them or to their live addresses."""
    live = select(StandardAddress.id).where(_carries(*place_ids), StandardAddress.status.in_(LIVE))
    return or_(AddressLink.address_id.in_(live), AddressLink.place_id.in_(place_ids)), AddressLink.status != "superseded"


def _carries(*place_ids: str) -> ColumnElement[bool]:
    return or_(StandardAddress.place_id.in_(place_ids), StandardAddress.estate_id.in_(place_ids))
