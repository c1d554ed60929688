"""Plates from order to wall: batches, relabelling, moves, lists and the public record."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from register_rows import add_address, add_district, add_road
from sqlalchemy import select
from sqlalchemy.orm import Session

from gazetteer.plates.lists import list_orders, list_plates
from gazetteer.plates.moves import move_plate
from gazetteer.plates.orders import (
    advance,
    close_tasks,
    find_order,
    moves_of_order,
    order_counts,
    order_for_relabel,
    order_plates,
    order_take_down,
)  # fmt: skip
from gazetteer.plates.records import plate_detail, plate_record
from gazetteer.plates.serials import make_serial
from gazetteer.plates.worklist import tasks_json, work_list
from gazetteer.store.database import Store
from gazetteer.store.events import Actor, broken_links
from gazetteer.store.models import CaseRecord, PlateTask
from gazetteer.workflow import enter, move
from geoaddr.errors import Conflict, Forbidden, NotFound, UsageError
from geoaddr.settings import Settings


def make_street(store: Store, numbers: tuple[str, ...] = ("1", "2", "3")) -> list[str]:
    with store.transaction() as session:
        road = add_road(session, add_district(session)["town"])
        return [add_address(session, road, number, lon=121.409 - 0.0002 * place).id for place, number in enumerate(numbers)]


def hang(store: Store, address_ids: list[str], actor: Actor) -> list[str]:
    """Bring plates of these addresses onto the wall; returns their serials in address order."""
    with store.transaction() as session:
        order = order_plates(session, address_ids, reason="样本", actor=actor)
        for verb in ("make", "receive", "dispatch"):
            advance(session, order.id, verb, actor=actor)
        plates = list_plates(session, order_id=order.id).rows
        for plate in plates:
            move(session, plate, "install", actor=actor)
            close_tasks(session, plate.id, ("hang", "replace"), "complete", actor=actor)
            move(session, plate, "accept", actor=actor)
        return [plate.serial for plate in plates]


def test_an_order_gives_each_address_one_plate_with_a_face_and_a_gap_free_serial(store: Store, officer: Actor) -> None:
    ids = make_street(store)
    with store.transaction() as session:
        order = order_plates(session, ids, reason="新建道路", actor=officer)
        plates = list_plates(session, order_id=order.id)
        assert plates.total == 3
        assert [plate.serial[:14] for plate in plates.rows] == ["33021300000001", "33021300000002", "33021300000003"]
        assert plates.rows[0].face == {
            "name": "肖桥路", "pinyin": "XIAOQIAO LU", "number": "1", "suffix": "号", "size": "large", "kind": "door",
            "label": "浙江省宁波市奉化区西坞街道肖桥路1号",
        }  # fmt: skip


def test_an_address_cannot_wait_for_two_plates_of_one_kind(store: Store, officer: Actor) -> None:
    ids = make_street(store)
    with store.transaction() as session:
        order_plates(session, ids[:1], reason="甲", actor=officer)
    with pytest.raises(Conflict, match="肖桥路1号已有一块在制的门牌"), store.transaction() as session:
        order_plates(session, ids, reason="乙", actor=officer)
    with store.reading() as session:
        assert list_plates(session).total == 1, "nothing of the refused order stays"


def test_serials_continue_without_gap_after_a_refused_order(store: Store, officer: Actor) -> None:
    ids = make_street(store)
    with store.engine.connect() as connection, Session(connection) as session:
        order_plates(session, ids[:2], reason="中断", actor=officer)
        session.rollback()
    with store.transaction() as session:
        order = order_plates(session, ids[2:], reason="重来", actor=officer)
        assert list_plates(session, order_id=order.id).rows[0].serial.startswith("33021300000001")


def test_a_batch_goes_made_received_dispatched_and_opens_an_order_to_hang(store: Store, officer: Actor, installer: Actor) -> None:
    ids = make_street(store)
    with store.transaction() as session:
        order = order_plates(session, ids, reason="新建道路", actor=officer)
        assert moves_of_order(session, order) == ["make", "cancel"]
        advance(session, order.id, "make", actor=officer)
        advance(session, order.id, "receive", actor=officer)
        hang_order = advance(session, order.id, "dispatch", actor=officer, assigned_to=installer.id)
        assert (hang_order.action, hang_order.status, hang_order.assigned_to) == ("hang", "open", installer.id)
        assert order_counts(session, order.id) == {"dispatched": 3}
        assert find_order(session, order.id).status == "done"
        assert [row.action for row in list_orders(session).rows] == ["hang", "make"]
        tasks = work_list(session, installer=installer.id, near=(121.4091, 29.65))
        assert [task["number"] for task in tasks] == ["1号", "2号", "3号"]
        assert tasks[0]["action"] == "hang"
        assert 10 < tasks[0]["distance_m"] < 30
        assert work_list(session, installer=officer.id) == [], "another installer's order is not theirs"


def test_a_batch_step_out_of_turn_is_refused(store: Store, officer: Actor, installer: Actor) -> None:
    ids = make_street(store)
    with store.transaction() as session:
        order_id = order_plates(session, ids, reason="x", actor=officer).id
    for verb in ("receive", "dispatch"):
        with pytest.raises(Conflict), store.transaction() as session:
            advance(session, order_id, verb, actor=officer)
    with pytest.raises(Forbidden), store.transaction() as session:
        advance(session, order_id, "make", actor=installer)
    with pytest.raises(UsageError), store.transaction() as session:
        advance(session, order_id, "hang", actor=officer)


def test_cancelling_a_batch_cancels_its_plates_and_frees_the_addresses(store: Store, officer: Actor) -> None:
    ids = make_street(store)
    with store.transaction() as session:
        order = order_plates(session, ids, reason="x", actor=officer)
        advance(session, order.id, "cancel", actor=officer)
        assert order_counts(session, order.id) == {"cancelled": 3}
        assert order.status == "cancelled"
        again = order_plates(session, ids, reason="y", actor=officer)
        assert list_plates(session, order_id=again.id).rows[0].serial.startswith("33021300000004"), "serials are never used twice"


def test_relabelling_orders_new_plates_for_hanging_and_pending_ones_only(store: Store, officer: Actor) -> None:
    ids = make_street(store, ("1", "2", "3", "5"))
    hang(store, ids[:2], officer)
    with store.transaction() as session:
        order_plates(session, ids[2:3], reason="在制", actor=officer)
    with store.transaction() as session:
        made = order_for_relabel(session, ids, reason="更名", procedure_id=None, actor=officer)
        orders = [find_order(session, id_) for id_ in made]
        assert [order.action for order in orders] == ["make", "take_down"]
        assert order_counts(session, made[0]) == {"ordered": 3}
        assert order_counts(session, made[1]) == {"accepted": 2}
        assert list_plates(session, status="cancelled").total == 1
    with store.transaction() as session:
        assert order_for_relabel(session, ids[3:], reason="更名", procedure_id=None, actor=officer) == []
        twice = order_for_relabel(session, ids, reason="又更名", procedure_id=None, actor=officer)
        assert len(twice) == 1, "what is already to come down is not ordered down twice"


def test_an_old_plate_with_a_successor_on_its_way_is_no_task_of_its_own(store: Store, officer: Actor) -> None:
    ids = make_street(store)
    hang(store, ids[:2], officer)
    with store.transaction() as session:
        make_id, _ = order_for_relabel(session, ids[:1], reason="更名", procedure_id=None, actor=officer)
        down = order_take_down(session, ids[1:2], reason="地址停用", actor=officer)
        assert down is not None
        assert [task["action"] for task in work_list(session)] == ["take_down"], "the new plate is not there yet"
        for verb in ("make", "dispatch"):
            advance(session, make_id, verb, actor=officer)
        assert sorted(task["action"] for task in work_list(session)) == ["replace", "take_down"]


def test_moves_by_hand_say_why_they_are_refused(store: Store, officer: Actor, installer: Actor) -> None:
    ids = make_street(store)
    serial = hang(store, ids[:1], officer)[0]
    with pytest.raises(Conflict, match="已验收，不能验收"), store.transaction() as session:
        move_plate(session, serial, "accept", actor=officer)
    with store.transaction() as session:
        assert move_plate(session, serial, "report_damage", actor=installer).status == "damaged"
        with pytest.raises(Conflict, match="角色"):
            move_plate(session, serial, "repair", actor=installer)
        assert move_plate(session, serial, "repair", actor=officer).status == "accepted"
        assert move_plate(session, serial, "take_down", actor=officer).status == "taken_down"
        detail = plate_detail(session, serial, actor=officer)
        assert detail["moves"] == []
        assert set(detail["refused"]) == {"accept", "send_back", "report_damage", "repair", "take_down", "cancel"}
        assert [event["action"] for event in detail["history"]][-1] == "plate.take_down"
        assert list(broken_links(session)) == []


def test_a_plate_sent_back_is_on_the_work_list_again(store: Store, officer: Actor) -> None:
    ids = make_street(store)
    with store.transaction() as session:
        order = order_plates(session, ids[:1], reason="x", actor=officer)
        advance(session, order.id, "make", actor=officer)
        advance(session, order.id, "dispatch", actor=officer)
        plate = list_plates(session).rows[0]
        move(session, plate, "install", actor=officer)
        close_tasks(session, plate.id, ("hang",), "complete", actor=officer)
        assert work_list(session) == []
        move_plate(session, plate.serial, "send_back", actor=officer)
        assert [task["serial"] for task in work_list(session)] == [plate.serial]


def test_the_public_record_tells_the_address_and_the_nearest_service_point_and_nobody(store: Store, officer: Actor) -> None:
    ids = make_street(store)
    serial = hang(store, ids[:1], officer)[0]
    with store.transaction() as session:
        for ref, title, lon in (("S1", "样本助餐点", 121.4095), ("S2", "远处的站", 121.45)):
            told = {"station_type": "助餐点", "phone": "0574-00000000", "note": "内部"}
            station = CaseRecord(kind="station", ref=ref, title=title, lon=lon, lat=29.65, attributes=told)
            enter(session, station, actor=officer, verb="loaded", status="loaded")
    settings = Settings(secret_key="样本密钥")
    with store.reading() as session:
        record = plate_record(session, serial, settings=settings)
        assert record["label"] == "浙江省宁波市奉化区西坞街道肖桥路1号"
        assert record["nearest"]["title"] == "样本助餐点"
        assert 40 < record["nearest"]["distance_m"] < 60
        assert "内部" not in str(record)
        assert officer.name not in str(record)
        assert record["authentic"] is None
        assert plate_record(session, serial, signature="0000000000", settings=settings)["authentic"] is False
        with pytest.raises(NotFound):
            plate_record(session, make_serial("330213", 99), settings=settings)


def test_plates_are_listed_with_true_totals_page_by_page(store: Store, officer: Actor) -> None:
    ids = make_street(store, tuple(str(number) for number in range(1, 8)))
    with store.transaction() as session:
        order_plates(session, ids, reason="x", actor=officer)
    with store.reading() as session:
        seen: list[str] = []
        after = None
        while True:
            page = list_plates(session, status="ordered", text="肖桥路", after=after, limit=3)
            assert page.total == 7
            seen += [plate.serial for plate in page.rows]
            if (after := page.next_after) is None:
                break
        assert len(set(seen)) == 7
        assert list_plates(session, text="3302130000000").total == 7
        assert list_plates(session, text="100%").total == 0


def test_the_phone_is_told_the_limits_it_must_meet(store: Store, officer: Actor) -> None:
    make_street(store)
    with store.reading() as session:
        told = tasks_json(session, Settings(confirm_max_accuracy_m=15), installer=officer.id)
    assert (told["max_accuracy_m"], told["tasks"]) == (15.0, [])


def test_a_task_is_open_once_for_a_plate(store: Store, officer: Actor) -> None:
    ids = make_street(store)
    hang(store, ids, officer)
    with store.transaction() as session:
        order_take_down(session, ids, reason="拆迁", actor=officer)
        assert order_take_down(session, ids, reason="拆迁", actor=officer) is None
        assert len(session.scalars(select(PlateTask).where(PlateTask.action == "take_down")).all()) == 3


def test_the_commands_number_order_print_and_count(sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from geoaddr.cli import main

    monkeypatch.setenv("GEOADDR_DATABASE_URL", sqlite_store.url)
    monkeypatch.setenv("GEOADDR_MEDIA_DIR", str(tmp_path / "media"))
    make_street(sqlite_store, ("1", "3"))

    def run(*arguments: str, code: int = 0) -> str:
        result = CliRunner().invoke(main, ["plates", *arguments])
        assert result.exit_code == code, result.output
        return result.output

    proposed = json.loads(run("number", "肖桥路", "--at", "121.4086", "29.6501"))
    assert (proposed["text"], proposed["reason"], proposed["address_id"]) == ("2", "first", None)
    assert json.loads(run("number", "肖桥路", "--at", "121.4086", "29.6501", "--assign"))["address_id"]
    assert "wrong-parity" in run("number", "肖桥路", "--check", code=1)
    order = json.loads(run("order", "--place", "肖桥路"))
    assert order["plates"] == {"ordered": 3}
    run("sheet", str(tmp_path / "sheet.pdf"), "--order", order["order_id"])
    assert (tmp_path / "sheet.pdf").read_bytes().startswith(b"%PDF")
    assert json.loads(run("advance", order["order_id"], "make"))["plates"] == {"made": 3}
    assert "没有缺门牌的地址" in run("order", "--place", "肖桥路", code=2)
    assert "没有名为" in run("number", "没有的路", code=2)
    rows = [json.loads(line) for line in run("coverage", "--json").splitlines()]
    assert [(row["name"], row["needed"], row["made"]) for row in rows] == [("西坞街道", 3, 3), ("合计", 3, 3)]
