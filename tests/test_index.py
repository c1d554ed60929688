"""The index on disk: complete, compact, replaced in one step, and the same with later changes laid over it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from match_register import XIWU, small_register

from geoaddr.errors import Conflict, NotFound
from matchers.index import Index, Overlay, build_index, open_index
from matchers.index.cells import distance_m
from matchers.index.keys import NAMED, PLACE, ROAD, door_key, inside_key
from matchers.verdict import Entry

NAMED_DOOR = door_key(NAMED, "", "")


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    build_index(small_register(), tmp_path, seq=7)
    opened = open_index(tmp_path)
    yield opened
    opened.close()


def test_every_entry_comes_back_as_it_went_in(index: Index) -> None:
    kept = [entry for entry in small_register() if entry.status != "rejected"]
    assert len(index) == len(kept)
    assert [index.entry(row) for row in range(len(index))] == kept
    assert all(index.by_id(entry.id) == entry for entry in kept)
    assert index.by_id("nobody") is None
    assert index.by_id("xq999-bad") is None
    assert (index.seq, index.covered["district"]) == (7, {"奉化区"})


def test_a_door_is_found_by_street_estate_village_hamlet_and_point_of_interest(index: Index) -> None:
    def ids(anchor: str, door: int) -> set[str]:
        return {index.entry(row).id for row in index.rows_at(anchor, door)}

    assert ids("肖桥路", door_key(ROAD, "", "88")) == {"xq88"}
    assert ids("肖桥路", door_key(ROAD, "264", "8")) == {"lane"}
    assert ids("肖桥路", door_key(ROAD, "", "107")) == {"xq105-107"}
    assert len(ids("锦绣苑", door_key(PLACE, "", "3"))) == 6
    assert ids("舒前村", door_key(PLACE, "", "159")) == {"village-159"}
    assert ids("样本岙", door_key(PLACE, "", "7")) == {"hamlet-7"}
    assert ids("西坞样本卫生院", NAMED_DOOR) == {"clinic", "xq92"}
    assert ids("没有的路", NAMED_DOOR) == set()


def test_the_entrance_comes_before_its_flats_and_a_flat_is_found_without_its_unit(index: Index) -> None:
    gate = door_key(ROAD, "", "66")
    assert index.entry(index.rows_at("大成东路", gate, limit=1)[0]).id == "gate"
    assert index.has_inside("大成东路", gate)
    assert not index.has_inside("肖桥路", door_key(ROAD, "", "88"))
    rows = index.rows_at("大成东路", gate, inside=inside_key("3", "", "", "501"))
    assert {index.entry(row).id for row in rows} == {"flat-3-1-501", "flat-3-2-501"}


def test_names_are_read_with_short_former_and_successor_forms(index: Index) -> None:
    text = "西坞大街88号"
    assert [(text[:end], names[0].value, names[0].kind) for end, names in index.prefixes(text, 0)] == [
        ("西坞", "西坞街道", "short"),
        ("西坞大街", "肖桥路", "former"),
    ]
    assert {(name.value, name.kind) for name in index.names("莼湖镇")} == {("莼湖镇", "standard"), ("莼湖街道", "former")}
    assert [name.value for name in index.names("舒前村委会")] == ["舒前村"]
    assert index.names("肖桥") == ()  # roads are not shortened


@pytest.mark.parametrize(
    ("given", "outcome"),
    [("肖乔路", "homophone"), ("桥肖路", "typo"), ("肖侨路", "homophone"), ("肖大桥路", "typo"), ("肖桥鹿", "homophone")],
)
def test_a_misspelt_name_finds_the_one_meant(index: Index, given: str, outcome: str) -> None:
    assert ("肖桥路", outcome) in [(name.value, how) for name, how in index.similar(given, 12)]


def test_names_are_completed_however_they_are_typed(index: Index) -> None:
    assert index.complete("肖", "characters", 5) == ["肖桥路"]
    assert index.complete("dachengd", "pinyin", 5) == ["大成东路"]
    assert index.complete("dc", "initials", 5) == ["大成东路", "大成西路"]


def test_the_nearest_entries_come_first_and_only_within_the_radius(index: Index) -> None:
    found = index.nearest(121.41, 29.66, radius_m=200, limit=5)
    assert [index.entry(row).id for row, _metres in found] == ["road-east-8"]
    wide = index.nearest(121.41, 29.66, radius_m=20_000, limit=3)
    assert [index.entry(row).id for row, _metres in wide][:2] == ["road-east-8", "road-west-8"]
    assert wide[1][1] == pytest.approx(distance_m(121.41, 29.66, 121.40, 29.66), rel=1e-6)


def test_distances_agree_with_geodesics() -> None:
    from pyproj import Geod

    for lon, lat in ((121.46, 29.66), (121.40, 29.60), (121.4001, 29.65)):
        metres = Geod(ellps="GRS80").inv(121.40, 29.65, lon, lat)[2]
        assert distance_m(121.40, 29.65, lon, lat) == pytest.approx(metres, rel=1e-5)


def test_a_rebuild_replaces_the_index_in_one_step_and_leaves_open_ones_alone(tmp_path: Path) -> None:
    build_index(small_register(), tmp_path, seq=1)
    old = open_index(tmp_path)
    build_index([Entry("only", "place", "新样路", road="新样路", **XIWU)], tmp_path, seq=2)
    new = open_index(tmp_path)
    assert (old.seq, len(old), new.seq, len(new)) == (1, len(small_register()) - 1, 2, 1)
    assert old.by_id("xq88") is not None
    assert len([path for path in tmp_path.iterdir() if path.is_dir()]) == 1


def test_a_build_that_fails_leaves_the_old_index_in_use(tmp_path: Path) -> None:
    def broken() -> Iterator[Entry]:
        yield from small_register()[:3]
        raise RuntimeError("register went away")

    build_index(small_register(), tmp_path, seq=1)
    with pytest.raises(RuntimeError, match="went away"):
        build_index(broken(), tmp_path, seq=2)
    assert open_index(tmp_path).seq == 1
    assert len([path for path in tmp_path.iterdir() if path.is_dir()]) == 1


def test_a_build_killed_half_way_leaves_the_old_index_in_use(tmp_path: Path) -> None:
    build_index(small_register(), tmp_path, seq=1)
    slow = (
        "import sys, time; sys.path[:0] = sys.argv[2:]\n"
        "from pathlib import Path\nfrom match_register import small_register\nfrom matchers.index import build_index\n"
        "def entries():\n    yield from small_register()\n    print('half way', flush=True)\n    time.sleep(60)\n"
        "build_index(entries(), Path(sys.argv[1]), seq=2)\n"
    )
    here = Path(__file__).parent
    process = subprocess.Popen([sys.executable, "-c", slow, str(tmp_path), str(here), str(here.parent)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"half way\n"
    os.kill(process.pid, signal.SIGKILL)
    process.wait(timeout=10)
    assert open_index(tmp_path).seq == 1
    build_index(small_register(), tmp_path, seq=3)
    assert open_index(tmp_path).seq == 3


def test_no_index_and_an_index_of_another_format_are_said_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="索引"):
        open_index(tmp_path)
    build_index(small_register(), tmp_path, seq=1)
    meta = tmp_path / (tmp_path / "CURRENT").read_text(encoding="utf-8") / "meta.json"
    meta.write_text(json.dumps({**json.loads(meta.read_text(encoding="utf-8")), "format": 0}), encoding="utf-8")
    with pytest.raises(Conflict, match="重新建立"):
        open_index(tmp_path)


def test_an_empty_register_makes_an_empty_index(tmp_path: Path) -> None:
    build_index([], tmp_path, seq=0)
    empty = open_index(tmp_path)
    assert (len(empty), list(empty.prefixes("肖桥路", 0)), empty.nearest(121.4, 29.6, radius_m=100, limit=3)) == (0, [], [])


def test_an_open_index_is_ready_in_milliseconds(tmp_path: Path) -> None:
    build_index(small_register(), tmp_path, seq=1)
    open_index(tmp_path)  # loads the national division names, once per process
    start = time.perf_counter()
    open_index(tmp_path)
    assert time.perf_counter() - start < 0.1


def test_an_overlay_answers_like_an_index_built_with_the_changes(index: Index, tmp_path: Path) -> None:
    changes = [
        next(entry for entry in small_register() if entry.id == "xq86")._replace(number="186", label="西坞街道肖桥路186号"),
        Entry("road-new", "place", "新样路", road="新样路", place_id="road-new", **XIWU),
        Entry("new-1", "address", "西坞街道新样路1号", road="新样路", number="1", lon=121.5, lat=29.7, **XIWU),
    ]
    view = Overlay(index, changes, {"xq90"}, seq=8)
    after = [entry for entry in small_register() if entry.id not in ("xq86", "xq90")] + changes
    build_index(after, tmp_path / "after", seq=8)
    rebuilt = open_index(tmp_path / "after")
    doors = [("肖桥路", door_key(ROAD, "", number)) for number in ("86", "186", "88", "90")]
    doors += [("新样路", door_key(ROAD, "", "1")), ("新样路", NAMED_DOOR)]
    for anchor, door in doors:
        assert {view.entry(row).id for row in view.rows_at(anchor, door)} == {
            rebuilt.entry(row).id for row in rebuilt.rows_at(anchor, door)
        }
    for text in ("新样路", "肖桥路", "西坞街道"):
        assert {(name.value, name.ref) for name in view.names(text)} == {(name.value, name.ref) for name in rebuilt.names(text)}
    assert [name.value for name, _how in view.similar("新洋路", 3)] == [name.value for name, _how in rebuilt.similar("新洋路", 3)]
    assert view.complete("xyl", "initials", 3) == rebuilt.complete("xyl", "initials", 3) == ["新样路"]
    assert view.entry(view.nearest(121.5, 29.7, radius_m=50, limit=1)[0][0]).id == "new-1"
    assert (view.by_id("xq90"), view.by_id("xq86"), view.seq) == (None, changes[0], 8)


def test_an_overlay_leads_from_an_abolished_division_to_its_successor(index: Index) -> None:
    abolished = next(entry for entry in small_register() if entry.id == "jinping")._replace(status="retired", current_id="xiwu")
    view = Overlay(index, [abolished], seq=8)
    assert ("西坞街道", "former") in {(name.value, name.kind) for name in view.names("锦屏街道")}
