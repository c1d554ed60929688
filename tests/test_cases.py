"""Case records: kinds as data, persons sealed, warnings by comparison."""

from __future__ import annotations

import os
from datetime import date
from typing import Any

import pytest
from register_rows import add_address, add_district, add_division, add_road

from gazetteer.cases.alerts import alert_counts, alerts
from gazetteer.cases.kinds import case_kind, case_kinds
from gazetteer.cases.people import PersonBox, put_person, read_person
from gazetteer.cases.records import case_counts, case_record, list_cases
from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM, Actor, history, now
from gazetteer.store.models import AddressLink, CasePerson, CaseRecord, StandardAddress
from gazetteer.workflow import enter, move
from geoaddr.errors import Forbidden, GeoaddrError, NotFound, UsageError

PERSON = {"name": "样本甲", "identity_number": "SAMPLE-000001", "phone": "000-00000001"}


def _case(session: Any, ref: str, kind: str = "elder", **columns: Any) -> CaseRecord:
    return enter(
        session,
        CaseRecord(kind=kind, ref=ref, attributes=columns.pop("attributes", {}), **columns),
        actor=SYSTEM,
        verb="imported",
        status="loaded",
    )


def _link(session: Any, case: CaseRecord, role: str, address: StandardAddress) -> AddressLink:
    columns = {"verdict": "A", "reason": "exact", "answer": {}, "decided_by": "engine", "decided_at": now(), "register_seq": 1}
    row = AddressLink(case_id=case.id, role=role, text=address.label, address_id=address.id, **columns)
    return enter(session, row, actor=SYSTEM, verb="decided", status="linked")


def test_no_field_is_both_plain_and_personal() -> None:
    for kind in case_kinds().values():
        assert not set(kind.plain) & set(kind.person)
        assert not {"name", "identity_number", "phone", "living"} & set(kind.plain) or kind.name != "elder"
    with pytest.raises(UsageError, match="elder"):
        case_kind("无此类")


def test_a_person_is_unreadable_at_rest_and_comes_back_whole(store: Store, officer: Actor) -> None:
    box = PersonBox(os.urandom(32))
    with store.transaction() as session:
        case = _case(session, "E1")
        assert put_person(session, box, case.id, PERSON)
        assert not put_person(session, box, case.id, PERSON)
    with store.transaction() as session:
        sealed = session.get(CasePerson, case.id).sealed
        assert "样本甲".encode() not in sealed
        assert read_person(session, box, case.id, actor=officer, purpose="上门探访") == PERSON


def test_each_reading_is_logged_without_what_was_read(store: Store, officer: Actor) -> None:
    box = PersonBox(os.urandom(32))
    with store.transaction() as session:
        case = _case(session, "E1")
        put_person(session, box, case.id, PERSON)
        read_person(session, box, case.id, actor=officer, purpose="上门探访")
    with store.reading() as session:
        event = history(session, case.id)[-1]
        assert (event.action, event.actor, event.payload) == ("case_person.read", officer.text, {"purpose": "上门探访"})


@pytest.mark.parametrize("role", ["viewer", "installer"])
def test_roles_that_do_not_need_a_person_do_not_see_one(sqlite_store: Store, role: str) -> None:
    box = PersonBox(os.urandom(32))
    with sqlite_store.transaction() as session:
        case = _case(session, "E1")
        put_person(session, box, case.id, PERSON)
        with pytest.raises(Forbidden):
            read_person(session, box, case.id, actor=Actor("user", "x", role), purpose="看看")
        with pytest.raises(Forbidden):
            read_person(session, box, case.id, actor=Actor("key", "system", "administrator"), purpose="接口")
        with pytest.raises(Forbidden, match="用途"):
            read_person(session, box, case.id, actor=Actor("user", "x", "officer"), purpose=" ")


def test_a_sealed_person_cannot_be_moved_to_another_case_or_opened_with_another_key(sqlite_store: Store) -> None:
    box = PersonBox(os.urandom(32))
    sealed = box.seal("a", PERSON)
    assert box.open("a", sealed) == PERSON
    with pytest.raises(GeoaddrError, match="DATA_KEY"):
        box.open("b", sealed)
    with pytest.raises(GeoaddrError, match="DATA_KEY"):
        PersonBox(os.urandom(32)).open("a", sealed)


def test_a_record_without_a_person_says_so(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        case = _case(session, "C1", "cemetery")
        with pytest.raises(NotFound):
            read_person(session, PersonBox(os.urandom(32)), case.id, actor=Actor("user", "x", "officer"), purpose="核对")


def test_counts_of_records_add_up(store: Store) -> None:
    with store.transaction() as session:
        for number in range(3):
            _case(session, f"E{number}")
        move(session, list_cases(session, q="E0").rows[0], "settle_linked", actor=SYSTEM)
        move(session, list_cases(session, q="E1").rows[0], "settle_review", actor=SYSTEM)
    with store.reading() as session:
        counts = case_counts(session)["elder"]
        assert counts["total"] == 3
        assert (counts["linked"], counts["review"], counts["loaded"]) == (1, 1, 1)
        assert list_cases(session, kind="elder", status="review").total == 1
        assert "person" not in case_record(session, list_cases(session).rows[0].id)


def test_warnings_by_comparison_see_what_is_wrong_and_only_that(store: Store) -> None:
    with store.transaction() as session:
        made = add_district(session)
        other = add_division(session, "330213100", "溪口镇", "town", made["district"])
        road, far_road = add_road(session, made["town"]), add_road(session, other, "武岭路", specific="武岭")
        home, away = add_address(session, road, "88"), add_address(session, far_road, "1", lon=121.25, lat=29.68)
        apart, together = _case(session, "E-apart"), _case(session, "E-together")
        _link(session, apart, "registered", home)
        _link(session, apart, "residence", away)
        _link(session, together, "registered", home)
        _link(session, together, "residence", home)
        _case(session, "S-meal", "station", lon=121.402, lat=29.6502, attributes={"station_type": "助餐点"})
        counts = alert_counts(session)
        assert counts == {"two_towns": 1, "retired_address": 0, "many_at_one_door": 0, "far_from_meals": 1, "away_from_own_point": 0}
        (two,) = alerts(session, "two_towns")
        assert (two.case_ref, two.detail) == ("E-apart", {"registered": "西坞街道", "residence": "溪口镇"})
        move(session, home, "retire", actor=SYSTEM, also={"valid_to": date(2026, 11, 1)})
        assert {(one.case_ref, one.detail["role"]) for one in alerts(session, "retired_address")} == {
            ("E-apart", "registered"),
            ("E-together", "registered"),
            ("E-together", "residence"),
        }


def test_a_station_far_from_the_entry_it_is_linked_to_is_warned_of(store: Store) -> None:
    with store.transaction() as session:
        road = add_road(session, add_district(session)["town"])
        door = add_address(session, road, "88")
        near = _case(session, "S-near", "station", lon=121.4011, lat=29.6501)
        far = _case(session, "S-far", "station", lon=121.45, lat=29.70)
        for case in (near, far):
            _link(session, case, "site", door)
        assert [one.case_ref for one in alerts(session, "away_from_own_point")] == ["S-far"]
