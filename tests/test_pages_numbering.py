"""Numbering through its pages: a number where the map was clicked, by hand, in a row, and rules tried before they are kept."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from web_fixtures import post

from gazetteer.addresses import find_place
from gazetteer.plates.policy import rules_of
from gazetteer.store.database import Store
from gazetteer.store.models import StandardAddress
from geoaddr.errors import UsageError
from web.pages.numbering import parse_points

Register = dict[str, str]
SignIn = Callable[[str], FlaskClient]


@pytest.fixture
def road(small_register: Register) -> str:
    return f"/numbering/{small_register['place']}"


def numbers(store: Store) -> list[str]:
    with store.reading() as session:
        rows = session.query(StandardAddress).filter(StandardAddress.status.in_(("current", "reserved"))).order_by(StandardAddress.id)
        return [f"{row.number}-{row.sub_number}".rstrip("-") for row in rows]


def test_roads_are_found_by_name_and_lead_to_their_strip(signed_in: SignIn, road: str) -> None:
    client = signed_in("officer")
    assert f'href="{road}"' in client.get("/numbering/?q=肖桥").get_data(as_text=True)
    assert "没有符合的道路" in client.get("/numbering/?q=无此路").get_data(as_text=True)
    page = client.get(road).get_data(as_text=True)
    assert page.count('class="door is-') >= 3
    assert "<style" not in page
    assert ' style="' not in page


def test_a_click_on_the_map_proposes_a_number_and_one_more_click_gives_it(signed_in: SignIn, sqlite_store: Store, road: str) -> None:
    client = signed_in("officer")
    page = client.get(f"{road}?lon=121.4098&lat=29.6501").get_data(as_text=True)
    proposed = re.search(r'name="number" value="(\d+)"', page)
    assert proposed is not None
    assert f"定为 {proposed[1]} 号" in page
    assert 'class="door is-proposed"' in page
    form = {"number": proposed[1], "sub_number": "", "lon": "121.4098", "lat": "29.6501"}
    answer = post(client, f"{road}/number", form)
    assert answer.status_code == 303
    assert f"肖桥路{proposed[1]}号" in client.get(answer.headers["Location"]).get_data(as_text=True)
    assert proposed[1] in numbers(sqlite_store)


def test_a_number_that_is_taken_is_refused_in_words_and_nothing_typed_is_lost(signed_in: SignIn, sqlite_store: Store, road: str) -> None:
    before = numbers(sqlite_store)
    answer = post(signed_in("officer"), f"{road}/number", {"number": "88", "sub_number": "", "poi": ""})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "已经在用，请换一个号码" in page
    assert re.search(r'id="number"[^>]*value="88"', page)
    assert numbers(sqlite_store) == before


def test_a_row_of_points_is_shown_first_and_given_only_as_it_was_shown(signed_in: SignIn, sqlite_store: Store, road: str) -> None:
    client = signed_in("officer")
    before = numbers(sqlite_store)
    points = "121.4092, 29.6501\n121.4094 29.6501\n\n121.4096，29.6501"
    page = post(client, f"{road}/sequence", {"points": points}).get_data(as_text=True)
    seen = re.search(r'name="seen" value="([0-9a-f]{64})"', page)
    assert seen is not None
    assert numbers(sqlite_store) == before
    changed = post(client, f"{road}/sequence", {"points": points + "\n121.4098,29.6501", "seen": seen[1]})
    assert changed.status_code == 409
    assert "刚有变化" in changed.get_data(as_text=True)
    assert post(client, f"{road}/sequence", {"points": points, "seen": seen[1]}).status_code == 303
    assert len(numbers(sqlite_store)) >= len(before) + 3


def test_points_that_cannot_be_read_name_their_line(signed_in: SignIn, road: str) -> None:
    answer = post(signed_in("officer"), f"{road}/sequence", {"points": "121.4092, 29.6501\n不是点"})
    assert answer.status_code == 422
    assert "第 2 行读不懂" in answer.get_data(as_text=True)
    assert parse_points(" 121.5,29.5 \n") == [(121.5, 29.5)]
    with pytest.raises(UsageError):
        parse_points("121.5,29.5\n" * 401)


def test_rules_are_tried_on_the_strip_and_kept_with_their_source(
    signed_in: SignIn, sqlite_store: Store, small_register: Register, road: str
) -> None:
    client = signed_in("officer")
    tried = {"mode": "metric", "east_west_start": "west", "north_south_start": "south", "odd_side": "left", "one_sided": "both"}
    page = client.get(road, query_string={**tried, "spacing_m": "25", "reserve_every_m": "5"}).get_data(as_text=True)
    assert "还没有保存" in page
    assert "按距离（米）编" in page
    assert post(client, f"{road}/policy", {**tried, "policy_source": ""}).status_code == 422
    assert post(client, f"{road}/policy", {**tried, "policy_source": "样本会议纪要"}).status_code == 303
    with sqlite_store.reading() as session:
        kept = rules_of(session, find_place(session, small_register["place"]))
        assert (kept.mode, kept.east_west_start, kept.source, kept.confirmed) == ("metric", "west", "样本会议纪要", True)


def test_positions_that_are_none_are_explained(signed_in: SignIn, road: str) -> None:
    answer = signed_in("officer").get(f"{road}?lon=29.65&lat=121.4")
    assert answer.status_code == 422
    assert "ga-errors" in answer.get_data(as_text=True)


def test_a_door_dragged_to_its_place_moves_with_the_source_of_it(
    signed_in: SignIn, sqlite_store: Store, small_register: Register, road: str
) -> None:
    client = signed_in("officer")
    form = {"address_id": small_register["88"], "lon": "121.4070", "lat": "29.6499", "source": "对照现场"}
    assert post(client, f"{road}/door", {**form, "source": ""}).status_code == 400
    assert post(client, f"{road}/door", form).status_code == 303
    with sqlite_store.reading() as session:
        moved = session.get_one(StandardAddress, small_register["88"])
        assert (round(moved.geom.x, 4), moved.point_source) == (121.407, "对照现场")


def test_viewers_do_not_number(signed_in: SignIn, road: str) -> None:
    client = signed_in("viewer")
    assert client.get(road).status_code == 403
    assert post(client, f"{road}/number", {"number": "92"}).status_code == 403
