"""The measures of a place that bear on its generic term: storeys, areas, green share, widths; read from texts and checked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from gazetteer.names.tables import table_of
from geoaddr.errors import UsageError


@dataclass(frozen=True, slots=True)
class Fact:
    """One kind of measure: its unit, its names, and between which figures it is believable."""

    id: str
    zh: str
    en: str
    unit: str
    least: float
    most: float


@cache
def fact_kinds() -> dict[str, Fact]:
    """Return the kinds of measures by id, in the order in which pages list them."""
    rows = table_of("facts.yaml")["facts"]
    return {row["id"]: Fact(**{**row, "least": float(row["least"]), "most": float(row["most"])}) for row in rows}


def read_facts(texts: Mapping[str, str]) -> dict[str, float]:
    """Return the measures given as texts, blanks left out; ``UsageError`` naming the field for what is no believable figure.

    ``read_facts({"storeys": "18", "green_percent": "35%", "site_m2": ""})`` -> ``{"storeys": 18.0, "green_percent": 35.0}``.
    """
    found = {}
    for fact in fact_kinds().values():
        text = texts.get(fact.id, "").strip()
        if not text:
            continue
        try:
            figure = float(text.removesuffix(fact.unit).removesuffix("㎡").replace(",", "").strip())
        except ValueError:
            figure = math.nan
        if not fact.least <= figure <= fact.most:
            raise UsageError(f"{fact.zh}“{text[:20]}”应为 {fact.least:g} 到 {fact.most:g} 之间的数（{fact.unit}）", field=fact.id)
        found[fact.id] = figure
    return found
