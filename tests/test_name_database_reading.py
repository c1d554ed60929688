"""What the national query service's questions read: only what is asked, with the same answers on both stores."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from register_rows import add_district, add_division, add_road
from shapely import Point
from sqlalchemy import event

from gazetteer.name_database import count_names, count_nodes, division_tree, name_details, search_names
from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM
from gazetteer.store.models import Division, DivisionSuccession, Lineage, PlaceName
from gazetteer.workflow import move

VILLAGES = 120


@pytest.fixture
def ids(store: Store) -> dict[str, str]:
    """A district with one town of 120 villages, one of residents, and a road."""
    with store.transaction() as session:
        units = add_district(session)
        for number in range(VILLAGES):
            add_division(session, f"33021300{5300 + number}"[:12].ljust(12, "0"), f"样本{number}村村委会", "community", units["town"])
        road = add_road(session, units["village"], "肖桥路", category_code="23510", sound="xiao qiao lu", geom=Point(121.5, 29.6))
        return {"road": road.id, **{name: one.id for name, one in units.items()}}


@contextmanager
def divisions_read() -> Iterator[list[str]]:
    read: list[str] = []

    def loaded(target: Division, _context: Any) -> None:
        read.append(target.code)

    event.listen(Division, "load", loaded)
    try:
        yield read
    finally:
        event.remove(Division, "load", loaded)


def test_a_question_reads_only_the_units_it_is_about(store: Store, ids: dict[str, str]) -> None:
    with store.reading() as session, divisions_read() as read:
        assert division_tree(session, "330213", 1)["children"][0]["name"] == "西坞街道"
        assert sorted(read) == ["330213", "330213004"]
    with store.reading() as session, divisions_read() as read:
        assert search_names(session, "肖桥", exact=False)[0] == 2
        assert sorted(read) == ["33", "3302", "330213", "330213004", "330213004201"], "the units found and those above"
    with store.reading() as session, divisions_read() as read:
        assert name_details(session, ids["road"])["area_name"] == "奉化区"
        assert len(set(read)) == 5
    with store.reading() as session, divisions_read() as read:
        assert count_names(session, "肖桥路", "330213") == [{"name": "西坞街道", "code": "330213004000", "count": 1}]
        assert count_names(session, "xiao qiao lu", by_sound=True)[0]["count"] == 1
        assert read == [], "counted by codes and names alone"


def test_the_answers_are_whole_and_in_order_on_both_stores(store: Store, ids: dict[str, str]) -> None:
    with store.reading() as session:
        assert count_nodes(division_tree(session, "330213004000", 1)) == VILLAGES + 3
        total, page = search_names(session, "样本", exact=False, code="330213", offset=100, limit=100)
        assert (total, len(page)) == (VILLAGES, 20)
        assert search_names(session, "村", exact=False, type_code="21610")[0] == VILLAGES + 1
        assert [one["standard_name"] for one in search_names(session, "镇南", exact=False, type_code="21620")[1]] == ["镇南社区居委会"]
        assert search_names(session, "西坞街道", exact=True, type_code="21500")[0] == 1
        assert search_names(session, "%", exact=False)[0] == 0
        unit = name_details(session, ids["town"])
        assert unit["gdm"]["type"] == "MultiPoint"
        assert None not in unit.values()


def test_the_name_of_a_unit_or_place_that_is_gone_finds_what_it_has_become(store: Store, ids: dict[str, str]) -> None:
    changed, merged = date(2019, 8, 26), date(2020, 12, 1)
    with store.transaction() as session:
        district = session.get_one(Division, ids["district"])
        old = add_division(session, "330213104", "莼湖镇", "town", district, valid_from=date(2001, 1, 1), valid_to=changed)
        between = add_division(session, "330213208", "莼湖乡", "town", district, valid_from=changed, valid_to=merged)
        now = add_division(session, "330213008", "莼湖街道", "town", district, valid_from=merged)
        kept = add_division(session, "330213006", "方桥街道", "town", district, valid_from=merged)
        pairs = ((old, between, "renamed", changed), (between, now, "renamed", merged), (now, kept, "split", merged))
        session.add_all(
            DivisionSuccession(old_id=one.id, new_id=two.id, kind=kind, changed_on=day, inferred=False, source="样本")
            for one, two, kind, day in pairs
        )
        road, gone = session.get_one(PlaceName, ids["road"]), add_road(session, district, "样并路")
        seq = move(session, gone, "retire", actor=SYSTEM, also={"valid_to": merged})
        session.add(Lineage(seq=seq, subject_kind="place_name", kind="merged", old_id=gone.id, new_id=road.id))
    with store.reading() as session:
        for name, exact in (("莼湖镇", True), ("莼湖乡", True), ("莼湖镇", False)):
            total, found = search_names(session, name, exact=exact)
            assert (total, [one["standard_name"] for one in found]) == (1, ["莼湖街道"]), (
                "what was split off a unit in force is not its heir"
            )
            assert None not in found[0].values()
        assert search_names(session, "莼湖镇", exact=True, type_code="21500", code="330213")[0] == 1
        assert [one["standard_name"] for one in search_names(session, "莼湖镇", exact=True, year=2019)[1]] == ["莼湖乡"]
        assert [one["standard_name"] for one in search_names(session, "莼湖镇", exact=True, year=2018)[1]] == ["莼湖镇"]
        assert [one["standard_name"] for one in search_names(session, "样并路", exact=True)[1]] == ["肖桥路"]
        assert search_names(session, "莼湖", exact=True)[0] == 0
