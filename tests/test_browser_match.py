"""Journey A in a browser, through pages only: an address is matched, a doubtful link is decided, undone and counted truly."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from screenshots import keep
from served_district import PHONE, District, press

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def _an_address(page: Any) -> str:
    """Return the label of a numbered address, read off the list of addresses."""
    page.goto("/map/addresses")
    labels = page.locator("main a", has_text=re.compile(r"路\d+号$")).all_inner_texts()
    assert labels, "the list of addresses shows none on a road"
    return labels[0].strip()


def _match(page: Any, text: str) -> str:
    page.goto("/match/")
    page.fill("#text", text)
    page.click("main button[type=submit]")
    page.wait_for_selector("#verdict")
    return page.inner_text("main")


def test_an_address_as_written_by_people_is_found_with_its_evidence(visitor: Callable[..., Any]) -> None:
    page = visitor("officer")
    label = _an_address(page)
    exact = _match(page, label)
    assert label in exact
    noisy = label.replace("浙江省宁波市奉化区", "奉化市").replace("号", "號") + "（电联）"
    answer = _match(page, noisy)
    assert label in answer
    assert page.locator("#evidence").is_visible()
    assert "?" not in page.url, "an address never travels in a URL"
    page.wait_for_selector(".geoaddr-map canvas")
    keep(page, "match-1440")


def test_a_number_that_does_not_exist_is_never_found(visitor: Callable[..., Any]) -> None:
    page = visitor("officer")
    label = _an_address(page)
    answer = _match(page, re.sub(r"\d+号$", "98765号", label))
    assert page.locator("#evidence").count() == 0
    assert label not in answer.split("其他相近的条目")[0].split("候选")[0]


def test_nonsense_gets_an_honest_answer_and_nothing_is_lost(visitor: Callable[..., Any]) -> None:
    page = visitor("officer")
    answer = _match(page, '哈哈哈 {"a": 1} 😀')
    assert page.input_value("#text") == '哈哈哈 {"a": 1} 😀'
    assert page.locator("#evidence").count() == 0
    assert answer


def _left(page: Any) -> int:
    return int(re.search(r"还剩 (\d+) 条", page.inner_text("h1")).group(1))


def test_one_key_decides_brings_the_next_and_the_count_falls_by_one(visitor: Callable[..., Any], district: District) -> None:
    page = visitor("officer")
    page.goto("/cases/review/")
    before = _left(page)
    assert before > 2
    page.wait_for_selector(".ga-side .geoaddr-map canvas")
    keep(page, "review-1440")
    first = page.locator(".ga-queue a").first.inner_text()
    press(page, "d")
    page.locator("h1", has_text=f"还剩 {before - 1} 条").wait_for()
    assert page.locator(".ga-queue a").first.inner_text() != first
    press(page, "u")
    page.locator("h1", has_text=f"还剩 {before} 条").wait_for()


def test_counts_of_cases_add_up_and_lead_to_their_rows(visitor: Callable[..., Any]) -> None:
    page = visitor("officer")
    page.goto("/cases/")
    assert "elder" in page.content() or "老人" in page.inner_text("main")
    page.goto("/cases/?kind=elder&status=review")
    assert page.locator("main").inner_text()


def test_a_person_is_shown_only_after_stating_a_purpose(visitor: Callable[..., Any]) -> None:
    page = visitor("officer")
    page.goto("/cases/?kind=elder")
    page.locator("main table a, main .ga-list a").first.click()
    assert "样本甲" not in page.inner_text("main")
    assert "SAMPLE-" not in page.content()


def test_pages_read_well_on_a_phone(visitor: Callable[..., Any]) -> None:
    page = visitor("officer", viewport=PHONE)
    for path in ("/", "/match/", "/cases/", "/cases/review/", "/map/", "/plates/"):
        page.goto(path)
        width = page.evaluate("() => document.documentElement.scrollWidth")
        assert width <= PHONE["width"], f"{path} is {width} pixels wide"
