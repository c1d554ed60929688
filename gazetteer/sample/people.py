"""Plainly invented persons: nobody can be called 样本甲0001, have the number SAMPLE-000001 or be reached at 000-00000001."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

STEMS = "甲乙丙丁戊己庚辛壬癸"


class Person(NamedTuple):
    """One invented person."""

    name: str
    sex: str
    identity_number: str
    phone: str


def person(serial: int, rng: Random) -> Person:
    """Return the invented person with this serial number."""
    return Person(f"样本{STEMS[serial % 10]}{serial:04d}", rng.choice("男女"), f"SAMPLE-{serial:06d}", f"000-{serial:08d}")
