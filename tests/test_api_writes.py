"""Writing through the API: safe to repeat, never over what the writer has not seen; files matched as jobs."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from web_fixtures import Caller, fields_at_fault
from werkzeug.test import TestResponse

from gazetteer.api_keys import create_api_key
from gazetteer.job_kinds import job_kinds
from gazetteer.jobs import Running, claim, find_job, run_once
from gazetteer.linking.match_file import guess_column, match_file
from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM
from gazetteer.store.models import StandardAddress
from geoaddr.settings import Settings
from web.auth import KEY_HEADER

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
    assert fields_at_fault(call("PATCH", path, headers={"If-Match": tag}, json=change)) == ["Idempotency-Key"]
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
    assert fields_at_fault(no_reason) == ["reason"]
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


@pytest.mark.parametrize(("lon", "lat", "said"), [(116.4, 39.9, "不在本辖区"), (29.65, 80.0, "不在"), (0.0, 0.0, "0,0")])
def test_a_door_is_not_moved_out_of_its_district(call: Caller, small_register: dict[str, str], lon: float, lat: float, said: str) -> None:
    path = f"/api/v1/addresses/{small_register['88']}"
    before = call("GET", path).get_json()
    change = {"lon": lon, "lat": lat, "point_source": "实测"}
    answer = call("PATCH", path, headers={"If-Match": "*", "Idempotency-Key": "far"}, json=change)
    assert answer.status_code == 400
    assert said in answer.get_json()["detail"]
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
    assert fields_at_fault(answer) == [field]
    assert not any((web_settings.media_dir / "uploads").iterdir())


def test_a_worker_that_died_is_followed_by_one_that_goes_on(
    call: Caller, sqlite_store: Store, web_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gazetteer.linking.match_file.TOLD_EVERY_S", 0.0)
    where = send_table(call, "地址\n" + "肖桥路88号\n" * 3_000).headers["Location"]
    job = claim(sqlite_store, 60, "first")
    assert job is not None
    first = match_file(Running(job.id, job.params, 0, sqlite_store, web_settings))
    assert [next(first) for _ in range(4)] == [(0, 0), (0, 3_000), (500, 3_000), (1_000, 3_000)]
    first.close()
    steps = list(match_file(Running(job.id, job.params, 1_000, sqlite_store, web_settings)))
    assert steps[:3] == [(1_000, 0), (1_000, 3_000), (1_500, 3_000)]
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
