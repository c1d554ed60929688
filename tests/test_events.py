"""The one event log: in the transaction, without gaps, chained, append-only."""

from __future__ import annotations

import threading
from itertools import pairwise

import pytest
from register_rows import add_address, add_district, add_road
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM, broken_links, changes, history, last_seq, record
from gazetteer.store.models import PlaceName
from gazetteer.workflow import change, change_many, move
from geoaddr.errors import Conflict


def test_events_are_numbered_without_gaps_and_chained(store: Store) -> None:
    with store.transaction() as session:
        add_district(session)
    with store.reading() as session:
        events = changes(session, since=0, limit=100)
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        assert last_seq(session) == len(events)
        assert list(broken_links(session)) == []
        assert all(later.previous_hash == earlier.hash for earlier, later in pairwise(events))


def test_a_failed_transaction_leaves_no_event(store: Store) -> None:
    with pytest.raises(RuntimeError), store.transaction() as session:
        add_district(session)
        raise RuntimeError("the power went out")
    with store.reading() as session:
        assert last_seq(session) == 0


@pytest.mark.parametrize(
    "statement",
    ["UPDATE event SET actor = 'x' WHERE seq = 1", "DELETE FROM event", "DELETE FROM event_subject", "UPDATE event_subject SET seq = 2"],
)
def test_the_database_itself_refuses_to_change_the_log(store: Store, statement: str) -> None:
    with store.transaction() as session:
        made = add_district(session)
        road = add_road(session, made["town"])
        change_many(session, PlaceName, [{"id": road.id, "origin": "口述"}], actor=SYSTEM, verb="described")
    with pytest.raises((Conflict, DBAPIError)), store.transaction() as session:
        session.execute(text(statement))


def test_tampering_below_the_triggers_is_found(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        add_district(session)
        session.execute(text("DROP TRIGGER event_no_update"))
        session.execute(text('UPDATE event SET payload = \'{"to":"retired"}\' WHERE seq = 2'))
    with sqlite_store.reading() as session:
        assert [(seq, what) for seq, what in broken_links(session)] == [(2, "内容与哈希不符")]


def test_a_bulk_event_covers_its_subjects(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        road = add_road(session, add_district(session)["town"])
        seq = change_many(session, PlaceName, [{"id": road.id, "meaning": "桥名"}], actor=SYSTEM, verb="described")
    with sqlite_store.reading() as session:
        assert [event.seq for event in history(session, road.id)][-1] == seq
    with sqlite_store.transaction() as session:
        session.execute(text("DROP TRIGGER event_subject_no_delete"))
        session.execute(text("DELETE FROM event_subject"))
    with sqlite_store.reading() as session:
        assert [what for _, what in broken_links(session)] == ["涉及的记录与登记时不符"]


def test_writers_at_the_same_time_still_number_without_gaps(store: Store) -> None:
    def write() -> None:
        for _ in range(10):
            with store.transaction() as session:
                record(session, actor=SYSTEM, action="test.tick", subject_kind="test", subject_id=None, payload={})

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.reading() as session:
        assert last_seq(session) == 40
        assert list(broken_links(session)) == []


def test_an_event_says_what_was_and_what_became(store: Store) -> None:
    with store.transaction() as session:
        road = add_road(session, add_district(session)["town"])
        change(session, road, actor=SYSTEM, verb="described", to={"origin": "因肖家桥得名"}, payload={"source": "口述"})
    with store.reading() as session:
        event = history(session, road.id)[-1]
        assert event.action == "place_name.described"
        assert event.payload == {"before": {"origin": ""}, "after": {"origin": "因肖家桥得名"}, "source": "口述"}


def test_nothing_changed_writes_no_event(store: Store) -> None:
    with store.transaction() as session:
        road = add_road(session, add_district(session)["town"])
        before = last_seq(session)
        assert change(session, road, actor=SYSTEM, verb="described", to={"origin": ""}) is None
        assert last_seq(session) == before


def test_a_move_is_in_the_history_of_its_record(store: Store) -> None:
    with store.transaction() as session:
        road = add_road(session, add_district(session)["town"])
        door = add_address(session, road, "88")
        from datetime import date

        move(session, door, "retire", actor=SYSTEM, also={"valid_to": date(2026, 11, 1)})
    with store.reading() as session:
        event = history(session, door.id)[-1]
        assert (event.action, event.payload["from"], event.payload["to"]) == ("standard_address.retire", "current", "retired")
        assert event.payload["set"] == {"valid_to": "2026-11-01"}
