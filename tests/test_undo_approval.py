"""An approval taken back within ten minutes, and what makes that impossible."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from naming_rows import DAY, DECISION, NAME_COLUMNS, NUMBERS, TOWN, hang_plates, labels, make_case, run
from register_rows import SINCE, add_address, add_district, add_road
from sqlalchemy import select

from gazetteer.linking.engine import Engine
from gazetteer.names import findings, undoing
from gazetteer.names.approval import approve
from gazetteer.names.audit import audit
from gazetteer.names.procedures import file
from gazetteer.names.undoing import undo_approval
from gazetteer.plates.orders import advance, order_plates
from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM, Actor, broken_links, now
from gazetteer.store.models import (
    CaseRecord,
    Finding,
    Lineage,
    NameVariant,
    PlaceName,
    Plate,
    PlateOrder,
    PlateTask,
    StandardAddress,
)
from gazetteer.workflow import change
from geoaddr.errors import Conflict, Forbidden


@pytest.fixture
def road_id(store: Store) -> str:
    with store.transaction() as session:
        road = add_road(session, add_district(session)["town"], "环球路", valid_from=SINCE)
        for place, number in enumerate(NUMBERS):
            add_address(session, road, number, lon=121.401 + 0.0003 * place)
        return road.id


@pytest.fixture
def engine(store: Store, road_id: str, tmp_path: Path) -> Iterator[Engine]:
    made = Engine(store, tmp_path / "index")
    yield made
    made.close()


@pytest.fixture
def estate_id(store: Store, road_id: str) -> str:
    """An estate with a building of its own and one door that is numbered on the road beside it."""
    with store.transaction() as session:
        road = session.get_one(PlaceName, road_id)
        estate = add_road(session, road.division, "寰宇花苑", category="estate", specific="寰宇", generic="花苑")
        add_address(session, estate, "", building="3", room="501")
        door = session.scalars(select(StandardAddress).where(StandardAddress.number == "12")).one()
        label = f"{TOWN}环球路12号寰宇花苑"
        change(session, door, actor=SYSTEM, verb="placed", to={"estate_id": estate.id, "label": label})
        return estate.id


def test_an_undone_rename_leaves_everything_as_it_was(store: Store, road_id: str, engine: Engine, officer: Actor, approver: Actor) -> None:
    hang_plates(store, 2, officer)
    case_id = make_case(store, engine, f"{TOWN}环球路14号")
    with store.transaction() as session:
        audit(session, actor=SYSTEM, on=DAY)
        finding_id = session.scalars(select(Finding.id)).one()
        road = session.get_one(PlaceName, road_id)
        name_before = [getattr(road, column) for column in NAME_COLUMNS]
    before = labels(store)
    result = run(store, road_id, officer, approver, engine, finding_id=finding_id)
    with store.transaction() as session:
        undone = undo_approval(session, result.procedure_id, actor=approver, engine=engine)
        assert (undone.status, undone.approved_by, undone.decided_on) == ("checked", None, None)
    assert labels(store) == before
    with store.reading() as session:
        road = session.get_one(PlaceName, road_id)
        assert [
            getattr(road, column) for column in ("standard_name", "specific", "generic", "pinyin", "sound", "valid_from")
        ] == name_before
        assert session.scalars(select(NameVariant)).all() == []
        assert session.get_one(Finding, finding_id).status == "in_procedure"
        assert session.get_one(CaseRecord, case_id).status == "linked"
        assert sorted(session.scalars(select(Plate.status))) == ["cancelled", "cancelled", "installed", "installed"]
        assert not session.scalars(select(PlateTask).where(PlateTask.status == "open")).all()
        assert list(broken_links(session)) == []
    with store.transaction() as session:
        again = approve(session, result.procedure_id, actor=approver, **DECISION)
        assert again.addresses == 3


def test_plates_in_the_making_under_the_old_name_are_ordered_again_by_an_undo(
    store: Store, road_id: str, officer: Actor, approver: Actor
) -> None:
    with store.transaction() as session:
        ids = list(session.scalars(select(StandardAddress.id).limit(1)))
        order_plates(session, ids, reason="首次设置", actor=officer)
    result = run(store, road_id, officer, approver)
    with store.transaction() as session:
        undo_approval(session, result.procedure_id, actor=approver)
    with store.reading() as session:
        (pending,) = session.scalars(select(Plate).where(Plate.status == "ordered"))
        assert "环球路" in str(pending.face)


@pytest.mark.parametrize("successor", [False, True])
def test_an_undone_retirement_brings_place_and_addresses_back(
    store: Store, road_id: str, officer: Actor, approver: Actor, successor: bool
) -> None:
    successor_id = None
    if successor:
        with store.transaction() as session:
            successor_id = add_road(session, session.get_one(PlaceName, road_id).division, "锦川路").id
    before = labels(store)
    result = run(store, road_id, officer, approver, kind="retire", new_name="", successor_id=successor_id)
    with store.transaction() as session:
        undo_approval(session, result.procedure_id, actor=approver)
    with store.reading() as session:
        assert session.get_one(PlaceName, road_id).status == "current"
        rows = list(session.scalars(select(StandardAddress)))
        assert {(row.status, row.valid_to, row.place_id) for row in rows} == {("current", None, road_id)}
        assert session.scalars(select(Lineage)).all() == []
    assert labels(store) == before


def test_an_approval_is_not_undone_once_plates_are_made(store: Store, road_id: str, officer: Actor, approver: Actor) -> None:
    hang_plates(store, 1, officer)
    result = run(store, road_id, officer, approver)
    with store.transaction() as session:
        make = session.scalars(
            select(PlateOrder.id).where(PlateOrder.action == "make", PlateOrder.procedure_id == result.procedure_id)
        ).one()
        advance(session, make, "make", actor=officer)
    with store.transaction() as session, pytest.raises(Conflict, match="开始制作"):
        undo_approval(session, result.procedure_id, actor=approver)


def test_an_approval_is_not_undone_after_filing_or_ten_minutes_or_by_an_officer(
    store: Store, road_id: str, officer: Actor, approver: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = run(store, road_id, officer, approver)
    with store.transaction() as session, pytest.raises(Forbidden):
        undo_approval(session, result.procedure_id, actor=officer)
    with monkeypatch.context() as later:
        later.setattr(undoing, "now", lambda: now() + timedelta(minutes=findings.undo_minutes(), seconds=1))
        with store.transaction() as session, pytest.raises(Conflict, match="分钟"):
            undo_approval(session, result.procedure_id, actor=approver)
    with store.transaction() as session:
        file(session, result.procedure_id, actor=officer)
    with store.transaction() as session, pytest.raises(Conflict, match="备案"):
        undo_approval(session, result.procedure_id, actor=approver)
