"""What a split left open is settled by position, all of a unit at once: counted first, within one's reach, fast for a whole town."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from register_rows import add_address, add_district, add_division, add_road
from shapely import LineString, Point, box
from sqlalchemy import func, select
from web_fixtures import post

from gazetteer.addresses import PART_COLUMNS
from gazetteer.division_rows import state_succession
from gazetteer.division_settling import left_in
from gazetteer.division_suggestions import preview, take_all
from gazetteer.people import limit_competence
from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM, Actor
from gazetteer.store.models import Division, PlaceName, StandardAddress
from gazetteer.store.models.core import box_columns
from gazetteer.workflow import enter_many, move
from geoaddr.errors import Conflict, Forbidden

SignIn = Callable[[str], FlaskClient]
ENDED = date(2024, 5, 1)


def split_village(session: Any) -> dict[str, str]:
    """肖桥村 was split at 121.40 into an eastern and a western half; a road lies in each, one door in neither."""
    units = add_district(session)
    old = units["village"]
    found = {"old": old.id, "town": units["town"].id}
    for side, code, outline in (("west", "330213004291", (121.3, 29.6, 121.4, 29.7)), ("east", "330213004292", (121.4, 29.6, 121.5, 29.7))):
        name = {"west": "肖西村村委会", "east": "肖东村村委会"}[side]
        part = add_division(session, code, name, "community", units["town"], geom=box(*outline), valid_from=ENDED)
        found[side] = part.id
    west = add_road(session, old, "桥西路", geom=LineString([(121.35, 29.65), (121.36, 29.65)]))
    east = add_road(session, old, "桥东路", geom=LineString([(121.45, 29.65), (121.46, 29.65)]))
    for place, numbers in ((west, "12"), (east, "345")):
        for number in numbers:
            add_address(session, place, number)
    add_address(session, None, "8", division=old, lon=121.33)
    add_address(session, None, "9", division=old, lon=121.7)
    add_road(session, old, "无图路", geom=None)
    move(session, old, "retire", actor=SYSTEM, also={"valid_to": ENDED})
    for side in ("west", "east"):
        state_succession(session, old, session.get_one(Division, found[side]), "split", ENDED, "样本")
    session.flush()
    return found


def test_a_preview_counts_what_goes_where_and_nothing_else_is_moved(store: Store, officer: Actor) -> None:
    with store.transaction() as session:
        ids = split_village(session)
        shown = preview(session, ids["old"])
        assert [(one.part.id, one.places, one.along, one.addresses) for one in shown.shares] == [
            (ids["west"], 1, 2, 1),
            (ids["east"], 1, 3, 0),
        ]
        assert (shown.staying.places, shown.staying.addresses, shown.moving) == (1, 1, 3)
        moved = take_all(session, ids["old"], seen=shown.seen, actor=officer)
        assert moved == {"children": 0, "places": 2, "addresses": 6}
        there = select(StandardAddress.division_id, func.count()).group_by(StandardAddress.division_id)
        assert {row[0]: row[1] for row in session.execute(there)} == {ids["west"]: 3, ids["east"]: 3, ids["old"]: 1}
        labels = list(session.scalars(select(StandardAddress.label).where(StandardAddress.division_id == ids["west"])))
        assert any("肖西村8号" in label for label in labels)
        left = left_in(session, ids["old"])
        assert (left.places, left.addresses) == (1, 1), "without a position, or in neither half: a person says where"
        with pytest.raises(Conflict, match="已有变化"):
            take_all(session, ids["old"], seen=shown.seen, actor=officer)


def test_a_number_taken_in_the_part_stops_all_of_it(store: Store, officer: Actor) -> None:
    with store.transaction() as session:
        ids = split_village(session)
        add_address(session, None, "8", division=session.get_one(Division, ids["west"]))
        seen = preview(session, ids["old"]).seen
    with pytest.raises(Conflict, match="那里已有同样的门牌号"), store.transaction() as session:
        take_all(session, ids["old"], seen=seen, actor=officer)
    with store.reading() as session:
        assert left_in(session, ids["old"]).places == 3, "not even what went before it in the same act"


def test_suggestions_of_another_town_are_refused(store: Store, officer: Actor) -> None:
    with store.transaction() as session:
        ids = split_village(session)
        other = add_division(session, "330213008", "莼湖街道", "town", session.get_one(Division, ids["town"]).parent)
        limit_competence(session, str(officer.id), division_id=other.id, authority="", actor=SYSTEM)
        with pytest.raises(Forbidden, match="权限只到莼湖街道"):
            take_all(session, ids["old"], seen=preview(session, ids["old"]).seen, actor=officer)


def test_fifty_thousand_addresses_are_settled_within_a_minute(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        ids = split_village(session)
        blank = dict.fromkeys(PART_COLUMNS, "")
        points = [Point(121.31 + 0.18 * side, 29.65) for side in (0, 1)]
        rows = [
            {**blank, "division_id": ids["old"], "number": str(1000 + n), "label": f"{1000 + n}号", "status": "current",
             "geom": points[n % 2], **box_columns(points[n % 2]), "point_level": "number", "point_source": "test"}
            for n in range(50_000)
        ]  # fmt: skip
        enter_many(session, StandardAddress, rows, actor=SYSTEM, verb="added")
    began = time.monotonic()
    with sqlite_store.transaction() as session:
        shown = preview(session, ids["old"])
        moved = take_all(session, ids["old"], seen=shown.seen, actor=SYSTEM)
    assert moved["addresses"] == 50_006
    assert time.monotonic() - began < 60


def test_all_suggestions_are_taken_on_the_page_after_a_look(signed_in: SignIn, sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        ids = split_village(session)
    officer, here = signed_in("officer"), f"/map/settling/{ids['old']}"
    assert f"{here}/suggestions" in officer.get(here).get_data(as_text=True)
    page = officer.get(f"{here}/suggestions").get_data(as_text=True)
    assert "按位置归入 3 项" in page
    assert post(officer, f"{here}/suggestions", {"seen": "0"}).status_code == 409
    with sqlite_store.reading() as session:
        seen = preview(session, ids["old"]).seen
    assert post(officer, f"{here}/suggestions", {"seen": seen}).headers["Location"].endswith(here)
    with sqlite_store.reading() as session:
        roads = select(PlaceName.standard_name, PlaceName.division_id)
        assert {row[0]: row[1] for row in session.execute(roads)} == {"桥西路": ids["west"], "桥东路": ids["east"], "无图路": ids["old"]}
    assert "没有按位置能定的" in officer.get(f"{here}/suggestions").get_data(as_text=True)
    assert signed_in("viewer").get(f"{here}/suggestions").status_code == 403
