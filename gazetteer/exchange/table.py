"""The one shape every file takes on its way in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from shapely.geometry.base import BaseGeometry

Cell = str | BaseGeometry | None
Row = tuple[int, dict[str, Cell]]

GEOMETRY = "geometry"
"""Column under which vector files give the shape of a row."""
SURPLUS = "\0surplus"
"""Column under which a row with more cells than the header has names keeps the number of cells too many."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table about to be read: column names, and a function that starts reading its rows from the beginning.

    ``rows()`` yields ``(line number as a person counts it, {column: text, geometry or None})``, in order, in constant memory for
    CSV. Cells are as written in the file (not stripped); empty cells are None, numbers of spreadsheets are written without
    exponent where they are exact. ``crs`` is what the file itself says, ``notes`` are doubts and choices worth showing to a person.
    """

    kind: str
    columns: tuple[str, ...]
    rows: Callable[[], Iterator[Row]]
    crs: str | None = None
    encoding: str | None = None
    sheet: str | None = None
    notes: tuple[str, ...] = ()
