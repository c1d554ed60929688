"""Records of business systems: their facts, their persons sealed apart, and each address text decided at once.

Nothing about a person is ever written into the report: refused rows show their line and reason only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from gazetteer.cases.kinds import CaseKind, case_kind, case_kinds
from gazetteer.cases.people import put_person
from gazetteer.exchange.codes import DamagedCodeError, clean, restore_code
from gazetteer.exchange.importing.columns import in_blocks, surplus_reason
from gazetteer.exchange.importing.positions import area_of, read_positions
from gazetteer.exchange.importing.report import unguarded
from gazetteer.exchange.importing.request import CaseServices, Work
from gazetteer.exchange.readers import Row, Table
from gazetteer.linking.linker import LinkRequest, replace_texts
from gazetteer.store.bulk import insert_rows
from gazetteer.store.models import AddressLink, CasePerson, CaseRecord
from gazetteer.workflow import change_many, enter_many
from geoaddr.contacts import set_apart
from geoaddr.errors import UsageError
from geoaddr.ids import new_ids
from geoaddr.plausibility import Bounds

BLOCK = 10_000
SHOWN_FIELDS = ("ref", "lon", "lat", "kind", "division")
"""Fields whose value may stand in a report: none of them says anything about a person."""

CONTACT_FIELD = "contact_in_address"
"""Sealed field that takes the names and numbers people wrote into an address cell."""


@dataclass(frozen=True, slots=True)
class _Case:
    line: int
    kind: CaseKind
    columns: dict[str, Any]
    person: dict[str, str]
    texts: dict[str, str]


def case_fields(mapping: Mapping[str, str]) -> tuple[str, ...]:
    """Return the fields a case file may fill: those of its kind, or of every kind where each row names its own."""
    wanted = mapping.get("kind", "").removeprefix("=")
    kinds = [case_kinds()[wanted]] if wanted in case_kinds() else list(case_kinds().values())
    return tuple(dict.fromkeys(("kind", *(name for kind in kinds for name in kind.fields))))


def import_cases(work: Work, table: Table) -> None:
    """Import case records and decide the link of each address text, in the same transaction."""
    services = work.cases
    if services is None:
        raise UsageError("导入业务对象需要匹配索引和数据密钥", field="kind")
    if not work.columns.has("kind"):
        raise UsageError(f"没有说明业务类别：请加 --map kind=类别（{'、'.join(case_kinds())}）", field="kind")
    area = area_of(work.session, work.request.district_code)
    seen: dict[tuple[str, str], int] = {}
    requests: list[LinkRequest] = []
    for block in in_blocks(table.rows(), BLOCK):
        work.tally.rows += len(block)
        requests += _write(work, services, _read(work, block, seen, area))
        if work.request.progress is not None:
            work.request.progress(work.tally.rows)
    if requests:
        ends = replace_texts(work.session, services.index_in(work.session), requests, actor=work.request.actor)
        work.tally.made.update({f"cases_{status}": count for status, count in ends.items()})


def _read(work: Work, block: list[Row], seen: dict[tuple[str, str], int], area: Bounds | None) -> list[_Case]:
    texts = [work.columns.fields(row) for _, row in block]
    found = read_positions([one.get("lon", "") for one in texts], [one.get("lat", "") for one in texts], work.crs, area)
    cases: list[_Case] = []
    for index, ((line, row), fields) in enumerate(zip(block, texts, strict=True)):
        at = [""]
        try:
            if reason := surplus_reason(row):
                raise ValueError(reason)
            at[0] = "kind"
            if reason := _other_kind(work, row, fields["kind"]):
                raise ValueError(reason)
            at[0] = "lon"
            if index in found.reasons:
                raise ValueError(found.reasons[index])
            case = _case(work, line, fields, found.lons[index], found.lats[index], at)
            key = (case.kind.name, case.columns["ref"])
            if key in seen:
                at[0] = "ref"
                raise ValueError(f"编号与第 {seen[key]} 行重复")
        except (ValueError, DamagedCodeError, UsageError) as error:
            value = fields.get(at[0], "") if at[0] in SHOWN_FIELDS else ""
            work.tally.reject(line, work.columns.column(at[0]) if at[0] else "", value, str(error))
            continue
        seen[key] = line
        cases.append(case)
    return cases


def _other_kind(work: Work, row: Mapping[str, Any], kind: str) -> str:
    """Return why a row that names a kind itself is not of the kind asked for, or an empty string."""
    own = clean(row.get("kind")) if "kind" in work.columns.constant else ""
    return f"该行自称是 {own}，而不是 {kind}：请去掉 --map kind，或只留下这一类的行" if own in case_kinds() and own != kind else ""


def _case(work: Work, line: int, fields: Mapping[str, str], lon: float | None, lat: float | None, at: list[str]) -> _Case:
    at[0], kind = "kind", case_kind(fields["kind"])
    at[0], ref = "ref", restore_code(fields["ref"])
    if not 0 < len(ref) <= 80:
        raise ValueError("缺少编号" if not ref else "编号超过 80 字")
    for name in ("identity_number", "phone", "contact_phone", "staff_phone"):
        at[0] = name
        restore_code(fields.get(name, ""))
    at[0], division = "division", restore_code(fields.get("division", ""))[:12]
    plain = {name: unguarded(fields[name]) for name in kind.plain if fields.get(name)}
    person = {name: fields[name] for name in kind.person if fields.get(name)}
    texts = {role: unguarded(fields[field]) for field, role in kind.links.items() if work.columns.has(field)}
    texts = _without_contacts(kind, texts, person)
    first = next(iter(kind.links.values()))
    kept = {role: text for role, text in texts.items() if text or role == first}
    columns = {
        "kind": kind.name, "ref": ref, "title": (plain.get(kind.show, "") if kind.show else "")[:200], "attributes": plain,
        "lon": lon, "lat": lat, "division_code": division,
    }  # fmt: skip
    return _Case(line, kind, columns, person, kept)


def _without_contacts(kind: CaseKind, texts: dict[str, str], person: dict[str, str]) -> dict[str, str]:
    """Move contacts written into address cells to the sealed person, where the kind has one; the rest of a text is its address."""
    if CONTACT_FIELD not in kind.person:
        return texts
    parted = {role: set_apart(text) for role, text in texts.items()}
    if contacts := [contact for _, contact in parted.values() if contact]:
        person[CONTACT_FIELD] = " ".join(dict.fromkeys((*filter(None, [person.get(CONTACT_FIELD, "")]), *contacts)))
    return {role: address for role, (address, _) in parted.items()}


def _write(work: Work, services: CaseServices, cases: list[_Case]) -> list[LinkRequest]:
    """Write a block of records and persons; returns the texts that are to be decided."""
    session, actor, payload = work.session, work.request.actor, {"source": work.source}
    known = _known(work, cases)
    fresh = [case for case in cases if (case.kind.name, case.columns["ref"]) not in known]
    rows = [{"id": id_, **case.columns, "status": "loaded"} for case, id_ in zip(fresh, new_ids(len(fresh)), strict=True)]
    enter_many(session, CaseRecord, rows, actor=actor, verb="imported", payload=payload)
    people = [(row["id"], case.person) for row, case in zip(rows, fresh, strict=True) if case.person]
    sealed = [{"case_id": id_, "sealed": services.box.seal(id_, person), "key_id": services.box.key_id} for id_, person in people]
    insert_rows(session, CasePerson.__table__, sealed)
    work.tally.created += len(fresh)
    requests = [request for row, case in zip(rows, fresh, strict=True) for request in _requests(row["id"], case, case.texts)]
    pairs = [(case, known[case.kind.name, case.columns["ref"]]) for case in cases if (case.kind.name, case.columns["ref"]) in known]
    return requests + _change(work, services, pairs)


def _requests(case_id: str, case: _Case, texts: Mapping[str, str]) -> list[LinkRequest]:
    columns = case.columns
    return [LinkRequest(case_id, role, text, columns["lon"], columns["lat"], columns["division_code"]) for role, text in texts.items()]


def _known(work: Work, cases: list[_Case]) -> dict[tuple[str, str], CaseRecord]:
    refs = [case.columns["ref"] for case in cases]
    found: dict[tuple[str, str], CaseRecord] = {}
    for start in range(0, len(refs), 5_000):
        for row in work.session.scalars(select(CaseRecord).where(CaseRecord.ref.in_(refs[start : start + 5_000]))):
            found[row.kind, row.ref] = row
    return found


def _change(work: Work, services: CaseServices, pairs: list[tuple[_Case, CaseRecord]]) -> list[LinkRequest]:
    """Bring records that are there up to date; returns the address texts that changed."""
    present = _texts(work, [row.id for _, row in pairs])
    changed: list[dict[str, Any]] = []
    requests: list[LinkRequest] = []
    for case, row in pairs:
        facts = _facts(work, case, row)
        differs = any(value != getattr(row, name) for name, value in facts.items())
        # an empty cell is no new text: what a record has is never emptied by a file
        new_texts = {role: text for role, text in case.texts.items() if text and present.get((row.id, role)) != text}
        new_person = bool(case.person) and put_person(work.session, services.box, row.id, case.person)
        if not (differs or new_texts or new_person):
            work.tally.unchanged += 1
            continue
        changed.append({"id": row.id, **facts})
        requests += _requests(row.id, case, new_texts)
        work.tally.updated += 1
    change_many(work.session, CaseRecord, changed, actor=work.request.actor, verb="reimported", payload={"source": work.source})
    return requests


def _facts(work: Work, case: _Case, row: CaseRecord) -> dict[str, Any]:
    """Return a record's columns as they are to be: what the file has no column for stays as it is."""
    kept = {name: value for name, value in row.attributes.items() if name not in case.kind.plain or not work.columns.has(name)}
    facts: dict[str, Any] = {"attributes": {**kept, **case.columns["attributes"]}}
    facts["title"] = str(facts["attributes"].get(case.kind.show, ""))[:200] if case.kind.show else ""
    for column, name in (("lon", "lon"), ("lat", "lat"), ("division_code", "division")):
        facts[column] = case.columns[column] if work.columns.has(name) else getattr(row, column)
    return facts


def _texts(work: Work, case_ids: list[str]) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for start in range(0, len(case_ids), 5_000):
        asked = select(AddressLink.case_id, AddressLink.role, AddressLink.text).where(AddressLink.status != "superseded")
        for row in work.session.execute(asked.where(AddressLink.case_id.in_(case_ids[start : start + 5_000]))):
            found[row.case_id, row.role] = row.text
    return found
