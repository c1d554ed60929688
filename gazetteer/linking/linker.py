"""From address text to link: the decision on each text of each case record, stored with all it was based on.

Only this module writes links. A link that no longer holds is superseded by a new one; nothing is overwritten.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from gazetteer.linking.not_found import count_unknown, shows_a_gap, unknown_names
from gazetteer.store.events import Actor, last_seq, now
from gazetteer.store.models import AddressLink, CaseRecord
from gazetteer.workflow import change_many, enter_many, move_many
from matchers.index import IndexLike
from matchers.match import match_many
from matchers.verdict import Query, Verdict

STATUS_OF_VERDICT: Mapping[str, str] = {"A": "linked", "B": "linked", "C": "review", "N": "unmatched", "X": "rejected"}
WORST_LAST = ("linked", "review", "unmatched", "rejected")
BATCH = 5_000


@dataclass(frozen=True, slots=True)
class LinkRequest:
    """One address text of one case record, in one role, with what else the record says about where it is."""

    case_id: str
    role: str
    text: str
    lon: float | None = None
    lat: float | None = None
    division: str = ""


def link_cases(session: Session, index: IndexLike, requests: Sequence[LinkRequest], *, actor: Actor) -> dict[str, int]:
    """Decide the first links of case records and settle the records; returns how many records ended in each status.

    ``index`` must show the register as this transaction sees it (``Engine.view_in``).
    """
    seq = last_seq(session)
    for start in range(0, len(requests), BATCH):
        batch = requests[start : start + BATCH]
        verdicts = list(match_many(map(_query, batch), index))
        rows = [link_row(request, verdict, seq) for request, verdict in zip(batch, verdicts, strict=True)]
        enter_many(session, AddressLink, rows, actor=actor, verb="decided", payload={"by": "engine", **_summary(rows)})
        gaps = (request.text for request, verdict in zip(batch, verdicts, strict=True) if shows_a_gap(verdict))
        count_unknown(session, ((one, 1) for text in gaps for one in unknown_names(text, index)), "cases")
    return settle(session, {request.case_id for request in requests}, actor=actor)


def relink(
    session: Session,
    index: IndexLike,
    *,
    address_ids: Collection[str] = (),
    place_ids: Collection[str] = (),
    names: Collection[str] = (),
    case_ids: Collection[str] = (),
    link_ids: Collection[str] = (),
    actor: Actor,
) -> dict[str, int]:
    """Decide anew the links that a change touches, and only those; returns counts of ``examined kept updated changed doubted``.

    Touched are these links, links to these addresses or places, links of these cases, and open ones (in review, unmatched) whose text
    holds one of ``names``. A person's decision is kept while its address is in force and otherwise goes back to a person.
    """
    counts: Counter[str] = Counter()
    for batch in _batches(sorted(_touched(session, address_ids, place_ids, names, case_ids) | set(link_ids)), BATCH):
        counts.update(_relink_batch(session, index, batch, actor))
    return {name: counts[name] for name in ("examined", "kept", "updated", "changed", "doubted")}


def replace_texts(session: Session, index: IndexLike, requests: Sequence[LinkRequest], *, actor: Actor) -> dict[str, int]:
    """Decide links whose address text a business system has changed: what held for the old text is superseded, a person's decision too.

    Returns how many records ended in each status; ``index`` as for :func:`link_cases`.
    """
    roles = {(request.case_id, request.role) for request in requests}
    old: list[str] = []
    for chunk in _batches(sorted({request.case_id for request in requests}), BATCH):
        current = select(AddressLink.id, AddressLink.case_id, AddressLink.role)
        rows = session.execute(current.where(AddressLink.case_id.in_(chunk), AddressLink.status != "superseded"))
        old += [row.id for row in rows if (row.case_id, row.role) in roles]
    move_many(session, AddressLink, old, "supersede", actor=actor, payload={"why": "text_changed"})
    return link_cases(session, index, requests, actor=actor)


def settle(session: Session, case_ids: Collection[str], *, actor: Actor) -> dict[str, int]:
    """Give each record the status of its worst current link; returns how many records ended in each status."""
    worst: dict[str, int] = {}
    for chunk in _batches(sorted(case_ids), BATCH):
        current = select(AddressLink.case_id, AddressLink.status).where(AddressLink.case_id.in_(chunk), AddressLink.status != "superseded")
        for row in session.execute(current):
            worst[row.case_id] = max(worst.get(row.case_id, 0), WORST_LAST.index(row.status))
    present: dict[str, str] = {}
    for chunk in _batches(sorted(case_ids), BATCH):
        present.update(
            {row.id: row.status for row in session.execute(select(CaseRecord.id, CaseRecord.status).where(CaseRecord.id.in_(chunk)))}
        )
    counts: dict[str, int] = {}
    for rank, status in enumerate(WORST_LAST):
        ids = [case_id for case_id, found in worst.items() if found == rank]
        counts[status] = len(ids)
        move_many(session, CaseRecord, [id_ for id_ in ids if present[id_] != status], f"settle_{status}", actor=actor)
    return counts


def link_row(request: LinkRequest, verdict: Verdict, seq: int) -> dict[str, Any]:
    """Return the columns of the link that follows from a verdict."""
    status, reason = STATUS_OF_VERDICT[verdict.verdict], verdict.reason
    address_id, place_id = linked_ids(verdict)
    if status == "linked" and address_id is None and place_id is None:
        status, reason = "review", "only_division"
    return {
        "case_id": request.case_id,
        "role": request.role,
        "text": request.text,
        "status": status,
        "verdict": verdict.verdict,
        "reason": reason,
        "answer": verdict.as_dict(),
        "address_id": address_id if status == "linked" else None,
        "place_id": place_id if status == "linked" else None,
        "decided_by": "engine",
        "decided_at": now(),
        "thresholds_version": verdict.thresholds_version,
        "register_seq": seq,
    }


def linked_ids(verdict: Verdict) -> tuple[str | None, str | None]:
    """Return ``(address id, place id)`` that a verdict points to: today's entry where the text named a historic one."""
    entry = verdict.current or verdict.address
    if entry is None or entry.kind == "division":
        return None, None
    return (entry.id, None) if entry.kind == "address" else (None, entry.id)


def _touched(
    session: Session, address_ids: Collection[str], place_ids: Collection[str], names: Collection[str], case_ids: Collection[str]
) -> set[str]:
    found: set[str] = set()
    for column, ids in ((AddressLink.address_id, address_ids), (AddressLink.place_id, place_ids), (AddressLink.case_id, case_ids)):
        for chunk in _batches(sorted(ids), BATCH):
            found.update(session.scalars(select(AddressLink.id).where(column.in_(chunk), AddressLink.status != "superseded")))
    if names:
        named = or_(*(AddressLink.text.contains(name, autoescape=True) for name in names))
        found.update(session.scalars(select(AddressLink.id).where(AddressLink.status.in_(("review", "unmatched")), named)))
    return found


def _relink_batch(session: Session, index: IndexLike, ids: Sequence[str], actor: Actor) -> Counter[str]:
    statement = select(AddressLink, CaseRecord).join(CaseRecord, CaseRecord.id == AddressLink.case_id).where(AddressLink.id.in_(ids))
    pairs = [(row.AddressLink, row.CaseRecord) for row in session.execute(statement)]
    requests = [LinkRequest(case.id, link.role, link.text, case.lon, case.lat, case.division_code) for link, case in pairs]
    seq = last_seq(session)
    updated, replaced, doubted = [], [], []
    for (link, _case), request, verdict in zip(pairs, requests, match_many(map(_query, requests), index), strict=True):
        row = link_row(request, verdict, seq)
        if link.decided_by == "person":
            if link.status == "linked" and not _in_force(index, link):
                doubted.append(link.id)
        elif (link.status, link.address_id, link.place_id) != (row["status"], row["address_id"], row["place_id"]):
            replaced.append((link.id, row))
        elif link.answer != row["answer"]:
            kept = ("verdict", "reason", "answer", "decided_at", "thresholds_version", "register_seq")
            updated.append({"id": link.id, **{name: row[name] for name in kept}})
    move_many(
        session,
        AddressLink,
        doubted,
        "doubt",
        actor=actor,
        also={"address_id": None, "place_id": None},
        payload={"why": "address_no_longer_current"},
    )
    move_many(session, AddressLink, [id_ for id_, _ in replaced], "supersede", actor=actor)
    enter_many(session, AddressLink, [row for _, row in replaced], actor=actor, verb="redecided", payload={"by": "engine"})
    change_many(session, AddressLink, updated, actor=actor, verb="reexamined")
    settle(session, {request.case_id for request in requests}, actor=actor)
    kept_count = len(pairs) - len(updated) - len(replaced) - len(doubted)
    return Counter(examined=len(pairs), kept=kept_count, updated=len(updated), changed=len(replaced), doubted=len(doubted))


def _in_force(index: IndexLike, link: AddressLink) -> bool:
    entry = index.by_id(link.address_id or link.place_id or "")
    return entry is not None and entry.status in ("current", "reserved")


def _query(request: LinkRequest) -> Query:
    return Query(request.text, ref=request.case_id, lon=request.lon, lat=request.lat, division=request.division)


def _summary(rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    return {"statuses": dict(sorted(Counter(row["status"] for row in rows).items()))}


def _batches(ids: Sequence[str], size: int) -> list[Sequence[str]]:
    return [ids[start : start + size] for start in range(0, len(ids), size)]
