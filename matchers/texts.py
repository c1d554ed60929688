"""Two address texts beside each other: the same place, partly the same, or different, by the same comparison as a match."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from geoaddr.lexicon import Lexicon
from geoaddr.parse import parse
from geoaddr.parts import Parsed, Part
from matchers.cores import core, door_number, in_range
from matchers.index.keys import RANGE_SPAN
from matchers.similar import similarity
from matchers.tables import table
from matchers.verdict import Evidence

_NAMED: tuple[str, ...] = ("province", "city", "district", "devzone", "town", "community", "village_group", "road", "poi", "sub_poi")
_NUMBERED: tuple[str, ...] = ("sub_road", "number", "building", "unit", "floor", "room")
_DIVISIONS: tuple[str, ...] = ("province", "city", "district", "town")


@dataclass(frozen=True, slots=True)
class Comparison:
    """How two texts relate: ``same``, ``partial`` (one is less precise or they share the street) or ``different``."""

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
    """Compare two address texts part by part; symmetric in relation and score. Numbers are equal or in conflict.

    ``肖桥路88号`` and ``奉化区肖桥路88号`` -> same; ``肖桥路`` and ``肖桥路88号`` -> partial; ``肖桥路88号`` and ``肖桥路86号``
    -> different.
    """
    one, other = parse(a, lexicon), parse(b, lexicon)
    evidence = tuple(_compared(one, other))
    relation, score = _relation(evidence)
    return Comparison(a, b, relation, score, evidence)


def _compared(one: Parsed, other: Parsed) -> Iterable[Evidence]:
    for label in _NAMED:
        given, official = one.all(label), other.all(label)
        if not given and not official:
            continue
        weight = float(table("weights.yaml")["texts"]["weights"][label])
        if not given or not official:
            yield Evidence(label, _texts(given), _texts(official), "extra" if given else "missing", 0.0)
            continue
        outcome = min((_name(left, right, label) for left in given for right in official), key=_ORDER.index)
        yield Evidence(label, _texts(given), _texts(official), outcome, -weight if outcome == "conflict" else weight)
    for label in _NUMBERED:
        given_core, official_core = _number(one, label), _number(other, label)
        if not given_core and not official_core:
            continue
        weight = float(table("weights.yaml")["texts"]["weights"][label])
        outcome = _numbers(given_core, official_core)
        sign = {"conflict": -1.0, "missing": 0.0, "extra": 0.0}.get(outcome, 1.0)
        yield Evidence(label, given_core, official_core, outcome, sign * weight)


_ORDER = ("equal", "abbreviated", "alias", "homophone", "look_alike", "typo", "conflict")


def _name(one: Part, other: Part, label: str) -> str:
    if one.text == other.text:
        return "equal"
    if one.value and one.value == other.value:
        return "alias"
    shorter, longer = sorted((one.text, other.text), key=len)
    if label in ("poi", "sub_poi") and len(shorter) > 2 and shorter in longer:
        return "abbreviated"
    return similarity(one.text, other.text, "estate" if label == "poi" else label)


def _number(parsed: Parsed, label: str) -> str:
    if label == "number":
        return door_number(parsed.value("number"), parsed.value("sub_number"))
    return core(label, parsed.value(label))


def _numbers(one: str, other: str) -> str:
    if not one or not other:
        return "extra" if one else "missing"
    if one == other:
        return "equal"
    return "in_range" if in_range(one, other, RANGE_SPAN) or in_range(other, one, RANGE_SPAN) else "conflict"


def _relation(evidence: Sequence[Evidence]) -> tuple[str, float]:
    """Judge: anything that identifies and conflicts makes them different, unless the street or estate agrees and only the door does not."""
    from math import exp

    limits = table("weights.yaml")["texts"]
    score = 1.0 / (1.0 + exp(-(float(limits["bias"]) + sum(line.weight for line in evidence))))
    outcomes = {line.label: line.outcome for line in evidence}
    agree = {label for label, outcome in outcomes.items() if outcome not in ("conflict", "missing", "extra")}
    conflict = {label for label, outcome in outcomes.items() if outcome == "conflict"}
    if conflict & set(_DIVISIONS) or not agree - set(_DIVISIONS):
        whole = not conflict and agree and not any(outcome in ("missing", "extra") for outcome in outcomes.values())
        return ("same", score) if whole else ("different", min(score, 0.5))
    if conflict & {"road", "number", "sub_road", "community"} and not agree & {"poi"}:
        return "different", min(score, 0.5)
    if conflict:
        return "partial", score
    one_sided = {label for label, outcome in outcomes.items() if outcome in ("missing", "extra")}
    return ("partial" if one_sided & set(limits["must_agree"]) else "same"), score


def _texts(parts: Sequence[Part]) -> str:
    return " ".join(part.text for part in parts)
