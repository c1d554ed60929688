"""The sample district: official lists as published, invented places that hold together, noises that keep their truth."""

from __future__ import annotations

import csv
import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import numpy as np
import orjson
import pytest
import shapely

from gazetteer.divisions import spoken_name
from gazetteer.sample.addresses import Address, doors_of
from gazetteer.sample.district import SampleDistrict, generate
from gazetteer.sample.files import import_files, write_files
from gazetteer.sample.lists import list_dates, yearly_list
from gazetteer.sample.noise import BY_NAME
from gazetteer.sample.plates import STATUSES
from gazetteer.sample.queries import UNANSWERABLE, Text, noisy, queries, unanswerable
from gazetteer.sample.spoken import spoken, written
from gazetteer.sample.terrain import terrain, to_plane
from gazetteer.sample.words import inventory, nonstandard_names, speech
from geoaddr.errors import UsageError

CASES = Path(__file__).parent / "cases" / "sample_noise.csv"


@pytest.fixture(scope="module")
def district() -> SampleDistrict:
    return generate(2000)


@pytest.fixture(scope="module")
def rows(district: SampleDistrict) -> list[Address]:
    return list(district.addresses())


@pytest.fixture(scope="module")
def folder(district: SampleDistrict, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sample")
    write_files(district, path)
    return path


def table(path: Path, encoding: str = "utf-8") -> list[dict[str, str]]:
    with path.open(encoding=encoding, newline="") as stream:
        return list(csv.DictReader(stream))


def features(path: Path) -> list[dict]:
    return orjson.loads(path.read_bytes())["features"]


def address(kind: str) -> Address:
    """Return a fixed address of each shape: road (with a point of interest), lane, village, flat."""
    town, community = ("锦屏街道", "西岸村") if kind == "village" else ("岳林街道", "桃源社区")
    parts = {
        "road": {"road": "昌石路", "number": "12-1", "poi": "瑞安超市"},
        "lane": {"road": "昌石路", "sub_road": "18弄", "number": "28"},
        "village": {"village_group": "上樟岙", "number": "8"},
        "flat": {"estate": "昌石花苑", "building": "3", "unit": "2", "room": "501"},
    }[kind]
    levels = {"province": "浙江省", "city": "宁波市", "district": "奉化区", "town": town, "community": community}
    blank: dict[str, str | float] = dict.fromkeys(Address._fields, "")
    return Address(**blank | levels | parts | {"ref": "A00000001", "lon": 121.4, "lat": 29.6})  # type: ignore[arg-type]


# The terrain


def test_every_village_has_an_outline_with_its_seat_and_together_they_are_the_district() -> None:
    ground = terrain()
    assert len(ground.villages) == 337
    assert all(shapely.contains_xy(cell, village.x, village.y) for cell, village in zip(ground.cells, ground.villages, strict=True))
    assert shapely.union_all(list(ground.cells)).symmetric_difference(ground.outline).area < 1.0


def test_the_district_lies_within_its_true_extent_and_towns_where_they_are() -> None:
    ground = terrain()
    west, south, east, north = ground.outline.bounds
    assert to_plane(121.04, 29.39) < (west, south)
    assert east < to_plane(121.78, 29.6)[0]
    assert north < to_plane(121.4, 29.80)[1]
    middle = {code: np.mean([(v.x, v.y) for v in members], axis=0) for code, members in ground.by_town.items()}
    assert middle["330213100"][0] < middle["330213001"][0] < middle["330213108"][0], "溪口 lies west, 松岙 east of the seat"
    assert middle["330213107"][1] < middle["330213007"][1] < middle["330213006"][1], "大堰 lies south, 方桥 north"


# The addresses


@pytest.mark.parametrize("size", [500, 1000, 2357])
def test_exactly_as_many_addresses_as_asked(size: int) -> None:
    assert sum(1 for _row in generate(size).addresses()) == size


def test_the_same_seed_gives_the_same_district_and_another_one_another(district: SampleDistrict, rows: list[Address]) -> None:
    assert list(generate(2000).addresses()) == rows
    assert next(generate(2000, 7).addresses()) != rows[0]


@pytest.mark.parametrize("size", [0, 499, 5_000_001])
def test_a_size_out_of_range_is_refused_with_a_sentence(size: int) -> None:
    with pytest.raises(UsageError, match="超出范围"):
        generate(size)


def test_refs_and_full_texts_are_unique_and_refs_follow_the_order(rows: list[Address]) -> None:
    assert [row.ref for row in rows] == [f"A{index + 1:08d}" for index in range(len(rows))]
    assert len({row.full for row in rows}) == len(rows)


def test_the_full_text_is_the_parts_written_out(rows: list[Address]) -> None:
    assert [row.full for row in rows if written(spoken(row)) != row.full] == []


def test_at_least_a_quarter_are_flats_and_every_other_shape_occurs(rows: list[Address]) -> None:
    assert sum(bool(row.room) for row in rows) >= len(rows) / 4
    assert any(row.sub_road for row in rows)
    assert any("-" in row.number for row in rows)
    assert any(row.village_group for row in rows)
    assert any(row.poi and row.number and not row.room for row in rows)
    assert any(row.floor for row in rows)


def test_every_address_lies_in_the_outline_of_its_village(rows: list[Address]) -> None:
    ground = terrain()
    cells = dict(zip((village.code for village in ground.villages), ground.cells, strict=True))
    outside = [row.full for row in rows if not shapely.contains_xy(cells[row.division].buffer(30), *to_plane(row.lon, row.lat))]
    assert len(outside) <= len(rows) * 0.001, outside[:5]


def test_odd_numbers_stand_left_of_the_road_and_even_ones_right(district: SampleDistrict) -> None:
    for road in district.roads[:40]:
        line = shapely.LineString(road.line)
        for door in doors_of(road, district.seed):
            number = int(re.split(r"\D", door.sub_road or door.number)[0])
            at = line.project(shapely.Point(door.x, door.y))
            ahead, here = line.interpolate(min(at + 1, line.length)), line.interpolate(max(min(at, line.length - 1) - 1, 0))
            left = (ahead.x - here.x) * (door.y - here.y) - (ahead.y - here.y) * (door.x - here.x) > 0
            assert left == (number % 2 == 1), (road.name, door)


def test_numbers_never_repeat_on_a_road_and_leave_gaps(district: SampleDistrict) -> None:
    gaps = 0
    for road in district.roads:
        keys = [(door.sub_road, door.number) for door in doors_of(road, district.seed)]
        assert len(set(keys)) == len(keys), road.name
        numbers = {int(re.split(r"\D", number)[0]) for lane, number in keys if not lane}
        gaps += max(numbers) - len(numbers)
    assert gaps > len(district.roads)


def test_roads_stay_in_their_town(district: SampleDistrict) -> None:
    for road in district.roads:
        assert {village.town_code for village in district.terrain.nearest(np.array(road.line))} == {road.town_code}, road.name


def test_no_real_name_is_given_to_an_invented_place(district: SampleDistrict) -> None:
    real = {spoken_name(row.name).removesuffix("村") for date in list_dates() for row in yearly_list(date)}
    assert not real & {village.name for village in district.villages}
    drawn = {road.name[:2] for road in district.roads} | {estate.name[:2] for estate in district.estates}
    assert not drawn & set(inventory()["reserved"])


def test_nonstandard_names_of_every_class_occur_and_doubles_lie_in_different_towns(district: SampleDistrict) -> None:
    places = [(road.name, road.town) for road in district.roads] + [(estate.name, estate.village.town) for estate in district.estates]
    places += [(village.name, village.village.town) for village in district.villages]
    names = {name for name, _town in places}
    assert {item.finding_class for item in nonstandard_names() if item.name in names} == {"大", "洋", "怪", "重", ""}
    assert {item.name for item in nonstandard_names()} <= names
    twice = Counter(name for name, _town in places)
    assert {name for name, times in twice.items() if times > 1} == {
        item.name for item in nonstandard_names() if item.rule == "duplicate-name"
    }
    assert len(set(places)) == len(places)


def test_any_address_is_found_by_its_position_without_making_the_others(district: SampleDistrict, rows: list[Address]) -> None:
    assert district.pick([1999, 0, 777, 777]) == [rows[1999], rows[0], rows[777], rows[777]]


def test_a_flat_knows_its_door(district: SampleDistrict, rows: list[Address]) -> None:
    for row in [row for row in rows if row.room][::25]:
        door = district.door_of(row)
        assert not door.room
        assert row.full.startswith(door.full.removesuffix(row.poi)), (row.full, door.full)


# The noises and queries


@pytest.mark.parametrize("case", table(CASES), ids=lambda case: f"{case['noise']} {case['address']}")
def test_a_noise_writes_what_it_says(case: dict[str, str]) -> None:
    assert noisy(address(case["address"]), Random(1), (case["noise"],)).text == case["text"]


@pytest.mark.parametrize("kind", sorted(BY_NAME))
def test_every_noise_changes_some_addresses_and_keeps_the_truth(kind: str, district: SampleDistrict) -> None:
    found = [text for text in queries(district, 40, kinds=(kind,), unanswerable_share=0.0) if text.noises]
    assert len(found) >= 35
    full = {row.ref: row.full for row in district.pick(sorted({int(text.truth_ref[1:]) - 1 for text in found if text.truth_ref}))}
    assert all(text.noises == (kind,) and text.truth_ref and text.text != full[text.truth_ref] and text.text.strip() for text in found)


def test_every_noise_is_documented_with_an_example() -> None:
    assert [kind for kind, noise in BY_NAME.items() if "->" not in (noise.__doc__ or "")] == []


def test_queries_are_the_same_for_the_same_seed(district: SampleDistrict) -> None:
    first = list(queries(district, 60, 3, combined=2))
    assert list(queries(district, 60, 3, combined=2)) == first
    assert list(queries(district, 60, 4, combined=2)) != first


def test_queries_without_noise_are_the_full_addresses(district: SampleDistrict, rows: list[Address]) -> None:
    full = {row.ref: row.full for row in rows}
    assert all(text.text == full[text.truth_ref or ""] for text in queries(district, 50, combined=0, unanswerable_share=0.0))


def test_a_share_of_the_queries_has_no_answer_and_says_why(district: SampleDistrict) -> None:
    found = list(queries(district, 400, unanswerable_share=0.25))
    without: Iterator[Text] = (text for text in found if text.truth_ref is None)
    reasons = Counter(text.reason for text in without)
    assert 60 <= sum(reasons.values()) <= 140
    assert set(reasons) == set(UNANSWERABLE)
    assert all(not text.reason for text in found if text.truth_ref)


def test_a_number_that_does_not_exist_is_nowhere_on_roads_of_that_name(district: SampleDistrict, rows: list[Address]) -> None:
    known = {row.full for row in rows}
    doubles = {item.name for item in nonstandard_names()}
    rng = Random(5)
    for row in rows[::17]:
        text = unanswerable(row, district, rng, "no_such_number").text
        assert text not in known, text
        if row.road and row.road not in doubles and not row.room and not row.sub_road:
            number = re.search(rf"{row.road}(\d+)号", text)
            if number:
                assert number[1] not in {one.number for one in rows if one.road == row.road and not one.sub_road}


# The files


def test_the_files_to_import_are_all_written(folder: Path) -> None:
    assert [item.name for item in import_files() if not (folder / item.name).is_file()] == []


def test_writing_twice_gives_the_same_bytes(district: SampleDistrict, folder: Path, tmp_path: Path) -> None:
    write_files(generate(2000), tmp_path)
    digests = [{path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in where.iterdir()} for where in (folder, tmp_path)]
    assert digests[0] == digests[1]


def test_mappings_name_columns_that_the_files_have(folder: Path) -> None:
    from openpyxl import load_workbook

    for item in import_files():
        if not item.mapping:
            continue
        if item.name.endswith(".xlsx"):
            sheet = load_workbook(folder / item.name).active
            assert sheet is not None
            columns = {cell.value for cell in sheet[3]}
        else:
            columns = set(table(folder / item.name, item.encoding)[0])
        assert set(item.mapping.values()) <= columns, item.name


def test_elders_come_in_gb18030_and_stations_with_a_byte_order_mark(folder: Path) -> None:
    with pytest.raises(UnicodeDecodeError):
        (folder / "cases_elders.csv").read_text(encoding="utf-8")
    assert (folder / "cases_stations.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_persons_are_plainly_invented(folder: Path) -> None:
    for row in table(folder / "cases_elders.csv", "gb18030"):
        assert re.fullmatch(r"样本[甲乙丙丁戊己庚辛壬癸]\d{4,}", row["姓名"])
        assert re.fullmatch(r"SAMPLE-\d{6}", row["身份证号"])
        assert re.fullmatch(r"000-\d{8}", row["联系电话"])
        assert re.fullmatch(r"000-\d{8}", row["紧急联系电话"])


def test_plates_belong_to_doors_and_come_in_every_state(folder: Path, rows: list[Address]) -> None:
    plates = table(folder / "plates.csv")
    doors = {row.ref for row in rows if not row.room}
    assert {plate["address_ref"] for plate in plates} <= doors
    assert {plate["status"] for plate in plates} == set(STATUSES)
    states = {plate["ref"]: plate["status"] for plate in plates}
    assert {states[plate["replaces"]] for plate in plates if plate["replaces"]} == {"replaced"}
    assert all(bool(plate["lon"]) == bool(plate["installed_on"]) for plate in plates)


def test_every_truth_points_at_something_that_is_there(folder: Path, rows: list[Address]) -> None:
    known = {"address": {row.ref for row in rows}, "place": {item["properties"]["ref"] for item in features(folder / "places.geojson")}}
    truths = table(folder / "truth.csv")
    assert all(line["truth_ref"] in known[line["truth_kind"]] for line in truths if line["answerable"] == "1")
    assert all(line["reason"] and not line["truth_ref"] for line in truths if line["answerable"] == "0")
    elders, stations = table(folder / "cases_elders.csv", "gb18030"), table(folder / "cases_stations.csv", "utf-8-sig")
    per_file = Counter(line["file"] for line in truths)
    assert per_file["cases_elders.csv"] == 2 * len(elders)
    assert per_file["cases_stations.csv"] == len(stations)
    assert 0.02 < sum(line["answerable"] == "0" for line in truths) / len(truths) < 0.1


def test_every_place_an_address_names_is_in_the_place_files(folder: Path, rows: list[Address]) -> None:
    roads = {(item["properties"]["name"], item["properties"]["division"]) for item in features(folder / "roads.geojson")}
    places = {(item["properties"]["name"], item["properties"]["division"]) for item in features(folder / "places.geojson")}
    assert {(row.road, row.division[:9]) for row in rows if row.road} <= roads
    assert {(name, row.division) for row in rows for name in (row.estate, row.village_group, row.poi) if name} <= places


def test_features_are_valid_shapes_with_unique_refs(folder: Path) -> None:
    found = features(folder / "roads.geojson") + features(folder / "places.geojson")
    refs = [item["properties"]["ref"] for item in found]
    assert len(set(refs)) == len(refs)
    outlines = features(folder / "division_outlines.geojson")
    assert len(outlines) == 1 + 12 + 337
    assert {item["properties"]["outline"] for item in outlines} == {"invented"}
    for item in found + outlines:
        assert shapely.from_geojson(orjson.dumps(item["geometry"])).is_valid, item["properties"]


def test_every_town_has_its_child_protection_station(folder: Path) -> None:
    stations = table(folder / "cases_stations.csv", "utf-8-sig")
    assert {row["站点类型"] for row in stations} == {"居家养老服务站", "助餐点", "未保站"}
    protected = [row["所属镇街"] for row in stations if row["站点类型"] == "未保站"]
    assert len(protected) == len(set(protected)) == 12


def test_no_village_is_another_by_a_homophone_or_a_lost_prefix() -> None:
    groups = {character: {*group} for kind in ("homophones", "look_alikes") for group in speech()[kind] for character in group}
    deliberate = {item.name for item in nonstandard_names()}
    names = {village.name for village in generate(30_000).villages} - deliberate
    for name in names:
        mistaken = {
            name[:at] + other + name[at + 1 :]
            for at, character in enumerate(name)
            for other in groups.get(character, ())
            if other != character
        }
        assert not names & mistaken, name
        assert len(name) < 3 or name[1:] not in names, name


def test_no_road_is_another_keyed_in_the_wrong_order() -> None:
    names = {road.name for road in generate(30_000).roads}
    assert [name for name in names if name[1] != name[0] and name[1] + name[0] + name[2:] in names] == []


def test_a_name_two_towns_have_keeps_its_town(district: SampleDistrict, rows: list[Address]) -> None:
    doubles = {item.name for item in nonstandard_names() if item.rule == "duplicate-name"}
    towns = {row.ref: row.town for row in rows if {row.road, row.estate, row.village_group} & doubles}
    found = list(queries(district, 3000, kinds=("all_levels_dropped",), unanswerable_share=0.0))
    assert len(found) == 3000
    assert [text.text for text in found if text.truth_ref in towns and text.noises] == []
