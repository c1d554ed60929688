"""The installers' page and its routes: list, service worker, reports from the door."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from gazetteer.keys import secret_key
from gazetteer.people import find_account
from gazetteer.plates.orders import advance, find_plate, order_plates
from gazetteer.plates.qr import sign
from gazetteer.store.database import Store
from gazetteer.store.events import Actor
from gazetteer.store.models import Plate
from geoaddr.settings import Settings

OFFICER = Actor("user", "officer-0", "officer")


def photo(shade: int = 120) -> io.BytesIO:
    out = io.BytesIO()
    Image.effect_noise((320, 240), shade).convert("RGB").save(out, "JPEG")
    out.seek(0)
    return out


@pytest.fixture
def serial(sqlite_store: Store, small_register: dict[str, str]) -> str:
    """The serial of a plate for 肖桥路88号 that was dispatched to nobody in particular."""
    with sqlite_store.transaction() as session:
        order = order_plates(session, [small_register["88"]], reason="新编号", actor=OFFICER)
        for verb in ("make", "receive", "dispatch"):
            advance(session, order.id, verb, actor=OFFICER)
        return str(session.query(Plate).one().serial)


def report(serial: str, settings: Settings, **changed: Any) -> dict[str, Any]:
    return {
        "serial": serial, "signature": sign(serial, secret_key(settings)), "lon": "121.4088", "lat": "29.6501", "accuracy_m": "8.0",
        "datum": "WGS84", "idempotency_key": "a-key-made-by-the-phone", "outcome": "installed", "reason": "", "read_by": "scan",
        "scanned_serial": serial, "photo": (photo(), "photo.jpg"), **changed,
    }  # fmt: skip


def send(client: FlaskClient, form: dict[str, Any], token: str | None = None) -> TestResponse:
    fresh = token if token is not None else client.get("/field/tasks.json").get_json()["csrf_token"]
    headers = {"X-CSRFToken": fresh, "Accept": "application/json"}
    return client.post("/field/visits", data=form, headers=headers, content_type="multipart/form-data")


def test_the_list_names_what_is_to_be_hung_with_limits_and_a_fresh_token(signed_in: Callable[[str], FlaskClient], serial: str) -> None:
    client = signed_in("installer")
    listed = client.get("/field/tasks.json", headers={"Accept": "application/json"}).get_json()
    assert [(task["serial"], task["action"]) for task in listed["tasks"]] == [(serial, "hang")]
    assert listed["tasks"][0]["address"].endswith("肖桥路88号")
    assert (listed["max_accuracy_m"], listed["max_distance_m"]) == (20, 30)
    assert listed["csrf_token"]


def test_an_installer_sees_no_order_given_to_somebody_else(
    signed_in: Callable[[str], FlaskClient], sqlite_store: Store, small_register: dict[str, str]
) -> None:
    client = signed_in("installer")
    signed_in("officer")
    with sqlite_store.transaction() as session:
        order = order_plates(session, [small_register["90"]], reason="新编号", actor=OFFICER)
        for verb in ("make", "receive"):
            advance(session, order.id, verb, actor=OFFICER)
        advance(session, order.id, "dispatch", actor=OFFICER, assigned_to=find_account(session, "officer-1").id)
    assert client.get("/field/tasks.json").get_json()["tasks"] == []


def test_a_good_report_confirms_the_plate_and_sent_again_changes_nothing(
    signed_in: Callable[[str], FlaskClient], sqlite_store: Store, web_settings: Settings, serial: str
) -> None:
    client = signed_in("installer")
    first = send(client, report(serial, web_settings))
    assert first.status_code == 201, first.get_data(as_text=True)
    told = first.get_json()
    assert (told["idempotency_key"], told["state"], told["doubts"]) == ("a-key-made-by-the-phone", "accepted", [])
    again = send(client, report(serial, web_settings))
    assert again.get_json()["id"] == told["id"]
    with sqlite_store.reading() as session:
        assert find_plate(session, serial).status == "accepted"


def test_a_report_from_far_away_is_kept_for_a_person(
    signed_in: Callable[[str], FlaskClient], sqlite_store: Store, web_settings: Settings, serial: str
) -> None:
    told = send(signed_in("installer"), report(serial, web_settings, lat="29.6601")).get_json()
    assert told["state"] == "review"
    assert "far-from-door" in [doubt["code"] for doubt in told["doubts"]]
    with sqlite_store.reading() as session:
        assert find_plate(session, serial).status == "dispatched"


def test_what_the_phone_can_mend_is_said_in_problem_details(
    signed_in: Callable[[str], FlaskClient], web_settings: Settings, serial: str
) -> None:
    answer = send(signed_in("installer"), report(serial, web_settings, photo=(io.BytesIO(b"no image"), "photo.jpg")))
    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"
    assert "照片无法读取" in answer.get_json()["detail"]


def test_a_photo_beyond_the_limit_is_refused_before_it_is_read(
    signed_in: Callable[[str], FlaskClient], web_settings: Settings, serial: str
) -> None:
    big = io.BytesIO(b"\xff\xd8" + b"0" * 21_500_000)
    assert send(signed_in("installer"), report(serial, web_settings, photo=(big, "photo.jpg"))).status_code == 413


def test_without_session_or_with_an_old_token_the_phone_is_told_to_sign_in(
    web_client: FlaskClient, signed_in: Callable[[str], FlaskClient], web_settings: Settings, serial: str
) -> None:
    assert send(web_client, report(serial, web_settings), token="none").status_code == 401
    assert send(signed_in("installer"), report(serial, web_settings), token="stale").status_code == 401
    assert web_client.get("/field/tasks.json", headers={"Accept": "application/json"}).status_code == 401
    assert web_client.get("/field").status_code == 302


def test_viewers_have_no_field_page(signed_in: Callable[[str], FlaskClient]) -> None:
    assert signed_in("viewer").get("/field").status_code == 403


def test_the_service_worker_may_govern_the_whole_field_page(web_client: FlaskClient) -> None:
    answer = web_client.get("/field/sw.js")
    assert answer.headers["Service-Worker-Allowed"] == "/field"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.content_type.startswith("text/javascript")


def test_the_page_carries_its_limits_and_a_version_that_differs_by_language(signed_in: Callable[[str], FlaskClient]) -> None:
    client = signed_in("installer")
    chinese = client.get("/field")
    page = chinese.get_data(as_text=True)
    assert 'data-max-accuracy-m="20.0"' in page
    assert "camera=(self)" in chinese.headers["Permissions-Policy"]
    english = client.get("/field?lang=en").get_data(as_text=True)
    assert version_in(page) != version_in(english)


def version_in(page: str) -> str:
    return page.split('data-version="')[1].split('"')[0]
