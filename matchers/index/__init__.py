"""The immutable index of the register: built once at an event number, opened in milliseconds, shared, with an overlay for later changes."""

from __future__ import annotations

from matchers.index.build import build_index
from matchers.index.overlay import Overlay
from matchers.index.read import Index, IndexLike, open_index

__all__ = ["Index", "IndexLike", "Overlay", "build_index", "open_index"]
