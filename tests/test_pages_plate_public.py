"""The page behind a plate's code: light, open to all, honest about codes and about what has changed."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from web_fixtures import csrf_token

from gazetteer.keys import secret_key
from gazetteer.plates.orders import advance, find_plate, order_plates
from gazetteer.plates.qr import sign
from gazetteer.plates.visits import VisitReport, receive_visit
from gazetteer.store.database import Store
from gazetteer.store.events import Actor
from gazetteer.store.models import Plate, PlateVisit
from gazetteer.workflow import move
from geoaddr.settings import Settings

OFFICER = Actor("user", "officer-0", "officer")
STATIC = Path(__file__).resolve().parent.parent / "web" / "static"


def hang(store: Store, settings: Settings, address_id: str, *, lon: float, reason: str = "新编号") -> str:
    """Order, make, dispatch and hang a plate; returns its serial."""
    with store.transaction() as session:
        order = order_plates(session, [address_id], reason=reason, actor=OFFICER)
        for verb in ("make", "receive", "dispatch"):
            advance(session, order.id, verb, actor=OFFICER)
        serial = str(session.query(Plate).filter_by(address_id=address_id, status="dispatched").one().serial)
        report = VisitReport(f"key-{serial}", serial, "installed", lon=lon, lat=29.6501, accuracy_m=5, datum="CGCS2000")
        visit = receive_visit(session, report, actor=OFFICER, settings=settings)
        if visit.status == "review":
            from gazetteer.plates.visits import decide_visit

            decide_visit(session, visit.id, "accept", "照片另存", actor=OFFICER)
        return serial


@pytest.fixture
def serial(sqlite_store: Store, web_settings: Settings, small_register: dict[str, str]) -> str:
    return hang(sqlite_store, web_settings, small_register["88"], lon=121.4088)


def test_anybody_reads_the_address_and_whether_the_code_is_genuine(web_client: FlaskClient, web_settings: Settings, serial: str) -> None:
    signature = sign(serial, secret_key(web_settings))
    answer = web_client.get(f"/p/{serial}?s={signature}")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "奉化区西坞街道肖桥路88号" in page
    assert "XIAOQIAO LU" in page
    assert "已验证" in page
    assert "签名不符" not in page
    assert "签名不符" in web_client.get(f"/p/{serial}?s=0000000000").get_data(as_text=True)
    assert "未验证" in web_client.get(f"/p/{serial}").get_data(as_text=True)


def test_reading_costs_less_than_50_kilobytes_and_leaves_no_cookie(web_client: FlaskClient, serial: str) -> None:
    answer = web_client.get(f"/p/{serial}", headers={"Accept-Encoding": "identity"})
    page = answer.get_data(as_text=True)
    fetched = re.findall(r'<(?:link|script|img)[^>]+(?:href|src)="(/static/[^"?]+)', page)
    assert len(answer.get_data()) + sum((STATIC / path.removeprefix("/static/")).stat().st_size for path in fetched) < 50_000
    assert "<script" not in page
    assert "Set-Cookie" not in answer.headers


def test_the_little_map_shows_the_road_and_the_doors_nearby(web_client: FlaskClient, serial: str) -> None:
    page = web_client.get(f"/p/{serial}").get_data(as_text=True)
    assert page.count('class="road"') == 1
    assert page.count('class="here"') == 1
    assert ">肖桥路</text>" in page


def test_a_serial_typed_with_blanks_leads_to_its_page_and_an_unknown_one_is_said_to_be_unknown(
    web_client: FlaskClient, serial: str
) -> None:
    spaced = f"{serial[:4]} {serial[4:8]}-{serial[8:]}"
    assert web_client.get(f"/p/{spaced}?s=abc").headers["Location"] == f"/p/{serial}?s=abc"
    for wrong in ("3302139999999976", "nonsense", serial[:-1] + str((int(serial[-1]) + 1) % 10)):
        answer = web_client.get(f"/p/{wrong}")
        assert answer.status_code == 404
        assert "没有这块门牌" in answer.get_data(as_text=True)


def test_the_code_of_a_replaced_plate_leads_to_the_one_that_hangs_now(
    web_client: FlaskClient, sqlite_store: Store, web_settings: Settings, small_register: dict[str, str], serial: str
) -> None:
    new = hang(sqlite_store, web_settings, small_register["88"], lon=121.4088, reason="褪色更换")
    page = web_client.get(f"/p/{serial}").get_data(as_text=True)
    assert "已换新" in page
    assert f'href="/p/{new}"' in page
    with sqlite_store.reading() as session:
        assert find_plate(session, serial).status == "replaced"


def test_an_address_that_is_no_more_says_so(
    web_client: FlaskClient, sqlite_store: Store, small_register: dict[str, str], serial: str
) -> None:
    from gazetteer.addresses import find_address

    with sqlite_store.transaction() as session:
        move(session, find_address(session, small_register["88"]), "retire", actor=OFFICER, also={"valid_to": date(2026, 11, 1)})
    assert "这个地址已经停用" in web_client.get(f"/p/{serial}").get_data(as_text=True)


def test_a_passer_by_reports_a_fault_without_a_name_and_an_officer_gets_it(
    web_client: FlaskClient, sqlite_store: Store, serial: str
) -> None:
    page = web_client.get(f"/p/{serial}/report").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    empty = web_client.post(f"/p/{serial}/report", data={"csrf_token": token[1], "fault": "other"})
    assert empty.status_code == 422
    assert "请写一句哪里不对" in empty.get_data(as_text=True)
    sent = web_client.post(f"/p/{serial}/report", data={"csrf_token": token[1], "fault": "damaged", "note": "被车撞弯了"})
    assert sent.status_code == 303
    assert "谢谢" in web_client.get(sent.headers["Location"]).get_data(as_text=True)
    with sqlite_store.reading() as session:
        visit = session.query(PlateVisit).filter_by(status="review").one()
        assert (visit.reason, visit.doubts, visit.installer_id) == ("门牌损坏或看不清；被车撞弯了", ["public-report"], None)


def test_a_form_filled_in_by_a_program_is_thanked_and_dropped(web_client: FlaskClient, sqlite_store: Store, serial: str) -> None:
    form = {"csrf_token": csrf_token(web_client, "/sign-in"), "fault": "damaged", "website": "http://spam.example"}
    assert web_client.post(f"/p/{serial}/report", data=form).status_code == 303
    with sqlite_store.reading() as session:
        assert session.query(PlateVisit).filter_by(status="review").count() == 0


def test_reports_from_one_address_are_few_a_minute(web_client: FlaskClient, serial: str) -> None:
    form = {"csrf_token": csrf_token(web_client, "/sign-in"), "fault": "damaged"}
    codes = [web_client.post(f"/p/{serial}/report", data=form).status_code for _ in range(7)]
    assert codes == [303] * 6 + [429]


def test_the_page_speaks_english_where_asked(web_client: FlaskClient, serial: str) -> None:
    page = web_client.get(f"/p/{serial}?lang=en").get_data(as_text=True)
    assert '<html lang="en">' in page
    assert "Xiaoqiao Lu, Xiwu Jiedao, Fenghua Qu, Ningbo Shi, Zhejiang Sheng" in page
