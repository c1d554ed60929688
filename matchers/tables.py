"""The dated tables of matching (weights, word lists, codes), read once from ``matchers/data``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import exp
from typing import Any


@dataclass(frozen=True, slots=True)
class Weights:
    """The versioned weights and thresholds; ``version`` is what ``Verdict.thresholds_version`` says.

    ``anchor``, ``anchor_itself`` and ``by_label`` are log-odds per outcome; ``decide`` and ``candidates`` are the limits of those stages.
    """

    version: str
    bias: float
    anchor: Mapping[str, float]
    anchor_itself: Mapping[str, float]
    by_label: Mapping[str, Mapping[str, float]]
    decide: Mapping[str, float]
    candidates: Mapping[str, int]
    calibration: Mapping[str, tuple[tuple[float, float], ...]]

    def score(self, verdict: str, reason: str, log_odds: float) -> float:
        """Return the measured chance that the first entry of such a verdict is the one meant; 0 where nothing was measured.

        ``calibration`` holds rising steps ``(log-odds from which, chance)`` per verdict and reason, and per verdict for rare reasons.
        """
        chance = 0.0
        for start, share in self.calibration.get(f"{verdict} {reason}") or self.calibration.get(verdict, ()):
            if log_odds < start:
                break
            chance = share
        return chance

    def probability(self, log_odds: float) -> float:
        """Return the score of summed log-odds: ``1 / (1 + exp(-x))``."""
        return 1.0 / (1.0 + exp(-log_odds)) if log_odds > -700 else 0.0


@cache
def table(name: str) -> dict[str, Any]:
    """Return a shipped YAML table: ``table("words.yaml")["date"]`` -> a date string."""
    import yaml

    text = files("matchers").joinpath("data", name).read_text(encoding="utf-8")
    loaded = yaml.safe_load(text)
    if not isinstance(loaded, dict):
        raise TypeError(f"matchers/data/{name} must hold a mapping")
    return loaded


@cache
def weights() -> Weights:
    """Return the shipped weights and thresholds, parsed once."""
    raw = table("weights.yaml")
    return Weights(
        version=str(raw["version"]),
        bias=float(raw["bias"]),
        anchor={str(outcome): float(weight) for outcome, weight in raw["anchor"].items()},
        anchor_itself={str(outcome): float(weight) for outcome, weight in raw["anchor_itself"].items()},
        by_label={str(label): {str(k): float(v) for k, v in row.items()} for label, row in raw["weights"].items()},
        decide={str(k): float(v) for k, v in raw["decide"].items()},
        candidates={str(k): int(v) for k, v in raw["candidates"].items()},
        calibration={
            str(kind): tuple((float(start), float(share)) for start, share in steps) for kind, steps in raw["calibration"]["steps"].items()
        },
    )


@cache
def codes() -> Mapping[str, Mapping[str, str]]:
    """Return every code a verdict may carry with its meaning: ``codes()["reasons"]["tie"]`` -> a sentence."""
    raw = table("codes.yaml")
    return {group: {str(code): str(text) for code, text in raw[group].items()} for group in raw if group != "date"}


@cache
def words(name: str) -> frozenset[str]:
    """Return a list of ``words.yaml`` as a set: ``"附近" in words("loose_relations")`` -> True."""
    return frozenset(str(word) for word in table("words.yaml")[name])
