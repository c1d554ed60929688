"""Which column of a file fills which field: named by ``--map``, by the field's own name, or by a known heading."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from gazetteer.exchange.codes import clean
from gazetteer.exchange.readers import SURPLUS, Row, Table
from geoaddr.errors import UsageError

_ANY_OF: Mapping[str, tuple[str, ...]] = {"addresses": ("full", "division", "town", "community", "district")}
"""Fields of which a kind needs at least one: without any of them no row of the file could be understood."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Resolved columns: field → column of the file, and field → the same text for every row."""

    named: Mapping[str, str]
    constant: Mapping[str, str]
    blank: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def has(self, field: str) -> bool:
        """Say whether the file fills this field at all."""
        return field in self.named or field in self.constant

    def column(self, field: str) -> str:
        """Return the heading a person knows the field by."""
        return self.named.get(field, field)

    def fields(self, row: Mapping[str, Any]) -> dict[str, str]:
        """Return the cleaned text of every field of the kind, empty where the file or the cell is."""
        found = dict(self.blank)
        for name, column in self.named.items():
            cell = row[column]
            # the common cases are decided here: a call for each of twenty cells of each row would take a fifth of an import
            found[name] = "" if cell is None else cell if type(cell) is str and cell.isalnum() else clean(cell)
        if self.constant:
            found.update(self.constant)
        return found


@cache
def _known() -> dict[str, Any]:
    import yaml

    loaded: dict[str, Any] = yaml.safe_load(files("gazetteer").joinpath("data/import_columns.yaml").read_text(encoding="utf-8"))
    return loaded


def fields_of(kind: str) -> tuple[str, ...]:
    """Return every field a kind of file may fill: "roads" -> ("ref", "name", …)."""
    return tuple(_known()[kind]["fields"])


def resolve_columns(kind: str, table: Table, mapping: Mapping[str, str], fields: tuple[str, ...] | None = None) -> Columns:
    """Find the column for each field of a kind; ``fields`` narrows or widens them where a kind declares its own.

    Raises UsageError for a mapped field or column that does not exist, and for a required field no column fills, or none
    of several of which one is required. Example: a file with
    the headings 编号, 地址 -> ref from 编号, full from 地址.
    """
    wanted = fields or fields_of(kind)
    named, constant = _mapped(wanted, table, mapping)
    by_lower = {column.lower(): column for column in table.columns}
    for field in wanted:
        if field in named or field in constant:
            continue
        used = set(named.values())
        for heading in (field, *_known()[kind]["fields"].get(field, ())):
            column = by_lower.get(heading.lower())
            if column is not None and column not in used:
                named[field] = column
                break
    missing = [field for field in _known()[kind]["required"] if field not in named and field not in constant]
    if missing:
        have = "、".join(column[:40] for column in table.columns[:12])
        raise UsageError(f"文件缺少必需的列：{'、'.join(missing)}（现有列：{have}）；可用 --map 字段=列名 指定", field="map")
    some = _ANY_OF.get(kind, ())
    if some and not any(field in named or field in constant for field in some):
        have = "、".join(column[:40] for column in table.columns[:12])
        message = f"文件没有可用的地址列，或不是表格：至少需要 {'、'.join(some)} 之一（现有列：{have}）；可用 --map 字段=列名 指定"
        raise UsageError(message, field="map")
    return Columns(named, constant, dict.fromkeys(wanted, ""))


def _mapped(wanted: tuple[str, ...], table: Table, mapping: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    named: dict[str, str] = {}
    constant: dict[str, str] = {}
    for field, column in mapping.items():
        if field not in wanted:
            raise UsageError(f"没有字段 {field!r}，可用的字段：{'、'.join(wanted)}", field="map")
        if column in table.columns:
            named[field] = column
        elif column.startswith("="):
            constant[field] = column[1:].strip()
        else:
            raise UsageError(f"文件里没有列 {column!r}，现有列：{'、'.join(table.columns[:30])}", field="map")
    return named, constant


def surplus_reason(row: Mapping[str, Any]) -> str:
    """Return why a row with too many cells cannot be trusted, or an empty string."""
    extra = row.get(SURPLUS)
    return f"该行比表头多出 {extra} 个单元格，可能有未加引号的分隔符" if extra else ""


def in_blocks(rows: Iterator[Row], size: int) -> Iterator[list[Row]]:
    """Yield rows in lists of ``size``."""
    block: list[Row] = []
    for row in rows:
        block.append(row)
        if len(block) == size:
            yield block
            block = []
    if block:
        yield block
