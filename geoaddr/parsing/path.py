"""The best path through a lattice under a table of weights."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from geoaddr.parsing.lattice import REST, Hit, Lattice
from geoaddr.parts import LABELS
from geoaddr.tables import read_settings

_START = ""
_States = dict[str, tuple[float, str, Hit | None]]
"""The best way to each last structural label at one position: its total, the label before, the hit that led here."""
_ORDER = {_START: -1} | {label: place for place, label in enumerate(LABELS)}
_SIZES = 32
"""More than the characters any name or stretch may have."""
_FINENESS = 1000
"""Parts of one unit of the table that a weight is rounded to."""
_STATELESS = frozenset(("relation", "distance", "junction", "noise", "contact", REST))
"""Labels that say nothing about how deep the address is; the structural label before them is kept."""


@dataclass(frozen=True, slots=True)
class Weights:
    """What a reading is worth: ``hit`` by feature, ``length`` by label and size, ``transition`` by the labels before and after.

    All are whole thousandths, so that sums are exact: two readings of the same worth stay equal whatever stands
    before them, and the label that stands first in ``LABELS`` is taken.
    """

    hit: dict[str, float]
    length: dict[str, tuple[float, ...]]
    transition: dict[str, dict[str, float]]
    part: float
    unknown: float
    spread: float
    """The most two states' transitions to the same label can differ by."""
    worth: dict[tuple[str, ...], tuple[float, ...]] = field(default_factory=dict, compare=False, repr=False)
    """Sums already worked out, by size: the same few hundred combinations of features come again and again."""


@cache
def default_weights() -> Weights:
    """Return the weights shipped in ``data/parse_weights.yaml``."""
    return weights_from(read_settings("parse_weights.yaml"))


def weights_from(table: dict[str, Any]) -> Weights:
    """Arrange a weight table for look-up; the table has the keys of ``data/parse_weights.yaml``."""
    hit = {str(key): _exact(value) for key, value in table["hit"].items()}
    for label, by_digits in table["bare"].items():
        hit |= {f"bare.{label}.{size + 1}": _exact(value) for size, value in enumerate(by_digits)}
    transition = _transitions(table["rank"], table["transition"])
    worths = [value for row in transition.values() for value in row.values()]
    return Weights(
        hit=hit,
        length={label: tuple(map(_exact, sizes)) for label, sizes in table["length"].items()},
        transition=transition,
        spread=max(worths) - min(worths),
        part=_exact(table["part"]),
        unknown=_exact(table["unknown"]),
    )


def _exact(value: Any) -> float:
    """Return a weight in thousandths."""
    return float(round(float(value) * _FINENESS))


def _transitions(rank: dict[str, int], rules: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Spell the transition rules out for every pair of structural labels."""
    structural = [label for label in LABELS if label not in _STATELESS]
    pairs = {tuple(key.split(">")): _exact(value) for key, value in rules["pair"].items()}
    spelt: dict[str, dict[str, float]] = {_START: {label: _exact(rules["first"].get(label, 0.0)) for label in structural}}
    for before in structural:
        row = spelt.setdefault(before, {})
        for after in structural:
            general = "forward" if rank[after] > rank[before] else "same" if after == before else "backward"
            row[after] = pairs.get((before, after), _exact(rules[general]))
    return spelt


def score(hit: Hit, weights: Weights) -> float:
    """Return what one hit is worth by itself, whatever stands before it."""
    return (weights.worth.get(hit.features) or _worth(hit, weights))[hit.size]


def _worth(hit: Hit, weights: Weights) -> tuple[float, ...]:
    """Return what the features of a hit are worth together at each size, remembered in the weights.

    Features of hits that have a size belong to one label, so its table of lengths can be added once.
    """
    value = weights.part + sum(weights.hit[feature] for feature in hit.features)
    by_size = [0.0] * _SIZES
    if hit.features[0].startswith("unknown"):
        by_size = [weights.unknown * size for size in range(_SIZES)]
    elif hit.label in weights.length:
        lengths = weights.length[hit.label]
        by_size = [0.0, *(lengths[min(size, len(lengths) - 1)] for size in range(1, _SIZES))]
    worth = weights.worth[hit.features] = tuple([value + more for more in by_size])
    return worth


def best_path(lattice: Lattice, weights: Weights) -> list[Hit]:
    """Return the hits of the highest-scoring path from start to end; they cover the text without gap or overlap.

    The state is the last structural label, so relation words and noise never hide how deep the address already is. A state
    further behind than any transition can make good is dropped; the result is still the exact best. Hits that start together
    and enter the same label come from the same state, which is looked for once.
    """
    end, worths = len(lattice.text), weights.worth
    reached: list[_States] = [{} for _ in range(end + 1)]
    reached[0][_START] = (0.0, _START, None)
    for start, found in enumerate(lattice.starting):
        if not found or not reached[start]:
            continue
        states = _live(reached[start], weights)
        entered: dict[str, tuple[float, str]] = {}
        for hit in found:
            _, stop, label, features, size, _, pieces = hit
            worth = (worths.get(features) or _worth(hit, weights))[size]
            target = reached[stop]
            if label in _STATELESS:
                for kept, total, _ in states:
                    old = target.get(kept)
                    if old is None or old[0] < total + worth:
                        target[kept] = (total + worth, kept, hit)
                continue
            entry = pieces[0][0] if pieces else label
            best = entered.get(entry)
            if best is None:
                best = entered[entry] = _best_before(entry, states)
            total, before = best
            total += worth
            old = target.get(label)
            if old is None or old[0] < total:
                target[label] = (total, before, hit)
    return _walk_back(reached, end)


def _best_before(entry: str, states: list[tuple[str, float, dict[str, float]]]) -> tuple[float, str]:
    """Return the total with which a label is entered from the best of the states, and that state."""
    best, best_label = -1e9, _START
    for label, total, onward in states:
        candidate = total + onward[entry]
        if candidate > best or (candidate == best and _ORDER[label] < _ORDER[best_label]):
            best, best_label = candidate, label
    return best, best_label


def _live(states: _States, weights: Weights) -> list[tuple[str, float, dict[str, float]]]:
    """Return ``(label, total, transitions)`` of the states that can still win."""
    transition = weights.transition
    if len(states) == 1:
        [(label, (total, _, _))] = states.items()
        return [(label, total, transition[label])]
    lowest = max([total for total, _, _ in states.values()]) - weights.spread
    return [(label, total, transition[label]) for label, (total, _, _) in states.items() if total >= lowest]


def _walk_back(reached: list[_States], end: int) -> list[Hit]:
    """Follow the best final state back to the start."""
    if not end:
        return []
    label = max(reached[end], key=lambda state: (reached[end][state][0], -_ORDER[state]))
    path: list[Hit] = []
    position = end
    while position:
        _, before, hit = reached[position][label]
        if hit is None:
            raise ValueError("the lattice does not lead from start to end")
        path.append(hit)
        position, label = hit.start, before
    path.reverse()
    return path
