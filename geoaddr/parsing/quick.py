"""Reading certain texts without a lattice of their own: cut at the names nobody can doubt, read what lies between by its shape.

A *shape* is a stretch with every digit as 2 and every character no rule looks at as one neutral character. The lattice reads each
shape once, between the kinds of names it stands between; the reading is remembered. So rules and weights have one home, and a
stretch is read as the lattice reads it. Where a name may be doubted nothing is returned and the lattice decides.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Sequence
from functools import cache, lru_cache
from typing import NamedTuple, cast

from geoaddr.lexicon import Lexicon, Name
from geoaddr.lexicons import SizedLexicon
from geoaddr.normalize import Normalized
from geoaddr.parsing import names as name_rules
from geoaddr.parsing import numbers as number_rules
from geoaddr.parsing.hits import hits
from geoaddr.parsing.known import Meaning, _judged, _meaning
from geoaddr.parsing.lattice import REST, Hit, Lattice
from geoaddr.parsing.path import _STATELESS, best_path, default_weights
from geoaddr.parsing.people import may_have_people, people
from geoaddr.parsing.resolve import _INSIDE_PLACES, _REPEATABLE, _VALUELESS, _denoted, _spans, _without_copies, value_of
from geoaddr.parsing.words import address_words
from geoaddr.parts import LABELS, Part

_NEUTRAL, _LEAD = "\ue000", "\ue001"
_TOKEN = 0xE100
"""Private characters: one for what no rule looks at, one that leads to a stretch, one per label for the name behind it."""
_DIVISIONS = frozenset(("province", "city", "district", "town", "community"))
_LONGEST_SHAPE = 24
_REMEMBERED, _HEADS_REMEMBERED, _SETS_REMEMBERED = 2**16, 2**18, 2**10
_LONG_NUMBER = re.compile("[0-9]{6}")
_GOES_ON = frozenset("路街道巷弄村镇乡县市区场政委民中第大工")
"""What makes a longer word of a division's name that it follows: 宁波市|场."""
_OFFICE = frozenset("民委居")
_MARKS = frozenset("路街道巷弄线村和")
"""Characters by which a name changes the reading of what stands behind it."""
_FIRST_HAN = "\u3400"
_Span = tuple[str, int, int]


class _Shaping(NamedTuple):
    """How a stretch becomes a shape: a translation, and the pairs of characters without which some of the kept ones tell nothing."""

    table: dict[int, str]
    paired: frozenset[str]
    pairs: frozenset[str]

    def shape(self, stretch: str) -> str:
        """Return the shape of a stretch: ``星尉街4号`` -> two neutral characters, 街2号."""
        shape = stretch.translate(self.table)
        if self.paired.isdisjoint(shape):
            return shape
        pairs, paired = self.pairs, self.paired
        return "".join(
            [
                _NEUTRAL if char in paired and shape[at : at + 2] not in pairs and (not at or shape[at - 1 : at + 1] not in pairs) else char
                for at, char in enumerate(shape)
            ]
        )


@cache
def _shaping() -> _Shaping:
    """Return how stretches are shaped: characters stay that a rule looks at alone, or together with the one beside them."""
    words = address_words()
    lists = [*words.terms, *(word.text for found in words.fixed.values() for word in found)]
    patterns = [entry[0].pattern for entry in number_rules._SIMPLE]
    alone = {word for word in lists if len(word) == 1} | words.separators | number_rules.NUMBER_FIRST | number_rules._COUNTERS_NEXT
    alone |= set("".join((*patterns, number_rules.COUNTED.pattern, number_rules._CHAIN.pattern, words.office.pattern)))
    alone |= name_rules._JOINING | name_rules._ROAD_LAST | name_rules._DIRECTIONS | name_rules._GENERIC_STARTS
    alone |= set("与和旁内边侧后村社()")
    pairs = frozenset(word[at : at + 2] for word in lists for at in range(len(word) - 1))
    return _Shaping(_Table(alone | set("".join(lists))), frozenset("".join(lists)) - alone, pairs)


@cache
def _told_behind() -> frozenset[str]:
    """Return the characters by which a name can change the reading of what stands in front of it: 号|楼, 村|委会, 街|道."""
    patterns = [entry[0].pattern for entry in number_rules._SIMPLE]
    return frozenset("".join((*patterns, number_rules.COUNTED.pattern, address_words().office.pattern, "道")))


class _Table(dict[int, str]):
    """A translation that learns: digits become 2, Chinese characters that are not ``told`` apart become neutral, all others stay."""

    def __init__(self, told: set[str]) -> None:
        super().__init__({ord(digit): "2" for digit in "0123456789"})
        self._told = told

    def __missing__(self, code: int) -> str:
        char = chr(code)
        kept = self[code] = char if char in self._told or not _FIRST_HAN <= char <= "\u9fff" else _NEUTRAL
        return kept


class _Tokens:
    """The lexicon of shapes: it knows the token behind a stretch."""

    def prefixes(self, text: str, start: int) -> Iterable[tuple[int, Sequence[Name]]]:
        """Return the token if one begins here (``geoaddr.lexicon.Lexicon``)."""
        if text[start] == _LEAD:
            return ((start + 2, (Name(text[start : start + 2], "poi", "token"),)),)
        label = ord(text[start + 1]) - _TOKEN if start + 3 == len(text) else -1
        if not 0 <= label < len(LABELS):
            return ()
        return ((start + 3, (Name(text[start:], LABELS[label], "token"),)),)


@cache
def _tokens() -> _Tokens:
    return _Tokens()


@lru_cache(maxsize=_REMEMBERED)
def _shape_reading(before: str, mark: str, shape: str, after: str, label: str, breaks: tuple[int, ...]) -> tuple[_Span, ...] | None:
    """Return how the lattice cuts a shape, or None when it does not keep the names around it apart.

    ``before`` is the label that holds where the shape begins ("" at the start of the text), ``mark`` the character in front,
    ``after`` the character behind, where the name of a ``label`` stands behind, ``breaks`` where blanks were dropped.
    """
    token = f"{after}{chr(_TOKEN + LABELS.index(label)) * 2}" if label else ""
    text = f"{_LEAD}{mark}{shape}{token}" if mark else f"{shape}{token}"
    lead = 2 if mark else 0
    whole = Normalized(text, text, range(len(text)), range(1, len(text) + 1), frozenset([at + lead for at in breaks]))
    lattice = hits(whole, _tokens())
    if lead:
        lead_hit = Hit(0, 2, before, ("lexicon.standard",)) if before else Hit(0, 2, "noise", ("separator",))
        lattice = Lattice(text, ([lead_hit], [], *lattice.starting[2:]))
    path = best_path(lattice, default_weights())
    end = lead + len(shape)
    inner = [hit for hit in path if hit.start >= lead and hit.end <= end]
    if sum([hit.end - hit.start for hit in inner]) != len(shape) or (label and path[-1].names == ()):
        return None
    return tuple([(label, low - lead, high - lead) for label, low, high, _ in _spans(inner)])


class _Word(NamedTuple):
    """A known name and what it brings to a text it stands in.

    ``codes`` are those of the divisions named in full by it and within it, ``opening`` those it adds at the start of a text,
    ``crossed`` the places in it where a longer name may begin that runs across its end.
    """

    size: int
    meaning: Meaning
    codes: frozenset[str]
    opening: frozenset[str]
    crossed: tuple[int, ...]


class _Sure(NamedTuple):
    """The one reading of a word among certain divisions; ``parts`` are those already made of it, by where they begin."""

    label: str
    names: tuple[Name, ...]
    value: str
    ref: str
    short: bool
    supported: bool
    parts: dict[int, Part]


_Found = list[tuple[int, int, "_Word | None"]]
_Spans = list[tuple[str, int, int, "_Sure | None"]]
_NOTHING: frozenset[str] = frozenset()


class QuickReader:
    """Reads with one lexicon and remembers what its words mean; forgetting costs time and never changes a reading."""

    def __init__(self, lexicon: SizedLexicon) -> None:
        self._lexicon = lexicon
        self._sizes: dict[str, tuple[int, ...]] = {}
        self._words: dict[str, _Word | None] = {}
        self._sure: dict[frozenset[str], dict[str, _Sure | None]] = {}

    def read(self, whole: Normalized) -> tuple[tuple[Part, ...], tuple[Part, ...]] | None:
        """Return parts and rest of a text as the lattice would, or None where it must be asked."""
        text = whole.text
        contacts = people(whole) if may_have_people(text) else None
        looked = self._look(text, contacts)
        spans = self._spans(whole, *looked) if looked is not None else None
        return _parts(whole, spans) if spans is not None else None

    def _spans(self, whole: Normalized, found: _Found, present: frozenset[str]) -> _Spans | None:
        """Return the reading as stretches, or None where a name or what stands between two of them is doubtful."""
        text, end = whole.text, len(whole.text)
        sure_of = self._sure.get(present)
        if sure_of is None:
            if len(self._sure) >= _SETS_REMEMBERED:
                self._sure.clear()
            sure_of = self._sure[present] = {}
        spans: _Spans = []
        state, position = "", 0
        for start, stop, word in found:
            if word is None:
                sure, label = None, "contact"
            else:
                spelt = text[start:stop]
                try:
                    sure = sure_of[spelt]
                except KeyError:
                    sure = sure_of[spelt] = _sure(word, spelt, present)
                if sure is None:
                    return None
                label = sure.label
            if position < start:
                cut = self._between(whole, position, start, state, label if sure else "")
                if cut is None:
                    return None
                for inner, low, high in cut:
                    spans.append((inner, low + position, high + position, None))
                    if inner not in _STATELESS:
                        state = inner
                if sure is not None and inner == REST and text[start - 1] >= _FIRST_HAN:
                    return None
            spans.append((label, start, stop, sure))
            position = stop
            if sure is not None:
                state = label
        if position < end:
            cut = self._between(whole, position, end, state, "")
            if cut is None:
                return None
            spans += [(inner, low + position, high + position, None) for inner, low, high in cut]
        return spans if _apart(text, spans) else None

    def _between(self, whole: Normalized, start: int, stop: int, state: str, label: str) -> tuple[_Span, ...] | None:
        """Read the stretch between two names by its shape."""
        text = whole.text
        stretch = text[start:stop]
        if stop - start > _LONGEST_SHAPE or (stop - start > 5 and _LONG_NUMBER.search(stretch)):
            return None
        mark = after = ""
        if start:
            mark = text[start - 1]
            mark = mark if mark < _FIRST_HAN or mark in _MARKS else _NEUTRAL
        if label:
            after = text[stop]
            after = after if after < _FIRST_HAN or after in _told_behind() else _NEUTRAL
        breaks = tuple([at - start for at in whole.breaks if start <= at <= stop]) if whole.breaks else ()
        return _shape_reading(state, mark, _shaping().shape(stretch), after, label, breaks)

    def _look(self, text: str, contacts: dict[int, int] | None) -> tuple[_Found, frozenset[str]] | None:
        """Return the longest known names and the contacts from left to right, and the codes of the divisions named in full."""
        sizes_of, words = self._sizes, self._words
        found: _Found = []
        present = _NOTHING
        end, start = len(text), 0
        while start < end:
            if contacts and start in contacts:
                found.append((start, contacts[start], None))
                start = contacts[start]
                continue
            head = text[start : start + 2]
            sizes = sizes_of.get(head)
            if sizes is None:
                sizes = self._sizes_at(head)
            for size in sizes:
                stop = start + size
                if stop > end:
                    continue
                spelt = text[start:stop]
                try:
                    word = words[spelt]
                except KeyError:
                    word = self._word(spelt)
                if word is not None:
                    break
            else:
                start += 1
                continue
            if word.crossed and self._is_crossed(text, start, stop, word):
                return None
            if contacts and any(start < low < stop for low in contacts):
                return None
            if stop < end and text[stop - 1 : stop + 1] in sizes_of and self._runs_on(text, stop - 1, stop):
                return None
            more = word.codes if start else word.opening
            if more and not more <= present:
                present = present | more if present else more
            found.append((start, stop, word))
            start = stop
        return found, present

    def _is_crossed(self, text: str, start: int, stop: int, word: _Word) -> bool:
        """Say whether another name begins within this one and runs across its end."""
        return any(self._runs_on(text, start + at, stop) for at in word.crossed)

    def _runs_on(self, text: str, start: int, stop: int) -> bool:
        """Say whether a name that begins at ``start`` runs across ``stop``."""
        for size in self._sizes_at(text[start : start + 2]):
            if start + size <= stop:
                return False
            if start + size <= len(text) and self._word(text[start : start + size]) is not None:
                return True
        return False

    def _sizes_at(self, head: str) -> tuple[int, ...]:
        """Return the lengths, longest first, of the names that begin with two characters."""
        sizes = self._sizes.get(head)
        if sizes is None:
            if len(self._sizes) >= _HEADS_REMEMBERED:
                self._sizes.clear()
            sizes = self._sizes[head] = self._lexicon.sizes(head)[::-1] if len(head) > 1 else ()
        return sizes

    def _word(self, spelt: str) -> _Word | None:
        """Return what is known of a word, or None when it is no name."""
        try:
            return self._words[spelt]
        except KeyError:
            pass
        opening = self._lexicon.prefixes(spelt, 0)
        word = self._learnt(spelt, opening) if any(end == len(spelt) for end, _ in opening) else None
        if len(self._words) >= _REMEMBERED:
            self._words.clear()
        self._words[spelt] = word
        return word

    def _learnt(self, spelt: str, opening: Iterable[tuple[int, Sequence[Name]]]) -> _Word:
        """Work out what a name brings to a text; ``opening`` are the names that begin with it."""
        size = len(spelt)
        begun = [_meaning(spelt[:end], names) for end, names in opening]
        inner = [_meaning(spelt[at:end], names) for at in range(1, size) for end, names in self._lexicon.prefixes(spelt, at)]
        codes = _NOTHING.union(*(meaning.codes for meaning in (*begun, *inner) if meaning.full))
        crossed = tuple(at for at in range(1, size - 1) if any(longer > size - at for longer in self._sizes_at(spelt[at : at + 2])))
        return _Word(size, begun[-1], codes, codes.union(*(meaning.codes for meaning in begun)), crossed)


def _sure(word: _Word, spelt: str, present: frozenset[str]) -> _Sure | None:
    """Return the one reading a word has among these divisions, or None when there are several, or none that is certain."""
    judged = _judged(word.meaning, present)
    if len(judged) != 1:
        return None
    label, names, features, supported, short = judged[0]
    if label == "country" or "lexicon.unsupported" in features or (label == "community" and "村村" in spelt):
        return None
    value, ref = (names[0].value or value_of(label, spelt), names[0].ref) if len(names) == 1 else ("", "")
    return _Sure(label, names, value, ref, short, supported, {})


def _apart(text: str, spans: _Spans) -> bool:
    """Say whether every known name stands apart from what follows it, so that nothing makes it longer than it is."""
    end = len(text)
    for index, (label, start, stop, sure) in enumerate(spans):
        if sure is None:
            continue
        if stop - start < 3 and not _stands(text, spans, index, sure):
            return False
        if stop == end:
            if sure.short:
                return False
            continue
        following = text[stop]
        if spans[index + 1][3] is not None:
            if (sure.short and not sure.supported) or (label == "community" and following in _OFFICE):
                return False
        elif following < _FIRST_HAN or spans[index + 1][0] == "contact":
            if sure.short:
                return False
        elif sure.short or label not in _DIVISIONS or stop - start < 3 or following in _GOES_ON:
            return False
    return True


def _stands(text: str, spans: _Spans, index: int, sure: _Sure) -> bool:
    """Say whether a name of two characters is one here: right behind another name or a separator, a division only in its own ones."""
    if sure.label in _DIVISIONS and not sure.supported:
        return False
    start = spans[index][1]
    return start == 0 or spans[index - 1][3] is not None or text[start - 1] < _FIRST_HAN


def _parts(whole: Normalized, spans: _Spans) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """Return the parts that stretches stand for, as ``resolve`` does."""
    text, offsets, ends = whole.text, whole.offsets, whole.ends
    plain = type(offsets) is range
    codes: list[tuple[str, ...]] = []
    parts: list[Part] = []
    rest: list[Part] = []
    done, before, depth, copies = 0, "", -1, False
    for label, start, end, sure in spans:
        rank = _REPEATABLE.get(label)
        if rank is not None:
            copies = copies or rank <= depth
            depth = rank
        if sure is not None:
            part = sure.parts.get(start) if plain and label != "poi" else None
            if part is not None:
                parts.append(part)
                before, done = label, end
                continue
            names, value, ref = sure.names, sure.value, sure.ref
            if len(names) > 1:
                codes = codes or [tuple([name.ref for name in one.names if name.ref]) for _, _, _, one in spans if one is not None]
                value, ref = _denoted(names, codes)
                value = value or value_of(label, text[start:end])
        else:
            names, value, ref = (), "" if label in _VALUELESS else value_of(label, text[start:end]), ""
        if label == "poi" and before in _INSIDE_PLACES:
            label = "sub_poi"
            value = value if names else value_of(label, text[start:end])
        before = label
        if plain:
            low, done = start, end
        else:
            low = max(offsets[start], done)
            done = max(ends[end - 1], low)
        part = Part(label, text[start:end], low, done, value, ref)
        if sure is not None and plain and len(names) == 1 and label != "sub_poi":
            sure.parts[start] = part
        (rest if label == REST else parts).append(part)
    return tuple(_without_copies(parts) if copies else parts), tuple(rest)


@lru_cache(maxsize=4)
def _reader(lexicon: Hashable) -> QuickReader | None:
    return QuickReader(cast(SizedLexicon, lexicon)) if isinstance(lexicon, SizedLexicon) else None


def quick_reading(whole: Normalized, lexicon: Lexicon) -> tuple[tuple[Part, ...], tuple[Part, ...]] | None:
    """Return parts and rest of a normalised text as the lattice would with the shipped weights, or None where it must be asked."""
    reader = _reader(cast(Hashable, lexicon))
    return reader.read(whole) if reader is not None else None
