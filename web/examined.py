"""One address text examined for a page: its parts, the verdict, and every entry that came into question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from matchers.match import Explanation, compared
from matchers.question import ask
from matchers.verdict import Candidate, Query, entry_dict
from web.parts import Stretch, differing_labels, official, stretches
from web.services import services

RUNNERS_UP = 4


@dataclass(frozen=True, slots=True)
class Examined:
    """``answer`` is the verdict as JSON; ``candidates`` are what it offers, or for a certain verdict the runners-up."""

    explanation: Explanation
    answer: dict[str, Any]
    candidates: list[dict[str, Any]]
    stretches: list[Stretch]

    def official(self, evidence: list[dict[str, Any]]) -> list[Stretch]:
        """Return the parts of an entry beside the text."""
        return official(evidence)


def examined(query: Query, *, chosen: str = "") -> Examined:
    """Examine a text against the newest state of the register; differences are marked against the chosen entry, else the best."""
    engine = services().engine
    explanation = engine.explain(query)
    answer = explanation.verdict.as_dict()
    candidates = answer["candidates"] or _runners_up(query, explanation)
    evidence = next((one["evidence"] for one in candidates if one["id"] == chosen), answer["evidence"])
    return Examined(explanation, answer, candidates, stretches(explanation.parsed, differing=differing_labels(evidence)))


def _runners_up(query: Query, explanation: Explanation) -> list[dict[str, Any]]:
    if explanation.verdict.address is None:
        return []
    found = compared(ask(query, explanation.parsed), services().engine.view())
    others = [one for one in found if one.entry.id != explanation.verdict.address.id]
    return [_as_dict(one) for one in sorted(others, key=lambda one: (-one.score, one.entry.id))[:RUNNERS_UP]]


def _as_dict(candidate: Candidate) -> dict[str, Any]:
    entry = entry_dict(candidate.entry) or {}
    return {**entry, "score": round(candidate.score, 4), "evidence": [line.as_dict() for line in candidate.evidence]}
