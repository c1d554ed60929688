"""The dictionary of names: what the parser reads with, and how a misspelt or half typed name finds the one that was meant."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import marisa_trie
import numpy as np
from numpy.typing import NDArray

from geoaddr.lexicon import Name
from geoaddr.lexicons import MemoryLexicon
from geoaddr.parts import LABELS
from geoaddr.romanize import initials, sound_key
from matchers.index.keys import text_key
from matchers.index.pool import Pool, PoolWriter, load_view, map_bytes, save_array
from matchers.similar import deletions, folded_sound, similarity

KINDS: tuple[str, ...] = ("standard", "short", "former", "former_short", "alias", "folk", "misspelt")
DIVISION_LABELS: tuple[str, ...] = ("province", "city", "district", "town", "community")
RANK: dict[str, int] = {"equal": 0, "abbreviated": 1, "homophone": 2, "look_alike": 3, "typo": 4}
"""How near a similar name is, nearest first."""


def typed_sound(name: str) -> str:
    """Return the sound as people type it, without blanks: ``typed_sound("肖桥路")`` -> ``"xiaoqiaolu"``."""
    return sound_key(name).replace(" ", "")


_SPELLINGS: dict[str, Callable[[str], str]] = {"characters": str, "pinyin": typed_sound, "initials": initials}
_BITS = 2**20
_CACHE_LIMIT = 100_000
_TAB = "\t"
_RECORD = 5
"""Numbers a meaning is stored as: label, kind, value, ref and parent."""


def _bit(text: str, start: int) -> int:
    return (ord(text[start]) * 40_503 ^ ord(text[start + 1])) & (_BITS - 1)


def collapse(names: Iterable[Name]) -> tuple[Name, ...]:
    """Return one name per label, value and kind, for reading: which of several roads of a name is meant is not the parser's business."""
    kept: dict[tuple[str, ...], Name] = {}
    for name in names:
        key = (name.label, name.value, name.kind, name.ref if name.label in DIVISION_LABELS else "")
        seen = kept.get(key)
        kept[key] = name if seen is None else Name(name.text, name.label, name.value, "", "", name.kind)
    return tuple(sorted(kept.values(), key=lambda name: KINDS.index(name.kind)))


def coded_first(names: Iterable[Name]) -> tuple[Name, ...]:
    """Leave out divisions without code (seen only in addresses) where the same one is known by its code, and repetitions."""
    kept = dict.fromkeys(names)
    coded = {(name.label, name.value) for name in kept if name.ref and name.label in DIVISION_LABELS}
    return tuple(name for name in kept if name.ref or (name.label, name.value) not in coded)


class NameWriter:
    """Collects the names of the register and numbers the anchors that doors hang on."""

    def __init__(self) -> None:
        self._names: dict[str, dict[tuple[str, str, str, str], tuple[str, str]]] = {}
        self._anchors: dict[str, int] = {}

    def add(self, name: Name) -> None:
        """Keep a name; of two that differ only in having a reference, the one that has it."""
        if len(name.text) < 2:
            return
        meanings = self._names.setdefault(name.text, {})
        key = (name.label, name.value, name.kind, name.parent[:9])
        if name.ref or key not in meanings:
            meanings[key] = (name.ref, name.parent)

    def anchor(self, text: str) -> int:
        """Return the provisional number of a name that doors hang on."""
        return self._anchors.setdefault(text, len(self._anchors))

    def meanings(self) -> Iterator[tuple[str, tuple[Name, ...]]]:
        """Yield every text with its names; divisions known by code replace the same ones seen only in addresses."""
        for text, found in self._names.items():
            yield text, coded_first(Name(text, label, value, ref, parent, kind) for (label, value, kind, _), (ref, parent) in found.items())

    def write(self, folder: Path, pool: PoolWriter) -> tuple[NDArray[np.uint32], int]:
        """Write the dictionary; return the final number of each anchor and how many texts there are."""
        meanings = dict(self.meanings())
        texts = sorted(meanings.keys() | self._anchors.keys())
        trie = marisa_trie.Trie(texts)
        trie.save(str(folder / "names.trie"))
        by_number = sorted(texts, key=trie.key_id)
        self._write_records(folder, pool, [meanings.get(text, ()) for text in by_number])
        _write_similar(folder, by_number)
        _write_completion(folder, by_number)
        final = np.array([trie.key_id(text) for text in self._anchors], dtype=np.uint32)
        return final, len(by_number)

    @staticmethod
    def _write_records(folder: Path, pool: PoolWriter, meanings: Sequence[tuple[Name, ...]]) -> None:
        code = pool.code
        records = [
            (LABELS.index(name.label), KINDS.index(name.kind), code(name.value), code(name.ref), code(name.parent))
            for names in meanings
            for name in sorted(names, key=lambda name: KINDS.index(name.kind))
        ]
        offsets = np.zeros(len(meanings) + 1, dtype=np.uint32)
        np.cumsum([len(names) for names in meanings], out=offsets[1:])
        save_array(folder / "name_offsets.npy", offsets)
        save_array(folder / "name_records.npy", np.array(records, dtype=np.uint32).reshape(-1, 5))


def _write_similar(folder: Path, texts: Sequence[str]) -> None:
    bits = bytearray(_BITS // 8)
    edits: list[tuple[int, int]] = []
    sounds: list[tuple[int, int]] = []
    for number, text in enumerate(texts):
        if len(text) < 2:
            continue
        bit = _bit(text, 0)
        bits[bit >> 3] |= 1 << (bit & 7)
        edits.extend((text_key(form), number) for form in deletions(text))
        sounds.append((text_key(folded_sound(text)), number))
    (folder / "name_bits.bin").write_bytes(bytes(bits))
    for kind, pairs in (("edit", edits), ("sound", sounds)):
        columns = np.array(pairs, dtype=np.uint32).reshape(-1, 2)
        order = np.argsort(columns[:, 0], kind="stable")
        save_array(folder / f"{kind}_keys.npy", columns[order, 0])
        save_array(folder / f"{kind}_names.npy", columns[order, 1])


def _write_completion(folder: Path, texts: Sequence[str]) -> None:
    marisa_trie.Trie([f"{typed_sound(text)}{_TAB}{text}" for text in texts]).save(str(folder / "pinyin.trie"))
    marisa_trie.Trie([f"{initials(text)}{_TAB}{text}" for text in texts]).save(str(folder / "initials.trie"))


class Names:
    """The stored dictionary of names."""

    def __init__(self, folder: Path, pool: Pool) -> None:
        self._pool = pool
        self._trie = marisa_trie.Trie()
        self._trie.mmap(str(folder / "names.trie"))
        self._bits = map_bytes(folder / "name_bits.bin")
        self._offsets = load_view(folder / "name_offsets.npy")
        self._records = load_view(folder / "name_records.npy")
        self._near = {kind: (load_view(folder / f"{kind}_keys.npy"), load_view(folder / f"{kind}_names.npy")) for kind in ("edit", "sound")}
        self._spelt = {"characters": self._trie}
        for matched in ("pinyin", "initials"):
            self._spelt[matched] = marisa_trie.Trie()
            self._spelt[matched].mmap(str(folder / f"{matched}.trie"))
        self._numbers: dict[str, int | None] = {}
        self._seen: dict[int, tuple[Name, ...]] = {}
        self._collapsed: dict[int, tuple[Name, ...]] = {}

    def anchor(self, text: str) -> int | None:
        """Return the number of a name, or None if there is none."""
        try:
            return self._numbers[text]
        except KeyError:
            if len(self._numbers) >= _CACHE_LIMIT:
                self._numbers = {}
            number: int | None = self._trie.get(text)
            self._numbers[text] = number
            return number

    def names(self, text: str) -> tuple[Name, ...]:
        """Return every meaning of exactly this name, standard ones first."""
        number = self.anchor(text)
        return () if number is None else self._seen.get(number) or self._meanings(number)

    def prefixes(self, text: str, start: int) -> Iterable[tuple[int, Sequence[Name]]]:
        """Return ``(end, names)`` for every known name beginning at ``text[start]``, shortest first (``geoaddr.lexicon.Lexicon``)."""
        if start + 1 >= len(text):
            return ()
        bit = _bit(text, start)
        if not self._bits[bit >> 3] >> (bit & 7) & 1:
            return ()
        found = []
        for prefix, number in self._trie.iter_prefixes_with_ids(text[start : start + 40]):
            names = self._collapsed.get(number)
            if names is None:
                if len(self._collapsed) >= _CACHE_LIMIT:
                    self._collapsed = {}
                names = self._collapsed[number] = collapse(self._meanings(number))
            if names:
                found.append((start + len(prefix), names))
        return found

    def may_begin(self, head: str) -> bool:
        """Say whether a name may begin with these two characters; now and then a yes is wrong, a no never is."""
        bit = _bit(head, 0)
        return bool(self._bits[bit >> 3] >> (bit & 7) & 1)

    def sizes(self, head: str) -> tuple[int, ...]:
        """Return the lengths, ascending, of the names that begin with these two characters (``geoaddr.lexicons.SizedLexicon``)."""
        return tuple(sorted({len(text) for text in self._trie.iterkeys(head)})) if self.may_begin(head) else ()

    def similar(self, text: str, limit: int) -> list[tuple[Name, str]]:
        """Return up to ``limit`` names that sound or look like this one, with the outcome, nearest first."""
        numbers: set[int] = set()
        for kind, forms in (("sound", (folded_sound(text),)), ("edit", deletions(text))):
            keys, names = self._near[kind]
            for form in forms:
                key = text_key(form)
                start = bisect_left(keys, key)
                if start < len(keys) and keys[start] == key:
                    numbers.update(names[start : min(bisect_right(keys, key, start), start + 200)].tolist())
        return nearest_names(text, (self._meanings(number) for number in numbers), limit)

    def complete(self, typed: str, matched: str, limit: int) -> list[str]:
        """Return up to ``limit`` names beginning with what was typed as ``characters``, ``pinyin`` or ``initials``, shortest first."""
        keys = list(islice(self._spelt[matched].iterkeys(typed), limit * 20))
        texts = keys if matched == "characters" else [key.partition(_TAB)[2] for key in sorted(keys, key=len)]
        return sorted(texts, key=lambda text: (len(text), text))[:limit]

    def _meanings(self, number: int) -> tuple[Name, ...]:
        known = self._seen.get(number)
        if known is None:
            code, spelt, records = self._pool.text, self._trie.restore_key(number), self._records
            known = tuple(
                [
                    Name(
                        spelt,
                        LABELS[records[at]],
                        code(records[at + 2]),
                        code(records[at + 3]),
                        code(records[at + 4]),
                        KINDS[records[at + 1]],
                    )
                    for at in range(_RECORD * self._offsets[number], _RECORD * self._offsets[number + 1], _RECORD)
                ]
            )
            if len(self._seen) >= _CACHE_LIMIT:
                self._seen = {}
            self._seen[number] = known
        return known


def _replaced(text: str, name: str) -> bool:
    """Say whether a character was replaced by an unrelated one; swapped, missing and extra ones come before these."""
    return len(text) == len(name) and sorted(text) != sorted(name)


def nearest_names(text: str, meanings: Iterable[tuple[Name, ...]], limit: int) -> list[tuple[Name, str]]:
    """Return those names that are similar to the text, nearest first; equal ones and those in conflict are left out."""
    found = []
    for names in meanings:
        for name in names:
            outcome = similarity(text, name.text, "estate" if name.label == "poi" else name.label)
            if outcome not in ("equal", "conflict"):
                found.append((name, outcome))
    found.sort(key=lambda item: (RANK[item[1]], _replaced(text, item[0].text), KINDS.index(item[0].kind), item[0].text, item[0].ref))
    return found[:limit]


class MemoryNames:
    """The same dictionary held in memory, for the few names that changed since the index was built."""

    def __init__(self, writer: NameWriter) -> None:
        self._names = dict(writer.meanings())
        self._lexicon = MemoryLexicon(name for names in self._names.values() for name in collapse(names))
        self._sounds: dict[str, list[str]] = {}
        self._edits: dict[str, list[str]] = {}
        for text in self._names:
            self._sounds.setdefault(folded_sound(text), []).append(text)
            for form in deletions(text):
                self._edits.setdefault(form, []).append(text)

    def names(self, text: str) -> tuple[Name, ...]:
        """Return every meaning of exactly this name."""
        return self._names.get(text, ())

    def may_begin(self, head: str) -> bool:
        """Say whether a name begins with these two characters."""
        return self._lexicon.may_begin(head)

    def sizes(self, head: str) -> tuple[int, ...]:
        """Return the lengths, ascending, of the names that begin with these two characters."""
        return self._lexicon.sizes(head)

    def prefixes(self, text: str, start: int) -> Iterable[tuple[int, Sequence[Name]]]:
        """Return ``(end, names)`` for every known name beginning at ``text[start]``, shortest first."""
        return self._lexicon.prefixes(text, start)

    def similar(self, text: str, limit: int) -> list[tuple[Name, str]]:
        """Return up to ``limit`` names that sound or look like this one, with the outcome, nearest first."""
        texts = set(self._sounds.get(folded_sound(text), ()))
        for form in deletions(text):
            texts.update(self._edits.get(form, ()))
        return nearest_names(text, (self._names[found] for found in texts), limit)

    def complete(self, typed: str, matched: str, limit: int) -> list[str]:
        """Return up to ``limit`` names beginning with what was typed as ``characters``, ``pinyin`` or ``initials``, shortest first."""
        spelling = _SPELLINGS[matched]
        return sorted((text for text in self._names if spelling(text).startswith(typed)), key=lambda text: (len(text), text))[:limit]
