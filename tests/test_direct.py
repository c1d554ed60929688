"""The direct way: what it answers is what the whole way answers, whatever was asked before, and plainly written texts go it."""

from __future__ import annotations

import csv
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from match_register import small_register

from gazetteer.sample.district import generate
from gazetteer.sample.queries import Text, queries
from matchers.direct import direct
from matchers.index import Index, Overlay, build_index, open_index
from matchers.match import match, whole_way
from matchers.search import look_up
from matchers.verdict import Query

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))
from linking import register

SIZE = 2000
PLAIN = (
    "level_dropped",
    "old_district_name",
    "traditional",
    "full_width",
    "chinese_numerals",
    "missing_number_word",
    "room_dashes",
    "contact",
)
PIECES = (
    "浙江省", "宁波市", "奉化区", "奉化市", "宁波", "西坞街道", "锦屏街道", "莼湖镇", "西乌街道", "舒前村", "舒前村委会",
    "肖桥路", "大成东路", "锦绣苑", "西坞", "88号", "8号", "264弄", "3幢", "2单元", "501室", "3-2-501", "105-107号", "十二号",
    "，", " ", "请送货上门", "附近", "号", "-",
)  # fmt: skip


BEHIND = (
    "后幢", "(东)", "（对面）", "车库", "东间", "2楼", "(原15号)", "，原12号", "(临)", "旁小屋", "商铺1号", "门卫", "储藏室", "东室",
    "附近", "内", "08号",
)  # fmt: skip


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    folder: Path = tmp_path_factory.mktemp("index")
    build_index(register(generate(SIZE)), folder, seq=1)
    return open_index(folder)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Index:
    folder: Path = tmp_path_factory.mktemp("small")
    build_index(small_register(), folder, seq=1)
    return open_index(folder)


@pytest.fixture(scope="module")
def texts() -> list[Text]:
    district = generate(SIZE)
    return [text for combined in (0, 1, 2) for text in queries(district, 1200, 31, combined=combined, unanswerable_share=0.2)]


def test_a_direct_verdict_is_that_of_the_whole_way(texts: list[Text], index: Index) -> None:
    different = []
    for text in texts:
        query = Query(text.text)
        verdict = direct(query, index, whole_way)
        if verdict is not None and verdict != whole_way(query, index):
            different.append(text.text)
    assert not different


def test_so_is_that_of_a_text_with_more_behind_its_door(texts: list[Text], index: Index) -> None:
    rng = Random(5)
    different = []
    for text in texts[::2]:
        query = Query(text.text + rng.choice(BEHIND))
        verdict = direct(query, index, whole_way)
        if verdict is not None and verdict != whole_way(query, index):
            different.append(query.text)
    assert not different


def test_three_of_four_plainly_written_texts_go_the_direct_way(texts: list[Text], index: Index) -> None:
    plain = [text for text in texts if text.truth_ref and set(text.noises) <= set(PLAIN)]
    gone = [text for text in plain if direct(Query(text.text), index, whole_way) is not None]
    assert len(gone) > 0.75 * len(plain)


def test_looking_up_one_entry_says_the_same_directly(texts: list[Text], index: Index) -> None:
    for text in texts[1200:2000]:
        verdict, [*found] = look_up(Query(text.text), index, limit=1)
        whole, more = look_up(Query(text.text), index, limit=5)
        assert verdict == whole, text.text
        assert found == more[:1], text.text


def test_what_was_asked_before_never_changes_a_verdict(texts: list[Text], tmp_path: Path) -> None:
    build_index(register(generate(SIZE)), tmp_path, seq=1)
    forwards, backwards = open_index(tmp_path), open_index(tmp_path)
    asked = [Query(text.text) for text in texts[1200:1800]]
    one = [match(query, forwards) for query in asked]
    other = [match(query, backwards) for query in reversed(asked)]
    assert one == other[::-1]


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=8))
def test_pieces_of_addresses_in_any_order_get_the_verdict_of_the_whole_way(small: Index, pieces: list[str]) -> None:
    query = Query("".join(pieces))
    verdict = direct(query, small, whole_way)
    assert verdict is None or verdict == whole_way(query, small)


@pytest.mark.parametrize("name", ["hostile.csv", "match.csv"])
def test_written_cases_get_the_verdict_of_the_whole_way(name: str, small: Index) -> None:
    path = Path(__file__).parent / "cases" / name
    with path.open(encoding="utf-8", newline="") as source:
        for row in csv.DictReader(source):
            query = Query(row["text"])
            verdict = direct(query, small, whole_way)
            assert verdict is None or verdict == whole_way(query, small), row["text"]


def test_a_change_of_the_register_is_seen_at_once(small: Index) -> None:
    query = Query("西坞街道肖桥路88号")
    before = match(query, small)
    assert before.verdict == "A"
    assert before.address is not None
    renumbered = Overlay(small, [before.address._replace(number="188", label="西坞街道肖桥路188号")], seq=2)
    assert match(query, renumbered).verdict == "N"
    assert match(Query("西坞街道肖桥路188号"), renumbered).address == renumbered.by_id(before.address.id)
    assert match(query, Overlay(small, [], [before.address.id], seq=2)).verdict == "N"


def test_several_threads_get_the_verdicts_of_one(texts: list[Text], tmp_path: Path) -> None:
    build_index(register(generate(SIZE)), tmp_path, seq=1)
    shared, alone = open_index(tmp_path), open_index(tmp_path)
    asked = [Query(text.text) for text in texts[:600]]
    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(lambda query: match(query, shared), [*asked, *reversed(asked)]))
    assert together[: len(asked)] == [match(query, alone) for query in asked]


def test_a_position_and_a_division_asked_for_go_the_whole_way(small: Index) -> None:
    assert direct(Query("西坞街道肖桥路88号", lon=121.45, lat=29.64), small, whole_way) is None
    assert direct(Query("西坞街道肖桥路88号", division="330213"), small, whole_way) is None
