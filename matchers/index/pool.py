"""Strings that occur again and again, stored once and named by a number; memory-mapped, decoded when first asked for."""

from __future__ import annotations

import mmap
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_CACHE_LIMIT = 200_000


def load_array(path: Path) -> NDArray[np.generic]:
    """Return a stored array as a view of the file: nothing is read until it is looked at."""
    if path.stat().st_size < 64:
        raise ValueError(f"{path.name} is not an array file")
    loaded = np.load(path, mmap_mode="r", allow_pickle=False)
    return np.asarray(loaded).view(np.ndarray)


def load_view(path: Path) -> memoryview[int]:
    """Return a stored array as a flat view of Python numbers, shared and read like ``load_array``."""
    view: memoryview[int] = np.ravel(load_array(path)).data
    return view


def save_array(path: Path, values: NDArray[np.generic]) -> None:
    """Write an array so that ``load_array`` can map it."""
    with path.open("wb") as out:
        np.save(out, np.ascontiguousarray(values), allow_pickle=False)


def map_bytes(path: Path) -> mmap.mmap | bytes:
    """Return the bytes of a file as a shared read-only view (an empty file as empty bytes)."""
    with path.open("rb") as source:
        return mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ) if path.stat().st_size else b""


class PoolWriter:
    """Collects strings; ``code`` answers with their number, 0 being the empty string."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {"": 0}

    def code(self, text: str) -> int:
        """Return the number of a string, new or known."""
        known = self._codes.get(text)
        if known is None:
            known = self._codes[text] = len(self._codes)
        return known

    def write(self, folder: Path) -> None:
        """Store the strings in the order of their numbers."""
        encoded = [text.encode("utf-8", "surrogatepass") for text in self._codes]
        offsets = np.zeros(len(encoded) + 1, dtype=np.uint64)
        np.cumsum([len(item) for item in encoded], out=offsets[1:])
        (folder / "pool.bin").write_bytes(b"".join(encoded))
        save_array(folder / "pool_offsets.npy", offsets)


class Pool:
    """The stored strings, read by number."""

    def __init__(self, folder: Path) -> None:
        self._bytes = map_bytes(folder / "pool.bin")
        self._offsets = load_view(folder / "pool_offsets.npy")
        self._seen: dict[int, str] = {0: ""}

    def text(self, code: int) -> str:
        """Return the string with this number."""
        known = self._seen.get(code)
        if known is None:
            known = self._bytes[self._offsets[code] : self._offsets[code + 1]].decode("utf-8", "surrogatepass")
            if len(self._seen) >= _CACHE_LIMIT:
                self._seen = {0: ""}
            self._seen[code] = known
        return known
