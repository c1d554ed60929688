"""From address text to labelled parts: normalize, read what is certain at once, else build the lattice and take its best path."""

from __future__ import annotations

from geoaddr.divisions_lexicon import national_lexicon
from geoaddr.lexicon import Lexicon
from geoaddr.lexicons import Reader, reader_of
from geoaddr.normalize import Normalized, normalize
from geoaddr.parsing.hits import hits
from geoaddr.parsing.path import Weights, best_path, default_weights
from geoaddr.parsing.quick import quick_reading
from geoaddr.parsing.resolve import resolve
from geoaddr.parts import Parsed, Part

LONGEST = 200
"""Characters that are read as an address; what follows is returned unread as rest."""
NORMALIZED = 2 * LONGEST
"""Characters that are normalised; what follows is returned as it was typed, but for what no file can hold."""


def parse(text: str, lexicon: Lexicon | None = None, weights: Weights | Reader | None = None) -> Parsed:
    """Cut address text into labelled parts with offsets into the raw text; no character is lost and any string is accepted.

    Without a lexicon the national one is used; without weights those the lexicon brings (``ChainLexicon.reader``), else the shipped
    ones. ``parts`` and ``rest``, ordered by ``start``, recompose the normalised text. Only the beginning of a very long text is read.
    ``parse("奉化市西坞街道肖桥路88号")`` -> district 奉化市, town 西坞街道, road 肖桥路, number 88号; ``parse("")`` -> no parts.
    """
    whole = normalize(text[:NORMALIZED])
    beyond = text[NORMALIZED:].encode("utf-8", "replace").decode("utf-8") if len(text) > NORMALIZED else ""
    head, tail = _cut(whole, beyond)
    names = lexicon or national_lexicon()
    chosen = weights or reader_of(names)
    if chosen is not None and not isinstance(chosen, Weights):
        parts, rest = chosen.read(head, names)
    else:
        reading = quick_reading(head, names) if chosen is None else None
        parts, rest = reading or resolve(best_path(hits(head, names), chosen or default_weights()), head)
    return Parsed(text, whole.text + beyond, parts, rest + tail)


def _cut(whole: Normalized, beyond: str) -> tuple[Normalized, tuple[Part, ...]]:
    """Set aside what is longer than any address, together with what was not normalised."""
    if len(whole.text) <= LONGEST and not beyond:
        return whole, ()
    head = whole
    if len(whole.text) > LONGEST:
        head = whole._replace(text=whole.text[:LONGEST], breaks=frozenset(at for at in whole.breaks if at < LONGEST))
    start = whole.raw_end(len(head.text)) if len(whole.text) > LONGEST else len(whole.raw)
    end = len(whole.raw) + len(beyond) if beyond else max(start, whole.raw_end(len(whole.text)))
    return head, (Part("rest", whole.text[len(head.text) :] + beyond, start, end),)
