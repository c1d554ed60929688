"""Normalisation: what it changes, what it leaves, and that the way back to the raw text always holds."""

from __future__ import annotations

import csv
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoaddr.charset import is_standard, level, non_standard, standard_levels
from geoaddr.normalize import STEPS, normalize

CASES = list(csv.DictReader((Path(__file__).parent / "cases" / "normalize.csv").open(encoding="utf-8")))
ADDRESS_LIKE = st.text(
    alphabet="〇零一二三十百廿壹陆两0123456789１２号弄幢栋单元室层楼组之甲#-—~～"
    "_,，、 　()（）[]土耷⿰嶴蕭廟①²⑻⒈Ⅱﬁ路街村AaＡ\u200b\u202e\ufeff\ud800𠮷",
    max_size=24,
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"] + ":" + case["raw"])
def test_text_is_brought_to_its_plain_form(case: dict[str, str]) -> None:
    assert normalize(case["raw"]).text == case["normalized"]


@given(st.one_of(ADDRESS_LIKE, st.text(max_size=40)))
@settings(max_examples=1500, deadline=None)
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    once = normalize(text).text
    assert normalize(once).text == once


@given(st.one_of(ADDRESS_LIKE, st.text(max_size=40)))
@settings(max_examples=800, deadline=None)
def test_offsets_ascend_and_stay_inside_the_raw_text(text: str) -> None:
    normalized = normalize(text)
    starts, ends = list(normalized.offsets), list(normalized.ends)
    assert len(starts) == len(ends) == len(normalized.text)
    assert starts == sorted(starts)
    assert ends == sorted(ends)
    assert all(0 <= start < end <= len(text) for start, end in zip(starts, ends, strict=True))
    assert normalized.raw == text


def test_offsets_lead_back_to_what_was_typed() -> None:
    normalized = normalize("西坞 街道二百六十四弄８号")
    at = normalized.text.index("264弄")
    assert normalized.raw[normalized.raw_start(at) : normalized.raw_end(at + 4)] == "二百六十四弄"
    assert normalized.breaks == frozenset({2})


def test_steps_name_what_changed_and_nothing_else() -> None:
    assert normalize("西坞街道88号").steps == ()
    assert normalize("西塢街道八号").steps == ("traditional", "numerals")
    names = [step.__name__ for step in STEPS]
    assert len(names) == len(set(names))


def test_every_step_says_what_it_does() -> None:
    assert all((step.__doc__ and "->" in step.__doc__) or step.__name__ == "width" for step in STEPS)


@pytest.mark.parametrize("piece", ["一", "一之", "1-", "(", "号之1", "①", "１2 ", "土耷(", "路", "先生"])
def test_ten_thousand_characters_are_normalised_in_bounded_time(piece: str) -> None:
    text = piece * (10_000 // len(piece)) + "一号"
    normalize("一号")
    begin = time.process_time()
    once = normalize(text).text
    assert time.process_time() - begin < 2
    assert normalize(once).text == once


def test_the_character_table_is_the_official_one() -> None:
    levels = standard_levels()
    assert len(levels) == 8105
    assert [sum(1 for value in levels.values() if value == size) for size in (1, 2, 3)] == [3500, 3000, 1605]
    assert level("莼") == 2
    assert is_standard("岙")
    assert not is_standard("嶴")
    assert non_standard("东嶴A村嶴") == ["嶴", "A"]
