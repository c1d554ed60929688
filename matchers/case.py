"""What is known when a verdict is due: the ranked candidates and the facts the rules ask about the best of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from matchers.index.keys import main_door
from matchers.index.naming import own_part, plain
from matchers.index.read import IndexLike
from matchers.outcomes import GOOD, address_alias, anchor_fields
from matchers.question import Question
from matchers.tables import Weights
from matchers.terms import Term, split
from matchers.verdict import LEVELS, Candidate, Entry, Evidence

T = TypeVar("T")
_GOOD = frozenset(GOOD)
_AGREEING = _GOOD | {"in_range"}
_DENYING = frozenset(("conflict", "extra"))
_NAMING = frozenset(("equal", "abbreviated", "former", "alias"))
SIMILAR: tuple[str, ...] = ("homophone", "look_alike", "typo")
INSIDE: tuple[str, ...] = ("building", "unit", "floor", "room")
_HOLDING = frozenset(("road", "poi", "village_group"))
_DEPTH = {label: depth for depth, label in enumerate(LEVELS)} | {"sub_road": 0}
_COUNTED = frozenset(("number", *INSIDE))
_KIND_ORDER = {"address": 0, "place": 1, "division": 2}


class once(Generic[T]):  # noqa: N801 - used as a decorator
    """``functools.cached_property`` without the lock that Python 3.11 takes on every first reading; a case belongs to one thread."""

    def __init__(self, work: Callable[[Any], T]) -> None:
        self._work = work
        self._name = work.__name__
        self.__doc__ = work.__doc__

    def __get__(self, owner: Any, kind: type | None = None) -> T:
        """Work the value out and keep it in the instance, where it is found from then on."""
        value: T = self._work(owner)
        owner.__dict__[self._name] = value
        return value


def rank(candidates: list[Candidate], table: Weights) -> tuple[Candidate, ...]:
    """Return the candidates best first; of equals a door before a place before a division, then by id, so that ranks never jump."""
    if len(candidates) == 1:
        return (candidates[0],)
    return tuple(sorted(candidates, key=lambda item: (-item.log_odds, _KIND_ORDER.get(item.entry.kind, 3), item.entry.id)))


class Case:
    """One question with its ranked candidates (at least one); ``said`` are all outcomes of the best one."""

    def __init__(self, question: Question, index: IndexLike, table: Weights, ranked: tuple[Candidate, ...]) -> None:
        self.question = question
        self.index = index
        self.table = table
        self.ranked = ranked
        self.best = ranked[0]
        self.entry = self.best.entry
        self.said = {line.outcome for line in self.best.evidence}

    @once
    def outcomes(self) -> dict[str, set[str]]:
        """The outcomes of the best candidate by label."""
        found: dict[str, set[str]] = {}
        for line in self.best.evidence:
            if line.label in found:
                found[line.label].add(line.outcome)
            else:
                found[line.label] = {line.outcome}
        return found

    def has(self, label: str, *outcomes: str) -> bool:
        """Say whether the best candidate has one of these outcomes for a label."""
        found = self.outcomes.get(label)
        return found is not None and not found.isdisjoint(outcomes)

    def good(self, label: str) -> bool:
        """Say whether a part of this label stands for the official one."""
        found = self.outcomes.get(label)
        return found is not None and not _GOOD.isdisjoint(found)

    @once
    def anchored(self) -> bool:
        """Whether the text names, rightly or nearly, what the best entry hangs on."""
        return any(self.good(label) for label in self.anchors)

    @once
    def anchors(self) -> frozenset[str]:
        """The labels of what the best entry hangs on; of a house in a hamlet the hamlet and the village."""
        return frozenset("poi" if field == "estate" else field for field in anchor_fields(self.entry))

    @once
    def firm(self) -> bool:
        """Whether one of the names the best entry hangs on is named without a slip (neither a hamlet's village nor a road's lane alone)."""
        names = self.anchors - ({"community"} if "village_group" in self.anchors else {"sub_road"} if "road" in self.anchors else set())
        return any(self.has(label, "equal", "abbreviated", "alias", "former") for label in names)

    @once
    def is_plain(self) -> bool:
        """Whether nothing is left to weigh: every part of the text names the best entry, and nothing else stands in the text."""
        question = self.question
        return (
            self.said <= _NAMING
            and not (question.relations or question.asides or question.leftovers or question.slips or question.former)
            and not question.several_numbers
            and self.entry.kind == "address"
            and (not question.floor or self.entry.floor != "")
            and (not question.names or any(line.label in _HOLDING for line in self.best.evidence))
        )

    @once
    def is_exact(self) -> bool:
        """Whether the case is plain and every part of the text is written as the entry in force has it."""
        return self.is_plain and len(self.said) == 1 and "equal" in self.said and self.entry.status == "current"

    @once
    def rivals(self) -> tuple[Candidate, ...]:
        """The candidates that are something else than the best one (not its street, its estate or its successor)."""
        if len(self.ranked) == 1:
            return ()
        return tuple(item for item in self.ranked[1:] if not _same_thing(self.entry, item.entry))

    @once
    def lead(self) -> float:
        """How far the best candidate is ahead of its first rival, in log-odds (100 without a rival)."""
        if not self.rivals:
            return 100.0
        return self.best.log_odds - self.rivals[0].log_odds

    @once
    def level(self) -> str:
        """The deepest level on which text and best entry agree, above the first numbered part in conflict."""
        if self.is_plain and not self.entry.aliases:
            return LEVELS[max([_DEPTH[line.label] for line in self.best.evidence])]
        if self.entry.aliases and any(address_alias(line.given, self.entry) for line in self.best.evidence):
            return "number" if self.entry.number else "poi"
        deepest = "none"
        for label in LEVELS[1:]:
            found = self.outcomes.get(label)
            if found is None:
                continue
            if not _AGREEING.isdisjoint(found):
                deepest = label
            elif label in _COUNTED and not _DENYING.isdisjoint(found):
                break
        return deepest

    @once
    def units_at_door(self) -> bool:
        """Whether the register holds flats or buildings behind the door of the best entry."""
        entry = self.entry
        if entry.kind != "address":
            return False
        found = main_door(entry)
        if found is None:
            return False
        anchor, door = plain(found[0]), found[1]
        if not self.index.has_inside(anchor, door):
            return False
        others = (self.index.entry(row) for row in self.index.rows_at(anchor, door, limit=24))
        return any((other.room or other.unit or other.building) and other.id != entry.id and _same_door(entry, other) for other in others)

    @once
    def supports(self) -> int:
        """How many things besides the anchor and the number speak for the best entry: town, village, second name, position."""
        second_name = (
            len([line for line in self.best.evidence if line.label in ("road", "poi", "village_group") and line.outcome in GOOD]) > 1
        )
        return sum(
            (
                self.good("town"),
                self.good("community") and bool(self.entry.road or self.entry.estate or self.good("village_group")),
                second_name,
                self.has("position", "near"),
            )
        )

    @once
    def similar(self) -> tuple[Evidence, ...]:
        """The evidence in which a name is only similar to the official one."""
        if self.said.isdisjoint(SIMILAR):
            return ()
        return tuple([line for line in self.best.evidence if line.outcome in SIMILAR])


def right_characters(line: Evidence) -> int:
    """Return how many characters of the official specific term stand in the given one: 肖乔路 for 肖桥路 -> 1.

    None count when a direction or order word was left out or added (大成路 for 大成东路): its sisters are too near.
    """
    given, official = line.given, plain(line.official)
    one, other = _split(line.label, given), _split(line.label, official)
    if len(given) == len(official):
        if sorted(given) == sorted(official):
            return len(other.specific)
        if (one.before, one.direction) != (other.before, other.direction):
            return 0
        return sum((Counter(one.specific) & Counter(other.specific)).values())
    longer, term = (official, other) if len(official) > len(given) else (given, one)
    if odd_character(given, official) in _marks(longer, term):
        return 0
    return len(other.specific) - (len(official) > len(given))


def is_omission(line: Evidence) -> bool:
    """Say whether the given name is the official one with a character of its specific term left out: 俭路 for 勤俭路."""
    official = plain(line.official)
    return len(line.given) == len(official) - 1 and odd_character(line.given, official) not in _marks(
        official, _split(line.label, official)
    )


def is_doubled(given: str, official: str) -> bool:
    """Say whether the character a name has too many stands beside its twin: 昌昌石路 for 昌石路."""
    at = odd_character(given, official)
    return given[at] in (given[at - 1 : at], given[at + 1 : at + 2])


def odd_character(given: str, official: str) -> int:
    """Return where the longer of two names has the character that the other lacks: ``("肖路", "肖桥路")`` -> 1."""
    shorter, longer = sorted((given, official), key=len)
    return next((at for at, character in enumerate(shorter) if longer[at] != character), len(shorter))


def _split(label: str, name: str) -> Term:
    return split(name, "estate" if label == "poi" else label)


def _marks(name: str, term: Term) -> range | tuple[int, ...]:
    end = len(name) - len(term.generic)
    direction = range(end - len(term.direction), end)
    return (0, *direction) if term.before else direction


def _same_thing(one: Entry, other: Entry) -> bool:
    if one.current_id == other.id or other.current_id == one.id:
        return True
    if one.kind == other.kind:
        return False
    address, place = (one, other) if one.kind == "address" else (other, one)
    return address.place_id == place.id or own_part(place)[1] in (address.poi, address.estate, address.road)


def _same_door(one: Entry, other: Entry) -> bool:
    return (one.road, one.sub_road, one.number, one.sub_number, one.town) == (
        other.road,
        other.sub_road,
        other.number,
        other.sub_number,
        other.town,
    )
