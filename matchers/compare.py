"""How one text and one entry compare, part by part, each difference named and weighed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from math import exp

from geoaddr.divisions_lexicon import national_lexicon
from geoaddr.parts import Part
from matchers.cores import core, door_number, in_range
from matchers.index.cells import distance_m
from matchers.index.keys import RANGE_SPAN
from matchers.index.naming import DIVISIONS, own_part, plain
from matchers.index.read import IndexLike
from matchers.question import Question
from matchers.similar import similarity
from matchers.tables import Weights, weights
from matchers.verdict import Candidate, Entry, Evidence

GOOD: tuple[str, ...] = ("equal", "abbreviated", "alias", "former", "homophone", "look_alike", "typo")
"""Outcomes in which a name given stands for the official one, nearest first."""
_BY_KIND = {"standard": "equal", "short": "abbreviated", "former": "former", "former_short": "former"}
_FIELDS: dict[str, tuple[str, ...]] = {
    "road": ("road", "sub_road", "town", "village_group"),
    "sub_road": ("sub_road", "road", "village_group"),
    "poi": ("estate", "poi", "village_group", "community", "road"),
    "sub_poi": ("poi", "estate"),
    "devzone": ("estate", "poi"),
    "village_group": ("village_group", "community", "estate", "poi"),
    "community": ("community", "village_group", "estate", "poi"),
}
"""Entry fields a named part of the text may stand for, the usual one first."""
_NEVER_SHORT: dict[str, tuple[str, ...]] = {"poi": ("road",), "road": ("town",)}
"""Fields that a part of this label may only stand for by a slip, not by a shortened name (锦街屏道 for 锦屏街道)."""


def compare(question: Question, entry: Entry, index: IndexLike) -> Candidate:
    """Return the entry with its evidence; score = logistic of bias and weights, so a probability once the weights are fitted."""
    table = weights()
    evidence = tuple(line for comparison in COMPARISONS for line in comparison(question, entry, index, table))
    return Candidate(entry, evidence, logistic(total(evidence, table)))


def total(evidence: tuple[Evidence, ...], table: Weights) -> float:
    """Return the summed log-odds of the evidence with the bias."""
    return table.bias + sum(line.weight for line in evidence)


def logistic(log_odds: float) -> float:
    """Return the probability of log-odds: ``logistic(0.0)`` -> 0.5."""
    return 1.0 / (1.0 + exp(-log_odds)) if log_odds > -700 else 0.0


def divisions(question: Question, entry: Entry, index: IndexLike, table: Weights) -> Iterator[Evidence]:
    """Province to community: the best of the parts given for a level counts, a second one that disagrees is shown as extra."""
    anchors = anchor_fields(entry)
    for label in DIVISIONS:
        parts = question.given(label)
        if not parts or (label == "community" and label in anchors):
            continue
        official = getattr(entry, label)
        row = table.anchor_itself if label in anchors else table.by_label[label]
        if len(parts) == 1 and parts[0].text == official:
            yield Evidence(label, official, official, "equal", row["equal"])
            continue
        outcomes = [(name_outcome(part, official, label, index), part) for part in parts] if official else []
        if label == "community" and all(outcome == "conflict" for outcome, _part in outcomes):
            continue  # compared as a name below: it may be the hamlet or the estate
        if not official:
            yield Evidence(label, parts[0].text, "", "extra", row["extra"])
            continue
        outcomes.sort(key=lambda item: _rank(item[0]))
        outcome, part = outcomes[0]
        yield Evidence(label, part.text, official, outcome, row[outcome])
        if outcome != "conflict" and label != "community":
            yield from (Evidence(label, other.text, official, "extra", 0.0) for worse, other in outcomes[1:] if worse == "conflict")


def names(question: Question, entry: Entry, index: IndexLike, table: Weights) -> Iterator[Evidence]:
    """The names a door hangs on; the best one carries the weight of the anchor, the others that of their label."""
    anchors = anchor_fields(entry)
    lines: list[tuple[str, Part, str, str]] = []
    for part in question.names:
        field, outcome = _best_field(part, entry, index)
        lines.append((field, part, getattr(entry, field) if outcome != "extra" else "", outcome))
    named = any(line[0] in anchors and line[3] in GOOD for line in lines)
    communities = _odd_communities(question, entry, index)
    for part in communities:
        field, outcome = _best_field(part, entry, index)
        if entry.community and ((named and field != "community") or (outcome == "conflict" and "community" not in anchors)):
            beside = len(communities) < len(question.given("community"))  # another community beside the right one
            how = "extra" if beside else "conflict"
            yield Evidence("community", part.text, entry.community, how, 0.0 if beside else table.by_label["community"][how])
        else:
            lines.append((field, part, getattr(entry, field) if outcome != "extra" else "", outcome))
    found = [line for line in lines if line[0] in anchors and line[3] in GOOD]
    best = min(found, key=lambda line: _rank(line[3])) if found else None
    for line in lines:
        field, part, official, outcome = line
        label = "poi" if field == "estate" else field
        if line is best:
            itself = entry.kind != "address" or (field == "poi" and not question.number)
            weight = (table.anchor_itself if itself else table.anchor)[outcome]
        elif best is None and field in anchors and outcome in ("conflict", "extra"):
            weight = table.anchor[outcome]
        else:
            weight = table.by_label[label].get(outcome, 0.0)
        yield Evidence(label, part.text, official, outcome, weight)
    if best is None and not any(line[3] in ("conflict", "extra") and line[0] in anchors for line in lines):
        field = anchors[0]
        if field in DIVISIONS and question.given(field):
            return
        yield Evidence("poi" if field == "estate" else field, "", getattr(entry, field), "missing", table.anchor["missing"])
    elif entry.road and not any(line[0] in ("road", "sub_road") for line in lines):
        yield Evidence("road", "", entry.road, "missing", table.by_label["road"]["missing"])


def numbers(question: Question, entry: Entry, index: IndexLike, table: Weights) -> Iterator[Evidence]:
    """Lane and house number: equal, absent, in a range, or in conflict."""
    given, official = question.sub_road, core("sub_road", entry.sub_road)
    by_name = entry.kind == "address" and not question.number and _is_named(question, entry, index)
    named_lane = official and any(plain(entry.sub_road) == plain(part.value or part.text) for part in question.names)
    if given or (official and not by_name and not named_lane):
        yield _numbered("sub_road", given, official, table)
    number = door_number(entry.number, entry.sub_number)
    if _number_is_building(question, entry, number):
        return
    if number and number == question.joined_number:
        yield Evidence("number", question.joined_number, number, "equal", table.by_label["number"]["equal"])
        return
    if not question.number and number:
        yield Evidence("number", "", number, "missing", 0.0 if by_name else table.by_label["number"]["missing"])
    elif question.number or number:
        line = _numbered("number", question.number, number, table)
        if line.outcome == "conflict" and _one_range_holds_the_other(question.number, number, entry):
            line = Evidence("number", question.number, number, "in_range", table.by_label["number"]["in_range"])
        yield line


def inside(question: Question, entry: Entry, index: IndexLike, table: Weights) -> Iterator[Evidence]:
    """Building, unit, floor and room; a floor is not asked for where the room is right."""
    building = question.building
    number = door_number(entry.number, entry.sub_number)
    if number and number == question.joined_number:
        return
    if not building and _number_is_building(question, entry, number):
        building = question.number
    pairs = (("building", building), ("unit", question.unit), ("floor", question.floor), ("room", question.room))
    for label, given in pairs:
        official = core(label, getattr(entry, label))
        if (given or official) and not (label == "floor" and not (given and official)):
            yield _numbered(label, given, official, table)


def position(question: Question, entry: Entry, index: IndexLike, table: Weights) -> Iterator[Evidence]:
    """The point given, where one is: it supports what is near and speaks against what is far."""
    query = question.query
    if query.lon is None or query.lat is None or entry.lon is None or entry.lat is None:
        return
    metres = distance_m(query.lon, query.lat, entry.lon, entry.lat)
    outcome = "near" if metres <= table.decide["near_m"] else "far" if metres > table.decide["far_m"] else ""
    if outcome:
        yield Evidence("position", f"{query.lon:.6f},{query.lat:.6f}", f"{metres:.0f} m", outcome, table.by_label["position"][outcome])


def status(question: Question, entry: Entry, index: IndexLike, table: Weights) -> Iterator[Evidence]:
    """Entries not in force step back, unless the text is dated and they were in force then."""
    weight = table.by_label["status"].get(entry.status)
    if weight is None:
        return
    as_of = question.query.as_of
    if entry.status == "retired" and as_of and entry.valid_to and as_of < entry.valid_to:
        weight = 0.0
    yield Evidence("status", as_of, entry.status, entry.status, weight)


COMPARISONS: tuple[Callable[[Question, Entry, IndexLike, Weights], Iterator[Evidence]], ...] = (
    divisions,
    names,
    numbers,
    inside,
    position,
    status,
)
"""Each comparison of a text with an entry, in the order an officer reads an address."""


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
        return min((_BY_KIND.get(kind, "alias") for kind in kinds), key=_rank)
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


def _best_field(part: Part, entry: Entry, index: IndexLike) -> tuple[str, str]:
    """Return the field of the entry that a named part agrees with best, and how; ``conflict`` only with the usual field."""
    fields = _FIELDS[part.label]
    found = [(field, name_outcome(part, getattr(entry, field), field, index)) for field in fields if getattr(entry, field)]
    agreeing = [
        (field, how) for field, how in found if how in GOOD and not (how == "abbreviated" and field in _NEVER_SHORT.get(part.label, ()))
    ]
    if agreeing:
        return min(agreeing, key=lambda item: _rank(item[1]))
    usual = "poi" if part.label in ("poi", "sub_poi", "devzone") else part.label
    conflicting = part.label in ("road", "sub_road", "community") or (part.label == "village_group" and entry.village_group)
    if conflicting and getattr(entry, usual):
        return usual, "conflict"
    if usual == "poi" and entry.kind != "address" and own_part(entry)[0] == "poi":
        return ("estate" if entry.estate else "poi"), "conflict"
    return usual, "extra"


def _odd_communities(question: Question, entry: Entry, index: IndexLike) -> tuple[Part, ...]:
    """Return the communities given that are not the entry's, to be compared as names: they may be its hamlet or estate."""
    communities = question.given("community")
    if not communities or "community" in anchor_fields(entry):
        return communities
    if not entry.community:
        return ()
    return tuple(part for part in communities if name_outcome(part, entry.community, "community", index) not in GOOD)


def anchor_fields(entry: Entry) -> tuple[str, ...]:
    """Return the fields of an entry whose name it hangs on: road or estate of a house, else its village; the own name of a place."""
    if entry.kind != "address":
        label, name = own_part(entry)
        return ("estate" if label == "poi" and entry.estate == name else label,) if label else ("poi",)
    fields = tuple(field for field in ("road", "sub_road", "estate", "poi") if getattr(entry, field))
    if entry.road or entry.estate:
        return fields
    return (*(field for field in ("village_group", "community") if getattr(entry, field)), *fields) or ("poi",)


def _is_named(question: Question, entry: Entry, index: IndexLike) -> bool:
    """Whether the estate or point of interest at the door is named, so that its road and number need not be."""
    officials = [official for official in (entry.poi, entry.estate) if official]
    parts = [part for part in question.names if part.label != "road"]
    return any(name_outcome(part, official, "poi", index) in GOOD for part in parts for official in officials)


def _number_is_building(question: Question, entry: Entry, number: str) -> bool:
    """In an estate ``3号`` may be the building: so it is when the entry has that building and no such number."""
    return bool(
        question.number
        and not question.building
        and entry.estate
        and number != question.number
        and core("building", entry.building) == question.number
    )


def _one_range_holds_the_other(given: str, official: str, entry: Entry) -> bool:
    return (not entry.sub_number and in_range(given, official, RANGE_SPAN)) or in_range(official, given, RANGE_SPAN)


def _numbered(label: str, given: str, official: str, table: Weights) -> Evidence:
    outcome = "equal" if given == official else "missing" if not given else "extra" if not official else "conflict"
    return Evidence(label, given, official, outcome, table.by_label[label][outcome])


def _rank(outcome: str) -> int:
    return GOOD.index(outcome) if outcome in GOOD else len(GOOD)
