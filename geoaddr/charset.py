"""Which characters a standard place name may use: 通用规范汉字表 (2013)."""

from __future__ import annotations

from functools import cache

from geoaddr.tables import read_rows


@cache
def standard_levels() -> dict[str, int]:
    """Return the 8,105 characters of 通用规范汉字表 with their level 1, 2 or 3.

    Source: Unihan field kTGH (see the first line of ``data/standard_characters.csv``).
    """
    return {row["char"]: int(row["level"]) for row in read_rows("standard_characters.csv")}


def is_standard(char: str) -> bool:
    """Say whether one character stands in 通用规范汉字表: ``is_standard("岙")`` -> True, ``is_standard("嶴")`` -> False."""
    return char in standard_levels()


def non_standard(text: str) -> list[str]:
    """Return, once each and in order, the characters of a name that are not in 通用规范汉字表.

    ASCII letters and digits are reported too: a standard name is written in Chinese characters.
    ``non_standard("东嶴A村")`` -> ``["嶴", "A"]``; ``non_standard("")`` -> ``[]``.
    """
    levels = standard_levels()
    return [char for char in dict.fromkeys(text) if char not in levels]


def level(char: str) -> int:
    """Return 1 (common), 2, 3 (names and terms) or 0 when the character is not in the table: ``level("岙")`` -> 3."""
    return standard_levels().get(char, 0)
