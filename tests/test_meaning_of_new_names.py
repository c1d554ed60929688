"""A new name has a meaning of its own: that of the name it replaces goes into the history, on paper and in the register."""

from __future__ import annotations

import pytest
from naming_rows import DAY, run
from register_rows import SINCE, add_district, add_road

from gazetteer.names.papers.facts import facts_of
from gazetteer.names.procedures import find_procedure, propose, undo_approval
from gazetteer.store.database import Store
from gazetteer.store.events import Actor
from gazetteer.store.models import PlaceName

TOLD = {"origin": "一九九六年开发商所取", "meaning": "环绕地球"}


@pytest.fixture
def road_id(store: Store) -> str:
    with store.transaction() as session:
        return add_road(session, add_district(session)["town"], "环球路", valid_from=SINCE, history="原为机耕路。", **TOLD).id


def told(store: Store, road_id: str) -> tuple[str, str, str]:
    with store.reading() as session:
        road = session.get_one(PlaceName, road_id)
        return road.origin, road.meaning, road.history


def test_the_meaning_of_the_old_name_is_not_told_of_the_new_one(store: Store, road_id: str, officer: Actor, approver: Actor) -> None:
    details = {"origin": "取自锦川村", "meaning": ""}
    result = run(store, road_id, officer, approver, details=details)
    kept = f"原为机耕路。\n{DAY} 前名“环球路”。含义：环绕地球。来历：一九九六年开发商所取。"
    assert told(store, road_id) == ("取自锦川村", "", kept)
    with store.reading() as session:
        assert facts_of(session, find_procedure(session, result.procedure_id), today=DAY).words["meaning"] == "取自锦川村"
    with store.transaction() as session:
        undo_approval(session, result.procedure_id, actor=approver)
    assert told(store, road_id) == (TOLD["origin"], TOLD["meaning"], "原为机耕路。")


def test_an_application_says_nothing_of_a_new_name_that_nobody_told(store: Store, road_id: str, officer: Actor) -> None:
    with store.transaction() as session:
        asked = propose(session, kind="rename", new_name="锦川路", place_id=road_id, reason="刻意夸大", actor=officer, on=DAY)
        assert facts_of(session, asked, today=DAY).words["meaning"] == "（未填）"


def test_a_correction_keeps_what_is_told_because_the_name_is_the_same(store: Store, road_id: str, officer: Actor, approver: Actor) -> None:
    run(store, road_id, officer, approver, kind="correct", new_name="寰球路")
    assert told(store, road_id) == (TOLD["origin"], TOLD["meaning"], "原为机耕路。")
