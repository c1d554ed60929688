"""Whose doubts and left-over addresses are whose: somebody limited to a town settles what lies in it, and nothing elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient
from register_rows import add_address, add_division, add_road
from sqlalchemy import select
from test_finding_queue import add_doubts
from web_fixtures import post

from gazetteer.division_settling import left_in, settle, state_successor, things_in, with_things_left, without_successor
from gazetteer.names import bulk
from gazetteer.names.finding_filters import FindingFilters
from gazetteer.names.finding_lists import finding_record, total_findings
from gazetteer.names.findings import assign, defer, dismiss, undo_finding
from gazetteer.names.ignores import ignore_finding, ignore_word, lift_ignore
from gazetteer.names.procedures import propose
from gazetteer.people import limit_competence
from gazetteer.reach import units_within
from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM, Actor
from gazetteer.store.models import Division, Finding, StandardAddress, User
from gazetteer.workflow import enter, move
from geoaddr.errors import Forbidden

ELSEWHERE = "这件事在莼湖街道，您的权限只到西坞街道，不能处理"
ENDED = date(2020, 12, 1)


@pytest.fixture
def towns(store: Store, roads: dict[str, str]) -> dict[str, str]:
    """西坞街道 with a village, 莼湖街道 beside it; three doubts here, two there."""
    with store.transaction() as session:
        other = add_division(session, "330213008", "莼湖街道", "town", session.get_one(Division, roads["district"]))
        found = {**roads, "other": other.id}
    add_doubts(store, roads["village"], 3)
    add_doubts(store, other.id, 2, rule="digits-in-name")
    return found


def limit(store: Store, actor: Actor, division: str | None) -> None:
    with store.transaction() as session:
        limit_competence(session, str(actor.id), division_id=division, authority="", actor=SYSTEM)


def doubts_of(store: Store, division_id: str) -> list[str]:
    with store.reading() as session:
        return list(session.scalars(select(Finding.id).where(Finding.division_id == division_id).order_by(Finding.id)))


def test_nobody_settles_the_doubts_of_another_town(store: Store, officer: Actor, towns: dict[str, str]) -> None:
    limit(store, officer, towns["town"])
    mine, theirs = doubts_of(store, towns["village"])[0], doubts_of(store, towns["other"])[0]
    refused: tuple[Callable[..., object], ...] = (
        lambda session: dismiss(session, theirs, "沿用多年", actor=officer),
        lambda session: defer(session, theirs, actor=officer),
        lambda session: assign(session, theirs, officer.id, actor=officer),
        lambda session: undo_finding(session, theirs, actor=officer),
        lambda session: ignore_finding(session, theirs, "沿用多年", actor=officer),
    )
    for act in refused:
        with store.transaction() as session, pytest.raises(Forbidden, match=ELSEWHERE):
            act(session)
    with store.reading() as session:
        assert finding_record(session, theirs, actor=officer)["beyond_reach"] == ELSEWHERE
        assert {one["refused_because"] for one in finding_record(session, theirs, actor=officer)["moves"]} == {ELSEWHERE}
        assert finding_record(session, mine, actor=officer)["beyond_reach"] == ""
    with store.transaction() as session:
        assert dismiss(session, mine, "沿用多年", actor=officer).status == "dismissed"
        assert undo_finding(session, mine, actor=officer).status == "open"
    limit(store, officer, towns["district"])
    with store.transaction() as session:
        assert dismiss(session, theirs, "沿用多年", actor=officer).status == "dismissed"


def test_a_doubt_of_another_town_is_not_taken_into_a_procedure(store: Store, officer: Actor, towns: dict[str, str]) -> None:
    limit(store, officer, towns["town"])
    with store.transaction() as session:
        road = add_road(session, session.get_one(Division, towns["other"]), "全国第一路")
        about = {"subject_kind": "place_name", "subject_id": road.id, "subject_label": "全国第一路", "evidence": "全国", "article": "样本"}
        finding = Finding(rule="exaggerated-name", issue_class="大", severity="warns", division_id=towns["other"], **about)
        enter(session, finding, actor=SYSTEM, verb="raise", status="open")
        with pytest.raises(Forbidden, match=ELSEWHERE):
            propose(session, kind="rename", reason="样本", actor=officer, place_id=road.id, new_name="锦川路", finding_id=finding.id)


def test_many_at_once_leaves_out_and_counts_what_lies_elsewhere(
    store: Store, officer: Actor, approver: Actor, towns: dict[str, str]
) -> None:
    limit(store, officer, towns["town"])
    with store.transaction() as session:
        shown = bulk.preview(session, FindingFilters(), "dismiss", actor=officer)
        assert (shown.count, [(one.why, one.count) for one in shown.excluded]) == (3, [("在西坞街道之外，不归您处理", 2)])
        assert bulk.members(session, FindingFilters(), "dismiss", actor=officer).total == 3
        left = bulk.members(session, FindingFilters(), "dismiss", actor=officer, left_out=True, limit=1)
        assert (left.total, len(left.rows), left.next_after is not None) == (2, 1, True)
        rest = bulk.members(session, FindingFilters(), "dismiss", actor=officer, left_out=True, after=str(left.next_after), limit=1)
        assert (len(rest.rows), rest.next_after) == (1, None)
        made = bulk.apply(session, FindingFilters(), "dismiss", seen=shown.seen, actor=officer, reason="沿用多年")
        assert made.count == 3
        assert bulk.undo(session, made.seq, actor=officer) == (3, 0)
    assert total(store, FindingFilters(reach=towns["town"])) == 3
    with store.transaction() as session:
        everything = bulk.preview(session, FindingFilters(), "dismiss", actor=approver)
        made = bulk.apply(session, FindingFilters(), "dismiss", seen=everything.seen, actor=approver, reason="沿用多年")
        with pytest.raises(Forbidden, match="有 2 条在西坞街道之外"):
            bulk.undo(session, made.seq, actor=officer)


def total(store: Store, filters: FindingFilters) -> int:
    with store.reading() as session:
        return total_findings(session, filters)


def test_what_holds_in_every_town_is_not_for_one_of_them(store: Store, officer: Actor, towns: dict[str, str]) -> None:
    with store.transaction() as session:
        word = ignore_word(session, "exaggerated-name", "样本词", "样本", actor=officer).id
    limit(store, officer, towns["town"])
    with store.transaction() as session, pytest.raises(Forbidden, match="对所有镇街都有效，您的权限只到西坞街道"):
        ignore_word(session, "exaggerated-name", "样本", "沿用多年", actor=officer)
    with store.transaction() as session, pytest.raises(Forbidden, match="对所有镇街都有效"):
        lift_ignore(session, word, actor=officer)
    limit(store, officer, towns["district"])
    with store.transaction() as session:
        assert ignore_word(session, "exaggerated-name", "样本", "沿用多年", actor=officer).status == "active"


def test_nobody_settles_what_another_town_left_open(store: Store, officer: Actor, towns: dict[str, str]) -> None:
    limit(store, officer, towns["town"])
    with store.transaction() as session:
        old, first, second = (
            add_division(session, code, name, "community", session.get_one(Division, towns["other"]), valid_from=date(2017, 1, 1))
            for code, name in (("330213008201", "样甲村"), ("330213008202", "样乙村"), ("330213008203", "样丙村"))
        )
        door = add_address(session, None, "12", division=old).id
        move(session, old, "retire", actor=SYSTEM, also={"valid_to": ENDED})
        heirs = [first.id, second.id]
        with pytest.raises(Forbidden, match=ELSEWHERE):
            state_successor(session, old.id, heirs, "split", "公告", actor=officer)
        assert without_successor(session, within=units_within(session, session.get_one(Division, towns["town"]))).total == 0
        state_successor(session, old.id, heirs, "split", "公告", actor=SYSTEM)
        with pytest.raises(Forbidden, match=ELSEWHERE):
            settle(session, old.id, first.id, actor=officer, addresses=[door])
        assert with_things_left(session, within=units_within(session, session.get_one(Division, towns["town"]))) == []
        assert settle(session, old.id, first.id, actor=SYSTEM, addresses=[door])["addresses"] == 1


def test_a_door_on_a_road_of_the_town_is_left_open_by_a_split_and_settled_by_itself(
    store: Store, officer: Actor, towns: dict[str, str]
) -> None:
    with store.transaction() as session:
        town = session.get_one(Division, towns["town"])
        old, heir, other = (
            add_division(session, code, name, "community", town, valid_from=date(2017, 1, 1))
            for code, name in (("330213003801", "样甲村"), ("330213003802", "样乙村"), ("330213003803", "样丙村"))
        )
        door = add_address(session, add_road(session, town, "样镇路"), "8")
        door.division_id = old.id
        session.flush()
        move(session, old, "retire", actor=SYSTEM, also={"valid_to": ENDED})
        state_successor(session, old.id, [heir.id, other.id], "split", "公告", actor=officer)
        assert (left_in(session, old.id).places, left_in(session, old.id).addresses) == (0, 1)
        assert [one["id"] for one in things_in(session, old.id)["addresses"]] == [door.id]
        assert [(one.name, left.addresses) for one, left in with_things_left(session)] == [("样甲村", 1)]
        settle(session, old.id, other.id, actor=officer, addresses=[door.id])
        assert session.get_one(StandardAddress, door.id).division_id == other.id
        assert with_things_left(session) == []


def test_the_reach_of_a_town_holds_its_villages_of_all_times_and_not_those_of_its_neighbour(store: Store, towns: dict[str, str]) -> None:
    with store.transaction() as session:
        town = session.get_one(Division, towns["town"])
        gone = add_division(session, "330213003901", "样旧村", "community", town, valid_from=date(2017, 1, 1), valid_to=ENDED)
        reach = units_within(session, town)
        assert {towns["town"], towns["village"], gone.id} <= reach
        assert towns["other"] not in reach
        assert towns["district"] not in reach


def test_the_pages_offer_what_is_ones_own_and_refuse_the_rest_in_one_sentence(
    signed_in: Callable[[str], FlaskClient], sqlite_store: Store, small_register: dict[str, str]
) -> None:
    client = signed_in("officer")
    with sqlite_store.transaction() as session:
        village = session.get_one(Division, small_register["division"])
        town = session.get_one(Division, village.parent_id or "")
        district = session.get_one(Division, town.parent_id or "")
        other = add_division(session, "330213008", "莼湖街道", "town", district).id
        user = session.scalars(select(User).where(User.role == "officer")).one()
        limit_competence(session, user.id, division_id=town.id, authority="", actor=SYSTEM)
    add_doubts(sqlite_store, small_register["division"], 12)
    theirs = add_doubts(sqlite_store, other, 2, rule="digits-in-name")[0]
    queue = client.get("/names/").get_data(as_text=True)
    assert "归我处理的（西坞街道） 12" in queue
    assert "共 12 条" in client.get("/names/?scope=mine").get_data(as_text=True)
    page = client.get(f"/names/findings/{theirs}").get_data(as_text=True)
    assert ELSEWHERE in page
    assert 'name="verb" value="dismiss"' not in page
    refused = post(client, f"/names/findings/{theirs}/decide", {"verb": "dismiss", "reason": "沿用多年", "version": "1"})
    assert (refused.status_code, ELSEWHERE in refused.get_data(as_text=True)) == (403, True)
    english = client.get(f"/names/findings/{theirs}?lang=en").get_data(as_text=True)
    assert "This is in 莼湖街道; you act for 西坞街道 only" in english
    preview = client.get("/names/bulk?verb=defer&scope=all&lang=zh").get_data(as_text=True)
    assert "在西坞街道之外，不归您处理" in preview
    assert "等 12 条，看全部" in preview
    whole = client.get("/names/bulk/list?verb=defer").get_data(as_text=True)
    assert whole.count("/names/findings/") == 12
    assert "共 2 条" in client.get("/names/bulk/list?verb=defer&scope=all&left_out=1").get_data(as_text=True)


def test_the_queue_opens_on_ones_own_area_and_the_counts_that_lead_to_it_agree(
    signed_in: Callable[[str], FlaskClient], sqlite_store: Store, small_register: dict[str, str]
) -> None:
    with sqlite_store.transaction() as session:
        town = session.get_one(Division, session.get_one(Division, small_register["division"]).parent_id or "")
        other = add_division(session, "330213008", "莼湖街道", "town", session.get_one(Division, town.parent_id or "")).id
    add_doubts(sqlite_store, small_register["division"], 12)
    add_doubts(sqlite_store, other, 2, rule="digits-in-name")
    client = signed_in("officer")

    def told(path: str) -> str:
        return client.get(path).get_data(as_text=True)

    def figure(page: str, link: str) -> str:
        return re.findall(rf'href="{re.escape(link)}"[^>]*>(?:<span class="ga-figure-n">)?([\d,]+)<', page)[0]

    assert "共 14 条" in told("/names/"), "nobody limited this person: all"
    assert figure(told("/"), "/names/?status=open") == "14"
    assert "scope" not in told("/names/")
    with sqlite_store.transaction() as session:
        user = session.scalars(select(User).where(User.role == "officer")).one()
        limit_competence(session, user.id, division_id=town.id, authority="", actor=SYSTEM)
    opened = told("/names/")
    assert "共 12 条" in opened
    assert re.search(r'scope=mine"[^>]* aria-current="true">归我处理的（西坞街道） 12', opened), "the filter is seen"
    assert 'name="scope" value="mine"' in opened, "other filters keep to it"
    assert 'href="/names/?scope=all"' in opened, "one click shows all"
    assert "共 14 条" in told("/names/?scope=all")
    assert "共 2 条" in told("/names/?scope=all&rule=digits-in-name")
    assert "没有符合的疑点" in told("/names/?rule=digits-in-name")
    overview = told("/")
    assert figure(overview, "/names/?status=open") == "12"
    assert "共 12 条" in told("/names/?status=open")
    for link, count in re.findall(r'href="(/names/\?class=[^"]+)">([\d,]+)<', overview):
        assert f"共 {count} 条" in told(link.replace("&amp;", "&")), link
