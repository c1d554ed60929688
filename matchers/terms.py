"""Specific term 专名, direction word 方位 and generic term 通名 of a place name, taken apart."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import NamedTuple

from matchers.tables import table


class Term(NamedTuple):
    """A name in its terms; ``direction`` stands before the generic term (中山**北**路), ``before`` in front (**上**横村)."""

    before: str
    specific: str
    direction: str
    generic: str


@cache
def generics(label: str) -> tuple[str, ...]:
    """Return the generic terms a part of this label may end with, longest first; all of them for an unknown label."""
    by_label: dict[str, list[str]] = table("terms.yaml")["generics"]
    known = by_label.get(label) or sorted({term for terms in by_label.values() for term in terms})
    return tuple(sorted(known, key=len, reverse=True))


@cache
def _marks() -> frozenset[str]:
    terms = table("terms.yaml")
    return frozenset(terms["directions"]) | frozenset(terms["orders"])


@cache
def _leading(label: str) -> frozenset[str]:
    terms = table("terms.yaml")
    return frozenset(terms["leading"]) if label in terms["leading_labels"] else frozenset()


@lru_cache(maxsize=65536)
def split(name: str, label: str = "") -> Term:
    """Cut a name into its terms; the specific term is never left empty.

    ``split("中山北一路", "road")`` -> before ``""``, specific ``中山``, direction ``北一``, generic ``路``;
    ``split("上横村", "community")`` -> ``上``, ``横``, ``""``, ``村``; ``split("东路", "road")`` -> ``""``, ``东``, ``""``, ``路``.
    """
    generic = next((term for term in generics(label) if name.endswith(term) and len(name) > len(term)), "")
    stem = name[: len(name) - len(generic)]
    marks = _marks()
    end = len(stem)
    while end > 2 and stem[end - 1] in marks:
        end -= 1
    direction, stem = stem[end:], stem[:end]
    before = stem[0] if len(stem) > 1 and stem[0] in _leading(label) else ""
    return Term(before, stem[len(before) :], direction, generic)


def without_generic(name: str, label: str) -> str:
    """Return the name as people shorten it: ``without_generic("西坞街道", "town")`` -> ``西坞``; one character is never left alone."""
    generic = next((term for term in generics(label) if name.endswith(term) and len(name) >= len(term) + 2), "")
    return name[: len(name) - len(generic)]


@cache
def _generic_groups() -> dict[str, frozenset[int]]:
    groups: dict[str, set[int]] = {}
    for position, members in enumerate(table("terms.yaml")["same_generic"]):
        for member in members:
            groups.setdefault(str(member), set()).add(position)
    return {member: frozenset(positions) for member, positions in groups.items()}


def same_generic(one: str, other: str) -> bool:
    """Say whether people use two generic terms for one another: ``same_generic("小区", "花园")`` -> True; 路 and 巷 -> False."""
    groups = _generic_groups()
    return one == other or bool(groups.get(one, frozenset()) & groups.get(other, frozenset()))
