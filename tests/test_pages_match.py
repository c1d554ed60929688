"""Matching on the page: one address answered in words, many as a job whose sums add up, and nothing personal in an address bar."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from web_fixtures import csrf_token, post

from gazetteer.job_kinds import job_kinds
from gazetteer.jobs import Running, claim, run_once
from gazetteer.linking import match_file as match_files
from gazetteer.linking.match_file import match_file
from gazetteer.store.database import Store
from geoaddr.settings import Settings

SignIn = Callable[[str], FlaskClient]


def test_one_address_is_answered_in_words_with_its_parts_and_a_map(small_register: dict[str, str], signed_in: SignIn) -> None:
    answer = post(signed_in("viewer"), "/match/", {"text": "奉化区西坞街道肖桥路88号"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert 'data-verdict="A"' in page
    assert "确定：浙江省宁波市奉化区西坞街道肖桥路88号" in page
    assert '<span class="ga-part" data-part="road"><span class="ga-part-text">肖桥路</span>' in page
    assert f"/map/address/{small_register['88']}" in page
    assert 'id="verdict-features"' in page
    assert 'data-geojson="#verdict-features"' in page


def test_a_number_that_does_not_exist_is_said_to_be_missing(small_register: dict[str, str], signed_in: SignIn) -> None:
    page = post(signed_in("viewer"), "/match/", {"text": "肖桥路777号"}).get_data(as_text=True)
    assert "登记册中没有：有这条路、小区或村，但没有这个号。" in page


@pytest.mark.parametrize("text", ["", "   \n  ", "<script>alert(1)</script>", "路" * 501])
def test_odd_input_is_answered_not_executed_and_not_lost(small_register: dict[str, str], signed_in: SignIn, text: str) -> None:
    answer = post(signed_in("officer"), "/match/", {"text": text})
    page = answer.get_data(as_text=True)
    assert answer.status_code in (200, 422)
    assert "<script>alert" not in page
    if len(text) > 500:
        assert text in page
        assert "最多 500 个字" in page


def test_half_a_position_is_refused_beside_its_field(small_register: dict[str, str], signed_in: SignIn) -> None:
    answer = post(signed_in("officer"), "/match/", {"text": "肖桥路88号", "lon": "121.4"})
    assert answer.status_code == 422
    assert "经度和纬度要一起给出" in answer.get_data(as_text=True)


def test_several_lines_become_a_job_whose_counts_add_up(
    small_register: dict[str, str], signed_in: SignIn, sqlite_store: Store, web_settings: Settings
) -> None:
    client = signed_in("officer")
    answer = post(client, "/match/", {"text": '肖桥路88号\n肖桥路777号\n\n他说"肖桥路86号"\n不详'})
    assert answer.status_code == 303
    url = answer.headers["Location"]
    assert "肖桥" not in url
    assert "马上开始" in client.get(url).get_data(as_text=True)
    assert run_once(sqlite_store, web_settings, job_kinds())
    page = client.get(url).get_data(as_text=True)
    assert "= 4，与输入的行数一致" in page
    only_n = client.get(f"{url}?verdict=N").get_data(as_text=True)
    assert "肖桥路777号" in only_n
    assert ">肖桥路88号<" not in only_n
    table = client.get(f"{url}/result.csv").get_data()
    assert table.startswith(b"\xef\xbb\xbf")
    assert table.decode("utf-8-sig").count("\n") == 5


def test_a_running_job_shows_its_first_rows(
    small_register: dict[str, str], signed_in: SignIn, sqlite_store: Store, web_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(match_files, "TOLD_EVERY_S", 0.0)
    client = signed_in("officer")
    url = post(client, "/match/", {"text": "\n".join(["肖桥路88号", "肖桥路777号", *["肖桥路90号"] * 1_500])}).headers["Location"]
    job = claim(sqlite_store, 60, "worker")
    assert job is not None
    steps = match_file(Running(job.id, job.params, 0, sqlite_store, web_settings))
    while next(steps) != (0, 1_502):
        pass
    assert "最先做完的几行" not in client.get(url).get_data(as_text=True)
    steps.close()
    steps = match_file(Running(job.id, job.params, 0, sqlite_store, web_settings))
    for _step in steps:
        if (web_settings.media_dir / "results" / f"{job.id}.csv.partial").stat().st_size > 20_000:
            break
    page = client.get(url, headers={"HX-Request": "true"}).get_data(as_text=True)
    steps.close()
    assert "最先做完的几行" in page
    assert ">肖桥路777号<" in page
    assert page.count(">肖桥路90号<") == 18


def test_a_file_with_several_columns_asks_which_holds_the_addresses(
    small_register: dict[str, str], signed_in: SignIn, sqlite_store: Store, web_settings: Settings
) -> None:
    client = signed_in("officer")
    table = io.BytesIO("编号,家庭住址\n1,肖桥路88号\n2,肖桥路90号\n".encode("gb18030"))
    data = {"csrf_token": csrf_token(client), "file": (table, "表.csv")}
    answer = client.post("/match/", data=data, content_type="multipart/form-data")
    assert answer.status_code == 303
    asked = client.get(answer.headers["Location"]).get_data(as_text=True)
    assert '<option value="家庭住址" selected>' in asked
    stored = answer.headers["Location"].split("/files/")[1].split("?")[0]
    started = post(client, f"/match/files/{stored}", {"column": "家庭住址", "filename": "表.csv"})
    assert started.status_code == 303
    run_once(sqlite_store, web_settings, job_kinds())
    assert "= 2，" in client.get(started.headers["Location"]).get_data(as_text=True)
    wrong = post(client, f"/match/files/{stored}", {"column": "没有", "filename": "表.csv"})
    assert wrong.status_code == 422
    assert "没有“没有”这一列" in wrong.get_data(as_text=True)


def test_a_job_is_seen_by_its_owner_and_administrators_only(small_register: dict[str, str], signed_in: SignIn) -> None:
    url = post(signed_in("officer"), "/match/", {"text": "肖桥路88号\n肖桥路90号"}).headers["Location"]
    assert signed_in("approver").get(url).status_code == 404
    assert signed_in("administrator").get(url).status_code == 200


def test_a_viewer_may_ask_for_one_address_but_not_wash_a_table(small_register: dict[str, str], signed_in: SignIn) -> None:
    assert post(signed_in("viewer"), "/match/", {"text": "肖桥路88号\n肖桥路90号"}).status_code == 403


def test_a_queued_job_can_be_cancelled_and_taken_up_again(small_register: dict[str, str], signed_in: SignIn) -> None:
    client = signed_in("officer")
    url = post(client, "/match/", {"text": "肖桥路88号\n肖桥路90号"}).headers["Location"]
    post(client, f"{url}/cancel")
    assert "已取消" in client.get(url).get_data(as_text=True)
    post(client, f"{url}/resume")
    assert "马上开始" in client.get(url).get_data(as_text=True)
