"""Permanent opaque ids: 63-bit integers in the store, 13 characters for people and programs.

The integers grow roughly with time so that inserts stay local in the tree; nobody may read anything from them.
"""

from __future__ import annotations

import secrets
import time

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford: no i, l, o, u
LENGTH = 13
LARGEST = (1 << 63) - 1
_PAIRS = tuple(first + second for first in ALPHABET for second in ALPHABET)
_NO_LETTERS = "ilouABCDEFGHIJKLMNOPQRSTUVWXYZ"
_TO_BASE32HEX = str.maketrans(ALPHABET + _NO_LETTERS, "0123456789abcdefghijklmnopqrstuv" + "z" * len(_NO_LETTERS))
_EPOCH_MS = 1_577_836_800_000  # 2020-01-01; the id of a record made in 2262 still fits


def new_id() -> str:
    """Return a new id that no other record has: ``0e8r4m2k7x9qz``-like, 13 characters."""
    return new_ids(1)[0]


def new_ids(count: int) -> list[str]:
    """Return ``count`` new ids in growing order; the block starts at a random place within the present millisecond."""
    first = (int(time.time() * 1000) - _EPOCH_MS) << 20 | secrets.randbits(20)
    return [text_of(first + step) for step in range(count)]


def text_of(number: int) -> str:
    """Write an integer id as text: 0 -> ``0000000000000``."""
    if not 0 <= number <= LARGEST:
        raise ValueError(f"{number} is not an id")
    pairs = _PAIRS
    return (
        ALPHABET[number >> 60] + pairs[number >> 50 & 1023] + pairs[number >> 40 & 1023] + pairs[number >> 30 & 1023]
        + pairs[number >> 20 & 1023] + pairs[number >> 10 & 1023] + pairs[number & 1023]
    )  # fmt: skip


def number_of(text: str) -> int | None:
    """Read the text form of an id; None where the text is not one (wrong length, letter or size)."""
    if len(text) != LENGTH:
        return None
    plain = text.translate(_TO_BASE32HEX)
    if not (plain.isascii() and plain.isalnum()):
        return None
    try:
        number = int(plain, 32)
    except ValueError:
        return None
    return number if number <= LARGEST else None
