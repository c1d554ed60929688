"""The comparable core of numbered parts: two numbers are equal or in conflict, never similar."""

from __future__ import annotations

import re
from functools import lru_cache

_ENDINGS: dict[str, re.Pattern[str]] = {
    "number": re.compile(r"(号院|号门牌|号|#)$"),
    "sub_number": re.compile(r"(号|#)$"),
    "sub_road": re.compile(r"(?<=\d)(弄|号弄)$"),
    "building": re.compile(r"(号楼|幢楼|幢|栋|座|楼|排|号|#)$"),
    "unit": re.compile(r"(单元|门|梯|#)$"),
    "floor": re.compile(r"(层|楼|F)$"),
    "room": re.compile(r"(号房|室|户|房|号|#)$"),
}
_GROUP = re.compile(r"^第?0*(\d+)(村民小组|小组|组|队|社)?$")
_LEADING_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")
_RANGE = re.compile(r"^(\d{1,5})-(\d{1,5})$")


@lru_cache(maxsize=65536)
def core(label: str, text: str) -> str:
    """Return what is compared of a numbered part: endings, leading zeros and letter case do not count.

    ``core("number", "088号")`` -> ``"88"``; ``core("building", "a座")`` -> ``"A"``; ``core("number", "12之1号")`` -> ``"12-1"``;
    ``core("village_group", "15村民小组")`` -> ``"15组"``; a name such as ``core("sub_road", "桂花巷")`` stays as it is.
    """
    if not text:
        return ""
    if label == "village_group":
        group = _GROUP.match(text)
        return f"{group[1]}组" if group else text
    ending = _ENDINGS.get(label)
    shortened = ending.sub("", text) if ending else text
    shortened = shortened.removeprefix("第") or text
    return _LEADING_ZEROS.sub("", shortened.replace("之", "-")).upper()


def door_number(number: str, sub_number: str) -> str:
    """Return number and sub-number as one core: ``door_number("12号", "1")`` -> ``"12-1"``."""
    main, sub = core("number", number), core("sub_number", sub_number)
    if not sub:
        return main
    return f"{main}-{sub.removeprefix('附').removeprefix('-')}" if main else sub


def number_range(number: str, span: int) -> tuple[int, int] | None:
    """Return the ends when a number is a range of one side of the street at most ``span`` wide, else None.

    Ranges run upwards on one side (same parity): ``number_range("105-107", 20)`` -> ``(105, 107)``; ``number_range("82-11", 20)``,
    a sub-number, and ``number_range("12-1", 20)`` -> None.
    """
    found = _RANGE.match(number)
    if not found:
        return None
    low, high = int(found[1]), int(found[2])
    return (low, high) if low < high <= low + span and (high - low) % 2 == 0 else None


def in_range(number: str, official: str, span: int) -> bool:
    """Say whether a plain number lies in an official range on its side: ``in_range("107", "105-109", 20)`` -> True; ``"106"`` -> False."""
    ends = number_range(official, span)
    if ends is None or not number.isdecimal():
        return False
    return ends[0] <= int(number) <= ends[1] and (int(number) - ends[0]) % 2 == 0
