"""From labelled stretches to parts: what the public corpora label otherwise than we do, contacts, and what names stand for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from geoaddr.lexicon import Name
from geoaddr.normalize import Normalized
from geoaddr.parsing.known import Known
from geoaddr.parsing.lattice import REST, Hit
from geoaddr.parsing.resolve import _denoted, _without_copies, value_of
from geoaddr.parsing.words import address_words
from geoaddr.parts import Part

Span = tuple[str, int, int]
_VALUELESS = frozenset((REST, "noise"))
_LANE = re.compile(r"[0-9A-Za-z-]+(?:支)?(?:弄|巷|胡同)$")
_DISTANCE = re.compile(r"约?[0-9]+(?:\.[0-9]+)?(?:米|公里|千米|里路|m|km)(?:左右|处)?$")
_GROUP = re.compile(r".*(?:组|队)$")
_JOINS = ("与", "和")


def parts_of(spans: Sequence[Span], normalized: Normalized, path: Sequence[Hit], known: Known) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """Return parts and rest of labelled stretches that cover a text.

    A person or telephone the lattice's ``path`` found stays one, whatever the training knew of such; a stretch the lexicon knows
    by that label carries its value and record.
    """
    text = normalized.text
    cut = _our_labels(_with_contacts(spans, path), text)
    names = [_names(label, start, end, known) for label, start, end in cut]
    codes = [tuple([name.ref for name in found if name.ref]) for found in names if found]
    parts: list[Part] = []
    rest: list[Part] = []
    done = 0
    for (label, start, end), found in zip(cut, names, strict=True):
        spelt = text[start:end]
        value, ref = _denoted(found, codes) if found else ("", "")
        if not value and (found or label not in _VALUELESS):
            value = value_of(label, spelt)
        raw_start = max(normalized.offsets[start], done)
        done = max(normalized.ends[end - 1], raw_start)
        (rest if label == REST else parts).append(Part(label, spelt, raw_start, done, value, ref))
    return tuple(_without_copies(parts)), tuple(rest)


def _with_contacts(spans: Sequence[Span], path: Sequence[Hit]) -> list[Span]:
    """Return the stretches with the contacts of the path cut out of them as stretches of their own."""
    contacts = [(hit.start, hit.end) for hit in path if hit.label == "contact"]
    cut: list[Span] = []
    for label, start, end in spans:
        for low, high in contacts:
            if low < end and start < high:
                if start < low:
                    cut.append((label, start, low))
                if start <= low:
                    cut.append(("contact", low, high))
                start = max(start, high)
        if start < end:
            cut.append((label, start, end))
    return cut


def _our_labels(spans: Sequence[Span], text: str) -> list[Span]:
    """Return the stretches in our labels where the public corpora use one of them more widely.

    Their number holds lanes (264弄), their road groups (3组), their second road of a junction is a sub-road, their relation holds
    distances and junctions.
    """
    junctions = _junctions()
    ours: list[Span] = []
    for order, (label, start, end) in enumerate(spans):
        spelt = text[start:end]
        after = spans[order + 1][0] if order + 1 < len(spans) else ""
        before = ours[-1][0] if ours else ""
        if label in ("number", "sub_number") and _LANE.match(spelt) and after != "number":
            label = "sub_road"
        elif label == "sub_number" and before == "sub_road":
            label = "number"
        elif label == "road" and _GROUP.match(spelt):
            label = "village_group"
        elif label == "sub_road" and before == "relation" and text[ours[-1][1] : ours[-1][2]] in _JOINS:
            label = "road"
        elif label == "relation" and _DISTANCE.match(spelt):
            label = "distance"
        elif label == "relation" and spelt in junctions:
            label = "junction"
        ours.append((label, start, end))
    return ours


@cache
def _junctions() -> frozenset[str]:
    return frozenset(word.text for words in address_words().fixed.values() for word in words if word.label == "junction")


def _names(label: str, start: int, end: int, known: Known) -> tuple[Name, ...]:
    """Return what the lexicon knows of a stretch under its label."""
    for stop, meaning in known.at[start]:
        if stop == end:
            return dict(meaning.by_label).get(label, ())
    return ()
