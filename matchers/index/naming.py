"""Which names an entry brings into the dictionary: its own, its variants, and the short forms people use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from geoaddr.lexicon import Name
from geoaddr.normalize import normalize
from matchers.tables import table
from matchers.terms import without_generic
from matchers.verdict import Entry

DIVISIONS: tuple[str, ...] = ("province", "city", "district", "town", "community")
OWN_ORDER: tuple[str, ...] = ("poi", "estate", "sub_road", "road", "village_group", "community", "town", "district", "city", "province")
_VARIANT_KINDS = {"former": "former", "abbreviation": "short", "folk": "folk", "misspelt": "misspelt"}
_LEVEL_DIGITS = {"province": 2, "city": 4, "district": 6, "town": 9, "community": 12}


@lru_cache(maxsize=131072)
def plain(text: str) -> str:
    """Return an official name in the plain form that texts are brought to before reading: ``plain("鲒埼嶴")`` -> ``"鲒埼岙"``."""
    return normalize(text).text if text else ""


def own_part(entry: Entry) -> tuple[str, str]:
    """Return label and name of what a place or division entry is itself: its deepest filled name."""
    order = DIVISIONS[::-1] if entry.kind == "division" else OWN_ORDER
    field = next((name for name in order if getattr(entry, name)), "")
    return ("poi" if field == "estate" else field), str(getattr(entry, field)) if field else ""


def parent_code(code: str, label: str) -> str:
    """Return the code of the division that contains one: ``parent_code("330213001001", "community")`` -> ``"330213001"``."""
    digits = [size for size in (2, 4, 6, 9, 12) if size < _LEVEL_DIGITS.get(label, 12)]
    return code[: digits[-1]] if code and digits else ""


def names_of_own(entry: Entry) -> Iterator[Name]:
    """Yield the names of a place or division entry: standard, variants, short form, committee endings."""
    label, value = own_part(entry)
    if not label:
        return
    division = entry.kind == "division"
    ref = entry.division_code[: _LEVEL_DIGITS.get(label, 12)] if division else entry.id
    parent = parent_code(entry.division_code, label) if division else entry.division_code
    yield Name(plain(value), label, value, ref, parent)
    for text, kind, _valid_to in entry.aliases:
        yield Name(plain(text), label, value, ref, parent, _VARIANT_KINDS.get(kind, "alias"))
    yield from _short_forms(plain(value), label, value, ref, parent)
    for text, kind, _valid_to in entry.aliases:
        if kind == "former":
            short = _short(plain(text), label)
            if short:
                yield Name(short, label, value, ref, parent, "former_short")


def _short(text: str, label: str) -> str:
    """Return the shortened name where people shorten it (divisions, villages, estates; not roads), or an empty string."""
    if label in ("road", "sub_road"):
        return ""
    short = without_generic(text, "estate" if label == "poi" else label)
    return short if short != text and len(short) >= 2 and not short[0].isdecimal() else ""  # 1号 is no name of 壹號雅苑


def _short_forms(text: str, label: str, value: str, ref: str, parent: str) -> Iterator[Name]:
    short = _short(text, label)
    if short:
        yield Name(short, label, value, ref, parent, "short")
    if label == "community":
        for ending, written in table("terms.yaml")["committee_endings"].items():
            if text.endswith(ending):
                for longer in written:
                    yield Name(text[: len(text) - len(ending)] + longer, label, value, ref, parent, "alias")


def names_of_address(entry: Entry) -> Iterator[Name]:
    """Yield the names an address entry mentions, for registers that hold the address but not (yet) its road or estate."""
    for label in DIVISIONS:
        value = getattr(entry, label)
        if value:
            yield Name(plain(value), label, value)
            yield from _short_forms(plain(value), label, value, "", "")
    anchor = next((field for field in ("road", "estate", "village_group") if getattr(entry, field)), "")
    for field, label in (("road", "road"), ("estate", "poi"), ("village_group", "village_group"), ("poi", "poi"), ("sub_road", "sub_road")):
        value = getattr(entry, field)
        if len(value) < 2 or value[0].isdecimal():
            continue
        ref = entry.place_id if field == anchor else ""
        yield Name(plain(value), label, value, ref, entry.division_code)
        if label in ("poi", "village_group"):
            yield from _short_forms(plain(value), label, value, ref, entry.division_code)


def names_of_heirs(owners: Mapping[str, Entry]) -> Iterator[Name]:
    """Yield the names of abolished divisions and places as former names of what holds their ground today (莼湖镇 -> 莼湖街道)."""
    for entry in owners.values():
        heir, steps = entry, 0
        while heir.status == "retired" and heir.current_id in owners and steps < 20:
            heir, steps = owners[heir.current_id], steps + 1
        if heir is entry:
            continue
        label, value = own_part(heir)
        old_label, old_name = own_part(entry)
        if label != old_label or value == old_name:
            continue
        ref = heir.division_code[: _LEVEL_DIGITS.get(label, 12)] if heir.kind == "division" else heir.id
        parent = parent_code(heir.division_code, label) if heir.kind == "division" else heir.division_code
        yield Name(plain(old_name), label, value, ref, parent, "former")
        for text, _kind, _valid_to in entry.aliases:
            yield Name(plain(text), label, value, ref, parent, "former")
