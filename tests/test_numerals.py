"""Numerals of door numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoaddr.numerals import digits_of, is_ascii_number, parse_number, to_chinese


@pytest.mark.parametrize(
    ("token", "number"),
    [
        ("八", 8), ("十", 10), ("廿三", 23), ("卅六", 36), ("二百六十四", 264), ("一百零八", 108), ("二〇三", 203), ("两百", 200),
        ("壹拾贰", 12), ("12", 12), ("007", 7), ("百", None), ("十十", None), ("里", None), ("", None),
        ("⑺", None), ("１２", None), ("1234567", None),
    ],
)  # fmt: skip
def test_a_token_is_read_as_a_number_or_refused(token: str, number: int | None) -> None:
    assert parse_number(token) == number


def test_leading_zeros_of_digit_by_digit_forms_are_kept() -> None:
    assert digits_of("〇五") == "05"
    assert digits_of("五零一") == "501"
    assert digits_of("里") is None


def test_only_ascii_digits_count_as_digits() -> None:
    assert is_ascii_number("12")
    assert not is_ascii_number("⑺")
    assert not is_ascii_number("１２")
    assert not is_ascii_number("")


@given(st.integers(min_value=0, max_value=9999))
def test_every_number_is_read_back_from_its_spoken_form(number: int) -> None:
    assert parse_number(to_chinese(number)) == number


@given(st.text(max_size=12))
def test_no_text_makes_the_reader_fail(token: str) -> None:
    number = parse_number(token)
    assert number is None or 0 <= number <= 999_999


def test_numbers_out_of_range_are_not_spoken() -> None:
    with pytest.raises(ValueError, match="10000"):
        to_chinese(10_000)
