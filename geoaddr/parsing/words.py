"""The word lists of addresses, arranged for looking up at a position of the text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from geoaddr.tables import read_settings


@dataclass(frozen=True, slots=True)
class Words:
    """Word lists by purpose: ``endings`` maps a generic term to ``(label, feature)`` pairs, ``ending_lengths`` a last character to lengths.

    ``fixed`` maps a first character to the words that stand for themselves, longest first: ``(word, label, feature)``.
    """

    endings: dict[str, tuple[tuple[str, str], ...]]
    ending_lengths: dict[str, tuple[int, ...]]
    name_length: dict[str, int]
    fixed: dict[str, tuple[tuple[str, str, str], ...]]
    contact: re.Pattern[str]
    contact_hint: re.Pattern[str]
    separators: frozenset[str]


@cache
def address_words() -> Words:
    """Return the lists of ``data/address_words.yaml``, read once per process."""
    table = read_settings("address_words.yaml")
    endings: dict[str, list[tuple[str, str]]] = {}
    for label, terms in table["endings"].items():
        for term in _flat(terms):
            feature = f"ending.{label}.short" if label == "poi" and len(term) == 1 else f"ending.{label}"
            endings.setdefault(term, []).append((label, feature))
    lengths: dict[str, set[int]] = {}
    for term in endings:
        lengths.setdefault(term[-1], set()).add(len(term))
    weak = set(table["noise_weak"])
    fixed: dict[str, list[tuple[str, str, str]]] = {}
    purposes = (
        [(word, "relation", "relation") for word in table["relations"]]
        + [(word, "relation", "relation.short") for word in table["relations_short"]]
        + [(word, "junction", "junction") for word in table["junctions"]]
        + [(word, "noise", "noise.weak" if word in weak else "noise") for word in table["noise"]]
    )
    for word, label, feature in sorted(purposes, key=lambda entry: -len(entry[0])):
        fixed.setdefault(word[0], []).append((word, label, feature))
    return Words(
        endings={term: tuple(labels) for term, labels in endings.items()},
        ending_lengths={last: tuple(sorted(sizes, reverse=True)) for last, sizes in lengths.items()},
        name_length=dict(table["name_length"]),
        fixed={first: tuple(words) for first, words in fixed.items()},
        contact=re.compile(table["contacts"]),
        contact_hint=re.compile(table["contact_hint"]),
        separators=frozenset(table["separators"]),
    )


def _flat(terms: list[object]) -> list[str]:
    """Return the terms of a list that may hold lists."""
    flat: list[str] = []
    for term in terms:
        flat += _flat(term) if isinstance(term, list) else [str(term)]
    return flat
