"""What a plain text and an entry have to say to each other, remembered part by part: the evidence, and what a precedent goes by."""

from __future__ import annotations

from itertools import count
from typing import NamedTuple, cast

from geoaddr.parts import Part
from matchers.answer import variant_record
from matchers.candidates import known_in_named_town
from matchers.compare import division_lines, line_of, name_line
from matchers.direct.doors import Door
from matchers.direct.reading import Chain, Head
from matchers.index.keys import NAMED, door_key
from matchers.index.read import IndexLike
from matchers.tables import Weights
from matchers.verdict import Entry, Evidence

_REMEMBERED = 2**17
_NAMED_DOOR = door_key(NAMED, "", "")
_NAMING = frozenset(("equal", "abbreviated", "former", "alias"))
_SEEN_IN_A_VILLAGE = _NAMING | {"homophone", "look_alike", "typo"}
_STANDING = _NAMING | {"conflict", "homophone", "look_alike", "typo"}


class Compared(NamedTuple):
    """Some parts of a text against an entry: the evidence, and what of it a precedent depends on.

    That is the outcome of each part (``sign``); ``variant`` is the record of the first that is a former name or an alias.
    """

    lines: tuple[Evidence, ...]
    sign: int
    differs: bool
    variant: dict[str, str] | None


class Places(NamedTuple):
    """What is filed under a name as such: ``only`` says that none of it is an address, ``one`` is the one place in force there is."""

    only: bool
    one: Entry | None


class Comparing:
    """Compares the parts of plain texts with the entries of one index; forgetting costs time and never changes an answer."""

    def __init__(self, index: IndexLike, table: Weights) -> None:
        self._index = index
        self._table = table
        self._signs: dict[tuple[tuple[str, str], ...], int] = {}
        self._numbers = count()  # never the same for two threads
        self._communities: dict[tuple[str, ...], Compared | None] = {}
        self._places: dict[str, Places] = {}
        self._there: dict[tuple[str, ...], bool] = {}

    def lines(self, head: Head, door: Door, entry: Entry, anchored: bool) -> tuple[tuple[Evidence, ...], Compared, Compared | None] | None:
        """Return the whole evidence with that of divisions and village apart, in the order of ``compare.COMPARISONS``.

        The name must be that of the entry, and a door's parts its own; a place has no door, so all of them are extra. None where a
        division or the village does not plainly fit. ``anchored`` says that the entry hangs on its village too.
        """
        chain = self._chain(head.chain, entry)
        if chain is None:
            return None
        name, label, own = head.name, head.label, entry.kind == "address"
        named = line_of(label, name, name, "equal", (self._table.anchor if own else self._table.anchor_itself)["equal"])
        community = None
        if head.community is None:
            lines = [*chain.lines, named]
        else:
            community = self._community(head.community, entry, anchored)
            if community is None:
                return None
            lines = [*chain.lines, named, *community.lines] if anchored else [*chain.lines, *community.lines, named]
        by_label = self._table.by_label
        if entry.road and label != "road":
            lines.append(line_of("road", "", entry.road, "missing", by_label["road"]["missing"]))
        for part, value in door.given:
            if own:
                lines.append(line_of(part, value, value, "equal", by_label[part]["equal"]))
            elif part != "floor":
                lines.append(line_of(part, value, "", "extra", by_label[part]["extra"]))
        return tuple(lines), chain, community

    def places(self, name: str) -> Places:
        """Return what is filed under a name as such (``Places``)."""
        try:
            return self._places[name]
        except KeyError:
            most = 64
            entries = [self._index.entry(row) for row in self._index.rows_at(name, _NAMED_DOOR, limit=most)]
            only = len(entries) < most and all(one.kind == "place" and not one.current_id for one in entries)
            one = entries[0] if len(entries) == 1 and entries[0].kind == "place" and entries[0].status == "current" else None
            if len(self._places) >= _REMEMBERED:
                self._places.clear()
            found = self._places[name] = Places(only, one)
            return found

    def is_in_named_town(self, head: Head) -> bool:
        """Say whether name and village are known where the text says they are, so that neither is a slip for another one there."""
        parts = [Part(head.label, head.name, 0, len(head.name)), *([head.community] if head.community is not None else [])]
        town = head.chain.asked.given("town")
        key = (town[0].value or town[0].text if town else "", *[part.text for part in parts])
        try:
            return self._there[key]
        except KeyError:
            if len(self._there) >= _REMEMBERED:
                self._there.clear()
            there = self._there[key] = all(known_in_named_town(part, head.chain.asked, self._index) for part in parts)
            return there

    def _chain(self, chain: Chain, entry: Entry) -> Compared | None:
        """Return how the divisions of a text compare with an entry's, or None where one of them is not even in conflict."""
        key = (entry.province, entry.city, entry.district, entry.town)
        try:
            return cast("Compared | None", chain.compared[key])
        except KeyError:
            lines = tuple(division_lines(chain.asked, entry, self._index, self._table, ()))
            compared = self._compared(lines) if all(line.outcome in _STANDING for line in lines) else None
            chain.compared[key] = compared
            return compared

    def _community(self, part: Part, entry: Entry, anchored: bool) -> Compared | None:
        """Return how the village given compares with an entry's own, or None where it is not a known form of it."""
        key = (part.text, entry.kind, entry.community, entry.village_group, entry.estate, entry.poi, "anchored" if anchored else "")
        try:
            return self._communities[key]
        except KeyError:
            line = name_line(part, entry, self._index)
            compared = None
            if entry.kind == "place" and not entry.community:
                compared = self._compared(())  # a road of several villages says nothing of one
            elif line.field == "community" and line.outcome in _SEEN_IN_A_VILLAGE:
                weight = self._table.by_label["community"][line.outcome]
                compared = self._compared((line_of("community", part.text, entry.community, line.outcome, weight),))
            if len(self._communities) >= _REMEMBERED:
                self._communities.clear()
            self._communities[key] = compared
            return compared

    def _compared(self, lines: tuple[Evidence, ...]) -> Compared:
        outcomes = tuple([(line.label, line.outcome) for line in lines])
        number = self._signs.setdefault(outcomes, next(self._numbers))
        recorded = next((line for line in lines if line.outcome in ("alias", "former")), None)
        variant = None
        if recorded is not None:
            record = variant_record(recorded.given, recorded.official, recorded.outcome, self._index)
            variant = {"text": recorded.given, **record}
        return Compared(lines, number, any(line.outcome != "equal" for line in lines), variant)
