"""What of a parsed address text names its place: divisions, streets with doors, names from outer to inner, and what lies inside."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

from geoaddr.numerals import digits_of
from geoaddr.parts import Parsed, Part
from matchers.cores import core, door_number
from matchers.tables import table

Kept = TypeVar("Kept")
DIVISIONS: tuple[str, ...] = ("province", "city", "district", "town")
_NAMED = frozenset(("devzone", "community", "village_group", "poi", "sub_poi"))
_INSIDE = frozenset(("building", "unit", "floor", "room"))
_BESIDE = frozenset(("relation", "distance", "junction"))
_NUMBERS = frozenset(("number", "sub_number"))
_GATE = re.compile(r"^(?:[东南西北]{0,2}(?:第?[0-9一二三四五六七八九十]{1,2}号?)?[大正侧后前]?门|[0-9]{1,2}号(?:门|出口|口))$")
_ZONE = re.compile(r"^[东南西北中A-Z0-9一二三四五六七八九十]{1,3}(?:区|期|组团|地块|号院|部)$")
_DOUBLED = re.compile(r"^(.{2,})\1$")
_ZONE_BEHIND = re.compile(r"^(.{2,}?)([A-Z0-9一二三四五六七八九十]{1,2})[区期]$")
_GROUP = re.compile(r"^第?[0-9一二三四五六七八九十]{1,3}(?:村民小组|小组|组|队|社)$")
_NOT_A_NAME = re.compile(r"^(?:[单元号栋幢层楼座排室之负首底一二三四五六七八九十0-9A-Z\-]*|.*(?:办事处|办))$")
_EDGE = re.compile(r"^(?:单元|号楼|号|栋|幢|层|的)|[()（）]")


@dataclass(frozen=True, slots=True)
class Street:
    """A road, or a lane of its own, with the door on it; ``beside`` when the text only places something near it."""

    name: str
    lane: str
    number: str
    beside: bool
    ref: str = ""


@dataclass(frozen=True, slots=True)
class PlaceName:
    """A named place of the text; ``beside`` when it is only a landmark, ``gloss`` when it stands in brackets.

    ``joined`` is the name with the one right before it, as one text may cut what the other writes as one name; ``ref`` the record it
    stands for, where a register knows it.
    """

    text: str
    label: str
    joined: str
    beside: bool
    gloss: bool
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Gist:
    """The comparable content of one address text, in text order; ``inside`` holds the cores of building, unit, floor and room.

    A ``door`` there is a number on no road before a name (69号样本苑).
    """

    plain: str
    divisions: tuple[Part, ...]
    streets: tuple[Street, ...]
    names: tuple[PlaceName, ...]
    inside: dict[str, tuple[str, ...]]


@cache
def _at_the_place() -> frozenset[str]:
    return frozenset(str(word) for word in table("texts.yaml")["at_the_place"])


MOST = 8
"""Streets and names that are compared; of more, the outermost and the finest half (no address has so many)."""
LONGEST_NAME = 40


def gist(parsed: Parsed) -> Gist:
    """Return what of a text names its place.

    ``肖桥路与大成街交叉口东50米样本苑3幢`` -> streets 肖桥路 and 大成街, both beside, name 样本苑, building 3.
    """
    return _Reader().read(parsed)


def _ends(found: tuple[Kept, ...]) -> tuple[Kept, ...]:
    return found if len(found) <= MOST else (*found[: MOST // 2], *found[-MOST // 2 :])


def _start(part: Part) -> int:
    return part.start


class _Reader:
    """Walks the parts once; what came since the last name waits until it is known whether the text lies there or beside."""

    def __init__(self) -> None:
        self.divisions: list[Part] = []
        self.streets: list[list[str]] = []
        self.street_beside: list[bool] = []
        self.names: list[list[str]] = []
        self.name_marks: list[list[bool]] = []
        self.inside: dict[str, list[str]] = {}
        self.doors: list[str] = []
        self.open_streets = 0
        self.name_end = -1
        self.depth = 0
        self.last = ""

    def read(self, parsed: Parsed) -> Gist:
        for part in sorted((*parsed.parts, *parsed.rest), key=_start) if parsed.rest else parsed.parts:
            if "(" in part.text:
                self.depth += part.text.count("(")
            if part.label != "noise":
                self._take(part, part.label)
            if self.depth:
                self.depth -= part.text.count(")")
        if self.doors:
            self.inside["building"] = [*self.doors, *self.inside.get("building", [])]
        streets = tuple(
            [Street(one[0], one[1], one[2], beside, one[3]) for one, beside in zip(self.streets, self.street_beside, strict=True)]
        )
        names = tuple(
            [PlaceName(one[0], one[1], one[2], marks[0], marks[1], one[3]) for one, marks in zip(self.names, self.name_marks, strict=True)]
        )
        inside = {label: tuple(dict.fromkeys(found)) for label, found in self.inside.items()}
        return Gist(parsed.normalized.upper(), _ends(tuple(self.divisions)), _ends(streets), _ends(names), inside)

    def _take(self, part: Part, label: str) -> None:
        if label in DIVISIONS:
            self.divisions.append(part)
        elif label == "road":
            self._street(part.value or part.text, "", part.ref)
        elif label == "sub_road":
            self._lane(core("sub_road", part.value or part.text), part.ref)
        elif label in _NUMBERS:
            self._number(part)
        elif label in _NAMED:
            self._name(part)
        elif label in _INSIDE:
            self._add(label, core(label, part.value or part.text))
        elif label in _BESIDE:
            self._beside(part)
        elif label == "rest":
            if len(part.text) == 1:
                return  # 样本大道中88号: the number is still that of the road
            if not self.depth:
                self._name(part)
        self.last = label

    def _street(self, name: str, lane: str, ref: str) -> None:
        """Begin a street; one written twice (肖桥路肖桥路88号) is one."""
        for index, street in enumerate(self.streets):
            if street[0] == name and not street[1] and not street[2] and not self.depth:
                del self.streets[index], self.street_beside[index]
                self.open_streets -= index < self.open_streets
                break
        self.streets.append([name, lane, "", ref])
        self.street_beside.append(self.depth > 0)

    def _lane(self, lane: str, ref: str) -> None:
        if self.streets and self.last in ("road", "sub_road", "number"):
            street = self.streets[-1]
            if street[2]:
                self._street(street[0], lane, street[3])
            else:
                street[1] += lane
        else:
            self._street("", lane, ref)

    def _number(self, part: Part) -> None:
        if self.last in ("road", "sub_road") and self.streets:
            self.streets[-1][2] = door_number(part.value or part.text, "")
        elif self.last in _NUMBERS and self.streets and self.streets[-1][2]:
            if part.label == "sub_number":
                self.streets[-1][2] = door_number(self.streets[-1][2], part.value or part.text)
            else:
                self._door(part)
        else:
            self._door(part)

    def _door(self, part: Part) -> None:
        """Keep a number that hangs on no road until it is known whether a name follows (69号样本苑) or not (样本苑69号)."""
        number = core("building", door_number(part.value or part.text, ""))
        if number and not self.depth:
            self.doors.append(digits_of(number) or number)

    def _name(self, part: Part) -> None:
        text = _EDGE.sub("", (part.value or part.text).upper())[:LONGEST_NAME]
        doubled = _DOUBLED.match(text)
        text = doubled[1] if doubled else text
        if _GROUP.match(text):
            self._add("village_group", core("village_group", text))
            return
        if part.label in ("poi", "sub_poi"):
            if _GATE.match(text):
                self._add("gate", text)
                return
            if _ZONE.match(text):
                self._add("zone", text[:-1] if text[-1] in "区期" else text)
                return
            zone = _ZONE_BEHIND.match(text)
            if zone:
                text = zone[1]
                self._add("zone", zone[2])
        if len(text) < 2 or _NOT_A_NAME.match(text):
            if text.endswith("办事处") and self.last == "road" and not self.streets[-1][2]:
                del self.streets[-1], self.street_beside[-1]  # 肖桥街街道办事处 is a town, not a street
                self.open_streets = min(self.open_streets, len(self.streets))
            return
        joined = self.names[-1][0] + text if self.last in _NAMED and self.names and self.name_end == part.start else ""
        self.name_end = part.end
        self.names.append([text, part.label, joined, part.ref])
        self.name_marks.append([False, self.depth > 0])
        if not self.depth:
            self.open_streets = len(self.streets)
            if self.doors:
                self.inside.setdefault("door", []).extend(self.doors)
                self.doors = []

    def _add(self, label: str, value: str) -> None:
        if value and not self.depth:
            self.inside.setdefault(label, []).append(digits_of(value) or value)
        elif value and label == "gate":
            self.inside.setdefault(label, []).append(value)

    def _beside(self, part: Part) -> None:
        if part.text in _at_the_place():
            return
        for index in range(self.open_streets, len(self.streets)):
            self.street_beside[index] = True
        if self.names and self.last in _NAMED and part.label == "relation":
            self.name_marks[-1][0] = True
