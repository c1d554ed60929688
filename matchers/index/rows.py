"""The entries themselves in compact columns: what they share is stored once, what is their own in one row each."""

from __future__ import annotations

import json
from array import array
from bisect import bisect_left, bisect_right
from operator import attrgetter
from pathlib import Path

import numpy as np

from matchers.index.keys import text_key
from matchers.index.pool import Pool, PoolWriter, load_array, load_view, map_bytes, save_array
from matchers.verdict import Entry

SHARED: tuple[str, ...] = (
    "kind", "status", "category", "place_id", "division_code", "province", "city", "district", "town", "community",
    "village_group", "road", "sub_road", "estate", "point_level",
)  # fmt: skip
"""Fields most neighbours have in common: one stored combination per street and community."""
OWN: tuple[str, ...] = ("poi", "number", "sub_number", "building", "unit", "floor", "room")
"""Fields a row has for itself, as numbers of pooled strings."""
_shared_of, _own_of = attrgetter(*SHARED), attrgetter(*OWN)
_SEPARATOR = "\x1f"
_NOWHERE = -(2**31)
_SCALE = 1e7
_ENTRIES_KEPT = 4096


class RowWriter:
    """Takes entries one by one and holds only numbers of them; the long texts go straight to the file."""

    def __init__(self, folder: Path, pool: PoolWriter) -> None:
        self._folder = folder
        self._pool = pool
        self._combinations: dict[tuple[str, ...], int] = {}
        self._shared = array("I")
        self._own = array("I")
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
        row = len(self._shared)
        self._shared.append(combination)
        code = self._pool.code
        self._own.extend([code(text) if text else 0 for text in _own_of(entry)])
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
        combinations = np.array([[code(text) for text in shared] for shared in self._combinations], dtype=np.uint32)
        save_array(folder / "combinations.npy", combinations.reshape(-1, len(SHARED)))
        save_array(folder / "shared.npy", np.array(self._shared, dtype=np.uint32))
        save_array(folder / "own.npy", np.array(self._own, dtype=np.uint32).reshape(-1, len(OWN)))
        save_array(folder / "points.npy", self.points())
        save_array(folder / "text_ends.npy", np.array(self._text_ends, dtype=np.uint64))
        ids = np.array(self._ids, dtype=np.uint32)
        order = np.argsort(ids, kind="stable").astype(np.uint32)
        save_array(folder / "id_keys.npy", ids[order])
        save_array(folder / "id_rows.npy", order)


class Rows:
    """The stored entries, read by row."""

    def __init__(self, folder: Path, pool: Pool) -> None:
        self._pool = pool
        self._combinations = load_array(folder / "combinations.npy")
        self._shared = load_view(folder / "shared.npy")
        self._own = load_view(folder / "own.npy")
        self.points = load_array(folder / "points.npy")
        self._degrees = load_view(folder / "points.npy")
        self._text_ends = load_view(folder / "text_ends.npy")
        self._texts = map_bytes(folder / "texts.bin")
        self._id_keys = load_view(folder / "id_keys.npy")
        self._id_rows = load_view(folder / "id_rows.npy")
        self._seen: dict[int, tuple[str, ...]] = {}
        self._entries: dict[int, Entry] = {}

    def __len__(self) -> int:
        return len(self._shared)

    def shared(self, row: int) -> tuple[str, ...]:
        """Return the shared fields of a row in the order of ``SHARED``."""
        combination = self._shared[row]
        known = self._seen.get(combination)
        if known is None:
            text = self._pool.text
            known = tuple(text(code) for code in self._combinations[combination].tolist())
            if len(self._seen) >= 100_000:
                self._seen = {}
            self._seen[combination] = known
        return known

    def own(self, row: int) -> tuple[str, ...]:
        """Return the own fields of a row in the order of ``OWN``."""
        text, start = self._pool.text, row * len(OWN)
        return tuple([text(code) if code else "" for code in self._own[start : start + len(OWN)]])

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
        kind, status, category, place_id, division_code, province, city, district, town, community, group, road, sub_road, estate, level = (
            self.shared(row)
        )
        poi, number, sub_number, building, unit, floor, room = self.own(row)
        identity, label, ref, current_id, valid_to, aliases = self._unpacked(row)
        lon, lat = self._degrees[2 * row], self._degrees[2 * row + 1]
        somewhere = lon != _NOWHERE
        return Entry(
            identity, kind, label, status, category, ref, place_id, division_code, province, city, district, town, community, group, road,
            sub_road, estate, poi, number, sub_number, building, unit, floor, room, lon / _SCALE if somewhere else None,
            lat / _SCALE if somewhere else None, level, current_id, valid_to, _aliases(aliases),
        )  # fmt: skip

    def row_of(self, identity: str) -> int | None:
        """Return the row of an id, or None."""
        key = text_key(identity)
        start = bisect_left(self._id_keys, key)
        end = bisect_right(self._id_keys, key, start)
        return next((row for row in self._id_rows[start:end] if self._unpacked(row)[0] == identity), None)

    def _unpacked(self, row: int) -> list[str]:
        stored = self._texts[self._text_ends[row] : self._text_ends[row + 1]]
        return stored.decode("utf-8", "surrogatepass").split(_SEPARATOR)


def _fixed(lon: float | None, lat: float | None) -> tuple[int, int]:
    if lon is None or lat is None:
        return _NOWHERE, _NOWHERE
    return round(lon * _SCALE), round(lat * _SCALE)


def _pack(entry: Entry) -> str:
    aliases = json.dumps(entry.aliases, ensure_ascii=False) if entry.aliases else ""
    texts = (entry.id, entry.label, entry.ref, entry.current_id, entry.valid_to, aliases)
    packed = _SEPARATOR.join(texts)
    if packed.count(_SEPARATOR) >= len(texts):
        return _SEPARATOR.join([text.replace(_SEPARATOR, " ") for text in texts])
    return packed


def _aliases(stored: str) -> tuple[tuple[str, str, str], ...]:
    return tuple((text, kind, valid_to) for text, kind, valid_to in json.loads(stored)) if stored else ()
