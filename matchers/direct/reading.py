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
from geoaddr.parsing.resolve import value_of
from geoaddr.parsing.shapes import Span, read_door
from geoaddr.parsing.words import address_words
from geoaddr.parts import Parsed, Part
from matchers.cores import core
from matchers.decide import elsewhere
from matchers.index.naming import DIVISIONS, plain
from matchers.index.read import IndexLike
from matchers.question import Question, ask, committee_words
from matchers.verdict import Query, Verdict

Key = TypeVar("Key")
Value = TypeVar("Value")

_LONGEST_DOOR, _LONGEST_TAIL = 24, 8
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
_DIGITS = str.maketrans("0123456789", "2222222222")
_LARGE = frozenset(DIVISIONS[:4])
_ORDER = ("sub_road", "number", "building", "unit", "floor", "room")
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


class Door(NamedTuple):
    """A door as cores; ``joined`` is the number that ``2-2`` may be instead of building and unit (see ``Question.joined_number``).

    ``given`` are the parts that are there in the order of comparison, ``labels`` their labels, ``text`` is all of it as written;
    ``tail`` is what follows that is no courier's note (菜场对面) with where blanks stood in it, and how the door before it ends.
    """

    sub_road: str
    number: str
    building: str
    unit: str
    floor: str
    room: str
    joined: str
    given: tuple[tuple[str, str], ...]
    labels: tuple[str, ...]
    text: str
    tail: tuple[str, str] = ("", "")


class _Shape(NamedTuple):
    """Where the parts of doors of one shape begin and end, in the order of comparison."""

    spans: tuple[Span, ...]
    labels: tuple[str, ...]
    joined: tuple[Span, Span] | None


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
        self._shapes: dict[tuple[str, str], _Shape | None] = {}

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
        door = self._door(head.label, text[start:])
        if door is None:
            return None
        return head, (door._replace(tail=(tail, _ending(text[start:]))) if tail else door)

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

    def _door(self, label: str, door: str) -> Door | None:
        """Return the door read behind a name of this label, or None where it holds anything unusual."""
        key = (label, door.translate(_DIGITS))
        try:
            shape = self._shapes[key]
        except KeyError:
            shape = _shape(*key)
            _remember(self._shapes, key, shape)
        if shape is None:
            return None
        given = tuple([(part, _cored(part, door[start:end])) for part, start, end in shape.spans])
        joined = ""
        if shape.joined:
            (outer, start, end), (inner, low, high) = shape.joined
            joined = f"{core('number', value_of(outer, door[start:end]))}-{core('number', value_of(inner, door[low:high]))}"
        get = dict(given).get
        return Door(
            get("sub_road", ""), get("number", ""), get("building", ""), get("unit", ""), get("floor", ""), get("room", ""),
            joined, given, shape.labels, door,
        )  # fmt: skip


def _remember(kept: dict[Key, Value], key: Key, value: Value) -> None:
    if len(kept) >= _REMEMBERED:
        kept.clear()
    kept[key] = value


@lru_cache(maxsize=_REMEMBERED)
def _cored(label: str, text: str) -> str:
    return core(label, value_of(label, text) or text)


def _shape(label: str, shape: str) -> _Shape | None:
    """Return how a door with every digit as 2 is cut behind a name of this label, or None where it is not one plain door."""
    if "222222" in shape or len(shape) > _LONGEST_DOOR:
        return None
    spans = [span for span in read_door(label, shape) or () if span[0] != "noise"]
    by_label = {span[0]: span for span in spans}
    if not spans or len(by_label) != len(spans) or not by_label.keys() <= set(_ORDER):
        return None
    if ("number" in by_label) == (label == "poi"):
        return None  # 锦绣苑3号 may be its third building; a road and a hamlet have no doors without number
    labels = tuple([one for one in _ORDER if one in by_label])
    return _Shape(tuple([by_label[one] for one in labels]), labels, _joined(by_label, shape))


def _joined(spans: dict[str, Span], shape: str) -> tuple[Span, Span] | None:
    """Return the two spans that may be one number with its sub-number: ``2-2`` of ``2-2-222`` (``question.joined_number``)."""
    number, building = spans.get("number"), spans.get("building")
    if number is None and building is not None and shape[building[1] : building[2]].isdecimal():
        number, inner = building, spans.get("unit") or spans.get("room")
    else:
        inner = None if "unit" in spans else building or spans.get("room")
    if number is None or inner is None or inner[1] < number[2]:
        return None
    small = shape[inner[1] : inner[2]].removesuffix("号")
    return (number, inner) if small.isdecimal() and len(small) <= 2 else None


def _ending(door: str) -> str:
    """Return what of a door may change how words behind it are read: its last character, and whether it is one of two numbers."""
    return f"{door[-1:].translate(_DIGITS)}{'-' if '-' in door else ''}"


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
