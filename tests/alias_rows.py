"""A road with doors, and cases whose texts call it 样本老街; for the tests of aliases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from register_rows import add_address, add_district, add_road
from sqlalchemy import select

from gazetteer.linking.engine import Engine
from gazetteer.linking.linker import LinkRequest, link_cases
from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM
from gazetteer.store.models import AddressLink, CaseRecord, PlaceName
from gazetteer.workflow import enter
from matchers.verdict import Query

TEXTS = {
    "open": "西坞街道样本老街88号",
    "chosen": "西坞街道样本老街86号",
    "refused": "西坞街道样本老街90号",
    "elsewhere": "西坞街道肖桥路88号",
    "silent": "西坞街道无关大道5号",
}


@pytest.fixture
def engine(store: Store, tmp_path: Path) -> Iterator[Engine]:
    with store.transaction() as session:
        town = add_district(session)["town"]
        road = add_road(session, town)
        for number in ("86", "88", "90"):
            add_address(session, road, number)
        add_address(session, add_road(session, town, "锦溪路"), "90", lon=121.42)
    made = Engine(store, tmp_path / "index")
    yield made
    made.close()


@pytest.fixture
def links(store: Store, engine: Engine) -> dict[str, str]:
    """One case for each text; returns its id by name."""
    with store.transaction() as session:
        cases = {
            name: enter(session, CaseRecord(kind="elder", ref=name, attributes={}), actor=SYSTEM, verb="imported", status="loaded").id
            for name in TEXTS
        }
        link_cases(
            session, engine.view_in(session), [LinkRequest(cases[name], "residence", text) for name, text in TEXTS.items()], actor=SYSTEM
        )
    return cases


def link_now(store: Store, case_id: str) -> AddressLink:
    with store.reading() as session:
        link = session.scalar(select(AddressLink).where(AddressLink.case_id == case_id, AddressLink.status != "superseded"))
        assert link is not None
        return link


def place_named(store: Store, name: str = "肖桥路") -> str:
    with store.reading() as session:
        return session.scalars(select(PlaceName.id).where(PlaceName.standard_name == name)).one()


def address_named(store: Store, engine: Engine, text: str) -> str:
    found = engine.match(Query(text)).address
    assert found is not None
    return found.id
