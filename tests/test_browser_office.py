"""Officers at work in a real browser: numbers from a click on the map, findings decided by keyboard."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from register_rows import add_road
from served_district import press
from web_fixtures import PASSWORD
from werkzeug.serving import make_server

from gazetteer.names.audit import audit
from gazetteer.people import create_user
from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM
from gazetteer.store.models import Division, Finding, StandardAddress

sync_api = pytest.importorskip("playwright.sync_api")
CHROMIUM = Path("/usr/bin/chromium")

pytestmark = [pytest.mark.browser, pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium on this machine")]


@pytest.fixture
def desk(web_app: APIFlask, sqlite_store: Store, small_register: dict[str, str], chromium: Any) -> Iterator[Any]:
    """An officer's browser, signed in; fails where a page breaks its content policy or a script fails."""
    with sqlite_store.transaction() as session:
        create_user(session, "officer-1", "样本地名员", "officer", PASSWORD, actor=SYSTEM)
    server = make_server("127.0.0.1", 0, web_app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    page = chromium.new_page(viewport={"width": 1440, "height": 900}, base_url=f"http://127.0.0.1:{server.server_port}", locale="zh-CN")
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if "Content Security Policy" in line.text else None)
    page.goto("/sign-in")
    page.fill("[name=username]", "officer-1")
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url("**/")
    yield page
    page.close()
    server.shutdown()
    server.server_close()
    assert complaints == []


def drawn(page: Any, url: str) -> Any:
    """Open a page with a map and return the map once it has drawn what it was given."""
    page.goto(url)
    box = page.locator(".geoaddr-map[data-drawn] canvas").first
    sync_api.expect(box).to_be_visible()
    page.wait_for_timeout(500)
    return page.locator(".geoaddr-map").first


def test_a_click_on_the_map_proposes_a_number_and_a_key_gives_it(desk: Any, sqlite_store: Store, small_register: dict[str, str]) -> None:
    box = drawn(desk, f"/numbering/{small_register['place']}").bounding_box()
    desk.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2 - 30)
    desk.wait_for_url(re.compile(r"lon=121\.4"))
    heading = desk.locator("section[aria-labelledby=proposed] .ga-name").inner_text()
    number = heading.replace("号", "").strip()
    sync_api.expect(desk.locator(".ga-strip .is-proposed text")).to_have_text(number)
    press(desk, "a")
    sync_api.expect(desk.locator(".ga-flash")).to_contain_text(f"已编：浙江省宁波市奉化区西坞街道肖桥路{number}号")
    with sqlite_store.reading() as session:
        assert session.query(StandardAddress).filter_by(place_id=small_register["place"]).count() == 4


def test_findings_are_put_off_undone_and_walked_through_by_keyboard(desk: Any, sqlite_store: Store, small_register: dict[str, str]) -> None:
    with sqlite_store.transaction() as session:
        division = session.get_one(Division, small_register["division"])
        for name in ("曼哈顿路", "全国第一街"):
            add_road(session, division, name)
        audit(session, actor=SYSTEM)
        first, second = (one.id for one in session.query(Finding).order_by(Finding.id).limit(2))
    desk.goto(f"/names/findings/{first}")
    press(desk, "j")
    desk.wait_for_url(f"**/{second}")
    press(desk, "k")
    desk.wait_for_url(f"**/{first}")
    press(desk, "f")
    sync_api.expect(desk.locator(".ga-flash")).to_contain_text("暂缓处理")
    desk.wait_for_url(f"**/{second}")
    press(desk, "u")
    sync_api.expect(desk.locator(".ga-flash")).to_contain_text("已撤销")
    desk.wait_for_url(f"**/{first}")
    press(desk, "d")
    sync_api.expect(desk.locator("#reason")).to_be_focused()
    desk.keyboard.type("沿用多年")
    desk.keyboard.press("Escape")
    press(desk, "d")
    sync_api.expect(desk.locator(".ga-flash")).to_contain_text("判不成立")
    with sqlite_store.reading() as session:
        assert session.get_one(Finding, first).reason == "沿用多年"
