"""Finding the header of a table people made for people: titles above it, merged groups, columns without a name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from gazetteer.exchange.limits import limits
from geoaddr.errors import UsageError

_BLANKS = " \t\r\n\u3000\u00a0\ufeff\u200b"


@dataclass(frozen=True, slots=True)
class Header:
    """The names of the columns and the index (0-based, among the rows looked at) of the first row of data."""

    columns: tuple[str, ...]
    first_data: int


def find_header(rows: Sequence[Sequence[str]], name: str) -> Header:
    """Find the header among the first rows of a table, skipping empty rows, titles and notes above it.

    ``rows`` are the first rows as text; ``name`` is the file's, for messages. The header is the first row that fills at
    least 60 % of the columns the table uses; where it has gaps that the row beneath fills, the two are one header in two levels
    and a name that would occur twice is written ``group/name``. Example: [["老人名册", ""], ["编号", "地址"], …] -> ("编号", "地址"), 2.
    """
    texts = [[cell.strip(_BLANKS) for cell in row] for row in rows]
    filled = [sum(1 for cell in row if cell) for row in texts]
    width = max(filled, default=0)
    if width == 0:
        raise UsageError(f"文件 {name} 没有内容：找不到表头和数据", field="file")
    at = next(index for index, count in enumerate(filled) if count >= max(1, round(width * 0.6)))
    top = _trimmed(texts[at])
    below = texts[at + 1] if at + 1 < len(texts) else []
    levels = _second_level(top, below)
    columns = _named(levels or top)
    refuse_unusable(columns, name)
    return Header(columns, at + (2 if levels else 1))


def _trimmed(row: list[str]) -> list[str]:
    end = max((index + 1 for index, cell in enumerate(row) if cell), default=0)
    return row[:end]


def _second_level(top: list[str], below: list[str]) -> list[str] | None:
    """Return the joined names when ``below`` continues ``top``: it fills every gap and leaves whole columns to the row above."""
    if not below or not top[0]:
        return None
    wide = max(len(top), len(_trimmed(below)))
    over, under = top + [""] * (wide - len(top)), (below + [""] * wide)[:wide]
    gaps = [index for index, cell in enumerate(over) if not cell]
    if not gaps or not all(under[index] for index in gaps) or not any(cell and not under[index] for index, cell in enumerate(over)):
        return None
    if any(_is_number(cell) for cell in under if cell):
        return None
    groups, current = [], ""
    for cell in over:
        current = cell or current
        groups.append(current)
    times = Counter(sub or group for group, sub in zip(groups, under, strict=True))
    return [sub if sub and times[sub] == 1 else (f"{group}/{sub}" if sub else group) for group, sub in zip(groups, under, strict=True)]


def _named(cells: Sequence[str]) -> tuple[str, ...]:
    return tuple(" ".join(cell.split()) or f"列{index}" for index, cell in enumerate(cells, start=1))


def refuse_unusable(columns: tuple[str, ...], name: str) -> None:
    """Refuse too many, repeated or purely numeric column names; ``name`` is the file's, for the message."""
    if len(columns) > limits().max_columns:
        raise UsageError(f"文件 {name} 有 {len(columns)} 列，超过上限 {limits().max_columns}", field="file")
    twice = [column for column, times in Counter(columns).items() if times > 1]
    if twice:
        raise UsageError(f"文件 {name} 有重复的列名：{'、'.join(twice[:5])}，请改成不同的名称", field="file")
    if all(_is_number(column) for column in columns):
        raise UsageError(f"文件 {name} 缺少表头：第一行全是数字，请在第一行写上列名", field="file")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
