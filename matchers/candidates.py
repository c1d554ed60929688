"""Which entries could be meant: exact doors first, then other meanings, then similar names, then the places themselves, then position."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from geoaddr.lexicon import Name
from geoaddr.parts import Part
from matchers.cores import core, number_range
from matchers.index.keys import NAMED, PLACE, RANGE_SPAN, ROAD, door_key, inside_key
from matchers.index.naming import plain
from matchers.index.read import IndexLike, remember
from matchers.question import Question
from matchers.similar import look_alikes
from matchers.tables import Weights, weights

_WIDER = 8
"""How many times as many similar names are read as are followed, where the town tells which."""
_TOWN_DIGITS = 9
_NAMED_DOOR = door_key(NAMED, "", "")
_SIMILAR_TO: dict[str, frozenset[str]] = {
    "road": frozenset({"road", "sub_road", "village_group", "poi"}),
    "sub_road": frozenset({"sub_road", "road", "village_group"}),
    "poi": frozenset({"poi", "sub_poi", "community", "village_group", "road"}),
    "sub_poi": frozenset({"poi", "sub_poi"}),
    "devzone": frozenset({"poi", "devzone"}),
    "village_group": frozenset({"village_group", "community", "poi"}),
    "community": frozenset({"community", "village_group", "poi"}),
    "rest": frozenset({"road", "poi", "community", "village_group"}),
}
"""As which labels the register may know a name that the text gives under another label."""


def find(question: Question, index: IndexLike) -> list[int]:
    """Return the rows worth comparing, those of the first stage that finds any (the places themselves are always added last)."""
    rows: dict[int, None] = {}
    for stage in STAGES:
        found = dict.fromkeys(stage(question, index))
        rows.update(found)
        if found and stage is not points_of_interest:
            break
    return list(rows)[: weights().candidates["rows_compared"]]


def doors(question: Question, index: IndexLike) -> Iterable[int]:
    """Exact doors under the names as the parser read them, with every meaning a name has in the register."""
    if not _has_door(question):
        return
    for part in _proper_names(question) or question.given("community"):
        for value in meanings(part, index):
            yield from doors_on(question, index, part.label, value)


def village_doors(question: Question, index: IndexLike) -> Iterable[int]:
    """Doors of the village or community alone, where other names only follow the number (a company at a village door).

    A name before the number is the road or hamlet the number belongs to; without it the number means another door.
    """
    number = question.parsed.first("number")
    names = _proper_names(question)
    if number is not None and names and all(part.start > number.start for part in names):
        for part in question.given("community"):
            for value in meanings(part, index):
                yield from doors_on(question, index, part.label, value)


def points_of_interest(question: Question, index: IndexLike) -> Iterable[int]:
    """Points of interest and estates by name alone; they also tell whether a door named beside them is the right one."""
    if question.inside and not question.number:
        return
    for part in question.names:
        if part.label in ("poi", "sub_poi", "devzone"):
            for value in meanings(part, index):
                yield from index.rows_at(value, _NAMED_DOOR, limit=weights().candidates["similar_names"])


def ranges(question: Question, index: IndexLike) -> Iterable[int]:
    """Doors that a given range holds one by one (105-107号 for the doors 105 and 107)."""
    ends = number_range(question.number, RANGE_SPAN)
    if ends is None:
        return
    for part in _anchors(question):
        scope = ROAD if part.label == "road" else PLACE
        for value in meanings(part, index):
            for number in range(ends[0], ends[1] + 1, 2):
                yield from index.rows_at(value, door_key(scope, question.sub_road, str(number)), limit=4)


def similar_names(question: Question, index: IndexLike) -> Iterable[int]:
    """Doors (or, without a number, places) under names that sound or look like those given and are not names themselves."""
    limit = weights().candidates["similar_names"]
    for part in (*_anchors(question), *question.leftovers[:3]):
        text = plain(part.value or part.text)
        if not 2 <= len(text) <= 20 or known_in_named_town(part, question, index):
            continue
        label = part.label if part.label in _SIMILAR_TO else "rest"
        for name in _similar(text, question, index, limit):
            if name.label in _SIMILAR_TO[label]:
                value = plain(name.value)
                if _has_door(question):
                    yield from doors_on(question, index, name.label, value)
                else:
                    yield from index.rows_at(value, _NAMED_DOOR, limit=4)


def _similar(text: str, question: Question, index: IndexLike, limit: int) -> list[Name]:
    """Return names one slip away, those in the town named first: 云路 is one character short of every 云杉路, 荷云路 of a district.

    Of two characters only sound is filed, so those of similar shape are tried one by one.
    """
    found = [name for name, _outcome in index.similar(text, limit * _WIDER)]
    if len(text) == 2:
        found += [name for other in look_alikes(text) for name in index.names(other)]
    if len(found) <= limit:
        return found
    towns = tuple(town.ref for town in question.given("town") if len(town.ref) == _TOWN_DIGITS)
    here = [name for name in found if towns and name.parent.startswith(towns)]
    return [*here, *(name for name in found if name not in here)][:limit]


def known_in_named_town(part: Part, question: Question, index: IndexLike) -> bool:
    """A name the register has where the text says it is needs no similar one; elsewhere it may be a misspelling of a neighbour."""
    if not index.names(part.text):
        return False
    towns = {plain(town.value or town.text) for town in question.given("town")}
    if not towns:
        return True
    there = [_towns_with(value, index) for value in meanings(part, index)]
    return not any(there) or any("" in found or not towns.isdisjoint(found) for found in there)


def _towns_with(name: str, index: IndexLike) -> frozenset[str]:
    """Return the towns of some that a name is recorded in ('' for one that has none); remembered, as every wrong number asks."""
    key = ("towns", name)
    found: frozenset[str] | None = index.memo.get(key)
    if found is None:
        found = frozenset([plain(index.entry(row).town) for row in index.rows_on(name, 8)])
        remember(index, key, found)
    return found


def places(question: Question, index: IndexLike) -> Iterable[int]:
    """The road, estate, village or, failing all, the narrowest division named; what is left when no door fits or none was given."""
    limit = weights().candidates["similar_names"]
    found = False
    for part in question.names:
        for value in meanings(part, index):
            for row in index.rows_at(value, _NAMED_DOOR, limit=limit):
                found = True
                yield row
    if found:
        return
    for part in reversed(question.divisions):
        rows = [row for value in meanings(part, index) for row in index.rows_at(value, _NAMED_DOOR, limit=limit)]
        if rows:
            yield from rows
            return


def neighbours(question: Question, index: IndexLike) -> Iterable[int]:
    """What lies around the point given, when the words lead nowhere."""
    query = question.query
    if query.lon is not None and query.lat is not None:
        table: Weights = weights()
        near = index.nearest(query.lon, query.lat, radius_m=table.decide["near_m"], limit=int(table.decide["candidates_shown"]))
        yield from (row for row, _metres in near)


STAGES: tuple[Callable[[Question, IndexLike], Iterable[int]], ...] = (
    points_of_interest,
    doors,
    ranges,
    similar_names,
    village_doors,
    places,
    neighbours,
)
"""In order; the first stage that finds rows is the last one asked, except that points of interest never stop the search."""


def meanings(part: Part, index: IndexLike) -> Sequence[str]:
    """Return the register's names (in plain form) that a part may stand for, the parser's reading first."""
    read = plain(part.value or part.text)
    names = index.names(part.text)
    if not names or (len(names) == 1 and names[0].value == read):
        return (read,)
    return tuple(dict.fromkeys([read, *[plain(name.value) for name in names]]))


def doors_on(question: Question, index: IndexLike, label: str, name: str) -> Iterable[int]:
    """Return the rows of the asked door on one name: the flat if it is there, else the entrance and what shows what else is."""
    for scope, number, building in _door_spellings(question, label):
        door = door_key(scope, question.sub_road if scope == ROAD else "", number)
        if number and number == question.joined_number:
            yield from index.rows_at(name, door, inside=0, limit=8)
            continue
        if not (building or question.unit or question.floor or question.room):
            yield from index.rows_at(name, door, inside=0, limit=8) or index.rows_at(name, door, limit=8)
            continue
        exact = index.rows_at(name, door, inside=inside_key(building, question.unit, question.floor, question.room), limit=8)
        yield from exact or index.rows_at(name, door, limit=8)


def _door_spellings(question: Question, label: str) -> Iterable[tuple[str, str, str]]:
    """Yield scope, number and building: in an estate or village ``3号501`` may be building 3 room 501."""
    number, building = question.number, question.building
    scope = ROAD if label in ("road", "sub_road") else PLACE
    if question.joined_number:
        yield scope, question.joined_number, ""
    if scope == ROAD:
        if number or question.sub_road:
            yield ROAD, number, building
        return
    if label in ("poi", "sub_poi") and question.inside and not number:
        yield NAMED, "", building
    if label in ("community", "village_group") and number:
        yield PLACE, number, building
    elif building or number:
        yield PLACE, building or number, building
        if number and not building:
            yield PLACE, number, number


def _proper_names(question: Question) -> tuple[Part, ...]:
    """The names but for numbered groups (15组), which say something only together with their village."""
    if not question.given("village_group"):
        return question.names
    return tuple([part for part in question.names if not (part.label == "village_group" and core(part.label, part.text)[0].isdecimal())])


def _anchors(question: Question) -> tuple[Part, ...]:
    return (*question.names, *question.given("community"))


def _has_door(question: Question) -> bool:
    return bool(question.number or question.sub_road or question.inside)
