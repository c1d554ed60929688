"""The entries themselves in compact columns: what neighbours share and doors alike are stored once, the rest in one row each."""

from __future__ import annotations

import json
from array import array
from bisect import bisect_left, bisect_right
from operator import attrgetter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matchers.index.keys import text_key
from matchers.index.pool import Pool, PoolWriter, load_array, load_view, map_bytes, save_array
from matchers.verdict import Entry

SHARED: tuple[str, ...] = (
    "kind", "status", "category", "place_id", "division_code", "province", "city", "district", "town", "community",
    "village_group", "road", "sub_road", "estate", "point_level",
)  # fmt: skip
"""Fields most neighbours have in common: one stored combination per street and community."""
OWN: tuple[str, ...] = ("poi", "number", "sub_number", "building", "unit", "floor", "room")
"""Fields of the door itself: many streets have a 21号, many estates a 5幢1单元501室."""
_IN_LABEL = tuple(SHARED.index(field) for field in ("province", "city", "district", "town", "community", "village_group", "road", "estate"))
"""What a label usually opens with, in this order; which of it a label really does is stored with its door, as digits."""
_DOOR = len(OWN) + 2
"""Columns of a door: its fields, which shared fields open the label, and how the label goes on."""
_shared_of, _own_of = attrgetter(*SHARED), attrgetter(*OWN)
_SEPARATOR, _SAME = "\x1f", "\x1e"
_TEXTS = 5
_NOWHERE, _NO_POINT = -(2**31), (None, None)
_SCALE = 1e7
_ENTRIES_KEPT, _COMBINATIONS_KEPT = 4096, 100_000


class RowWriter:
    """Takes entries one by one and holds only numbers of them; the long texts go straight to the file."""

    def __init__(self, folder: Path, pool: PoolWriter) -> None:
        self._folder = folder
        self._pool = pool
        self._combinations: dict[tuple[str, ...], int] = {}
        self._openings: list[tuple[str, str]] = []
        self._doors: dict[tuple[str, ...], int] = {}
        self._shared = array("I")
        self._door = array("I")
        self._points = array("i")
        self._ids = array("I")
        self._texts = (folder / "texts.bin").open("wb")
        self._text_ends = array("Q", [0])

    def add(self, entry: Entry) -> tuple[int, bool]:
        """Store an entry; return its row and whether its combination of shared fields is new."""
        shared = _shared_of(entry)
        combination = self._combinations.get(shared)
        new = combination is None
        if combination is None:
            combination = self._combinations[shared] = len(self._combinations)
            self._openings.append(_opening(shared, entry.label))
        fields, opening = self._openings[combination]
        if not entry.label.startswith(opening):
            fields, opening = _opening(shared, entry.label)
        row = len(self._shared)
        self._shared.append(combination)
        door = (*_own_of(entry), fields, entry.label[len(opening) :])
        self._door.append(self._doors.setdefault(door, len(self._doors)))
        self._points.extend(_fixed(entry.lon, entry.lat))
        self._ids.append(text_key(entry.id))
        text = _pack(entry).encode("utf-8", "surrogatepass")
        self._texts.write(text)
        self._text_ends.append(self._text_ends[-1] + len(text))
        return row, new

    def __len__(self) -> int:
        return len(self._shared)

    def points(self) -> np.ndarray[tuple[int, int], np.dtype[np.int32]]:
        """Return the stored points, ``(n, 2)`` lon and lat in 1e-7 degrees."""
        return np.frombuffer(self._points, dtype=np.int32).reshape(-1, 2) if self._points else np.zeros((0, 2), np.int32)

    def write(self) -> None:
        """Finish the files of the rows (the pool is written by whoever owns it)."""
        self._texts.close()
        folder, code = self._folder, self._pool.code
        for name, kept, columns in (("combinations", self._combinations, len(SHARED)), ("doors", self._doors, _DOOR)):
            codes = np.array([[code(text) for text in texts] for texts in kept], dtype=np.uint32)
            save_array(folder / f"{name}.npy", codes.reshape(-1, columns))
        save_array(folder / "shared.npy", np.array(self._shared, dtype=np.uint32))
        save_array(folder / "row_doors.npy", np.array(self._door, dtype=np.uint32))
        save_array(folder / "points.npy", self.points())
        save_array(folder / "text_ends.npy", np.array(self._text_ends, dtype=np.uint32 if self._text_ends[-1] < 2**32 else np.uint64))
        ids = np.array(self._ids, dtype=np.uint32)
        order = np.argsort(ids, kind="stable").astype(np.uint32)
        save_array(folder / "id_keys.npy", ids[order])
        save_array(folder / "id_rows.npy", order)


class Rows:
    """The stored entries, read by row."""

    def __init__(self, folder: Path, pool: Pool) -> None:
        self._pool = pool
        self._combinations = load_array(folder / "combinations.npy")
        self._doors = load_array(folder / "doors.npy")
        self._shared = load_view(folder / "shared.npy")
        self._door = load_view(folder / "row_doors.npy")
        self.points = load_array(folder / "points.npy")
        self._degrees = load_view(folder / "points.npy")
        self._text_ends = load_view(folder / "text_ends.npy")
        self._texts = map_bytes(folder / "texts.bin")
        self._id_keys = load_view(folder / "id_keys.npy")
        self._id_rows = load_view(folder / "id_rows.npy")
        self._seen: dict[int, tuple[str, ...]] = {}
        self._doors_seen: dict[int, tuple[str, ...]] = {}
        self._openings: dict[tuple[int, str], str] = {}
        self._entries: dict[int, Entry] = {}

    def __len__(self) -> int:
        return len(self._shared)

    def _texts_of(self, number: int, stored: NDArray[np.generic], seen: dict[int, tuple[str, ...]]) -> tuple[str, ...]:
        """Return a stored combination of texts; those read once are kept."""
        try:
            return seen[number]
        except KeyError:
            text = self._pool.text
            known = tuple([text(code) for code in stored[number].tolist()])
            if len(seen) >= _COMBINATIONS_KEPT:
                seen.clear()
            seen[number] = known
            return known

    def _label(self, combination: int, shared: tuple[str, ...], fields: str, rest: str) -> str:
        key = (combination, fields)
        try:
            return self._openings[key] + rest
        except KeyError:
            opening = "".join([shared[_IN_LABEL[int(digit)]] for digit in fields])
            if len(self._openings) >= _COMBINATIONS_KEPT:
                self._openings.clear()
            self._openings[key] = opening
            return opening + rest

    def entry(self, row: int) -> Entry:
        """Return the whole entry of a row; the last few thousand are kept, as one verdict asks for the same ones again."""
        known = self._entries.get(row)
        if known is None:
            if len(self._entries) >= _ENTRIES_KEPT:
                self._entries = {}
            known = self._entries[row] = self._decoded(row)
        return known

    def _decoded(self, row: int) -> Entry:
        """Put an entry together from its columns."""
        combination = self._shared[row]
        shared = self._texts_of(combination, self._combinations, self._seen)
        door = self._texts_of(self._door[row], self._doors, self._doors_seen)
        identity, ref, current_id, valid_to, aliases = self._unpacked(row)
        label = self._label(combination, shared, door[-2], door[-1])
        lon, lat = self._degrees[2 * row], self._degrees[2 * row + 1]
        point = _NO_POINT if lon == _NOWHERE else (lon / _SCALE, lat / _SCALE)
        kept = (identity, shared[0], label, shared[1], shared[2], ref)
        others = (shared[-1], current_id, valid_to, _aliases(aliases) if aliases else ())
        return Entry._make(kept + shared[3:-1] + door[:-2] + point + others)

    def row_of(self, identity: str) -> int | None:
        """Return the row of an id, or None."""
        key = text_key(identity)
        start = bisect_left(self._id_keys, key)
        end = bisect_right(self._id_keys, key, start)
        return next((row for row in self._id_rows[start:end] if self._unpacked(row)[0] == identity), None)

    def _unpacked(self, row: int) -> tuple[str, str, str, str, str]:
        stored = self._texts[self._text_ends[row] : self._text_ends[row + 1]].decode("utf-8", "surrogatepass")
        identity, _separator, others = stored.partition(_SEPARATOR)
        if not others or others == _SAME:
            return identity, identity if others else "", "", "", ""
        ref, current_id, valid_to, aliases, *_none = (*others.split(_SEPARATOR), "", "", "")
        return identity, identity if ref == _SAME else ref, current_id, valid_to, aliases


def _fixed(lon: float | None, lat: float | None) -> tuple[int, int]:
    if lon is None or lat is None:
        return _NOWHERE, _NOWHERE
    return round(lon * _SCALE), round(lat * _SCALE)


def _opening(shared: tuple[str, ...], label: str) -> tuple[str, str]:
    """Return which shared fields open a label (places in ``_IN_LABEL``), and their text: the town's road, without the village's name."""
    fields, opening = "", ""
    for digit, at in enumerate(_IN_LABEL):
        if shared[at] and label.startswith(shared[at], len(opening)):
            fields += str(digit)
            opening += shared[at]
    return fields, opening


def _pack(entry: Entry) -> str:
    aliases = json.dumps(entry.aliases, ensure_ascii=False) if entry.aliases else ""
    texts = (entry.id, _SAME if entry.ref and entry.ref == entry.id else entry.ref, entry.current_id, entry.valid_to, aliases)
    packed = _SEPARATOR.join(texts)
    if packed.count(_SEPARATOR) >= _TEXTS:
        packed = _SEPARATOR.join([text.replace(_SEPARATOR, " ") for text in texts])
    return packed.rstrip(_SEPARATOR)


def _aliases(stored: str) -> tuple[tuple[str, str, str], ...]:
    return tuple((text, kind, valid_to) for text, kind, valid_to in json.loads(stored)) if stored else ()
