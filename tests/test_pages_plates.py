"""Pages of plates: counts, orders moved together, reports decided, coverage, and what each role may do."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from PIL import Image
from web_fixtures import post

from gazetteer.plates.orders import advance, find_plate, order_plates
from gazetteer.plates.visits import VisitReport, receive_visit
from gazetteer.store.database import Store
from gazetteer.store.events import Actor
from gazetteer.store.models import Plate, PlateOrder, PlateVisit
from geoaddr.settings import Settings

Register = dict[str, str]
SignIn = Callable[[str], FlaskClient]
OFFICER = Actor("user", "officer-0", "officer")


def photo() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((200, 150), 90).convert("RGB").save(out, "JPEG")
    return out.getvalue()


@pytest.fixture
def serial(sqlite_store: Store, small_register: Register) -> str:
    """The serial of a dispatched plate for 肖桥路88号."""
    with sqlite_store.transaction() as session:
        order = order_plates(session, [small_register["88"]], reason="新编号", actor=OFFICER)
        for verb in ("make", "receive", "dispatch"):
            advance(session, order.id, verb, actor=OFFICER)
        return str(session.query(Plate).one().serial)


@pytest.fixture
def doubtful(sqlite_store: Store, web_settings: Settings, serial: str) -> str:
    """The id of a report from 110 m away."""
    report = VisitReport("a-key-of-a-phone", serial, "installed", lon=121.4088, lat=29.6511, accuracy_m=6, photo=photo())
    with sqlite_store.transaction() as session:
        return receive_visit(session, report, actor=OFFICER, settings=web_settings).id


def test_missing_plates_are_ordered_made_and_dispatched_from_pages_alone(
    signed_in: SignIn, sqlite_store: Store, small_register: Register
) -> None:
    client = signed_in("officer")
    page = client.get(f"/plates/missing?place={small_register['place']}").get_data(as_text=True)
    assert "给这 3 个地址下单" in page
    made = post(client, "/plates/orders", {"place": small_register["place"], "reason": "肖桥路补牌", "due_on": "2099-01-31"})
    here = made.headers["Location"]
    assert "肖桥路补牌" in client.get(here).get_data(as_text=True)
    for verb in ("make", "receive"):
        assert post(client, f"{here}/move", {"verb": verb}).status_code == 303
    page = client.get(here).get_data(as_text=True)
    assert re.search(r"disabled>制作完成</button></form><span class=\"ga-why\">没有处于“已下单”的门牌", page)
    hung = post(client, f"{here}/move", {"verb": "dispatch", "assigned_to": ""})
    assert hung.headers["Location"] != here
    assert "安装" in client.get(hung.headers["Location"]).get_data(as_text=True)
    with sqlite_store.reading() as session:
        assert {plate.status for plate in session.query(Plate)} == {"dispatched"}
    again = client.get(f"/plates/missing?place={small_register['place']}").get_data(as_text=True)
    assert "都有门牌了" in again


def test_an_order_is_printed_as_a_sheet(signed_in: SignIn, sqlite_store: Store, serial: str) -> None:
    with sqlite_store.reading() as session:
        order_id = session.query(PlateOrder).filter_by(action="make").one().id
    client = signed_in("officer")
    for url in (f"/plates/orders/{order_id}/sheet.pdf", f"/plates/{serial}/sheet.pdf"):
        answer = client.get(url)
        assert answer.content_type == "application/pdf"
        assert answer.get_data()[:5] == b"%PDF-"


def test_the_list_narrows_by_status_and_place_and_finds_a_serial(signed_in: SignIn, serial: str, small_register: Register) -> None:
    client = signed_in("viewer")
    assert "肖桥路88号" in client.get("/plates/?status=dispatched").get_data(as_text=True)
    assert "没有符合的门牌" in client.get("/plates/?status=accepted").get_data(as_text=True)
    assert "只看 肖桥路 上的" in client.get(f"/plates/?place={small_register['place']}").get_data(as_text=True)
    assert client.get(f"/plates/?q={serial}").headers["Location"] == f"/plates/{serial}"
    assert client.get("/plates/?status=nonsense").status_code == 400
    assert client.get("/plates/?format=csv").get_data(as_text=True).count("\r\n") == 2


def test_a_plate_offers_what_may_be_done_and_says_why_the_rest_may_not(signed_in: SignIn, sqlite_store: Store, serial: str) -> None:
    client = signed_in("officer")
    page = client.get(f"/plates/{serial}").get_data(as_text=True)
    assert re.search(r'value="accept" disabled', page)
    assert "ga-why" in page
    assert post(client, f"/plates/{serial}/move", {"verb": "accept"}).status_code == 409
    assert post(client, f"/plates/{serial}/move", {"verb": "cancel"}).status_code == 303
    with sqlite_store.reading() as session:
        assert find_plate(session, serial).status == "cancelled"


def test_a_doubtful_report_shows_what_speaks_against_it_and_its_photo(signed_in: SignIn, doubtful: str) -> None:
    client = signed_in("officer")
    assert "离登记的门位过远" in client.get("/plates/visits").get_data(as_text=True)
    page = client.get(f"/plates/visits/{doubtful}").get_data(as_text=True)
    assert "离登记的门位过远" in page
    picture = re.search(r'src="(/plates/photos/[0-9a-f]{64}\.jpg)"', page)
    assert picture is not None
    assert client.get(picture[1]).content_type == "image/jpeg"
    assert signed_in("viewer").get(picture[1]).status_code == 403
    drawn = client.get(f"/plates/visits/{doubtful}/around.json").get_json()["features"]
    assert {one["properties"]["layer"] for one in drawn} >= {"plate", "wrong", "road", "neighbour"}


def test_a_report_is_decided_with_a_reason(signed_in: SignIn, sqlite_store: Store, serial: str, doubtful: str) -> None:
    client = signed_in("officer")
    wrong = post(client, f"/plates/visits/{doubtful}/decide", {"decision": "accept", "reason": ""})
    assert wrong.status_code == 422
    assert "请写明理由" in wrong.get_data(as_text=True)
    right = post(client, f"/plates/visits/{doubtful}/decide", {"decision": "accept", "reason": "卫星图核对无误"})
    assert right.headers["Location"] == "/plates/visits"
    assert "没有要看的" in client.get("/plates/visits").get_data(as_text=True)
    with sqlite_store.reading() as session:
        assert session.query(PlateVisit).one().status == "accepted"
        assert find_plate(session, serial).status == "accepted"


def test_coverage_adds_up_and_is_drawn(signed_in: SignIn, small_register: Register, serial: str) -> None:
    client = signed_in("viewer")
    page = client.get("/plates/coverage?by=road").get_data(as_text=True)
    assert "应设 3，已设 0" in page
    assert "肖桥路" in page
    assert [one["properties"]["title"] for one in client.get("/plates/coverage.json?by=road").get_json()["features"]] == ["肖桥路"]
    assert client.get("/plates/coverage?by=nonsense").status_code == 400
    assert client.get("/plates/coverage?by=road&format=csv").get_data(as_text=True).count("\r\n") == 2


def test_viewers_move_nothing_and_see_no_reports(signed_in: SignIn, serial: str, doubtful: str) -> None:
    client = signed_in("viewer")
    assert client.get("/plates/visits").status_code == 403
    assert post(client, f"/plates/{serial}/move", {"verb": "cancel"}).status_code == 403
    assert post(client, "/plates/orders", {"reason": "x"}).status_code == 403
    assert "现场回报" not in client.get("/plates/").get_data(as_text=True)


def test_the_empty_register_says_what_to_do_first(signed_in: SignIn) -> None:
    client = signed_in("officer")
    assert "还没有门牌" in client.get("/plates/").get_data(as_text=True)
    assert "还没有需要门牌的地址" in client.get("/plates/coverage").get_data(as_text=True)
    assert "没有符合的工单" in client.get("/plates/orders").get_data(as_text=True)
