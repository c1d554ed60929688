"""The queue of doubts about names, one doubt, and the check of a planned name."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from register_rows import add_road
from web_fixtures import post

from gazetteer.names.audit import audit
from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM
from gazetteer.store.models import Division, Finding

Register = dict[str, str]
SignIn = Callable[[str], FlaskClient]


@pytest.fixture
def doubts(sqlite_store: Store, small_register: Register) -> Register:
    """Two doubtful roads beside a clean one, audited; finding ids by name of the road."""
    with sqlite_store.transaction() as session:
        division = session.get_one(Division, small_register["division"])
        add_road(session, division, "曼哈顿路")
        add_road(session, division, "全国第一街")
        audit(session, actor=SYSTEM)
        return {one.subject_label: one.id for one in session.query(Finding).order_by(Finding.id)}


def test_the_queue_shows_every_doubt_with_its_evidence_and_true_counts(signed_in: SignIn, doubts: Register) -> None:
    page = signed_in("viewer").get("/names/").get_data(as_text=True)
    assert "曼哈顿路" in page
    assert "全国第一街" in page
    assert f"全部 {len(doubts)}" in page
    assert "洋：崇洋媚外 1" in page
    assert "检查全部地名" not in page


def test_filters_live_in_the_address_and_go_along_to_the_doubt(signed_in: SignIn, doubts: Register) -> None:
    client = signed_in("officer")
    page = client.get("/names/?class=洋").get_data(as_text=True)
    assert "曼哈顿路" in page
    assert "全国第一街" not in page
    one = client.get(f"/names/findings/{doubts['曼哈顿路']}?class=洋").get_data(as_text=True)
    assert "地名管理条例" in one
    assert doubts["全国第一街"] not in one, "the queue beside it is the filtered one"
    assert client.get("/names/?class=nonsense").status_code == 400
    assert "没有符合的疑点" in client.get("/names/?q=没有这样的名字").get_data(as_text=True)


def test_the_list_is_given_away_as_a_table(signed_in: SignIn, doubts: Register) -> None:
    answer = signed_in("viewer").get("/names/?format=csv")
    assert answer.content_type.startswith("text/csv")
    assert answer.get_data(as_text=True).count("\r\n") == len(doubts) + 1


def test_setting_a_doubt_aside_wants_a_reason_brings_the_next_and_can_be_undone(
    signed_in: SignIn, sqlite_store: Store, doubts: Register
) -> None:
    client = signed_in("officer")
    here = f"/names/findings/{doubts['曼哈顿路']}"
    wrong = post(client, f"{here}/decide", {"verb": "dismiss", "reason": ""})
    assert wrong.status_code == 422
    assert "请写明" in wrong.get_data(as_text=True)
    right = post(client, f"{here}/decide?class=", {"verb": "dismiss", "reason": "沿用多年，群众认可"})
    assert right.status_code == 303
    assert "/names/" in right.headers["Location"]
    assert "撤销" in client.get(right.headers["Location"]).get_data(as_text=True)
    assert status(sqlite_store, doubts["曼哈顿路"]) == "dismissed"
    assert post(client, f"{here}/undo").status_code == 303
    assert status(sqlite_store, doubts["曼哈顿路"]) == "open"


def test_a_doubt_can_be_put_off_without_a_reason(signed_in: SignIn, sqlite_store: Store, doubts: Register) -> None:
    assert post(signed_in("officer"), f"/names/findings/{doubts['全国第一街']}/decide", {"verb": "defer"}).status_code == 303
    assert status(sqlite_store, doubts["全国第一街"]) == "deferred"


def test_viewers_decide_nothing(signed_in: SignIn, sqlite_store: Store, doubts: Register) -> None:
    client = signed_in("viewer")
    assert post(client, f"/names/findings/{doubts['曼哈顿路']}/decide", {"verb": "defer"}).status_code == 403
    assert post(client, "/names/audit").status_code == 403
    assert status(sqlite_store, doubts["曼哈顿路"]) == "open"


def test_the_audit_says_what_it_found(signed_in: SignIn, sqlite_store: Store, small_register: Register) -> None:
    with sqlite_store.transaction() as session:
        add_road(session, session.get_one(Division, small_register["division"]), "曼哈顿路")
    client = signed_in("officer")
    assert "没有疑点了" in client.get("/names/").get_data(as_text=True)
    page = client.get(post(client, "/names/audit").headers["Location"]).get_data(as_text=True)
    assert "检查了 5 个地名和地址" in page
    assert "曼哈顿路" in page


def test_the_map_of_a_doubt_shows_the_place_in_its_shape(signed_in: SignIn, doubts: Register) -> None:
    found = signed_in("viewer").get(f"/names/findings/{doubts['曼哈顿路']}/map.json").get_json()
    [own] = [one for one in found["features"] if one["properties"].get("current")]
    assert own["geometry"]["type"] == "LineString"
    assert own["properties"]["title"] == "曼哈顿路"


@pytest.mark.parametrize(("name", "said"), [("锦溪路", "没有发现问题"), ("曼哈顿广场", "有需要斟酌的地方"), ("肖桥路", "要换一个名称")])
def test_a_planned_name_is_judged_before_anybody_applies(signed_in: SignIn, small_register: Register, name: str, said: str) -> None:
    page = signed_in("viewer").get(f"/names/check?name={name}&kind=&division=").get_data(as_text=True)
    assert said in page


def test_a_name_that_cannot_be_checked_keeps_what_was_typed(signed_in: SignIn, small_register: Register) -> None:
    answer = signed_in("viewer").get("/names/check?name=&kind=road")
    assert answer.status_code == 422
    assert "请输入要检查的名称" in answer.get_data(as_text=True)


def test_names_are_listed_and_lead_to_a_procedure(signed_in: SignIn, small_register: Register) -> None:
    page = signed_in("officer").get("/names/list?q=肖桥&category=road").get_data(as_text=True)
    assert f"/names/procedures/new?place={small_register['place']}" in page
    assert "没有符合的地名" in signed_in("viewer").get("/names/list?q=无此名").get_data(as_text=True)


def status(store: Store, finding_id: str) -> str:
    with store.reading() as session:
        return session.get_one(Finding, finding_id).status


def test_a_doubt_is_accepted_from_the_keyboard_and_the_same_queue_goes_on(signed_in: SignIn, doubts: Register) -> None:
    officer = signed_in("officer")
    queue = officer.get("/names/?status=open").get_data(as_text=True)
    first, second = re.findall(r'href="(/names/findings/[^"]+)"><strong>', queue)[:2]
    page = officer.get(first.replace("&amp;", "&")).get_data(as_text=True)
    (opening,) = re.findall(r'href="([^"]+)" data-key="a"', page)
    form = officer.get(opening.replace("&amp;", "&")).get_data(as_text=True)
    assert re.search(r'name="new_name"[^>]* autofocus', form)
    typed = dict(re.findall(r'<input type="hidden" name="(place|finding|queue|kind)" value="([^"]*)"', form))
    reason = re.search(r'name="reason"[^>]*>([^<]*)<', form)
    assert reason is not None
    assert re.search(r"“.+”.+依据：.+", reason.group(1)), "an application says what was found and the article"
    opened = post(officer, "/names/procedures/new", {**typed, "new_name": "锦溪路", "reason": reason.group(1)})
    page = officer.get(opened.headers["Location"]).get_data(as_text=True)
    assert f'href="{second}" data-key="j"' in page
    here = re.search(r'action="(/names/procedures/[^"]+/move\?[^"]+)"', page)
    assert here is not None
    checked = post(officer, here.group(1).replace("&amp;", "&"), {"verb": "check"})
    assert f'href="{second}" data-key="j"' in officer.get(checked.headers["Location"]).get_data(as_text=True)


def test_a_deadline_shows_its_weekday_and_the_working_days_left(signed_in: SignIn, doubts: Register) -> None:
    officer = signed_in("officer")
    page = officer.get("/names/").get_data(as_text=True)
    assert re.search(r"剩 \d+ 个工作日</span><br><small[^>]*>\d{4}-\d\d-\d\d 周[一二三四五六日]<", page)


def test_the_culture_of_names_is_reached_from_the_names(signed_in: SignIn, small_register: Register) -> None:
    assert 'href="/culture/"' in signed_in("officer").get("/names/").get_data(as_text=True)
    assert 'href="/culture/"' not in signed_in("viewer").get("/names/").get_data(as_text=True)
