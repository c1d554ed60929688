"""Divisions merge and split in a browser, through pages only, from proposal to announcement; a person settles what a split leaves open."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from procedure_steps import decide, send
from screenshots import keep
from served_district import PHONE, District
from sqlalchemy import select

from gazetteer.store.models import Division, StandardAddress

sync_api = pytest.importorskip("playwright.sync_api")
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

SURVIVOR, SOURCE = "330213108204", "330213108202"
"""Two villages of 松岙镇; no other browser test opens a procedure on them or on a name in them."""
SPLIT = "330213108001"
"""The residents' committee of 松岙镇, with a natural village in it; it, too, is this file's alone."""
PAPERS = {"basic_facts": "基本情况说明", "risk_report": "风险评估报告", "expert_report": "专家论证报告", "map": "区划图和方案示意图"}


def open_change(page: Any, unit: str, kind: str, **fields: str) -> str:
    """Open a change of a division from the page of that division, as an officer does; returns the address of the procedure."""
    page.goto(f"/map/division/{unit}")
    page.locator(f"main a[href*='kind={kind}']").click()
    page.wait_for_selector("[name=reason]")
    assert page.locator("[name=unit]").evaluate("one => one.selectedOptions[0].textContent").strip() != "请选择"
    for name, value in fields.items():
        page.fill(f"[name={name}]", value)
    page.locator("main form button.btn-primary").click()
    page.wait_for_selector(".ga-track")
    return str(page.url)


def add_papers(page: Any) -> None:
    """Attach what a change of divisions cannot be decided without, one by one, and enter what the public said."""
    for paper, title in PAPERS.items():
        page.locator("summary", has_text="上传附件").click()
        page.select_option("[name=paper]", paper)
        page.set_input_files(
            "#file", {"name": f"{title}.pdf", "mimeType": "application/pdf", "buffer": f"%PDF-1.7\n%{paper}\n%%EOF\n".encode()}
        )
        page.locator("form:has(#file) button.btn").click()
        page.wait_for_selector(f"text={title}.pdf")
    send(page, "consult", kind="public_opinion", text="样本意见：公示期内没有异议")


def label_in(district: District, code: str) -> str:
    """Return the address text of a door in the natural village of a unit of today."""
    with district.store.reading() as session:
        doors = select(StandardAddress.label).join(Division).where(Division.code == code, Division.valid_to.is_(None))
        return next(one for one in session.scalars(doors.order_by(StandardAddress.id)) if one.endswith("1号"))


def test_two_villages_merge_and_the_old_name_leads_to_the_new_one(visitor: Callable[..., Any], district: District) -> None:
    officer, approver = visitor("officer"), visitor("approver")
    old_door = label_in(district, SOURCE)
    here = open_change(
        officer, SURVIVOR, "division_merge", new_name="松合村", sources="街横村", code="330213108299", reason="两村连片，村民会议同意合并"
    )
    officer.wait_for_selector("h2:has-text('批准后会动到')")
    send(officer, "check")
    assert "材料不齐" in officer.inner_text("main")
    keep(officer, "merge-lacking-1440")
    approver.goto(here)
    assert "材料不齐" in approver.inner_text("main")
    add_papers(officer)
    assert "材料不齐" not in officer.inner_text("main")
    decide(officer, approver, here, "样本〔2026〕31号")
    keep(officer, "merge-1440")
    phone = visitor("officer", viewport=PHONE)
    phone.goto(here)
    assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    keep(phone, "merge-390")

    for text in ("街横村", SOURCE, "街一村"):
        officer.goto("/map/divisions")
        officer.fill("#q", text)
        officer.click("main form.ga-filters button")
        officer.locator("main tbody tr", has_text=re.compile("街横村|街一村")).filter(has_text="撤销").first.locator("a").click()
        officer.locator("main .ga-note a", has_text="松合村").click()
        sync_api.expect(officer.locator("h1")).to_contain_text("松合村")
    officer.goto("/match/")
    officer.fill("#text", old_door)
    officer.click("main button[type=submit]")
    officer.wait_for_selector("#verdict")
    assert "松合村" in officer.inner_text("main"), "an address under the old name is today's at once"
    found = officer.request.get("/9095/stname/listPub?stName=街横村委会&searchType=精确&page=1&size=10")
    assert "松合村" in found.text(), "and so it is for other systems"


def test_what_a_split_leaves_open_is_settled_by_a_person(visitor: Callable[..., Any], district: District) -> None:
    officer, approver = visitor("officer"), visitor("approver")
    parts = "松东社区居委会 330213108091\n松西社区居委会 330213108092"
    here = open_change(officer, SPLIT, "division_split", parts=parts, reason="居民增多，一分为二")
    send(officer, "check")
    add_papers(officer)
    decide(officer, approver, here, "样本〔2026〕32号")
    officer.locator("main a", has_text="去定归属").click()
    officer.wait_for_selector("[name=to]")
    things = officer.locator("main input[type=checkbox][name=places]")
    assert things.count() == 1
    assert officer.input_value("[name=to]") == "", "nothing is chosen for the person"
    officer.select_option("[name=to]", label="松西社区居委会 330213108092")
    officer.locator("main form:has([name=to]) button.btn-primary").click()
    sync_api.expect(officer.locator("main")).to_contain_text("请至少选择一项")
    assert officer.locator("[name=to] option:checked").inner_text() == "松西社区居委会 330213108092", "what was chosen is kept"
    keep(officer, "settling-1440")
    things.first.check()
    officer.locator("main form:has([name=to]) button.btn-primary").click()
    sync_api.expect(officer.locator(".ga-flash")).to_contain_text("已归入：1 处地名、8 个地址、0 个下级单位")
    assert "松岙居委会" not in officer.locator("main section").first.inner_text(), "nothing is left in it"
    officer.goto("/match/")
    officer.fill("#text", "奉化区松岙镇松岙居委会钱头1号")
    officer.click("main button[type=submit]")
    officer.wait_for_selector("#verdict")
    assert "松西社区" in officer.inner_text("main")
    phone = visitor("officer", viewport=PHONE)
    phone.goto("/map/settling/")
    assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    keep(phone, "settling-390")
