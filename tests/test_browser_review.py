"""The officers' desk in a browser: twenty doubts cleared by keyboard, and a rename with its papers printed, through pages only."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from docx import Document
from screenshots import keep
from served_district import District, press
from sqlalchemy import select

from gazetteer.store.models import NamingProcedure, PlaceName

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
CLEARED = 20


def _total(page: Any) -> int:
    found = re.search(r"共 (\d+) 条", page.inner_text(".ga-paging"))
    assert found is not None
    return int(found[1])


def _road_nobody_renames(district: District) -> tuple[str, str]:
    """Return name and id of a road that no other test of the shared district has opened a procedure for."""
    with district.store.reading() as session:
        taken = select(NamingProcedure.place_id).where(NamingProcedure.place_id.is_not(None))
        roads = select(PlaceName).where(PlaceName.category == "road", PlaceName.status == "current", PlaceName.id.not_in(taken))
        road = session.scalars(roads.order_by(PlaceName.id)).first()
        assert road is not None
        return road.standard_name, road.id


def _send(page: Any, verb: str, **fields: str) -> None:
    form = page.locator(f"form:has(input[name=verb][value={verb}])").first
    if not form.is_visible():
        form.locator("xpath=ancestor::details").locator("summary").click()
    for name, value in fields.items():
        form.locator(f"[name={name}]").fill(value)
    asks = form.get_attribute("data-confirm")
    form.locator("button.btn").first.click()
    if asks:
        page.locator("dialog[open] .btn-primary").first.click()
    page.wait_for_load_state("networkidle")


def test_an_officer_clears_twenty_doubts_by_keyboard(visitor: Callable[..., Any]) -> None:
    page = visitor("officer")
    page.goto("/names/?status=open")
    before = _total(page)
    assert before >= CLEARED, "the sample has doubts enough"
    press(page, "j")
    page.keyboard.press("Enter")
    page.wait_for_selector("blockquote")
    for at in range(CLEARED):
        here = page.url
        if at % 4 == 0:
            page.fill("[name=reason]", "沿用多年，约定俗成")
            page.keyboard.press("Escape")
            press(page, "d")
        else:
            press(page, "f")
        page.wait_for_url(lambda url, here=here: url != here)
        page.wait_for_selector("blockquote")
    keep(page, "review-1440")
    page.goto("/names/?status=open")
    assert _total(page) == before - CLEARED, "the count falls by as many as were decided"
    page.go_back()
    page.wait_for_selector("blockquote")
    page.goto("/names/?status=deferred")
    page.locator("[data-review-list] a").first.click()
    page.wait_for_selector("blockquote")
    press(page, "u")
    page.wait_for_load_state("networkidle")
    page.goto("/names/?status=open")
    assert _total(page) == before - CLEARED + 1, "what was taken back waits again"


def test_many_are_put_off_after_a_look_and_brought_back(visitor: Callable[..., Any]) -> None:
    page = visitor("officer")
    page.goto("/names/?status=open&class=重")
    before = _total(page)
    page.get_by_role("link", name="暂缓处理").click()
    page.wait_for_selector("input[name=seen]", state="attached")
    page.locator("main form button.btn-primary").click()
    page.wait_for_selector(".ga-undo button")
    assert page.locator("[data-review-list] a").count() == 0
    page.locator(".ga-undo button").click()
    page.wait_for_selector("[data-review-list]")
    assert _total(page) == before


def test_a_rename_runs_to_its_announcement_with_its_papers_printed(visitor: Callable[..., Any], district: District, tmp_path: Path) -> None:
    officer = visitor("officer", accept_downloads=True)
    name, id_ = _road_nobody_renames(district)
    officer.goto(f"/names/list?category=road&q={name}")
    officer.locator(f"a[href*='/procedures/new?place={id_}']").first.click()
    officer.fill("[name=new_name]", "霁月路")
    officer.fill("[name=reason]", "群众反映读音易混，拟改用附近山名")
    officer.locator("main form button.btn-primary").click()
    officer.wait_for_selector(".ga-track")
    here = officer.url
    _send(officer, "check")
    officer.locator("summary", has_text="上传附件").click()
    officer.select_option("[name=paper]", "assessment")
    officer.set_input_files("#file", {"name": "综合评估报告.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\n%%EOF\n"})
    officer.locator("form:has(#file) button.btn").click()
    officer.wait_for_selector("text=综合评估报告.pdf")

    approver = visitor("approver")
    approver.goto(here)
    _send(approver, "approve", decision_no="样本〔2026〕21号", authority="样本区人民政府")
    officer.goto(here)
    _send(officer, "file", text="已报")
    _send(officer, "announce", text="样本公告")
    assert "已公告" in officer.inner_text("main")
    keep(officer, "papers-1440")
    with officer.expect_download() as waiting:
        officer.get_by_role("link", name="全部下载").click()
    saved = tmp_path / "papers.zip"
    waiting.value.save_as(saved)
    with ZipFile(saved) as archive:
        names = archive.namelist()
        announcement = next(name for name in names if "公告" in name)
        document = Document(BytesIO(archive.read(announcement)))
    cells = {cell.text for table in document.tables for row in table.rows for cell in row.cells}
    assert {"霁月路", "Jiyue Lu", "样本区人民政府", "样本〔2026〕21号"} <= cells
    assert names[0].endswith(".pdf")
    assert len(names) == 8, "every paper of a renaming and one print of all"

    phone = visitor("officer", viewport={"width": 390, "height": 844})
    for path in (here, "/names/procedures/timetable", "/names/bulk", "/names/"):
        phone.goto(path)
        phone.wait_for_load_state("networkidle")
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390, path
    keep(phone, "procedure-390")
