"""How a name in a text stands to an official one, and which names an entry hangs on."""

from __future__ import annotations

from functools import lru_cache

from geoaddr.divisions_lexicon import national_lexicon
from geoaddr.parts import Part
from matchers.index.naming import DIVISIONS, own_part, plain
from matchers.index.read import IndexLike
from matchers.similar import similarity
from matchers.verdict import Entry

GOOD: tuple[str, ...] = ("equal", "abbreviated", "alias", "former", "homophone", "look_alike", "typo")
"""Outcomes in which a name given stands for the official one, nearest first."""
_BY_KIND = {"standard": "equal", "short": "abbreviated", "former": "former", "former_short": "former"}


def name_outcome(part: Part, official: str, label: str, index: IndexLike) -> str:
    """Return how a name in the text stands to an official one: by its letters, by what the register knows, then by sound and shape."""
    text = part.text
    if text == official:
        return "equal"
    wanted = plain(official)
    if text == wanted:
        return "equal"
    kinds = [name.kind for name in index.names(text) if plain(name.value) == wanted]
    if kinds:
        return min((_BY_KIND.get(kind, "alias") for kind in kinds), key=nearness)
    if plain(part.value) == wanted:
        return "abbreviated" if wanted.startswith(text) else "former" if label in DIVISIONS else "alias"
    if label in DIVISIONS:
        if wanted in former_of(text, label):
            return "former"
        if any(name.label == label and name.kind in ("standard", "short") for name in index.names(text)):
            return "conflict"  # the right name of another division is no slip
    return similarity(text, wanted, label)


@lru_cache(maxsize=4096)
def former_of(text: str, label: str) -> frozenset[str]:
    """Return the divisions of today on whose ground a former division lay: ``("大桥镇", "town")`` -> 锦屏街道, 岳林街道."""
    found = [names for end, names in national_lexicon().prefixes(text, 0) if end == len(text)]
    return frozenset(plain(name.value) for names in found for name in names if name.label == label and name.kind == "former")


def nearness(outcome: str) -> int:
    """Return the place of an outcome in ``GOOD``; those in which the names are different come last."""
    return GOOD.index(outcome) if outcome in GOOD else len(GOOD)


def anchor_fields(entry: Entry) -> tuple[str, ...]:
    """Return the fields of an entry whose name it hangs on: road or estate of a house, else its village; the own name of a place."""
    if entry.kind != "address":
        label, name = own_part(entry)
        return ("estate" if label == "poi" and entry.estate == name else label,) if label else ("poi",)
    return _address_anchors(
        entry.road != "", entry.sub_road != "", entry.estate != "", entry.poi != "", entry.village_group != "", entry.community != ""
    )


@lru_cache(maxsize=64)
def _address_anchors(road: bool, sub_road: bool, estate: bool, poi: bool, group: bool, community: bool) -> tuple[str, ...]:
    named = (("road", road), ("sub_road", sub_road), ("estate", estate), ("poi", poi))
    fields = tuple(field for field, holds in named if holds)
    if road or estate:
        return fields
    village = tuple(field for field, holds in (("village_group", group), ("community", community)) if holds)
    return (*village, *fields) or ("poi",)


def address_alias(text: str, entry: Entry) -> dict[str, str]:
    """Return kind and end of the recorded variant of a whole address that a text is, or nothing: 老供销社大楼 for 肖桥路86号."""
    found = next((alias for alias in entry.aliases if plain(alias[0]) == text), None)
    return {"kind": found[1], "valid_to": found[2]} if found else {}
