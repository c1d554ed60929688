"""What matching takes in and gives out: entries of the register, candidates, evidence and the verdict."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

VERDICTS: tuple[str, ...] = ("A", "B", "C", "N", "X")
NEXT_STEPS: tuple[str, ...] = ("accept", "confirm", "add_unit", "choose", "review", "reject", "retry")
LEVELS: tuple[str, ...] = (
    "none",
    "province",
    "city",
    "district",
    "town",
    "community",
    "village_group",
    "road",
    "poi",
    "number",
    "building",
    "unit",
    "floor",
    "room",
)
"""Depth of a match, outermost first."""

_NO_DIFFERENCES: Mapping[str, int] = MappingProxyType({})


class Entry(NamedTuple):
    """One entry of the register as the index holds it: a standard address, a place or a division.

    ``kind`` is ``address``, ``place`` or ``division``; part fields hold the comparable cores (``88``, not ``88号``) and
    are empty where they do not apply. ``status`` is the legal status; ``current_id`` names today's entry when this one
    is historic. ``aliases`` are ``(text, variant kind, valid_to ISO date or "")``.
    """

    id: str
    kind: str
    label: str
    status: str = "current"
    category: str = ""
    ref: str = ""
    place_id: str = ""
    division_code: str = ""
    province: str = ""
    city: str = ""
    district: str = ""
    town: str = ""
    community: str = ""
    village_group: str = ""
    road: str = ""
    sub_road: str = ""
    estate: str = ""
    poi: str = ""
    number: str = ""
    sub_number: str = ""
    building: str = ""
    unit: str = ""
    floor: str = ""
    room: str = ""
    lon: float | None = None
    lat: float | None = None
    point_level: str = ""
    current_id: str = ""
    valid_to: str = ""
    aliases: tuple[tuple[str, str, str], ...] = ()


class Evidence(NamedTuple):
    """How one part of the text compares with one entry, in terms an officer reads.

    ``outcome`` is one of ``equal``, ``alias``, ``former``, ``abbreviated``, ``homophone``, ``look_alike``, ``typo``,
    ``missing`` (the text does not say), ``extra`` (the entry does not have it), ``in_range``, ``conflict``.
    """

    label: str
    given: str
    official: str
    outcome: str
    weight: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """Return the evidence as plain JSON."""
        return {
            "label": self.label,
            "given": self.given,
            "official": self.official,
            "outcome": self.outcome,
            "weight": round(self.weight, 4),
        }


class Candidate(NamedTuple):
    """One entry with its evidence and its score in 0..1; ``log_odds`` ranks candidates finer than the score can."""

    entry: Entry
    evidence: tuple[Evidence, ...]
    score: float
    log_odds: float = 0.0


class Query(NamedTuple):
    """One question to the engine: text, and what else the asker knows.

    ``lon``/``lat`` are CGCS2000 degrees; ``division`` a division code that must contain the answer; ``as_of`` an ISO
    date at which the text was valid.
    """

    text: str
    ref: str = ""
    lon: float | None = None
    lat: float | None = None
    division: str = ""
    as_of: str = ""


class Verdict(NamedTuple):
    """The one answer given everywhere (single look-up, batch, page, API); ``as_dict`` is its promised JSON shape."""

    verdict: str
    next: str
    reason: str
    score: float = 0.0
    margin: float = 0.0
    match_level: str = "none"
    point_level: str = ""
    datum: str = "CGCS2000"
    address: Entry | None = None
    current: Entry | None = None
    field_diff: Mapping[str, int] = _NO_DIFFERENCES
    inferred: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    matched_variant: dict[str, str] | None = None
    warnings: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    thresholds_version: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the verdict as promised in the interface: stable keys, no null lists."""
        return {
            "verdict": self.verdict,
            "next": self.next,
            "reason": self.reason,
            "score": round(self.score, 4),
            "margin": round(self.margin, 4),
            "match_level": self.match_level,
            "point_level": self.point_level,
            "datum": self.datum,
            "address": entry_dict(self.address),
            "current": entry_dict(self.current),
            "field_diff": dict(self.field_diff),
            "inferred": list(self.inferred),
            "replaced": list(self.replaced),
            "unused": list(self.unused),
            "matched_variant": self.matched_variant,
            "warnings": list(self.warnings),
            "candidates": [
                {**(entry_dict(item.entry) or {}), "score": round(item.score, 4), "evidence": [line.as_dict() for line in item.evidence]}
                for item in self.candidates
            ],
            "evidence": [line.as_dict() for line in self.evidence],
            "thresholds_version": self.thresholds_version,
        }


def entry_dict(entry: Entry | None) -> dict[str, Any] | None:
    """Return the public fields of an entry, or None."""
    if entry is None:
        return None
    return {
        "id": entry.id,
        "kind": entry.kind,
        "label": entry.label,
        "status": entry.status,
        "ref": entry.ref,
        "place_id": entry.place_id,
        "division_code": entry.division_code,
        "lon": entry.lon,
        "lat": entry.lat,
    }
