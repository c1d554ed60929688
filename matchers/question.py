"""What a text asks for: its parts sorted by the role they play in finding and comparing an entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from geoaddr.parts import Parsed, Part
from matchers.cores import core, door_number
from matchers.index.naming import DIVISIONS
from matchers.tables import table, words
from matchers.verdict import Query

NAMED: tuple[str, ...] = ("road", "sub_road", "poi", "sub_poi", "devzone", "village_group", "community")
"""Labels whose name a door may hang on, strongest first."""
_SETTING_APART = frozenset("，,；;（(、。【[")
_SIDES = frozenset("东西南北前后左右") | {"对面", "斜对面", "隔壁", "后面", "前面", "对过"}
"""Words of place that, set apart or not, make another spot of the door before them: 8号（东） is not 8号."""
_RELATIONS: tuple[str, ...] = ("relation", "distance", "junction")
_RELATED = frozenset(_RELATIONS)
_NAMED = frozenset(NAMED)
_NAMING = _NAMED.union(DIVISIONS)
_COUNTED: tuple[str, ...] = ("number", "building", "unit", "room")
_PROPER = tuple(label for label in NAMED if label != "community")


class Question(NamedTuple):
    """A parsed query, ready to be compared.

    ``divisions`` and ``names`` are the parts that name an area and the parts a door may hang on; the numbered parts are cores
    (``88``, ``12-1``) or empty, ``joined_number`` the number that ``4-1`` may be instead of number 4 and building or room 1;
    ``relations`` are words of place (附近, 对面), ``asides`` landmarks set apart from a door already named, ``leftovers`` what
    nobody understood and ``slips`` characters typed twice; ``several_numbers`` says that the text gives two different numbers,
    buildings, units or rooms; ``head`` is what of the divisions a comparison depends on; ``former`` are numbers told as those of
    former times beside the one of today.
    """

    query: Query
    parsed: Parsed
    divisions: tuple[Part, ...]
    names: tuple[Part, ...]
    by_label: Mapping[str, tuple[Part, ...]]
    sub_road: str
    number: str
    building: str
    unit: str
    floor: str
    room: str
    joined_number: str
    relations: tuple[Part, ...]
    asides: tuple[Part, ...]
    leftovers: tuple[Part, ...]
    slips: tuple[Part, ...]
    several_numbers: bool
    head: tuple[tuple[str, str, str], ...] = ()
    former: tuple[Part, ...] = ()

    def given(self, label: str) -> tuple[Part, ...]:
        """Return the parts with this label that name a division or a place."""
        return self.by_label.get(label, ())

    @property
    def inside(self) -> bool:
        """Whether the text names anything behind the door."""
        return bool(self.building or self.unit or self.floor or self.room)


def ask(query: Query, parsed: Parsed) -> Question:
    """Sort the parts of a parsed text: ``肖桥路88号附近`` -> names (肖桥路,), number ``88``, relations (附近,)."""
    found: dict[str, list[Part]] = {}
    for part in parsed.parts:
        if part.label in found:
            found[part.label].append(part)
        else:
            found[part.label] = [part]
    former = _former_numbers(parsed, found)
    if former:
        found = _of_today(found, former)
    related = not _RELATED.isdisjoint(found)
    asides = _asides(parsed) if related else ()
    marks = () if former else _former_marks(found)
    slips: tuple[Part, ...] = ()
    if parsed.rest or related:
        slips = tuple([part for part in (*parsed.rest, *found.get("relation", ())) if _is_slip(part, parsed)])
    numbered = None
    if "sub_road" in found:
        numbered = next((part for part in found["sub_road"] if core("sub_road", part.value or part.text).isdecimal()), None)
    by_label = _by_label(found, numbered, asides)
    divisions, names = _in_order(by_label)
    return Question(
        query=query,
        parsed=parsed,
        divisions=divisions,
        names=names,
        by_label=by_label,
        sub_road=_core(numbered, "sub_road"),
        number=door_number(_core(_first(found, "number"), "number"), _core(_first(found, "sub_number"), "sub_number")),
        building=_core(_first(found, "building"), "building"),
        unit=_core(_first(found, "unit"), "unit"),
        floor=_core(_first(found, "floor"), "floor"),
        room=_core(_first(found, "room"), "room"),
        joined_number=_joined_number(found),
        relations=tuple([part for label in _RELATIONS for part in found.get(label, ()) if part not in slips and part not in asides])
        if related
        else (),
        asides=asides,
        leftovers=marks + tuple([part for part in parsed.rest if part not in slips and part not in asides and not _is_noise(part.text)])
        if parsed.rest
        else marks,
        slips=slips,
        several_numbers=any(_differ(found[label], label) for label in _COUNTED if label in found),
        head=tuple([(part.label, part.text, part.value) for part in divisions]),
        former=former,
    )


def _by_label(found: dict[str, list[Part]], numbered: Part | None, asides: tuple[Part, ...]) -> dict[str, tuple[Part, ...]]:
    """Return the parts that name something, each once, by label."""
    by_label: dict[str, tuple[Part, ...]] = {}
    for label, parts in found.items():
        if label not in _NAMING:
            continue
        if label == "community":
            parts = [part for part in parts if part.text not in committee_words()]
        if label in _NAMED and (asides or numbered is not None):
            proper = [part for part in parts if part is not numbered and part not in asides]
            parts = proper or (parts if label in DIVISIONS else proper)
        if parts:
            by_label[label] = tuple(_distinct(parts)) if len(parts) > 1 else (parts[0],)
    return by_label


def _in_order(by_label: dict[str, tuple[Part, ...]]) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """Return the divisions from the outermost in, and the names a door may hang on, strongest first."""
    divisions: tuple[Part, ...] = ()
    names: tuple[Part, ...] = ()
    for label in DIVISIONS:
        if label in by_label:
            divisions += by_label[label]
    for label in _PROPER:
        if label in by_label:
            names += by_label[label]
    return divisions, names


@cache
def committee_words() -> frozenset[str]:
    """Return the words by which the committee of a village is named behind it: 村民委员会, 居委会."""
    return frozenset(str(word) for words_ in table("terms.yaml")["committee_endings"].values() for word in words_)


def _joined_number(found: dict[str, list[Part]]) -> str:
    """Return ``4-1`` where the text has a bare 1 after number 4 (and no unit that would make the 1 a building) or after a bare 4."""
    number, building = _first(found, "number"), _first(found, "building")
    if number is None and building is not None and building.text.isdecimal():
        number, inner = building, _first(found, "unit") or _first(found, "room")
    else:
        inner = None if "unit" in found else building or _first(found, "room")
    if number is None or inner is None or inner.start < number.end:
        return ""
    small = inner.text.removesuffix("号")
    return f"{_core(number, 'number')}-{_core(inner, 'number')}" if small.isdecimal() and len(small) <= 2 else ""


def _asides(parsed: Parsed) -> tuple[Part, ...]:
    """Return the landmark and its relation where they follow a door and say where it is: 8号（卫生院后面）, 6号 桥头边, 8号菜场对面."""
    doors = [part.end for part in parsed.parts if part.label in ("number", "room", "building")]
    if not doors or not any(part.label in _RELATIONS and part.start >= max(doors) for part in parsed.parts):
        return ()
    behind = [part for part in (*parsed.parts, *parsed.rest) if part.start >= max(doors) and part.label not in ("noise", "contact")]
    tail = sorted(behind, key=lambda part: part.start)
    apart = any(mark.isspace() or mark in _SETTING_APART for mark in parsed.text[max(doors) : tail[0].start])
    if apart and tail[0].label not in ("distance", "junction") and tail[0].text not in _SIDES:
        return tuple(tail)
    for at, (noun, relation) in enumerate(pairwise(tail)):
        if relation.label == "relation" and noun.end == relation.start and _is_landmark(noun.text):
            return tuple(tail[at:])
    return ()


def _former_marks(found: dict[str, list[Part]]) -> tuple[Part, ...]:
    """Return the word that says of the only number of a text that it is no longer the number: 原|21号."""
    if "noise" not in found or len(found.get("number", ())) != 1:
        return ()
    start = found["number"][0].start
    return tuple([part for part in found["noise"] if part.end == start and part.text in words("former_marks")])


def _former_numbers(parsed: Parsed, found: dict[str, list[Part]]) -> tuple[Part, ...]:
    """Return what a text tells of former times, where it tells as much of today: 21号(原15号), 21号(原解放路15号), 101室(原201室)."""
    if "noise" not in found or not any(part.text in words("former_marks") for part in found["noise"]):
        return ()
    former: list[Part] = []
    end = -1
    for part in parsed.parts:
        if part.label == "noise":
            end = part.end if part.text in words("former_marks") else -1
        elif part.start == end:
            former.append(part)
            end = part.end
    counted = [part for part in former if part.label in _COUNTED]
    if not counted:
        return ()
    if _next_number(found, former) is not None:
        return tuple(former)
    needed = "number" if counted[-1].text.endswith("号") else counted[-1].label
    return tuple(former) if any(part.start < former[0].start for part in found.get(needed, ())) else ()


def _next_number(found: dict[str, list[Part]], former: Sequence[Part]) -> Part | None:
    """Return the number of today that follows the only one of former times, read as something behind it: 原15号现|21号, (原15号)|21号."""
    if any(part not in former for part in found.get("number", ())) or not any(part.label == "number" for part in former):
        return None
    behind = [part for label in ("building", "unit", "room") for part in found.get(label, ()) if part.start >= former[-1].end]
    return next((part for part in behind if part.text.endswith("号")), None)


def _of_today(found: dict[str, list[Part]], former: Sequence[Part]) -> dict[str, list[Part]]:
    """Return the parts without those of former times, the number of today among the numbers."""
    today = _next_number(found, former)
    kept = {label: [part for part in parts if part not in former and part is not today] for label, parts in found.items()}
    if today is not None:
        kept["number"] = [today]
    return {label: parts for label, parts in kept.items() if parts}


def _is_landmark(text: str) -> bool:
    return text in words("landmarks") or text.lstrip("老旧新大") in words("landmarks")


def _is_slip(part: Part, parsed: Parsed) -> bool:
    """A single character beside its own twin (义义贤路) was typed twice."""
    if part.end - part.start != 1:
        return False
    text = parsed.text
    return text[part.start] in (text[part.end : part.end + 1], text[max(part.start - 1, 0) : part.start])


def _first(found: dict[str, list[Part]], label: str) -> Part | None:
    parts = found.get(label)
    return parts[0] if parts else None


def _differ(parts: list[Part], label: str) -> bool:
    """Say whether a text gives two numbers of one kind: 101室102室 are two flats, 88号 88号 is one door."""
    return len(parts) > 1 and len({_core(part, label) for part in parts}) > 1


def _core(part: Part | None, label: str) -> str:
    return core(label, part.value or part.text) if part else ""


def _distinct(parts: list[Part]) -> list[Part]:
    return list({(part.value or part.text): part for part in reversed(parts)}.values())[::-1] if len(parts) > 1 else parts


def _is_noise(text: str) -> bool:
    return not any(character.isalnum() for character in text) or text in words("noise")
