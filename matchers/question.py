"""What a text asks for: its parts sorted by the role they play in finding and comparing an entry."""

from __future__ import annotations

from dataclasses import dataclass

from geoaddr.parts import Parsed, Part
from matchers.cores import core, door_number
from matchers.index.naming import DIVISIONS
from matchers.tables import words
from matchers.verdict import Query

NAMED: tuple[str, ...] = ("road", "sub_road", "poi", "sub_poi", "devzone", "village_group", "community")
"""Labels whose name a door may hang on, strongest first."""


@dataclass(frozen=True, slots=True)
class Question:
    """A parsed query, ready to be compared.

    ``divisions`` and ``names`` are the parts that name an area and the parts a door may hang on; the numbered parts are cores
    (``88``, ``12-1``) or empty; ``relations`` are words of place (附近, 对面), ``leftovers`` what nobody understood.
    """

    query: Query
    parsed: Parsed
    divisions: tuple[Part, ...]
    names: tuple[Part, ...]
    sub_road: str
    number: str
    building: str
    unit: str
    floor: str
    room: str
    relations: tuple[Part, ...]
    leftovers: tuple[Part, ...]
    several_numbers: bool

    def given(self, label: str) -> tuple[Part, ...]:
        """Return the parts with this label that name something."""
        return tuple(part for part in (*self.divisions, *self.names) if part.label == label)

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
    return Question(
        query=query,
        parsed=parsed,
        divisions=tuple(part for label in DIVISIONS for part in _distinct(found.get(label, []))),
        names=tuple(part for label in NAMED if label != "community" for part in _distinct(found.get(label, [])) if part is not numbered),
        sub_road=_core(numbered, "sub_road"),
        number=door_number(_core(_first(found, "number"), "number"), _core(_first(found, "sub_number"), "sub_number")),
        building=_core(_first(found, "building"), "building"),
        unit=_core(_first(found, "unit"), "unit"),
        floor=_core(_first(found, "floor"), "floor"),
        room=_core(_first(found, "room"), "room"),
        relations=tuple(part for label in ("relation", "distance", "junction") for part in found.get(label, [])),
        leftovers=tuple(part for part in parsed.rest if not _is_noise(part.text)),
        several_numbers=len({_core(part, "number") for part in found.get("number", [])}) > 1,
    )


def _first(found: dict[str, list[Part]], label: str) -> Part | None:
    parts = found.get(label)
    return parts[0] if parts else None


def _core(part: Part | None, label: str) -> str:
    return core(label, part.value or part.text) if part else ""


def _distinct(parts: list[Part]) -> list[Part]:
    return list({(part.value or part.text): part for part in reversed(parts)}.values())[::-1] if len(parts) > 1 else parts


def _is_noise(text: str) -> bool:
    return not any(character.isalnum() for character in text) or text in words("noise")
