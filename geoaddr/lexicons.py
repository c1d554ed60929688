"""Dictionaries of names held in memory, and several of them read as one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol, runtime_checkable

from geoaddr.lexicon import Lexicon, Name
from geoaddr.normalize import Normalized
from geoaddr.parts import Part

_Prefixes = Callable[[str, int], Iterable[tuple[int, Sequence[Name]]]]
_HEADS_REMEMBERED = 2**18
_LONGEST = 40
"""More characters than any name has."""


class MemoryLexicon:
    """Names indexed by their first two characters: fit for up to some hundred thousand; larger ones belong in the index."""

    __slots__ = ("_lengths", "_names")

    def __init__(self, names: Iterable[Name]) -> None:
        found: dict[str, list[Name]] = {}
        lengths: dict[str, set[int]] = {}
        for name in names:
            if len(name.text) < 2:
                continue
            kept = found.setdefault(name.text, [])
            if name not in kept:
                kept.append(name)
            lengths.setdefault(name.text[:2], set()).add(len(name.text))
        self._names: dict[str, tuple[Name, ...]] = {text: tuple(kept) for text, kept in found.items()}
        self._lengths: dict[str, tuple[int, ...]] = {head: tuple(sorted(sizes)) for head, sizes in lengths.items()}

    def prefixes(self, text: str, start: int) -> Iterable[tuple[int, Sequence[Name]]]:
        """Return ``(end, names)`` for each known name beginning at ``text[start]``, shortest first: ``("奉化市…", 0)`` -> 奉化, 奉化市."""
        lengths = self._lengths.get(text[start : start + 2])
        if lengths is None:
            return ()
        hits = []
        room = len(text) - start
        for length in lengths:
            if length > room:
                break
            names = self._names.get(text[start : start + length])
            if names is not None:
                hits.append((start + length, names))
        return hits

    def may_begin(self, head: str) -> bool:
        """Say whether a name begins with these two characters."""
        return head in self._lengths

    def sizes(self, head: str) -> tuple[int, ...]:
        """Return the lengths, ascending, of the names that begin with these two characters."""
        return self._lengths.get(head, ())

    def __len__(self) -> int:
        return len(self._names)

    def __iter__(self) -> Iterator[Name]:
        for names in self._names.values():
            yield from names


@runtime_checkable
class HeadedLexicon(Lexicon, Protocol):
    """A lexicon of names of two characters and more that can say at once when none begins with certain two."""

    def may_begin(self, head: str) -> bool:
        """Say whether a name may begin with ``head``; only a no must be right."""
        ...


@runtime_checkable
class SizedLexicon(Lexicon, Protocol):
    """A lexicon that can say how long its names are."""

    def sizes(self, head: str) -> tuple[int, ...]:
        """Return the lengths, ascending, of the names that begin with these two characters."""
        ...


class Reader(Protocol):
    """A trained reading that stands in for the lattice's own (``geoaddr.parsing.tagger``)."""

    def read(self, normalized: Normalized, lexicon: Lexicon) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
        """Return the parts and the rest of a normalised text; together they recompose it."""
        ...


def reader_of(lexicon: Lexicon) -> Reader | None:
    """Return the trained reading a lexicon brings with it, or None."""
    return lexicon.reader if isinstance(lexicon, ChainLexicon) else None


class ChainLexicon:
    """Several lexicons read as one; names of the earlier ones come first. ``reader`` is a trained reading to be used with them."""

    __slots__ = ("_headed", "_heads", "_sized", "reader")

    def __init__(self, lexicons: Iterable[Lexicon], reader: Reader | None = None) -> None:
        self.reader = reader
        known = tuple(lexicons)
        self._headed = tuple([(one.prefixes, one.may_begin if isinstance(one, HeadedLexicon) else None) for one in known])
        self._sized = tuple([one.sizes if isinstance(one, SizedLexicon) else None for one in known])
        self._heads: dict[str, tuple[_Prefixes, ...]] = {}

    def prefixes(self, text: str, start: int) -> Iterable[tuple[int, Sequence[Name]]]:
        """Return the merged ``(end, names)`` of all lexicons, shortest first."""
        head = text[start : start + 2]
        asked = self._heads.get(head)
        if asked is None:
            asked = self._worth_asking(head)
        if not asked:
            return ()
        answers = [found for prefixes in asked if (found := prefixes(text, start))]
        if len(answers) < 2:
            return answers[0] if answers else ()
        merged: dict[int, Sequence[Name]] = {}
        for found in answers:
            for end, names in found:
                merged[end] = (*merged[end], *names) if end in merged else names
        return sorted(merged.items())

    def may_begin(self, head: str) -> bool:
        """Say whether a name of any of the lexicons may begin with ``head``."""
        return bool(self._worth_asking(head))

    def sizes(self, head: str) -> tuple[int, ...]:
        """Return the lengths, ascending, of the names of all lexicons that begin with these two characters.

        A lexicon that cannot say makes it every length that a name may have.
        """
        asked = self._heads.get(head)
        if not (self._worth_asking(head) if asked is None else asked):
            return ()
        found: set[int] = set()
        for sizes in self._sized:
            found.update(sizes(head) if sizes is not None else range(2, _LONGEST + 1))
        return tuple(sorted(found))

    def _worth_asking(self, head: str) -> tuple[_Prefixes, ...]:
        """Return how to ask the lexicons that may know a name beginning so, and remember it: most pairs of characters begin none."""
        if len(self._heads) >= _HEADS_REMEMBERED:
            self._heads.clear()
        asked = self._heads[head] = tuple(
            [prefixes for prefixes, may_begin in self._headed if may_begin is None or (len(head) > 1 and may_begin(head))]
        )
        return asked
