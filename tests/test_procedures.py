"""A naming procedure from proposal to announcement: its order, its two pairs of eyes, its clocks and its refusals."""

from __future__ import annotations

import json
from datetime import date

import pytest
from register_rows import add_address, add_district, add_road
from sqlalchemy import select

from gazetteer.names.approval import approve
from gazetteer.names.audit import audit
from gazetteer.names.clocks import add_working_days, calendar_note, due_on, is_working_day, working_days_between
from gazetteer.names.procedure_lists import ProcedureFilters, list_procedures
from gazetteer.names.procedure_record import procedure_record
from gazetteer.names.procedures import NewPlace, Opinion, add_note, announce, check, consult, file, propose, refuse, withdraw
from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM, Actor
from gazetteer.store.models import Finding, NamingProcedure, PlaceName, ProcedureStep
from gazetteer.workflow import move
from geoaddr.errors import Conflict, Forbidden, NotFound, UsageError

DAY = date(2026, 11, 23)


def make_road(store: Store, name: str = "环球路") -> str:
    with store.transaction() as session:
        road = add_road(session, add_district(session)["town"], name)
        add_address(session, road, "12")
        return road.id


def make_proposal(store: Store, place_id: str, officer: Actor, new_name: str = "锦川路", **columns: object) -> str:
    with store.transaction() as session:
        procedure = propose(
            session, kind="rename", place_id=place_id, new_name=new_name, reason="刻意夸大", actor=officer, on=DAY, **columns
        )  # type: ignore[arg-type]
        return procedure.id


def decide(store: Store, procedure_id: str, approver: Actor, **options: object) -> None:
    with store.transaction() as session:
        approve(session, procedure_id, actor=approver, decision_no="奉民〔2026〕1号", authority="奉化区人民政府", on=DAY, **options)  # type: ignore[arg-type]


def status_of(store: Store, procedure_id: str) -> str:
    with store.reading() as session:
        return session.get_one(NamingProcedure, procedure_id).status


def test_a_procedure_walks_from_proposal_to_announcement(store: Store, officer: Actor, approver: Actor) -> None:
    procedure_id = make_proposal(store, make_road(store), officer)
    with store.transaction() as session:
        assert check(session, procedure_id, actor=officer, on=DAY).status == "checked"
    with store.transaction() as session:
        consult(session, procedure_id, [Opinion("expert_opinion", "同意更名"), Opinion("public_opinion", "公示期内无异议")], actor=officer)
    decide(store, procedure_id, approver)
    with store.transaction() as session:
        filed = file(session, procedure_id, actor=officer, text="已报市民政局备案")
        assert (filed.status, filed.due_on) == ("filed", date(2026, 12, 8))
    with store.transaction() as session:
        done = announce(session, procedure_id, actor=officer, text="区政府门户网站")
        assert (done.status, done.due_on) == ("announced", None)
    with store.reading() as session:
        kinds = list(session.scalars(select(ProcedureStep.kind).order_by(ProcedureStep.id)))
    assert kinds == ["proposal", "check", "expert_opinion", "public_opinion", "decision", "filing", "announcement"]


def test_who_proposes_cannot_approve_or_refuse(store: Store, approver: Actor) -> None:
    procedure_id = make_proposal(store, make_road(store), approver)
    with store.transaction() as session:
        check(session, procedure_id, actor=approver, on=DAY)
    with pytest.raises(Forbidden, match="不能审批自己"):
        decide(store, procedure_id, approver)
    with store.transaction() as session, pytest.raises(Forbidden, match="不能审批自己"):
        refuse(session, procedure_id, actor=approver, text="不同意")
    assert status_of(store, procedure_id) == "checked"


def test_an_officer_cannot_approve(store: Store, officer: Actor, administrator: Actor) -> None:
    procedure_id = make_proposal(store, make_road(store), administrator)
    with store.transaction() as session:
        check(session, procedure_id, actor=officer, on=DAY)
    with pytest.raises(Forbidden):
        decide(store, procedure_id, officer)
    assert status_of(store, procedure_id) == "checked"


def test_an_unchecked_proposal_cannot_be_approved(store: Store, officer: Actor, approver: Actor) -> None:
    procedure_id = make_proposal(store, make_road(store), officer)
    with pytest.raises(Conflict):
        decide(store, procedure_id, approver)


def test_an_approved_procedure_cannot_be_announced_before_it_is_filed(store: Store, officer: Actor, approver: Actor) -> None:
    procedure_id = make_proposal(store, make_road(store), officer)
    with store.transaction() as session:
        check(session, procedure_id, actor=officer, on=DAY)
    decide(store, procedure_id, approver)
    with store.transaction() as session, pytest.raises(Conflict):
        announce(session, procedure_id, actor=officer)


def test_a_blocked_name_needs_a_written_reason(store: Store, officer: Actor, approver: Actor) -> None:
    place_id = make_road(store)
    with store.transaction() as session:
        town = session.get_one(PlaceName, place_id).division
        add_road(session, town, "锦川路")
    procedure_id = make_proposal(store, place_id, officer)
    with store.transaction() as session:
        checks = check(session, procedure_id, actor=officer, on=DAY).checks
    assert [(one["rule"], one["severity"]) for one in checks] == [("duplicate-name", "block")]
    with pytest.raises(Conflict, match=r"锦川路.*条"):
        decide(store, procedure_id, approver)
    decide(store, procedure_id, approver, override="两路将合并为一条，详见批复")
    assert status_of(store, procedure_id) == "approved"


def test_checks_are_run_again_at_the_decision(store: Store, officer: Actor, approver: Actor) -> None:
    place_id = make_road(store)
    procedure_id = make_proposal(store, place_id, officer)
    with store.transaction() as session:
        assert check(session, procedure_id, actor=officer, on=DAY).checks == []
    with store.transaction() as session:
        add_road(session, session.get_one(PlaceName, place_id).division, "锦川路")
    with pytest.raises(Conflict, match="锦川路"):
        decide(store, procedure_id, approver)


def test_a_stale_page_is_refused(store: Store, officer: Actor, approver: Actor) -> None:
    procedure_id = make_proposal(store, make_road(store), officer)
    with store.reading() as session:
        seen = session.get_one(NamingProcedure, procedure_id).version
    with store.transaction() as session:
        check(session, procedure_id, actor=officer, version=seen, on=DAY)
    with store.transaction() as session, pytest.raises(Conflict, match="版"):
        consult(session, procedure_id, [Opinion("expert_opinion", "同意")], actor=officer, version=seen)
    with pytest.raises(Conflict, match="版"):
        decide(store, procedure_id, approver, version=seen)


def test_refusing_needs_reasons_and_opens_the_doubt_again(store: Store, officer: Actor, approver: Actor) -> None:
    place_id = make_road(store)
    with store.transaction() as session:
        audit(session, actor=SYSTEM, on=DAY)
        finding_id = session.scalars(select(Finding.id)).one()
    procedure_id = make_proposal(store, place_id, officer, finding_id=finding_id)
    with store.reading() as session:
        assert session.get_one(Finding, finding_id).status == "in_procedure"
    with store.transaction() as session, pytest.raises(UsageError, match="理由"):
        refuse(session, procedure_id, actor=approver, text=" ")
    with store.transaction() as session:
        refuse(session, procedure_id, actor=approver, text="材料不全", on=DAY)
    with store.reading() as session:
        assert session.get_one(Finding, finding_id).status == "open"
        assert session.get_one(PlaceName, place_id).standard_name == "环球路"


def test_a_withdrawn_proposal_makes_way_for_another(store: Store, officer: Actor) -> None:
    place_id = make_road(store)
    procedure_id = make_proposal(store, place_id, officer)
    with pytest.raises(Conflict, match="已有办理中的办件"):
        make_proposal(store, place_id, officer, "锦溪路")
    with store.transaction() as session:
        withdraw(session, procedure_id, actor=officer, text="另行申报")
    assert make_proposal(store, place_id, officer, "锦溪路") != procedure_id


def test_a_new_place_is_proposed_and_enacted_or_rejected(store: Store, officer: Actor, approver: Actor) -> None:
    with store.transaction() as session:
        town_id = add_district(session)["town"].id
    for name, approved in (("锦川路", True), ("锦溪路", False)):
        with store.transaction() as session:
            new = NewPlace("road", town_id, origin="因锦川溪得名")
            procedure = propose(session, kind="name", new_name=name, new_place=new, reason="新建道路", actor=officer, on=DAY)
            place_id, procedure_id = procedure.place_id, procedure.id
            assert session.get_one(PlaceName, place_id).status == "proposed"
            check(session, procedure_id, actor=officer, on=DAY)
        if approved:
            decide(store, procedure_id, approver)
        else:
            with store.transaction() as session:
                refuse(session, procedure_id, actor=approver, text="与规划不符", on=DAY)
        with store.reading() as session:
            place = session.get_one(PlaceName, place_id)
            assert place.status == ("current" if approved else "rejected")
            assert (place.specific, place.generic) == (name[:2], "路")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"kind": "rename", "new_name": "锦川路", "reason": ""}, "理由"),
        ({"kind": "rename", "new_name": "", "reason": "夸大"}, "拟用名称"),
        ({"kind": "rename", "new_name": "环球路", "reason": "夸大"}, "与现名相同"),
        ({"kind": "swap", "new_name": "锦川路", "reason": "夸大"}, "类别"),
        ({"kind": "merge", "new_name": "锦川路", "reason": "夸大"}, "并入的地名"),
        ({"kind": "split", "reason": "过长"}, "各部分"),
        ({"kind": "protect", "reason": "沿用百年"}, "保护等级"),
        ({"kind": "rename", "new_name": "锦" * 121, "reason": "夸大"}, "最多"),
    ],
)
def test_an_incomplete_proposal_says_what_is_missing(store: Store, officer: Actor, options: dict[str, str], said: str) -> None:
    place_id = make_road(store)
    with store.transaction() as session, pytest.raises(UsageError, match=said):
        propose(session, place_id=place_id, actor=officer, **options)  # type: ignore[arg-type]


def test_only_signed_in_office_staff_open_procedures(store: Store, installer: Actor) -> None:
    place_id = make_road(store)
    for actor in (installer, SYSTEM, Actor("key", "elder-care", "officer", place_id)):
        with store.transaction() as session, pytest.raises(Forbidden):
            propose(session, kind="rename", place_id=place_id, new_name="锦川路", reason="夸大", actor=actor)


def test_a_retired_place_cannot_be_renamed_and_an_unknown_one_not_be_found(store: Store, officer: Actor) -> None:
    place_id = make_road(store)
    with store.transaction() as session:
        move(session, session.get_one(PlaceName, place_id), "retire", actor=SYSTEM, also={"valid_to": DAY})
    with pytest.raises(Conflict, match="retired"):
        make_proposal(store, place_id, officer)
    with pytest.raises(NotFound):
        make_proposal(store, "0000000000000", officer)


def test_notes_may_be_added_in_any_status_but_not_empty_ones(store: Store, officer: Actor) -> None:
    procedure_id = make_proposal(store, make_road(store), officer)
    with store.transaction() as session:
        withdraw(session, procedure_id, actor=officer)
        assert add_note(session, procedure_id, "留存备查", actor=officer).kind == "note"
        with pytest.raises(UsageError):
            add_note(session, procedure_id, "  ", actor=officer)


def test_what_people_write_stays_out_of_the_events(store: Store, officer: Actor) -> None:
    procedure_id = make_proposal(store, make_road(store), officer)
    with store.transaction() as session:
        check(session, procedure_id, actor=officer, on=DAY)
        consult(session, procedure_id, [Opinion("public_opinion", "样本甲来信称不同意")], actor=officer)
    with store.reading() as session:
        from gazetteer.store.models import Event

        assert not [event for event in session.scalars(select(Event)) if "样本甲" in str(event.payload)]


def test_working_days_skip_weekends_and_holidays() -> None:
    assert is_working_day(date(2026, 11, 23))
    assert not is_working_day(date(2026, 11, 22))
    assert not is_working_day(date(2026, 10, 1))
    assert add_working_days(date(2026, 11, 20), 1) == date(2026, 11, 23)
    assert add_working_days(date(2026, 9, 30), 1) == date(2026, 10, 8)
    assert is_working_day(date(2026, 10, 10)), "a Saturday worked for the holiday before it"
    assert working_days_between(date(2026, 2, 13), date(2026, 2, 24)) == 2, "Saturday the 14th is worked, then nine days off"
    assert working_days_between(date(2026, 11, 20), date(2026, 11, 23)) == 1
    assert working_days_between(date(2026, 11, 23), date(2026, 11, 20)) == -1
    assert working_days_between(DAY, DAY) == 0


def test_clocks_follow_the_kind_of_place_and_the_calendar_admits_what_is_unconfirmed() -> None:
    assert due_on("decision", "estate", date(2026, 11, 23)) == date(2026, 12, 7)
    assert due_on("decision", "road", date(2026, 11, 23)) == date(2026, 12, 21)
    assert due_on("filing", "road", date(2026, 11, 23)) == date(2026, 12, 8)
    assert due_on("signs", "road", date(2026, 11, 23)) == date(2027, 1, 22)
    assert calendar_note(date(2026, 5, 1)) == ""
    assert "未经核对" in calendar_note(date(2027, 5, 1))
    assert "尚未录入" in calendar_note(date(2031, 5, 1))


def test_the_record_of_a_procedure_shows_its_track_clocks_and_what_can_be_done(store: Store, officer: Actor, approver: Actor) -> None:
    procedure_id = make_proposal(store, make_road(store), officer)
    with store.reading() as session:
        record = procedure_record(session, procedure_id, actor=officer, today=date(2026, 12, 22))
        assert (record["due_on"], record["days_left"], record["next_step"]) == ("2026-12-21", -1, "check")
        decision = next(entry for entry in record["track"] if entry["step"] == "decision")
        assert (decision["due_on"], decision["days_left"], decision["confirmed"]) == ("2026-12-21", -1, False)
        assert [entry["step"] for entry in record["track"] if entry["current"]] == ["check"]
        assert record["impact"]["addresses"] == 1
        assert record["result"] is None
        allowed = {move["verb"] for move in record["moves"] if move["allowed"]}
        assert allowed == {"check", "withdraw"}
        assert all(move["refused_because"] for move in record["moves"] if not move["allowed"])
    with store.transaction() as session:
        check(session, procedure_id, actor=officer, on=DAY)
    with store.reading() as session:
        own = {move["verb"]: move["refused_because"] for move in procedure_record(session, procedure_id, actor=approver)["moves"]}
        assert own["approve"] == ""
        other = {move["verb"]: move["refused_because"] for move in procedure_record(session, procedure_id, actor=officer)["moves"]}
        assert other["approve"] == "须由审批人员决定"
    decide(store, procedure_id, approver)
    with store.reading() as session:
        record = procedure_record(session, procedure_id, actor=officer)
        assert (record["next_step"], record["due_on"], record["undo_refused_because"]) == ("filing", "2026-12-08", "")
        assert {clock["step"]: clock["due_on"] for clock in record["clocks"]} == {
            "decision": "2026-12-21", "filing": "2026-12-08", "announcement": "2026-12-08", "signs": "2027-01-22",
        }  # fmt: skip
        assert record["result"]["addresses"] == 1
        assert record["undo_until"] is not None
        assert [step["kind"] for step in record["steps"]] == ["proposal", "check", "decision"]
        assert {step["by"] for step in record["steps"]} == {"样本用户"}
        assert [move["verb"] for move in record["moves"] if move["allowed"]] == ["file"]
        json.dumps(record, ensure_ascii=False)


def test_the_one_who_proposed_is_told_why_approving_is_closed_to_them(store: Store, approver: Actor) -> None:
    procedure_id = make_proposal(store, make_road(store), approver)
    with store.transaction() as session:
        check(session, procedure_id, actor=approver, on=DAY)
        moves = {move["verb"]: move["refused_because"] for move in procedure_record(session, procedure_id, actor=approver)["moves"]}
    assert moves["approve"] == moves["refuse"] == "提出人不能审批自己的办件"


def test_the_list_of_procedures_pages_filters_and_knows_what_is_overdue(store: Store, officer: Actor) -> None:
    with store.transaction() as session:
        town = add_district(session)["town"]
        roads = [add_road(session, town, name).id for name in ("环球路", "寰宇路", "巴黎路")]
    ids = [make_proposal(store, road, officer, f"锦{char}路") for road, char in zip(roads, "川溪兰", strict=True)]
    with store.transaction() as session:
        withdraw(session, ids[0], actor=officer)
    with store.reading() as session:
        page = list_procedures(session, ProcedureFilters(status="all"), limit=2)
        assert (page.total, [row.id for row in page.rows]) == (3, [ids[2], ids[1]])
        rest = list_procedures(session, ProcedureFilters(status="all"), limit=2, after=page.next_after)
        assert ([row.id for row in rest.rows], rest.next_after) == ([ids[0]], None)
        for filters, total in (
            (ProcedureFilters(), 2),
            (ProcedureFilters(status="withdrawn"), 1),
            (ProcedureFilters(kind="retire"), 0),
            (ProcedureFilters(place_id=roads[1]), 1),
            (ProcedureFilters(q="锦兰"), 1),
            (ProcedureFilters(overdue=True), 0),
        ):
            assert list_procedures(session, filters, today=DAY).total == total
        assert list_procedures(session, ProcedureFilters(overdue=True), today=date(2026, 12, 22)).total == 2
        assert list_procedures(session, ProcedureFilters(), today=DAY).rows[0].days_left == 20
        with pytest.raises(UsageError):
            list_procedures(session, ProcedureFilters(status="lost"))
        with pytest.raises(NotFound):
            procedure_record(session, "0000000000000")
