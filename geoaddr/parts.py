"""The nouns of address text: labelled parts with offsets into what the user typed."""

from __future__ import annotations

from typing import Any, NamedTuple

LABELS: tuple[str, ...] = (
    "country",
    "province",
    "city",
    "district",
    "devzone",
    "town",
    "community",
    "village_group",
    "road",
    "sub_road",
    "number",
    "sub_number",
    "poi",
    "sub_poi",
    "building",
    "unit",
    "floor",
    "room",
    "relation",
    "distance",
    "junction",
    "noise",
    "contact",
)
"""Every label a part may carry, outermost first. ``sub_road`` is a lane reached from a road (264弄)."""


class Part(NamedTuple):
    """One labelled stretch of the raw text.

    ``text`` is the stretch as normalised; ``start``/``end`` are character offsets into the **raw** text.
    ``value`` is the comparable core (``88`` for ``88号``, ``奉化区`` for ``奉化``) and ``ref`` the register or
    division code the stretch stands for, where the lexicon knows one.
    """

    label: str
    text: str
    start: int
    end: int
    value: str = ""
    ref: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the four promised fields: label, text, start, end."""
        return {"label": self.label, "text": self.text, "start": self.start, "end": self.end}


class Parsed(NamedTuple):
    """Address text cut into parts; ``parts`` and ``rest`` together recompose the normalised text in order."""

    text: str
    normalized: str
    parts: tuple[Part, ...] = ()
    rest: tuple[Part, ...] = ()

    def first(self, label: str) -> Part | None:
        """Return the first part with this label, or None."""
        return next((part for part in self.parts if part.label == label), None)

    def value(self, label: str) -> str:
        """Return the comparable core of the first part with this label, or an empty string."""
        part = self.first(label)
        return (part.value or part.text) if part else ""

    def all(self, label: str) -> tuple[Part, ...]:
        """Return every part with this label, in text order."""
        return tuple(part for part in self.parts if part.label == label)

    def as_dict(self) -> dict[str, Any]:
        """Return the shape promised by ``geoaddr parse``."""
        return {
            "text": self.text,
            "normalized": self.normalized,
            "parts": [part.as_dict() for part in self.parts],
            "rest": [{"text": part.text, "start": part.start, "end": part.end} for part in self.rest],
        }
