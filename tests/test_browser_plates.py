"""Journey C in a browser, through pages only: a door gets a number, a plate, and is confirmed on a phone; anybody can read its page."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image
from screenshots import keep
from served_district import PHONE, District, press
from sqlalchemy import select

from gazetteer.store.models import PlaceName

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def _photo() -> bytes:
    kept = io.BytesIO()
    Image.effect_noise((640, 480), 60).convert("RGB").save(kept, "JPEG")
    return kept.getvalue()


def _beside_a_road(district: District) -> tuple[str, float, float]:
    """Return a road of the sample and a point eight metres beside its middle: where the officer will click the map."""
    roads = select(PlaceName).where(PlaceName.category == "road", PlaceName.status == "current", PlaceName.geom.is_not(None))
    with district.store.reading() as session:
        lines = [(road.geom.length, road.id, road.geom) for road in session.scalars(roads) if road.geom.geom_type == "LineString"]
    _, place_id, line = max(lines, key=lambda one: one[:2])
    point = line.interpolate(0.37, normalized=True)
    return place_id, round(point.x, 6), round(point.y + 0.00007, 6)


def test_a_door_is_numbered_plated_confirmed_on_a_phone_and_public(visitor: Callable[..., Any], district: District) -> None:
    road, lon, lat = _beside_a_road(district)
    officer = visitor("officer")
    officer.goto(f"/numbering/{road}")
    officer.wait_for_selector(".ga-strip svg")
    officer.locator("section[aria-labelledby=give] details").first.evaluate("one => one.open = true")
    officer.fill("input[name=lon]:visible", str(lon))
    officer.fill("input[name=lat]:visible", str(lat))
    officer.locator("section[aria-labelledby=give] form[method=get] button").first.click()
    officer.wait_for_selector("#proposed")
    keep(officer, "numbering-1440")
    number = re.search(r"\d+(?:-\d+)?", officer.locator("section[aria-labelledby=proposed] .ga-name").inner_text()).group()
    press(officer, "a")
    officer.locator(".ga-flash", has_text=f"{number}号").wait_for()

    officer.goto(f"/plates/missing?place={road}")
    label = officer.locator("main a", has_text=re.compile(rf"{number}号$")).first.inner_text().strip()
    officer.click("main form button.btn-primary")
    officer.wait_for_url("**/plates/orders/*")
    for verb in ("make", "receive"):
        officer.click(f"button[name=verb][value={verb}]")
        officer.wait_for_load_state("networkidle")
    with officer.expect_download() as download:
        officer.locator("a[href$='sheet.pdf']").first.click()
    assert download.value.path().read_bytes().startswith(b"%PDF")
    officer.click("button[name=verb][value=dispatch]")
    officer.wait_for_load_state("networkidle")
    order = officer.url
    serial = re.sub(r"\D", "", officer.locator(f"tr:has-text('{label}') td").last.inner_text())
    assert len(serial) == 16

    position = {"latitude": lat, "longitude": lon, "accuracy": 5}
    installer = visitor("installer", viewport=PHONE, has_touch=True, is_mobile=True, geolocation=position, permissions=["geolocation"])
    installer.goto("/field")
    installer.locator("#tasks li").first.wait_for()
    keep(installer, "field-390")
    installer.fill("#find-serial", serial)
    installer.click("#find button")
    installer.wait_for_selector("#view-visit:not([hidden])")
    assert label in installer.inner_text("#visit-address") or number in installer.inner_text("#visit-address")
    if installer.locator("#confirm").is_disabled():
        installer.locator("#step-serial details summary").click()
        installer.fill("#typed-serial", serial)
        installer.click("#typed button")
    installer.set_input_files("#photo-file", {"name": "door.jpg", "mimeType": "image/jpeg", "buffer": _photo()})
    installer.wait_for_selector("#confirm:not([disabled])", timeout=60_000)
    keep(installer, "field-visit-390")
    with installer.expect_response("**/field/visits", timeout=60_000) as receipt:
        installer.click("#confirm")
    assert receipt.value.ok
    installer.wait_for_selector("#queue-count:has-text('都已送出')", timeout=60_000)

    officer.goto(f"/plates/{serial}")
    assert "已验收" in officer.inner_text("main")
    officer.goto(order)
    anybody = visitor(viewport=PHONE)
    anybody.goto(f"/p/{serial}")
    shown = anybody.inner_text("body")
    assert number in shown
    assert not re.search("样本(安装员|地名员|甲|乙|丙)", shown), "nobody's name is on a plate's page"
    keep(anybody, "plate-390")


def test_a_made_up_serial_is_answered_kindly(visitor: Callable[..., Any]) -> None:
    anybody = visitor(viewport=PHONE)
    answer = anybody.goto("/p/3302130099999999")
    assert answer.status == 404
    assert len(anybody.inner_text("body")) > 20


def test_coverage_is_shown_as_map_and_table(visitor: Callable[..., Any]) -> None:
    officer = visitor("officer")
    officer.goto("/plates/coverage")
    officer.wait_for_selector(".geoaddr-map canvas")
    keep(officer, "coverage-1440")
    assert "%" in officer.inner_text("main table")
