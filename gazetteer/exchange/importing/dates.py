"""Dates as offices write them."""

from __future__ import annotations

import re
from datetime import date

_PARTS = re.compile(r"(\d{4})(?:\s*[-/.年]\s*(\d{1,2})(?:\s*[-/.月]\s*(\d{1,2})\s*日?)?\s*月?)?\s*年?(?:[ T]00:00(?::00(?:\.0+)?)?)?")
_SOLID = re.compile(r"(\d{4})(\d{2})(\d{2})")


def read_date(text: str) -> date | None:
    """Return a date, or None for an empty cell; a year or month alone means its first day.

    Raises ValueError with words for the report. Read are 2019-08-26, 2019/8/26, 2019年8月26日, 20190826; 2019年8月 -> 2019-08-01.
    """
    if not text:
        return None
    found = _SOLID.fullmatch(text) or _PARTS.fullmatch(text)
    try:
        if found is None:
            raise ValueError
        year, month, day = (int(part) if part else 1 for part in found.groups())
        return date(year, month, day)
    except ValueError as error:
        raise ValueError(f"日期“{text[:20]}”无法识别，应形如 2019-08-26") from error
