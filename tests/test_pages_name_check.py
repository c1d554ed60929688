"""The planner's check of a name with measures, namesakes and suggestions, and the ignore-lists of the rules."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from register_rows import add_division, add_road
from sqlalchemy import select
from web_fixtures import post

from gazetteer.names.audit import audit
from gazetteer.names.checks import check_name
from gazetteer.names.register import NameRegister
from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM
from gazetteer.store.models import Division, Finding, RuleIgnore

Register = dict[str, str]
SignIn = Callable[[str], FlaskClient]


def read(client: FlaskClient, **asked: str) -> str:
    answer = client.get("/names/check", query_string=asked)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_data(as_text=True)


def test_a_taken_name_is_counted_by_scope_listed_mapped_and_replaced(signed_in: SignIn, small_register: Register) -> None:
    client = signed_in("viewer")
    page = read(client, name="肖桥路", kind="road", division="330213003")
    assert "奉化区" in page
    assert "宁波市" in page
    assert "不得重名，避免同音" in page
    assert f"/map/place/{small_register['place']}" in page
    assert "可以考虑的名称" in page
    found = client.get("/names/check/map.json", query_string={"name": "肖桥路", "kind": "road", "division": "330213003"}).get_json()
    assert [one["properties"]["title"] for one in found["features"] if one["properties"]["layer"] == "wrong"] == ["肖桥路"]


def test_the_page_says_how_much_of_the_city_was_not_searched(signed_in: SignIn, sqlite_store: Store, small_register: Register) -> None:
    client = signed_in("viewer")
    told = "别处有没有同名、同音的，要向上级地名部门核对"
    assert told not in read(client, name="肖桥路", kind="road", division="330213003")
    with sqlite_store.transaction() as session:
        city = session.scalars(select(Division).where(Division.level == "city")).one()
        add_division(session, "330203", "海曙区", "district", city)
    page = read(client, name="肖桥路", kind="road", division="330213003")
    assert "宁波市共 2 个区县，登记册只有其中 1 个的这类地名。" in page
    assert told in page
    assert "没有选所在地，只与登记册里 1 个区县的这类地名比过" in read(client, name="肖桥路", kind="road")
    assert "登记册只有其中 0 个的这类地名" in read(client, name="肖桥桥", kind="bridge", division="330213003")


def test_every_suggestion_passes_the_same_checks(sqlite_store: Store, small_register: Register) -> None:
    with sqlite_store.reading() as session:
        register = NameRegister.load(session, ground=False)
    for name, kind in (("肖桥路", "road"), ("曼哈顿国际广场", "building"), ("锦绣广场花园", "estate"), ("香緹苑", "estate"),
                       ("支一路", "road"), ("珺玹名苑", "estate"), ("琯水大桥", "bridge")):  # fmt: skip
        offered = check_name(name, kind, "330213003", register, suggest=True)["suggestions"]
        assert offered, name
        for one in offered:
            assert check_name(one["name"], kind, "330213003", register)["verdict"] == "clean", one
            assert "支一" not in one["name"]
    assert check_name("锦绣广场花园", "estate", "", register, suggest=True)["suggestions"][0]["name"] == "锦绣花园"
    assert check_name("锦川路", "road", "", register, suggest=True)["suggestions"] == []
    assert check_name("王家?", "facility", "", register, suggest=True)["suggestions"] == []


def test_measures_are_asked_for_and_then_weighed(signed_in: SignIn, small_register: Register) -> None:
    client = signed_in("viewer")
    assert "还要核对的规模" in read(client, name="栖霞大厦", kind="building")
    low = read(client, name="栖霞大厦", kind="building", storeys="6")
    assert "6层，应不少于10层" in low
    assert "还要核对的规模" not in low
    assert "没有发现问题" in read(client, name="栖霞大厦", kind="building", storeys="18层")
    wrong = client.get("/names/check", query_string={"name": "栖霞大厦", "kind": "building", "storeys": "很高"})
    assert wrong.status_code == 422
    assert "层数“很高”应为 1 到 200 之间的数（层）" in wrong.get_data(as_text=True)
    assert client.get("/names/check/map.json?name=").status_code in (400, 422)
    assert client.get("/names/check", query_string={"name": "锦川路", "division": "999999"}).status_code == 422


@pytest.fixture
def doubt(sqlite_store: Store, small_register: Register) -> str:
    with sqlite_store.transaction() as session:
        add_road(session, session.get_one(Division, small_register["division"]), "锦川国际路")
        audit(session, actor=SYSTEM)
        return session.scalars(select(Finding.id).where(Finding.rule == "exaggerated-name")).one()


def test_a_word_is_ignored_with_a_reason_and_taken_back(signed_in: SignIn, sqlite_store: Store, doubt: str) -> None:
    officer = signed_in("officer")
    assert "没有忽略任何东西" in officer.get("/names/ignores").get_data(as_text=True)
    refused = post(officer, "/names/ignores", {"rule": "exaggerated-name", "word": "国际", "reason": ""})
    assert refused.status_code == 422
    assert "请写明忽略的理由" in refused.get_data(as_text=True)
    assert 'value="国际"' in refused.get_data(as_text=True)
    assert post(officer, "/names/ignores", {"rule": "exaggerated-name", "word": "国际", "reason": "合作园区旧称"}).status_code == 303
    page = officer.get("/names/ignores").get_data(as_text=True)
    assert "合作园区旧称" in page
    with sqlite_store.reading() as session:
        assert session.get_one(Finding, doubt).status == "cured"
        entry = session.scalars(select(RuleIgnore)).one()
    assert post(officer, f"/names/ignores/{entry.id}/lift", {"version": str(entry.version)}).status_code == 303
    with sqlite_store.reading() as session:
        assert session.get_one(Finding, doubt).status == "open"
    assert "合作园区旧称" not in officer.get("/names/ignores").get_data(as_text=True)
    assert "已撤销" in officer.get("/names/ignores?status=lifted").get_data(as_text=True)
    assert post(officer, f"/names/ignores/{entry.id}/restore").status_code == 303
    assert officer.get("/names/ignores?status=nonsense").status_code == 400


def test_one_doubtful_thing_is_ignored_from_its_doubt_by_the_office_only(signed_in: SignIn, sqlite_store: Store, doubt: str) -> None:
    assert post(signed_in("viewer"), "/names/ignores", {"finding": doubt, "reason": "旧称"}).status_code == 403
    officer = signed_in("officer")
    assert post(officer, "/names/ignores", {"finding": doubt, "reason": "旧称"}).status_code == 303
    with sqlite_store.reading() as session:
        entry = session.scalars(select(RuleIgnore)).one()
        assert (entry.subject_label, entry.word) == ("锦川国际路", "")
    assert post(officer, "/names/ignores", {"finding": doubt, "reason": "旧称"}).status_code == 409
