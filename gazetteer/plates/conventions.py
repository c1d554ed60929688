"""The shipped table of plate formats, required kinds and rules of confirmation (data/plates/plates.yaml)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from gazetteer.store.events import now


@cache
def conventions() -> Mapping[str, Any]:
    """Return the table as nested mappings; the keys are explained in the file."""
    import yaml

    text = files("gazetteer").joinpath("data/plates/plates.yaml").read_text(encoding="utf-8")
    return MappingProxyType(yaml.safe_load(text))


def local_day(moment: datetime) -> date:
    """Return the day of a moment in China: 2026-11-22T18:00Z -> 2026-11-23."""
    return moment.astimezone(timezone(timedelta(hours=conventions()["utc_offset_hours"]))).date()


def today() -> date:
    """Return the present day in China."""
    return local_day(now())
