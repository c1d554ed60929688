"""Cutting a plainly written text without weighing readings: divisions, a village, one name, a door; anything else is not read here."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple, TypeVar, cast

from geoaddr.lexicon import Name
from geoaddr.lexicons import SizedLexicon, reader_of
from geoaddr.normalize import Normalized, changeable_characters, normalize
from geoaddr.parse import parse
from geoaddr.parsing.people import may_have_people, people
from geoaddr.parsing.words import address_words
from geoaddr.parts import Parsed, Part
from matchers.decide import elsewhere
from matchers.direct.doors import Door, DoorReader, ending
from matchers.index.naming import DIVISIONS, plain
from matchers.index.read import IndexLike
from matchers.question import Question, ask, committee_words
from matchers.verdict import Query, Verdict

Key = TypeVar("Key")
Value = TypeVar("Value")

_LONGEST_TAIL = 8
LONGEST = 60
"""Characters of the longest text read here."""
_REMEMBERED = 2**17
_HAN, _FIRST_DIGIT = re.compile("[\u3400-\u9fff]*"), re.compile("[0-9]")
_AT_THE_END = " ,;:|_/"
_SEAMS = str.maketrans("", "", " ,;:|_/")
_DOOR = re.compile("[0-9号弄幢栋座单元室层#-]+")
_DOOR_AND_SEAMS = re.compile("[0-9号弄幢栋座单元室楼层# ,|_/-]+")
_TOWN_LIKE = re.compile("[\u3400-\u9fff]{1,4}?(?:街道|镇|乡)")
_VILLAGE_END, _LONGEST_VILLAGE = re.compile("社区|村"), 9
_LARGE = frozenset(DIVISIONS[:4])
_NAMES = frozenset(("road", "poi", "village_group"))
_PROBED = ["某某路", "1号"]
_PROBE = "".join(_PROBED)
"""What is put behind divisions to have them read by themselves; no register has it."""


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """The divisions that open a text, down to the town: ``asked`` is the question they are, ``compared`` how they compare with entries.

    ``known`` says that all of them are names of the register, from the outside in; ``elsewhere`` is the verdict where they lie
    outside what it covers.
    """

    asked: Question
    known: bool
    elsewhere: Verdict | None
    compared: dict[tuple[str, str, str, str], object] = field(default_factory=dict)


class Head(NamedTuple):
    """What stands before a door: divisions, the village or community (a part or None), and the name with its label."""

    chain: Chain
    community: Part | None
    label: str
    name: str


class _Middle(NamedTuple):
    """Village, label and name between divisions and door; ``sure`` says that the village is one of the register."""

    community: Part | None
    label: str
    name: str
    sure: bool


class DirectReader:
    """Reads plain texts with the names of one index and remembers what it read; forgetting costs time and never changes a reading."""

    def __init__(self, index: IndexLike) -> None:
        self._index = index
        self._lexicon = index.lexicon
        self._reads = reader_of(index.lexicon) is None and isinstance(index.lexicon, SizedLexicon)
        self._heads: dict[str, Head | None] = {}
        self._chains: dict[str, Chain | None] = {}
        self._middles: dict[str, _Middle | None] = {}
        self._labels: dict[str, str] = {}
        self._sizes: dict[str, tuple[int, ...]] = {}
        self._is_division: dict[str, bool | None] = {}
        self._doors = DoorReader()

    def read(self, text: str) -> tuple[Head, Door] | None:
        """Return head and door of a plain text, else None: ``溪口镇港浔大道10弄2号`` -> 溪口镇, 港浔大道; 10弄, 2."""
        if len(text) > LONGEST or not self._reads:
            return None
        whole, tail = None, ""
        if not changeable_characters().isdisjoint(text):
            whole = normalize(text)
            text = whole.text
        first = _FIRST_DIGIT.search(text)
        if first is None:
            return None
        start = first.start()
        if _DOOR.fullmatch(text, start) is None:
            if may_have_people(text):
                called = without_contact(whole or normalize(text))
                if called is None or len(called) <= start:
                    return None
                text = called
            end = _DOOR_AND_SEAMS.match(text, start).end()  # type: ignore[union-attr]
            if not is_note(text[end:]):
                if len(text) - end > _LONGEST_TAIL:
                    return None
                breaks = [at - end for at in whole.breaks if at >= end] if whole is not None else []
                tail, text = f"{text[end:]}{breaks or ''}", text[:end]
        before = text[:start]
        try:
            head = self._heads[before]
        except KeyError:
            head = self._head(before)
            _remember(self._heads, before, head)
        if head is None:
            return None
        door = self._doors.read(head.label, text[start:])
        if door is None:
            return None
        return head, (door._replace(tail=(tail, ending(text[start:]))) if tail else door)

    def _head(self, before: str) -> Head | None:
        """Read what stands before the door; the divisions are the longest names from the left that are nothing else."""
        before = before.translate(_SEAMS)
        if _HAN.fullmatch(before) is None:
            return None
        start = at = note_before(before)
        end = len(before)
        while at < end and (size := self._division_at(before, at)):
            at += size
        head = self._cut(before[start:at], before[at:])
        if head is None and (end := self._town_end(before, at)):
            head = self._cut(before[start:end], before[end:])
        return head

    def _town_end(self, text: str, at: int) -> int:
        """Return where a town ends that is not known by this spelling, or whose short form is the name of a village too; 0 for none."""
        slip = _TOWN_LIKE.match(text, at)
        if slip is not None:
            return slip.end()
        ends = [end for end, names in self._lexicon.prefixes(text, at) if any(name.label == "town" for name in names)]
        return ends[-1] if ends else 0

    def _cut(self, opening: str, rest: str) -> Head | None:
        """Return the head that divisions and what follows them are, or None."""
        try:
            middle = self._middles[rest]
        except KeyError:
            middle = self._middle(rest)
            _remember(self._middles, rest, middle)
        if middle is None or (len(middle.name) < 3 and not (opening or middle.community)):
            return None
        chain = self._chain(opening, middle)
        return Head(chain, middle.community, middle.label, middle.name) if chain is not None else None

    def _division_at(self, text: str, at: int) -> int:
        """Return the length of the longest name that begins here if it is a division down to the town and nothing else, else 0."""
        opening = text[at : at + 2]
        try:
            sizes = self._sizes[opening]
        except KeyError:
            sizes = cast(SizedLexicon, self._lexicon).sizes(opening)[::-1]
            _remember(self._sizes, opening, sizes)
        known = self._is_division
        for size in sizes:
            spelt = text[at : at + size]
            if len(spelt) < size:
                continue
            if spelt not in known:
                known = self._learn(text, at, sizes)
            is_division = known[spelt]
            if is_division is not None:
                return size if is_division else 0
        return 0

    def _learn(self, text: str, at: int, sizes: tuple[int, ...]) -> dict[str, bool | None]:
        """Remember of every stretch of these sizes that begins here whether it is a name, and one of a division alone."""
        known = self._is_division
        if len(known) >= _REMEMBERED:
            known = self._is_division = {}  # others may be reading the old one
        for size in sizes:
            known[text[at : at + size]] = None
        for end, names in self._lexicon.prefixes(text, at):
            known[text[at:end]] = all(name.label in _LARGE for name in names)
        return known

    def _chain(self, opening: str, middle: _Middle) -> Chain | None:
        """Return the divisions read as such whatever name follows, each level once.

        One cut short must stand before its village, and a village that is not known be read as one behind them.
        """
        if middle.sure:
            try:
                chain = self._chains[opening]
            except KeyError:
                chain = self._read_chain(opening, "")
                _remember(self._chains, opening, chain)
            if chain is not None:
                return chain
        community = middle.community
        if community is None:
            return None
        key = f"{opening}|{community.text}"
        try:
            return self._chains[key]
        except KeyError:
            chain = self._read_chain(opening, community.text)
            _remember(self._chains, key, chain)
            return chain

    def _read_chain(self, opening: str, community: str) -> Chain | None:
        parsed = parse(opening + community + _PROBE, self._lexicon)
        behind = ([community] if community else []) + _PROBED
        at = len(parsed.parts) - len(behind)
        if parsed.rest or [part.text for part in parsed.parts[at:]] != behind or (community and parsed.parts[at].label != "community"):
            return None
        parts = tuple([part for part in parsed.parts[:at] if part.label in _LARGE])
        order, said = [DIVISIONS.index(part.label) for part in parts], {part.text for part in parts}
        if "".join([part.text for part in parsed.parts[:at]]) != opening or len(order) != len(set(order)):
            return None
        if any(part.text not in said for part in parsed.parts[:at] if part.label not in _LARGE):
            return None  # what is said twice counts once, anything else has to be weighed
        asked = ask(Query(""), Parsed(opening, opening, parts))
        known = order == sorted(order) and all(self._index.names(part.text) for part in parts)
        return Chain(asked, known, elsewhere(asked, self._index))

    def _middle(self, text: str) -> _Middle | None:
        """Return village, label and name of what stands between divisions and door, if it can be cut in one way only."""
        ways: list[_Middle] = []
        for end, names in self._lexicon.prefixes(text, 0):
            if end == len(text):
                if label := _label(text, names):
                    ways.append(_Middle(None, label, text, True))
            elif any(name.label == "community" for name in names) and "村村" not in text[:end]:
                behind = text[end:]
                if text[end - 1 : end + 1] == "村村":  # 曹村|村民委员会
                    behind = behind[next((len(word) for word in committee_words() if behind.startswith(word)), 0) :]
                if label := self._name_label(behind):
                    if not _one_meaning(names, ("community",)):
                        return None
                    ways.append(_Middle(Part("community", text[:end], 0, end, names[0].value), label, behind, True))
        if not ways:
            for found in _VILLAGE_END.finditer(text, 2, _LONGEST_VILLAGE):
                end = found.end()
                if label := self._name_label(text[end:]):
                    ways.append(_Middle(Part("community", text[:end], 0, end, text[:end]), label, text[end:], False))
        return ways[0] if len(ways) == 1 else None

    def _name_label(self, text: str) -> str:
        """Return the label of a name that can only be one thing (see ``_label``), or ''."""
        try:
            return self._labels[text]
        except KeyError:
            names = next((names for end, names in self._lexicon.prefixes(text, 0) if end == len(text)), ())
            label = _label(text, names)
            _remember(self._labels, text, label)
            return label


def _remember(kept: dict[Key, Value], key: Key, value: Value) -> None:
    if len(kept) >= _REMEMBERED:
        kept.clear()
    kept[key] = value


def note_before(text: str) -> int:
    """Return where a text goes on behind the words of a form or a courier that open it: ``收货地址浙江省`` -> 4."""
    at = 0
    fixed = address_words().fixed
    while words := fixed.get(text[at : at + 2]):
        size = next((word.size for word in words if word.label == "noise" and text.startswith(word.text, at)), 0)
        if not size:
            break
        at += size
    return at


@lru_cache(maxsize=2**12)
def is_note(text: str) -> bool:
    """Say whether a text is nothing but words of a form or a courier, and separators: ``，请送货上门`` -> True."""
    plain_text = text.translate(_SEAMS)
    return note_before(plain_text) == len(plain_text)


def without_contact(whole: Normalized) -> str | None:
    """Return a normalised text without the person or telephone at its end, or None where one stands elsewhere."""
    found = people(whole)
    if not found:
        return whole.text
    [(start, end), *others] = found.items()
    return whole.text[:start].rstrip(_AT_THE_END) if end == len(whole.text) and not others else None


def _label(text: str, names: Sequence[Name]) -> str:
    """Return the label of a text that is the standard name of a road, an estate or a hamlet and nothing else, else ''."""
    if not names or not _one_meaning(names, _NAMES):
        return ""
    return names[0].label if all(name.kind == "standard" and plain(name.value) == text for name in names) else ""


def _one_meaning(names: Sequence[Name], labels: Collection[str]) -> bool:
    """Say whether all names of one spelling are of one of these labels and stand for the same."""
    return len({(name.label, name.value) for name in names}) == 1 and names[0].label in labels
