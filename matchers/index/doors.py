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
        self._anchors = array("I")
        self._doors = array("I")
        self._insides = array("I")
        self._rows = array("I")

    def add(self, anchor: int, door: int, inside: int, row: int) -> None:
        """File a row under a provisional anchor number and a door key."""
        self._anchors.append(anchor)
        self._doors.append(door)
        self._insides.append(inside)
        self._rows.append(row)

    def write(self, folder: Path, final: NDArray[np.uint32], names: int) -> None:
        """Write the columns; ``final`` maps provisional anchor numbers to those of the names dictionary, of which there are ``names``."""
        provisional = np.array(self._anchors, dtype=np.uint32)
        anchors = final[provisional] if len(provisional) else provisional
        doors = np.array(self._doors, dtype=np.uint32)
        insides = np.array(self._insides, dtype=np.uint32)
        order = np.lexsort((insides, doors, anchors))
        offsets = np.zeros(names + 1, dtype=np.uint32)
        np.cumsum(np.bincount(anchors, minlength=names), out=offsets[1:])
        save_array(folder / "door_offsets.npy", offsets)
        save_array(folder / "door_keys.npy", doors[order])
        save_array(folder / "door_insides.npy", insides[order])
        save_array(folder / "door_rows.npy", np.array(self._rows, dtype=np.uint32)[order])


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
