"""Numbers by geometry: proposals, rows, violations, strips and what assignment refuses."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from register_rows import add_address, add_district, add_road
from shapely import LineString, MultiLineString, box
from sqlalchemy.orm import Session

from gazetteer.plates.assignment import assign_all, assign_number
from gazetteer.plates.numbering import number_along, propose_number
from gazetteer.plates.policy import rules_from, rules_of, set_policy
from gazetteer.plates.strip import numbering_strip
from gazetteer.plates.violations import longest_rising, violations
from gazetteer.plates.walking import walking_order
from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM, Actor
from gazetteer.store.models import PlaceName, StandardAddress
from gazetteer.workflow import move
from geoaddr.errors import Conflict, UsageError
from geoaddr.geometry import length_m, point_along

FROM_EAST = LineString([(121.41, 29.65), (121.40, 29.65)])
CASES = Path(__file__).parent / "cases" / "numbering.csv"


def read_cases() -> list[dict[str, str]]:
    with CASES.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def beside(offset_m: float, aside_m: float) -> tuple[float, float]:
    return point_along(FROM_EAST, offset_m, aside_m)


def door(
    session: Session, road: PlaceName, text: str, offset_m: float, aside_m: float | None = None, status: str = "current"
) -> StandardAddress:
    number, _, sub_number = text.partition("-")
    odd = int(number) % 2 == 1
    lon, lat = beside(offset_m, aside_m if aside_m is not None else (8.0 if odd else -8.0))
    return add_address(session, road, number, sub_number=sub_number, lon=lon, lat=lat, status=status)


def lay(session: Session, existing: str = "", **columns: object) -> PlaceName:
    road = add_road(session, add_district(session)["town"], **columns)
    for token in existing.split():
        text, _, at = token.partition("@")
        status = "reserved" if at.endswith("r") else "current"
        made = door(session, road, text, float(at.rstrip("rx")), status=status)
        if at.endswith("x"):
            move(session, made, "retire", actor=SYSTEM, also={"valid_to": date(2026, 1, 1)})
    return road


@pytest.mark.parametrize("case", read_cases(), ids=lambda case: case["case"])
def test_one_new_door_gets_the_number_its_place_calls_for(sqlite_store: Store, case: dict[str, str]) -> None:
    with sqlite_store.transaction() as session:
        road = lay(session, case["existing"])
        proposal = propose_number(session, road.id, *beside(float(case["offset_m"]), float(case["aside_m"])))
        assert (proposal.text, proposal.reason) == (case["number"], case["reason"])
        assert proposal.side == ("left" if float(case["aside_m"]) > 0 else "right")
        assert proposal.offset_m == pytest.approx(float(case["offset_m"]), abs=0.05)


@pytest.mark.parametrize(
    ("line", "start"),
    [
        (LineString([(121.40, 29.65), (121.41, 29.651)]), "东端"),
        (LineString([(121.41, 29.65), (121.40, 29.651)]), "东端"),
        (LineString([(121.40, 29.66), (121.401, 29.65)]), "南端"),
        (LineString([(121.40, 29.65), (121.401, 29.66)]), "南端"),
        (MultiLineString([[(121.40, 29.65), (121.404, 29.65)], [(121.404, 29.65), (121.41, 29.65)]]), "东端"),
    ],
)
def test_a_road_begins_at_its_east_or_south_end_however_it_was_drawn(sqlite_store: Store, line: LineString, start: str) -> None:
    with sqlite_store.transaction() as session:
        road = lay(session, geom=line)
        strip = numbering_strip(session, road.id)
        assert strip["start"] == start
        assert strip["length_m"] == pytest.approx(length_m(line), rel=1e-3)
        east = propose_number(session, road.id, 121.4099, 29.6502 if start == "东端" else 29.6501)
        west = propose_number(session, road.id, 121.4001, 29.6502 if start == "东端" else 29.6599)
        if start == "东端":
            assert (east.offset_m or 0) < (west.offset_m or 0)


def test_left_of_an_east_west_road_walked_from_the_east_is_its_south_side(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        road = lay(session)
        assert propose_number(session, road.id, 121.405, 29.6499).number == "1"
        assert propose_number(session, road.id, 121.405, 29.6501).number == "2"


def test_a_row_of_doors_is_numbered_in_order_with_reserved_numbers_in_the_gap(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        road = lay(session)
        found = number_along(session, road.id, [beside(10, 8), beside(70, 8), beside(20, 8), beside(15, -8)])
        doors = [(one.text, one.reason) for one in found if one.status == "current"]
        assert doors == [("1", "first"), ("2", "first"), ("3", "next"), ("19", "next")]
        kept = [one for one in found if one.status == "reserved"]
        assert [one.text for one in kept] == ["5", "7", "9", "11", "13", "15", "17"], "(50 m - 20 m) / 4 m"
        assert all(20 < (one.offset_m or 0) < 70 for one in kept)


def test_doors_squeezed_between_numbered_ones_share_the_free_numbers(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        road = lay(session, "1@10 11@90")
        found = number_along(session, road.id, [beside(offset, 8) for offset in (30, 50, 60, 70)])
        assert [one.text for one in found] == ["3", "5", "7", "9"]


def test_more_doors_than_free_numbers_end_in_sub_numbers_and_never_in_a_duplicate(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        road = lay(session, "1@10 5@90")
        found = number_along(session, road.id, [beside(offset, 8) for offset in (20, 40, 60, 80)])
        assert [one.text for one in found] == ["3", "3-1", "3-2", "3-3"]


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ({"mode": "spacing", "spacing_m": 10}, ["1", "5", "7"]),
        ({"mode": "metric"}, ["5", "27", "31"]),
        ({"one_sided": "odd"}, ["1", "3", "5"]),
        ({"one_sided": "even"}, ["2", "4", "6"]),
        ({"one_sided": "all"}, ["1", "2", "3"]),
        ({"odd_side": "right"}, ["2", "4", "6"]),
        ({"skipped": [3]}, ["1", "5", "7"]),
    ],
)
def test_the_policy_of_the_road_decides(sqlite_store: Store, rules: dict[str, object], expected: list[str]) -> None:
    with sqlite_store.transaction() as session:
        road = lay(session)
        set_policy(session, place_id=road.id, rules=rules, source="样本规则", actor=SYSTEM)
        found = number_along(session, road.id, [beside(offset, 8) for offset in (5, 27, 31)])
        assert [one.text for one in found] == expected


def test_rules_can_be_tried_on_a_road_before_they_are_set(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        road = lay(session, "1@10 3@20")
        tried = rules_from({"one_sided": "even"}, "试算")
        assert propose_number(session, road.id, *beside(30, 8), rules=tried).text == "2"
        assert [one.text for one in number_along(session, road.id, [beside(30, 8)], rules=tried)] == ["2"]
        assert {one["code"] for one in numbering_strip(session, road.id, rules=tried)["violations"]} == {"wrong-parity"}
        assert propose_number(session, road.id, *beside(30, 8)).text == "5"


def test_the_nearest_policy_counts_and_the_shipped_one_is_unconfirmed(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        units = add_district(session)
        road = add_road(session, units["town"])
        assert rules_of(session, road).confirmed is False
        set_policy(session, division_id=units["district"].id, rules={"spacing_m": 12}, source="区", actor=SYSTEM)
        assert rules_of(session, road).spacing_m == 12
        set_policy(session, division_id=units["town"].id, rules={"spacing_m": 15}, source="镇", actor=SYSTEM)
        set_policy(session, place_id=road.id, rules={"spacing_m": 9}, source="路", actor=SYSTEM)
        set_policy(session, place_id=road.id, rules={"spacing_m": 8}, source="路", actor=SYSTEM)
        assert (rules_of(session, road).spacing_m, rules_of(session, road).confirmed) == (8, True)


@pytest.mark.parametrize("rules", [{"mode": "random"}, {"spacing_m": 0}, {"spacing_m": "ten"}, {"colour": "blue"}, {"skipped": "4"}])
def test_rules_that_make_no_sense_are_refused_by_name(rules: dict[str, object]) -> None:
    with pytest.raises(UsageError) as caught:
        rules_from(rules)
    assert caught.value.field == next(iter(rules))


def test_a_lane_keeps_its_number_for_itself(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        road = lay(session, "1@10 5@50")
        add_address(session, road, "8", sub_road="3弄")
        assert propose_number(session, road.id, *beside(30, 8)).text == "1-1"
        lane = propose_number(session, road.id, *beside(30, 8), sub_road="3弄")
        assert (lane.text, lane.reason, lane.side) == ("9", "sequence", "")


def test_numbering_on_the_ground_that_runs_the_other_way_is_followed_and_reported(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        road = lay(session)
        for index, number in enumerate((9, 7, 5, 3, 1)):
            door(session, road, str(number), 10 + 10 * index, aside_m=8)
        assert [one.code for one in violations(session, road.id)] == ["direction", "parity-sides"]
        assert propose_number(session, road.id, *beside(5, 8)).text == "11"


def test_a_village_is_numbered_in_sequence_by_walking(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        units = add_district(session)
        village = add_road(session, units["village"], "下岙", category="natural_village", geom=box(121.40, 29.64, 121.41, 29.65))
        add_address(session, village, "7", lon=121.401, lat=29.641)
        found = number_along(session, village.id, [(121.404, 29.641), (121.402, 29.641), (121.403, 29.641)])
        assert [(one.text, round(one.lon, 3)) for one in found] == [("8", 121.402), ("9", 121.403), ("10", 121.404)]
        assert numbering_strip(session, village.id, found)["sides"] == []


def test_violations_blame_the_door_that_is_wrong(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        road = lay(session, "1@10 3@20 13@30 5@40 7@50 2@10 4@20 10@28")
        door(session, road, "6", 60, aside_m=8)
        door(session, road, "9", 400, aside_m=90)
        found = {(one.code, one.numbers) for one in violations(session, road.id)}
        assert ("out-of-order", ("13",)) in found
        assert ("wrong-parity", ("6",)) in found
        assert ("far-from-road", ("9",)) in found
        assert ("skipped", ("8",)) in found, "4 and 10 are 8 m apart; 6 stands on the other side"
        assert not {code for code, _ in found} & {"duplicate", "direction"}


def test_one_number_at_two_distant_doors_is_a_duplicate_and_a_shop_at_the_door_is_not(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        road = lay(session, "1@10 3@20 5@30")
        near, far = beside(11, 8), beside(200, 8)
        add_address(session, road, "1", poi="样本商店", lon=near[0], lat=near[1])
        assert [one.code for one in violations(session, road.id)] == []
        add_address(session, road, "3", poi="样本饭店", lon=far[0], lat=far[1])
        assert [(one.code, one.severity) for one in violations(session, road.id)] == [("duplicate", "blocks")]


def test_the_strip_shows_every_door_once_with_gaps_and_proposals(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        road = lay(session, "1@10 7@60 2@15 5@50r")
        extra = number_along(session, road.id, [beside(30, 8)])
        strip = numbering_strip(session, road.id, extra)
        odd, even = strip["sides"]
        assert (odd["side"], odd["parity"], even["parity"]) == ("left", "odd", "even")
        assert [(one["text"], one["state"]) for one in odd["doors"]] == [
            ("1", "existing"), ("3", "proposed"), ("5", "reserved"), ("7", "existing"),
        ]  # fmt: skip
        assert odd["gaps"] == [{"from_m": 10.0, "to_m": 60.0, "free": ["3"]}]
        assert [one["text"] for one in even["doors"]] == ["2"]
        assert strip["rules"]["confirmed"] is False


def test_assigning_a_number_makes_a_standard_address_with_its_label(store: Store, officer: Actor) -> None:
    with store.transaction() as session:
        road = lay(session)
        at = beside(20, 8)
        made = assign_number(session, road.id, "1", sub_number="2", lon=at[0], lat=at[1], actor=officer)
        assert (made.label, made.status) == ("浙江省宁波市奉化区西坞街道肖桥路1-2号", "current")
        assert made.point_level == "number"
    with pytest.raises(Conflict, match="肖桥路1-2号已经在用，请换一个号码"), store.transaction() as session:
        assign_number(session, road.id, "1", sub_number="2", lon=at[0], lat=at[1], actor=officer)


def test_a_reserved_number_comes_into_use_as_the_same_address(store: Store, officer: Actor) -> None:
    at = beside(20, 8)
    with store.transaction() as session:
        road = lay(session)
        kept = assign_number(session, road.id, "5", status="reserved", actor=officer)
        assert kept.status == "reserved"
    with store.transaction() as session:
        used = assign_number(session, road.id, "5", lon=at[0], lat=at[1], actor=officer)
        assert (used.id, used.status, used.geom is None) == (kept.id, "current", False)
    with pytest.raises(Conflict), store.transaction() as session:
        assign_number(session, road.id, "5", status="reserved", actor=officer)


def test_a_compiled_number_is_never_changed_by_assigning_another(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        road = lay(session, "1@10")
        numbered = add_address(session, road, "3")
        with pytest.raises(Conflict, match="不得擅自更改"):
            assign_number(session, road.id, "5", address_id=numbered.id, actor=SYSTEM)
        named = add_address(session, road, "", poi="样本大厦", lon=beside(30, 8)[0], lat=beside(30, 8)[1])
        assert [one.address_id for one in number_along(session, road.id)] == [named.id]
        assert assign_number(session, road.id, "7", address_id=named.id, actor=SYSTEM).label.endswith("肖桥路7号样本大厦")


def test_a_whole_row_is_assigned_or_nothing(store: Store, officer: Actor) -> None:
    points = [beside(offset, 8) for offset in (10, 20, 70)]
    with store.transaction() as session:
        road = lay(session)
        proposals = number_along(session, road.id, points)
        ids = assign_all(session, road.id, proposals, actor=officer)
        statuses = [session.get_one(StandardAddress, id_).status for id_ in ids]
        assert statuses == [one.status for one in proposals]
        assert "reserved" in statuses
        assert violations(session, road.id) == []
    with pytest.raises(Conflict, match="1号已经在用"), store.transaction() as session:
        assign_all(session, road.id, proposals, actor=officer)
    with store.reading() as session:
        assert len(numbering_strip(session, road.id)["sides"][0]["doors"]) == len(ids)


@pytest.mark.parametrize(
    ("number", "fields"),
    [("", {}), ("08", {}), ("8a", {}), ("８", {}), ("8", {"sub_number": "1-1"}), ("8", {"lon": 29.6, "lat": 121.4}), ("8", {"lon": 121.4}),
     ("8", {"status": "retired"}), ("1" * 21, {})],
)  # fmt: skip
def test_what_is_no_number_or_no_place_is_refused_in_one_sentence(sqlite_store: Store, number: str, fields: dict[str, object]) -> None:
    with sqlite_store.transaction() as session:
        road = lay(session)
        with pytest.raises(UsageError):
            assign_number(session, road.id, number, actor=SYSTEM, **fields)  # type: ignore[arg-type]


def test_the_door_belongs_to_the_community_whose_outline_holds_it(store: Store, officer: Actor) -> None:
    with store.transaction() as session:
        units = add_district(session)
        road = add_road(session, units["town"])
        units["village"].geom = box(121.40, 29.64, 121.405, 29.66)
        session.flush()
        inside = assign_number(session, road.id, "1", lon=121.402, lat=29.6499, actor=officer)
        outside = assign_number(session, road.id, "3", lon=121.409, lat=29.6499, actor=officer)
        assert (inside.division_id, outside.division_id) == (units["village"].id, units["town"].id)


@given(st.lists(st.integers(1, 40), max_size=30))
def test_the_longest_rising_row_rises_and_cannot_take_one_more(values: list[int]) -> None:
    kept = sorted(longest_rising(values))
    chosen = [values[index] for index in kept]
    assert chosen == sorted(chosen)
    best = [1] * len(values)
    for index in range(len(values)):
        best[index] += max((best[before] for before in range(index) if values[before] <= values[index]), default=0)
    assert len(kept) == max(best, default=0)


@given(st.lists(st.tuples(st.floats(121, 122), st.floats(29, 30)), max_size=40))
def test_walking_passes_every_door_exactly_once(points: list[tuple[float, float]]) -> None:
    assert sorted(walking_order(points)) == list(range(len(points)))
    assert sorted(walking_order(points, (121.5, 29.5))) == list(range(len(points)))
