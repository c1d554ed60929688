"""Address text to verdict, from the small register: every promise of the verdict object has a sentence here."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from match_register import XIWU, small_register

from geoaddr.parse import parse
from matchers.case import Case, rank
from matchers.decide import RULES, WEIGHING
from matchers.index import Index, Overlay, build_index, open_index
from matchers.match import compared, explain, match, match_many, unit_status
from matchers.question import ask
from matchers.search import reverse, search, suggest
from matchers.tables import codes, weights
from matchers.verdict import Entry, Query, Verdict
from matchers.wash import RESULT_COLUMNS, washed

CASES = list(csv.DictReader((Path(__file__).parent / "cases" / "match.csv").read_text(encoding="utf-8").splitlines()))
ORDER = "ABCNX"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    folder = tmp_path_factory.mktemp("index")
    build_index(small_register(), folder, seq=7)
    opened = open_index(folder)
    yield opened
    opened.close()


@pytest.mark.parametrize("case", CASES, ids=[case["text"] or "empty" for case in CASES])
def test_a_text_gets_the_verdict_it_deserves(index: Index, case: dict[str, str]) -> None:
    verdict = match(Query(case["text"]), index)
    found = (verdict.verdict, verdict.next, verdict.reason, verdict.match_level, verdict.address.id if verdict.address else "")
    assert found == (case["verdict"], case["next"], case["reason"], case["level"], case["entry"]), case["why"]


@pytest.mark.parametrize("case", CASES, ids=[case["text"] or "empty" for case in CASES])
def test_only_a_and_b_carry_an_entry_and_every_code_is_documented(index: Index, case: dict[str, str]) -> None:
    verdict = match(Query(case["text"]), index)
    known = codes()
    assert (verdict.address is not None) == (verdict.verdict in ("A", "B"))
    assert verdict.reason in known["reasons"]
    assert verdict.next in known["next"]
    assert set(verdict.warnings) <= known["warnings"].keys()
    assert {line.outcome for line in verdict.evidence} <= known["outcomes"].keys()
    assert 0.0 <= verdict.score <= 1.0
    assert 0.0 <= verdict.margin <= 1.0
    assert set(verdict.as_dict()) >= {"verdict", "next", "reason", "address", "current", "field_diff", "candidates", "evidence"}


@pytest.mark.parametrize("case", CASES, ids=[case["text"] or "empty" for case in CASES])
def test_the_rules_a_plain_case_skips_have_nothing_to_say_about_it(index: Index, case: dict[str, str]) -> None:
    question = ask(Query(case["text"]), parse(case["text"], index.lexicon))
    ranked = rank(compared(question, index), weights())
    if ranked and (found := Case(question, index, weights(), ranked)).is_plain:
        assert [rule.__name__ for rule in RULES if rule not in WEIGHING and rule(found) is not None] == []


def test_scores_are_measured_chances_that_rise_with_the_evidence(index: Index) -> None:
    for steps in weights().calibration.values():
        assert list(steps) == sorted(steps)
        assert [share for _start, share in steps] == sorted(share for _start, share in steps)
        assert all(0.0 <= share <= 1.0 for _start, share in steps)
    exact, missing, tied = (match(Query(text), index) for text in ("肖桥路88号", "肖桥路888号", "大成路8号"))
    assert exact.score > 0.99
    assert missing.score < 0.01
    assert [one.score for one in tied.candidates] == sorted((one.score for one in tied.candidates), reverse=True)
    assert tied.candidates[0].score == tied.score


def test_another_towns_name_is_no_slip_of_the_entrys_town(index: Index) -> None:
    verdict = match(Query("锦屏街道肖桥路88号"), index)
    assert (verdict.verdict, verdict.warnings) == ("C", ("road_outside_named_town",))


def test_a_historic_hit_answers_with_the_old_and_with_todays_entry(index: Index) -> None:
    verdict = match(Query("肖桥路16号"), index)
    assert verdict.address is not None
    assert verdict.current is not None
    assert (verdict.address.id, verdict.current.id, verdict.warnings) == ("xq16-old", "xq88", ("historic_entry",))


def test_a_former_road_name_is_named_with_its_end(index: Index) -> None:
    verdict = match(Query("西坞大街88号"), index)
    assert verdict.matched_variant == {"text": "西坞大街", "kind": "former", "valid_to": "2019-08-26"}
    assert verdict.replaced == ("road",)


def test_a_missing_and_a_wrong_flat_are_different_findings(index: Index) -> None:
    texts = ("大成东路66号", "锦绣苑1幢1单元999室", "锦绣苑1幢1单元101室", "肖桥路88号502室", "肖桥路88号")
    assert [unit_status(match(Query(text), index)) for text in texts] == ["missing", "wrong", "confirmed", "unverified", ""]


def test_a_point_breaks_a_tie_and_warns_when_it_is_far(index: Index) -> None:
    near_east = match(Query("西坞街道肖桥路88号", lon=121.4501, lat=29.64), index)
    far = match(Query("西坞街道肖桥路88号", lon=121.70, lat=29.50), index)
    tied = match(Query("大成路8号", lon=121.41, lat=29.66), index)
    assert (near_east.verdict, near_east.warnings) == ("A", ())
    assert (far.verdict, far.next, far.warnings) == ("B", "confirm", ("far_from_given_point",))
    assert tied.reason != "tie"
    assert (tied.address or tied.candidates[0].entry).id == "road-east-8"


def test_a_division_asked_for_leaves_only_what_is_inside(index: Index) -> None:
    assert match(Query("肖桥路88号", division="330213004"), index).verdict == "A"
    assert match(Query("肖桥路88号", division="330213001"), index).verdict == "N"


PARTS = ("浙江省", "宁波市", "奉化区", "西坞街道")


@given(st.sets(st.sampled_from(range(len(PARTS)))), st.sets(st.sampled_from(range(len(PARTS)))))
@settings(max_examples=60, deadline=None)
def test_extra_correct_information_never_makes_a_result_worse(index: Index, some: set[int], more: set[int]) -> None:
    for tail in ("肖桥路88号", "肖桥路105号", "肖乔路88号"):
        less = match(Query("".join(PARTS[i] for i in sorted(some)) + tail), index)
        richer = match(Query("".join(PARTS[i] for i in sorted(some | more)) + tail), index)
        assert ORDER.index(richer.verdict) <= ORDER.index(less.verdict)
        assert richer.score >= less.score
        assert richer.margin >= less.margin


@given(st.text(max_size=60) | st.text(alphabet="肖桥路大成东锦绣苑西坞街道号弄幢单元室组村0123456789-、 附近对面", max_size=40))
@settings(max_examples=200, deadline=None)
def test_no_text_whatever_fails_and_none_gets_a_or_b_without_a_word_of_its_entry(index: Index, text: str) -> None:
    verdict = match(Query(text), index)
    assert verdict.verdict in ORDER
    if verdict.address is not None:
        assert any(line.given for line in verdict.evidence)


@given(st.sampled_from(["3", "5", "86", "87", "188", "8", "880", "12", "12-2", "107-109"]))
def test_a_number_that_is_not_there_is_never_accepted(index: Index, number: str) -> None:
    verdict = match(Query(f"西坞街道肖桥路{number}号"), index)
    assert verdict.verdict in ("N", "C") or (number == "86" and verdict.address is not None and verdict.address.number == "86")


def test_many_texts_give_one_verdict_each_in_order_and_the_same_as_alone(index: Index) -> None:
    texts = [case["text"] for case in CASES]
    together = list(match_many((Query(text) for text in texts), index))
    assert together == [match(Query(text), index) for text in texts]


def test_ten_thousand_characters_are_answered(index: Index) -> None:
    assert match(Query("肖桥路88号" * 1500), index).verdict in ("C", "N", "X")


def test_an_explanation_shows_the_plain_text_and_the_parts(index: Index) -> None:
    explained = explain(Query("西坞街道 肖桥路８８號"), index)
    assert explained.normalized == "西坞街道肖桥路88号"
    assert [part.label for part in explained.parsed.parts if part.label != "noise"] == ["town", "road", "number"]
    assert explained.verdict == match(Query("西坞街道 肖桥路８８號"), index)


def test_changes_since_the_index_are_seen_at_once(index: Index) -> None:
    moved = Entry("xq88", "address", "西坞街道新样路1号", road="新样路", number="1", **XIWU)
    road = Entry("road-new", "place", "新样路", road="新样路", place_id="road-new", **XIWU)
    view = Overlay(index, [moved, road], {"xq90"}, seq=9)
    verdicts = [match(Query(text), view) for text in ("新样路1号", "肖桥路88号", "肖桥路90号", "肖桥路86号")]
    assert [verdict.verdict for verdict in verdicts] == ["A", "N", "N", "A"]
    assert view.seq == 9


def test_search_ranks_the_entry_meant_first_and_filters(index: Index) -> None:
    assert search("肖桥路88号", index)[0].entry.id == "xq88"
    assert search("锦绣", index)[0].entry.id == "estate"
    assert {item.entry.kind for item in search("肖桥路", index, kind="place")} == {"place"}
    assert search("肖桥路88号", index, bbox=(0.0, 0.0, 1.0, 1.0)) == []
    assert search("  ", index) == []


@pytest.mark.parametrize("typed", ["肖", "肖桥", "xiaoq", "xql", "XQL"])
def test_a_name_is_suggested_by_characters_pinyin_and_initials(index: Index, typed: str) -> None:
    assert "road-xiaoqiao" in [item.entry.id for item in suggest(typed, index) if item.entry]


def test_doors_are_suggested_from_the_digits_typed(index: Index) -> None:
    assert {"xq86", "xq88"} <= {item.entry.id for item in suggest("肖桥路8", index) if item.entry}


def test_what_lies_at_a_position_comes_nearest_first(index: Index) -> None:
    found = reverse(121.45012, 29.64, index, radius_m=50)
    assert [item.entry.id for item in found] == ["xq88", "xq90", "xq86", "xq105-107"]
    assert found[0].score == 0.9
    assert found[1].distance_m == pytest.approx(7.7, abs=0.1)
    assert reverse(0.0, 0.0, index) == []


def test_washed_columns_come_in_the_promised_order(index: Index) -> None:
    assert tuple(washed(match(Query("肖桥路88号"), index))) == RESULT_COLUMNS
    assert tuple(washed(Verdict("X", "retry", "failed"))) == RESULT_COLUMNS
    not_found = washed(match(Query("肖桥路888号"), index))
    assert (not_found["address_id"], not_found["place_id"], not_found["match_level"]) == ("", "road-xiaoqiao", "road")
