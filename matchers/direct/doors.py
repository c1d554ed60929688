"""Doors written plainly: lane, number, building, unit, floor and room behind a name, cut by their shape."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from geoaddr.parsing.resolve import value_of
from geoaddr.parsing.shapes import Span, has_nought_first, read_door
from matchers.cores import core

_REMEMBERED = 2**17
_LONGEST = 24
_DIGITS = str.maketrans("0123456789", "2222222222")
_ORDER = ("sub_road", "number", "building", "unit", "floor", "room")


class Door(NamedTuple):
    """A door as cores; ``joined`` is the number that ``2-2`` may be instead of building and unit (see ``Question.joined_number``).

    ``given`` are the parts that are there in the order of comparison, ``labels`` their labels, ``text`` is all of it as written;
    ``tail`` is what follows that is no courier's note (菜场对面) with where blanks stood in it, and how the door before it ends.
    """

    sub_road: str
    number: str
    building: str
    unit: str
    floor: str
    room: str
    joined: str
    given: tuple[tuple[str, str], ...]
    labels: tuple[str, ...]
    text: str
    tail: tuple[str, str] = ("", "")


class _Shape(NamedTuple):
    """Where the parts of doors of one shape begin and end, in the order of comparison."""

    spans: tuple[Span, ...]
    labels: tuple[str, ...]
    joined: tuple[Span, Span] | None


class DoorReader:
    """Reads plain doors and remembers how each shape is cut."""

    def __init__(self) -> None:
        self._shapes: dict[tuple[str, str], _Shape | None] = {}
        self._doors: dict[tuple[str, str], Door | None] = {}

    def read(self, label: str, door: str) -> Door | None:
        """Return the door read behind a name of this label, or None where it holds anything unusual."""
        key = (label, door)
        try:
            return self._doors[key]
        except KeyError:
            read = self._cut(label, door)
            if len(self._doors) >= _REMEMBERED:
                self._doors.clear()
            self._doors[key] = read
            return read

    def _cut(self, label: str, door: str) -> Door | None:
        if has_nought_first(door):
            return None
        key = (label, door.translate(_DIGITS))
        try:
            shape = self._shapes[key]
        except KeyError:
            shape = _shape(*key)
            if len(self._shapes) >= _REMEMBERED:
                self._shapes.clear()
            self._shapes[key] = shape
        if shape is None:
            return None
        given = tuple([(part, _cored(part, door[start:end])) for part, start, end in shape.spans])
        joined = ""
        if shape.joined:
            (outer, start, end), (inner, low, high) = shape.joined
            joined = f"{core('number', value_of(outer, door[start:end]))}-{core('number', value_of(inner, door[low:high]))}"
        get = dict(given).get
        return Door(
            get("sub_road", ""), get("number", ""), get("building", ""), get("unit", ""), get("floor", ""), get("room", ""),
            joined, given, shape.labels, door,
        )  # fmt: skip


@lru_cache(maxsize=_REMEMBERED)
def _cored(label: str, text: str) -> str:
    return core(label, value_of(label, text) or text)


def _shape(label: str, shape: str) -> _Shape | None:
    """Return how a door with every digit as 2 is cut behind a name of this label, or None where it is not one plain door."""
    if "222222" in shape or len(shape) > _LONGEST:
        return None
    spans = [span for span in read_door(label, shape) or () if span[0] != "noise"]
    by_label = {span[0]: span for span in spans}
    if not spans or len(by_label) != len(spans) or not by_label.keys() <= set(_ORDER):
        return None
    if ("number" in by_label) == (label == "poi"):
        return None  # 锦绣苑3号 may be its third building; a road and a hamlet have no doors without number
    labels = tuple([one for one in _ORDER if one in by_label])
    return _Shape(tuple([by_label[one] for one in labels]), labels, _joined(by_label, shape))


def _joined(spans: dict[str, Span], shape: str) -> tuple[Span, Span] | None:
    """Return the two spans that may be one number with its sub-number: ``2-2`` of ``2-2-222`` (``question.joined_number``)."""
    number, building = spans.get("number"), spans.get("building")
    if number is None and building is not None and shape[building[1] : building[2]].isdecimal():
        number, inner = building, spans.get("unit") or spans.get("room")
    else:
        inner = None if "unit" in spans else building or spans.get("room")
    if number is None or inner is None or inner[1] < number[2]:
        return None
    small = shape[inner[1] : inner[2]].removesuffix("号")
    return (number, inner) if small.isdecimal() and len(small) <= 2 else None


def ending(door: str) -> str:
    """Return what of a door may change how words behind it are read: its last character, and whether it is one of two numbers."""
    return f"{door[-1:].translate(_DIGITS)}{'-' if '-' in door else ''}"
