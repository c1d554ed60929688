"""Specific term 专名 and generic term 通名 as naming law sees them: what is missing, stacked, or of another kind of place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from gazetteer.names.tables import table_of

_GLOSS = re.compile(r"\s*[（(〔\[][^）)〕\]]*[）)〕\]]$")
KIND_ALIASES = {"village": "natural_village", "street": "road", "residence": "estate"}
KINDS = (
    "road", "lane", "estate", "building", "natural_village", "bridge", "park", "square", "station", "cemetery", "facility", "poi",
    "natural", "community", "town",
)  # fmt: skip
"""Kinds a proposed name can be checked for: the register's categories, and communities and towns."""


@dataclass(frozen=True, slots=True)
class NameTerms:
    """A name in its terms; ``stacked`` is a second generic term standing before the last (锦绣**广场**花园), or ''."""

    specific: str
    generic: str
    stacked: str = ""


@cache
def terms_table() -> dict[str, Any]:
    """Return the table of generic terms by kind of place."""
    return table_of("terms.yaml")


@cache
def _generics(kind: str) -> tuple[str, ...]:
    return tuple(sorted(terms_table()["generics"].get(kind, ()), key=len, reverse=True))


@lru_cache(maxsize=65_536)
def split_name(name: str, kind: str) -> NameTerms:
    """Cut a name into specific and generic term for its kind of place; the specific term is never left empty.

    ``split_name("肖桥路", "road")`` -> ``("肖桥", "路", "")``;
    ``split_name("锦绣广场花园", "estate")`` -> ``("锦绣广场", "花园", "广场")``;
    ``split_name("兰皋水岸", "estate")`` -> ``("兰皋水岸", "", "")``.
    """
    name = bare_name(name)
    if name in _generics(kind):
        return NameTerms(name, "")
    generic = next((term for term in _generics(kind) if name.endswith(term) and len(name) > len(term)), "")
    specific = name[: len(name) - len(generic)]
    stackable = terms_table()["stackable"].get(kind, ()) if generic else ()
    stacked = next((term for term in stackable if specific.endswith(term) and len(specific) > len(term)), "")
    return NameTerms(specific, generic, stacked)


def bare_name(name: str) -> str:
    """Return a name without a gloss in brackets at its end: 人民路（萧山） -> 人民路; a name that is all gloss stays."""
    return _GLOSS.sub("", name) or name


def kind_of(kind: str, name: str) -> str:
    """Return a kind the checks know: aliases resolved, and guessed from the ending where none is given ('' where nothing says).

    ``kind_of("village", "")`` -> ``natural_village``; ``kind_of("", "肖桥路")`` -> ``road``; ``kind_of("", "柏林")`` -> ``''``;
    ``kind_of("", "皇城")`` -> ``''`` (no estate has one character before 城);
    ``kind_of("", "滨江水恋")`` -> ``estate`` (long names without a known ending are estates or buildings).
    """
    if kind:
        return KIND_ALIASES.get(kind, kind)
    endings: dict[str, list[str]] = terms_table()["kind_by_ending"]
    bare = bare_name(name)
    hits = [
        (len(term), found)
        for found, terms in endings.items()
        for term in terms
        if bare.endswith(term) and len(bare) > len(term) + (found == "estate" and len(term) == 1)
    ]
    if hits:
        return max(hits, key=lambda hit: hit[0])[1]
    if "社区" in name:
        return "community"
    return "estate" if len(name) > 3 or not all("一" <= char <= "鿿" for char in name) else ""
