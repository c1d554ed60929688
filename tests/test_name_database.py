"""The face of the national place-name query service: its shapes, its leniency, and the register behind it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from register_rows import add_district, add_division, add_road
from shapely import Point

from gazetteer.place_codes import issue_codes
from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM
from gazetteer.store.models import DivisionSuccession, NameVariant
from gazetteer.workflow import enter

TEXTS = (
    "id", "place_code", "standard_name", "roman_alphabet_spelling", "ethnic_minorities_writing", "place_type", "place_type_code",
    "province", "province_name", "city", "city_name", "area", "area_name",
)  # fmt: skip
STORY = ("old_name", "place_meaning", "place_origin", "place_history", "government_history")


@pytest.fixture
def names(sqlite_store: Store) -> dict[str, str]:
    """A district with two roads of one name, one that sounds the same, and a street that was a town before 2019."""
    with sqlite_store.transaction() as session:
        units = add_district(session)
        old = add_division(
            session, "330213101", "莼湖镇", "town", units["district"], valid_from=date(2010, 1, 1), valid_to=date(2019, 8, 26)
        )
        new = add_division(session, "330213008", "莼湖街道", "town", units["district"], valid_from=date(2019, 8, 26))
        session.add(
            DivisionSuccession(old_id=old.id, new_id=new.id, kind="recoded", changed_on=date(2019, 8, 26), inferred=False, source="测试")
        )
        road = add_road(
            session,
            units["village"],
            "肖桥路",
            category_code="23510",
            pinyin="Xiaoqiao Lu",
            sound="xiao qiao lu",
            origin="以桥得名（口述）",
        )
        twin = add_road(session, new, "肖桥路", category_code="23510", sound="xiao qiao lu", geom=Point(121.5, 29.6))
        alike = add_road(session, new, "小桥路", category_code="23514", sound="xiao qiao lu")
        variant = NameVariant(place_id=road.id, text="老桥头路", kind="former", valid_from=None, valid_to=None, source="测试")
        enter(session, variant, actor=SYSTEM, verb="added")
        issue_codes(session, [road, twin, alike], actor=SYSTEM)
        return {"road": road.id, "twin": twin.id, "alike": alike.id, "new": new.id}


def ask(client: FlaskClient, path: str, **query: Any) -> dict[str, Any]:
    answer = client.get(f"/9095/{path}", query_string=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def test_the_tree_has_the_unit_and_as_many_levels_as_asked(web_client: FlaskClient, names: dict[str, str]) -> None:
    only = ask(web_client, "xzqh/getList", code="330213", maxLevel=0)
    assert only["data"] == {"code": "330213000000", "name": "奉化区", "level": 3, "type": "市辖区", "children": []}
    below = ask(web_client, "xzqh/getList", code="330213000000", maxLevel=1)
    assert [one["name"] for one in below["data"]["children"]] == ["西坞街道", "莼湖街道"]
    assert (below["status"], below["total"], below["data"]["children"][0]["code"]) == (200, 3, "330213004000")


def test_an_edition_answers_with_the_units_of_that_year(web_client: FlaskClient, names: dict[str, str]) -> None:
    then = ask(web_client, "xzqh/getList", code="330213101", maxLevel=0, year=2016)
    assert then["data"]["name"] == "莼湖镇"
    gone = web_client.get("/9095/xzqh/getList?code=330213101&maxLevel=0")
    assert gone.status_code == 404


def test_the_nation_is_asked_without_a_code(web_client: FlaskClient, names: dict[str, str]) -> None:
    tree = ask(web_client, "xzqh/getList", code="", maxLevel=2, trimCode="true")
    assert [one["name"] for one in tree["data"]["children"]] == ["浙江省"]
    assert tree["data"]["children"][0]["children"][0]["code"] == "330200000000"


def test_every_text_of_a_name_is_a_string(web_client: FlaskClient, names: dict[str, str]) -> None:
    found = ask(web_client, "stname/listPub", stName="桥路")
    assert found["total"] == 3
    for record in found["records"]:
        assert all(isinstance(record[name], str) for name in TEXTS), record
    first = next(one for one in found["records"] if one["id"] == names["road"])
    assert (first["place_code"], first["place_type_code"], first["area"], first["area_name"]) == (
        "33021300423510000001",
        "23510",
        "330213",
        "奉化区",
    )
    assert first["gdm"] == {"type": "LineString", "coordinates": [[121.4, 29.65], [121.41, 29.65]]}
    assert next(one for one in found["records"] if one["id"] == names["twin"])["gdm"] == {
        "type": "MultiPoint",
        "coordinates": [[121.5, 29.6]],
    }


def test_a_search_is_exact_or_by_any_form_of_the_name(web_client: FlaskClient, names: dict[str, str]) -> None:
    assert ask(web_client, "stname/listPub", stName="桥路", searchType="精确")["total"] == 0
    assert ask(web_client, "stname/listPub", stName="小桥路", searchType="精确")["records"][0]["id"] == names["alike"]
    assert [one["id"] for one in ask(web_client, "stname/listPub", stName="老桥头路", searchType="精确")["records"]] == [names["road"]]
    assert [one["id"] for one in ask(web_client, "stname/listPub", stName="老桥头")["records"]] == [names["road"]]
    assert ask(web_client, "stname/listPub", stName="%")["total"] == 0


def test_units_are_found_beside_places_and_pages_go_through_both(web_client: FlaskClient, names: dict[str, str]) -> None:
    pages = [ask(web_client, "stname/listPub", stName="桥", code="330213", page=page, size=2) for page in (1, 2, 3)]
    assert [page["total"] for page in pages] == [4, 4, 4]
    listed = [one["standard_name"] for page in pages for one in page["records"]]
    assert listed[0] == "肖桥村村委会"
    assert sorted(listed[1:]) == ["小桥路", "肖桥路", "肖桥路"]
    assert pages[0]["records"][0]["place_type"] == "村民委员会"
    assert ask(web_client, "stname/listPub", stName="桥", placeTypeCode="23514")["total"] == 1
    assert ask(web_client, "stname/listPub", stName="桥", PlaceTypeCode="21610")["total"] == 1


def test_details_come_for_an_id_in_query_form_or_json(web_client: FlaskClient, names: dict[str, str]) -> None:
    by_form = web_client.post("/9095/stname/detailsPub", data={"id": names["road"]})
    by_json = web_client.post("/9095/stname/detailsPub", json={"id": names["road"]})
    by_query = web_client.post(f"/9095/stname/detailsPub?id={names['road']}")
    assert by_form.json == by_json.json == by_query.json
    assert (by_form.json["old_name"], by_form.json["place_origin"]) == ("老桥头路", "以桥得名（口述）")
    assert all(isinstance(by_form.json[name], str) for name in (*TEXTS, *STORY))


def test_a_unit_tells_what_it_was(web_client: FlaskClient, names: dict[str, str]) -> None:
    unit = ask(web_client, "stname/detailsPub", id=names["new"])
    assert (unit["old_name"], unit["government_history"]) == ("莼湖镇", "2010-01-01 至 2019-08-26 为莼湖镇（330213101）")


def test_namesakes_are_counted_by_division_and_by_category(web_client: FlaskClient, names: dict[str, str]) -> None:
    by_town = ask(web_client, "datastatis/GroupCountNameByCode", name="肖桥路", distCode="330213")
    assert by_town["data"] == [
        {"name": "西坞街道", "code": "330213004000", "count": 1},
        {"name": "莼湖街道", "code": "330213008000", "count": 1},
    ]
    assert ask(web_client, "datastatis/GroupCountNameByCode", name="肖桥路")["data"] == [
        {"name": "浙江省", "code": "330000000000", "count": 2}
    ]
    by_type = ask(web_client, "datastatis/GroupCountPinyinByType", name="Xiǎoqiáo Lù", distCode="330213")
    assert [(one["typeCode"], one["count"]) for one in by_type["data"]] == [("23510", 2), ("23514", 1)]
    assert ask(web_client, "datastatis/GroupCountPinyinByCode", name="xiao qiao lu", distCode="330213")["total"] == 3
    assert ask(web_client, "datastatis/GroupCountPinyinByCode", name="晓桥路", distCode="330213")["total"] == 3


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("stname/listPub", {}, 400), ("stname/listPub", {"stName": "桥", "page": "x"}, 400),
        ("stname/listPub", {"stName": "桥", "code": "奉化"}, 400),
        ("xzqh/getList", {"code": "999999"}, 404), ("stname/detailsPub", {"id": "nothing"}, 404), ("stname/detailsPub", {}, 400),
        ("datastatis/GroupCountNameByCode", {"name": ""}, 400), ("stname/listPub", {"stName": "\x00"}, 400),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_refused_in_one_sentence(
    web_client: FlaskClient, names: dict[str, str], path: str, query: dict[str, str], status: int
) -> None:
    answer = web_client.get(f"/9095/{path}", query_string=query)
    assert answer.status_code == status
    assert answer.json["detail"]


def test_a_form_with_bad_parameters_is_refused_naming_the_field(web_client: FlaskClient, names: dict[str, str]) -> None:
    answer = web_client.post("/9095/stname/listPub", data={"stName": "桥", "size": "many"})
    assert answer.status_code == 400
    assert answer.json["errors"][0]["field"] == "size"
