"""Coverage counts exactly the addresses that need a plate and the plates that hang there."""

from __future__ import annotations

from datetime import date

import pytest
from register_rows import add_address, add_district, add_road

from gazetteer.plates.coverage import coverage, coverage_geojson, missing_plates, totals
from gazetteer.plates.lists import list_plates
from gazetteer.plates.orders import advance, close_tasks, order_for_relabel, order_plates
from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM
from gazetteer.workflow import move
from geoaddr.errors import UsageError


def furnish(store: Store) -> dict[str, str]:
    """Lay out one road with four doors (two with plates, one of them hanging), an estate building with flats, a retired door."""
    with store.transaction() as session:
        units = add_district(session)
        road, estate = add_road(session, units["town"]), add_road(session, units["village"], "样本花苑", category="estate", geom=None)
        doors = [add_address(session, road, number) for number in ("1", "3", "5", "7")]
        building = add_address(session, estate, "", building="1")
        for room in ("101", "102"):
            add_address(session, estate, "", building="1", unit="1", room=room)
        gone = add_address(session, road, "9")
        move(session, gone, "retire", actor=SYSTEM, also={"valid_to": date(2026, 1, 1)})
        add_address(session, road, "11", status="reserved")
        order = order_plates(session, [doors[0].id, doors[1].id, building.id], reason="x", actor=SYSTEM)
        advance(session, order.id, "make", actor=SYSTEM)
        advance(session, order.id, "dispatch", actor=SYSTEM)
        plate = list_plates(session, place_id=road.id).rows[0]
        move(session, plate, "install", actor=SYSTEM)
        close_tasks(session, plate.id, ("hang",), "complete", actor=SYSTEM)
        return {"road": road.id, "estate": estate.id, "town": units["town"].id, "village": units["village"].id, "hanging": plate.address_id}


def test_only_current_doors_and_buildings_need_plates(store: Store) -> None:
    furnish(store)
    with store.reading() as session:
        all_ = totals(session)
    assert (all_.needed, all_.hanging) == (5, 1)
    assert {status: count for status, count in all_.plates.items() if count} == {"dispatched": 2, "installed": 1}
    assert all_.share == pytest.approx(0.2)


def test_towns_communities_and_roads_each_add_up_to_the_total(store: Store) -> None:
    ids = furnish(store)
    with store.reading() as session:
        for by in ("town", "community", "road"):
            rows = coverage(session, by)
            assert (sum(row.needed for row in rows), sum(row.hanging for row in rows)) == (5, 1)
        assert [(row.name, row.needed) for row in coverage(session, "town")] == [("西坞街道", 5)]
        assert {row.id: row.needed for row in coverage(session, "community")} == {ids["town"]: 4, ids["village"]: 1}
        assert {row.id: (row.needed, row.share) for row in coverage(session, "road")} == {ids["road"]: (4, 0.25), ids["estate"]: (1, 0.0)}
        assert [row.id for row in coverage(session, "road", division_id=ids["village"])] == [ids["estate"]]
        with pytest.raises(UsageError):
            coverage(session, "planet")


def test_a_plate_being_replaced_is_not_counted_twice(store: Store) -> None:
    ids = furnish(store)
    with store.transaction() as session:
        order_for_relabel(session, [ids["hanging"]], reason="更名", procedure_id=None, actor=SYSTEM)
    with store.reading() as session:
        all_ = totals(session)
        assert (all_.needed, all_.hanging, all_.plates["ordered"], all_.plates["installed"]) == (5, 1, 1, 1)


def test_what_is_missing_is_what_is_needed_and_neither_hangs_nor_is_on_its_way(store: Store) -> None:
    ids = furnish(store)
    with store.transaction() as session:
        missing = missing_plates(session)
        assert len(missing) == 2
        assert missing_plates(session, place_id=ids["estate"]) == []
        assert missing_plates(session, division_id=ids["town"]) == missing
        order_plates(session, missing, reason="补齐", actor=SYSTEM)
        assert missing_plates(session) == []


def test_the_coverage_map_has_the_outlines_of_units_with_figures(store: Store) -> None:
    ids = furnish(store)
    with store.reading() as session:
        found = coverage_geojson(session, "town")
        assert [feature["properties"]["share"] for feature in found["features"]] == [0.2]
        assert found["features"][0]["properties"]["layer"] == "coverage"
        lines = coverage_geojson(session, "road")["features"]
        assert [feature["id"] for feature in lines] == [ids["road"]], "an estate without an outline cannot be drawn"


def test_an_empty_register_has_no_share_instead_of_zero(store: Store) -> None:
    with store.reading() as session:
        assert totals(session).share is None
        assert coverage(session) == []
