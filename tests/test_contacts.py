"""Contacts written into address cells are set apart; nothing of an address is."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from geoaddr.contacts import set_apart

CASES = list(csv.DictReader((Path(__file__).parent / "cases" / "contacts.csv").open(encoding="utf-8")))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"])
def test_a_contact_is_set_apart_from_the_address(case: dict[str, str]) -> None:
    assert set_apart(case["text"]) == (case["address"], case["contact"])


@pytest.mark.parametrize("text", ["样" * 10_000, "0" * 10_000, " ,， " * 100, "样本 " * 130, "000-" * 100])
def test_a_cell_of_nonsense_is_left_alone(text: str) -> None:
    assert set_apart(text) == (text, "")
