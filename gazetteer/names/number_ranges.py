"""Which door numbers go to which part when a road or village is split: 1-99、单、双、100-, as officers write it in the plan."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from geoaddr.errors import UsageError

_RANGE = re.compile(r"(\d{1,6})?(?:号)?\s*(-|—|–|~|～|至|到)?\s*(\d{1,6})?(?:号)?\s*(单号?|双号?|单|双)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class NumberRange:
    """Numbers from ``low`` to ``high``, both included; ``parity`` 1 odd only, 0 even only, None both."""

    low: int
    high: int
    parity: int | None

    def holds(self, number: int) -> bool:
        """Say whether a door number falls in this range."""
        return self.low <= number <= self.high and self.parity in (None, number % 2)


def parse_ranges(text: str) -> tuple[NumberRange, ...]:
    """Return the ranges of a plan: ``1-99单、200-`` -> odd 1 to 99, and everything from 200. '' -> none.

    ``UsageError`` quotes what cannot be read.
    """
    return tuple(_range(piece.strip()) for piece in re.split(r"[、，,;；\s]+", text.strip()) if piece.strip())


def part_of(number: str, plans: Sequence[tuple[NumberRange, ...]]) -> int | None:
    """Return which part a door number goes to, None where none or more than one would have it: a person decides that."""
    digits = re.match(r"\d+", number, re.ASCII)
    if digits is None:
        return None
    fits = [index for index, plan in enumerate(plans) if any(one.holds(int(digits[0])) for one in plan)]
    return fits[0] if len(fits) == 1 else None


def _range(piece: str) -> NumberRange:
    found = _RANGE.fullmatch(piece)
    if found is None or not any(found.groups()):
        raise UsageError(f"门牌号范围“{piece[:20]}”读不懂，请写成 1-99、100-、单、双 这样", field="parts")
    low, dash, high, side = found.groups()
    parity = None if side is None else int(side.startswith("单"))
    if low and not dash and not high:
        return NumberRange(int(low), int(low), parity)
    begin, end = int(low or 0), int(high) if high else 999_999
    if begin > end:
        raise UsageError(f"门牌号范围“{piece[:20]}”的起止颠倒了", field="parts")
    return NumberRange(begin, end, parity)
