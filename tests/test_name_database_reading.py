"""What the national query service's questions read: only what is asked, with the same answers on both stores."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from register_rows import add_district, add_division, add_road
from shapely import Point
from sqlalchemy import event

from gazetteer.name_database import count_names, count_nodes, division_tree, name_details, search_names
from gazetteer.store.database import Store
from gazetteer.store.models import Division

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
