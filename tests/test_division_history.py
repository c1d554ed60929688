"""The true history of Fenghua 2018–2021 replayed as procedures: every date can be asked, old codes and names lead to today's units."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

import pytest
from register_rows import add_address, add_division, add_road
from sqlalchemy import select

from gazetteer.attachments import attach
from gazetteer.division_candidates import candidates
from gazetteer.division_records import division_record
from gazetteer.division_settling import (
    parts_of,
    settle,
    state_successor,
    things_in,
    with_things_left,
    without_successor,
)
from gazetteer.divisions import division_on, find_named, full_name, today_of
from gazetteer.names.approval import approve
from gazetteer.names.procedures import Opinion, check, consult, propose
from gazetteer.sample.lists import yearly_list
from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM, Actor
from gazetteer.store.models import Division, StandardAddress
from gazetteer.workflow import move
from geoaddr.errors import Conflict, UsageError

TOWNS = ("330213003", "330213103", "330213104")
CHANGED_2019 = date(2019, 8, 26)
Decide = Callable[..., str]


def listed(day: str) -> dict[str, str]:
    """Return the villages and towns of the places that changed in 2019, by code, as the official list of a day has them."""
    towns = (*TOWNS, "330213006", "330213007", "330213008")
    return {row.code: row.name for row in yearly_list(day) if row.code.startswith(towns)}


@pytest.fixture
def fenghua(store: Store) -> Store:
    """The towns 江口, 尚田 and 莼湖 with their villages as of 2018, and a road with a door in 桐照村."""
    with store.transaction() as session:
        above = None
        for code, name, level in (("33", "浙江省", "province"), ("3302", "宁波市", "city"), ("330213", "奉化区", "district")):
            above = add_division(session, code, name, level, above, valid_from=date(2016, 11, 17))
        units: dict[str, Division] = {}
        for code, name in sorted(listed("2018-10-31").items(), key=lambda item: (len(item[0]), item[0])):
            level, parent = ("town", above) if len(code) == 9 else ("community", units[code[:9]])
            units[code] = add_division(session, code, name, level, parent, valid_from=date(2017, 10, 31))
        village = next(one for one in units.values() if one.name == "桐照村委会")
        add_address(session, add_road(session, village, "样渔路"), "8")
    return store


@pytest.fixture
def decide(fenghua: Store, officer: Actor, approver: Actor, tmp_path: Path) -> Decide:
    """Return a function that carries a change of divisions through its procedure to the decision."""

    def run(kind: str, code: str, on: date, **given: object) -> str:
        with fenghua.transaction() as session:
            unit = division_on(session, code).id
            made = propose(session, kind=kind, reason="省政府批复", division_id=unit, actor=officer, on=on, **given)  # type: ignore[arg-type]
            check(session, made.id, actor=officer, on=on)
            consult(session, made.id, [Opinion("public_opinion", "同意")], actor=officer)
            for paper in ("basic_facts", "risk_report", "expert_report", "map"):
                attach(session, "naming_procedure", made.id, b"%PDF-1.7\n%" + paper.encode(), "p.pdf", tmp_path, actor=officer, paper=paper)
        with fenghua.transaction() as session:
            approve(session, made.id, actor=approver, decision_no="样本〔2019〕1号", authority="样本省人民政府", on=on)
            return made.id

    return run


def in_force(store: Store, on: date) -> dict[str, str]:
    with store.reading() as session:
        rows = session.scalars(select(Division).where(Division.level.in_(("town", "community")), Division.valid_from <= on)).all()
        return {one.code: one.name for one in rows if one.valid_to is None or one.valid_to > on}


def names(divisions: Iterable[Division]) -> list[str]:
    return [one.name for one in divisions]


def replay_2019(decide: Decide) -> None:
    """Two towns become streets with their villages; 方桥街道 is made again out of 江口街道, both recode their villages."""
    decide("division_rename", "330213104", CHANGED_2019, new_name="莼湖街道", details={"code": "330213008"})
    decide("division_rename", "330213103", CHANGED_2019, new_name="尚田街道", details={"code": "330213007"})
    then = {name: code for code, name in listed("2019-10-31").items() if code.startswith(("330213003", "330213006"))}
    before = {name: code for code, name in listed("2018-10-31").items() if code.startswith("330213003") and len(code) == 12}
    going = [code for name, code in before.items() if then[name].startswith("330213006")]
    new_codes = "\n".join(f"{code} {then[name]}" for name, code in before.items() if then[name] != code)
    part = {"name": "方桥街道", "code": "330213006", "children": " ".join(going)}
    decide("division_split", "330213003", CHANGED_2019, new_name="", details={"parts": [part], "keeps": True, "child_codes": new_codes})


def test_the_changes_of_2019_lead_from_one_official_list_to_the_next(fenghua: Store, decide: Decide) -> None:
    replay_2019(decide)
    assert in_force(fenghua, date(2019, 8, 25)) == listed("2018-10-31")
    assert in_force(fenghua, date(2019, 10, 31)) == listed("2019-10-31")


def test_old_codes_and_names_answer_with_todays_units_and_any_day_can_be_asked(fenghua: Store, decide: Decide) -> None:
    replay_2019(decide)
    with fenghua.reading() as session:
        village = division_on(session, "330213104246", date(2018, 1, 1)) if "330213104246" in listed("2018-10-31") else None
        assert village is not None
        [today] = today_of(session, village)
        assert (today.code, today.name) == ("330213008246", village.name)
        assert full_name(session, village) == f"浙江省宁波市奉化区莼湖镇{village.name}"
        assert full_name(session, today) == f"浙江省宁波市奉化区莼湖街道{village.name}"
        assert names(today_of(session, find_named(session, "莼湖镇")[0])) == ["莼湖街道"]
        assert sorted(names(today_of(session, division_on(session, "330213003", date(2018, 1, 1))))) == ["江口街道"]
        assert division_on(session, "330213003213", date(2018, 1, 1)).name == "新桥下村委会"
        assert division_on(session, "330213003213").name == "孙俞村委会"
        [door] = session.scalars(select(StandardAddress))
        assert door.label == "浙江省宁波市奉化区莼湖街道样渔路8号"


def test_villages_that_merged_are_found_by_every_old_name(fenghua: Store, decide: Decide) -> None:
    replay_2019(decide)
    with fenghua.reading() as session:
        merged = [find_named(session, name)[0].id for name in ("中横村委会", "下横村委会")]
    decide("division_merge", "330213003206", date(2020, 12, 1), new_name="三横社区", details={"sources": merged, "code": "330213003003"})
    with fenghua.reading() as session:
        for name in ("上横村委会", "中横村委会", "下横村委会"):
            assert names(today_of(session, find_named(session, name)[0])) == ["三横社区"]
        assert division_on(session, "330213003207", date(2020, 11, 30)).name == "中横村委会"


def test_codes_that_are_taken_are_asked_for(fenghua: Store, decide: Decide) -> None:
    with fenghua.reading() as session:
        other = division_on(session, "330213103").id
    with pytest.raises(Conflict, match="请写明它们的新代码"):
        decide("division_merge", "330213104", CHANGED_2019, new_name="莼湖街道", details={"sources": [other], "code": "330213008"})


def test_what_a_split_leaves_open_waits_for_a_person(fenghua: Store, decide: Decide) -> None:
    with fenghua.transaction() as session:
        village = next(one for one in session.scalars(select(Division)) if one.name == "桐照村委会")
        code, loose = village.code, add_address(session, None, "12", division=village).id
    parts = [{"name": "桐照一村委会", "code": "330213104298"}, {"name": "桐照二村委会", "code": "330213104299"}]
    decide("division_split", code, CHANGED_2019, new_name="", details={"parts": parts, "keeps": False})
    with fenghua.transaction() as session:
        [(unit, left)] = with_things_left(session)
        assert (unit.name, left.children, left.places, left.addresses) == ("桐照村委会", 0, 1, 1)
        first, second = parts_of(session, unit.id)
        things = things_in(session, unit.id)
        with pytest.raises(UsageError):
            settle(session, unit.id, first.id, actor=SYSTEM)
        with pytest.raises(Conflict, match="后继"):
            settle(session, unit.id, division_on(session, "330213103").id, actor=SYSTEM, addresses=[loose])
        assert settle(session, unit.id, first.id, actor=SYSTEM, places=[things["places"][0]["id"]]) == {
            "children": 0,
            "places": 1,
            "addresses": 1,
        }
        assert settle(session, unit.id, second.id, actor=SYSTEM, addresses=[loose])["addresses"] == 1
        assert with_things_left(session) == []
        with pytest.raises(Conflict, match="刷新"):
            settle(session, unit.id, second.id, actor=SYSTEM, addresses=[loose])


def test_a_unit_that_only_ended_gets_its_successor_from_a_person_with_a_source(fenghua: Store) -> None:
    with fenghua.transaction() as session:
        old = next(one for one in session.scalars(select(Division)) if one.name == "桐照村委会")
        heir = next(one for one in session.scalars(select(Division)) if one.name == "吴家埠村委会")
        move(session, old, "retire", actor=SYSTEM, also={"valid_to": date(2020, 12, 1)})
        assert names(without_successor(session).rows) == ["桐照村委会"]
        assert heir.id in {one["id"] for one in candidates(session, old, "吴家埠")}
        with pytest.raises(UsageError, match="依据"):
            state_successor(session, old.id, [heir.id], "merged", " ", actor=SYSTEM)
        with pytest.raises(Conflict, match="级别"):
            state_successor(session, old.id, [division_on(session, "330213104").id], "merged", "公告", actor=SYSTEM)
        followed = state_successor(session, old.id, [heir.id], "merged", "奉化区人民政府公告", actor=SYSTEM)
        assert (followed["places_followed"], followed["addresses_followed"]) == (1, 1)
        assert names(today_of(session, old)) == ["吴家埠村委会"]
        assert without_successor(session).rows == ()
        with pytest.raises(Conflict, match="已有记录"):
            state_successor(session, old.id, [heir.id], "merged", "公告", actor=SYSTEM)


def test_candidates_come_in_the_order_of_what_the_lists_show_and_conclude_nothing(fenghua: Store, decide: Decide) -> None:
    replay_2019(decide)
    with fenghua.reading() as session:
        merged = [find_named(session, name)[0].id for name in ("中横村委会", "下横村委会")]
    decide("division_merge", "330213003206", date(2020, 12, 1), new_name="三横社区", details={"sources": merged, "code": "330213003003"})
    with fenghua.transaction() as session:
        lost = next(one for one in find_named(session, "郭范村委会") if one.valid_to is None)
        move(session, lost, "retire", actor=SYSTEM, also={"valid_to": date(2020, 12, 1)})
        [first, second, *_] = candidates(session, lost)
        assert first["name"] == "三横社区"
        evidence = {one["what"]: one["detail"] for one in first["evidence"]}
        assert evidence["took_in"] == "上横村委会、中横村委会、下横村委会"
        assert evidence["appeared"] == "2020-12-01"
        assert evidence["same_town"] == "江口街道"
        assert first["score"] > second["score"]
        record = division_record(session, lost.code, date(2020, 1, 1))
        assert (record["successor_stated"], record["successors"], record["today"]) == (False, [], [])
        assert record["candidates"][0]["name"] == "三横社区"
        assert names(without_successor(session).rows) == ["郭范村委会"], "a candidate is no successor"
