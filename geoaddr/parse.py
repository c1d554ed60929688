"""From address text to labelled parts: normalize, read what is certain at once, else build the lattice and take its best path."""

from __future__ import annotations

from dataclasses import replace

from geoaddr.divisions_lexicon import national_lexicon
from geoaddr.lexicon import Lexicon
from geoaddr.lexicons import Reader, reader_of
from geoaddr.normalize import Normalized, normalize
from geoaddr.parsing.hits import hits
from geoaddr.parsing.path import Weights, best_path, default_weights
from geoaddr.parsing.quick import quick_reading
from geoaddr.parsing.resolve import resolve
from geoaddr.parts import Parsed, Part

LONGEST = 400
"""Characters that are read as an address; what follows is returned unread as rest."""


def parse(text: str, lexicon: Lexicon | None = None, weights: Weights | Reader | None = None) -> Parsed:
    """Cut address text into labelled parts with offsets into the raw text; no character is lost and any string is accepted.

    Without a lexicon the national one is used; without weights those the lexicon brings (``ChainLexicon.reader``), else the shipped
    ones. ``parts`` and ``rest``, ordered by ``start``, recompose the normalised text.
    ``parse("奉化市西坞街道肖桥路88号")`` -> district 奉化市, town 西坞街道, road 肖桥路, number 88号; ``parse("")`` -> no parts.
    """
    whole = normalize(text)
    head, tail = _cut(whole)
    names = lexicon or national_lexicon()
    chosen = weights or reader_of(names)
    if chosen is not None and not isinstance(chosen, Weights):
        parts, rest = chosen.read(head, names)
    else:
        reading = quick_reading(head, names) if chosen is None else None
        parts, rest = reading or resolve(best_path(hits(head, names), chosen or default_weights()), head)
    return Parsed(text, whole.text, parts, rest + tail)


def _cut(whole: Normalized) -> tuple[Normalized, tuple[Part, ...]]:
    """Set aside what is longer than any address."""
    if len(whole.text) <= LONGEST:
        return whole, ()
    head = replace(whole, text=whole.text[:LONGEST], breaks=frozenset(at for at in whole.breaks if at < LONGEST))
    start = whole.raw_end(LONGEST)
    return head, (Part("rest", whole.text[LONGEST:], start, max(start, whole.raw_end(len(whole.text)))),)
