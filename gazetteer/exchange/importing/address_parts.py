"""The parts of an address row: from its columns, and from its whole text where the columns are silent."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from geoaddr.lexicon import Lexicon
from geoaddr.normalize import normalize
from geoaddr.parse import parse
from matchers.cores import core, number_range

PART_FIELDS = ("sub_road", "number", "sub_number", "building", "unit", "floor", "room")
CONTAINERS = ("road", "estate", "village_group")
TEXT_FIELDS = ("province", "city", "district", "town", "community", *CONTAINERS, *PART_FIELDS, "poi")
LONGEST_PART = 20
RANGE_SPAN = 20
"""Widest range of one side of the street that is written as one number: 105-107."""


@lru_cache(maxsize=65536)
def part_core(label: str, text: str) -> str:
    """Return the core of a part as the register keeps it: ("number", "88号") -> "88", ("sub_road", "12") -> "12弄".

    Full-width digits and traditional characters count as the usual ones; "88.0", a number on its way through a spreadsheet, is 88.
    Raises ValueError, in words for the report, where it is too long.
    """
    plain = text if text.isascii() else normalize(text).text
    plain = plain.replace(" ", "")
    if plain.endswith(".0") and plain[:-2].isdecimal():
        plain = plain[:-2]
    found = core(label, plain) if label != "sub_road" else f"{plain}弄" if plain.isdecimal() else plain
    if len(found) > LONGEST_PART:
        raise ValueError(f"“{text[:30]}”超过 {LONGEST_PART} 字")
    return found


@lru_cache(maxsize=65536)
def split_number(number: str, sub_number: str) -> tuple[str, str]:
    """Return number and sub-number apart: ("12-1", "") -> ("12", "1"); a range stays whole: ("105-107", "") -> ("105-107", "")."""
    if sub_number or "-" not in number or number_range(number, RANGE_SPAN) is not None:
        return number, sub_number
    main, _, rest = number.partition("-")
    return (main, rest) if main and rest else (number, "")


def read_texts(texts: Mapping[str, str], lexicon: Lexicon | None) -> Mapping[str, str]:
    """Return the text of every part: as the columns have it, and where they name no place or no door, as ``full`` is parsed.

    ``lexicon`` is None where nothing needs parsing (``needs_parsing``).
    """
    if lexicon is None:
        return texts
    found = {field: texts[field] for field in TEXT_FIELDS}
    for field, text in _parsed(texts["full"], lexicon).items():
        if not found[field] and not (field in CONTAINERS and any(found[one] for one in CONTAINERS)):
            found[field] = text
    return found


def needs_parsing(texts: Mapping[str, str]) -> bool:
    """Say whether the columns leave open where a row is: no road, estate or village, or nothing below it."""
    place = texts["road"] or texts["estate"] or texts["village_group"] or texts["division"]
    door = texts["number"] or texts["building"] or texts["room"] or texts["poi"]
    return bool(texts["full"]) and not (place and door)


def _parsed(full: str, lexicon: Lexicon) -> dict[str, str]:
    parsed = parse(full, lexicon)
    found: dict[str, str] = {}
    for part in parsed.parts:
        if part.label in TEXT_FIELDS and part.label not in found:
            found[part.label] = part.text
    poi = found.get("poi", "")
    if poi and not found.get("road") and not found.get("village_group"):
        _name_container(found, poi)
    return found


def _name_container(found: dict[str, str], poi: str) -> None:
    """Take a point of interest for the estate or natural village it must be when numbers count on it."""
    if found.get("building") or found.get("unit") or found.get("room"):
        found["estate"] = poi
    elif found.get("number") and found.get("community"):
        found["village_group"] = poi
    elif found.get("number"):
        found["estate"] = poi
    else:
        return
    del found["poi"]
