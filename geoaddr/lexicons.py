"""Dictionaries of names held in memory, and several of them read as one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from geoaddr.lexicon import Lexicon, Name


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

    def __len__(self) -> int:
        return len(self._names)

    def __iter__(self) -> Iterator[Name]:
        for names in self._names.values():
            yield from names


class ChainLexicon:
    """Several lexicons read as one; names of the earlier ones come first."""

    __slots__ = ("_lexicons",)

    def __init__(self, lexicons: Iterable[Lexicon]) -> None:
        self._lexicons = tuple(lexicons)

    def prefixes(self, text: str, start: int) -> Iterable[tuple[int, Sequence[Name]]]:
        """Return the merged ``(end, names)`` of all lexicons, shortest first."""
        merged: dict[int, Sequence[Name]] = {}
        for lexicon in self._lexicons:
            for end, names in lexicon.prefixes(text, start):
                merged[end] = (*merged[end], *names) if end in merged else names
        return sorted(merged.items())
