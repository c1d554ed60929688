"""Names, numbers and their terms beside each other."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from geoaddr.cli import main
from geoaddr.lexicon import Name
from geoaddr.lexicons import MemoryLexicon
from geoaddr.normalize import normalize
from geoaddr.parse import parse
from geoaddr.parts import LABELS
from matchers.cores import core, door_number, in_range, number_range
from matchers.gist import MOST, gist
from matchers.place_names import names_outcome
from matchers.similar import deletions, one_edit, similarity
from matchers.tables import codes, table, weights
from matchers.terms import Term, same_generic, split, without_generic
from matchers.texts import compare_texts

PAIRS = tuple(csv.DictReader((Path(__file__).parent / "cases" / "compare.csv").read_text(encoding="utf-8").splitlines()))
WORDS = st.sampled_from(
    (
        "奉化区",
        "宁波市",
        "西坞街道",
        "肖桥路",
        "大成东路",
        "88号",
        "12弄",
        "样本苑",
        "样本小学",
        "3幢",
        "501室",
        "(",
        ")",
        "东门",
        "对面",
        "50米",
        "二期",
    )
)
TEXTS = st.one_of(st.lists(WORDS, max_size=8).map("".join), st.text(max_size=20))
NAMES = st.text(alphabet="肖桥大成东西锦绣路街村苑岙", min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("name", "label", "term"),
    [
        ("中山北一路", "road", Term("", "中山", "北一", "路")),
        ("大成路", "road", Term("", "大成", "", "路")),
        ("上横村", "community", Term("上", "横", "", "村")),
        ("东路", "road", Term("", "东", "", "路")),
        ("锦绣小区", "estate", Term("", "锦绣", "", "小区")),
        ("路", "road", Term("", "路", "", "")),
    ],
)
def test_a_name_is_taken_apart(name: str, label: str, term: Term) -> None:
    assert split(name, label) == term


@given(NAMES, st.sampled_from(["road", "community", "estate", ""]))
def test_no_character_of_a_name_is_lost_when_it_is_taken_apart(name: str, label: str) -> None:
    term = split(name, label)
    assert term.before + term.specific + term.direction + term.generic == name
    assert term.specific


@pytest.mark.parametrize(
    ("given", "official", "label", "outcome"),
    [
        ("肖桥路", "肖桥路", "road", "equal"),
        ("肖乔路", "肖桥路", "road", "homophone"),
        ("清水路", "亲水路", "road", "homophone"),
        ("浦口路", "埔口路", "road", "homophone"),
        ("人口路", "八口路", "road", "look_alike"),
        ("肖桥大路", "肖桥路", "road", "typo"),
        ("桥肖路", "肖桥路", "road", "typo"),
        ("锦绣", "锦绣苑", "estate", "abbreviated"),
        ("锦绣花园", "锦绣小区", "estate", "typo"),
        ("肖桥路", "肖桥巷", "road", "conflict"),
        ("大成东路", "大成西路", "road", "conflict"),
        ("大成一路", "大成二路", "road", "conflict"),
        ("上横村", "下横村", "community", "conflict"),
        ("大成路", "大成东路", "road", "typo"),
        ("松岭路", "肖桥路", "road", "conflict"),
    ],
)
def test_names_are_equal_similar_or_in_conflict(given: str, official: str, label: str, outcome: str) -> None:
    assert similarity(given, official, label) == outcome


@given(NAMES, NAMES, st.sampled_from(["road", "community", "estate"]))
def test_similarity_is_the_same_from_both_sides(one: str, other: str, label: str) -> None:
    assert similarity(one, other, label) == similarity(other, one, label)


@given(NAMES.filter(lambda name: len(name) > 2), st.integers(0, 5), st.sampled_from("肖桥大成东西"))
def test_one_wrong_missing_or_extra_character_shares_a_form_with_the_name(name: str, at: int, character: str) -> None:
    place = at % len(name)
    for slip in (name[:place] + character + name[place + 1 :], name[:place] + name[place + 1 :], name[:place] + character + name[place:]):
        assert one_edit(name, slip)
        assert deletions(name) & deletions(slip) or len(slip) == 2


@pytest.mark.parametrize(
    ("label", "text", "expected"),
    [
        ("number", "088号", "88"),
        ("number", "12之1号", "12-1"),
        ("number", "甲12号", "甲12"),
        ("building", "a座", "A"),
        ("building", "3号楼", "3"),
        ("unit", "2单元", "2"),
        ("room", "0501室", "501"),
        ("sub_road", "264弄", "264"),
        ("sub_road", "桂花巷", "桂花巷"),
        ("village_group", "第15村民小组", "15组"),
        ("village_group", "样本岙", "样本岙"),
        ("number", "", ""),
    ],
)
def test_a_number_is_compared_by_its_core(label: str, text: str, expected: str) -> None:
    assert core(label, text) == expected
    assert core(label, expected) == expected


def test_ranges_run_upwards_on_one_side_of_the_street() -> None:
    assert number_range("105-107", 20) == (105, 107)
    assert [number_range(text, 20) for text in ("82-11", "12-1", "105-106", "1-99", "88", "")] == [None] * 6
    assert [in_range(text, "105-109", 20) for text in ("105", "107", "106", "111", "107-1")] == [True, True, False, False, False]
    assert (door_number("12", "1"), door_number("12号", ""), door_number("", "")) == ("12-1", "12", "")


def test_generic_terms_people_swap_and_those_that_mean_another_place() -> None:
    assert same_generic("小区", "花园")
    assert not same_generic("路", "巷")
    assert [without_generic(name, "town") for name in ("西坞街道", "溪口镇", "镇")] == ["西坞", "溪口", "镇"]


@pytest.mark.parametrize("outcome", ["homophone", "look_alike", "typo", "conflict"])
def test_worse_outcomes_never_weigh_more_than_equality(outcome: str) -> None:
    for row in (weights().anchor, weights().anchor_itself, *weights().by_label.values()):
        if outcome in row and "equal" in row:
            assert row[outcome] <= row["equal"]


def test_every_table_is_dated_and_every_outcome_weighed_is_documented() -> None:
    assert all(table(name)["date"] for name in ("terms.yaml", "similar.yaml", "words.yaml", "codes.yaml"))
    assert weights().version
    weighed = {outcome for row in weights().by_label.values() for outcome in row}
    assert weighed <= codes()["outcomes"].keys()


@pytest.mark.parametrize("case", PAIRS, ids=lambda case: f"{case['a']}|{case['b']}")
def test_two_texts_are_the_same_partly_the_same_or_different(case: dict[str, str]) -> None:
    found = compare_texts(case["a"], case["b"])
    assert found.relation == case["relation"], [line.as_dict() for line in found.evidence]
    turned = compare_texts(case["b"], case["a"])
    assert (turned.relation, turned.score) == (found.relation, found.score)
    assert {line.outcome for line in found.evidence} <= codes()["outcomes"].keys()
    assert {line.label for line in found.evidence} <= set(LABELS)


@given(TEXTS, TEXTS)
@settings(deadline=None)
def test_two_texts_compare_the_same_both_ways(a: str, b: str) -> None:
    one, other = compare_texts(a, b), compare_texts(b, a)
    assert (one.relation, one.score) == (other.relation, other.score)
    turned = {"missing": "extra", "extra": "missing"}
    assert [(line.label, line.given, line.official, line.outcome) for line in one.evidence] == [
        (line.label, line.official, line.given, turned.get(line.outcome, line.outcome)) for line in other.evidence
    ]


@given(TEXTS)
@settings(deadline=None)
def test_a_text_is_the_same_as_itself_and_blank_text_is_no_place(text: str) -> None:
    found = compare_texts(text, f" {text} ")
    if normalize(text).text:
        assert (found.relation, found.score) == ("same", 1.0)
    else:
        assert found.relation == "different"


@given(TEXTS, TEXTS)
@settings(deadline=None)
def test_scores_are_ordered_with_the_relation(a: str, b: str) -> None:
    found = compare_texts(a, b)
    low, high = {"different": (0.0, 0.5), "partial": (0.5, 0.75), "same": (0.75, 1.0)}[found.relation]
    assert low <= found.score <= high


@pytest.mark.parametrize(
    ("one", "other", "outcome"),
    [
        ("样本苑", "样本苑小区", "abbreviated"),
        ("宁波肖桥金属有限公司", "肖桥金属公司", "abbreviated"),
        ("样本苑", "样本小学", "conflict"),
        ("第三中学", "第五中学", "conflict"),
        ("蓝湾大厦", "蓝湾大厦停车场", "within"),
        ("样本绿苑", "蓝湾样本绿苑", "contained"),
        ("青禾花店", "青禾生活花店", "abbreviated"),
        ("东样本苑", "样本苑", "conflict"),
        ("肖山园", "肖山苑", "typo"),
    ],
)
def test_names_of_two_texts_are_compared_by_specific_term_and_kind(one: str, other: str, outcome: str) -> None:
    assert names_outcome(one, other) == names_outcome(other, one) == outcome


def test_what_the_text_only_lies_near_is_told_from_where_it_lies() -> None:
    found = gist(parse("肖桥路与大成街交叉口东50米样本苑3幢"))
    assert [(street.name, street.beside) for street in found.streets] == [("肖桥路", True), ("大成街", True)]
    assert [name.text for name in found.names] == ["样本苑"]
    assert found.inside == {"building": ("3",)}


def test_of_very_many_names_and_streets_only_the_ends_are_compared() -> None:
    found = gist(parse("甲样苑,乙样园,丙样村," * 30 + "肖桥路" * 20))
    assert max(len(found.names), len(found.streets), len(found.divisions)) <= MOST
    assert found.names[0].text == "甲样苑"


def test_compare_reads_pairs_from_arguments_or_lines() -> None:
    alone = CliRunner().invoke(main, ["compare", "肖桥路88号", "奉化区肖桥路88号"])
    lines = CliRunner().invoke(main, ["compare"], input="肖桥路88号\t大成路86号\n肖桥路\t肖桥路88号\n")
    assert (alone.exit_code, json.loads(alone.stdout)["relation"]) == (0, "same")
    assert [json.loads(line)["relation"] for line in lines.stdout.splitlines()] == ["different", "partial"]
    assert CliRunner().invoke(main, ["compare", "肖桥路88号"]).exit_code == 2


@pytest.mark.parametrize("line", ["没有制表符", "甲\t乙\t丙", "肖桥路\t ", ""])
def test_a_line_that_is_not_a_pair_is_named_and_the_others_are_compared(line: str) -> None:
    found = CliRunner().invoke(main, ["compare"], input=f"肖桥路\t肖桥路\n{line}\n肖桥路\t肖桥路88号\n")
    assert found.exit_code == 1
    assert found.stderr.splitlines() == ["第 2 行不是用一个制表符分开的两条地址，已跳过"]
    assert [json.loads(answer)["relation"] for answer in found.stdout.splitlines()] == ["same", "partial"]


def test_names_a_register_knows_are_one_place_though_written_differently() -> None:
    names = [Name("样本苑", "poi", "样本苑", "p1"), Name("老样本宿舍", "poi", "样本苑", "p1", kind="former")]
    found = compare_texts("老样本宿舍3幢", "样本苑3幢", MemoryLexicon(names))
    assert found.relation == "same"
    assert compare_texts("老样本宿舍3幢", "样本苑3幢").relation == "different"
