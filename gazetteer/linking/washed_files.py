"""The washed table in the format its file name ends with: made from the complete CSV, in constant memory."""

from __future__ import annotations

import csv
import gzip
import os
import shutil
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from gazetteer.exchange.exporting.writers import LARGEST_SHEET
from gazetteer.linking.washing import finish, forget
from geoaddr.errors import UsageError

SHOWN = ".csv .csv.gz .xlsx .parquet"
_ROWS_AT_ONCE = 20_000


def check_target(target: Path) -> None:
    """Refuse, before anything is matched, a file name whose ending is not known or a folder that is not there."""
    ending = target.suffix.lower()
    if ending not in _MADE or (ending == ".gz" and not target.name.lower().endswith(".csv.gz")):
        raise UsageError(f"不能写成 {ending}：结果文件可用 {SHOWN}", field="output")
    if not target.parent.is_dir():
        raise UsageError(f"文件夹 {target.parent} 不存在", field="output")
    if target.is_dir():
        raise UsageError(f"{target} 是文件夹，请给出文件名", field="output")
    if ending == ".parquet":
        _arrow()


def make(partial: Path, target: Path) -> None:
    """Give the complete CSV at ``partial`` the format and place of ``target``; the file appears whole or not at all."""
    convert = _MADE[target.suffix.lower()]
    if convert is None:
        finish(partial, target)
        return
    fresh = target.with_name(f".{target.name}.new")
    try:
        convert(partial, fresh)
        os.replace(fresh, target)
    finally:
        fresh.unlink(missing_ok=True)
    forget(partial)


def _gzip(partial: Path, fresh: Path) -> None:
    with partial.open("rb") as plain, fresh.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:
        shutil.copyfileobj(plain, packed, 1 << 20)


def _xlsx(partial: Path, fresh: Path) -> None:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    sheet = book.create_sheet("数据")
    for count, row in enumerate(_rows(partial)):
        if count > LARGEST_SHEET:
            raise UsageError(f"超过 {LARGEST_SHEET:,} 行，一张工作表放不下：请写成 .csv 或 .csv.gz", field="output")
        cells = []
        for value in row:
            cell = WriteOnlyCell(sheet, value=_storable(value))
            cell.data_type = "s"  # never a formula, never a number: codes keep their digits
            cells.append(cell)
        sheet.append(cells)
    book.save(fresh)


def _storable(value: str) -> str:
    """Return a cell without what a workbook cannot hold: control characters, and more than 32,000 characters."""
    return "".join(letter for letter in value[:32_000] if letter >= " " or letter in "\t\r\n")


def _parquet(partial: Path, fresh: Path) -> None:
    arrow, parquet = _arrow()
    rows = _rows(partial)
    schema = arrow.schema([(name, arrow.string()) for name in next(rows)])
    with parquet.ParquetWriter(fresh, schema) as writer:
        while batch := list(islice(rows, _ROWS_AT_ONCE)):
            columns = [arrow.array(column, arrow.string()) for column in zip(*batch, strict=True)]
            writer.write_batch(arrow.record_batch(columns, schema=schema))


def _arrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ModuleNotFoundError as error:
        raise UsageError("写 .parquet 需要安装 geoaddr[batch]", field="output") from error
    return pyarrow, pyarrow.parquet


def _rows(partial: Path) -> Iterator[list[str]]:
    with partial.open(encoding="utf-8", newline="") as stream:
        yield from csv.reader(stream)


_MADE: dict[str, Callable[[Path, Path], None] | None] = {
    ".csv": None, "": None, ".txt": None, ".gz": _gzip, ".xlsx": _xlsx, ".parquet": _parquet,
}  # fmt: skip
