"""In a browser, through pages only: a verdict is explained, a name not found becomes an alias, and is taken back with what it caused."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from screenshots import keep
from served_district import PHONE, press

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
ALIAS = "样本老街"


def _an_address(page: Any) -> tuple[str, str]:
    """Return the label of a numbered address and the name of its road, read off the list of addresses."""
    page.goto("/map/addresses")
    labels = page.locator("main a", has_text=re.compile(r"(街道|镇)[\u4e00-\u9fff]{2,4}路\d+号$")).all_inner_texts()
    assert labels, "the list of addresses shows none on a road"
    label = labels[0].strip()
    road = re.search(r"(?:街道|镇)([\u4e00-\u9fff]{2,4}路)\d+号$", label)
    assert road is not None
    return label, road[1]


def _match(page: Any, text: str) -> str:
    page.goto("/match/")
    page.fill("#text", text)
    page.click("main button[type=submit]")
    page.wait_for_selector("#verdict")
    return str(page.get_attribute(".ga-verdict", "data-verdict"))


def test_a_verdict_is_explained_step_by_step_by_one_key(visitor: Callable[..., Any]) -> None:
    page = visitor("officer")
    label, _road = _an_address(page)
    assert _match(page, label.replace("号", "號")) == "A"
    page.locator("h1").click()
    press(page, "e")
    page.wait_for_selector(".ga-steps")
    text = page.inner_text(".ga-steps")
    assert "繁体改简体" in text
    assert "每一条规则都没有异议" in text
    assert label in text
    assert "?" not in page.url, "an address never travels in a URL"
    keep(page, "explain-1440")
    page.set_viewport_size(PHONE)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]
    page.click("a[lang=en]")
    page.wait_for_selector("text=How it comes about")


def test_a_name_not_found_becomes_an_alias_by_two_people_and_is_taken_back(visitor: Callable[..., Any]) -> None:
    officer, approver = visitor("officer"), visitor("approver")
    label, road = _an_address(officer)
    text = label.replace(road, ALIAS)
    assert _match(officer, text) in ("N", "C")
    officer.goto("/match/unknown/")
    officer.click(f"text={ALIAS}")
    officer.fill("#q", label[: label.index(road)].rpartition("区")[2] + road)
    officer.keyboard.press("Enter")
    officer.wait_for_load_state()
    named = officer.locator("a", has_text=re.compile(f"{road}$"))
    officer.locator(".ga-list .ga-row", has=named).first.locator("button").click()
    officer.wait_for_selector(".ga-replay")
    assert "提出建议的人不能自己采用" in officer.inner_text("main")
    approver.goto(officer.url)
    keep(approver, "alias-1440")
    press(approver, "a")
    approver.wait_for_selector("text=已采用，重新判定")
    assert _match(officer, text) == "B"
    approver.fill("#reason", "浏览器里试过，撤回")
    approver.click("text=连同它造成的改动一起撤回")
    approver.wait_for_selector("text=已撤回，重新判定")
    assert _match(officer, text) in ("N", "C")


def test_two_texts_are_compared_from_the_match_page(visitor: Callable[..., Any]) -> None:
    page = visitor("viewer")
    page.goto("/match/")
    page.click("summary:has-text('比较两个地址')")
    page.fill("#a", "奉化区肖桥路88号")
    page.fill("#b", "肖桥路86号")
    page.locator("details:has(#b) button").click()
    page.wait_for_selector("#relation")
    assert page.locator(".ga-evidence .is-diff").count() >= 1
