"""The shapes that pass between the checks: a name to be judged, and a doubt about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

SEVERITY_WORDS = {"blocks": "block", "warns": "warn"}


@dataclass(frozen=True, slots=True)
class Proposal:
    """A name to be judged, proposed or in use: its kind, where it is, and what is known of the place.

    ``place_id`` keeps a place from being a duplicate of itself; ``facts`` may hold storeys, site_m2, floor_m2,
    green_percent, red_line_m and length_m; ``named_on`` is since when the name has been in use. ``pinyin`` is the
    spelling that the register or the planner gives ('' for none), ``spellings`` are other ways of writing it in use.
    """

    name: str
    kind: str
    specific: str = ""
    generic: str = ""
    stacked: str = ""
    division_id: str = ""
    place_id: str = ""
    named_on: date | None = None
    aliases: tuple[str, ...] = ()
    facts: Mapping[str, float] = field(default_factory=dict)
    pinyin: str = ""
    spellings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NameFinding:
    """One doubt about one name. ``exception`` is a known exception that applies; an ``excused`` doubt counts for nothing."""

    rule: str
    issue_class: str | None
    severity: str
    evidence: str
    article: str
    exception: str | None = None
    excused: bool = False
    suggestion: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the promised shape; severity is ``warn``, ``block``, or ``note`` where excused."""
        severity = "note" if self.excused else SEVERITY_WORDS[self.severity]
        shape: dict[str, Any] = {
            "rule": self.rule, "class": self.issue_class, "severity": severity, "evidence": self.evidence, "article": self.article,
            "exception": self.exception,
        }  # fmt: skip
        return shape | ({"suggestion": self.suggestion} if self.suggestion else {})


def verdict_of(findings: list[NameFinding]) -> str:
    """Return ``clean``, ``flagged`` or ``blocked``; excused doubts do not count: ``verdict_of([])`` -> ``clean``."""
    counted = [finding.severity for finding in findings if not finding.excused]
    if "blocks" in counted:
        return "blocked"
    return "flagged" if counted else "clean"
