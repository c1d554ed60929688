"""What changed between proposal and decision, or after it, is seen before anything is lost."""

from __future__ import annotations

from datetime import date

import pytest
from register_rows import add_address, add_district, add_road
from sqlalchemy import select

from gazetteer.names.procedures import approve, check, propose, undo_approval
from gazetteer.names.protection import enlist
from gazetteer.store.database import Store
from gazetteer.store.events import Actor
from gazetteer.store.models import PlaceName, StandardAddress
from geoaddr.errors import Conflict

DAY = date(2026, 11, 23)
DECISION = {"decision_no": "样本〔2026〕9号", "authority": "样本区人民政府", "on": DAY}


@pytest.fixture
def roads(store: Store) -> dict[str, str]:
    """Two roads in one town, the first with a door 12."""
    with store.transaction() as session:
        town = add_district(session)["town"]
        first = add_road(session, town, "剡溪路", pinyin="Shanxi Lu", sound="shanxilu")
        second = add_road(session, town, "清沅路", pinyin="Qingyuan Lu", sound="qingyuanlu")
        add_address(session, first, "12")
        return {"first": first.id, "second": second.id}


def test_a_name_listed_after_a_merger_was_proposed_is_not_merged_away(
    store: Store, officer: Actor, approver: Actor, roads: dict[str, str]
) -> None:
    with store.transaction() as session:
        made = propose(
            session, kind="merge", reason="样本理由", place_id=roads["first"], details={"sources": [roads["second"]]}, actor=officer, on=DAY
        )
        check(session, made.id, actor=officer, on=DAY)
        enlist(session, roads["second"], grade="first", heritage_class="", reason="样本", on=DAY, actor=officer)
    with store.transaction() as session, pytest.raises(Conflict, match=r"保护名录.*第二十五条"):
        approve(session, made.id, actor=approver, **DECISION)  # type: ignore[arg-type]
    with store.reading() as session:
        assert session.get_one(PlaceName, roads["second"]).status == "current"


def test_a_split_is_not_undone_once_a_door_was_added_to_a_part(
    store: Store, officer: Actor, approver: Actor, roads: dict[str, str]
) -> None:
    parts = [{"name": "剡溪东路", "numbers": "1-13"}, {"name": "剡溪西路", "numbers": "14-"}]
    with store.transaction() as session:
        made = propose(session, kind="split", reason="样本理由", place_id=roads["first"], details={"parts": parts}, actor=officer, on=DAY)
        check(session, made.id, actor=officer, on=DAY)
    with store.transaction() as session:
        approve(session, made.id, actor=approver, **DECISION)  # type: ignore[arg-type]
        east = session.scalars(select(PlaceName).where(PlaceName.standard_name == "剡溪东路")).one()
        new = add_address(session, east, "10").id
    with store.transaction() as session, pytest.raises(Conflict, match="又有改动"):
        undo_approval(session, made.id, actor=approver)
    with store.reading() as session:
        door = session.get_one(StandardAddress, new)
        assert door.place is not None
        assert door.place.status == "current"
