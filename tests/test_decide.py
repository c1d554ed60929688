"""The rules of the verdict, on candidates made by hand: score, margin, ties and contradictions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from match_register import JINPING, XIWU

from geoaddr.parts import Parsed, Part
from matchers.case import rank
from matchers.compare import compare
from matchers.decide import READING_RULES, RULES, decide
from matchers.index import Index, build_index, open_index
from matchers.question import Question, ask
from matchers.tables import weights
from matchers.verdict import NEXT_STEPS, VERDICTS, Entry, Query, Verdict

DOOR = Entry("door", "address", "西坞街道肖桥路88号", road="肖桥路", number="88", lon=121.45, lat=29.64, **XIWU)


def asked(*parts: tuple[str, str, str], rest: str = "", **known: float) -> Question:
    """Make a question from (label, text, core) parts standing one after the other."""
    made, at = [], 0
    for label, text, value in parts:
        made.append(Part(label, text, at, at + len(text), value))
        at += len(text)
    text = "".join(part.text for part in made) + rest
    left = (Part("", rest, at, at + len(rest)),) if rest else ()
    return ask(Query(text, lon=known.get("lon"), lat=known.get("lat")), Parsed(text, text, tuple(made), left))


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    folder: Path = tmp_path_factory.mktemp("index")
    build_index([DOOR], folder, seq=1)
    opened = open_index(folder)
    yield opened
    opened.close()


def judged(question: Question, entries: list[Entry], index: Index) -> Verdict:
    return decide(question, [compare(question, entry, index) for entry in entries], index)


ROAD, NUMBER = ("road", "肖桥路", "肖桥路"), ("number", "88号", "88")


def test_two_entries_that_fit_equally_go_to_a_person(index: Index) -> None:
    twin = DOOR._replace(id="twin", town="锦屏街道", division_code="330213001")
    verdict = judged(asked(ROAD, NUMBER), [DOOR, twin], index)
    assert (verdict.verdict, verdict.next, verdict.reason, verdict.margin) == ("C", "choose", "tie", 0.0)
    assert {item.entry.id for item in verdict.candidates} == {"door", "twin"}


def test_the_town_named_breaks_the_tie(index: Index) -> None:
    twin = DOOR._replace(id="twin", town="锦屏街道", division_code="330213001")
    verdict = judged(asked(("town", "西坞街道", "西坞街道"), ROAD, NUMBER), [twin, DOOR], index)
    assert (verdict.verdict, verdict.address) == ("A", DOOR)
    assert verdict.margin > 0.9


def test_the_order_of_candidates_does_not_matter(index: Index) -> None:
    entries = [DOOR, DOOR._replace(id="b", number="90"), DOOR._replace(id="c", road="大成东路"), DOOR._replace(id="d", status="retired")]
    question = asked(ROAD, NUMBER)
    assert judged(question, entries, index) == judged(question, entries[::-1], index)


def test_worse_candidates_never_change_the_winner(index: Index) -> None:
    question = asked(("town", "西坞街道", "西坞街道"), ROAD, NUMBER)
    alone = judged(question, [DOOR], index)
    worse = [DOOR._replace(id="w1", road="松岭路"), DOOR._replace(id="w2", town="锦屏街道"), DOOR._replace(id="w3", number="90")]
    together = judged(question, [DOOR, *worse], index)
    assert (together.verdict, together.address, together.score) == (alone.verdict, alone.address, alone.score)


@pytest.mark.parametrize("label", ["number", "sub_road", "building", "unit", "room"])
def test_a_numbered_part_that_differs_is_never_accepted(index: Index, label: str) -> None:
    entry = DOOR._replace(sub_road="3弄", building="1", unit="1", room="101")
    right = [ROAD, ("sub_road", "3弄", "3"), NUMBER, ("building", "1幢", "1"), ("unit", "1单元", "1"), ("room", "101室", "101")]
    assert judged(asked(*right), [entry], index).verdict == "A"
    wrong = [(name, text, "7" if name == label else value) for name, text, value in right]
    assert judged(asked(*wrong), [entry], index).verdict in ("C", "N")


def test_a_word_left_over_forbids_a_and_b(index: Index) -> None:
    verdict = judged(asked(ROAD, NUMBER, rest="某某"), [DOOR], index)
    assert (verdict.verdict, verdict.reason, verdict.unused) == ("C", "leftover_words", ("某某",))
    assert judged(asked(ROAD, NUMBER, rest="，。"), [DOOR], index).verdict == "A"


def test_a_direction_word_left_out_is_never_filled_in(index: Index) -> None:
    east = Entry("east", "address", "大成东路8号", road="大成东路", number="8", **JINPING)
    question = asked(("town", "锦屏街道", "锦屏街道"), ("road", "大成路", "大成路"), ("number", "8号", "8"))
    verdict = judged(question, [east], index)
    assert (verdict.verdict, verdict.reason) == ("C", "weak_similarity")


def test_another_town_needs_something_else_that_agrees(index: Index) -> None:
    town = ("town", "锦屏街道", "锦屏街道")
    alone = judged(asked(town, ROAD, NUMBER), [DOOR], index)
    near = judged(asked(town, ROAD, NUMBER, lon=121.4501, lat=29.6401), [DOOR], index)
    assert (alone.verdict, alone.reason) == ("C", "road_outside_named_town")
    assert (near.verdict, near.reason, near.warnings) == ("B", "road_outside_named_town", ("road_outside_named_town",))


def test_two_towns_of_which_one_fits_are_said_but_accepted(index: Index) -> None:
    towns = (("town", "锦屏街道", "锦屏街道"), ("town", "西坞街道", "西坞街道"))
    verdict = judged(asked(*towns, ROAD, NUMBER), [DOOR], index)
    assert (verdict.verdict, verdict.reason, verdict.warnings) == ("B", "contradictory_levels", ("contradictory_levels",))


def test_no_candidate_means_not_found_and_no_text_means_not_processed(index: Index) -> None:
    assert judged(asked(("road", "没有路", "没有路"), NUMBER), [], index).reason == "place_not_found"
    assert judged(asked(), [], index).verdict == "X"


def test_candidates_are_ranked_by_evidence_then_kind_then_id(index: Index) -> None:
    question = asked(ROAD, NUMBER)
    place = Entry("road", "place", "肖桥路", road="肖桥路", place_id="road", **XIWU)
    entries = [place, DOOR._replace(id="b"), DOOR._replace(id="a")]
    ranked = rank([compare(question, entry, index) for entry in entries], weights())
    assert [item.entry.id for item in ranked] == ["a", "b", "road"]


def test_every_rule_is_a_named_sentence() -> None:
    assert all(rule.__doc__ for rule in (*READING_RULES, *RULES))
    assert {"A", "B", "C", "N", "X"} == set(VERDICTS)
    assert "add_unit" in NEXT_STEPS
