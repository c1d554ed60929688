"""Case records as rows: what an import of them takes, then what became of their address texts; never the sealed person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from shapely.geometry.base import BaseGeometry
from sqlalchemy import select
from sqlalchemy.orm import Session

from gazetteer.cases.kinds import CaseKind, case_kinds
from gazetteer.store.models import AddressLink, CaseRecord, PlaceName, StandardAddress

BATCH = 5_000
RESULTS = ("link_status", "linked_to", "address_id", "place_id")
"""Columns for each link role, each named ``<role>_<result>``: no import takes them for a field."""


def case_columns(session: Session) -> tuple[str, ...]:
    """Return the columns of a case file: the fields of the kinds in the register (of all kinds in an empty one), then the results.

    The state of a record is ``case_status``: ``status`` is a field of some kinds.
    """
    present = set(session.scalars(select(CaseRecord.kind).distinct()))
    kinds = [kind for name, kind in case_kinds().items() if name in present or not present]
    texts = [field for kind in kinds for field in kind.links]
    plain = [field for kind in kinds for field in kind.plain]
    roles = [role for kind in kinds for role in kind.links.values()]
    results = [f"{role}_{result}" for role in dict.fromkeys(roles) for result in RESULTS]
    return tuple(dict.fromkeys(("kind", "ref", *texts, "lon", "lat", "division", *plain, "case_status", *results, "id")))


def case_rows(session: Session) -> Iterator[tuple[dict[str, str], BaseGeometry | None]]:
    """Yield one row for each record, in order of kind and reference; fields its kind does not have are empty."""
    case, blank = CaseRecord, dict.fromkeys(case_columns(session), "")
    asked = select(case.id, case.kind, case.ref, case.status, case.attributes, case.lon, case.lat, case.division_code)
    found = session.execute(asked.order_by(case.kind, case.ref).execution_options(yield_per=BATCH))
    for batch in found.partitions():
        links = _links(session, [row.id for row in batch])
        for row in batch:
            yield {**blank, **_row(row, case_kinds()[row.kind], links)}, None


def _row(row: Any, kind: CaseKind, links: dict[tuple[str, str], Any]) -> dict[str, str]:
    cells = {"kind": row.kind, "ref": row.ref, "case_status": row.status, "division": row.division_code, "id": row.id}
    cells |= {name: "" if value is None else repr(value) for name, value in (("lon", row.lon), ("lat", row.lat))}
    cells |= {name: str(row.attributes[name]) for name in kind.plain if row.attributes.get(name) is not None}
    for field, role in kind.links.items():
        link = links.get((row.id, role))
        if link is not None:
            cells[field] = link.text
            results = (link.status, link.label or link.standard_name, link.address_id, link.place_id)
            cells |= {f"{role}_{name}": value or "" for name, value in zip(RESULTS, results, strict=True)}
    return cells


def _links(session: Session, case_ids: Sequence[str]) -> dict[tuple[str, str], Any]:
    """Return the link that holds for each (case id, role)."""
    link = AddressLink
    asked = select(
        link.case_id, link.role, link.text, link.status, link.address_id, link.place_id, StandardAddress.label, PlaceName.standard_name
    )
    asked = asked.outerjoin(StandardAddress, StandardAddress.id == link.address_id).outerjoin(PlaceName, PlaceName.id == link.place_id)
    held = asked.where(link.case_id.in_(case_ids), link.status != "superseded").order_by(link.id)
    return {(row.case_id, row.role): row for row in session.execute(held)}
