"""Administration: people, keys shown once, jobs, health, settings without secrets, events, and files brought in after a trial."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from page_rows import add_cases
from sqlalchemy import select
from web_fixtures import PASSWORD, csrf_token, post

from gazetteer.api_keys import find_api_key
from gazetteer.job_kinds import job_kinds
from gazetteer.jobs import run_once
from gazetteer.keys import data_key
from gazetteer.overview import overview
from gazetteer.people import list_accounts
from gazetteer.store.database import Store
from gazetteer.store.models import Division
from geoaddr.settings import Settings

SignIn = Callable[[str], FlaskClient]
PAGES = ("/admin/", "/admin/keys", "/admin/jobs", "/admin/health", "/admin/settings", "/admin/events")
LIST = "代码,名称,上级代码\n330213003203,肖桥村,330213003\n330213003204,西坞村,330213003\n"


def bring(client: FlaskClient, kind: str, text: str, filename: str, **more: str) -> str:
    """Upload a file and return where its columns are asked for."""
    data = {"csrf_token": csrf_token(client), "kind": kind, **more, "file": (io.BytesIO(text.encode()), filename)}
    answer = client.post("/imports/", data=data, content_type="multipart/form-data")
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return answer.headers["Location"]


@pytest.mark.parametrize("role", ["viewer", "installer", "officer", "approver"])
def test_administration_is_for_administrators_only(signed_in: SignIn, role: str) -> None:
    client = signed_in(role)
    assert {client.get(url).status_code for url in PAGES} == {403}
    assert post(client, "/admin/people", {"username": "x1"}).status_code == 403


def test_a_person_is_created_changed_locked_out_and_reset(signed_in: SignIn, sqlite_store: Store) -> None:
    client = signed_in("administrator")
    form = {"username": "new.person", "display_name": "样本", "role": "viewer", "password": "short"}
    wrong = post(client, "/admin/people", form)
    assert wrong.status_code == 422
    assert 'value="new.person"' in wrong.get_data(as_text=True)
    assert "short" not in wrong.get_data(as_text=True)
    assert post(client, "/admin/people", {**form, "password": PASSWORD}).status_code == 303
    assert post(client, "/admin/people", {**form, "password": PASSWORD}).status_code == 422
    with sqlite_store.reading() as session:
        made = next(one for one in list_accounts(session) if one.username == "new.person")
    post(client, f"/admin/people/{made.id}", {"what": "edit", "role": "officer", "display_name": "样本"})
    post(client, f"/admin/people/{made.id}", {"what": "disuse"})
    assert post(client, f"/admin/people/{made.id}/password", {"password": "x"}).status_code == 422
    assert post(client, f"/admin/people/{made.id}/password", {"password": "another good password"}).status_code == 303
    with sqlite_store.reading() as session:
        now = next(one for one in list_accounts(session) if one.username == "new.person")
    assert (now.role, now.active) == ("officer", False)


def test_the_last_administrator_cannot_lock_the_door_behind_them(signed_in: SignIn, sqlite_store: Store) -> None:
    client = signed_in("administrator")
    with sqlite_store.reading() as session:
        me = next(one for one in list_accounts(session) if one.role == "administrator")
    assert post(client, f"/admin/people/{me.id}", {"what": "disuse"}).status_code == 409


def test_a_key_is_shown_once_and_ends_when_revoked(signed_in: SignIn, sqlite_store: Store) -> None:
    client = signed_in("administrator")
    assert post(client, "/admin/keys", {"name": "样本系统"}).status_code == 422
    page = post(client, "/admin/keys", {"name": "样本系统", "scopes": "lookup"}).get_data(as_text=True)
    key = re.search(r'id="new-key">(ga_[^<]+)<', page)
    assert key is not None
    assert key[1] not in client.get("/admin/keys").get_data(as_text=True)
    prefix = key[1].split("_")[1]
    post(client, f"/admin/keys/{prefix}/revoke")
    with sqlite_store.reading() as session:
        assert find_api_key(session, key[1]) is None


def test_settings_show_no_secret(signed_in: SignIn, web_settings: Settings) -> None:
    page = signed_in("administrator").get("/admin/settings").get_data(as_text=True)
    assert "DATABASE_URL" in page
    assert "SECRET_KEY" in page
    for secret in ("secret_key", "data_key"):
        kept = web_settings.media_dir / "keys" / secret
        assert not kept.exists() or kept.read_text() not in page
    assert data_key(web_settings).hex() not in page


def test_health_says_that_a_sound_register_is_sound(small_register: dict[str, str], signed_in: SignIn) -> None:
    assert "全部检查都通过" in signed_in("administrator").get("/admin/health").get_data(as_text=True)


def test_events_are_filtered_paged_and_given_away(
    small_register: dict[str, str], sqlite_store: Store, web_settings: Settings, signed_in: SignIn
) -> None:
    add_cases(sqlite_store, web_settings)
    client = signed_in("administrator")
    page = client.get(f"/admin/events?subject_id={small_register['88']}").get_data(as_text=True)
    assert "共 1 条" in page
    assert "standard_address.created" in page
    assert "没有符合的事件" in client.get("/admin/events?action=nothing.at.all").get_data(as_text=True)
    table = client.get("/admin/events?subject_kind=division&format=csv").get_data(as_text=True)
    assert table.count("\r\n") == 6


def test_a_file_is_tried_first_and_loaded_only_when_asked(
    small_register: dict[str, str], sqlite_store: Store, web_settings: Settings, signed_in: SignIn
) -> None:
    client = signed_in("administrator")
    columns = bring(client, "divisions", LIST, "名录.csv")
    asked = client.get(columns).get_data(as_text=True)
    assert '<option value="上级代码" selected>' in asked
    fields = {"kind": "divisions", "filename": "名录.csv", "field-code": "代码", "field-name": "名称", "field-parent": "上级代码"}
    trial = post(client, columns.split("?")[0], fields).headers["Location"]
    assert run_once(sqlite_store, web_settings, job_kinds())
    report = client.get(trial).get_data(as_text=True)
    assert "登记册还没有变" in report
    assert "正式导入" in report
    with sqlite_store.reading() as session:
        assert overview(session).divisions == {"current": 5}
    loaded = post(client, f"{trial}/load").headers["Location"]
    assert run_once(sqlite_store, web_settings, job_kinds())
    assert "已导入，登记册到了第" in client.get(loaded).get_data(as_text=True)
    with sqlite_store.reading() as session:
        assert overview(session).divisions == {"current": 6}


def test_rows_that_cannot_be_taken_are_listed_with_line_and_reason(
    small_register: dict[str, str], sqlite_store: Store, web_settings: Settings, signed_in: SignIn
) -> None:
    client = signed_in("administrator")
    columns = bring(client, "divisions", LIST + "3.30213E+11,坏行,330213003\n", "名录.csv")
    fields = {"kind": "divisions", "filename": "名录.csv", "field-code": "代码", "field-name": "名称", "field-parent": "上级代码"}
    trial = post(client, columns.split("?")[0], fields).headers["Location"]
    run_once(sqlite_store, web_settings, job_kinds())
    page = client.get(trial).get_data(as_text=True)
    assert "不能进的行" in page
    assert '<td class="num" data-label="行号">4</td>' in page
    assert "4," in client.get(f"{trial}/rejected.csv").get_data(as_text=True)


def test_officers_bring_case_files_and_nothing_else(
    small_register: dict[str, str], sqlite_store: Store, web_settings: Settings, signed_in: SignIn
) -> None:
    client = signed_in("officer")
    page = client.get("/imports/").get_data(as_text=True)
    assert '<option value="cases" selected>' in page
    assert 'value="divisions"' not in page
    data = {"csrf_token": csrf_token(client), "kind": "divisions", "file": (io.BytesIO(LIST.encode()), "名录.csv")}
    assert client.post("/imports/", data=data, content_type="multipart/form-data").status_code == 403
    text = "编号,姓名,实际居住地址\nE1,样本甲,西坞街道肖桥路88号\nE2,样本乙,肖桥路777号\n"
    columns = bring(client, "cases", text, "老人.csv", case_kind="elder")
    fields = {"kind": "cases", "case_kind": "elder", "filename": "老人.csv"}
    fields |= {"field-ref": "编号", "field-name": "姓名", "field-residence_address": "实际居住地址"}
    trial = post(client, columns.split("?")[0], fields).headers["Location"]
    run_once(sqlite_store, web_settings, job_kinds())
    loaded = post(client, f"{trial}/load").headers["Location"]
    run_once(sqlite_store, web_settings, job_kinds())
    assert "看业务对象" in client.get(loaded).get_data(as_text=True)
    with sqlite_store.reading() as session:
        assert overview(session).cases["elder"]["linked"] == 1


@pytest.mark.parametrize(("name", "content"), [("空.csv", b""), ("坏.xlsx", b"PK\x03\x04 no workbook"), ("图.csv", bytes(range(256)) * 40)])
def test_a_file_that_is_no_table_gets_one_clear_sentence(signed_in: SignIn, name: str, content: bytes) -> None:
    client = signed_in("administrator")
    data = {"csrf_token": csrf_token(client), "kind": "places", "file": (io.BytesIO(content), name)}
    answer = client.post("/imports/", data=data, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert 'class="ga-errors"' in answer.get_data(as_text=True)


def test_a_person_is_limited_to_a_town_and_an_authority_on_the_page(
    signed_in: SignIn, sqlite_store: Store, small_register: dict[str, str]
) -> None:
    client, officer = signed_in("administrator"), signed_in("officer")
    approver = signed_in("approver")
    with sqlite_store.reading() as session:
        decides = next(one for one in list_accounts(session) if one.role == "approver").id
        town = session.scalars(select(Division.id).where(Division.level == "town")).one()
    post(client, f"/admin/people/{decides}", {"what": "limit", "division": town, "authority": ""})
    page = client.get("/admin/").get_data(as_text=True)
    assert f'<option value="{town}" selected>' in page
    form = {"kind": "rename", "place": small_register["place"], "new_name": "锦溪路", "reason": "与邻县重名"}
    here = post(officer, "/names/procedures/new", form).headers["Location"]
    post(officer, f"{here}/move", {"verb": "check"})
    seen = approver.get(here).get_data(as_text=True)
    assert "区人民政府决定" in seen
    assert "不能决定" in seen
    refused = post(approver, f"{here}/move", {"verb": "approve", "decision_no": "1", "authority": "样本"})
    assert refused.status_code == 403
    assert "第十二条" in refused.get_data(as_text=True)
    assert post(client, f"/admin/people/{decides}", {"what": "limit", "division": "", "authority": "样本委员会"}).status_code == 400
    post(client, f"/admin/people/{decides}", {"what": "limit", "division": "", "authority": ""})
    assert post(approver, f"{here}/move", {"verb": "approve", "decision_no": "1", "authority": "样本"}).status_code == 303
