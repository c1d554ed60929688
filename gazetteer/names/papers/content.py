"""What a paper consists of, before it becomes a file: the one content from which PDF and DOCX are both made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Form:
    """A bordered form: rows of label and value, or of two such pairs."""

    rows: tuple[tuple[tuple[str, str], ...], ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """A bordered list with a head that is repeated on every page; ``widths`` are shares of the width of the text."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper: title, number beneath it ('' for none), addressee, text, form or list, text below, and the signature lines."""

    id: str
    title: str
    number: str = ""
    to: str = ""
    text: tuple[str, ...] = ()
    form: Form | None = None
    listing: Listing | None = None
    below: tuple[str, ...] = ()
    signed: tuple[str, ...] = ()

    def strings(self) -> Iterator[str]:
        """Yield every piece of text on the paper, for the check that a typeface can write it."""
        yield from (self.title, self.number, self.to, *self.text, *self.below, *self.signed)
        for row in self.form.rows if self.form else ():
            for pair in row:
                yield from pair
        if self.listing:
            yield from self.listing.head
            for line in self.listing.rows:
                yield from line
