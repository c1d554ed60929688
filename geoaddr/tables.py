"""Reading of the dated tables and word lists shipped under ``geoaddr/data``."""

from __future__ import annotations

import csv
from importlib.resources import files
from typing import Any


def read_rows(name: str) -> list[dict[str, str]]:
    """Return the rows of a shipped CSV; lines starting with ``#`` carry source and date and are skipped.

    ``read_rows("character_variants.csv")[0]`` -> ``{"variant": "嶴", "standard": "岙", …}``.
    """
    text = files("geoaddr").joinpath("data", name).read_text(encoding="utf-8")
    return list(csv.DictReader(line for line in text.splitlines() if line and not line.startswith("#")))


def read_settings(name: str) -> dict[str, Any]:
    """Return a shipped YAML table as a dictionary: ``read_settings("parse_weights.yaml")["date"]`` -> a date string."""
    import yaml

    text = files("geoaddr").joinpath("data", name).read_text(encoding="utf-8")
    loaded = yaml.safe_load(text)
    if not isinstance(loaded, dict):
        raise TypeError(f"geoaddr/data/{name} must hold a mapping")
    return loaded
