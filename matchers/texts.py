"""Two address texts beside each other: the same place, partly the same, or different, by the same comparison as a match."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import exp
from typing import Any

from geoaddr.lexicon import Lexicon
from geoaddr.parse import parse
from geoaddr.parts import Parsed
from matchers.gist import gist
from matchers.tables import table
from matchers.text_evidence import Line, lines
from matchers.verdict import Evidence


@dataclass(frozen=True, slots=True)
class Comparison:
    """How two texts relate, and why.

    ``same``: one place, down to the building or the named thing; what only one says about the flat inside does not count.
    ``partial``: one lies in the other, or both in one estate, village or street, or at one door under two names.
    ``different``: nothing that names the place agrees. ``score`` (0 to 1) is ordered with the relation: ``different`` below 0.5,
    ``same`` from 0.75. Evidence weights are log-odds; ``given`` is of the first text, ``official`` of the second.
    """

    a: str
    b: str
    relation: str
    score: float
    evidence: tuple[Evidence, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the promised shape of ``geoaddr compare``."""
        return {
            "a": self.a,
            "b": self.b,
            "relation": self.relation,
            "score": round(self.score, 4),
            "evidence": [line.as_dict() for line in self.evidence],
        }


def compare_texts(a: str, b: str, lexicon: Lexicon | None = None) -> Comparison:
    """Compare two address texts part by part; relation and score are the same both ways round, any strings are accepted.

    With the lexicon of a register its names, aliases and former names are known. ``奉化区肖桥路88号`` and ``肖桥路88号`` -> same;
    ``肖桥路`` and ``肖桥路88号`` -> partial; ``大成东路88号`` and ``大成西路88号`` -> different.
    """
    if lexicon is None:
        return compare_parsed(_parsed(a), _parsed(b))
    return compare_parsed(parse(a, lexicon), parse(b, lexicon))


@lru_cache(maxsize=64)
def _parsed(text: str) -> Parsed:
    """Remember the last few texts: lists of pairs name one text many times in a row."""
    return parse(text)


def compare_parsed(one: Parsed, other: Parsed) -> Comparison:
    """Compare two parsed texts, see ``compare_texts``; where many pairs share a text it need be parsed only once."""
    if one.normalized == other.normalized and one.normalized:
        return Comparison(one.text, other.text, "same", 1.0, ())
    swapped = one.normalized > other.normalized
    found = lines(gist(other), gist(one)) if swapped else lines(gist(one), gist(other))
    relation, score = _relation(found)
    evidence = tuple(_turned(line.evidence) if swapped else line.evidence for line in found)
    return Comparison(one.text, other.text, relation, score, evidence)


def _turned(line: Evidence) -> Evidence:
    outcome = {"missing": "extra", "extra": "missing"}.get(line.outcome, line.outcome)
    return Evidence(line.label, line.official, line.given, outcome, line.weight)


def _relation(found: Sequence[Line]) -> tuple[str, float]:
    """Judge by the summed log-odds and the differences in detail; scores of ``different`` end at 0.5, those of ``same`` begin at 0.75."""
    limits = table("texts.yaml")
    total = float(limits["bias"]) + sum(line.evidence.weight for line in found)
    likely = 1.0 / (1.0 + exp(-total))
    if total < 0:
        return "different", likely
    if total >= float(limits["same_from"]) and not any(line.differs for line in found):
        return "same", 0.5 + likely / 2
    return "partial", 0.25 + likely / 2
