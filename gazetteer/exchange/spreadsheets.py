"""XLSX, XLS and ODS through calamine: codes stored as numbers, merged headers, several sheets."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gazetteer.exchange.headers import Header, find_header
from gazetteer.exchange.limits import limits
from gazetteer.exchange.table import SURPLUS, Cell, Row, Table
from geoaddr.errors import UsageError

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

_EXACT = 1e15
"""Spreadsheets keep 15 significant digits: a longer code stored as a number has lost its end."""


def open_spreadsheet(path: Path, kind: str, sheet: str | None, *, keep_blank: bool = False) -> Table:
    """Open one sheet of a workbook: the named one, else the first that holds anything. Row numbers are those of the sheet."""
    book = _workbook(path)
    name = _choose(book, sheet, path)
    page = book.get_sheet_by_name(name)
    head = []
    for cells in page.iter_rows():
        head.append([cell_text(cell) or "" for cell in cells])
        if len(head) == limits().header_rows_searched:
            break
    header = find_header(head, path.name)

    def rows() -> Iterator[Row]:
        return _with_blanks(_rows(page, header), header) if keep_blank else _rows(page, header)

    others = [other for other in book.sheet_names if other != name]
    notes = (f"文件有 {len(others) + 1} 个工作表，只读取了“{name}”",) if others and sheet is None else ()
    return Table(kind, header.columns, rows, sheet=name, notes=notes)


def _workbook(path: Path) -> CalamineWorkbook:
    from python_calamine import CalamineError, PasswordError, load_workbook

    try:
        return load_workbook(str(path))
    except PasswordError as error:
        raise UsageError(f"文件 {path.name} 有密码保护：请去掉密码后再导入", field="file") from error
    except (CalamineError, OSError, ValueError) as error:
        raise UsageError(f"文件 {path.name} 不是可读的电子表格（已损坏，或扩展名不对）：请另存为 .xlsx 后再导入", field="file") from error
    except BaseException as error:
        if type(error).__name__ == "PanicException":  # the reader's own bug on hostile bytes; derived from BaseException
            raise UsageError(f"文件 {path.name} 已损坏，无法读取：请另存为 .xlsx 后再导入", field="file") from error
        raise


def _choose(book: CalamineWorkbook, sheet: str | None, path: Path) -> str:
    names = book.sheet_names
    if sheet is not None:
        if sheet not in names:
            raise UsageError(f"文件 {path.name} 没有工作表“{sheet}”，现有：{'、'.join(names)}", field="sheet")
        return sheet
    for name in names:
        page = book.get_sheet_by_name(name)
        if page.total_height and page.total_width:
            return name
    raise UsageError(f"文件 {path.name} 没有内容：所有工作表都是空的", field="file")


def _rows(page: CalamineSheet, header: Header) -> Iterator[Row]:
    columns, width = header.columns, len(header.columns)
    for index, cells in enumerate(page.iter_rows()):
        if index < header.first_data:
            continue
        texts = [cell_text(cell) for cell in cells]
        if not any(texts):
            continue
        row: dict[str, Cell] = dict.fromkeys(columns)
        row.update(zip(columns, texts))  # noqa: B905 — sheets end each row where the widest one ends
        surplus = sum(1 for text in texts[width:] if text)
        if surplus:
            row[SURPLUS] = str(surplus)
        yield index + 1, row


def _with_blanks(rows: Iterator[Row], header: Header) -> Iterator[Row]:
    """Put the rows back that were left out between others because all their cells are empty."""
    expected = header.first_data + 1
    for line, row in rows:
        for blank in range(expected, line):
            yield blank, dict.fromkeys(header.columns)
        yield line, row
        expected = line + 1


def cell_text(cell: Any) -> str | None:
    """Write a spreadsheet cell as the text a person meant: 330213001001.0 -> "330213001001", a date -> "2026-11-23".

    A whole number beyond 15 digits is written with its exponent (``3.30213001001e+17``): its last digits are lost, and whoever
    needs a code refuses that form (``codes.restore_code``).
    """
    if cell is None or cell == "":
        return None
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < _EXACT else (f"{cell:.14e}" if abs(cell) >= _EXACT else repr(cell))
    if isinstance(cell, int):
        return str(cell) if abs(cell) < _EXACT else f"{float(cell):.14e}"
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat() if cell.time() == datetime.time() else cell.isoformat(sep=" ")
    if isinstance(cell, (datetime.date, datetime.time)):
        return cell.isoformat()
    return str(cell)
