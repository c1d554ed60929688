"""The native API: what it answers, whom it answers, and what it refuses."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from web_fixtures import csrf_token
from werkzeug.test import TestResponse

from gazetteer.job_kinds import job_kinds
from gazetteer.jobs import run_once
from gazetteer.linking.match_file import guess_column
from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM
from gazetteer.store.models import Division, DivisionSuccession, StandardAddress
from gazetteer.workflow import enter
from geoaddr.datum import gcj02_from_wgs84
from geoaddr.settings import Settings
from web.auth import CSRF_HEADER, KEY_HEADER

Caller = Callable[..., TestResponse]


@pytest.fixture
def call(web_client: FlaskClient, small_register: dict[str, str], api_key: Callable[..., str]) -> Caller:
    """Ask as a system with every scope."""
    key = api_key("lookup", "changes", "jobs", "write", "field")

    def ask(method: str, path: str, *, headers: dict[str, str] | None = None, **kwargs: Any) -> TestResponse:
        return web_client.open(path, method=method, headers={KEY_HEADER: key, **(headers or {})}, **kwargs)

    return ask


def fields(answer: TestResponse) -> list[str]:
    assert answer.content_type == "application/problem+json", answer.get_data(as_text=True)
    return [one["field"] for one in answer.get_json().get("errors", [])]


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
    assert fields(answer) == ["addresses"]


def test_half_a_position_names_the_text_it_belongs_to(call: Caller) -> None:
    answer = call("POST", "/api/v1/match", json={"addresses": [{"text": "x"}, {"text": "y", "lon": 121}]})
    assert answer.status_code == 400
    assert fields(answer) == ["addresses.1.lat"]


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
    answer = call("GET", "/api/v1/divisions/330213100")
    assert answer.status_code == 404
    assert "2019-08-26" in answer.get_json()["detail"]
    assert fields(call("GET", "/api/v1/divisions/330213100?as_of=2018-02-31")) == ["as_of"]


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


# writing -------------------------------------------------------------------------------------------


def number_door(call: Caller, place_id: str, number: str, key: str, **more: Any) -> TestResponse:
    return call("POST", "/api/v1/addresses", headers={"Idempotency-Key": key}, json={"place_id": place_id, "number": number, **more})


def test_a_door_gets_its_number_once_however_often_it_is_asked(call: Caller, small_register: dict[str, str], sqlite_store: Store) -> None:
    answers = [number_door(call, small_register["place"], "92", "k-1", lon=121.4092, lat=29.6501) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 201]
    assert len({answer.data for answer in answers}) == 1
    assert len({answer.headers["ETag"] for answer in answers}) == 1
    assert call("GET", answers[0].headers["Location"]).get_json()["label"].endswith("肖桥路92号")
    assert call("GET", "/api/v1/search?q=肖桥路92号").get_json()["geocoding"]["verdict"]["verdict"] == "A"
    assert number_door(call, small_register["place"], "92", "k-2").status_code == 409
    other = number_door(call, small_register["place"], "94", "k-1")
    assert (other.status_code, other.content_type) == (422, "application/problem+json")


def test_keys_of_different_callers_do_not_meet(
    call: Caller, web_client: FlaskClient, small_register: dict[str, str], sqlite_store: Store
) -> None:
    from gazetteer.api_keys import create_api_key

    with sqlite_store.transaction() as session:
        other = create_api_key(session, "测试系统", ["write"], actor=SYSTEM)[1]
    assert number_door(call, small_register["place"], "92", "same").status_code == 201
    body = {"place_id": small_register["place"], "number": "94"}
    answer = web_client.post("/api/v1/addresses", headers={KEY_HEADER: other, "Idempotency-Key": "same"}, json=body)
    assert answer.status_code == 201


def test_a_refused_write_may_be_tried_again_under_its_key(call: Caller, small_register: dict[str, str]) -> None:
    assert number_door(call, "0" * 13, "92", "k").status_code == 404
    assert number_door(call, small_register["place"], "92", "k").status_code == 201


def test_a_change_needs_the_version_it_is_based_on(call: Caller, small_register: dict[str, str]) -> None:
    path = f"/api/v1/addresses/{small_register['88']}"
    change = {"lon": 121.40881, "lat": 29.65011, "point_source": "实测"}
    tag = call("GET", path).headers["ETag"]
    assert call("PATCH", path, headers={"Idempotency-Key": "a"}, json=change).status_code == 428
    assert call("PATCH", path, headers={"If-Match": '"7.abc"', "Idempotency-Key": "a"}, json=change).status_code == 412
    assert fields(call("PATCH", path, headers={"If-Match": tag}, json=change)) == ["Idempotency-Key"]
    changed = call("PATCH", path, headers={"If-Match": tag, "Idempotency-Key": "a"}, json=change)
    assert (changed.status_code, changed.get_json()["version"], changed.get_json()["lon"]) == (200, 2, 121.40881)
    assert call("PATCH", path, headers={"If-Match": tag, "Idempotency-Key": "b"}, json=change).status_code == 412
    newest = call("GET", path).headers["ETag"]
    assert newest == changed.headers["ETag"]
    again = call("PATCH", path, headers={"If-Match": newest, "Idempotency-Key": "c"}, json={**change, "lon": 121.4})
    assert again.status_code == 200


def test_a_retired_address_is_answered_as_retired(call: Caller, small_register: dict[str, str], sqlite_store: Store) -> None:
    path = f"/api/v1/addresses/{small_register['90']}"
    wanted = {"status": "retired", "reason": "房屋拆除", "on": "2026-11-01"}
    no_reason = call("PATCH", path, headers={"If-Match": "*", "Idempotency-Key": "a"}, json={**wanted, "reason": ""})
    assert fields(no_reason) == ["reason"]
    answer = call("PATCH", path, headers={"If-Match": "*", "Idempotency-Key": "b"}, json=wanted)
    assert (answer.get_json()["status"], answer.get_json()["valid_to"]) == ("retired", "2026-11-01")
    assert call("PATCH", path, headers={"If-Match": "*", "Idempotency-Key": "c"}, json=wanted).status_code == 409
    verdict = call("GET", "/api/v1/search?q=肖桥路90号").get_json()["geocoding"]["verdict"]
    assert verdict["address"] is None or verdict["address"]["status"] == "retired"
    with sqlite_store.reading() as session:
        row = session.get(StandardAddress, small_register["90"])
        assert row is not None
        assert row.valid_to == date(2026, 11, 1)


def test_nothing_is_half_written_when_the_second_part_of_a_change_is_refused(call: Caller, small_register: dict[str, str]) -> None:
    path = f"/api/v1/addresses/{small_register['86']}"
    before = call("GET", path).get_json()
    both = {"lon": 121.5, "lat": 29.7, "point_source": "实测", "status": "rejected", "reason": "误登"}
    assert call("PATCH", path, headers={"If-Match": "*", "Idempotency-Key": "a"}, json=both).status_code == 409
    assert call("GET", path).get_json() == before


def test_an_installers_report_is_kept_whatever_it_says(call: Caller) -> None:
    form = {"outcome": "installed", "lon": "121.4088", "lat": "29.6501", "accuracy_m": "8"}
    headers = {"Idempotency-Key": "visit-1"}
    answers = [
        call("POST", "/api/v1/plates/3302130000000001/visits", headers=headers, data=form, content_type="multipart/form-data")
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 201], answers[0].get_data(as_text=True)
    assert answers[0].data == answers[1].data
    assert answers[0].get_json()["status"] == "review"
    assert answers[0].get_json()["doubts"]


# jobs ----------------------------------------------------------------------------------------------


def send_table(call: Caller, text: str, name: str = "名单.csv", encoding: str = "utf-8", **fields: str) -> TestResponse:
    return call("POST", "/api/v1/jobs", data={"file": (io.BytesIO(text.encode(encoding)), name), **fields})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_table_comes_back_whole_and_in_order(call: Caller, sqlite_store: Store, web_settings: Settings, encoding: str) -> None:
    lines = ["编号,家庭住址"] + [f"{n},肖桥路{n % 3 * 2 + 86}号" for n in range(2_500)] + ["2500,", "2501,火星一路1号"]
    started = send_table(call, "\n".join(lines) + "\n", encoding=encoding)
    assert started.status_code == 202, started.get_data(as_text=True)
    where = started.headers["Location"]
    assert call("GET", where).get_json()["status"] == "queued"
    assert call("GET", f"{where}/result").status_code == 409
    assert run_once(sqlite_store, web_settings, job_kinds())
    body = call("GET", where).get_json()
    assert (body["status"], body["done"], body["total"]) == ("done", 2_502, 2_502)
    assert sum(body["result"]["counts"].values()) == 2_502
    assert body["result"]["counts"]["A"] == 2_500
    rows = call("GET", f"{where}/result").get_data(as_text=True).splitlines()
    assert rows[0].startswith("编号,家庭住址,verdict,next,")
    assert [row.split(",")[0] for row in rows[1:]] == [str(n) for n in range(2_502)]


def test_a_job_is_seen_by_its_sender_only_and_gone_when_deleted(call: Caller, web_client: FlaskClient, sqlite_store: Store) -> None:
    from gazetteer.api_keys import create_api_key

    where = send_table(call, "地址\n肖桥路88号\n").headers["Location"]
    with sqlite_store.transaction() as session:
        other = create_api_key(session, "测试系统", ["jobs"], actor=SYSTEM)[1]
    for method in ("GET", "DELETE"):
        assert web_client.open(where, method=method, headers={KEY_HEADER: other}).status_code == 404
    assert call("DELETE", where).status_code == 204
    assert call("GET", where).status_code == 404


@pytest.mark.parametrize(
    ("text", "name", "more", "field"),
    [
        ("", "a.csv", {}, "file"),
        ("a,b\n1,2\n", "a.csv", {}, "column"),
        ("地址\nx\n", "a.csv", {"column": "没有"}, "column"),
        ("地址,x\nx,1\n", "a.csv", {"lon": "x"}, "lat"),
        ("<html></html>", "a.xls", {}, "file"),
    ],
)
def test_a_table_that_cannot_be_matched_is_refused_at_once(
    call: Caller, web_settings: Settings, text: str, name: str, more: dict[str, str], field: str
) -> None:
    answer = send_table(call, text, name, **more)
    assert answer.status_code == 400
    assert fields(answer) == [field]
    assert not any((web_settings.media_dir / "uploads").iterdir())


def test_a_worker_that_died_is_followed_by_one_that_goes_on(call: Caller, sqlite_store: Store, web_settings: Settings) -> None:
    from gazetteer.jobs import Running, claim, find_job
    from gazetteer.linking.match_file import match_file

    where = send_table(call, "地址\n" + "肖桥路88号\n" * 3_000).headers["Location"]
    job = claim(sqlite_store, 60, "first")
    assert job is not None
    first = match_file(Running(job.id, job.params, 0, sqlite_store, web_settings))
    assert [next(first), next(first)] == [(0, 3_000), (1_000, 3_000)]
    first.close()
    steps = list(match_file(Running(job.id, job.params, 1_000, sqlite_store, web_settings)))
    assert steps[0] == (1_000, 3_000)
    assert isinstance(steps[-1], dict)
    assert steps[-1]["counts"]["A"] == steps[-1]["rows"] == 3_000
    with sqlite_store.reading() as session:
        assert find_job(session, job.id).status == "running"
    assert where.endswith(job.id)


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (("姓名", "家庭住址"), "家庭住址"),
        (("地址", "详细地址"), "详细地址"),
        (("x",), "x"),
        (("a", "b"), None),
        (("Full address", "id"), "Full address"),
    ],
)
def test_the_address_column_is_found_by_its_name(columns: tuple[str, ...], expected: str | None) -> None:
    assert guess_column(columns) == expected


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
    assert fields(answer) == [field]


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
