"""The word stock of the sample: what invented names are made of, and the ways people write addresses."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any, NamedTuple

import yaml


class NonstandardName(NamedTuple):
    """An invented name that breaks a rule: ``finding_class`` is one of 大 洋 怪 重 or empty; no ``rule`` marks a harmless one."""

    name: str
    kind: str
    finding_class: str
    rule: str
    note: str


@cache
def inventory() -> dict[str, Any]:
    """Return ``inventory.yaml``: characters, generic terms, kinds of points of interest, town centres, the invented outline."""
    return _yaml("inventory.yaml")


@cache
def speech() -> dict[str, Any]:
    """Return ``speech.yaml``: homophones, look-alikes, old names, courier notes and the other habits of writing."""
    return _yaml("speech.yaml")


@cache
def nonstandard_names() -> tuple[NonstandardName, ...]:
    """Return the invented nonstandard names of every class, and a few harmless ones that only look suspicious."""
    with files("gazetteer").joinpath("data", "sample", "nonstandard.csv").open(encoding="utf-8") as lines:
        return tuple(NonstandardName(row["name"], row["kind"], row["class"], row["rule"], row["note"]) for row in csv.DictReader(lines))


class Names:
    """Draws specific terms without ever giving the same one twice within a kind of place.

    No two drawn specific terms of a kind sound alike: the characters of the inventory all have different syllables.
    """

    def __init__(self, rng: Random) -> None:
        words = inventory()
        self._rng = rng
        self._characters: str = words["characters"]
        self._reserved = frozenset(words["reserved"])
        self._taken: dict[str, set[str]] = {}

    def specific(self, kind: str) -> str:
        """Return a fresh two-character specific term for this kind of place, three characters once pairs grow scarce.

        Never a term whose reverse is taken: keyed in the wrong order, one place would become the other.
        """
        taken = self._taken.setdefault(kind, set())
        length = 2 if len(taken) < len(self._characters) ** 2 // 3 else 3
        while True:
            term = "".join(self._rng.sample(self._characters, length))
            if term not in taken and term[::-1] not in taken and term not in self._reserved:
                taken.add(term)
                return term

    def village(self, real_names: frozenset[str]) -> str:
        """Return a fresh natural-village name (上樟岙) that is no official village name of the district.

        No two of them become the same by a homophone, a look-alike or a lost prefix (上竹岙, 上朱岙; 樟岙 beside 上樟岙).
        """
        taken = self._taken.setdefault("natural_village", set())
        words = inventory()
        long = len(taken) > 5000
        while True:
            middle = self._rng.choice(words["village_middles"]) + (self._rng.choice(words["village_middles"]) if long else "")
            prefix = self._rng.choice(words["village_prefixes"]) if long or self._rng.random() < 0.7 else ""
            stem = f"{middle}{self._rng.choice(words['village_generics'])}"
            blurred = _blurred(stem)
            # "?樟岙" marks that the stem is taken with some prefix, "樟岙" that it is taken as a whole name.
            clashes = {_blurred(prefix) + blurred, blurred} if prefix else {blurred, f"?{blurred}"}
            if not clashes & taken and prefix + stem not in real_names:
                taken |= {_blurred(prefix) + blurred, f"?{blurred}"}
                return f"{prefix}{stem}"

    def reserve(self, kind: str, term: str) -> None:
        """Keep a specific term (or natural-village name) from being drawn, because it is given to something by hand."""
        self._taken.setdefault(kind, set()).update((term, _blurred(term)))


def weighted(rng: Random, weights: dict[str, Any]) -> str:
    """Return one key of a table ``{key: weight}`` (or ``{key: [..., weight]}``), drawn by its weight."""
    numbers = [value[-1] if isinstance(value, list) else value for value in weights.values()]
    return str(rng.choices(list(weights), numbers)[0])


def shares(total: int, weights: list[float], least: int = 1) -> list[int]:
    """Cut ``total`` into whole numbers proportional to ``weights``, each at least ``least``, adding up exactly.

    Raises ValueError when ``total`` cannot give everyone ``least``.

    >>> shares(10, [1, 1, 2])
    [3, 2, 5]
    """
    free = total - least * len(weights)
    if free < 0:
        raise ValueError(f"{total} cannot be cut into {len(weights)} shares of at least {least}")
    scale = free / sum(weights)
    cuts, run, before = [], 0.0, 0
    for weight in weights:
        run += weight * scale
        upto = round(run + 1e-9)
        cuts.append(least + upto - before)
        before = upto
    cuts[-1] += total - sum(cuts)
    return cuts


@cache
def _kin() -> dict[int, int]:
    """Map every character to one that stands for all it can be mistaken for (by sound or look, through any number of steps)."""
    head: dict[str, str] = {}

    def find(character: str) -> str:
        while head.setdefault(character, character) != character:
            character = head[character]
        return character

    for group in speech()["homophones"] + speech()["look_alikes"]:
        for character in group[1:]:
            head[find(character)] = find(group[0])
    return {ord(character): ord(find(character)) for character in list(head)}


def _blurred(name: str) -> str:
    return name.translate(_kin())


def _yaml(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(files("gazetteer").joinpath("data", "sample", name).read_text(encoding="utf-8"))
    return loaded
