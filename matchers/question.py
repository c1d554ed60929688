"""What a text asks for: its parts sorted by the role they play in finding and comparing an entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from geoaddr.parts import Parsed, Part
from matchers.cores import core, door_number
from matchers.index.naming import DIVISIONS
from matchers.tables import table, words
from matchers.verdict import Query

NAMED: tuple[str, ...] = ("road", "sub_road", "poi", "sub_poi", "devzone", "village_group", "community")
"""Labels whose name a door may hang on, strongest first."""
_SETTING_APART = frozenset("，,；;（(、。【[")
_RELATIONS: tuple[str, ...] = ("relation", "distance", "junction")


@dataclass(frozen=True, slots=True)
class Question:
    """A parsed query, ready to be compared.

    ``divisions`` and ``names`` are the parts that name an area and the parts a door may hang on; the numbered parts are cores
    (``88``, ``12-1``) or empty, ``joined_number`` the number that ``4-1`` may be instead of number 4 and building or room 1;
    ``relations`` are words of place (附近, 对面), ``asides`` landmarks set apart from a door already named, ``leftovers`` what
    nobody understood and ``slips`` characters typed twice.
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
        found.setdefault(part.label, []).append(part)
    sub_roads = found.get("sub_road", [])
    numbered = next((part for part in sub_roads if core("sub_road", part.value or part.text).isdecimal()), None)
    asides = _asides(parsed)
    slips = tuple(part for part in (*parsed.rest, *found.get("relation", ())) if _is_slip(part, parsed))
    leftovers = tuple(part for part in parsed.rest if part not in slips and part not in asides and not _is_noise(part.text))
    if "community" in found:
        found["community"] = [part for part in found["community"] if part.text not in _committee_words()]
    by_label = {label: tuple(_distinct(found[label])) for label in DIVISIONS if found.get(label)}
    named = {label: [part for part in found[label] if part is not numbered and part not in asides] for label in NAMED if label in found}
    by_label |= {label: tuple(_distinct(parts)) for label, parts in named.items() if parts}
    return Question(
        query=query,
        parsed=parsed,
        divisions=tuple(part for label in DIVISIONS for part in by_label.get(label, ())),
        names=tuple(part for label in NAMED if label != "community" for part in by_label.get(label, ())),
        by_label=by_label,
        sub_road=_core(numbered, "sub_road"),
        number=door_number(_core(_first(found, "number"), "number"), _core(_first(found, "sub_number"), "sub_number")),
        building=_core(_first(found, "building"), "building"),
        unit=_core(_first(found, "unit"), "unit"),
        floor=_core(_first(found, "floor"), "floor"),
        room=_core(_first(found, "room"), "room"),
        joined_number=_joined_number(found),
        relations=tuple(part for label in _RELATIONS for part in found.get(label, []) if part not in slips and part not in asides),
        asides=asides,
        leftovers=leftovers,
        slips=slips,
        several_numbers=len({_core(part, "number") for part in found.get("number", [])}) > 1,
    )


@cache
def _committee_words() -> frozenset[str]:
    return frozenset(str(word) for words_ in table("terms.yaml")["committee_endings"].values() for word in words_)


def _joined_number(found: dict[str, list[Part]]) -> str:
    """Return ``4-1`` where the text has a bare 1 after number 4, and no unit that would make the 1 a building."""
    number, inner = _first(found, "number"), _first(found, "building") or _first(found, "room")
    if number is None or inner is None or "unit" in found or not inner.text.isdecimal() or len(inner.text) > 2 or inner.start < number.end:
        return ""
    return f"{_core(number, 'number')}-{_core(inner, 'number')}"


def _asides(parsed: Parsed) -> tuple[Part, ...]:
    """Return the landmark and its relation where they follow a door and stand apart from it: 8号（卫生院后面）, 6号 桥头边."""
    doors = [part.end for part in parsed.parts if part.label in ("number", "room", "building")]
    if not doors or not any(part.label in _RELATIONS and part.start >= max(doors) for part in parsed.parts):
        return ()
    behind = [part for part in (*parsed.parts, *parsed.rest) if part.start >= max(doors) and part.label not in ("noise", "contact")]
    tail = sorted(behind, key=lambda part: part.start)
    apart = any(mark.isspace() or mark in _SETTING_APART for mark in parsed.text[max(doors) : tail[0].start])
    return tuple(tail) if apart and tail[0].label not in ("distance", "junction") else ()


def _is_slip(part: Part, parsed: Parsed) -> bool:
    """A single character beside its own twin (义义贤路) was typed twice."""
    if part.end - part.start != 1:
        return False
    text = parsed.text
    return text[part.start] in (text[part.end : part.end + 1], text[max(part.start - 1, 0) : part.start])


def _first(found: dict[str, list[Part]], label: str) -> Part | None:
    parts = found.get(label)
    return parts[0] if parts else None


def _core(part: Part | None, label: str) -> str:
    return core(label, part.value or part.text) if part else ""


def _distinct(parts: list[Part]) -> list[Part]:
    return list({(part.value or part.text): part for part in reversed(parts)}.values())[::-1] if len(parts) > 1 else parts


def _is_noise(text: str) -> bool:
    return not any(character.isalnum() for character in text) or text in words("noise")
