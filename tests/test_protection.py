"""The protection list: what it asks of whoever changes a listed name, how a name comes onto it and how it leaves it."""

from __future__ import annotations

import pytest
from procedure_rows import DAY, Carry, undo, withdraw_running
from sqlalchemy import select

from gazetteer.names.procedure_record import procedure_record
from gazetteer.names.procedures import announce, propose
from gazetteer.names.protection import protection_list, protection_of
from gazetteer.store.database import Store
from gazetteer.store.events import Actor
from gazetteer.store.models import PlaceName
from geoaddr.errors import Conflict, UsageError

DELISTING = {"opinions": ("expert_opinion",), "papers": ("delisting_grounds", "expert_report")}


def names(store: Store) -> set[str]:
    with store.reading() as session:
        return set(session.scalars(select(PlaceName.standard_name)))


def test_a_protected_name_is_not_renamed_without_its_papers_and_the_refusal_names_the_article(
    store: Store, officer: Actor, approver: Actor, carry: Carry, roads: dict[str, str]
) -> None:
    listed = carry("protect", place_id=roads["long"], details={"grade": "first", "heritage_class": "百年古街巷"})
    with store.transaction() as session:
        assert protection_of(session, roads["long"]) is not None
        assert announce(session, listed, actor=officer).status == "announced", "the list is announced without filing"
    with pytest.raises(Conflict, match=r"地名保护措施方案（地名管理条例 第二十五条.*专家论证报告.*专家意见"):
        carry("rename", place_id=roads["long"], new_name="锦川路")
    assert "剡溪路" in names(store)
    withdraw_running(store, officer)
    with store.transaction() as session, pytest.raises(Conflict, match="保护名录"):
        details = {"sources": [roads["long"]]}
        propose(session, kind="merge", reason="并", actor=officer, place_id=roads["short"], details=details, on=DAY)
    for kind, said in (("name", "地名保护措施方案"), ("correct", "更正依据")):
        with pytest.raises(Conflict, match=said):
            carry(kind, place_id=roads["long"], new_name="锦川路")
        withdraw_running(store, officer)
    papers = ("protection_measures", "expert_report")
    carry("rename", place_id=roads["long"], new_name="锦川路", opinions=("expert_opinion",), papers=papers)
    assert "锦川路" in names(store)


def test_listing_can_be_undone(store: Store, officer: Actor, approver: Actor, carry: Carry, roads: dict[str, str]) -> None:
    done = carry("protect", place_id=roads["long"], details={"grade": "second"})
    undo(store, done, approver)
    with store.reading() as session:
        assert protection_of(session, roads["long"]) is None


def test_a_name_leaves_the_list_by_a_procedure_with_its_papers_and_stays_known_as_once_listed(
    store: Store, officer: Actor, approver: Actor, carry: Carry, roads: dict[str, str]
) -> None:
    given: dict[str, object] = {"place_id": roads["long"], "details": {"ground": "listed_in_error"}}
    with pytest.raises(Conflict, match=r"不在地名保护名录中.*第二十五条"):
        carry("delist", **given)
    carry("protect", place_id=roads["long"], details={"grade": "second"})
    with pytest.raises(Conflict, match=r"移出依据（.*专家论证报告（.*专家意见（"):
        carry("delist", **given)
    withdraw_running(store, officer)
    done = carry("delist", **DELISTING, **given)
    with store.reading() as session:
        assert protection_of(session, roads["long"]) is None
        assert protection_list(session).total == 0
        [gone] = protection_list(session, delisted=True).rows
        assert (gone.name, gone.grade, gone.listed_on, gone.delisted_on, gone.procedure_id) == ("剡溪路", "second", DAY, DAY, done)
        record = procedure_record(session, done)
        assert [step["step"] for step in record["track"]] == ["proposal", "check", "consultation", "decision", "announcement"]
        assert (record["decider"]["authority"], record["decider"]["confirmed"], record["kind_confirmed"]) == ("区人民政府", False, False)
    with store.transaction() as session:
        assert announce(session, done, actor=officer).status == "announced"


@pytest.mark.parametrize(
    ("ground", "error", "said"),
    [("", UsageError, "理由"), ("thing_gone", Conflict, "就近移用.*第二十六条"), ("to_rename", Conflict, "随意更名.*第二十五条")],
)
def test_a_name_does_not_leave_the_list_on_grounds_the_law_does_not_know(
    store: Store, carry: Carry, roads: dict[str, str], ground: str, error: type[Exception], said: str
) -> None:
    carry("protect", place_id=roads["long"], details={"grade": "second"})
    with pytest.raises(error, match=said):
        carry("delist", place_id=roads["long"], details={"ground": ground})
    with store.reading() as session:
        assert protection_of(session, roads["long"]) is not None


def test_taking_off_the_list_can_be_undone_and_listing_not_once_taken_off(
    store: Store, approver: Actor, carry: Carry, roads: dict[str, str]
) -> None:
    listed = carry("protect", place_id=roads["long"], details={"grade": "second"})
    done = carry("delist", place_id=roads["long"], details={"ground": "listed_twice"}, **DELISTING)
    with pytest.raises(Conflict, match="保护名录又有改动"):
        undo(store, listed, approver)
    undo(store, done, approver)
    with store.reading() as session:
        entry = protection_of(session, roads["long"])
        assert entry is not None
        assert (entry.grade, entry.delisted_on, entry.procedure_id) == ("second", None, listed)
