"""Whatever stands in a cell gets an honest verdict with a reason: never an exception, nothing lost, the same by every door."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hostile_texts import Hostile, hostile_cases, long_texts
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from match_register import small_register as small_entries
from text_properties import check_compared, check_matched, check_normalized, check_parsed, check_text
from web_fixtures import Caller, post

from matchers.index import Index, build_index, open_index
from matchers.match import match, match_many
from matchers.verdict import Query

CASES = hostile_cases()
WORDS = (
    "浙江省 宁波市 奉化区 奉化市 西坞街道 莼湖镇 肖桥路 大成东路 锦绣苑 舒前村 样本岙 15组 264弄 88号 12-1号 十二号之三 3幢 2单元 "
    "501室 3-2-501 ５＃302 甲12号 附近 对面 往北50米 与 交叉口 样本甲收 000-00000001 电联 （ ） ， / 、 ; 之 一 廿 路 号 幢 a B座 "
    "# - ～ \u200b \u202e \ue000 \U0001f3e0 \ud800 蕭 嶴 [土耷] ⿰土耷 null 无 8 88888 Ⅳ ⑧"
)
PIECES = [*WORDS.split(), " ", "\n", "\t"]
ANY_TEXT = st.text(st.characters(), max_size=60)
ADDRESS_LIKE = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
TEXTS = st.one_of(ADDRESS_LIKE, ANY_TEXT, st.tuples(ADDRESS_LIKE, ANY_TEXT).map("".join))
PROPERTY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    folder = tmp_path_factory.mktemp("index")
    build_index(iter(small_entries()), folder, seq=1)
    opened = open_index(folder)
    yield opened
    opened.close()


@pytest.mark.parametrize("case", CASES, ids=[f"{number} {case.kind}" for number, case in enumerate(CASES)])
def test_a_hostile_cell_gets_an_honest_verdict(index: Index, case: Hostile) -> None:
    verdict = check_text(case.text, index)
    assert verdict.verdict in case.verdicts
    assert case.reason in ("", verdict.reason)
    assert not case.warning or case.warning in verdict.warnings


def test_every_kind_of_bad_input_is_in_the_table() -> None:
    kinds = {case.kind for case in CASES}
    assert kinds >= {
        "empty", "one character", "emoji", "control characters", "direction marks", "unassigned", "private use", "only digits",
        "another country", "another province", "JSON in a cell", "every level twice", "two addresses",
    }  # fmt: skip


@pytest.mark.parametrize(("name", "text"), long_texts().items(), ids=long_texts().keys())
def test_ten_thousand_characters_are_read_as_far_as_they_go_and_said_to_be_cut(index: Index, name: str, text: str) -> None:
    verdict = check_text(text, index)
    assert verdict.verdict not in ("A", "B")
    assert verdict.verdict == "X" or "truncated" in verdict.warnings


@PROPERTY
@given(TEXTS)
@example("12一1号二")
def test_any_text_is_normalised_once_and_for_all(text: str) -> None:
    check_normalized(text)


@PROPERTY
@given(TEXTS)
def test_reading_loses_nothing_and_invents_nothing(index: Index, text: str) -> None:
    check_parsed(text, index)


@PROPERTY
@given(TEXTS)
def test_every_text_gets_one_valid_verdict_and_always_the_same(index: Index, text: str) -> None:
    check_matched(text, index)


@PROPERTY
@given(TEXTS, TEXTS)
def test_comparing_is_symmetric_and_never_fails(a: str, b: str) -> None:
    check_compared(a, b)


def test_one_bad_text_does_not_spoil_its_batch(index: Index) -> None:
    texts = [case.text for case in CASES]
    together = list(match_many((Query(text) for text in texts), index))
    assert together == [match(Query(text), index) for text in texts]


def test_the_interface_answers_every_hostile_text(call: Caller) -> None:
    addresses = [{"ref": str(number), "text": case.text.replace("\ud800", "\ufffd")} for number, case in enumerate(CASES)]
    answer = call("POST", "/api/v1/match", json={"addresses": addresses})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    body = answer.get_json()
    assert [one["ref"] for one in body["verdicts"]] == [one["ref"] for one in addresses]
    assert sum(body["counts"].values()) == len(CASES)
    assert all(one["reason"] != "failed" for one in body["verdicts"])


def test_a_search_for_a_hostile_text_is_answered_or_refused_in_words(call: Caller) -> None:
    for case in CASES:
        text = case.text.replace("\ud800", "\ufffd")
        for path in ("search", "suggest", "parse", "normalize"):
            answer = call("GET", f"/api/v1/{path}", query_string={"q": text})
            assert answer.status_code in (200, 400, 422), (path, case.text, answer.get_data(as_text=True))


def test_long_texts_are_matched_in_a_batch_and_said_to_be_cut(call: Caller) -> None:
    addresses = [{"text": text} for text in long_texts().values()]
    verdicts = call("POST", "/api/v1/match", json={"addresses": addresses}).get_json()["verdicts"]
    assert all(one["verdict"] == "X" or "truncated" in one["warnings"] for one in verdicts)


@pytest.fixture
def officer(small_register: dict[str, str], signed_in: Callable[[str], FlaskClient]) -> FlaskClient:
    return signed_in("officer")


def test_the_page_answers_every_hostile_line_in_words(officer: FlaskClient) -> None:
    for case in CASES:
        text = " ".join(case.text.replace("\ud800", "\ufffd").split())
        answer = post(officer, "/match/", {"text": text})
        page = answer.get_data(as_text=True)
        assert answer.status_code in (200, 422), case.text
        assert "<script>alert" not in page
        assert "ga-verdict" in page or "aria-invalid" in page


def test_a_washed_table_keeps_every_hostile_row_once_and_in_order(tmp_path: Path, index: Index) -> None:
    from matchers.wash import Asked, answer

    lines = answer([Asked(case.text) for case in CASES], index=index)
    rows = list(csv.reader(lines))
    assert len(rows) == len(CASES)
    assert [row[0] for row in rows] == [match(Query(case.text), index).verdict for case in CASES]
