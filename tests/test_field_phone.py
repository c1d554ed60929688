"""The installer's page in a real browser: scan, place, photo, queue, flight mode.

The server here keeps only the promises the page relies on.
"""

from __future__ import annotations

import io
import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import segno
from jinja2 import Environment, FileSystemLoader
from PIL import Image

sync_api = pytest.importorskip("playwright.sync_api")

CHROMIUM = Path("/usr/bin/chromium")
WEB = Path(__file__).resolve().parent.parent / "web"
STATIC = WEB / "static"
POLICY = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; "
    "worker-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
)
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".wasm": "application/wasm"}
ROUTES = {
    "field.index": "/field",
    "field.tasks": "/field/tasks.json",
    "field.visits": "/field/visits",
    "field.service_worker": "/field/sw.js",
}
DOOR = {"lon": 121.4001, "lat": 29.6502}
SERIAL = "YB-000123-X"

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium on this machine")


@dataclass
class Office:
    """What the server of the test knows and answers."""

    received: list[dict[str, Any]] = field(default_factory=list)
    answer: Callable[[dict[str, Any]], tuple[int, str, bytes]] | None = None
    address: str = ""
    reachable: bool = True

    def tasks(self) -> dict[str, Any]:
        near = {"serial": SERIAL, "address": "样本街道肖桥路88号", "place": "桥头第二个门", "kind": "door", "action": "hang", **DOOR}
        far = {**near, "serial": "YB-000124-8", "address": "样本街道肖桥路90号", "lat": 29.6540}
        left = [t for t in (near, far) if t["serial"] not in {v["serial"] for v in self.received}]
        limits = {"max_accuracy_m": 20, "max_distance_m": 30}
        return {"generated_at": "2026-11-23T08:00:00+08:00", "tasks": left, "csrf_token": "fresh", **limits}

    def take(self, visit: dict[str, Any]) -> tuple[int, str, bytes]:
        if self.answer:
            return self.answer(visit)
        if visit["idempotency_key"] not in {v["idempotency_key"] for v in self.received}:
            self.received.append(visit)
        return 201, "application/json", json.dumps({"idempotency_key": visit["idempotency_key"]}).encode()


def render_page() -> bytes:
    packages = json.loads((STATIC / "vendor" / "vendor.json").read_text(encoding="utf-8"))["packages"]
    env = Environment(loader=FileSystemLoader(WEB / "templates"), autoescape=True)
    env.globals.update(
        url_for=lambda name, filename="": ROUTES.get(name) or f"/static/{filename}",
        vendor_url=lambda name, file: f"/static/{packages[name]['files'][file]['path']}",
        vendor_integrity=lambda name, file: packages[name]["files"][file]["integrity"],
        csrf_token=lambda: "stale",
        _=lambda text: text,
    )
    page = env.get_template("field/index.html").render(lang="zh-CN", user_id="u1", max_accuracy_m=20, max_distance_m=30, asset_version="1")
    return page.encode()


def read_form(content_type: str, body: bytes) -> dict[str, Any]:
    message = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    values: dict[str, Any] = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        values[str(name)] = content if part.get_filename() else content.decode()
    return values


def handler_for(office: Office) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            return None

        def reply(self, status: int, content_type: str, body: bytes, **headers: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy", POLICY)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(body)

        def handle_one_request(self) -> None:
            # Chromium's offline switch does not reach its service workers; an office that hangs up does.
            self.close_connection = True
            if office.reachable:
                super().handle_one_request()

        def do_GET(self) -> None:
            path = self.path.split("?")[0]
            if path == "/field":
                self.reply(200, "text/html; charset=utf-8", render_page())
            elif path == "/field/tasks.json":
                self.reply(200, "application/json", json.dumps(office.tasks()).encode())
            elif path == "/field/sw.js":
                self.reply(200, "text/javascript", (STATIC / "js/field/sw.js").read_bytes(), Service_Worker_Allowed="/field")
            elif path.startswith("/static/") and (STATIC / path[8:]).is_file():
                self.reply(200, TYPES.get(Path(path).suffix, "application/octet-stream"), (STATIC / path[8:]).read_bytes())
            else:
                self.reply(404, "text/plain", b"no such page")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            visit = read_form(self.headers["Content-Type"], body) | {"token": self.headers["X-CSRFToken"]}
            self.reply(*office.take(visit))

    return Handler


@pytest.fixture
def office() -> Iterator[Office]:
    known = Office()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_for(known))
    known.address = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield known
    server.shutdown()
    server.server_close()


def qr_image(text: str, size: int = 480) -> Image.Image:
    buffer = io.BytesIO()
    segno.make(text, error="q").save(buffer, kind="png", scale=8, border=4)
    return Image.open(buffer).convert("RGB").resize((size, size))


def photo_of(door: Path) -> Path:
    picture = Image.effect_noise((2400, 1800), 60).convert("RGB")
    exif = Image.Exif()
    exif[0x010F] = "SAMPLE MAKER"
    picture.save(door, exif=exif)
    return door


def write_camera_film(path: Path, text: str) -> Path:
    """A raw film of one plate for Chromium's pretended camera."""
    frame = Image.new("RGB", (640, 480), "white")
    frame.paste(qr_image(text, 400), (120, 40))
    luma, blue, red = frame.convert("YCbCr").split()
    planes = luma.tobytes() + b"".join(p.resize((320, 240)).tobytes() for p in (blue, red))
    path.write_bytes(b"YUV4MPEG2 W640 H480 F10:1 Ip A1:1 C420jpeg\n" + (b"FRAME\n" + planes) * 4)
    return path


@pytest.fixture
def phone(office: Office, tmp_path: Path) -> Iterator[Any]:
    film = write_camera_film(tmp_path / "plate.y4m", f"https://example.org/p/{SERIAL}?s=Ab-9_z")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
    flags += ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", f"--use-file-for-fake-video-capture={film}"]
    with sync_api.sync_playwright() as player:
        browser = player.chromium.launch(executable_path=str(CHROMIUM), args=flags)
        context = browser.new_context(
            viewport={"width": 390, "height": 844}, geolocation={"longitude": DOOR["lon"], "latitude": DOOR["lat"], "accuracy": 8},
            permissions=["geolocation", "camera"], base_url=office.address, locale="zh-CN",
        )  # fmt: skip
        page = context.new_page()
        page.complaints = []
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("console", lambda m: page.complaints.append(m.text) if "Content Security Policy" in m.text else None)
        inside = (office.address, "blob:", "data:")
        page.on("request", lambda r: None if r.url.startswith(inside) else page.complaints.append(f"left the site: {r.url}"))
        yield page
        complaints = list(page.complaints)
        context.close()
        browser.close()
        assert complaints == []


def take_photo(page: Any, tmp_path: Path) -> None:
    page.set_input_files("#photo-file", photo_of(tmp_path / "door.jpg"))
    sync_api.expect(page.locator("#step-photo")).to_have_class(re.compile("is-good"))


def test_a_scanned_plate_with_place_and_photo_is_confirmed_and_sent(office: Office, phone: Any, tmp_path: Path) -> None:
    phone.goto("/field")
    phone.click("#scan")
    sync_api.expect(phone.locator("#visit-address")).to_have_text("样本街道肖桥路88号", timeout=20_000)
    sync_api.expect(phone.locator("#step-serial")).to_have_class(re.compile("is-good"))
    sync_api.expect(phone.locator("#step-place")).to_have_class(re.compile("is-good"))
    sync_api.expect(phone.locator("#confirm")).to_be_disabled()
    sync_api.expect(phone.locator("#missing")).to_have_text("还没有照片")
    take_photo(phone, tmp_path)
    phone.click("#confirm")
    sync_api.expect(phone.locator("#message")).to_have_text(f"已送出：{SERIAL}")
    sync_api.expect(phone.locator("#queue-count")).to_have_text("都已送出")
    sync_api.expect(phone.locator("#tasks > li")).to_have_count(1)
    [visit] = office.received
    assert (visit["serial"], visit["signature"], visit["token"]) == (SERIAL, "Ab-9_z", "fresh")
    assert (visit["outcome"], visit["datum"], visit["read_by"]) == ("installed", "WGS84", "scan")
    assert abs(float(visit["lon"]) - DOOR["lon"]) < 1e-6
    assert float(visit["accuracy_m"]) == 8
    picture = Image.open(io.BytesIO(visit["photo"]))
    assert max(picture.size) == 1600
    assert picture.format == "JPEG"
    assert not picture.getexif()


def test_a_picture_of_the_code_is_read_and_another_plate_is_not_confirmed(office: Office, phone: Any, tmp_path: Path) -> None:
    phone.goto("/field")
    phone.click("text=肖桥路88号")
    qr_image("https://example.org/p/yb-000124-8?s=q").save(tmp_path / "other.png")
    phone.set_input_files("#picture-file", tmp_path / "other.png")
    sync_api.expect(phone.locator("#step-serial .f-state")).to_have_text("扫到的是另一块门牌：YB-000124-8", timeout=15_000)
    take_photo(phone, tmp_path)
    sync_api.expect(phone.locator("#confirm")).to_be_disabled()
    phone.click("#other-plate")
    sync_api.expect(phone.locator("#visit-address")).to_have_text("样本街道肖桥路90号")
    sync_api.expect(phone.locator("#step-place .f-state")).to_contain_text("超过 30 米")
    sync_api.expect(phone.locator("#confirm")).to_be_disabled()


def test_a_visit_that_does_not_fit_goes_out_as_a_problem_with_its_reason(office: Office, phone: Any) -> None:
    phone.goto("/field")
    phone.click("text=肖桥路90号")
    phone.click("#problem > summary")
    phone.click("#problem-form button")
    sync_api.expect(phone.locator("#problem-error")).to_have_text("请写明问题")
    phone.select_option("#problem-kind", "cannot_mount")
    phone.fill("#problem-words", "外墙在修")
    phone.click("#problem-form button")
    sync_api.expect(phone.locator("#message")).to_have_text("已送出：YB-000124-8")
    sync_api.expect(phone.locator("#queue-count")).to_have_text("都已送出")
    [visit] = office.received
    assert visit["outcome"] == "problem"
    assert visit["reason"].startswith("墙面装不上；外墙在修；还没有扫码")
    assert visit["reason_code"] == "cannot_mount"
    assert "photo" not in visit


def test_in_flight_mode_work_goes_on_and_is_sent_when_the_network_is_back(office: Office, phone: Any, tmp_path: Path) -> None:
    phone.goto("/field")
    sync_api.expect(phone.locator("body")).to_have_attribute("data-offline-ready", "true", timeout=20_000)
    phone.context.set_offline(True)
    office.reachable = False
    phone.reload()
    phone.click("#scan")
    sync_api.expect(phone.locator("#step-serial")).to_have_class(re.compile("is-good"), timeout=20_000)
    take_photo(phone, tmp_path)
    phone.click("#confirm")
    sync_api.expect(phone.locator("#queue-count")).to_have_text("待送 1 条")
    assert office.received == []
    phone.reload()
    phone.click("#queue-count")
    sync_api.expect(phone.locator("#queue > li")).to_have_count(1)
    office.reachable = True
    phone.context.set_offline(False)
    sync_api.expect(phone.locator("#queue-count")).to_have_text("都已送出", timeout=15_000)
    assert [v["serial"] for v in office.received] == [SERIAL]


def test_a_page_that_is_not_ours_answering_200_costs_no_photo(office: Office, phone: Any) -> None:
    office.answer = lambda visit: (200, "text/html", b"<h1>Welcome to the Wi-Fi</h1>")
    phone.goto("/field")
    phone.click("text=肖桥路88号")
    phone.click("#problem > summary")
    phone.select_option("#problem-kind", "door_not_found")
    phone.click("#problem-form button")
    phone.click("#queue-count")
    sync_api.expect(phone.locator(".f-answer")).to_contain_text("回答不是本系统的")
    sync_api.expect(phone.locator("#queue > li")).to_have_count(1)


def test_a_refused_visit_shows_why_and_can_be_retried_or_deleted(office: Office, phone: Any) -> None:
    refusal = json.dumps({"title": "Conflict", "detail": "这块门牌已经验收过"}).encode()
    office.answer = lambda visit: (409, "application/problem+json", refusal)
    phone.goto("/field")
    for number in ("88", "90"):
        phone.click(f"text=肖桥路{number}号")
        phone.click("#problem > summary")
        phone.select_option("#problem-kind", "damaged")
        phone.click("#problem-form button")
        sync_api.expect(phone.locator("#view-list")).to_be_visible()
    sync_api.expect(phone.locator("#queue-count")).to_have_text("待送 2 条")
    phone.click("#queue-count")
    sync_api.expect(phone.locator("#queue > .is-refused")).to_have_count(2)
    sync_api.expect(phone.locator(".f-answer").first).to_have_text("这块门牌已经验收过")
    phone.locator("#queue summary").first.click()
    phone.locator('[data-act="remove"]').first.click()
    phone.click("dialog[open] button >> text=删除")
    sync_api.expect(phone.locator("#queue > li")).to_have_count(1)
    office.answer = None
    phone.locator("#queue summary").first.click()
    phone.locator('[data-act="retry"]').first.click()
    sync_api.expect(phone.locator("#queue-empty")).to_be_visible()
    assert len(office.received) == 1
