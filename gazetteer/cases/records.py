"""Case records as pages and files show them, without their persons: lists, one record, true counts."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gazetteer.cases.kinds import case_kind
from gazetteer.linking.review import link_record
from gazetteer.paging import Page, keyset
from gazetteer.store.events import history
from gazetteer.store.models import AddressLink, CaseRecord
from gazetteer.store.models.cases import CASE_STATUSES
from geoaddr.errors import NotFound


def find_case(session: Session, id_: str) -> CaseRecord:
    """Return a case record by id; ``NotFound`` where there is none."""
    if (row := session.get(CaseRecord, id_)) is None:
        raise NotFound(f"没有编号为 {id_[:20]} 的业务记录", field="id")
    return row


def list_cases(
    session: Session, *, kind: str = "", status: str = "", q: str = "", after: str | None = None, limit: int = 50
) -> Page[CaseRecord]:
    """Return case records by kind, status and the beginning of their reference or title."""
    statement = select(CaseRecord)
    if kind:
        statement = statement.where(CaseRecord.kind == case_kind(kind).name)
    if status:
        statement = statement.where(CaseRecord.status == status)
    if q:
        statement = statement.where(CaseRecord.ref.startswith(q, autoescape=True) | CaseRecord.title.contains(q, autoescape=True))
    return keyset(session, statement, CaseRecord.id, after=after, limit=limit)


def case_record(session: Session, id_: str) -> dict[str, Any]:
    """Return one case record with its current links; former links and who decided are in ``history``."""
    case = find_case(session, id_)
    links = session.scalars(
        select(AddressLink).where(AddressLink.case_id == case.id, AddressLink.status != "superseded").order_by(AddressLink.role)
    )
    return {
        "id": case.id,
        "kind": case.kind,
        "ref": case.ref,
        "title": case.title,
        "status": case.status,
        "version": case.version,
        "attributes": case.attributes,
        "lon": case.lon,
        "lat": case.lat,
        "links": [link_record(session, link.id) for link in links],
        "history": [
            {"seq": event.seq, "at": event.at.isoformat(), "actor": event.actor, "action": event.action, "payload": event.payload}
            for event in history(session, case.id)
        ],
    }


def case_counts(session: Session) -> dict[str, dict[str, int]]:
    """Return how many records of each kind are in each status; ``total`` is their sum."""
    counts: dict[str, dict[str, int]] = {}
    for row in session.execute(select(CaseRecord.kind, CaseRecord.status, func.count()).group_by(CaseRecord.kind, CaseRecord.status)):
        by_status = counts.setdefault(row[0], dict.fromkeys(CASE_STATUSES, 0))
        by_status[row[1]] = row[2]
    for by_status in counts.values():
        by_status["total"] = sum(by_status.values())
    return counts


def case_ids(session: Session, *, kind: str = "", status: str = "") -> list[str]:
    """Return the ids of all records of a kind and status."""
    statement = select(CaseRecord.id)
    if kind:
        statement = statement.where(CaseRecord.kind == case_kind(kind).name)
    if status:
        statement = statement.where(CaseRecord.status == status)
    return list(session.scalars(statement.order_by(CaseRecord.id)))
