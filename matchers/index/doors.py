"""Which rows hang on a name, door by door: three sorted columns behind one offset per name."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matchers.index.pool import load_view, save_array


class DoorWriter:
    """Collects (anchor, door, inside, row) and sorts them when written."""

    def __init__(self) -> None:
        self._filed = array("I")
        self.add = self._filed.extend
        """File ``(anchor, door, inside, row)``: provisional anchor number, door key, inside key, row."""

    def write(self, folder: Path, final: NDArray[np.uint32], names: int) -> None:
        """Write the columns; ``final`` maps provisional anchor numbers to those of the names dictionary, of which there are ``names``."""
        filed = np.frombuffer(self._filed, dtype=np.uint32).reshape(-1, 4) if self._filed else np.zeros((0, 4), np.uint32)
        anchors = final[filed[:, 0]] if len(filed) else filed[:, 0]
        insides = filed[:, 2]
        order = np.argsort(anchors.astype(np.uint64) << np.uint64(32) | filed[:, 1], kind="stable")
        order = _sorted_inside(order, anchors, filed[:, 1], insides)
        offsets = np.zeros(names + 1, dtype=np.uint32)
        np.cumsum(np.bincount(anchors, minlength=names), out=offsets[1:])
        save_array(folder / "door_offsets.npy", offsets)
        save_array(folder / "door_keys.npy", filed[order, 1])
        save_array(folder / "door_insides.npy", insides[order])
        save_array(folder / "door_rows.npy", filed[order, 3])


def _sorted_inside(
    order: NDArray[np.int64], anchors: NDArray[np.uint32], doors: NDArray[np.uint32], insides: NDArray[np.uint32]
) -> NDArray[np.int64]:
    """Return the order with the rows of each door sorted by what lies inside."""
    by_door, anchored = doors[order], anchors[order]
    starts = (
        np.flatnonzero(np.concatenate(([True], (by_door[1:] != by_door[:-1]) | (anchored[1:] != anchored[:-1])))) if len(order) else order
    )
    group = np.zeros(len(order), dtype=np.uint64)
    group[starts] = 1
    group = np.cumsum(group, dtype=np.uint64) << np.uint64(32)
    return order[np.argsort(group | insides[order], kind="stable")]


class Doors:
    """The stored doors, read by the number of the name they hang on.

    Plain views of the mapped files and ``bisect``: a single look-up through numpy scalars costs several times as much.
    """

    def __init__(self, folder: Path) -> None:
        self._offsets = load_view(folder / "door_offsets.npy")
        self._keys = load_view(folder / "door_keys.npy")
        self._insides = load_view(folder / "door_insides.npy")
        self._rows = load_view(folder / "door_rows.npy")

    def at(self, anchor: int, door: int, inside: int | None, limit: int) -> list[int]:
        """Return at most ``limit`` rows of one door, entrances (nothing inside) first; only those with this inside key if given."""
        end = self._offsets[anchor + 1]
        keys = self._keys
        low = bisect_left(keys, door, self._offsets[anchor], end)
        if low == end or keys[low] != door:
            return []
        high = low + 1
        if high < end and keys[high] == door:
            high = bisect_right(keys, door, high, end)
        if inside is not None:
            insides = self._insides
            low = bisect_left(insides, inside, low, high)
            high = bisect_right(insides, inside, low, high)
        return self._rows[low : min(high, low + limit)].tolist()

    def has_inside(self, anchor: int, door: int) -> bool:
        """Say whether any row of a door lies behind it (the inside keys of a door are sorted, an entrance has 0)."""
        start = self._offsets[anchor]
        high = bisect_right(self._keys, door, start, self._offsets[anchor + 1])
        return high > start and self._keys[high - 1] == door and self._insides[high - 1] != 0

    def all(self, anchor: int, limit: int) -> Sequence[int]:
        """Return at most ``limit`` rows that hang on a name, in no promised order."""
        start, end = self._offsets[anchor], self._offsets[anchor + 1]
        return self._rows[start : min(end, start + limit)].tolist()
