"""The map and its records: what lies in a window, lists that count truly, and what may be done to an address."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient
from web_fixtures import Caller, post

from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM
from gazetteer.store.models import Division, DivisionSuccession
from gazetteer.workflow import enter

SignIn = Callable[[str], FlaskClient]


def layers(client: FlaskClient, bbox: str, zoom: int) -> list[str]:
    answer = client.get(f"/map/features.json?bbox={bbox}&zoom={zoom}")
    assert answer.status_code == 200
    assert answer.json is not None
    return sorted(one["properties"]["layer"] for one in answer.json["features"])


def test_doors_appear_only_close_up_and_only_in_the_window(small_register: dict[str, str], signed_in: SignIn) -> None:
    client = signed_in("viewer")
    assert layers(client, "121.39,29.64,121.42,29.66", 9) == []
    assert layers(client, "121.39,29.64,121.42,29.66", 14) == ["road"]
    assert layers(client, "121.39,29.64,121.42,29.66", 17) == ["address", "address", "address", "road"]
    assert layers(client, "122.39,29.64,122.42,29.66", 17) == []


@pytest.mark.parametrize("bbox", ["", "1,2,3", "a,b,c,d", "10,10,0,0", "nan,0,1,1", "-999,0,1,1", "inf,inf,inf,inf"])
def test_a_window_that_is_none_is_refused(small_register: dict[str, str], signed_in: SignIn, bbox: str) -> None:
    answer = signed_in("viewer").get("/map/features.json", query_string={"bbox": bbox}, headers={"Accept": "application/json"})
    assert answer.status_code == 400


def test_records_show_what_they_are_and_lead_to_each_other(small_register: dict[str, str], signed_in: SignIn) -> None:
    client = signed_in("viewer")
    address = client.get(f"/map/address/{small_register['88']}").get_data(as_text=True)
    assert "浙江省宁波市奉化区西坞街道肖桥路88号" in address
    assert f"/map/place/{small_register['place']}" in address
    place = client.get(f"/map/place/{small_register['place']}").get_data(as_text=True)
    assert "Xiaoqiao Lu" in place
    assert f"place={small_register['place']}&amp;status=current" in place
    division = client.get("/map/division/330213003203").get_data(as_text=True)
    assert "肖桥村" in division
    assert "/map/division/330213003" in division


def test_a_viewer_is_offered_nothing_to_change(small_register: dict[str, str], signed_in: SignIn) -> None:
    client = signed_in("viewer")
    assert "可以做什么" not in client.get(f"/map/address/{small_register['88']}").get_data(as_text=True)
    assert post(client, f"/map/address/{small_register['88']}/move", {"to": "retired", "reason": "样本"}).status_code == 403


def test_a_code_that_meant_nothing_on_a_day_is_said_to_have_meant_nothing(small_register: dict[str, str], signed_in: SignIn) -> None:
    client = signed_in("viewer")
    answer = client.get("/map/division/330213003?as_of=2001-01-01")
    assert answer.status_code == 404
    assert "2016-01-01" in answer.get_data(as_text=True)
    assert client.get("/map/division/330213003?as_of=yesterday").status_code == 400


def test_lists_count_truly_and_give_away_what_they_show(small_register: dict[str, str], signed_in: SignIn) -> None:
    client = signed_in("viewer")
    assert "共 3 条" in client.get("/map/addresses?status=current").get_data(as_text=True)
    assert "共 1 条" in client.get("/map/addresses?q=88号").get_data(as_text=True)
    assert "没有符合的记录" in client.get("/map/addresses?status=retired").get_data(as_text=True)
    table = client.get(f"/map/addresses?place={small_register['place']}&format=csv").get_data(as_text=True)
    assert table.count("\r\n") == 4
    assert "共 5 条" in client.get("/map/divisions?status=current").get_data(as_text=True)
    assert "共 1 条" in client.get("/map/places?division=330213003").get_data(as_text=True)


def test_what_is_looked_for_is_posted_and_found(small_register: dict[str, str], signed_in: SignIn) -> None:
    page = post(signed_in("viewer"), "/map/search", {"q": "肖桥路88号"}).get_data(as_text=True)
    assert f"/map/address/{small_register['88']}" in page
    nothing = post(signed_in("officer"), "/map/search", {"q": "没有这个地方呀"}).get_data(as_text=True)
    assert "没有找到" in nothing


def test_a_point_is_corrected_with_its_source_and_the_loser_of_two_edits_is_told(small_register: dict[str, str], signed_in: SignIn) -> None:
    client, url = signed_in("officer"), f"/map/address/{small_register['88']}"
    form = {"lon": "121.4089", "lat": "29.6502", "source": "样本测量", "version": "1"}
    assert post(client, f"{url}/point", {**form, "source": ""}).status_code == 400
    assert post(client, f"{url}/point", form).status_code == 303
    assert "121.4089, 29.6502" in client.get(url).get_data(as_text=True)
    assert post(client, f"{url}/point", form).status_code == 409


def test_an_address_is_retired_for_a_reason(small_register: dict[str, str], signed_in: SignIn) -> None:
    client, url = signed_in("officer"), f"/map/address/{small_register['88']}"
    assert post(client, f"{url}/move", {"to": "retired", "reason": "", "version": "1"}).status_code == 400
    assert post(client, f"{url}/move", {"to": "retired", "reason": "样本：房屋拆除", "version": "1", "on": "2026-11-23"}).status_code == 303
    page = client.get(url).get_data(as_text=True)
    assert "停用" in page
    assert "样本：房屋拆除" in page
    assert "要由审批人办理" in page


def test_an_old_code_asked_for_without_a_day_answers_with_its_unit_and_todays(
    signed_in: SignIn, call: Caller, sqlite_store: Store, small_register: dict[str, str]
) -> None:
    with sqlite_store.transaction() as session:
        village = session.get_one(Division, small_register["division"])
        ended = {"valid_from": date(2016, 1, 1), "valid_to": date(2021, 10, 31)}
        row = Division(code="330213005991", name="上横村委会", level="community", parent_id=village.parent_id, source="测试", **ended)
        old = enter(session, row, actor=SYSTEM, verb="created", status="retired")
        succession = {"old_id": old.id, "new_id": village.id, "kind": "merged", "changed_on": date(2021, 10, 31)}
        session.add(DivisionSuccession(**succession, inferred=False, source="测试"))
        name = village.name
    answer = signed_in("viewer").get("/map/division/330213005991")
    assert answer.status_code == 200
    page = answer.get_data(as_text=True)
    assert "上横村委会" in page
    assert re.search(rf"今天是 <a [^>]*>{name}</a>", page)
    told = call("GET", "/api/v1/divisions/330213005991").get_json()
    assert (told["status"], [one["name"] for one in told["today"]]) == ("retired", [name])
    assert call("GET", "/api/v1/divisions/330213005991?as_of=2026-01-01").status_code == 404
