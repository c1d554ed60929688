"""Reading of the dated tables and word lists of place-name law, shipped under ``gazetteer/data/naming``."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def rows_of(name: str) -> tuple[dict[str, str], ...]:
    """Return the rows of a shipped CSV; lines starting with ``#`` carry source and date and are skipped."""
    lines = _text(name).splitlines()
    return tuple(csv.DictReader(line for line in lines if line and not line.startswith("#")))


@cache
def table_of(name: str) -> dict[str, Any]:
    """Return a shipped YAML table: ``table_of("rules.yaml")["date"]`` -> a date string."""
    import yaml

    loaded = yaml.safe_load(_text(name))
    if not isinstance(loaded, dict):
        raise TypeError(f"gazetteer/data/naming/{name} must hold a mapping")
    return loaded


def _text(name: str) -> str:
    return files("gazetteer").joinpath("data", "naming", name).read_text(encoding="utf-8")
