"""The installer's page in a real browser, served by the application itself: scan, place, photo, queue, flight mode."""

from __future__ import annotations

import io
import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from pathlib import Path
from typing import Any

import pytest
import segno
from apiflask import APIFlask
from PIL import Image
from register_rows import add_address, add_district, add_road
from web_fixtures import PASSWORD
from werkzeug.serving import WSGIRequestHandler, make_server

from gazetteer.keys import secret_key
from gazetteer.people import create_user
from gazetteer.plates.orders import advance, find_plate, order_plates, order_take_down
from gazetteer.plates.qr import plate_url, sign
from gazetteer.plates.visits import VisitReport, decide_visit, receive_visit
from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM
from gazetteer.store.models import Plate, PlateVisit
from geoaddr.settings import Settings

sync_api = pytest.importorskip("playwright.sync_api")

CHROMIUM = Path("/usr/bin/chromium")
DOOR = {"lon": 121.4001, "lat": 29.6502}
FAR_LAT = 29.6540

pytestmark = [pytest.mark.browser, pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium on this machine")]


@dataclass
class Office:
    """The served application, what it was sent, and how it may be made to misbehave."""

    store: Store
    settings: Settings
    near: str = ""
    far: str = ""
    address: str = ""
    reachable: bool = True
    answer: tuple[str, str, bytes] | None = None
    sent: list[dict[str, Any]] = field(default_factory=list)

    @property
    def received(self) -> list[str]:
        """The serials of the visits that are in the register."""
        with self.store.reading() as session:
            return [visit.serial for visit in session.query(PlateVisit).order_by(PlateVisit.id)]

    def code(self, serial: str) -> str:
        return plate_url("https://example.org", serial, secret_key(self.settings))

    def between(self, app: Any) -> Callable[[dict[str, Any], Any], Iterable[bytes]]:
        """Stand between phone and application: note every visit, and answer in its place where a test asks for it."""

        def ask(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
            if environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"] == "/field/visits":
                body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
                self.sent.append(read_form(environ["CONTENT_TYPE"], body))
                environ["wsgi.input"] = io.BytesIO(body)
                if self.answer:
                    status, content_type, content = self.answer
                    start(status, [("Content-Type", content_type), ("Content-Length", str(len(content)))])
                    return [content]
            answered: Iterable[bytes] = app(environ, start)
            return answered

        return ask


def read_form(content_type: str, body: bytes) -> dict[str, Any]:
    message = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    values: dict[str, Any] = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        values[str(name)] = content if part.get_filename() else content.decode()
    return values


def handler_for(office: Office) -> type[WSGIRequestHandler]:
    class Handler(WSGIRequestHandler):
        def log(self, *_: object) -> None:
            return None

        def handle_one_request(self) -> None:
            # Chromium's offline switch does not reach its service workers; an office that hangs up does.
            self.close_connection = True
            if office.reachable:
                super().handle_one_request()

    return Handler


def dispatched(store: Store) -> tuple[str, str]:
    """Two plates on their way to the doors 88 (here) and 90 (420 m away), and their serials."""
    with store.transaction() as session:
        road = add_road(session, add_district(session)["village"])
        doors = [add_address(session, road, number, lon=DOOR["lon"], lat=lat).id for number, lat in (("88", DOOR["lat"]), ("90", FAR_LAT))]
        order = order_plates(session, doors, reason="桥头第二个门", actor=SYSTEM)
        for verb in ("make", "receive", "dispatch"):
            advance(session, order.id, verb, actor=SYSTEM)
        serials = {plate.address_id: plate.serial for plate in session.query(Plate)}
        create_user(session, "installer-1", "样本安装员", "installer", PASSWORD, actor=SYSTEM)
        return serials[doors[0]], serials[doors[1]]


@pytest.fixture
def office(web_app: APIFlask, web_settings: Settings, sqlite_store: Store) -> Iterator[Office]:
    known = Office(sqlite_store, web_settings, *dispatched(sqlite_store))
    app = known.between(web_app.wsgi_app)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=handler_for(known))
    known.address = f"http://127.0.0.1:{server.server_port}"
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
def phone(office: Office, browsers: Any, tmp_path: Path) -> Iterator[Any]:
    film = write_camera_film(tmp_path / "plate.y4m", office.code(office.near))
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
    flags += ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", f"--use-file-for-fake-video-capture={film}"]
    browser = browsers.launch(executable_path=str(CHROMIUM), args=flags)
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, geolocation={"longitude": DOOR["lon"], "latitude": DOOR["lat"], "accuracy": 8},
        permissions=["geolocation", "camera"], base_url=office.address, locale="zh-CN",
    )  # fmt: skip
    page = context.new_page()
    sign_in(page)
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


def sign_in(page: Any) -> None:
    page.goto("/sign-in?next=/field")
    page.fill("[name=username]", "installer-1")
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    sync_api.expect(page.locator("#tasks > li")).to_have_count(2)


def take_photo(page: Any, tmp_path: Path) -> None:
    page.set_input_files("#photo-file", photo_of(tmp_path / "door.jpg"))
    sync_api.expect(page.locator("#step-photo")).to_have_class(re.compile("is-good"))


def test_a_scanned_plate_with_place_and_photo_is_confirmed_and_sent(office: Office, phone: Any, tmp_path: Path) -> None:
    phone.goto("/field")
    phone.click("#scan")
    sync_api.expect(phone.locator("#visit-address")).to_contain_text("西坞街道肖桥路88号", timeout=20_000)
    sync_api.expect(phone.locator("#step-serial")).to_have_class(re.compile("is-good"))
    sync_api.expect(phone.locator("#step-place")).to_have_class(re.compile("is-good"))
    sync_api.expect(phone.locator("#confirm")).to_be_disabled()
    sync_api.expect(phone.locator("#missing")).to_have_text("还没有照片")
    take_photo(phone, tmp_path)
    phone.click("#confirm")
    sync_api.expect(phone.locator("#message")).to_have_text(f"已送出：{office.near}")
    sync_api.expect(phone.locator("#queue-count")).to_have_text("都已送出")
    sync_api.expect(phone.locator("#tasks > li")).to_have_count(1)
    [visit] = office.sent
    assert (visit["serial"], visit["signature"]) == (office.near, sign(office.near, secret_key(office.settings)))
    assert (visit["outcome"], visit["datum"], visit["read_by"]) == ("installed", "WGS84", "scan")
    assert abs(float(visit["lon"]) - DOOR["lon"]) < 1e-6
    assert float(visit["accuracy_m"]) == 8
    picture = Image.open(io.BytesIO(visit["photo"]))
    assert max(picture.size) == 1600
    assert picture.format == "JPEG"
    assert not picture.getexif()
    with office.store.reading() as session:
        assert session.query(PlateVisit).one().doubts == []
        assert find_plate(session, office.near).status == "accepted"


def test_a_picture_of_the_code_is_read_and_another_plate_is_not_confirmed(office: Office, phone: Any, tmp_path: Path) -> None:
    phone.goto("/field")
    phone.click("text=肖桥路88号")
    qr_image(office.code(office.far)).save(tmp_path / "other.png")
    phone.set_input_files("#picture-file", tmp_path / "other.png")
    sync_api.expect(phone.locator("#step-serial .f-state")).to_have_text(f"扫到的是另一块门牌：{office.far}", timeout=15_000)
    take_photo(phone, tmp_path)
    sync_api.expect(phone.locator("#confirm")).to_be_disabled()
    phone.click("#other-plate")
    sync_api.expect(phone.locator("#visit-address")).to_contain_text("西坞街道肖桥路90号")
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
    sync_api.expect(phone.locator("#message")).to_have_text(f"已送出：{office.far}")
    sync_api.expect(phone.locator("#queue-count")).to_have_text("都已送出")
    [visit] = office.sent
    assert visit["outcome"] == "problem"
    assert visit["reason"].startswith("墙面装不上；外墙在修；还没有扫码")
    assert visit["reason_code"] == "cannot_mount"
    assert "photo" not in visit
    with office.store.reading() as session:
        kept = session.query(PlateVisit).one()
        assert (kept.status, kept.reason) == ("review", visit["reason"])


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
    assert office.received == [office.near]


def test_a_page_that_is_not_ours_answering_200_costs_no_photo(office: Office, phone: Any) -> None:
    office.answer = ("200 OK", "text/html", b"<h1>Welcome to the Wi-Fi</h1>")
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
    office.answer = ("409 CONFLICT", "application/problem+json", refusal)
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


def test_a_door_shows_no_distance_before_the_phone_knows_where_it_is(office: Office, phone: Any) -> None:
    phone.context.clear_permissions()
    phone.goto("/field")
    sync_api.expect(phone.locator("#tasks > li")).to_have_count(2)
    assert phone.locator("#tasks [data-text=distance]").all_inner_texts() == ["", ""]


def test_an_old_plate_is_confirmed_down_not_hung(office: Office, phone: Any, tmp_path: Path) -> None:
    with office.store.transaction() as session:
        plate = find_plate(session, office.near)
        report = VisitReport("an-earlier-visit", plate.serial, "installed", **DOOR, accuracy_m=5)
        first = receive_visit(session, report, actor=SYSTEM, settings=office.settings)
        decide_visit(session, first.id, "accept", "照片另存", actor=SYSTEM)
        order_take_down(session, [plate.address_id], reason="房屋拆除", actor=SYSTEM)
    phone.goto("/field")
    phone.locator("#tasks > li", has_text="房屋拆除").locator("a").click()  # not the list kept from before
    sync_api.expect(phone.locator("#visit-action")).to_have_text("摘牌")
    sync_api.expect(phone.locator("#confirm-words")).to_have_text("确认摘下")
    qr_image(office.code(office.near)).save(tmp_path / "code.png")
    phone.set_input_files("#picture-file", tmp_path / "code.png")
    take_photo(phone, tmp_path)
    phone.click("#confirm")
    sync_api.expect(phone.locator("#message")).to_have_text(f"已送出：{office.near}")
    assert office.sent[-1]["outcome"] == "taken_down"
    with office.store.reading() as session:
        assert find_plate(session, office.near).status == "taken_down"
