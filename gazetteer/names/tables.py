"""Reading of the dated tables and word lists of place-name law: the office's own file where it has one, else the shipped one."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import Any

from geoaddr.errors import UsageError
from geoaddr.settings import Settings


@cache
def rows_of(name: str) -> tuple[dict[str, str], ...]:
    """Return the rows of a CSV table; lines starting with ``#`` carry source and date and are skipped."""
    lines = _text(name).splitlines()
    return tuple(csv.DictReader(line for line in lines if line and not line.startswith("#")))


@cache
def table_of(name: str) -> dict[str, Any]:
    """Return a YAML table: ``table_of("rules.yaml")["date"]`` -> a date string; ``UsageError`` for an own file that cannot be read."""
    import yaml

    try:
        loaded = yaml.safe_load(_text(name))
    except yaml.YAMLError as error:
        raise UsageError(f"规则文件 {name} 读不懂：{error}") from error
    if not isinstance(loaded, dict):
        raise UsageError(f"规则文件 {name} 须是“名称: 内容”的表")
    return loaded


def _text(name: str) -> str:
    shipped = files("gazetteer").joinpath("data", "naming", name)
    folder = Settings().rules_dir  # read once for each table, when it is first asked for
    own = folder / name if folder else None
    try:
        return (own if own is not None and own.is_file() else shipped).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"规则文件 {own} 读不了：{error}") from error
