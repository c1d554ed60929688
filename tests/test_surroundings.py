"""What lies around a door, what an address has become, and the counts beside lists of plates, on both stores."""

from __future__ import annotations

from datetime import date

from register_rows import add_address, add_district, add_road

from gazetteer.plates.counts import doors_of, numbered_places, open_orders, plate_counts, summaries, tasks_of
from gazetteer.plates.orders import advance, order_plates
from gazetteer.plates.surroundings import surroundings, todays_addresses
from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM
from gazetteer.store.models import Lineage
from gazetteer.workflow import move


def test_the_surroundings_of_a_door_are_cut_to_its_box(store: Store) -> None:
    with store.transaction() as session:
        road = add_road(session, add_district(session)["village"])
        add_address(session, road, "1")
        add_address(session, road, "2", lon=121.4012)
        add_address(session, road, "99", lon=121.4095)
        found = surroundings(session, 121.401, 29.6501, 100)
        [(name, lines)] = found.roads
        west, _south, east, _north = found.box
        assert name == "肖桥路"
        assert all(west - 1e-9 <= lon <= east + 1e-9 for line in lines for lon, _lat in line)
        assert sorted(text for text, _lon, _lat in found.doors) == ["1", "2"]


def test_an_address_is_followed_to_what_it_has_become(store: Store) -> None:
    with store.transaction() as session:
        road = add_road(session, add_district(session)["village"])
        old, middle, new = (add_address(session, road, number) for number in ("1", "3", "5"))
        assert [one.id for one in todays_addresses(session, old.id)] == [old.id]
        for before, after in ((old, middle), (middle, new)):
            seq = move(session, before, "retire", actor=SYSTEM, also={"valid_to": date(2026, 1, 1)})
            session.add(Lineage(seq=seq, subject_kind="standard_address", old_id=before.id, new_id=after.id, kind="renumbered"))
            session.flush()
        assert [one.id for one in todays_addresses(session, old.id)] == [new.id]


def test_counts_follow_plates_and_their_tasks(store: Store) -> None:
    with store.transaction() as session:
        units = add_district(session)
        road = add_road(session, units["village"])
        doors = [add_address(session, road, number).id for number in ("1", "3")]
        assert (plate_counts(session), open_orders(session)) == ({}, 0)
        order = order_plates(session, doors, reason="新编号", actor=SYSTEM)
        [summary] = summaries(session, [order])
        assert (summary.plates, summary.open, len(tasks_of(session, order.id))) == (2, 2, 2)
        advance(session, order.id, "make", actor=SYSTEM)
        assert (plate_counts(session), open_orders(session)) == ({"made": 2}, 1)
        assert [door.number for door in doors_of(session, road.id)] == ["1", "3"]
        wanted = numbered_places(session, division_id=units["town"].id, text="肖桥", category="road")
        assert [one.id for one in session.scalars(wanted)] == [road.id]
        assert not list(session.scalars(numbered_places(session, text="100%")))
