"""The native API: what it answers, whom it answers, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient
from web_fixtures import Caller, csrf_token, fields_at_fault

from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM
from gazetteer.store.models import Division, DivisionSuccession, PlaceName
from gazetteer.workflow import enter
from geoaddr.datum import gcj02_from_wgs84
from web.auth import CSRF_HEADER, KEY_HEADER

# look-ups ------------------------------------------------------------------------------------------


def test_search_answers_geojson_with_the_verdict(call: Caller, small_register: dict[str, str]) -> None:
    answer = call("GET", "/api/v1/search?q=西坞街道肖桥路88号")
    assert answer.content_type == "application/geo+json"
    body = answer.get_json()
    assert body["geocoding"]["verdict"]["verdict"] == "A"
    first = body["features"][0]
    assert first["properties"]["id"] == small_register["88"]
    assert first["properties"]["verdict"] == "A"
    assert first["geometry"] == {"type": "Point", "coordinates": [121.4088, 29.6501]}


def test_search_keeps_to_division_kind_box_and_limit(call: Caller) -> None:
    assert call("GET", "/api/v1/search?q=肖桥路88号&division=110000").get_json()["features"] == []
    assert {f["properties"]["kind"] for f in call("GET", "/api/v1/search?q=肖桥路&kind=place").get_json()["features"]} == {"place"}
    assert call("GET", "/api/v1/search?q=肖桥路88号&bbox=120,29,121,30").get_json()["features"] == []
    assert len(call("GET", "/api/v1/search?q=肖桥路&limit=1").get_json()["features"]) == 1


def test_positions_of_other_datums_are_moved_before_they_are_used(call: Caller) -> None:
    plain = call("GET", "/api/v1/reverse?lon=121.4088&lat=29.6501&radius=5").get_json()["features"]
    assert plain[0]["properties"]["distance_m"] < 1
    assert call("GET", "/api/v1/reverse?lon=121.4088&lat=29.6501&radius=5&datum=GCJ-02").get_json()["features"] == []
    lon, lat = (float(one) for one in gcj02_from_wgs84(121.4088, 29.6501))
    moved = call("GET", f"/api/v1/reverse?lon={lon:.8f}&lat={lat:.8f}&radius=5&datum=GCJ-02").get_json()["features"]
    assert moved[0]["properties"]["number"] == "88"


def test_parse_and_normalize_answer_as_the_command_line_does(call: Caller) -> None:
    body = call("GET", "/api/v1/parse?q=西坞街道肖桥路88号").get_json()
    assert [(part["label"], part["text"]) for part in body["parts"]] == [("town", "西坞街道"), ("road", "肖桥路"), ("number", "88号")]
    assert call("GET", "/api/v1/normalize?q=肖桥路８８號").get_json()["normalized"] == "肖桥路88号"


def test_compare_tells_the_relation_of_two_texts_and_why(call: Caller) -> None:
    body = call("GET", "/api/v1/compare?a=西坞街道肖桥路88号&b=肖桥路86号").get_json()
    assert body["relation"] == "partial"
    assert {"label": "number", "given": "88", "official": "86", "outcome": "conflict"}.items() <= body["evidence"][-1].items()
    assert call("GET", "/api/v1/compare?a=肖桥路88号&b=肖桥路８８號").get_json()["relation"] == "same"
    assert call("GET", "/api/v1/compare?a=肖桥路88号").status_code == 400


def test_compare_takes_its_texts_in_a_body_too(call: Caller) -> None:
    texts = {"a": "西坞街道肖桥路88号", "b": "肖桥路86号"}
    asked = call("GET", "/api/v1/compare", query_string=texts).get_json()
    assert call("POST", "/api/v1/compare", json=texts).get_json() == asked
    for wrong in ({"a": "肖桥路88号"}, {**texts, "c": "1"}, {**texts, "b": ""}, {**texts, "a": "x" * 2_000}, {**texts, "a": "a\x00"}):
        answer = call("POST", "/api/v1/compare", json=wrong)
        assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
        assert answer.get_json()["errors"]


def test_suggest_completes_initials(call: Caller) -> None:
    texts = [one["text"] for one in call("GET", "/api/v1/suggest?q=xql").get_json()["suggestions"]]
    assert any("肖桥路" in text for text in texts)


def test_match_gives_one_verdict_each_in_order(call: Caller, small_register: dict[str, str]) -> None:
    sent = [{"ref": "a", "text": "肖桥路88号"}, {"ref": "b", "text": ""}, {"ref": "c", "text": "肖桥路99999号"}]
    body = call("POST", "/api/v1/match", json={"addresses": sent}).get_json()
    assert [one["ref"] for one in body["verdicts"]] == ["a", "b", "c"]
    assert body["verdicts"][0]["address"]["id"] == small_register["88"]
    assert body["verdicts"][1]["verdict"] == "X"
    assert sum(body["counts"].values()) == 3


def test_match_takes_a_thousand_and_not_one_more(call: Caller) -> None:
    many = [{"text": "肖桥路88号"}] * 1000
    assert len(call("POST", "/api/v1/match", json={"addresses": many}).get_json()["verdicts"]) == 1000
    answer = call("POST", "/api/v1/match", json={"addresses": [*many, {"text": "x"}]})
    assert answer.status_code == 422
    assert fields_at_fault(answer) == ["addresses"]


def test_half_a_position_names_the_text_it_belongs_to(call: Caller) -> None:
    answer = call("POST", "/api/v1/match", json={"addresses": [{"text": "x"}, {"text": "y", "lon": 121}]})
    assert answer.status_code == 400
    assert fields_at_fault(answer) == ["addresses.1.lat"]


# records -------------------------------------------------------------------------------------------


def test_a_record_is_not_sent_twice_to_who_has_it(call: Caller, small_register: dict[str, str]) -> None:
    path = f"/api/v1/addresses/{small_register['88']}"
    first = call("GET", path)
    assert first.get_json()["label"] == "浙江省宁波市奉化区西坞街道肖桥路88号"
    tag = first.headers["ETag"]
    for known in (tag, f'"x", {tag}', tag[:-1] + ':gzip"'):
        again = call("GET", path, headers={"If-None-Match": known})
        assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    assert call("GET", path, headers={"If-None-Match": '"1.0"'}).status_code == 200


def test_a_code_is_read_on_its_day_and_leads_to_today(call: Caller, sqlite_store: Store, small_register: dict[str, str]) -> None:
    with sqlite_store.transaction() as session:
        parent = session.get(Division, small_register["division"])
        assert parent is not None
        old = Division(
            code="330213100",
            name="莼湖镇",
            level="town",
            parent_id=parent.parent_id,
            valid_from=date(2016, 1, 1),
            valid_to=date(2019, 8, 26),
        )
        new = Division(code="330213006", name="莼湖街道", level="town", parent_id=parent.parent_id, valid_from=date(2019, 8, 26))
        enter(session, old, actor=SYSTEM, verb="created", status="retired")
        enter(session, new, actor=SYSTEM, verb="created", status="current")
        session.add(DivisionSuccession(old_id=old.id, new_id=new.id, kind="renamed", changed_on=date(2019, 8, 26), inferred=False))
    body = call("GET", "/api/v1/divisions/330213100?as_of=2018-06-01").get_json()
    assert (body["name"], body["valid_to"]) == ("莼湖镇", "2019-08-26")
    assert [one["name"] for one in body["today"]] == ["莼湖街道"]
    assert body["successors"][0]["kind"] == "renamed"
    undated = call("GET", "/api/v1/divisions/330213100").get_json()
    assert (undated["name"], undated["status"], [one["name"] for one in undated["today"]]) == ("莼湖镇", "retired", ["莼湖街道"])
    answer = call("GET", "/api/v1/divisions/330213100?as_of=2020-06-01")
    assert answer.status_code == 404
    assert "2019-08-26" in answer.get_json()["detail"]
    assert fields_at_fault(call("GET", "/api/v1/divisions/330213100?as_of=2018-02-31")) == ["as_of"]


@pytest.mark.parametrize(
    "path",
    ["addresses/abc", "addresses/zzzzzzzzzzzzz", "places/!", "divisions/999999", "plates/1", "jobs/0", "snapshot/x", "changes/x/subjects"],
)
def test_what_is_not_there_is_a_404(call: Caller, path: str) -> None:
    answer = call("GET", f"/api/v1/{path}")
    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"


# following -----------------------------------------------------------------------------------------


def test_the_feed_can_be_followed_to_its_end(call: Caller) -> None:
    seen: list[int] = []
    since = 0
    while True:
        body = call("GET", f"/api/v1/changes?since={since}&limit=3").get_json()
        seen += [one["seq"] for one in body["changes"]]
        if body["next"] == body["last"]:
            break
        assert body["next"] > since
        since = body["next"]
    assert seen == sorted(set(seen))
    assert len(seen) == 9


def test_the_feed_tells_nothing_about_accounts_or_keys(call: Caller) -> None:
    body = call("GET", "/api/v1/changes?limit=1000").get_json()
    assert {one["subject_kind"] for one in body["changes"]} == {"division", "place_name", "standard_address"}
    assert body["last"] > len(body["changes"])
    assert body["next"] == body["last"]


def test_a_snapshot_and_the_feed_after_it_are_the_register(call: Caller, small_register: dict[str, str]) -> None:
    answer = call("GET", "/api/v1/snapshot/addresses")
    rows = [json.loads(line) for line in answer.get_data(as_text=True).splitlines()]
    assert {row["id"] for row in rows} == {small_register[number] for number in ("86", "88", "90")}
    assert all(row["division_code"] == "330213003203" for row in rows)
    since = answer.headers["X-Register-Seq"]
    assert call("GET", f"/api/v1/changes?since={since}").get_json()["changes"] == []
    for kind in ("divisions", "successions", "places", "variants", "plates"):
        assert call("GET", f"/api/v1/snapshot/{kind}").status_code == 200


# who may ask ---------------------------------------------------------------------------------------


def test_without_a_key_only_public_records_are_answered(web_client: FlaskClient, small_register: dict[str, str]) -> None:
    assert web_client.get(f"/api/v1/places/{small_register['place']}").status_code == 200
    assert web_client.get("/api/v1/divisions/330213").status_code == 200
    for path in ("search?q=x", f"addresses/{small_register['88']}", "changes", "snapshot/places", "jobs/1"):
        answer = web_client.get(f"/api/v1/{path}")
        assert (answer.status_code, answer.content_type) == (401, "application/problem+json"), path


def test_a_wrong_key_is_refused_even_where_none_is_needed(web_client: FlaskClient) -> None:
    for path in ("divisions/330213", "search?q=x"):
        assert web_client.get(f"/api/v1/{path}", headers={KEY_HEADER: "ga_wrong"}).status_code == 401


def test_a_key_reaches_as_far_as_its_scopes(web_client: FlaskClient, api_key: Callable[..., str]) -> None:
    headers = {KEY_HEADER: api_key("lookup")}
    assert web_client.get("/api/v1/normalize?q=x", headers=headers).status_code == 200
    assert web_client.get("/api/v1/changes", headers=headers).status_code == 403
    assert web_client.post("/api/v1/addresses", headers={**headers, "Idempotency-Key": "k"}, json={}).status_code == 403


def test_a_signed_in_person_may_read_and_with_the_token_write(
    signed_in: Callable[[str], FlaskClient], small_register: dict[str, str]
) -> None:
    officer = signed_in("officer")
    assert officer.get("/api/v1/search?q=肖桥路88号").status_code == 200
    body = {"place_id": small_register["place"], "number": "92"}
    assert officer.post("/api/v1/addresses", headers={"Idempotency-Key": "k"}, json=body).status_code == 403
    headers = {"Idempotency-Key": "k", CSRF_HEADER: csrf_token(officer)}
    assert officer.post("/api/v1/addresses", headers=headers, json=body).status_code == 201
    viewer = signed_in("viewer")
    assert viewer.get("/api/v1/search?q=x").status_code == 200
    assert viewer.post("/api/v1/addresses", headers={**headers, CSRF_HEADER: csrf_token(viewer)}, json=body).status_code == 403


# strictness ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("search", "q"),
        ("search?q=", "q"),
        ("search?q=x&limt=3", "limt"),
        ("search?q=x&q=y", "q"),
        ("search?q=x&limit=0", "limit"),
        ("search?q=x&limit=99999999999999999999999", "limit"),
        ("search?q=x&limit=二", "limit"),
        ("search?q=x&lon=181&lat=1", "lon"),
        ("search?q=x&lon=121", "lat"),
        ("search?q=x&lon=nan&lat=1", "lon"),
        ("search?q=x&bbox=1,2,3", "bbox"),
        ("search?q=x&bbox=3,2,1,4", "bbox"),
        ("search?q=x&datum=wgs84", "datum"),
        ("search?q=x&kind=street", "kind"),
        ("search?q=x&division=abc", "division"),
        ("reverse?lon=121.4", "lat"),
        ("reverse?lon=121.4&lat=29&radius=-1", "radius"),
        ("changes?since=-1", "since"),
        ("changes?since=9223372036854775808", "since"),
        ("changes?since=9223372036854775807&limit=1001", "limit"),
        ("places/0?x=1", "x"),
    ],
)
def test_a_wrong_parameter_is_named(call: Caller, path: str, field: str) -> None:
    answer = call("GET", f"/api/v1/{path}")
    assert answer.status_code == 400
    assert fields_at_fault(answer) == [field]


ODD_TEXTS = (
    "%00",
    "%ED%A0%80",
    "%FF%FE",
    "👩‍👩‍👧‍👦",
    "\u202e\u200b",
    "⑺",
    "' OR 1=1 --",
    "%25s%25n",
    "{{7*7}}",
    "../../etc/passwd",
    "x" * 500,
    "𠮷𡈽",
    "e\u0301" * 100,
)


@pytest.mark.parametrize("text", ODD_TEXTS)
def test_odd_text_never_breaks_a_look_up(call: Caller, text: str) -> None:
    for path in (
        f"search?q={text}",
        f"suggest?q={text}",
        f"parse?q={text}",
        f"normalize?q={text}",
        f"compare?a={text}&b=肖桥路88号",
        f"places/{text}",
        f"divisions/{text}",
        f"plates/{text}",
    ):
        assert call("GET", f"/api/v1/{path}").status_code < 500, path


@pytest.mark.parametrize("text", ["\x00", "a\u0000b", "⑺号", "\u2028", "x" * 2_000, "0" * 400 + "号"])
def test_odd_text_in_a_body_never_breaks_matching(call: Caller, text: str) -> None:
    answer = call("POST", "/api/v1/match", json={"addresses": [{"text": text}]})
    assert answer.status_code in (200, 422)


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b'{"addresses": NaN}', "application/json", 400),
        (b'{"addresses": [{"text": "\\ud800"}]}', "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[]", "application/json", 422),
        (b"null", "application/json", 422),
        (b'{"addresses": [], "more": 1}', "application/json", 422),
        (b'{"addresses": [{"text": 5}]}', "application/json", 422),
        (b'{"addresses": [{"text": "x", "lon": 1e999, "lat": 1}]}', "application/json", 400),
        (b'{"addresses": ' + b"[" * 5_000 + b"]" * 5_000 + b"}", "application/json", 400),
        (b"a=b", "application/x-www-form-urlencoded", 415),
        (b"", "", 415),
        (b'{"addresses": [{"text": "' + b"x" * 5_000_000 + b'"}]}', "application/json", 413),
    ],
)
def test_a_wrong_body_gets_the_status_it_deserves(call: Caller, body: bytes, content_type: str, status: int) -> None:
    answer = call("POST", "/api/v1/match", data=body, content_type=content_type)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")


def test_a_wrong_method_is_told_which_are_allowed(call: Caller) -> None:
    answer = call("DELETE", "/api/v1/search?q=x")
    assert answer.status_code == 405
    assert {"GET"} <= set(answer.headers["Allow"].split(", "))
    assert answer.content_type == "application/problem+json"


def test_a_name_nobody_approved_is_told_only_to_those_with_a_key(
    call: Caller, web_client: FlaskClient, sqlite_store: Store, small_register: dict[str, str]
) -> None:
    with sqlite_store.transaction() as session:
        division = session.get_one(Division, small_register["division"])
        row = PlaceName(standard_name="拟用路", specific="拟用", generic="路", category="road", division_id=division.id)
        proposed = enter(session, row, actor=SYSTEM, verb="proposed", status="proposed").id
    assert web_client.get(f"/api/v1/places/{proposed}").status_code == 404
    assert call("GET", f"/api/v1/places/{proposed}").json["status"] == "proposed"
