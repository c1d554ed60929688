"""Texts written as the register writes them: divisions, a village, one name, a door, and nothing else; looked up at once.

Nothing is decided here. The first text of each kind goes the whole way (read, compare, decide), and its verdict is the *precedent* for
all that differ from it only in which names and numbers they hold: the same parts, comparing in the same way with the one entry found.
Whatever is not plainly so is answered with None and goes the whole way too.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import lru_cache
from typing import cast

from geoaddr.normalize import normalize
from matchers.answer import chances, field_differences, unused
from matchers.compare import weighed
from matchers.cores import core, door_number
from matchers.direct.comparing import Comparing
from matchers.direct.doors import Door
from matchers.direct.reading import DirectReader, Head
from matchers.index.keys import NAMED, PLACE, ROAD, door_key, inside_key, lane_key
from matchers.index.read import IndexLike
from matchers.outcomes import anchor_fields
from matchers.reread import is_renumbered
from matchers.tables import weights
from matchers.verdict import Candidate, Entry, Evidence, Query, Verdict

WholeWay = Callable[[Query, IndexLike], Verdict]

_REMEMBERED = 2**17
_NAMED_DOOR = door_key(NAMED, "", "")
_ANCHORS = {"road": "road", "poi": "estate", "village_group": "village_group"}
_SCOPES = {"road": ROAD, "poi": PLACE, "village_group": PLACE}
_FINAL = frozenset(("road_outside_named_town",))
"""Reasons of doubtful verdicts on a door after which no other reading of the text is tried."""


class _Direct:
    """Answers plainly written texts on one index, and remembers what their parts are and the precedents."""

    def __init__(self, index: IndexLike) -> None:
        self._index = index
        self._reader = DirectReader(index)
        self._comparing = Comparing(index, weights())
        self._precedents: dict[tuple[object, ...], Verdict | None] = {}

    def verdict(self, query: Query, whole_way: WholeWay) -> Verdict | None:
        """Return the verdict on a text that names one entry plainly, or None; ``whole_way`` answers the first of each kind."""
        read = self._reader.read(query.text)
        if read is None:
            return None
        head, door = read
        away = head.chain.elsewhere
        if away is not None:
            return None if door.tail[0] else away if head.community is None else away._replace(match_level="community")
        rows = self._rows(head, door)
        if rows is None:
            return None
        if not rows:
            return self._missing(query, head, door, whole_way)
        entry = self._entry(head, door, rows)
        if entry is None:
            return None
        anchors = anchor_fields(entry)
        found = self._comparing.lines(head, door, entry, "community" in anchors)
        if found is None:
            return None
        lines, chain, community = found
        sign = (chain.sign, -1 if community is None else community.sign, anchors, door.labels, door.tail, _filled(entry))
        try:
            precedent = self._precedents[sign]
        except KeyError:
            verdict = whole_way(query, self._index)
            if verdict.verdict == "C":
                met = [entry, self._comparing.places(head.name).one] if head.label == "poi" else [entry]
                fits = verdict.reason in _FINAL and [one.entry for one in verdict.candidates] == met
            else:
                fits = verdict.address == entry and not verdict.candidates
            return self._set(sign, verdict, lines, fits)
        if precedent is None:
            return None
        differs, variant = chain.differs, chain.variant
        if community is not None:
            differs, variant = differs or community.differs, variant or community.variant
        accepted = precedent.address is not None
        candidates = () if accepted else self._candidates(head, door, entry, lines, precedent)
        if candidates is None:
            return None
        return Verdict(
            precedent.verdict, precedent.next, precedent.reason, precedent.score, precedent.margin, precedent.match_level,
            entry.point_level if accepted and entry.lon is not None else "", precedent.datum, entry if accepted else None, None,
            field_differences(lines) if differs else precedent.field_diff, precedent.inferred, precedent.replaced, precedent.unused,
            variant, precedent.warnings, candidates, lines, precedent.thresholds_version,
        )  # fmt: skip

    def _missing(self, query: Query, head: Head, door: Door, whole_way: WholeWay) -> Verdict | None:
        """Return the verdict on a door that a known name does not have: the one place of that name is told as what is nearest.

        None where anything else might be meant: a range, a name misspelt of one in the town named, numerals, a recorded alias.
        """
        entry = self._comparing.places(head.name).one
        if entry is None or "-" in door.number or door.tail[0] or not head.chain.known or is_renumbered(normalize(query.text).text):
            return None
        anchors = anchor_fields(entry)
        found = self._comparing.lines(head, door, entry, False)
        if found is None or anchors[0] != _ANCHORS[head.label] or getattr(entry, anchors[0]) != head.name:
            return None
        lines, chain, community = found
        if not self._comparing.is_in_named_town(head) or self._is_an_alias(head, door):
            return None
        lane = not door.sub_road or bool(self._index.rows_at(head.name, lane_key(door.sub_road), limit=1))
        sign = (lane, chain.sign, -1 if community is None else community.sign, anchors, door.labels)
        try:
            precedent = self._precedents[sign]
        except KeyError:
            verdict = whole_way(query, self._index)
            return self._set(sign, verdict, lines, verdict.verdict == "N" and [one.entry for one in verdict.candidates] == [entry])
        if precedent is None:
            return None
        return precedent._replace(
            field_diff=field_differences(lines),
            matched_variant=chain.variant or (community.variant if community is not None else None),
            unused=unused(head.chain.asked, lines),
            candidates=(_alone(entry, lines, precedent),),
            evidence=lines,
        )

    def _candidates(
        self, head: Head, door: Door, entry: Entry, lines: tuple[Evidence, ...], precedent: Verdict
    ) -> tuple[Candidate, ...] | None:
        """Return what a doubtful verdict tells of: the entry and, of a door in an estate, the estate."""
        first = _alone(entry, lines, precedent)
        if head.label != "poi":
            return (first,)
        place = self._comparing.places(head.name).one
        found = self._comparing.lines(head, door, place, False) if place is not None else None
        if place is None or found is None:
            return None
        return chances(precedent.score, (first, weighed(place, found[0], weights())))

    def _set(self, sign: tuple[object, ...], verdict: Verdict, lines: tuple[Evidence, ...], fits: bool) -> Verdict:
        """Keep the verdict on the first text of its kind as the precedent, if it was reached by the same evidence."""
        if len(self._precedents) >= _REMEMBERED:
            self._precedents.clear()
        self._precedents[sign] = verdict if fits and verdict.evidence == lines else None
        return verdict

    def _rows(self, head: Head, door: Door) -> Sequence[int] | None:
        """Return the rows of the door on the name, none where the name has no such door, or None where more than that must be weighed."""
        index, name, scope = self._index, head.name, _SCOPES[head.label]
        if head.label == "poi" and not self._comparing.places(name).only:
            return None
        if door.joined and index.rows_at(name, door_key(scope, door.sub_road, door.joined), inside=0, limit=1):
            return None
        key = door_key(scope, door.sub_road, door.number or door.building)
        inside = inside_key(door.building, door.unit, door.floor, door.room)
        rows = index.rows_at(name, key, inside=inside or None, limit=2)  # an entrance must be all there is at its door
        return None if not rows and inside and index.rows_at(name, key, limit=1) else rows

    def _entry(self, head: Head, door: Door, rows: Sequence[int]) -> Entry | None:
        """Return the one address that the door on the name is, with everything behind it as given; None where several may be meant."""
        if len(rows) != 1:
            return None
        entry = self._index.entry(rows[0])
        if entry.kind != "address" or entry.status != "current" or entry.aliases or getattr(entry, _ANCHORS[head.label]) != head.name:
            return None
        if door_number(entry.number, entry.sub_number) != door.number or core("sub_road", entry.sub_road) != door.sub_road:
            return None
        if not (door.building or door.unit or door.floor or door.room):
            return None if entry.building or entry.unit or entry.floor or entry.room else entry
        if (
            core("building", entry.building) != door.building
            or core("unit", entry.unit) != door.unit
            or core("room", entry.room) != door.room
            or (door.floor and core("floor", entry.floor) != door.floor)
        ):
            return None
        return entry

    def _is_an_alias(self, head: Head, door: Door) -> bool:
        """Say whether a name and door together are filed as the name of something (see ``reread.as_alias``)."""
        text = head.name + door.text
        community = head.community.text if head.community is not None else ""
        return any(self._index.rows_at(one, _NAMED_DOOR, limit=1) for one in dict.fromkeys((text, community + text)))


def _alone(entry: Entry, lines: tuple[Evidence, ...], precedent: Verdict) -> Candidate:
    """Return the only candidate of a verdict like a precedent."""
    return Candidate(entry, lines, precedent.score, precedent.candidates[0].log_odds)


def _filled(entry: Entry) -> tuple[bool, ...]:
    """Say which fields of an entry hold something: a text that leaves one out has it inferred."""
    return (
        entry.province != "", entry.city != "", entry.district != "", entry.town != "", entry.community != "", entry.village_group != "",
        entry.road != "", entry.sub_road != "", entry.estate != "", entry.poi != "", entry.number != "", entry.building != "",
        entry.unit != "", entry.floor != "", entry.room != "",
    )  # fmt: skip


@lru_cache(maxsize=2)
def _direct(index: Hashable) -> _Direct:
    return _Direct(cast(IndexLike, index))


def direct(query: Query, index: IndexLike, whole_way: WholeWay) -> Verdict | None:
    """Return the verdict on a plainly written text, or None where it must go the whole way; always what ``whole_way`` would say.

    ``岳林街道东升社区文竹新苑2幢907室`` -> A with its flat; a text with a slip in a name or two addresses in it -> None.
    """
    if query.lon is not None or query.division:
        return None
    return _direct(cast(Hashable, index)).verdict(query, whole_way)
