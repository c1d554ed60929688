"""One address row: its division, the place its number counts on, its parts and label, or why it cannot be taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from operator import itemgetter
from typing import Any

from gazetteer.addresses import parts_text
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


_keyed = itemgetter(*KEY_PARTS)
_outer = itemgetter("sub_road", "number", "sub_number", "building")


def mark_of(key: tuple[str, ...]) -> int:
    """Return a short stand-in for a key, so that millions of them fit in memory; different every time Python starts."""
    return hash(key)


class RowError(ValueError):
    """A row that cannot be taken: the field at fault and why, in words for the report."""

    def __init__(self, field_: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field_


@dataclass(slots=True)
class AddressRow:
    """One good row, its columns as the register keeps them but for its position."""

    line: int
    lon: str
    lat: str
    columns: dict[str, Any]
    mark: int
    """Hash of what identifies the door: place or division, and its parts. Compared within one process only."""

    @property
    def door_mark(self) -> int:
        """Return the mark of the door this unit or room lies behind."""
        columns = self.columns
        return mark_of((columns["place_id"] or columns["division_id"], *_outer(columns), "", "", "", ""))


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
        division_id, reason = self.divisions.find(texts["division"], read)
        if division_id is None:
            raise RowError("division" if texts.get("division") else "town" if read["town"] else "full", reason)
        place, estate = self._container(read, division_id)
        parts = self._parts(read)
        if place is None and self.divisions.row(division_id).level != "community":
            raise RowError("road", "缺少道路、小区或自然村，只凭镇街无法确定位置")
        label = self._label(division_id, place, estate, parts)
        if len(label) > 300:
            raise RowError("full", "标准地址超过 300 字")
        columns = {
            "ref": self._ref(texts), "place_id": place.id if place else None, "estate_id": estate.id if estate else None,
            "division_id": division_id, "parent_id": None, **parts, "label": label, **self._life(texts),
        }  # fmt: skip
        return AddressRow(line, texts["lon"], texts["lat"], columns, mark_of((columns["place_id"] or division_id, *_keyed(columns))))

    def _ref(self, texts: Mapping[str, str]) -> str | None:
        try:
            ref = restore_code(texts.get("ref", ""))
        except DamagedCodeError as error:
            raise RowError("ref", str(error)) from error
        if len(ref) > 80:
            raise RowError("ref", "编号超过 80 字")
        return ref or None

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

    def _label(self, division_id: str, place: Place | None, estate: Place | None, parts: Mapping[str, str]) -> str:
        """Write the label as ``gazetteer.addresses.label_for`` does; its beginning is kept for the next row of the same place."""
        key = (division_id, place.id if place else "")
        prefix = self.prefixes.get(key)
        if prefix is None:
            names = self.divisions.official_names(division_id)
            prefix = "".join(names.get(level, "") for level in _UPPER)
            if place is None or place.category == "natural_village":
                prefix += names.get("community", "")
            prefix += place.name if place else ""
            self.prefixes[key] = prefix
        if estate is None:
            return prefix + parts_text(parts)
        door = {name: parts[name] for name in ("sub_road", "number", "sub_number")}
        within = {name: parts[name] for name in ("building", "unit", "floor", "room", "poi")}
        return prefix + parts_text(door) + estate.name + parts_text(within)

    def _life(self, texts: Mapping[str, str]) -> dict[str, Any]:
        try:
            valid_from = _day(texts.get("valid_from", ""))
        except ValueError as error:
            raise RowError("valid_from", str(error)) from error
        status = texts.get("status", "") if self.has_status else ""
        if status and status not in _STATUSES:
            raise RowError("status", f"状态“{status}”无法识别，可用：{'、'.join(_STATUSES)}")
        ended = self.work.day if status == "retired" else None
        return {"status": status or "current", "valid_from": valid_from, "valid_to": ended}


@lru_cache(maxsize=4096)
def _day(text: str) -> date | None:
    return read_date(text)
