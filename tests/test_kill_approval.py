"""An approval killed at any moment leaves nothing half done, and running it again finishes it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from register_rows import add_address, add_district, add_road
from sqlalchemy import func, select

from gazetteer.names.approval import approve
from gazetteer.names.procedures import check, propose
from gazetteer.plates.orders import advance, order_plates
from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM, Actor, broken_links, last_seq
from gazetteer.store.models import NameVariant, NamingProcedure, PlaceName, Plate, PlateOrder, StandardAddress
from gazetteer.workflow import enter_many, move_many

DAY = date(2026, 11, 23)
DECISION: dict[str, Any] = {"decision_no": "奉民〔2026〕1号", "authority": "奉化区人民政府", "on": DAY}
DOORS = 3_000
PLATES = 200
CHILD = """
import sys
from datetime import date
from gazetteer.names.stages import STAGES
from gazetteer.names.approval import approve
from gazetteer.store.database import Store
from gazetteer.store.events import Actor
url, procedure_id, name, id_, stage = sys.argv[1:]
stages = STAGES["rename"]
def announced(step):
    def run(state):
        step(state)
        print(step.__name__, flush=True)
        if step.__name__ == stage:
            sys.stdin.readline()
    return run
STAGES["rename"] = tuple(announced(step) for step in stages)
store = Store(url)
with store.transaction() as session:
    approve(session, procedure_id, actor=Actor("user", name, "approver", id_), decision_no="奉民〔2026〕1号", authority="奉化区人民政府",
            on=date(2026, 11, 23))
    print("carried out", flush=True)
    if stage == "carried out":
        sys.stdin.readline()
print("committed", flush=True)
"""


def make_register(store: Store, officer: Actor) -> str:
    """Lay a road of many doors, some with plates, and a checked proposal to rename it; returns the procedure's id."""
    with store.transaction() as session:
        road = add_road(session, add_district(session)["town"], "环球路")
        first = add_address(session, road, "1")
        rows = [
            {"place_id": road.id, "division_id": road.division_id, "number": str(number), "status": "current", "datum": "CGCS2000",
             "label": first.label.replace("1号", f"{number}号"), **dict.fromkeys(EMPTY_PARTS, "")}
            for number in range(2, DOORS + 1)
        ]  # fmt: skip
        ids = enter_many(session, StandardAddress, rows, actor=SYSTEM, verb="added")
        order = order_plates(session, ids[:PLATES], reason="首次设置", actor=officer)
        for verb in ("make", "receive", "dispatch"):
            advance(session, order.id, verb, actor=officer)
        move_many(session, Plate, list(session.scalars(select(Plate.id))), "install", actor=officer)
        procedure = propose(session, kind="rename", place_id=road.id, new_name="锦川路", reason="刻意夸大", actor=officer, on=DAY)
        check(session, procedure.id, actor=officer, on=DAY)
        return procedure.id


EMPTY_PARTS = ("sub_road", "sub_number", "building", "unit", "floor", "room", "poi", "point_source", "point_level")


def state(store: Store) -> dict[str, Any]:
    with store.reading() as session:
        old = select(func.count()).select_from(StandardAddress).where(StandardAddress.label.contains("环球路"))
        return {
            "seq": last_seq(session),
            "status": session.scalars(select(NamingProcedure.status)).one(),
            "name": session.scalars(select(PlaceName.standard_name)).one(),
            "variants": session.scalar(select(func.count()).select_from(NameVariant)),
            "old_labels": session.scalar(old),
            "ordered": session.scalar(select(func.count()).select_from(Plate).where(Plate.status == "ordered")),
            "orders": session.scalar(select(func.count()).select_from(PlateOrder)),
        }


def kill_after(store: Store, procedure_id: str, approver: Actor, stage: str) -> None:
    """Run the approval in a process of its own and kill it the moment it has done a stage."""
    arguments = [sys.executable, "-c", CHILD, store.url, procedure_id, approver.name, approver.id or "", stage]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(arguments, env=os.environ | {"PYTHONPATH": str(ROOT)}, **pipes) as child:
        assert child.stdout is not None
        seen = []
        for line in child.stdout:
            seen.append(line.strip())
            if line.strip() == stage:
                break
        assert seen[-1:] == [stage], f"the approval ended before {stage}: {seen}"
        os.kill(child.pid, signal.SIGKILL)
        assert child.wait(timeout=30) == -signal.SIGKILL


ROOT = Path(__file__).parent.parent


@pytest.mark.slow
def test_an_approval_killed_at_any_stage_leaves_nothing_and_finishes_when_run_again(store: Store, officer: Actor, approver: Actor) -> None:
    procedure_id = make_register(store, officer)
    before = state(store)
    assert (before["status"], before["old_labels"], before["ordered"]) == ("checked", DOORS, 0)
    for stage in ("rename_place", "relabel_addresses", "replace_plates", "redecide_links", "carried out"):
        kill_after(store, procedure_id, approver, stage)
        assert state(store) == before, f"killed after {stage}"
    with store.transaction() as session:
        result = approve(session, procedure_id, actor=approver, **DECISION)
    assert (result.addresses, result.plates_ordered, result.plates_to_take_down) == (DOORS, PLATES, PLATES)
    after = state(store)
    assert (after["status"], after["name"], after["variants"], after["old_labels"], after["ordered"]) == (
        "approved",
        "锦川路",
        1,
        0,
        PLATES,
    )
    with store.transaction() as session:
        assert approve(session, procedure_id, actor=approver, **DECISION) == result
    assert state(store) == after
    with store.reading() as session:
        assert list(broken_links(session)) == []
