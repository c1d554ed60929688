"""CSV and its relatives: tab, semicolon or bar between cells, any of the encodings seen in offices."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from gazetteer.exchange.encodings import detect_encoding
from gazetteer.exchange.headers import Header, find_header
from gazetteer.exchange.limits import limits
from gazetteer.exchange.table import SURPLUS, Cell, Row, Table
from geoaddr.errors import UsageError

_DELIMITERS = (",", "\t", ";", "|", "，")


def open_delimited(path: Path, encoding: str | None, *, keep_blank: bool = False) -> Table:
    """Open a CSV or TSV; rows are read in constant memory. Line numbers are those of an editor, quoted line breaks included."""
    found = detect_encoding(path, encoding)
    with path.open(encoding=found.name, newline="") as stream:
        sample = list(islice(stream, limits().header_rows_searched * 3))
    delimiter = sniff_delimiter(sample)
    head = [cells for _, cells in islice(_cells(path, found.name, delimiter), limits().header_rows_searched)]
    header = find_header(head, path.name)

    def rows() -> Iterator[Row]:
        return _rows(path, found.name, delimiter, header, keep_blank)

    notes = (found.doubt,) if found.doubt else ()
    return Table("csv", header.columns, rows, encoding=found.name.removesuffix("-sig"), notes=notes)


def sniff_delimiter(lines: list[str]) -> str:
    """Return the separator that cuts most of the first lines into the same number of cells, more than one; else a comma.

    Example: ["a;b;c", "1;2,5;3"] -> ";".
    """
    best, best_score = ",", 0.0
    for delimiter in _DELIMITERS:
        try:
            widths = [len(cells) for cells in csv.reader(lines, delimiter=delimiter) if any(cells)]
        except csv.Error:
            continue
        usual = max(set(widths), key=lambda width: (widths.count(width), width), default=1)
        score = widths.count(usual) / len(widths) * min(usual, 20) if usual > 1 else 0.0
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _cells(path: Path, encoding: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(limits().max_cell_characters)
    with path.open(encoding=encoding, newline="") as stream:
        reader = csv.reader(stream, delimiter=delimiter)
        begin = 1
        try:
            for cells in reader:
                yield begin, cells
                begin = reader.line_num + 1
        except csv.Error as error:
            message = f"文件 {path.name} 第 {begin} 行无法按表格读取（引号不成对，或单元格过长）：请检查该行的引号"
            raise UsageError(message, field="file") from error


def _rows(path: Path, encoding: str, delimiter: str, header: Header, keep_blank: bool) -> Iterator[Row]:
    columns, width = header.columns, len(header.columns)
    for line, cells in islice(_cells(path, encoding, delimiter), header.first_data, None):
        if not any(cells) and not (keep_blank and cells):
            continue
        row: dict[str, Cell] = {column: cell or None for column, cell in zip(columns, cells)}  # noqa: B905 — short rows are legal
        if len(cells) < width:
            row.update(dict.fromkeys(columns[len(cells) :]))
        elif len(cells) > width and any(cells[width:]):
            row[SURPLUS] = str(len(cells) - width)
        yield line, row
