"""Roads merge and split in a browser, through pages only, from proposal to announcement; old addresses lead to today's at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from procedure_steps import decide, send
from screenshots import keep
from served_district import PHONE, District
from sqlalchemy import select

from gazetteer.store.models import PlaceName

sync_api = pytest.importorskip("playwright.sync_api")
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

SPLIT, GROWING, SHORT = "槐皋街", "坊墨路", "坊墨北路"
"""Roads that no other browser test opens a procedure on; the third is split off the second here before the two are merged."""


def place_page(officer: Any, name: str) -> None:
    """Open the page of a place from the list of places, as an officer looks for it."""
    officer.goto("/map/places")
    officer.fill("#q", name)
    officer.click("main form.ga-filters button")
    officer.locator("main tbody a", has_text=name).first.click()
    officer.wait_for_selector("h2:has-text('可以做什么')")


def open_plan(officer: Any, name: str, kind: str, **fields: str) -> None:
    """Fill in the form of a merger or split from the page of a place, and send it."""
    place_page(officer, name)
    officer.locator(f"main a[href*='kind={kind}']").click()
    officer.wait_for_selector("[name=reason]")
    fill(officer, **fields)


def fill(officer: Any, **fields: str) -> None:
    """Fill in fields of a form, ticking those given as ``1``, and send it."""
    for name, value in fields.items():
        field = officer.locator(f"main [name={name}]")
        field.check() if value == "1" else field.fill(value)
    officer.locator("main form.ga-form button.btn-primary").click()
    officer.wait_for_load_state("networkidle")


def attach(officer: Any, paper: str, title: str) -> None:
    """Attach one paper to the procedure that is open."""
    officer.locator("summary", has_text="上传附件").click()
    officer.select_option("[name=paper]", paper)
    officer.set_input_files("#file", {"name": f"{title}.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\n%%EOF\n"})
    officer.locator("form:has(#file) button.btn").click()
    officer.wait_for_selector(f"text={title}.pdf")


def carry_through(officer: Any, approver: Any, decision_no: str) -> str:
    """Check a procedure, add its papers, approve as a second person, file and announce; returns its address."""
    officer.wait_for_selector(".ga-track")
    here = str(officer.url)
    send(officer, "check")
    attach(officer, "assessment", "综合评估报告")
    send(officer, "consult", kind="public_opinion", text="样本意见：公示期内没有异议")
    assert officer.locator("form:has(input[name=verb][value=approve])").count() == 0, "who proposes may not approve"
    decide(officer, approver, here, decision_no)
    return here


def today_of(officer: Any, text: str) -> str:
    """Return what the match page answers to an address."""
    officer.goto("/match/")
    officer.fill("#text", text)
    officer.click("main button[type=submit]")
    officer.wait_for_selector("#verdict")
    return str(officer.inner_text("main"))


def figure(officer: Any, words: str) -> int:
    """Return the number of a figure on the page of a procedure."""
    return int(officer.locator(".ga-figures li", has_text=words).first.locator(".ga-figure-n").inner_text().replace(",", ""))


def on_phone(visitor: Callable[..., Any], path: str, name: str) -> None:
    """Look at a page on a phone: nothing goes beyond its edge."""
    phone = visitor("officer", viewport=PHONE)
    phone.goto(path)
    assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
    keep(phone, name)


def id_of(district: District, name: str) -> str:
    """Return the id of the place of this name, whatever its status."""
    with district.store.reading() as session:
        return session.scalars(select(PlaceName.id).where(PlaceName.standard_name == name).order_by(PlaceName.id)).one()


def test_a_road_is_split_in_two_and_its_doors_are_shared_out(visitor: Callable[..., Any], district: District) -> None:
    officer, approver = visitor("officer"), visitor("approver")
    old_id = id_of(district, SPLIT)
    open_plan(officer, SPLIT, "split", parts="槐皋东街 1-3\n槐皋西街 7-", reason="中段已拆除，两段不再相连")
    sync_api.expect(officer.locator(".ga-field:has([name=parts]) .ga-error")).to_contain_text("个地址不知归哪一处")
    assert "槐皋东街" in officer.input_value("[name=parts]"), "what was typed is kept"
    keep(officer, "split-refused-1440")
    fill(officer, parts="槐皋东街 1-6\n槐皋西街 7-")
    plan = officer.locator("main .ga-facts .ga-row")
    planned = [int("".join(filter(str.isdigit, one))) for one in plan.locator(".ga-row-end").all_inner_texts()]
    assert len(planned) == 2
    assert all(planned)
    assert sum(planned) == figure(officer, "地址换名")
    here = carry_through(officer, approver, "样本〔2026〕41号")
    assert figure(officer, "地址换名") == sum(planned)
    assert figure(officer, "门牌下单") + figure(officer, "旧牌待拆") > 0
    for index, count in enumerate(planned):
        officer.goto(here)
        plan.nth(index).locator(".ga-row-end a").click()
        officer.wait_for_load_state("networkidle")
        assert officer.locator("main tbody tr").count() == count, "the number is that of the rows it opens"
    officer.goto(here)
    keep(officer, "split-1440")
    on_phone(visitor, here, "split-390")

    east, west = today_of(officer, f"奉化区萧王庙街道{SPLIT}2号"), today_of(officer, f"奉化区萧王庙街道{SPLIT}10号")
    assert "槐皋东街2号" in east
    assert "槐皋西街10号" in west
    place_page(officer, "槐皋东街")
    officer.locator("main .ga-facts a", has_text=SPLIT).click()
    officer.wait_for_url(f"**/map/place/{old_id}")
    assert "槐皋东街" in officer.inner_text("main")
    assert "槐皋西街" in officer.inner_text("main")


def test_two_roads_merge_and_addresses_under_the_old_names_are_todays(visitor: Callable[..., Any], district: District) -> None:
    officer, approver = visitor("officer"), visitor("approver")
    open_plan(officer, GROWING, "split", parts=f"{SHORT} 5-", keeps="1", reason="北段另行命名")
    carry_through(officer, approver, "样本〔2026〕42号")

    open_plan(officer, GROWING, "merge", new_name="沅屿路", sources="昌石路", reason="两路连通")
    sync_api.expect(officer.locator(".ga-field:has([name=sources]) .ga-error")).to_contain_text("请先重新编号")
    keep(officer, "merge-roads-refused-1440")
    fill(officer, sources=SHORT, new_name="沅屿路")
    officer.wait_for_selector("h2:has-text('批准后会动到')")
    planned = figure(officer, "地址换名")
    assert planned == 13, "the doors of both roads change their name"
    here = carry_through(officer, approver, "样本〔2026〕43号")
    assert figure(officer, "地址换名") == planned
    officer.locator(".ga-figures a", has_text="门牌下单").click()
    officer.wait_for_load_state("networkidle")
    assert "沅屿路" in officer.inner_text("main"), "plates with the new name are ordered"
    officer.goto(here)
    keep(officer, "merge-roads-1440")
    on_phone(visitor, here, "merge-roads-390")

    for name, door in ((GROWING, "2号"), (GROWING, "8号"), (SHORT, "8号")):
        assert f"沅屿路{door}" in today_of(officer, f"奉化区锦屏街道{name}{door}"), (name, door)
    officer.goto("/map/")
    officer.fill("main form [name=q]", f"锦屏街道{SHORT}8号")
    officer.keyboard.press("Enter")
    sync_api.expect(officer.locator("main")).to_contain_text("沅屿路8号")
    place_page(officer, "沅屿路")
    facts = officer.locator("main .ga-facts").first
    assert GROWING in facts.inner_text(), "its former name"
    assert SHORT in officer.inner_text("main"), "what went into it"
    keep(officer, "merged-place-1440")
    on_phone(visitor, officer.url, "merged-place-390")
