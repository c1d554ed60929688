"""What the office pages' scripts promise, in a real browser: keys, questions, one send, the CSRF header, the map."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

sync_api = pytest.importorskip("playwright.sync_api")

CHROMIUM = Path("/usr/bin/chromium")
STATIC = Path(__file__).resolve().parent.parent / "web" / "static"
SITE = "http://127.0.0.1:9"
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
)
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".json": "application/json"}
PACKAGES = json.loads((STATIC / "vendor/vendor.json").read_text(encoding="utf-8"))["packages"]
FEATURES = {
    "type": "FeatureCollection",
    "features": [
        {"type": "Feature", "id": "a1", "geometry": {"type": "Point", "coordinates": [121.40, 29.65]},
         "properties": {"layer": "address", "title": "肖桥路88号", "text": "<b>现行</b>", "url": "/addresses/a1"}},
        {"type": "Feature", "geometry": {"type": "LineString", "coordinates": [[121.39, 29.64], [121.41, 29.66]]},
         "properties": {"layer": "road", "label": "肖桥路", "title": "肖桥路", "url": "https://elsewhere.example/x"}},
    ],
}  # fmt: skip

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium on this machine")


def vendor(package: str, file: str) -> str:
    return f"/static/{PACKAGES[package]['files'][file]['path']}"


def page_with(body: str, head: str = "") -> str:
    return f"""<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="csrf-token" content="tok-1">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{vendor("bootstrap", "bootstrap.min.css")}"><link rel="stylesheet" href="/static/css/geoaddr.css">
<script src="{vendor("htmx.org", "htmx.min.js")}" defer></script>{head}<script type="module" src="/static/js/app.js"></script>
<script type="module" src="/static/js/keys.js"></script></head><body class="ga-app"><main class="ga-main">{body}</main></body></html>"""


class Site:
    """A site made of one page, the static files, and a record of what was sent to it."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.html = ""
        self.sent: list[tuple[str, dict[str, str], dict[str, list[str]]]] = []
        self.complaints: list[str] = []
        page.route("**/*", self.answer)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda m: self.complaints.append(m.text) if m.type == "error" else None)

    def answer(self, route: Any) -> None:
        request = route.request
        path = request.url.removeprefix(SITE).split("?")[0]
        headers = {"Content-Security-Policy": POLICY}
        if request.method != "GET":
            self.sent.append((path, request.headers, parse_qs(request.post_data or "")))
            route.fulfill(body="<p>做完了</p>", content_type="text/html; charset=utf-8", headers=headers)
        elif path.startswith("/static/"):
            file = STATIC / path[8:]
            route.fulfill(body=file.read_bytes(), content_type=TYPES.get(file.suffix, "application/octet-stream"))
        elif path == "/data.geojson":
            route.fulfill(json=FEATURES)
        elif request.url.startswith(SITE):
            body = self.html if path == "/" else f"<p id='arrived'>{path}</p>"
            route.fulfill(body=body, content_type="text/html; charset=utf-8", headers=headers)
        else:
            self.complaints.append(f"left the site: {request.url}")
            route.abort()

    def show(self, body: str, head: str = "") -> Any:
        self.html = page_with(body, head)
        self.page.goto(SITE + "/")
        return self.page


@pytest.fixture
def site(chromium: Any) -> Iterator[Site]:
    context = chromium.new_context(locale="zh-CN")
    made = Site(context.new_page())
    yield made
    context.close()
    assert made.complaints == []


REVIEW = """<input id="box" data-search><ul data-review-list><li><a href="/c1">一</a></li><li><a href="/c2">二</a></li></ul>
<form method="post" action="/accept"><button data-key="a">采纳 <kbd>a</kbd></button></form><a href="/names" data-go="n">地名</a>"""


def test_keys_move_through_a_list_go_to_pages_and_never_fire_while_typing(site: Site) -> None:
    page = site.show(REVIEW)
    page.keyboard.press("/")
    page.keyboard.type("ajgn?")
    assert page.input_value("#box") == "ajgn?"
    assert site.sent == []
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    sync_api.expect(page.locator("text=一")).to_be_focused()
    page.keyboard.press("j")
    sync_api.expect(page.locator("text=二")).to_be_focused()
    page.keyboard.press("k")
    sync_api.expect(page.locator("text=一")).to_be_focused()
    page.keyboard.press("g")
    page.keyboard.press("n")
    sync_api.expect(page.locator("#arrived")).to_have_text("/names")


def test_the_question_mark_lists_the_keys_of_this_page(site: Site) -> None:
    page = site.show(REVIEW)
    page.keyboard.press("?")
    sync_api.expect(page.locator("dialog dd")).to_have_text(["下一条", "上一条", "采纳", "搜索", "地名", "显示本表"])
    page.keyboard.press("a")
    assert site.sent == []


def test_a_question_is_asked_before_a_form_is_sent_and_no_means_no(site: Site) -> None:
    page = site.show('<form method="post" action="/drop" data-confirm="真的删除吗？" data-confirm-yes="删除"><button>删</button></form>')
    page.click("text=删")
    sync_api.expect(page.locator("dialog p")).to_have_text("真的删除吗？")
    page.click("dialog >> text=取消")
    assert site.sent == []
    page.click("form button")
    page.click("dialog button >> text=删除")
    sync_api.expect(page.locator("text=做完了")).to_be_visible()
    assert [path for path, *_ in site.sent] == ["/drop"]


def test_a_form_is_sent_once_with_a_key_of_its_own(site: Site) -> None:
    form = '<form id="f" hx-post="/save" hx-target="#out" data-once><input name="x" value="1"><button>存</button></form>'
    page = site.show(form + '<div id="out"></div>')
    page.evaluate("() => { const b = document.querySelector('#f button'); b.click(); b.click(); b.click(); }")
    sync_api.expect(page.locator("#out")).to_have_text("做完了")
    [(path, headers, values)] = site.sent
    assert path == "/save"
    assert headers["x-csrftoken"] == "tok-1"
    assert len(values["idempotency_key"][0]) == 36
    page.click("text=存")
    page.wait_for_timeout(300)
    assert len(site.sent) == 2
    assert site.sent[1][2]["idempotency_key"] != values["idempotency_key"]


def test_an_htmx_question_uses_our_dialog(site: Site) -> None:
    page = site.show('<button hx-post="/retire" hx-target="#out" hx-confirm="停用吗？">停用</button><div id="out"></div>')
    page.click("text=停用")
    page.click("dialog >> text=确定")
    sync_api.expect(page.locator("#out")).to_have_text("做完了")


def test_undo_counts_down_and_goes_when_the_time_is_over(site: Site) -> None:
    undo = '<span class="ga-undo"><span class="ga-undo-left"></span><button>撤销</button></span>'
    box = '<div class="ga-flash" data-undo-until="{}">' + undo + "</div>"
    page = site.show(box.format("2999-01-01T00:00:00Z") + box.format("2020-01-01T00:00:00Z"))
    sync_api.expect(page.locator(".ga-undo-left").first).to_contain_text("还可撤销")
    sync_api.expect(page.locator(".ga-undo-left").last).to_have_text("撤销时间已过")
    sync_api.expect(page.locator(".ga-undo button")).to_have_count(1)


MAP_HEAD = (
    f'<link rel="stylesheet" href="{vendor("ol", "ol.css")}"><script src="{vendor("ol", "ol.js")}" defer></script>'
    '<script type="module" src="/static/js/map.js"></script>'
)


def test_a_map_shows_data_answers_clicks_and_shows_text_as_text(site: Site) -> None:
    page = site.show(
        '<input id="lon"><input id="lat"><div id="m" class="geoaddr-map" data-src="/data.geojson" data-legend></div>'
        '<div id="e" class="geoaddr-map" data-lon="121.4" data-lat="29.65" data-lon-input="#lon" data-lat-input="#lat"></div>', MAP_HEAD,
    )  # fmt: skip
    sync_api.expect(page.locator("#m .ga-legend li")).to_have_text(["地址", "街路巷"])
    page.focus("#m")
    page.keyboard.press("]")
    sync_api.expect(page.locator("#m .ga-popup")).to_contain_text("<b>现行</b>")
    sync_api.expect(page.locator("#m .ga-popup a")).to_have_attribute("href", f"{SITE}/addresses/a1")
    page.keyboard.press("]")
    sync_api.expect(page.locator("#m .ga-popup a")).to_have_count(0)
    page.locator("#e").scroll_into_view_if_needed()
    page.locator("#e canvas").first.wait_for()
    box = page.locator("#e").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    sync_api.expect(page.locator("#lon")).not_to_have_value("")
    assert abs(float(page.input_value("#lon")) - 121.4) < 1e-4
    assert abs(float(page.input_value("#lat")) - 29.65) < 1e-4


def test_a_map_without_data_says_so(site: Site) -> None:
    nothing = '<script type="application/json" id="d">{"type":"FeatureCollection","features":[]}</script>'
    page = site.show('<div class="geoaddr-map" data-geojson="#d"></div>' + nothing, MAP_HEAD)
    sync_api.expect(page.locator(".ga-map-message")).to_have_text("这里还没有可画的位置")


def test_the_api_description_is_shown_from_our_own_files(site: Site) -> None:
    files = "swagger-ui-dist"
    head = f'<link rel="stylesheet" href="{vendor(files, "swagger-ui.css")}">'
    head += f'<script src="{vendor(files, "swagger-ui-bundle.js")}" defer></script>'
    head += '<script type="module" src="/static/js/swagger-init.js"></script>'
    described = {"openapi": "3.1.0", "info": {"title": "geoaddr", "version": "1"}, "paths": {"/healthz": {"get": {"responses": {}}}}}
    site.page.route("**/openapi.json", lambda route: route.fulfill(json=described))
    page = site.show('<div id="swagger-ui" data-url="/openapi.json"></div>', head)
    sync_api.expect(page.locator("#swagger-ui")).to_contain_text("/healthz", timeout=15_000)
