"""Journey B in a browser, through pages only: a flagged name is renamed by two people, filed, announced, and everything follows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from procedure_steps import send
from screenshots import keep
from served_district import District, press

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
NEW_SPECIFICS = ("云溪", "竹影", "柏山", "清沅", "雁湖")


def _clean_name(page: Any, generic: str) -> str:
    """Find a proposed name that the planner's check passes, as an officer would."""
    for specific in NEW_SPECIFICS:
        page.goto("/names/check")
        page.fill("[name=name]", specific + generic)
        page.select_option("[name=kind]", "road" if generic in ("路", "街", "大道") else "estate")
        page.click("main form button.btn-primary")
        page.wait_for_load_state("networkidle")
        if not page.locator("main .ga-quote, main blockquote").count():
            return specific + generic
    raise AssertionError("no proposed name passes")


def test_a_flagged_name_goes_from_finding_to_announcement_and_everything_follows(visitor: Callable[..., Any], district: District) -> None:
    officer = visitor("officer")
    officer.goto("/names/")
    officer.wait_for_load_state("networkidle")
    keep(officer, "names-1440")
    before = officer.inner_text("main")
    officer.locator("main [data-review-list] a", has_text="大道").first.click()
    officer.wait_for_selector("blockquote")
    finding_url = officer.url
    old_name = officer.locator("h1").inner_text().strip()
    assert "条例" in officer.inner_text("blockquote") or "办法" in officer.inner_text("blockquote") or officer.inner_text("blockquote cite")
    new_name = _clean_name(officer, "路")
    officer.goto(finding_url)
    officer.locator("a[href*='/procedures/new'], a[href*='procedures'] >> text=立案").first.click()
    officer.wait_for_selector("[name=new_name]")
    officer.fill("[name=new_name]", new_name)
    officer.fill("[name=reason]", "名称不规范，按清理整治要求更名")
    officer.click("main form button.btn-primary")
    officer.wait_for_selector(".ga-track")
    procedure_url = officer.url
    send(officer, "check")
    send(officer, "consult", kind="expert_opinion", text="样本意见：同意")
    assert officer.locator("form:has(input[name=verb][value=approve])").count() == 0, "who proposes may not approve"

    approver = visitor("approver")
    approver.goto(procedure_url)
    send(approver, "approve", decision_no="样本〔2026〕2号", authority="样本区人民政府", text="同意更名")
    approver.wait_for_selector("text=批准带来的变化")
    keep(approver, "procedure-1440")
    officer.goto(procedure_url)
    send(officer, "file", text="已在样本库备案")
    send(officer, "announce", text="样本公告")
    assert "已公告" in officer.inner_text("main")

    officer.goto("/match/")
    officer.fill("#text", f"奉化区{old_name}")
    officer.click("main button[type=submit]")
    officer.wait_for_selector("#verdict")
    assert new_name in officer.inner_text("main"), "the old name leads to the new one at once"
    officer.goto("/names/")
    assert officer.inner_text("main") != before
    assert old_name not in officer.locator("[data-review-list]").inner_text()


def test_a_finding_is_dismissed_by_key_with_a_reason_and_brought_back(visitor: Callable[..., Any]) -> None:
    page = visitor("officer")
    page.goto("/names/")
    page.locator("main [data-review-list] a").first.click()
    page.wait_for_selector("blockquote")
    name = page.locator("h1").inner_text()
    page.fill("[name=reason]", "历史名称，约定俗成")
    page.locator("h1").evaluate("() => document.activeElement.blur()")
    press(page, "d")
    page.get_by_text("撤销").first.wait_for()
    page.goto("/names/?status=dismissed")
    assert name.strip() in page.inner_text("main")
    page.locator("main [data-review-list] a", has_text=name.strip()).first.click()
    page.locator("form[action*=undo] button").first.click()
    page.wait_for_load_state("networkidle")
    page.goto("/names/?status=dismissed")
    assert name.strip() not in page.inner_text("main")


def test_a_planner_sees_what_speaks_against_a_proposed_name(visitor: Callable[..., Any]) -> None:
    page = visitor("officer")
    page.goto("/names/check")
    page.fill("[name=name]", "曼哈顿国际广场")
    page.select_option("[name=kind]", "estate")
    page.click("main form button.btn-primary")
    page.wait_for_load_state("networkidle")
    assert "曼哈顿" in page.inner_text("main")
    assert "条" in page.inner_text("main")


def test_a_doubt_is_accepted_without_the_mouse_and_the_next_of_the_queue_comes(visitor: Callable[..., Any]) -> None:
    page = visitor("officer")
    page.goto("/names/?status=open&severity=warns")
    press(page, "j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/findings/**")
    first = page.locator("h1").inner_text()
    press(page, "a")
    page.wait_for_url("**/procedures/new?**")
    page.wait_for_function("document.activeElement.name === 'new_name'")
    page.keyboard.type("柏山沅里")
    page.keyboard.press("Enter")
    page.wait_for_selector(".ga-track")
    assert first in page.inner_text("h1")
    press(page, "j")
    page.wait_for_url("**/findings/**")
    assert "status=open" in page.url
    assert "severity=warns" in page.url
