"""Installers' reports: judged when they arrive, never lost, counted once."""

from __future__ import annotations

import io
import threading
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image
from register_rows import add_address, add_district, add_road
from sqlalchemy import func, select

from gazetteer.keys import secret_key
from gazetteer.plates.lists import list_plates, list_visits
from gazetteer.plates.moves import move_plate
from gazetteer.plates.orders import advance, find_order, order_for_relabel, order_plates, order_take_down
from gazetteer.plates.photos import clean_photo, keep_photo, photo_path
from gazetteer.plates.qr import sign
from gazetteer.plates.records import plate_record
from gazetteer.plates.serials import make_serial
from gazetteer.plates.undoing import undo_until, undo_visit, why_not_undone
from gazetteer.plates.visits import VisitReport, decide_visit, receive_visit, report_fault
from gazetteer.plates.worklist import work_list
from gazetteer.store.database import Store
from gazetteer.store.events import Actor, broken_links
from gazetteer.store.models import Event, Plate, PlateVisit
from geoaddr.datum import gcj02_from_wgs84
from geoaddr.errors import Conflict, Forbidden, NotFound, UsageError
from geoaddr.settings import Settings

DOOR = (121.405, 29.6501)
NEXT_DOOR = (121.4052, 29.6501)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(media_dir=tmp_path / "media", secret_key="样本密钥")


def photo(shade: int = 90) -> bytes:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "SAMPLE-A at home"
    Image.new("RGB", (640, 480), (shade, 120, 160)).save(out, "JPEG", exif=exif)
    return out.getvalue()


@pytest.fixture
def plates(store: Store, officer: Actor, installer: Actor) -> list[Plate]:
    """Two dispatched plates: for 肖桥路1号 at DOOR and 3号 next door."""
    with store.transaction() as session:
        road = add_road(session, add_district(session)["town"])
        doors = [add_address(session, road, number, lon=at[0], lat=at[1]) for number, at in (("1", DOOR), ("3", NEXT_DOOR))]
        order = order_plates(session, [door.id for door in doors], reason="新建", actor=officer)
        advance(session, order.id, "make", actor=officer)
        advance(session, order.id, "dispatch", actor=officer, assigned_to=installer.id)
        return list(list_plates(session).rows)


def report_of(plate: Plate, settings: Settings, **fields: object) -> VisitReport:
    good = VisitReport(
        idempotency_key=uuid.uuid4().hex, serial=plate.serial, outcome="installed", signature=sign(plate.serial, secret_key(settings)),
        lon=DOOR[0], lat=DOOR[1], accuracy_m=6.0, datum="WGS84", device_time=datetime.now(UTC), photo=photo(),
    )  # fmt: skip
    return replace(good, **fields)  # type: ignore[arg-type]


def test_a_good_report_installs_and_accepts_the_plate(store: Store, plates: list[Plate], installer: Actor, settings: Settings) -> None:
    with store.transaction() as session:
        visit = receive_visit(session, report_of(plates[0], settings), actor=installer, settings=settings)
        assert (visit.status, visit.doubts) == ("accepted", [])
    with store.reading() as session:
        plate = session.get(Plate, plates[0].id)
        assert plate is not None
        assert plate.status == "accepted"
        assert plate.installed_on is not None
        assert plate.accepted_on is not None
        assert [task["serial"] for task in work_list(session)] == [plates[1].serial]
        assert photo_path(settings.media_dir, visit.photo_sha256 or "").stat().st_size > 500
        assert list(broken_links(session)) == []


def test_the_same_report_sent_again_is_the_same_visit(store: Store, plates: list[Plate], installer: Actor, settings: Settings) -> None:
    report = report_of(plates[0], settings)
    ids = set()
    for _ in range(3):
        with store.transaction() as session:
            ids.add(receive_visit(session, report, actor=installer, settings=settings).id)
    assert len(ids) == 1
    with store.reading() as session:
        assert session.scalar(select(func.count()).select_from(PlateVisit)) == 1


def test_a_report_sent_twice_at_the_same_moment_is_one_visit(
    store: Store, plates: list[Plate], installer: Actor, settings: Settings
) -> None:
    report, answers = report_of(plates[0], settings), []

    def send() -> None:
        with store.transaction() as session:
            answers.append(receive_visit(session, report, actor=installer, settings=settings).id)

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(answers), len(set(answers))) == (4, 1)


def test_one_key_for_two_reports_is_refused(store: Store, plates: list[Plate], installer: Actor, settings: Settings) -> None:
    report = report_of(plates[0], settings)
    with store.transaction() as session:
        receive_visit(session, report, actor=installer, settings=settings)
    with pytest.raises(Conflict, match="标识"), store.transaction() as session:
        receive_visit(session, replace(report, serial=plates[1].serial), actor=installer, settings=settings)


@pytest.mark.parametrize(
    ("fields", "doubt"),
    [
        ({"serial": make_serial("330213", 777)}, "unknown-serial"),
        ({"serial": "330213000000"}, "unknown-serial"),
        ({"signature": "0000000000"}, "bad-signature"),
        ({"lon": None, "lat": None}, "no-position"),
        ({"lon": 29.65, "lat": 121.405 - 60}, "implausible-position"),
        ({"accuracy_m": 45.0}, "low-accuracy"),
        ({"accuracy_m": None}, "low-accuracy"),
        ({"lon": DOOR[0] + 0.0008}, "far-from-door"),
        ({"lon": NEXT_DOOR[0]}, "nearer-to-another-door"),
        ({"datum": "other"}, "unknown-datum"),
        ({"photo": None}, "no-photo"),
        ({"device_time": datetime.now(UTC) - timedelta(days=60)}, "device-time"),
        ({"outcome": "problem", "reason": "墙面已拆"}, "reported-problem"),
        ({"outcome": "taken_down"}, "not-hanging"),
    ],
)
def test_whatever_does_not_fit_goes_to_a_person_with_its_reason(
    store: Store, plates: list[Plate], installer: Actor, settings: Settings, fields: dict[str, object], doubt: str
) -> None:
    with store.transaction() as session:
        visit = receive_visit(session, report_of(plates[0], settings, **fields), actor=installer, settings=settings)
        assert visit.status == "review"
        assert doubt in visit.doubts
    with store.reading() as session:
        plate = session.get(Plate, plates[0].id)
        assert plate is not None
        assert plate.status == "dispatched", "a doubtful report moves nothing"
        assert list_visits(session, status="review").total == 1


def test_a_position_in_a_shifted_datum_is_converted_before_it_is_judged(
    store: Store, plates: list[Plate], installer: Actor, settings: Settings
) -> None:
    lon, lat = gcj02_from_wgs84([DOOR[0]], [DOOR[1]])
    with store.transaction() as session:
        told = report_of(plates[0], settings, lon=float(lon[0]), lat=float(lat[0]), datum="GCJ-02")
        visit = receive_visit(session, told, actor=installer, settings=settings)
        assert visit.doubts == []
        assert visit.distance_m is not None
        assert visit.distance_m < 0.1


def test_a_second_installation_and_a_borrowed_photo_are_noticed(
    store: Store, plates: list[Plate], installer: Actor, settings: Settings
) -> None:
    with store.transaction() as session:
        receive_visit(session, report_of(plates[0], settings), actor=installer, settings=settings)
    with store.transaction() as session:
        again = receive_visit(session, report_of(plates[0], settings), actor=installer, settings=settings)
        assert again.doubts == ["already-installed"]
        other = report_of(plates[1], settings, lon=NEXT_DOOR[0])
        assert receive_visit(session, other, actor=installer, settings=settings).doubts == ["same-photo"]


def test_an_officer_accepts_a_doubtful_report_and_the_plate_follows(
    store: Store, plates: list[Plate], installer: Actor, officer: Actor, settings: Settings
) -> None:
    with store.transaction() as session:
        visit = receive_visit(session, report_of(plates[0], settings, accuracy_m=90.0), actor=installer, settings=settings)
    with pytest.raises(Forbidden), store.transaction() as session:
        decide_visit(session, visit.id, "accept", "看过照片", actor=installer)
    with pytest.raises(UsageError, match="理由"), store.transaction() as session:
        decide_visit(session, visit.id, "accept", " ", actor=officer)
    with store.transaction() as session:
        assert decide_visit(session, visit.id, "accept", "看过照片", actor=officer).status == "accepted"
    with store.reading() as session:
        assert list_plates(session, status="accepted").total == 1
    with pytest.raises(Conflict), store.transaction() as session:
        decide_visit(session, visit.id, "dismiss", "反悔", actor=officer)


def test_a_decision_is_taken_back_within_ten_minutes(
    store: Store, plates: list[Plate], installer: Actor, officer: Actor, settings: Settings
) -> None:
    with store.transaction() as session:
        visit = receive_visit(session, report_of(plates[0], settings, accuracy_m=90.0), actor=installer, settings=settings)
        for decision in ("dismiss", "accept"):
            decide_visit(session, visit.id, decision, "看过", actor=officer)
            assert undo_visit(session, visit.id, actor=officer).status == "review"
        plate = session.get_one(Plate, plates[0].id)
        assert (plate.status, plate.installed_on, plate.accepted_on) == ("dispatched", None, None)
        assert plate.serial in [task["serial"] for task in work_list(session)]
        with pytest.raises(Conflict, match="没有人工处理过"):
            undo_visit(session, visit.id, actor=officer)
        decide_visit(session, visit.id, "accept", "看过", actor=officer)
        assert why_not_undone(session, visit) == ""
        until = undo_until(session, visit)
        assert until is not None
        assert until - datetime.now(UTC) < timedelta(minutes=10)
        assert "已超过 10 分钟" in why_not_undone(session, visit, at=until + timedelta(seconds=1))


def test_a_decision_with_consequences_is_not_taken_back(
    store: Store, plates: list[Plate], installer: Actor, officer: Actor, settings: Settings
) -> None:
    with store.transaction() as session:
        visit = receive_visit(session, report_of(plates[0], settings, accuracy_m=90.0), actor=installer, settings=settings)
        decide_visit(session, visit.id, "accept", "看过", actor=officer)
        move_plate(session, plates[0].serial, "report_damage", actor=officer)
        with pytest.raises(Conflict, match="又有变动"):
            undo_visit(session, visit.id, actor=officer)


def test_a_plate_taken_down_is_confirmed_without_a_photo(
    store: Store, plates: list[Plate], installer: Actor, officer: Actor, settings: Settings
) -> None:
    with store.transaction() as session:
        receive_visit(session, report_of(plates[0], settings), actor=installer, settings=settings)
        down = order_take_down(session, [plates[0].address_id], reason="拆迁", actor=officer)
        assert down is not None
        told = report_of(plates[0], settings, outcome="taken_down", photo=None)
        assert receive_visit(session, told, actor=installer, settings=settings).doubts == []
        assert session.get_one(Plate, plates[0].id).status == "taken_down"
        assert find_order(session, down.id).status == "done"


def test_a_dismissed_report_moves_nothing(store: Store, plates: list[Plate], installer: Actor, officer: Actor, settings: Settings) -> None:
    with store.transaction() as session:
        visit = receive_visit(session, report_of(plates[0], settings, photo=None), actor=installer, settings=settings)
        decide_visit(session, visit.id, "dismiss", "请补拍照片", actor=officer)
        assert list_plates(session, status="dispatched").total == 2


def test_a_report_of_a_serial_never_issued_can_only_be_dismissed(
    store: Store, plates: list[Plate], installer: Actor, officer: Actor, settings: Settings
) -> None:
    with store.transaction() as session:
        visit = receive_visit(session, report_of(plates[0], settings, serial="9" * 16), actor=installer, settings=settings)
    with pytest.raises(Conflict, match="没有对应的门牌"), store.transaction() as session:
        decide_visit(session, visit.id, "accept", "看过", actor=officer)
    with store.reading() as session:
        assert list_visits(session, status="review").total == 1, "a refused decision leaves the report waiting"


def test_a_new_plate_replaces_the_old_one_and_the_old_code_leads_to_it(
    store: Store, plates: list[Plate], installer: Actor, officer: Actor, settings: Settings
) -> None:
    with store.transaction() as session:
        receive_visit(session, report_of(plates[0], settings), actor=installer, settings=settings)
        make_id, down_id = order_for_relabel(session, [plates[0].address_id], reason="更名", procedure_id=None, actor=officer)
        advance(session, make_id, "make", actor=officer)
        advance(session, make_id, "dispatch", actor=officer)
        fresh = list_plates(session, order_id=make_id).rows[0]
        visit = receive_visit(session, report_of(fresh, settings, photo=photo(200)), actor=installer, settings=settings)
        assert visit.doubts == []
    with store.reading() as session:
        old, new = session.get(Plate, plates[0].id), session.get(Plate, fresh.id)
        assert old is not None
        assert new is not None
        assert (old.status, new.status) == ("replaced", "accepted")
        assert plate_record(session, old.serial, settings=settings)["replaced_by"] == new.serial
        assert [task["serial"] for task in work_list(session)] == [plates[1].serial]
        assert find_order(session, down_id).status == "done"


def test_a_reported_problem_that_is_accepted_marks_a_hanging_plate_damaged(
    store: Store, plates: list[Plate], installer: Actor, officer: Actor, settings: Settings
) -> None:
    public = Actor("public", "anybody")
    with store.transaction() as session:
        receive_visit(session, report_of(plates[0], settings), actor=installer, settings=settings)
        fault = report_fault(session, plates[0].serial, "样本甲说牌子掉了一角", actor=public)
        decide_visit(session, fault.id, "accept", "属实", actor=officer)
    with store.reading() as session:
        plate = session.get(Plate, plates[0].id)
        assert plate is not None
        assert plate.status == "damaged"
        assert "样本甲" not in "".join(str(event.payload) for event in session.scalars(select(Event)))


def test_people_who_may_not_report_are_refused(store: Store, plates: list[Plate], settings: Settings) -> None:
    for actor in (Actor("public", "anybody"), Actor("user", "样本", "viewer")):
        with pytest.raises(Forbidden), store.transaction() as session:
            receive_visit(session, report_of(plates[0], settings), actor=actor, settings=settings)


def test_a_stored_photo_holds_pixels_only_and_is_kept_once(tmp_path: Path) -> None:
    first, second = keep_photo(photo(), tmp_path), keep_photo(photo(), tmp_path)
    assert first == second
    assert [path.name for path in (tmp_path / "photos" / first[:2]).iterdir()] == [f"{first}.jpg"]
    stored = photo_path(tmp_path, first).read_bytes()
    assert b"SAMPLE-A" in photo()
    assert b"SAMPLE-A" not in stored
    assert dict(Image.open(io.BytesIO(stored)).getexif()) == {}


def test_a_sideways_photo_is_turned_upright_before_its_exif_is_dropped() -> None:
    out, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (400, 200)).save(out, "JPEG", exif=exif)
    assert Image.open(io.BytesIO(clean_photo(out.getvalue()))).size == (200, 400)


def test_what_is_no_photo_is_refused_in_one_sentence(tmp_path: Path) -> None:
    bomb = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(bomb, "PNG")
    gif = io.BytesIO()
    Image.new("RGB", (5, 5)).save(gif, "GIF")
    for data in (b"", b"not an image", photo()[:300], bomb.getvalue(), gif.getvalue(), b"<svg xmlns='http://www.w3.org/2000/svg'/>"):
        with pytest.raises(UsageError, match="照片"):
            keep_photo(data, tmp_path)
    assert not (tmp_path / "photos").exists()


def test_photo_names_never_lead_out_of_the_folder(tmp_path: Path) -> None:
    for name in ("../../etc/passwd", "a" * 64, "A" * 64, ""):
        with pytest.raises(NotFound):
            photo_path(tmp_path, name)
