"""What a place's name and category say: specific and generic term, spelling, sound, kept category."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from gazetteer.names.terms import split_name
from geoaddr.romanize import romanize, sound_key
from matchers.terms import split

ROADS = ("road", "lane")
_LABELS = {"road": "road", "lane": "road", "estate": "estate", "natural_village": "village_group"}


@cache
def _categories() -> dict[str, Any]:
    import yaml

    loaded: dict[str, Any] = yaml.safe_load(files("gazetteer").joinpath("data/place_categories.yaml").read_text(encoding="utf-8"))
    return loaded


@cache
def _words() -> dict[str, str]:
    return {word: category for category, row in _categories().items() for word in row["words"]}


def category_of(word: str, code: str) -> str | None:
    """Return the kept category for what a table calls it, or for its national code; None where neither is known.

    Examples: ("school", "27300") -> "facility"; ("", "22200") -> "natural_village".
    """
    if word:
        return _words().get(word.lower())
    return next((category for category, row in _categories().items() if row["code"] == code), None) if code else None


def code_of(category: str) -> str:
    """Return the national category code of a category: "lane" -> "23514"."""
    return str(_categories()[category]["code"])


def name_columns(name: str, category: str) -> dict[str, str]:
    """Return the columns that follow from a name: 岳锦路 -> specific 岳锦, generic 路, pinyin Yuejin Lu, sound "yue jin lu"."""
    generic = split(name, _LABELS[category]).generic if category in _LABELS else split_name(name, category).generic
    specific = name[: len(name) - len(generic)] if generic and name.endswith(generic) else name
    if not specific:
        specific, generic = name, ""
    return {
        "standard_name": name,
        "specific": specific,
        "generic": generic[:20],
        "pinyin": romanize(specific, generic)[:300],
        "sound": sound_key(name)[:300],
    }
