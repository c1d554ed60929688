"""Moves of a procedure as people make them on its page, for the browser tests that carry one through."""

from __future__ import annotations

from typing import Any


def send(page: Any, verb: str, **fields: str) -> None:
    """Fill and send one move of a procedure's page, opening its fold where it is not the next step, and saying yes where asked."""
    form = page.locator(f"form:has(input[name=verb][value={verb}])").first
    if not form.is_visible():
        form.locator("xpath=ancestor::details").locator("summary").click()
    for name, value in fields.items():
        field = form.locator(f"[name={name}]")
        if field.evaluate("one => one.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    asks = form.get_attribute("data-confirm")
    form.locator("button.btn").first.click()
    if asks:
        page.locator("dialog[open] .btn-primary").first.click()
    page.wait_for_load_state("networkidle")


def decide(officer: Any, approver: Any, here: str, decision_no: str) -> None:
    """Approve as a second person, file and announce as the first."""
    approver.goto(here)
    send(approver, "approve", decision_no=decision_no, authority="样本区人民政府", text="同意")
    approver.wait_for_selector("text=批准带来的变化")
    officer.goto(here)
    send(officer, "file", text="样本：已备案")
    send(officer, "announce", text="样本公告")
    assert "已公告" in officer.inner_text("main")
