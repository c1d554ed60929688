"""What follows an approval: former name, labels, plates, links, doubts and events together."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from naming_rows import DAY, DECISION, NUMBERS, TOWN, hang_plates, labels, make_case, run
from register_rows import SINCE, add_address, add_district, add_road
from sqlalchemy import select

from gazetteer.linking.engine import Engine
from gazetteer.names.approval import approve
from gazetteer.names.audit import audit
from gazetteer.names.cascade import RELINK_JOB, relink_procedure
from gazetteer.names.impact import impact
from gazetteer.names.procedures import check, propose
from gazetteer.names.undoing import undo_approval
from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM, Actor, broken_links, history, last_seq
from gazetteer.store.models import (
    AddressLink,
    CaseRecord,
    Finding,
    Job,
    Lineage,
    NameVariant,
    NamingProcedure,
    PlaceName,
    Plate,
    PlateOrder,
    PlateTask,
    StandardAddress,
)
from gazetteer.workflow import change, move
from geoaddr.errors import Conflict
from matchers.verdict import Query


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


def test_a_renamed_road_keeps_its_id_and_remembers_its_former_name(store: Store, road_id: str, officer: Actor, approver: Actor) -> None:
    run(store, road_id, officer, approver)
    with store.reading() as session:
        road = session.get_one(PlaceName, road_id)
        assert (road.standard_name, road.specific, road.generic, road.pinyin) == ("锦川路", "锦川", "路", "Jinchuan Lu")
        assert road.sound == "jin chuan lu "
        (former,) = road.variants
        assert (former.text, former.kind, former.valid_from, former.valid_to) == ("环球路", "former", SINCE, DAY)
        actions = [event.action for event in history(session, road_id)]
        assert actions == ["place_name.added", "place_name.rename"]
        assert list(broken_links(session)) == []


def test_every_live_address_gets_the_new_label_and_a_retired_one_keeps_the_old(
    store: Store, road_id: str, officer: Actor, approver: Actor
) -> None:
    with store.transaction() as session:
        old = add_address(session, session.get_one(PlaceName, road_id), "18")
        move(session, old, "retire", actor=SYSTEM, also={"valid_to": DAY})
    result = run(store, road_id, officer, approver)
    assert result.addresses == 3
    assert labels(store) == sorted([*(f"{TOWN}锦川路{number}号" for number in NUMBERS), f"{TOWN}环球路18号"])


def test_hanging_plates_are_replaced_and_doors_without_plates_are_left_alone(
    store: Store, road_id: str, officer: Actor, approver: Actor
) -> None:
    hang_plates(store, 2, officer)
    result = run(store, road_id, officer, approver)
    assert (result.plates_ordered, result.plates_to_take_down, len(result.order_ids)) == (2, 2, 2)
    with store.reading() as session:
        fresh = list(session.scalars(select(Plate).where(Plate.status == "ordered")))
        assert len(fresh) == 2
        assert all("锦川路" in str(plate.face) for plate in fresh)
        actions = dict(session.execute(select(PlateOrder.action, PlateOrder.procedure_id)).all())  # type: ignore[arg-type]
        assert actions["take_down"] == result.procedure_id == actions["make"]
        down = list(session.scalars(select(PlateTask).where(PlateTask.action == "take_down", PlateTask.status == "open")))
        assert {task.plate.status for task in down} == {"installed"}


def test_links_hold_through_a_rename_and_open_ones_find_the_new_name(
    store: Store, road_id: str, engine: Engine, officer: Actor, approver: Actor
) -> None:
    linked = make_case(store, engine, f"{TOWN}环球路14号")
    waiting = make_case(store, engine, f"{TOWN}锦川路16号")
    with store.reading() as session:
        before = {case: session.get_one(CaseRecord, case).status for case in (linked, waiting)}
        counted = impact(session, road_id)
    assert before[linked] == "linked"
    assert before[waiting] != "linked"
    assert (counted.addresses, counted.links, counted.cases) == (3, 1, 1)
    result = run(store, road_id, officer, approver, engine)
    assert result.links is not None
    assert result.links["examined"] >= 2
    assert result.job_id is None
    with store.reading() as session:
        current = {link.case_id: link for link in session.scalars(select(AddressLink).where(AddressLink.status != "superseded"))}
        assert current[linked].address is not None
        assert current[linked].address.label == f"{TOWN}锦川路14号"
        assert session.get_one(CaseRecord, waiting).status == "linked"


def test_the_old_name_is_still_understood_after_a_rename(
    store: Store, road_id: str, engine: Engine, officer: Actor, approver: Actor
) -> None:
    run(store, road_id, officer, approver, engine)
    verdict = engine.match(Query(f"{TOWN}环球路14号"))
    assert verdict.verdict in ("A", "B")
    assert verdict.address is not None
    assert verdict.address.label == f"{TOWN}锦川路14号"


def test_without_an_index_the_links_are_left_to_a_job_of_the_same_transaction(
    store: Store, road_id: str, officer: Actor, approver: Actor, tmp_path: Path
) -> None:
    result = run(store, road_id, officer, approver)
    with store.reading() as session:
        job = session.scalars(select(Job)).one()
        assert (job.id, job.kind, job.status, job.params) == (result.job_id, RELINK_JOB, "queued", {"procedure_id": result.procedure_id})
    made = Engine(store, tmp_path / "index")
    with store.transaction() as session:
        assert relink_procedure(session, made.view_in(session), result.procedure_id, actor=SYSTEM)["examined"] == 0
    made.close()


def test_the_doubt_is_cured_and_those_of_namesakes_too(store: Store, road_id: str, officer: Actor, approver: Actor) -> None:
    with store.transaction() as session:
        add_road(session, session.get_one(PlaceName, road_id).division, "环球路")
        audit(session, actor=SYSTEM, on=DAY)
        before = {(one.rule, one.status) for one in session.scalars(select(Finding))}
        finding_id = session.scalars(select(Finding.id).where(Finding.subject_id == road_id, Finding.rule == "duplicate-name")).one()
    assert before == {("exaggerated-name", "open"), ("duplicate-name", "open")}
    result = run(store, road_id, officer, approver, finding_id=finding_id)
    assert result.findings_cured == 3
    with store.reading() as session:
        left = [(one.rule, one.subject_id == road_id) for one in session.scalars(select(Finding).where(Finding.status == "open"))]
    assert left == [("exaggerated-name", False)]


def test_an_approval_repeated_answers_the_same_and_changes_nothing(store: Store, road_id: str, officer: Actor, approver: Actor) -> None:
    first = run(store, road_id, officer, approver)
    with store.transaction() as session:
        seq = last_seq(session)
        again = approve(session, first.procedure_id, actor=approver, **DECISION)
        assert again == first
        assert last_seq(session) == seq


def test_a_name_that_comes_back_keeps_one_former_entry_for_each_name(store: Store, road_id: str, officer: Actor, approver: Actor) -> None:
    run(store, road_id, officer, approver)
    run(store, road_id, officer, approver, new_name="锦溪路")
    run(store, road_id, officer, approver, new_name="锦川路")
    run(store, road_id, officer, approver, new_name="兰溪路")
    with store.reading() as session:
        texts = sorted(session.scalars(select(NameVariant.text).where(NameVariant.kind == "former")))
    assert texts == sorted(["环球路", "锦川路", "锦溪路"])


def test_a_retired_road_takes_its_addresses_and_plates_with_it(store: Store, road_id: str, officer: Actor, approver: Actor) -> None:
    hang_plates(store, 1, officer)
    result = run(store, road_id, officer, approver, kind="retire", new_name="")
    assert (result.addresses, result.plates_ordered, result.plates_to_take_down) == (3, 0, 1)
    with store.reading() as session:
        road = session.get_one(PlaceName, road_id)
        assert (road.status, road.valid_to) == ("retired", DAY)
        assert {(one.status, one.valid_to) for one in session.scalars(select(StandardAddress))} == {("retired", DAY)}


def test_a_road_merged_into_another_hands_over_its_addresses_under_their_ids(
    store: Store, road_id: str, officer: Actor, approver: Actor
) -> None:
    with store.transaction() as session:
        successor = add_road(session, session.get_one(PlaceName, road_id).division, "锦川路")
        add_address(session, successor, "2")
        successor_id, before = successor.id, set(session.scalars(select(StandardAddress.id)))
    run(store, road_id, officer, approver, kind="retire", new_name="", successor_id=successor_id)
    with store.reading() as session:
        rows = list(session.scalars(select(StandardAddress)))
        assert {row.id for row in rows} == before
        assert {(row.place_id, row.status) for row in rows} == {(successor_id, "current")}
        line = session.scalars(select(Lineage)).one()
        assert (line.old_id, line.new_id, line.kind) == (road_id, successor_id, "merged")
    assert labels(store) == sorted(f"{TOWN}锦川路{number}号" for number in ("2", *NUMBERS))


def test_a_merge_that_would_double_a_number_is_refused_whole(store: Store, road_id: str, officer: Actor, approver: Actor) -> None:
    with store.transaction() as session:
        successor = add_road(session, session.get_one(PlaceName, road_id).division, "锦川路")
        add_address(session, successor, "14")
        successor_id = successor.id
    with pytest.raises(Conflict, match="环球路14号"):
        run(store, road_id, officer, approver, kind="retire", new_name="", successor_id=successor_id)
    with store.reading() as session:
        assert session.get_one(PlaceName, road_id).status == "current"
        assert session.scalars(select(NamingProcedure.status)).one() == "checked"


def test_of_two_proposals_of_one_name_decided_at_once_only_one_passes(store: Store, road_id: str, officer: Actor, approver: Actor) -> None:
    with store.transaction() as session:
        other_id = add_road(session, session.get_one(PlaceName, road_id).division, "寰宇路").id
        ids = []
        for place_id in (road_id, other_id):
            procedure = propose(session, kind="rename", new_name="锦川路", place_id=place_id, reason="刻意夸大", actor=officer, on=DAY)
            check(session, procedure.id, actor=officer, on=DAY)
            ids.append(procedure.id)
    together = Barrier(2)

    def decide(procedure_id: str) -> str:
        together.wait()
        try:
            with store.transaction() as session:
                approve(session, procedure_id, actor=approver, **DECISION)
        except Conflict as refused:
            return refused.message
        return "approved"

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(decide, ids), key=len)
    assert outcomes[0] == "approved"
    assert "锦川路" in outcomes[1]
    with store.reading() as session:
        assert sorted(session.scalars(select(PlaceName.standard_name))) in (["寰宇路", "锦川路"], ["环球路", "锦川路"])
        assert list(broken_links(session)) == []


def test_two_audits_at_once_raise_each_doubt_once(store: Store, road_id: str) -> None:
    together = Barrier(2)

    def run_audit(_: int) -> int:
        together.wait()
        with store.transaction() as session:
            return audit(session, actor=SYSTEM, on=DAY).raised

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(run_audit, range(2))) == [0, 1]


def test_renaming_an_estate_relabels_its_own_doors_and_those_numbered_on_a_road(
    store: Store, estate_id: str, officer: Actor, approver: Actor
) -> None:
    assert run(store, estate_id, officer, approver, new_name="锦川花苑").addresses == 2
    assert labels(store)[-2:] == [f"{TOWN}环球路16号", f"{TOWN}锦川花苑3幢501室"]
    assert f"{TOWN}环球路12号锦川花苑" in labels(store)


def test_retiring_an_estate_keeps_the_doors_that_are_numbered_on_a_road(
    store: Store, estate_id: str, officer: Actor, approver: Actor
) -> None:
    result = run(store, estate_id, officer, approver, kind="retire", new_name="")
    with store.reading() as session:
        rows = {row.number or row.building: (row.status, row.estate_id, row.label) for row in session.scalars(select(StandardAddress))}
    assert rows["12"] == ("current", None, f"{TOWN}环球路12号")
    assert rows["3"][0] == "retired"
    with store.transaction() as session:
        undo_approval(session, result.procedure_id, actor=approver)
    with store.reading() as session:
        rows = {row.number or row.building: (row.status, row.estate_id, row.label) for row in session.scalars(select(StandardAddress))}
    assert rows["12"] == ("current", estate_id, f"{TOWN}环球路12号寰宇花苑")
    assert rows["3"][0] == "current"
