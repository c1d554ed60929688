"""How one text and one entry compare, part by part, each difference named and weighed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from geoaddr.parts import Part
from matchers.cores import core, door_number, in_range
from matchers.index.cells import distance_m
from matchers.index.keys import RANGE_SPAN
from matchers.index.naming import DIVISIONS, own_part, plain
from matchers.index.read import IndexLike, remember
from matchers.outcomes import GOOD, address_alias, anchor_fields, name_outcome, nearness
from matchers.question import Question
from matchers.tables import Weights, weights
from matchers.verdict import Candidate, Entry, Evidence

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
_USUAL: dict[str, tuple[str, ...]] = {
    "road": ("road",), "sub_road": (), "poi": ("estate", "poi"), "sub_poi": ("poi",), "devzone": (), "village_group": ("village_group",),
}  # fmt: skip
_NEVER_SHORT: dict[str, tuple[str, ...]] = {"poi": ("road",), "road": ("town",)}
"""Fields that a part of this label may only stand for by a slip, not by a shortened name (锦街屏道 for 锦屏街道)."""


def compare(question: Question, entry: Entry, index: IndexLike) -> Candidate:
    """Return the entry with its evidence; ``log_odds`` is the sum of bias and weights, score the probability it stands for."""
    table = weights()
    lines: list[Evidence] = []
    for comparison in COMPARISONS:
        lines += comparison(question, entry, index, table)
    return weighed(entry, tuple(lines), table)


def weighed(entry: Entry, lines: tuple[Evidence, ...], table: Weights) -> Candidate:
    """Return an entry with its evidence summed up: bias and weights in order, so that the sum is the same to the last bit."""
    log_odds = table.bias
    for line in lines:
        log_odds += line.weight
    return Candidate(entry, lines, table.probability(log_odds), log_odds)


line_of = lru_cache(maxsize=65536)(Evidence)
"""Evidence is frozen and repeats endlessly (奉化区 equal 奉化区): each line is made once."""


def divisions(question: Question, entry: Entry, index: IndexLike, table: Weights) -> Sequence[Evidence]:
    """Province to community: the best of the parts given for a level counts, a second one that disagrees is shown as extra.

    The same few divisions stand before nearly every address, so what was found is kept with the index.
    """
    anchors = anchor_fields(entry)
    if entry.kind == "division":
        return division_lines(question, entry, index, table, anchors)
    key = (question.head, entry.province, entry.city, entry.district, entry.town, entry.community, "community" in anchors)
    found = index.memo.get(key)
    if found is None:
        found = tuple(division_lines(question, entry, index, table, anchors))
        remember(index, key, found)
    return found


def division_lines(question: Question, entry: Entry, index: IndexLike, table: Weights, anchors: tuple[str, ...]) -> list[Evidence]:
    """Return what ``divisions`` says, worked out anew."""
    lines: list[Evidence] = []
    for label in DIVISIONS:
        parts = question.given(label)
        if not parts or (label == "community" and label in anchors):
            continue
        official = getattr(entry, label)
        row = table.anchor_itself if label in anchors else table.by_label[label]
        if len(parts) == 1 and parts[0].text == official:
            lines.append(line_of(label, official, official, "equal", row["equal"]))
            continue
        outcomes = [(name_outcome(part, official, label, index), part) for part in parts] if official else []
        if label == "community" and all(outcome == "conflict" for outcome, _part in outcomes):
            continue  # compared as a name below: it may be the hamlet or the estate
        if not official:
            lines.append(line_of(label, parts[0].text, "", "extra", row["extra"]))
            continue
        outcomes.sort(key=lambda item: nearness(item[0]))
        outcome, part = outcomes[0]
        lines.append(line_of(label, part.text, official, outcome, row[outcome]))
        if outcome != "conflict" and label != "community":
            lines += [line_of(label, other.text, official, "extra", 0.0) for worse, other in outcomes[1:] if worse == "conflict"]
    return lines


def names(question: Question, entry: Entry, index: IndexLike, table: Weights) -> Sequence[Evidence]:
    """The names a door hangs on; the best one carries the weight of the anchor, the others that of their label."""
    anchors = anchor_fields(entry)
    if len(question.names) == 1 and getattr(entry, anchors[0]) == question.names[0].text and anchors[0] in _USUAL[question.names[0].label]:
        communities = question.given("community")
        if not communities or (len(communities) == 1 and communities[0].text == entry.community):
            return _named_exactly(question, entry, anchors, table)
    lines, shown = _name_lines(question, entry, index, table, anchors)
    found = [line for line in lines if line.field in anchors and line.outcome in GOOD]
    best = (found[0] if len(found) == 1 else min(found, key=lambda line: nearness(line.outcome))) if found else None
    for line in lines:
        field, outcome = line.field, line.outcome
        label = "poi" if field == "estate" else field
        if line is best:
            itself = entry.kind != "address" or (field == "poi" and not question.number)
            whole = bool(entry.aliases and not question.number and address_alias(line.given, entry))
            weight = (table.anchor_itself if itself or whole else table.anchor)[outcome]
        elif best is None and field in anchors and outcome in ("conflict", "extra"):
            weight = table.anchor[outcome]
        else:
            weight = table.by_label[label].get(outcome, 0.0)
        shown.append(line_of(label, line.given, line.official, outcome, weight))
    if best is None and not any(line.outcome in ("conflict", "extra") and line.field in anchors for line in lines):
        field = anchors[0]
        if field not in DIVISIONS or not question.given(field):
            shown.append(line_of("poi" if field == "estate" else field, "", getattr(entry, field), "missing", table.anchor["missing"]))
    elif entry.road and not any(line.field in ("road", "sub_road") for line in lines):
        shown.append(line_of("road", "", entry.road, "missing", table.by_label["road"]["missing"]))
    return shown


def _named_exactly(question: Question, entry: Entry, anchors: tuple[str, ...], table: Weights) -> Sequence[Evidence]:
    """The usual case: one name, and it is the one the entry hangs on."""
    field, text = anchors[0], question.names[0].text
    itself = entry.kind != "address" or (field == "poi" and not question.number)
    line = line_of("poi" if field == "estate" else field, text, text, "equal", (table.anchor_itself if itself else table.anchor)["equal"])
    shown: tuple[Evidence, ...] = (line,)
    if "community" in anchors and question.given("community"):
        shown = (line, line_of("community", entry.community, entry.community, "equal", table.by_label["community"]["equal"]))
    if entry.road and field != "road":
        shown = (*shown, line_of("road", "", entry.road, "missing", table.by_label["road"]["missing"]))
    return shown


class NameLine(NamedTuple):
    """Which field of an entry a named part of a text stands for, both as written, and how they compare."""

    field: str
    given: str
    official: str
    outcome: str


def _name_lines(
    question: Question, entry: Entry, index: IndexLike, table: Weights, anchors: tuple[str, ...]
) -> tuple[list[NameLine], list[Evidence]]:
    """Return the names compared with the fields of an entry, and apart from them the communities that contradict the entry's own."""
    lines = [name_line(part, entry, index) for part in question.names]
    communities = _odd_communities(question, entry, index, anchors)
    if not communities:
        return lines, []
    shown: list[Evidence] = []
    named = any(line.field in anchors and line.outcome in GOOD for line in lines)
    compared = [(part, name_line(part, entry, index)) for part in communities]
    fits = any(line.field == "community" and line.outcome in GOOD for _part, line in compared)
    for part, line in compared:
        if fits and line.outcome == "conflict":  # 大堰 before 徐马站村 is the town, not 大堰村
            how = name_outcome(part, entry.town, "town", index) if entry.town else "conflict"
            if how in GOOD:
                shown.append(line_of("town", part.text, entry.town, how, table.by_label["town"][how]))
            else:
                shown.append(line_of("community", part.text, entry.community, "extra", 0.0))
        elif entry.community and ((named and line.field != "community") or (line.outcome == "conflict" and "community" not in anchors)):
            beside = len(communities) < len(question.given("community"))  # another community beside the right one
            how = "extra" if beside else "conflict"
            shown.append(line_of("community", part.text, entry.community, how, 0.0 if beside else table.by_label["community"][how]))
        else:
            lines.append(line)
    return lines, shown


def name_line(part: Part, entry: Entry, index: IndexLike) -> NameLine:
    """Return the field of an entry that a named part agrees with best (``_FIELDS``), and how."""
    text = part.text
    for field in _FIELDS[part.label]:
        if getattr(entry, field) == text:
            return NameLine(field, text, text, "equal")
    if entry.aliases and entry.kind == "address" and (known_as := address_alias(text, entry)):
        field = anchor_fields(entry)[0]
        return NameLine(field, text, getattr(entry, field), "former" if known_as["kind"] == "former" else "alias")
    field, outcome = _best_field(part, entry, index)
    return NameLine(field, text, getattr(entry, field) if outcome != "extra" else "", outcome)


def numbers(question: Question, entry: Entry, index: IndexLike, table: Weights) -> Sequence[Evidence]:
    """Lane and house number: equal, absent, in a range, or in conflict."""
    lines: list[Evidence] = []
    given, official = question.sub_road, core("sub_road", entry.sub_road)
    by_name = entry.kind == "address" and not question.number and _is_named(question, entry, index)
    if given or (official and not by_name and not any(plain(entry.sub_road) == plain(part.value or part.text) for part in question.names)):
        lines.append(_numbered("sub_road", given, official, table))
    number = door_number(entry.number, entry.sub_number)
    if number == question.number:
        if number:
            lines.append(_numbered("number", number, number, table))
    elif _number_is_building(question, entry, number):
        return lines
    elif _building_is_number(question, entry, number) or (number and number == question.joined_number):
        lines.append(_numbered("number", number, number, table))
    elif not question.number:
        lines.append(line_of("number", "", number, "missing", 0.0 if by_name else table.by_label["number"]["missing"]))
    else:
        line = _numbered("number", question.number, number, table)
        if line.outcome == "conflict" and _one_range_holds_the_other(question.number, number, entry):
            line = line_of("number", question.number, number, "in_range", table.by_label["number"]["in_range"])
        lines.append(line)
    return lines


def inside(question: Question, entry: Entry, index: IndexLike, table: Weights) -> Sequence[Evidence]:
    """Building, unit, floor and room; a floor is not asked for where the room is right."""
    building = question.building
    if not (building or question.inside or entry.building or entry.room or entry.unit or entry.floor):
        return ()
    number = door_number(entry.number, entry.sub_number)
    if number and number == question.joined_number:
        return ()
    if _building_is_number(question, entry, number):
        building = ""
    if not building and _number_is_building(question, entry, number):
        building = question.number
    lines: list[Evidence] = []
    for label, given, own in (
        ("building", building, entry.building),
        ("unit", question.unit, entry.unit),
        ("floor", question.floor, entry.floor),
        ("room", question.room, entry.room),
    ):
        official = core(label, own)
        if (given or official) and not (label == "floor" and not (given and official)):
            lines.append(_numbered(label, given, official, table))
    return lines


def position(question: Question, entry: Entry, index: IndexLike, table: Weights) -> Sequence[Evidence]:
    """The point given, where one is: it supports what is near and speaks against what is far."""
    query = question.query
    if query.lon is None or query.lat is None or entry.lon is None or entry.lat is None:
        return ()
    metres = distance_m(query.lon, query.lat, entry.lon, entry.lat)
    outcome = "near" if metres <= table.decide["near_m"] else "far" if metres > table.decide["far_m"] else ""
    if not outcome:
        return ()
    return (Evidence("position", f"{query.lon:.6f},{query.lat:.6f}", f"{metres:.0f} m", outcome, table.by_label["position"][outcome]),)


def status(question: Question, entry: Entry, index: IndexLike, table: Weights) -> Sequence[Evidence]:
    """Entries not in force step back, unless the text is dated and they were in force then."""
    weight = table.by_label["status"].get(entry.status)
    if weight is None:
        return ()
    as_of = question.query.as_of
    if entry.status == "retired" and as_of and entry.valid_to and as_of < entry.valid_to:
        weight = 0.0
    return (Evidence("status", as_of, entry.status, entry.status, weight),)


COMPARISONS: tuple[Callable[[Question, Entry, IndexLike, Weights], Sequence[Evidence]], ...] = (
    divisions,
    names,
    numbers,
    inside,
    position,
    status,
)
"""Each comparison of a text with an entry, in the order an officer reads an address."""


def _best_field(part: Part, entry: Entry, index: IndexLike) -> tuple[str, str]:
    """Return the field of the entry that a named part agrees with best, and how; ``conflict`` only with the usual field."""
    fields = _FIELDS[part.label]
    found = [(field, name_outcome(part, getattr(entry, field), field, index)) for field in fields if getattr(entry, field)]
    agreeing = [
        (field, how) for field, how in found if how in GOOD and not (how == "abbreviated" and field in _NEVER_SHORT.get(part.label, ()))
    ]
    if agreeing:
        return min(agreeing, key=lambda item: nearness(item[1]))
    usual = "poi" if part.label in ("poi", "sub_poi", "devzone") else part.label
    conflicting = part.label in ("road", "sub_road", "community") or (part.label == "village_group" and entry.village_group)
    if conflicting and getattr(entry, usual):
        return usual, "conflict"
    if usual == "poi" and entry.kind != "address" and own_part(entry)[0] == "poi":
        return ("estate" if entry.estate else "poi"), "conflict"
    return usual, "extra"


def _odd_communities(question: Question, entry: Entry, index: IndexLike, anchors: tuple[str, ...]) -> tuple[Part, ...]:
    """Return the communities given that are not the entry's, to be compared as names: they may be its hamlet or estate."""
    communities = question.given("community")
    if not communities or "community" in anchors:
        return communities
    if not entry.community:
        return ()
    if len(communities) == 1 and communities[0].text == entry.community:
        return ()
    return tuple(part for part in communities if name_outcome(part, entry.community, "community", index) not in GOOD)


def _is_named(question: Question, entry: Entry, index: IndexLike) -> bool:
    """Whether the estate or point of interest at the door is named, so that its road and number need not be."""
    officials = [official for official in (entry.poi, entry.estate) if official]
    parts = [part for part in question.names if part.label != "road"]
    if entry.aliases and any(address_alias(part.text, entry) for part in parts):
        return True
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


def _building_is_number(question: Question, entry: Entry, number: str) -> bool:
    """A bare figure behind a name nobody knows (砖埠21, 草浦15#) is read as a building; at a house in a village it is the number."""
    if question.number or not number or number != question.building or entry.building or entry.kind != "address":
        return False
    part = question.parsed.first("building")
    return part is not None and part.text.rstrip("#").replace("-", "").isdecimal()


def _one_range_holds_the_other(given: str, official: str, entry: Entry) -> bool:
    return (not entry.sub_number and in_range(given, official, RANGE_SPAN)) or in_range(official, given, RANGE_SPAN)


def _numbered(label: str, given: str, official: str, table: Weights) -> Evidence:
    outcome = "equal" if given == official else "missing" if not given else "extra" if not official else "conflict"
    return line_of(label, given, official, outcome, table.by_label[label][outcome])
