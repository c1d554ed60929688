"""Divisions and names in a browser, through pages only: a merged village by old code, old name and earlier date; a walk of names."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from screenshots import keep
from served_district import PHONE

sync_api = pytest.importorskip("playwright.sync_api")
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def find_division(page: Any, text: str, on: str = "") -> None:
    """Look a division up in the list, as an officer types it."""
    page.goto("/map/divisions")
    page.fill("#q", text)
    if on:
        page.fill("#on", on)
    page.click("main form.ga-filters button")


def test_a_merged_village_is_found_by_old_code_old_name_and_at_an_earlier_date(visitor: Callable[..., Any]) -> None:
    page = visitor("officer")
    for text in ("330213107212", "万一村"):
        find_division(page, text, on="2020-01-01")
        page.click("main tbody a:has-text('万一村')")
        sync_api.expect(page.locator("main")).to_contain_text("今天是")
        sync_api.expect(page.locator("main .ga-note a:has-text('万竹村')")).to_be_visible()
    keep(page, "division-merged-1440")
    page.click("main .ga-note a:has-text('万竹村')")
    sync_api.expect(page.locator("h1")).to_contain_text("万竹村")
    sync_api.expect(page.locator("main")).to_contain_text("万一村")
    find_division(page, "万竹", on="2019-06-01")
    sync_api.expect(page.locator("main")).to_contain_text("没有符合的记录")


def test_anybody_walks_through_a_collection_by_page_and_on_a_big_screen(visitor: Callable[..., Any]) -> None:
    page = visitor("")
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.goto("/collections")
    page.click("main a:has-text('剡源九曲')")
    page.click("text=大屏播放")
    sync_api.expect(page.locator(".cu-slide:visible")).to_have_count(1)  # until the page has found its feet all slides are there
    sync_api.expect(page.locator(".cu-slide:visible h1")).to_have_text("六诏村")
    page.keyboard.press("ArrowRight")
    sync_api.expect(page.locator(".cu-slide:visible h1")).to_have_text("上跸驻村")
    page.click("[data-step='-1']")
    sync_api.expect(page.locator(".cu-slide:visible h1")).to_have_text("六诏村")
    keep(page, "collection-screen-1920")


def test_the_page_of_a_name_fits_a_phone_and_leads_to_its_walk(visitor: Callable[..., Any]) -> None:
    page = visitor("", viewport=PHONE)
    page.goto("/collections")
    page.click("main a:has-text('鲒埼')")
    page.click("main .cu-stops a >> nth=0")
    sync_api.expect(page.locator("h1")).to_have_text("鲒埼村")
    sync_api.expect(page.locator("main")).to_contain_text(re.compile("汉书"))
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    keep(page, "name-390")
