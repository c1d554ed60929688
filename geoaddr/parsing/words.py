"""The word lists of addresses, arranged for looking up at a position of the text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from geoaddr.tables import read_settings

ENDS, OPENS, SEPARATES, DIGIT, LETTER = 1, 2, 4, 8, 16
"""What a character may do, as bits: end a generic term, open a word that stands for itself, separate, count, spell."""

_STANDALONE = frozenset(("poi", "sub_poi", "devzone", "community"))
_DIGITS = "0123456789"
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Term(NamedTuple):
    """A generic term as one label ends with it: ``size`` characters, and the ``shortest`` and ``longest`` name it may end.

    ``office`` characters of it name the committee of a village; they do not make the name of the village longer.
    """

    size: int
    label: str
    features: tuple[str, ...]
    shortest: int
    longest: int
    office: int


class FixedWord(NamedTuple):
    """A word that stands for itself."""

    text: str
    size: int
    label: str
    features: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """Word lists by purpose.

    ``terms`` maps a generic term to every reading of it and of the shorter terms it ends with, one per label, longest first;
    ``term_sizes`` maps the last two characters of terms (or the last one) to the sizes to try. ``fixed`` maps the first two
    characters of words (or the first one) to the words, longest first. ``roles`` says what each telling character may do.
    ``office`` matches what makes the name of a village that of its committee: 民委员会 after 村.
    ``longest_name`` is the most characters a name by generic term may have.
    """

    terms: dict[str, tuple[Term, ...]]
    term_sizes: dict[str, tuple[int, ...]]
    fixed: dict[str, tuple[FixedWord, ...]]
    roles: dict[str, int]
    office: re.Pattern[str]
    separators: frozenset[str]
    longest_name: int


@cache
def address_words() -> Words:
    """Return the lists of ``data/address_words.yaml``, read once per process."""
    table = read_settings("address_words.yaml")
    own = _own_terms(table)
    sizes: dict[str, set[int]] = {}
    for term in own:
        sizes.setdefault(term[-2:], set()).add(len(term))
    for tail, found in sizes.items():
        if len(tail) == 2 and tail[1] in own:
            found.add(1)
    fixed = _fixed_words(table)
    separators = frozenset(table["separators"])
    return Words(
        terms={term: _readings(term, own) for term in own},
        term_sizes={tail: tuple(sorted(found, reverse=True)) for tail, found in sizes.items()},
        fixed=fixed,
        roles=_roles({term[-1] for term in own}, {head[0] for head in fixed}, separators),
        office=_offices(table),
        separators=separators,
        longest_name=max(table["name_length"].values()),
    )


def _own_terms(table: dict[str, Any]) -> dict[str, list[Term]]:
    """Return the readings of each generic term by itself."""
    own: dict[str, list[Term]] = {}
    for label, terms in table["endings"].items():
        for term in _flat(terms):
            size = len(term)
            feature = f"ending.{label}.short" if label == "poi" and size == 1 else f"ending.{label}"
            shortest = size if label in _STANDALONE and size > 1 else size + 1
            office = size - 1 if label == "community" and term in _village_offices(table) else 0
            own.setdefault(term, []).append(Term(size, label, (feature,), shortest, table["name_length"][label], office))
    return own


def _readings(term: str, own: dict[str, list[Term]]) -> tuple[Term, ...]:
    """Return the longest reading of each label that ends where the term does: 新村 -> 新村 (poi), 村 (community).

    A natural village is none of the villages with a committee: 自然村 is not read as 村.
    """
    by_label: dict[str, Term] = {}
    hamlets = [whole for whole, readings in own.items() if any(reading.label == "village_group" for reading in readings)]
    for cut in range(len(term)):
        for reading in own.get(term[cut:], ()):
            if cut == 0 or reading.label != "community" or term not in hamlets:
                by_label.setdefault(reading.label, reading)
    return tuple(by_label.values())


def _fixed_words(table: dict[str, Any]) -> dict[str, tuple[FixedWord, ...]]:
    """Return relation, junction and noise words by their first two characters, those of one character under it as well."""
    weak = set(table["noise_weak"])
    purposes = (
        [(word, "relation", "relation") for word in table["relations"]]
        + [(word, "relation", "relation.short") for word in table["relations_short"]]
        + [(word, "junction", "junction") for word in table["junctions"]]
        + [(word, "noise", "noise.weak" if word in weak else "noise") for word in table["noise"]]
    )
    words = [FixedWord(word, len(word), label, (feature,)) for word, label, feature in sorted(purposes, key=lambda entry: -len(entry[0]))]
    heads = {word.text[:2] for word in words}
    return {head: tuple(word for word in words if word.text[:2] == head or word.text == head[0]) for head in heads}


def _village_offices(table: dict[str, Any]) -> list[str]:
    """Return the committees that are named after 村: 村委会, 村民委员会."""
    return [term for term in table["endings"]["community"] if term.startswith("村") and term.endswith(("委会", "委员会"))]


def _offices(table: dict[str, Any]) -> re.Pattern[str]:
    """Return what follows the 村 of a village that is written as its committee: 民委员会, 委会."""
    return re.compile("|".join(f"(?<=村){term[1:]}" for term in _village_offices(table)))


def _roles(last: set[str], first: set[str], separators: frozenset[str]) -> dict[str, int]:
    """Return what each character may do."""
    roles: dict[str, int] = {}
    for chars, role in ((last, ENDS), (first, OPENS), (separators, SEPARATES), (_DIGITS, DIGIT), (_LETTERS, LETTER)):
        for char in chars:
            roles[char] = roles.get(char, 0) | role
    return roles


def _flat(terms: list[object]) -> list[str]:
    """Return the terms of a list that may hold lists."""
    flat: list[str] = []
    for term in terms:
        flat += _flat(term) if isinstance(term, list) else [str(term)]
    return flat
