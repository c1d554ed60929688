"""kill -9 while reports from the field are being taken in: nothing half done, and sending them again finishes the work."""

from __future__ import annotations

import io
import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from PIL import Image
from register_rows import add_address, add_district, add_road
from sqlalchemy import func, select

from gazetteer.plates.lists import list_plates
from gazetteer.plates.orders import advance, order_plates
from gazetteer.plates.photos import photo_path
from gazetteer.plates.visits import VisitReport, receive_visit
from gazetteer.store.database import Store
from gazetteer.store.events import Actor, broken_links
from gazetteer.store.models import Plate, PlateTask, PlateVisit
from geoaddr.geometry import point_along
from geoaddr.settings import Settings

DOORS = 60
ROUNDS = 4


def photo_of(serial: str) -> bytes:
    """A picture unlike any other: noise drawn from the serial."""
    out = io.BytesIO()
    Image.frombytes("RGB", (64, 64), random.Random(serial).randbytes(64 * 64 * 3)).resize((640, 640)).save(out, "JPEG")
    return out.getvalue()


def confirm_all(url: str, media: str, doors: list[list[object]], installer: list[str]) -> None:
    """Send one report for each door, as a phone does after a day without a network; each its own transaction."""
    store, settings = Store(url), Settings(media_dir=Path(media), secret_key="样本密钥")
    actor = Actor(installer[0], installer[1], installer[2], installer[3])
    for serial, lon, lat in doors:
        report = VisitReport(
            idempotency_key=f"visit-{serial}", serial=str(serial), outcome="installed", lon=float(str(lon)), lat=float(str(lat)),
            accuracy_m=4.0, photo=photo_of(str(serial)),
        )  # fmt: skip
        with store.transaction() as session:
            receive_visit(session, report, actor=actor, settings=settings)
        print(serial, flush=True)
    store.close()


def test_killed_while_confirming_nothing_is_half_done(store: Store, officer: Actor, installer: Actor, tmp_path: Path) -> None:
    media = tmp_path / "media"
    doors = prepare(store, officer)
    url, who = store.engine.url.render_as_string(hide_password=False), [installer.kind, installer.name, installer.role, installer.id or ""]
    work = json.dumps([url, str(media), doors, who])
    script = "import json, sys; from test_kill_confirmation import confirm_all; confirm_all(*json.loads(sys.stdin.read()))"
    chance = random.Random(7)
    for _ in range(ROUNDS):
        child = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parent)
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(work.encode())
        child.stdin.close()
        for _line in range(chance.randint(1, 8)):
            assert child.stdout.readline(), "the reporting process works until it is killed"
        time.sleep(chance.uniform(0.0, 0.05))
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        check_whole(store, media)
    confirm_all(url, str(media), doors, who)
    check_whole(store, media)
    with store.reading() as session:
        assert list_plates(session, status="accepted").total == DOORS
        assert session.scalar(select(func.count()).select_from(PlateVisit)) == DOORS, "no report counted twice"
        assert session.scalar(select(func.count()).select_from(PlateTask).where(PlateTask.status == "open")) == 0


def prepare(store: Store, officer: Actor) -> list[list[object]]:
    with store.transaction() as session:
        road = add_road(session, add_district(session)["town"])
        doors = []
        for place in range(DOORS):
            assert road.geom is not None
            lon, lat = point_along(road.geom, 10 + 15 * place, 8)
            doors.append((add_address(session, road, str(2 * place + 1), lon=lon, lat=lat).id, lon, lat))
        order = order_plates(session, [id_ for id_, _, _ in doors], reason="新建", actor=officer)
        advance(session, order.id, "make", actor=officer)
        advance(session, order.id, "dispatch", actor=officer)
        serials = {plate.address_id: plate.serial for plate in list_plates(session, limit=500).rows}
        return [[serials[id_], lon, lat] for id_, lon, lat in doors]


def check_whole(store: Store, media: Path) -> None:
    """Every visit has its photo, its plate and its task where it says; every moved plate has its visit; the chain holds."""
    with store.reading() as session:
        assert list(broken_links(session)) == []
        visits = session.scalars(select(PlateVisit)).all()
        assert all(visit.status == "accepted" for visit in visits), [visit.doubts for visit in visits]
        for visit in visits:
            assert visit.plate_id is not None
            assert Image.open(photo_path(media, visit.photo_sha256 or "")).size == (640, 640)
            assert session.get_one(Plate, visit.plate_id).status == "accepted"
        moved = select(func.count()).select_from(Plate).where(Plate.status != "dispatched")
        done = select(func.count()).select_from(PlateTask).where(PlateTask.action == "hang", PlateTask.status == "done")
        assert session.scalar(moved) == session.scalar(done) == len(visits)
