"""What an alias would change: every stored decision it may touch, decided again with and without it, before anybody adopts it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gazetteer.linking.linker import linked_ids
from gazetteer.store.models import AddressLink, CaseRecord, PlaceName, StandardAddress
from geoaddr.errors import NotFound
from geoaddr.normalize import normalize
from matchers.index import IndexLike, Overlay
from matchers.index.naming import own_part, plain
from matchers.index.without import WithoutNames
from matchers.match import match
from matchers.similar import sound_and_shape
from matchers.verdict import Query, Verdict

LISTED = 200
"""Links listed one by one in each group; the counts are always whole."""


@dataclass(frozen=True, slots=True)
class Changed:
    """One link whose verdict would differ: letters, reasons and entry ids before and after; ``by`` says who decided it."""

    link_id: str
    case_id: str
    by: str
    before: str
    before_reason: str
    before_id: str
    after: str
    after_reason: str
    after_id: str


@dataclass(frozen=True, slots=True)
class Replay:
    """The stored decisions an alias may touch: how many were looked at, and those it would fix or break; the rest it leaves.

    Fixed: an open text gets its one entry, or the entry a person chose is found at last. Broken: an entry that was found is
    lost or becomes another, a person's choice is contradicted, or a text that a person found to mean nothing gets an entry.
    """

    examined: int
    fixes: tuple[Changed, ...]
    breaks: tuple[Changed, ...]
    clashes: tuple[str, ...] = ()

    @property
    def leaves(self) -> int:
        """How many decisions stay as they are."""
        return self.examined - len(self.fixes) - len(self.breaks)

    def as_dict(self) -> dict[str, Any]:
        """Return counts and lists as plain JSON: ids only, never a text or a label, so that it may stand in an event."""
        return {
            "examined": self.examined,
            "fixed": len(self.fixes),
            "broken": len(self.breaks),
            "left": self.leaves,
            "fixes": [asdict(one) for one in self.fixes[:LISTED]],
            "breaks": [asdict(one) for one in self.breaks[:LISTED]],
            "clashes": list(self.clashes),
        }


def replay_alias(session: Session, index: IndexLike, place: PlaceName, name: str, kind: str) -> Replay:
    """Decide the stored decisions again as if ``name`` were recorded as a variant of the place; writes nothing.

    ``index`` shows the register as this transaction sees it. Looked at are all links in force that hang on the place or whose text
    holds the name, or characters of the same sound or shape but for one: no other text can read or find it.
    """
    with_alias = _with(index, place, name, kind)
    return _compared(session, place, name, before=index, after=with_alias, clashes=_clashes(index, place, name))


def replay_without(session: Session, index: IndexLike, place: PlaceName, name: str) -> Replay:
    """Decide the stored decisions again as if ``name`` were no variant of the place; writes nothing."""
    return _compared(session, place, name, before=index, after=_without(index, place, name), clashes=())


def _compared(session: Session, place: PlaceName, name: str, *, before: IndexLike, after: IndexLike, clashes: tuple[str, ...]) -> Replay:
    examined = 0
    fixes: list[Changed] = []
    breaks: list[Changed] = []
    for row in _links(session, place, name):
        query = Query(row.text, lon=row.lon, lat=row.lat, division=row.division_code)
        old, new = match(query, before), match(query, after)
        examined += 1
        effect = effect_of(row.decided_by, row.status, row.address_id or row.place_id, _accepted(old), _accepted(new))
        if effect:
            (fixes if effect == "fix" else breaks).append(_changed(row, old, new))
    return Replay(examined, tuple(fixes), tuple(breaks), clashes)


def effect_of(decided_by: str, status: str, linked: str | None, old: str | None, new: str | None) -> str:
    """Return ``fix``, ``break`` or '' for a link: ``linked`` is what it is linked to, ``old`` and ``new`` what would be accepted.

    >>> effect_of("engine", "review", None, None, "door"), effect_of("person", "linked", "door", "door", "other")
    ('fix', 'break')
    """
    if old == new:
        return ""
    if decided_by == "person":
        if status == "linked":
            return "fix" if new == linked else "break" if new is not None or old == linked else ""
        return "fix" if new is None else "break"
    return "fix" if old is None else "break"


def _links(session: Session, place: PlaceName, name: str) -> Iterator[Any]:
    columns = (
        AddressLink.id, AddressLink.case_id, AddressLink.text, AddressLink.status, AddressLink.decided_by, AddressLink.address_id,
        AddressLink.place_id, CaseRecord.lon, CaseRecord.lat, CaseRecord.division_code,
    )  # fmt: skip
    statement = select(*columns).join(CaseRecord, CaseRecord.id == AddressLink.case_id)
    statement = statement.where(AddressLink.status.in_(("linked", "review", "unmatched"))).order_by(AddressLink.id)
    own = _addresses_of(session, place)
    may_touch = Resembles(plain(name))
    for row in session.execute(statement.execution_options(yield_per=5_000)):
        if row.place_id == place.id or row.address_id in own or may_touch(row.text):
            yield row


def _addresses_of(session: Session, place: PlaceName) -> frozenset[str]:
    linked = select(AddressLink.address_id).join(StandardAddress, StandardAddress.id == AddressLink.address_id)
    on_it = (StandardAddress.place_id == place.id) | (StandardAddress.estate_id == place.id)
    return frozenset(one for one in session.scalars(linked.where(on_it)) if one)


class Resembles:
    """Whether a text may hold a name or one like it: all its characters but one, by sound or by shape."""

    def __init__(self, name: str) -> None:
        self._wanted = [_traits(character) for character in name]
        self._needed = max(len(name) - 1, 1)
        self._places: dict[str, int] = {}

    def __call__(self, text: str) -> bool:
        """Return whether the characters are there, wherever they stand."""
        found, places = 0, self._places
        for character in text if _SPLIT.isdisjoint(text) else normalize(text).text:
            there = places.get(character)
            if there is None:
                there = places[character] = self._stands_for(character)
            found |= there
        return found.bit_count() >= self._needed

    def _stands_for(self, character: str) -> int:
        """Return, as bits, the places of the name that a character as typed may stand for."""
        traits = _traits(normalize(character).text[:1] or character)
        return sum(1 << place for place, wanted in enumerate(self._wanted) if not traits.isdisjoint(wanted))


_SPLIT = frozenset("[(（［【⿰")
"""Marks with which people write a character as its components: these texts are normalised before they are looked at."""


@cache
def _traits(character: str) -> frozenset[str]:
    return frozenset(sound_and_shape(character))


def _with(index: IndexLike, place: PlaceName, name: str, kind: str) -> IndexLike:
    entry = index.by_id(place.id)
    if entry is None:
        raise NotFound("匹配索引里没有这个地名，请稍后再试", field="place_id")
    return Overlay(index, [entry._replace(aliases=(*entry.aliases, (name, kind, "")))], seq=index.seq)


def _without(index: IndexLike, place: PlaceName, name: str) -> IndexLike:
    entry = index.by_id(place.id)
    if entry is None:
        return index
    kept = tuple(alias for alias in entry.aliases if alias[0] != name)
    return Overlay(WithoutNames(index, [(name, own_part(entry)[1])]), [entry._replace(aliases=kept)], seq=index.seq)


def _clashes(index: IndexLike, place: PlaceName, name: str) -> tuple[str, ...]:
    """Return the other official names that the alias already stands for: it would be read as either."""
    official = place.standard_name
    return tuple(sorted({found.value for found in index.names(plain(name)) if found.value != official}))


def _accepted(verdict: Verdict) -> str | None:
    if verdict.verdict not in ("A", "B"):
        return None
    address_id, place_id = linked_ids(verdict)
    return address_id or place_id


def _changed(row: Any, old: Verdict, new: Verdict) -> Changed:
    before, after = _accepted(old) or "", _accepted(new) or ""
    return Changed(row.id, row.case_id, row.decided_by, old.verdict, old.reason, before, new.verdict, new.reason, after)


def changed_by_engine(replay: Replay) -> list[str]:
    """Return the ids of the links that the engine decided and would decide otherwise."""
    return [one.link_id for one in _all(replay) if one.by == "engine"]


def _all(replay: Replay) -> Iterable[Changed]:
    return (*replay.fixes, *replay.breaks)
