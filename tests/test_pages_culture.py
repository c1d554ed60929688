"""The pages of the culture of names: open to everybody to read, to officers to write."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO

import pytest
import shapely
from flask.testing import FlaskClient
from page_rows import small_photo
from register_rows import add_road
from web_fixtures import post

from gazetteer.culture.collections import create_collection, edit_collection, publish_collection
from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM
from gazetteer.store.models import Division
from gazetteer.workflow import change, move

SignIn = Callable[[str], FlaskClient]


@pytest.fixture
def walk(sqlite_store: Store, small_register: dict[str, str]) -> str:
    """A published collection that stops at the road and its village; its id."""
    with sqlite_store.transaction() as session:
        made = create_collection(session, "桥的名字", actor=SYSTEM)
        stops = [{"id": small_register["place"], "caption": "第一座"}, {"id": small_register["division"], "caption": "村"}]
        edit_collection(session, made.id, actor=SYSTEM, title="桥的名字", intro="三座桥", stops=stops)
        publish_collection(session, made.id, actor=SYSTEM)
        return made.id


def test_anybody_reads_a_name_and_a_collection(web_client: FlaskClient, small_register: dict[str, str], walk: str) -> None:
    page = web_client.get(f"/n/{small_register['place']}").get_data(as_text=True)
    assert "Xiaoqiao Lu" in page
    assert "还没有人记下它的来历" in page
    assert "补充讲述" not in page
    assert f"/collections/{walk}" in page
    assert "桥的名字" in web_client.get("/collections").get_data(as_text=True)
    assert "第一座" in web_client.get(f"/collections/{walk}").get_data(as_text=True)
    screen = web_client.get(f"/collections/{walk}/screen").get_data(as_text=True)
    assert len(re.findall('class="cu-slide"', screen)) == 2
    assert web_client.get(f"/n/{small_register['division']}").status_code == 200
    assert web_client.get("/n/nothing").status_code == 404


def test_a_name_nobody_approved_is_for_officers_only(
    web_client: FlaskClient, signed_in: SignIn, sqlite_store: Store, small_register: dict[str, str]
) -> None:
    with sqlite_store.transaction() as session:
        proposed = add_road(session, session.get_one(Division, small_register["division"]), "锦溪路")
        move(session, proposed, "unenact", actor=SYSTEM)
    here = f"/n/{proposed.id}"
    assert [web_client.get(f"{here}{ending}").status_code for ending in ("", ".jsonld")] == [404, 404]
    assert web_client.get(f"/9095/stname/detailsPub?id={proposed.id}").status_code == 404
    assert "锦溪路" in signed_in("officer").get(here).get_data(as_text=True)


def test_an_order_no_list_has_is_refused(signed_in: SignIn, small_register: dict[str, str], walk: str) -> None:
    form = {"title": "桥的名字", "stop-id": small_register["place"], "stop-order": "9" * 5_000, "stop-caption": ""}
    assert post(signed_in("officer"), f"/culture/collections/{walk}", form).status_code == 400


def test_a_draft_is_for_officers_only(
    web_client: FlaskClient, signed_in: SignIn, sqlite_store: Store, small_register: dict[str, str]
) -> None:
    with sqlite_store.transaction() as session:
        draft = create_collection(session, "草稿", actor=SYSTEM).id
    assert web_client.get(f"/collections/{draft}").status_code == 404
    assert "草稿，还没有公开" in signed_in("officer").get(f"/collections/{draft}").get_data(as_text=True)
    assert signed_in("viewer").get("/culture/").status_code == 403


def test_an_officer_tells_a_story_with_a_picture_and_takes_it_back(
    web_client: FlaskClient, signed_in: SignIn, small_register: dict[str, str]
) -> None:
    officer, url = signed_in("officer"), f"/culture/names/{small_register['place']}"
    refused = post(officer, url, {"kind": "origin", "text": "村口有小桥"})
    assert refused.status_code == 400
    assert "村口有小桥" in refused.get_data(as_text=True)
    assert post(officer, url, {"kind": "origin", "text": "村口有小桥", "oral": "1"}).status_code == 303
    picture = {"kind": "picture", "text": "小桥", "source": "自摄", "photo": (BytesIO(small_photo()), "bridge.jpg")}
    assert post(officer, url, picture).status_code == 303
    page = web_client.get(f"/n/{small_register['place']}").get_data(as_text=True)
    assert "村口有小桥" in page
    assert "口述" in page
    shown = re.search(r"/n/pictures/[0-9a-f]{64}\.jpg", page)
    assert shown is not None
    assert web_client.get(shown.group()).mimetype == "image/jpeg"
    story = re.search(r'action="(/culture/stories/[^"]+)"', officer.get(url).get_data(as_text=True))
    assert story is not None
    assert post(officer, story.group(1), {"do": "take_back", "reason": "记错了"}).status_code == 303
    assert "村口有小桥" not in web_client.get(f"/n/{small_register['place']}").get_data(as_text=True)


def test_an_officer_makes_a_collection_through_pages(web_client: FlaskClient, signed_in: SignIn, small_register: dict[str, str]) -> None:
    officer = signed_in("officer")
    assert post(officer, "/culture/", {"title": ""}).status_code == 400
    made = post(officer, "/culture/", {"title": "桥与村"}).headers["Location"]
    filled = {"title": "桥与村", "stop-id": small_register["place"], "stop-order": "10", "stop-caption": "一座桥"}
    assert post(officer, made, {**filled, "stop-order": "x"}).status_code == 400
    assert post(officer, made, filled).status_code == 303
    published = post(officer, made + "/publish", {"to": "published"})
    assert published.status_code == 303
    assert "一座桥" in web_client.get(published.headers["Location"]).get_data(as_text=True)
    assert post(officer, made + "/publish", {"to": "draft"}).status_code == 303
    assert web_client.get(published.headers["Location"]).status_code == 404


def test_a_name_is_handed_out_as_linked_place(web_client: FlaskClient, small_register: dict[str, str]) -> None:
    answer = web_client.get(f"/n/{small_register['place']}.jsonld")
    assert answer.mimetype == "application/ld+json"
    assert answer.get_json(force=True)["properties"]["title"] == "肖桥路"


def test_the_page_of_a_unit_shows_its_whole_outline(web_client: FlaskClient, sqlite_store: Store, small_register: dict[str, str]) -> None:
    with sqlite_store.transaction() as session:
        village = session.get_one(Division, small_register["division"])
        change(session, village, actor=SYSTEM, verb="outlined", to={"geom": shapely.box(121.38, 29.60, 121.42, 29.70)})
    page = web_client.get(f"/n/{small_register['division']}").get_data(as_text=True)
    (outline,) = re.findall(r'class="own-area" d="M([^"]+)"', page)
    points = [tuple(map(float, pair.split())) for pair in outline.split("L")]
    assert all(0 <= x <= 360 and 0 <= y <= 250 for x, y in points)
    assert max(y for _x, y in points) - min(y for _x, y in points) > 200
    road = web_client.get(f"/n/{small_register['place']}").get_data(as_text=True)
    assert 'class="own-road"' in road


def test_a_collection_shows_its_way_on_a_map_and_the_screen_where_it_stands(
    web_client: FlaskClient, sqlite_store: Store, small_register: dict[str, str], walk: str
) -> None:
    with sqlite_store.transaction() as session:
        village = session.get_one(Division, small_register["division"])
        change(session, village, actor=SYSTEM, verb="outlined", to={"geom": shapely.box(121.42, 29.68, 121.44, 29.70)})
    page = web_client.get(f"/collections/{walk}").get_data(as_text=True)
    (way,) = re.findall(r'class="way" d="M([^"]+)"', page)
    (first, second) = [tuple(map(float, pair.split())) for pair in way.split("L")]
    assert first[0] < second[0], "the village lies east of the road"
    assert first[1] > second[1], "and north of it"
    assert page.count('<text class="n"') == 2
    screen = web_client.get(f"/collections/{walk}/screen").get_data(as_text=True)
    assert screen.count('class="is-here"') == 2
