"""Reading certain texts without a lattice of their own: cut at the names nobody can doubt, read what lies between by its shape.

The reading is the lattice's own (``shapes``); where a name may be doubted nothing is returned and the lattice decides.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import cast

from geoaddr.lexicon import Lexicon, Name
from geoaddr.lexicons import SizedLexicon
from geoaddr.normalize import Normalized
from geoaddr.parsing.certain import WEAK, Spans, Sure, Word, apart, follows, sure_reading
from geoaddr.parsing.known import _meaning
from geoaddr.parsing.lattice import REST
from geoaddr.parsing.path import _STATELESS
from geoaddr.parsing.people import may_have_people, people
from geoaddr.parsing.resolve import _INSIDE_PLACES, _REPEATABLE, _VALUELESS, _denoted, _without_copies, value_of
from geoaddr.parsing.shapes import read_between
from geoaddr.parts import Part

_REMEMBERED, _HEADS_REMEMBERED, _SETS_REMEMBERED, _CHOICES_REMEMBERED = 2**16, 2**18, 2**10, 2**8
_CROSSING = 3
"""A name that makes another doubtful by running across its end has at least so many characters; short ones do not."""
_BESIDE = frozenset("边旁下处内口")
_DIGIT = re.compile("[0-9]")
_Found = list[tuple[int, int, "Word | None"]]
_NOTHING: frozenset[str] = frozenset()


class QuickReader:
    """Reads with one lexicon and remembers what its words mean; forgetting costs time and never changes a reading."""

    def __init__(self, lexicon: SizedLexicon) -> None:
        self._lexicon = lexicon
        self._sizes: dict[str, tuple[int, ...]] = {}
        self._words: dict[str, Word | None] = {}
        self._sure: dict[frozenset[str], dict[str, Sure | None]] = {}

    def read(self, whole: Normalized) -> tuple[tuple[Part, ...], tuple[Part, ...]] | None:
        """Return parts and rest of a text as the lattice would, or None where it must be asked."""
        text = whole.text
        contacts = people(whole) if may_have_people(text) else None
        looked = self._look(text, contacts)
        spans = self._spans(whole, *looked) if looked is not None else None
        return _parts(whole, spans) if spans is not None else None

    def _spans(self, whole: Normalized, found: _Found, present: frozenset[str]) -> Spans | None:
        """Return the reading as stretches, or None where a name or what stands between two of them is doubtful."""
        text, end = whole.text, len(whole.text)
        sure_of = self._sure.get(present)
        if sure_of is None:
            if len(self._sure) >= _SETS_REMEMBERED:
                self._sure.clear()
            sure_of = self._sure[present] = {}
        spans: Spans = []
        state, position, door = "", 0, None
        for start, stop, word in found:
            if word is None:
                if text[start].isdecimal() and start and (text[start - 1].isalnum() or text[start - 1] == "-"):
                    return None  # a telephone that begins in the middle of what might be a number
                sure, label = None, "contact"
            else:
                spelt = text[start:stop]
                try:
                    sure = sure_of[spelt]
                except KeyError:
                    sure = sure_of[spelt] = sure_reading(word, spelt, present)
                if sure is WEAK:
                    door = door or _DIGIT.search(text)
                    if (
                        door is not None
                        and door.start() < start
                        and text[stop : stop + 1] in _BESIDE
                        and not self._hides(text, start, stop)
                    ):
                        continue  # behind a door 桥头|边 is no town
                    return None
                if sure is None:
                    return None
                label = sure.label
            if position < start:
                cut = read_between(whole, position, start, state, label if sure else "")
                if cut is None:
                    return None
                pieces, understood = cut
                for inner, low, high in pieces:
                    spans.append((inner, low + position, high + position, None))
                    if inner not in _STATELESS:
                        state = inner
                if sure is not None and text[start - 1].isalnum() and not follows(text, spans, start, sure, understood):
                    return None
            spans.append((label, start, stop, sure))
            position = stop
            if sure is not None:
                state = label
        if position < end:
            cut = read_between(whole, position, end, state, "")
            if cut is None:
                return None
            spans += [(inner, low + position, high + position, None) for inner, low, high in cut[0]]
        return spans if apart(text, spans) else None

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
            if stop < end:
                across = text[stop - 1 : stop + 1]
                sizes = sizes_of.get(across)
                if sizes is None:
                    sizes = self._sizes_at(across)
                if sizes and self._runs_on(text, stop - 1, stop):
                    return None
            more = word.codes if start else word.opening
            if more and not more <= present:
                present = present | more if present else more
            found.append((start, stop, word))
            start = stop
        return found, present

    def _hides(self, text: str, start: int, stop: int) -> bool:
        """Say whether any name begins within a word, behind its first character."""
        return any(self._word(text[at : at + size]) for at in range(start + 1, stop) for size in self._sizes_at(text[at : at + 2]))

    def _is_crossed(self, text: str, start: int, stop: int, word: Word) -> bool:
        """Say whether another name begins within this one and runs across its end."""
        return any(self._runs_on(text, start + at, stop) for at in word.crossed)

    def _runs_on(self, text: str, start: int, stop: int) -> bool:
        """Say whether a name that begins at ``start`` runs across ``stop``."""
        for size in self._sizes_at(text[start : start + 2]):
            if start + size <= stop or size < _CROSSING:
                return False
            if start + size <= len(text) and (word := self._word(text[start : start + size])) is not None and word.meaning.full:
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

    def _word(self, spelt: str) -> Word | None:
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

    def _learnt(self, spelt: str, opening: Iterable[tuple[int, Sequence[Name]]]) -> Word:
        """Work out what a name brings to a text; ``opening`` are the names that begin with it."""
        size = len(spelt)
        begun = [_meaning(spelt[:end], names) for end, names in opening]
        inner = [_meaning(spelt[at:end], names) for at in range(1, size) for end, names in self._lexicon.prefixes(spelt, at)]
        codes = _NOTHING.union(*(meaning.codes for meaning in (*begun, *inner) if meaning.full))
        crossed = tuple(at for at in range(1, size - 1) if any(longer > size - at for longer in self._sizes_at(spelt[at : at + 2])))
        opening_codes = codes if any(meaning.full for meaning in begun) else codes.union(*(meaning.codes for meaning in begun))
        return Word(size, begun[-1], codes, opening_codes, crossed)


def _parts(whole: Normalized, spans: Spans) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """Return the parts that stretches stand for, as ``resolve`` does."""
    text, offsets, ends = whole.text, whole.offsets, whole.ends
    plain = type(offsets) is range
    parts: list[Part] = []
    rest: list[Part] = []
    done, before, depth, copies = 0, "", -1, False
    for label, start, end, sure in spans:
        if label in _REPEATABLE:
            rank = _REPEATABLE[label]
            copies = copies or rank <= depth
            depth = rank
        inner = label == "poi" and before in _INSIDE_PLACES
        if sure is not None and plain and not inner and start in sure.parts:
            parts.append(sure.parts[start])
            before, done = label, end
            continue
        label = "sub_poi" if inner else label
        spelt = text[start:end]
        if sure is None:
            value, ref = "" if label in _VALUELESS else value_of(label, spelt), ""
        elif len(sure.names) == 1:
            value, ref = sure.value, sure.ref
        else:
            value, ref = _chosen(sure, label, spelt, spans)
        before = label
        low = start if plain else max(offsets[start], done)
        done = end if plain else max(ends[end - 1], low)
        part = Part(label, spelt, low, done, value, ref)
        if sure is not None and plain and not inner and len(sure.names) == 1:
            sure.parts[start] = part
        (rest if label == REST else parts).append(part)
    copies = copies or any(one.text == other.text for one, other in pairwise(parts))
    return tuple(_without_copies(parts) if copies else parts), tuple(rest)


def _chosen(sure: Sure, label: str, spelt: str, spans: Spans) -> tuple[str, str]:
    """Return value and ref of a word with several names: of those that fit the other names of the text."""
    codes = tuple([one.refs for _, _, _, one in spans if one is not None])
    try:
        return sure.chosen[codes]
    except KeyError:
        value, ref = _denoted(sure.names, list(codes))
        if len(sure.chosen) >= _CHOICES_REMEMBERED:
            sure.chosen.clear()
        sure.chosen[codes] = value or value_of(label, spelt), ref
        return sure.chosen[codes]


@lru_cache(maxsize=4)
def _reader(lexicon: Hashable) -> QuickReader | None:
    return QuickReader(cast(SizedLexicon, lexicon)) if isinstance(lexicon, SizedLexicon) else None


def quick_reading(whole: Normalized, lexicon: Lexicon) -> tuple[tuple[Part, ...], tuple[Part, ...]] | None:
    """Return parts and rest of a normalised text as the lattice would with the shipped weights, or None where it must be asked."""
    reader = _reader(cast(Hashable, lexicon))
    return reader.read(whole) if reader is not None else None
