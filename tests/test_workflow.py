"""Nothing else assigns a status, and wrong moves are refused."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from register_rows import add_address, add_district, add_road

from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM, Actor, last_seq
from gazetteer.store.models import Division, PlaceName, StandardAddress, Table
from gazetteer.store.models.operation import ROLES
from gazetteer.workflow import ENTRIES, MOVES, change, enter, enter_many, move, move_many, require_version
from geoaddr.errors import Conflict, Forbidden

ROOT = Path(__file__).parent.parent
PACKAGES = ("geoaddr", "matchers", "gazetteer", "web")


def _code() -> list[tuple[Path, str]]:
    return [(path, path.read_text(encoding="utf-8")) for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def test_only_the_workflow_assigns_a_status_or_adds_a_record() -> None:
    allowed = {ROOT / "gazetteer/workflow.py", ROOT / "gazetteer/idempotency.py"}  # the latter keeps answers, not records
    assigns = re.compile(r"\.status\s*=(?!=)|setattr\([^)]*['\"]status['\"]|session\.add(_all)?\(|session\.delete\(")
    beside_an_event = re.compile(r"session\.add\((DivisionSuccession|Lineage|CasePerson|IdempotentAnswer|PlaceCode)\(")
    wrong = []
    for path, code in _code():
        if path in allowed:
            continue
        for number, line in enumerate(code.splitlines(), 1):
            if assigns.search(line) and not beside_an_event.search(line) and not re.search(r"(response|answer|self|g)\.status", line):
                wrong.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()}")
    assert wrong == []


def test_only_the_linker_writes_links() -> None:
    wrong = [
        str(path.relative_to(ROOT))
        for path, code in _code()
        if "linking" not in path.parts
        and re.search(r"(enter|enter_many|move|move_many|change|change_many)\(\s*session,\s*AddressLink|AddressLink\(", code)
        and "models" not in path.parts
    ]
    assert wrong == []


def test_every_status_of_every_table_can_be_reached_and_every_move_names_known_ones() -> None:
    for kind, moves in MOVES.items():
        check = next(str(one.sqltext) for one in Table.metadata.tables[kind].constraints if str(one.name).endswith("status_known"))
        known = set(re.findall(r"'(\w+)'", check))
        reached = set(ENTRIES[kind]) | {found.target for found in moves}
        assert reached == known, kind
        assert {source for found in moves for source in found.sources} <= known, kind
        assert {role for found in moves for role in found.roles} <= {*ROLES, "system"}, kind


def test_a_move_from_the_wrong_status_is_refused_and_nothing_happens(store: Store) -> None:
    with store.transaction() as session:
        door = add_address(session, add_road(session, add_district(session)["town"]), "88")
        move(session, door, "retire", actor=SYSTEM, also={"valid_to": date(2026, 1, 1)})
        before = last_seq(session)
        with pytest.raises(Conflict):
            move(session, door, "retire", actor=SYSTEM)
        assert last_seq(session) == before


def test_a_move_is_refused_to_the_wrong_role(store: Store) -> None:
    with store.transaction() as session:
        door = add_address(session, add_road(session, add_district(session)["town"]), "88")
        with pytest.raises(Forbidden):
            move(session, door, "retire", actor=Actor("user", "somebody", "viewer"))


def test_a_bulk_move_is_all_or_nothing(store: Store) -> None:
    with store.transaction() as session:
        road = add_road(session, add_district(session)["town"])
        first, second = add_address(session, road, "1"), add_address(session, road, "3")
        move(session, second, "retire", actor=SYSTEM, also={"valid_to": date(2026, 1, 1)})
    with pytest.raises(Conflict), store.transaction() as session:
        move_many(session, StandardAddress, [first.id, second.id], "retire", actor=SYSTEM, also={"valid_to": date(2026, 2, 1)})
    with store.reading() as session:
        assert session.get(StandardAddress, first.id).status == "current"


def test_a_page_that_saw_an_older_version_gets_a_conflict(store: Store) -> None:
    with store.transaction() as session:
        road = add_road(session, add_district(session)["town"])
        seen = road.version
        change(session, road, actor=SYSTEM, verb="described", to={"origin": "甲"})
        with pytest.raises(Conflict, match="第 1 版"):
            require_version(road, seen)
        require_version(road, seen + 1)


def test_of_two_writers_of_one_record_the_later_loses_with_a_conflict(store: Store) -> None:
    with store.transaction() as session:
        road = add_road(session, add_district(session)["town"])
    with store.reading() as session:
        stale = session.get(PlaceName, road.id)
    with store.transaction() as session:
        change(session, session.get(PlaceName, road.id), actor=SYSTEM, verb="described", to={"origin": "甲"})
    with pytest.raises(Conflict), store.transaction() as session:
        session.add(stale)
        change(session, stale, actor=SYSTEM, verb="described", to={"origin": "乙"})
    with store.reading() as session:
        assert session.get(PlaceName, road.id).origin == "甲"


def test_the_same_number_twice_on_a_road_is_refused_while_both_are_live(store: Store) -> None:
    with store.transaction() as session:
        road = add_road(session, add_district(session)["town"])
        door = add_address(session, road, "88")
    with pytest.raises(Conflict), store.transaction() as session:
        add_address(session, road, "88")
    with store.transaction() as session:
        move(session, session.get(StandardAddress, door.id), "retire", actor=SYSTEM, also={"valid_to": date(2026, 1, 1)})
        add_address(session, road, "88")


def test_a_code_never_means_two_units_on_one_day(store: Store) -> None:
    with store.transaction() as session:
        town = add_district(session)["town"]
    later = {"code": "330213004", "name": "别的街道", "level": "town", "parent_id": town.parent_id, "source": "", "geom": None}
    with pytest.raises(Conflict), store.transaction() as session:
        row = Division(**later, valid_from=date(2021, 1, 1), valid_to=date(2022, 1, 1))
        enter(session, row, actor=SYSTEM, verb="added", status="retired")


def test_bulk_rows_get_ids_versions_and_one_event(store: Store) -> None:
    with store.transaction() as session:
        town = add_district(session)["town"]
        before = last_seq(session)
        row = {"category": "road", "specific": "x", "division_id": town.id, "status": "current"}
        ids = enter_many(
            session,
            type(add_road(session, town)),
            [{**row, "standard_name": f"第{n}路"} for n in range(7_000)],
            actor=SYSTEM,
            verb="imported",
        )
        assert len(set(ids)) == 7_000
        assert last_seq(session) == before + 2
