"""The evidence of two address texts beside each other: where they lie, their streets and doors, their names, and what lies inside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from geoaddr.parts import Part
from matchers.cores import in_range
from matchers.gist import DIVISIONS, Gist, PlaceName, Street
from matchers.index.keys import RANGE_SPAN
from matchers.place_names import has_branches, is_branch, is_shared, name_core, names_outcome
from matchers.similar import similarity
from matchers.tables import table
from matchers.verdict import Evidence

GOOD: tuple[str, ...] = ("equal", "abbreviated", "alias", "homophone", "look_alike", "contained", "typo", "within")
"""Outcomes that speak for one place, nearest first."""
_VILLAGES = frozenset(("community", "village_group"))
_AREAS = frozenset(("community", "devzone", "village_group"))
_OPEN = frozenset(("missing", "extra", "conflict", "within"))


@dataclass(frozen=True, slots=True)
class Line:
    """One line of evidence; ``detail`` when a difference in it keeps two texts about one place from being the same."""

    evidence: Evidence
    detail: bool

    @property
    def differs(self) -> bool:
        """Whether the line is a difference in detail."""
        return self.detail and self.evidence.outcome in _OPEN


def lines(one: Gist, other: Gist) -> list[Line]:
    """Return all evidence, outermost first."""
    divided = list(_divisions(one, other))
    named = _pairs(one, other)
    within_city = _located(divided)
    only_areas = bool(named) and all(_own(one)[at].label in _VILLAGES for _outcome, at, _there in named)
    streets = list(_streets(one, other, bool(named), within_city, only_areas))
    street = streets[0].evidence.outcome if streets else ""
    located = within_city or street in GOOD
    names = _names(one, other, named, located, street in ("conflict", "elsewhere"))
    number = next((line.evidence for line in streets if line.evidence.label == "number"), None)
    return [*divided, *streets, *names, *_inside(one, other, number)]


def _located(divided: Sequence[Line]) -> bool:
    """Say whether the city is said by one text at least, or both say the same district or town: else a name may have namesakes."""
    outcomes = {(line.evidence.label, line.evidence.outcome) for line in divided}
    if any(label in ("province", "city") and outcome == "conflict" for label, outcome in outcomes):
        return False
    return any(label in ("province", "city") or outcome in GOOD for label, outcome in outcomes)


def weight(label: str, outcome: str) -> float:
    """Return the log-odds of an outcome: ``weight("number", "equal")`` is positive."""
    return float(table("texts.yaml")["weights"][label].get(outcome, 0.0))


_SHOWN = {"gate": "sub_poi", "zone": "sub_poi", "inner": "sub_poi", "branch": "sub_poi"}
"""Rows of the weights that are one label for the reader."""


def _line(row: str, given: str, official: str, outcome: str, detail: bool = False) -> Line:
    return Line(Evidence(_SHOWN.get(row, row), given, official, outcome, weight(row, outcome)), detail)


def _one_sided(given: object) -> str:
    return "extra" if given else "missing"


# ---------------------------------------------------------------------------------------------------------- divisions
def _divisions(one: Gist, other: Gist) -> Iterator[Line]:
    for label in DIVISIONS:
        given = [part for part in one.divisions if part.label == label]
        official = [part for part in other.divisions if part.label == label]
        if given and official:
            outcomes = [_division(left, right) for left in given for right in official]
            yield _line(label, _texts(given), _texts(official), min(outcomes, key=_rank))
        elif given or official:
            yield _line(label, _texts(given), _texts(official), _one_sided(given))


def _division(one: Part, other: Part) -> str:
    if one.text == other.text:
        return "equal"
    if (one.ref and one.ref == other.ref) or (one.value and one.value == other.value):
        return "alias"
    return similarity(one.value or one.text, other.value or other.text, one.label)


def _texts(parts: Sequence[Part]) -> str:
    return " ".join(part.text for part in parts)


# ------------------------------------------------------------------------------------------------------------ streets
def _streets(one: Gist, other: Gist, named: bool, located: bool, only_areas: bool) -> Iterator[Line]:
    """Compare the streets; ``only_areas`` when the names that agree are villages, whose streets lie inside them."""
    if not one.streets or not other.streets:
        if one.streets or other.streets:
            outcome = _one_sided(one.streets)
            line = Evidence(
                "road", _shown(one.streets), _shown(other.streets), outcome, weight("road" if located else "road_alone", outcome)
            )
            yield Line(line, detail=not named or (only_areas and not all(street.beside for street in (*one.streets, *other.streets))))
        return
    found = [(outcome, left, right) for left in one.streets for right in other.streets if (outcome := _street(left, right)) in GOOD]
    if not found:
        near = all(street.beside for street in one.streets) or all(street.beside for street in other.streets)
        yield _line("road", _shown(one.streets), _shown(other.streets), "elsewhere" if near or named else "conflict", detail=not near)
        return
    outcome, left, right = min(found, key=_nearest)
    row = "road" if located or (left.ref and left.ref == right.ref) else "road_alone"
    if left.beside != right.beside and not named and not (left.number and left.number == right.number):
        row = "road_near"
    yield Line(Evidence("road", left.name + left.lane, right.name + right.lane, outcome, weight(row, outcome)), detail=False)
    yield from _lane_and_number(left, right, named, _doors(one), _doors(other))
    if not named:
        further, further_there = _further(one, left), _further(other, right)
        if further or further_there:
            outcome = "conflict" if further and further_there else _one_sided(further)
            yield Line(Evidence("sub_road", _shown(further), _shown(further_there), outcome, 0.0), detail=True)


def _doors(gist: Gist) -> tuple[str, ...]:
    return (*gist.inside.get("building", ()), *gist.inside.get("door", ()))


def _further(gist: Gist, agreed: Street) -> list[Street]:
    return [street for street in gist.streets if street.name != agreed.name]


def _lane_and_number(left: Street, right: Street, named: bool, here: Sequence[str], there: Sequence[str]) -> Iterator[Line]:
    if left.lane != right.lane and left.name:
        outcome = "conflict" if left.lane and right.lane else _one_sided(left.lane)
        yield _line("sub_road", left.lane, right.lane, outcome, detail=True)
        if outcome == "conflict":
            return
    elif left.lane and left.name:
        yield _line("sub_road", left.lane, right.lane, "equal")
    if bool(left.number) != bool(right.number) and (left.number in there or right.number in here):
        yield Line(
            Evidence("number", left.number or right.number, left.number or right.number, "equal", weight("number", "equal")), detail=False
        )
    elif left.number or right.number:
        outcome = _number(left.number, right.number)
        near = outcome == "equal" and left.beside != right.beside
        row = "number" if _street(left, right) in ("equal", "abbreviated") else "number_elsewhere"
        line = Evidence("number", left.number, right.number, outcome, weight(row, "beside" if near else outcome))
        yield Line(line, detail=not named or outcome == "conflict")


def _number(one: str, other: str) -> str:
    if not one or not other:
        return _one_sided(one)
    if one == other:
        return "equal"
    if in_range(one, other, RANGE_SPAN) or in_range(other, one, RANGE_SPAN):
        return "in_range"
    return "within" if one.split("-")[0] == other.split("-")[0] else "conflict"


def _street(one: Street, other: Street) -> str:
    if not one.name or not other.name:
        return "equal" if one.lane == other.lane and one.name == other.name else "conflict"
    if one.name == other.name:
        return "equal"
    shorter, longer = sorted((one.name, other.name), key=len)
    if len(shorter) > 2 and longer.endswith(shorter):
        return "abbreviated"
    return similarity(one.name, other.name, "road")


def _nearest(found: tuple[str, Street, Street]) -> tuple[int, int, int]:
    outcome, left, right = found
    numbers = _number(left.number, right.number) if left.number or right.number else "missing"
    return (
        ("equal", "in_range", "within").index(numbers) if numbers in ("equal", "in_range", "within") else 3,
        _rank(outcome),
        left.beside + right.beside,
    )


def _shown(streets: Iterable[Street]) -> str:
    return " ".join(dict.fromkeys(street.name + street.lane for street in streets))


# -------------------------------------------------------------------------------------------------------------- names
def _pairs(one: Gist, other: Gist) -> list[tuple[str, int, int]]:
    given, official = _own(one), _own(other)
    return _paired(given, official) if given and official else []


def _names(one: Gist, other: Gist, pairs: Sequence[tuple[str, int, int]], located: bool, moved: bool) -> Iterator[Line]:
    given, official = _own(one), _own(other)
    if not given and not official:
        return
    if not pairs:
        mentioned = _mentioned(one, other)
        if mentioned:
            row = "name" if located else "long_name_alone" if len(mentioned) > 3 else "name_alone"
            yield Line(Evidence("poi", mentioned, mentioned, "contained", weight(row, "contained")), detail=True)
            return
        areas, areas_there = _only_areas(given), _only_areas(official)
        outcome = "conflict" if areas == areas_there and given and official else _one_sided(given and (not areas or not official))
        yield _line("poi", _finest(given), _finest(official), outcome, detail=True)
        return
    for number, (outcome, at, there) in enumerate(pairs):
        left, right = given[at].text, official[there].text
        known = bool(given[at].ref) and given[at].ref == official[there].ref
        village = given[at].label in _VILLAGES and official[there].label in _VILLAGES
        row = "sub_poi" if number else _row(left, right, located or known, moved)
        row = "village_alone" if village and row == "name_alone" else row
        label = "sub_poi" if number else "poi"
        yield Line(Evidence(label, left, right, outcome, weight(row, outcome)), detail=not number and outcome == "within")
    last, last_there = max(pair[1] for pair in pairs), max(pair[2] for pair in pairs)
    finer, finer_there = _inner(given[last + 1 :]), _inner(official[last_there + 1 :])
    if finer and finer_there:
        row = "branch" if is_branch(finer[0].text) and is_branch(finer_there[0].text) else "inner"
        yield _line(row, finer[-1].text, finer_there[-1].text, "conflict", detail=True)
    elif finer or finer_there:
        yield _line("inner", _finest(finer), _finest(finer_there), _one_sided(finer), detail=True)


def _mentioned(one: Gist, other: Gist) -> str:
    """Return the longest name of one text that stands somewhere in the other, as in the name of a street (桂花营, 桂花营18巷)."""
    found = [
        whole
        for gist, there in ((one, other), (other, one))
        for name in _own(gist)
        if len(whole := name_core(name.text).whole) > 2 and whole in there.plain and not is_shared(whole)
    ]
    return max(found, key=lambda name: (len(name), name), default="")


def _row(left: str, right: str, located: bool, moved: bool) -> str:
    """Choose the weights of a name: shared by many, told by where it lies, or standing alone."""
    if is_shared(left) or is_shared(right) or ((moved or not located) and has_branches(left) and has_branches(right)):
        return "shared_name"
    if located:
        return "name"
    return "long_name_alone" if min(len(name_core(left).specific), len(name_core(right).specific)) > 3 else "name_alone"


def _own(gist: Gist) -> list[PlaceName]:
    own = [name for name in gist.names if not name.beside]
    return own or list(gist.names)


def _only_areas(names: Sequence[PlaceName]) -> bool:
    return all(name.label in _AREAS or name.gloss for name in names)


def _inner(names: Sequence[PlaceName]) -> list[PlaceName]:
    return [name for name in names if not name.gloss and name.label not in _AREAS]


def _finest(names: Sequence[PlaceName]) -> str:
    return next((name.text for name in reversed(names) if not name.gloss), names[-1].text) if names else ""


def _paired(given: Sequence[PlaceName], official: Sequence[PlaceName]) -> list[tuple[str, int, int]]:
    """Pair the names that stand for one another, each once: finest and most telling first."""
    found = [
        (is_shared(left.text) or is_shared(right.text), _rank(outcome), -at - there, outcome, at, there)
        for at, left in enumerate(given)
        for there, right in enumerate(official)
        if (outcome := _name(left, right)) in GOOD
    ]
    taken: set[int] = set()
    taken_there: set[int] = set()
    pairs: list[tuple[str, int, int]] = []
    for _shared, _outcome, _depth, outcome, at, there in sorted(found):
        if at not in taken and there not in taken_there:
            taken.add(at)
            taken_there.add(there)
            pairs.append((outcome, at, there))
    return pairs


def _name(left: PlaceName, right: PlaceName) -> str:
    """Compare two names as they are cut and joined with what stands before: 蓝湾 | 样本绿苑 and 蓝湾样本绿苑 are one."""
    outcome = names_outcome(left.text, right.text)
    if outcome == "equal" or not (left.joined or right.joined):
        return outcome
    joined = [names_outcome(left.joined, right.text)] if left.joined else []
    joined += [names_outcome(left.text, right.joined)] if right.joined else []
    return min([outcome, *(one for one in joined if one in ("equal", "abbreviated", "homophone"))], key=_rank)


# ------------------------------------------------------------------------------------------------------------- inside
def _inside(one: Gist, other: Gist, number: Evidence | None) -> Iterator[Line]:
    buildings = one.inside.get("building", ()), other.inside.get("building", ())
    whole = bool(set(buildings[0]) & set(buildings[1]))  # one building: its zone need not be said
    for label in ("village_group", "gate", "zone", "building", "unit", "floor", "room"):
        given, official = one.inside.get(label, ()), other.inside.get(label, ())
        if not given and not official:
            continue
        if label == "building" and number and number.outcome == "equal" and (given or official) == (number.given,):
            continue  # the number of one text is the building of the other
        outcome = _numbered(given, official) if given and official else _one_sided(given)
        detail = outcome == "conflict" or (label == "zone" and not whole) or label in ("village_group", "gate", "building")
        yield _line(label, " ".join(given), " ".join(official), outcome, detail=detail)


def _numbered(given: tuple[str, ...], official: tuple[str, ...]) -> str:
    """Compare the numbers inside: one more on one side is ``within``, some on both sides that the other lacks ``conflict``."""
    common = set(given) & set(official)
    alone, alone_there = set(given) - common, set(official) - common
    if alone and alone_there:
        return "conflict"
    return "within" if alone or alone_there else "equal"


def _rank(outcome: str) -> int:
    return GOOD.index(outcome) if outcome in GOOD else len(GOOD)
