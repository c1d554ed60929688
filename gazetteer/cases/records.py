"""Case records as pages and files show them, without their persons: lists, one record, true counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from gazetteer.cases.alerts import Alert, alerts
from gazetteer.cases.kinds import case_kind
from gazetteer.linking.review import link_record
from gazetteer.names.impact import touching
from gazetteer.paging import Page, keyset
from gazetteer.store.events import Actor, history, record
from gazetteer.store.models import AddressLink, CasePerson, CaseRecord, StandardAddress
from gazetteer.store.models.cases import CASE_STATUSES
from geoaddr.errors import NotFound


def find_case(session: Session, id_: str) -> CaseRecord:
    """Return a case record by id; ``NotFound`` where there is none."""
    if (row := session.get(CaseRecord, id_)) is None:
        raise NotFound(f"没有编号为 {id_[:20]} 的业务记录", field="id")
    return row


def list_cases(
    session: Session,
    *,
    kind: str = "",
    status: str = "",
    q: str = "",
    address: str = "",
    place: str = "",
    touched: str = "",
    after: str | None = None,
    limit: int = 50,
) -> Page[CaseRecord]:
    """Return case records by kind, status, the beginning of their reference or title, and the address or place they are linked to.

    ``touched`` is a place whose renaming would touch them: linked to it or waiting for a decision about it.
    """
    statement = cases_query(kind=kind, status=status, q=q, address=address, place=place, touched=touched)
    return keyset(session, statement, CaseRecord.id, after=after, limit=limit)


def cases_query(*, kind: str = "", status: str = "", q: str = "", address: str = "", place: str = "", touched: str = "") -> Select[Any]:
    """Return the select behind :func:`list_cases`."""
    statement = select(CaseRecord)
    if kind:
        statement = statement.where(CaseRecord.kind == case_kind(kind).name)
    if status:
        statement = statement.where(CaseRecord.status == status)
    if q:
        statement = statement.where(CaseRecord.ref.startswith(q, autoescape=True) | CaseRecord.title.contains(q, autoescape=True))
    linked = select(AddressLink.case_id).where(AddressLink.status == "linked")
    if address:
        statement = statement.where(CaseRecord.id.in_(linked.where(AddressLink.address_id == address)))
    if place:
        at = select(StandardAddress.id).where((StandardAddress.place_id == place) | (StandardAddress.estate_id == place))
        here = (AddressLink.place_id == place) | AddressLink.address_id.in_(at)
        statement = statement.where(CaseRecord.id.in_(linked.where(here)))
    if touched:
        statement = statement.where(CaseRecord.id.in_(select(AddressLink.case_id).where(*touching(touched))))
    return statement


def links_of(session: Session, case_ids: Sequence[str]) -> dict[str, list[AddressLink]]:
    """Return the current links of these records, in order of role, with what they are linked to read along."""
    found: dict[str, list[AddressLink]] = {}
    for start in range(0, len(case_ids), 500):
        statement = (
            select(AddressLink)
            .where(AddressLink.case_id.in_(case_ids[start : start + 500]), AddressLink.status != "superseded")
            .options(joinedload(AddressLink.address), joinedload(AddressLink.place))
            .order_by(AddressLink.role, AddressLink.id)
        )
        for link in session.scalars(statement):
            found.setdefault(link.case_id, []).append(link)
    return found


def exported_cases(session: Session, statement: Select[Any]) -> Iterator[tuple[str, ...]]:
    """Yield a row for each link of the records of a list: kind, ref, title, status, role, link status, linked label. Nobody's person."""
    ids = list(session.scalars(statement.with_only_columns(CaseRecord.id).order_by(CaseRecord.id)))
    for start in range(0, len(ids), 500):
        chunk = ids[start : start + 500]
        links = links_of(session, chunk)
        for case in session.scalars(select(CaseRecord).where(CaseRecord.id.in_(chunk)).order_by(CaseRecord.id)):
            for link in links.get(case.id, []):
                yield case.kind, case.ref, case.title, case.status, link.role, link.status, linked_label(link), link.reason


def linked_label(link: AddressLink) -> str:
    """Return the label of what a link points to, '' where to nothing."""
    if link.address is not None:
        return link.address.label
    return link.place.standard_name if link.place is not None else ""


def note_export(session: Session, statement: Select[Any], filters: Mapping[str, str], *, actor: Actor) -> int:
    """Write down that somebody took a list of case records away; returns how many records it holds."""
    count = session.scalar(select(func.count()).select_from(statement.subquery())) or 0
    payload = {"records": count, "filters": {name: value for name, value in filters.items() if value and name != "q"}}
    record(session, actor=actor, action="case_record.exported", subject_kind="case_record", subject_id=None, payload=payload)
    return count


def has_person(session: Session, case_id: str) -> bool:
    """Say whether a person is kept beside a case record, without opening it."""
    return session.scalar(select(CasePerson.case_id).where(CasePerson.case_id == case_id)) is not None


def page_of_alerts(session: Session, kind: str, *, after: str | None = None, limit: int = 50) -> Page[Alert]:
    """Return one page of the warnings of one comparison, by reference of the record; ``after`` is the place in the list."""
    found = sorted(alerts(session, kind), key=lambda one: (one.case_ref, one.case_id))
    start = int(after) if after is not None and after.isdecimal() else 0
    rows = tuple(found[start : start + limit])
    return Page(rows, len(found), str(start + limit) if start + limit < len(found) else None)


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
