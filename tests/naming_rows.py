"""A road to rename, with plates and cases on it, for the tests of what follows an approval."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select

from gazetteer.linking.engine import Engine
from gazetteer.linking.linker import LinkRequest, link_cases
from gazetteer.names.approval import CascadeResult, approve
from gazetteer.names.procedures import check, propose
from gazetteer.plates.orders import advance, close_tasks, order_plates
from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM, Actor
from gazetteer.store.models import (
    CaseRecord,
    Plate,
    StandardAddress,
)
from gazetteer.workflow import enter, move

DAY = date(2026, 11, 23)
TOWN = "浙江省宁波市奉化区西坞街道"
DECISION: dict[str, Any] = {"decision_no": "奉民〔2026〕1号", "authority": "奉化区人民政府", "on": DAY}
NAME_COLUMNS = ("standard_name", "specific", "generic", "pinyin", "sound", "valid_from")
NUMBERS = ("12", "14", "16")


def hang_plates(store: Store, count: int, actor: Actor) -> None:
    with store.transaction() as session:
        ids = list(session.scalars(select(StandardAddress.id).order_by(StandardAddress.number).limit(count)))
        order = order_plates(session, ids, reason="首次设置", actor=actor)
        for verb in ("make", "receive", "dispatch"):
            advance(session, order.id, verb, actor=actor)
        for plate in session.scalars(select(Plate)):
            move(session, plate, "install", actor=actor)
            close_tasks(session, plate.id, ("hang", "replace"), "complete", actor=actor)


def make_case(store: Store, engine: Engine, text: str) -> str:
    with store.transaction() as session:
        case = enter(session, CaseRecord(kind="elder", ref=text[-8:], attributes={}), actor=SYSTEM, verb="imported", status="loaded")
        link_cases(session, engine.view_in(session), [LinkRequest(case.id, "residence", text)], actor=SYSTEM)
        return case.id


def run(store: Store, road_id: str, officer: Actor, approver: Actor, engine: Engine | None = None, **options: object) -> CascadeResult:
    columns: dict[str, object] = {"kind": "rename", "new_name": "锦川路", **options}
    with store.transaction() as session:
        procedure = propose(session, place_id=road_id, reason="刻意夸大", actor=officer, on=DAY, **columns)  # type: ignore[arg-type]
        check(session, procedure.id, actor=officer, on=DAY)
    with store.transaction() as session:
        return approve(
            session, procedure.id, actor=approver, decision_no="奉民〔2026〕1号", authority="奉化区人民政府", engine=engine, on=DAY
        )


def labels(store: Store) -> list[str]:
    with store.reading() as session:
        return list(session.scalars(select(StandardAddress.label).order_by(StandardAddress.label)))
