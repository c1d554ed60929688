"""One address row: its division, the place its number counts on, its parts and label, or why it cannot be taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from gazetteer.addresses import parts_text
from gazetteer.divisions import spoken_name
from gazetteer.exchange.codes import DamagedCodeError, restore_code
from gazetteer.exchange.importing.address_parts import PART_FIELDS, needs_parsing, part_core, read_texts, split_number
from gazetteer.exchange.importing.columns import surplus_reason
from gazetteer.exchange.importing.dates import read_date
from gazetteer.exchange.importing.finding import Divisions
from gazetteer.exchange.importing.place_index import Place, PlaceIndex
from gazetteer.exchange.importing.request import Work
from geoaddr.lexicon import Lexicon

KEY_PARTS = (*PART_FIELDS, "poi")
_STATUSES = ("proposed", "reserved", "current", "retired")
_UPPER = ("province", "city", "district", "town")
_OUTER = 4
"""How many of the key parts name a door: sub-road, number, sub-number, building."""
_INNER = ("", "", "", "")


def mark_of(key: tuple[str, ...]) -> int:
    """Return a short stand-in for a key, so that millions of them fit in memory; different every time Python starts."""
    return hash(key)


class RowError(ValueError):
    """A row that cannot be taken: the field at fault and why, in words for the report."""

    def __init__(self, field_: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field_


@dataclass(frozen=True, slots=True)
class Where:
    """What the upper columns of a row mean; thousands of rows share one. ``prefix`` begins their labels."""

    division_id: str
    place_id: str | None
    estate_id: str | None
    estate_name: str
    prefix: str
    needs_place: bool
    """True where nothing but a town or wider division is named, which is not enough."""

    @property
    def owner(self) -> str:
        """Return the id of what the number counts on: the place, else the division."""
        return self.place_id or self.division_id


@dataclass(frozen=True, slots=True)
class Door:
    """What the lower columns of a row mean: the key parts in order, their text before and behind an estate's name."""

    parts: tuple[str, ...]
    outer_text: str
    inner_text: str
    inside: bool
    """True for a unit, floor or room, which lies behind another door."""
    point_level: str
    """What a point given for it stands for: rooms share the point of their building or door."""


@dataclass(slots=True)
class AddressRow:
    """One good row, as the register keeps it but for its position."""

    line: int
    lon: str
    lat: str
    ref: str | None
    where: Where
    door: Door
    label: str
    status: str
    valid_from: date | None
    mark: int
    """Hash of what identifies the door: place or division, and its parts. Compared within one process only."""

    @property
    def door_mark(self) -> int:
        """Return the mark of the door this unit or room lies behind."""
        return mark_of((self.where.owner, *self.door.parts[:_OUTER], *_INNER))


@dataclass
class RowReader:
    """Reads rows against the divisions and places of the register."""

    work: Work
    divisions: Divisions
    places: PlaceIndex
    has_status: bool
    lexicon: Lexicon | None = None
    prefixes: dict[tuple[str, str], str] = field(default_factory=dict)

    def read(self, line: int, row: Mapping[str, Any]) -> AddressRow:
        """Return a row ready to be compared and written; raises RowError."""
        texts = self.work.columns.fields(row)
        if reason := surplus_reason(row):
            raise RowError("", reason)
        parses = needs_parsing(texts)
        if parses and self.lexicon is None:
            self.lexicon = self.work.lexicon()
        read = read_texts(texts, self.lexicon if parses else None)
        where = self.where(texts, read)
        return self.joined(line, texts, where, self.door(read))

    def where(self, texts: Mapping[str, str], read: Mapping[str, str]) -> Where:
        """Return the division and place of a row, its texts as written and as parsed; raises RowError."""
        division_id, reason = self.divisions.find(texts["division"], read)
        if division_id is None:
            raise RowError("division" if texts.get("division") else "town" if read["town"] else "full", reason)
        place, estate = self._container(read, division_id)
        lost = place is None and self.divisions.row(division_id).level != "community"
        ids = (place.id if place else None, estate.id if estate else None)
        return Where(division_id, *ids, estate.name if estate else "", self._prefix(division_id, place), lost)

    def door(self, read: Mapping[str, str]) -> Door:
        """Return the parts of a row below its place; raises RowError."""
        parts = self._parts(read)
        outer = parts_text({name: parts[name] for name in ("sub_road", "number", "sub_number")})
        inner = parts_text({name: parts[name] for name in ("building", "unit", "floor", "room", "poi")})
        level = "building" if parts["building"] else "number" if parts["number"] else "place"
        inside = bool(parts["unit"] or parts["floor"] or parts["room"])
        return Door(tuple(parts[name] for name in KEY_PARTS), outer, inner, inside, level)

    def joined(self, line: int, texts: Mapping[str, str], where: Where, door: Door) -> AddressRow:
        """Put the row together from its halves and its ref, status, date and position; raises RowError."""
        if where.needs_place:
            raise RowError("road", "缺少道路、小区或自然村，只凭镇街无法确定位置")
        label = where.prefix + door.outer_text + where.estate_name + door.inner_text
        if len(label) > 300:
            raise RowError("full", "标准地址超过 300 字")
        ref = _ref(texts["ref"])
        try:
            valid_from = _day(texts["valid_from"])
        except ValueError as error:
            raise RowError("valid_from", str(error)) from error
        status = texts["status"] if self.has_status else ""
        if status and status not in _STATUSES:
            raise RowError("status", f"状态“{status}”无法识别，可用：{'、'.join(_STATUSES)}")
        mark = mark_of((where.owner, *door.parts))
        return AddressRow(line, texts["lon"], texts["lat"], ref, where, door, label, status or "current", valid_from, mark)

    def _container(self, read: Mapping[str, str], division_id: str) -> tuple[Place | None, Place | None]:
        """Return (what the number counts on, the estate beside it); the street wins over the estate, as the standards say."""
        estate = self._place("estate", read["estate"], division_id) if read["estate"] else None
        if read["road"]:
            return self._place("road", read["road"], division_id), estate
        if estate is not None:
            return estate, None
        if read["village_group"]:
            return self._place("village_group", read["village_group"], division_id), None
        return None, None

    def _place(self, group: str, name: str, division_id: str) -> Place:
        if len(name) > 120:
            raise RowError(group, "名称超过 120 字")
        place, reason = self.places.find(group, name, division_id)
        if place is None:
            raise RowError(group, reason)
        return place

    def _parts(self, read: Mapping[str, str]) -> dict[str, str]:
        parts: dict[str, str] = {}
        for name in PART_FIELDS:
            text = read[name]
            try:
                parts[name] = part_core(name, text) if text else ""
            except ValueError as error:
                raise RowError(name, str(error)) from error
        parts["number"], parts["sub_number"] = split_number(parts["number"], parts["sub_number"])
        parts["poi"] = read["poi"]
        if not (parts["number"] or parts["building"] or parts["room"] or parts["poi"]):
            raise RowError("number", "缺少门牌号、楼幢、室号或兴趣点，无法确定是哪一处")
        if parts["sub_number"] and not parts["number"]:
            raise RowError("sub_number", "有附号但没有门牌号")
        if len(parts["poi"]) > 120:
            raise RowError("poi", "兴趣点名称超过 120 字")
        return parts

    def _prefix(self, division_id: str, place: Place | None) -> str:
        """Write the beginning of a label as ``gazetteer.addresses.label_for`` does, up to the place's name."""
        key = (division_id, place.id if place else "")
        prefix = self.prefixes.get(key)
        if prefix is None:
            names = self.divisions.official_names(division_id)
            prefix = "".join(names.get(level, "") for level in _UPPER)
            if place is None or place.category == "natural_village":
                prefix += spoken_name(names.get("community", ""))
            prefix += place.name if place else ""
            self.prefixes[key] = prefix
        return prefix


def _ref(text: str) -> str | None:
    try:
        ref = restore_code(text)
    except DamagedCodeError as error:
        raise RowError("ref", str(error)) from error
    if len(ref) > 80:
        raise RowError("ref", "编号超过 80 字")
    return ref or None


@lru_cache(maxsize=4096)
def _day(text: str) -> date | None:
    return read_date(text)
