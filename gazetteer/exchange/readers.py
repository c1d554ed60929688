"""Opening any table an office may send, judged by what is inside the file rather than by its name."""

from __future__ import annotations

from pathlib import Path

from gazetteer.exchange.archives import check_archive
from gazetteer.exchange.delimited import open_delimited
from gazetteer.exchange.limits import check_size
from gazetteer.exchange.spreadsheets import open_spreadsheet
from gazetteer.exchange.table import GEOMETRY, SURPLUS, Cell, Row, Table
from gazetteer.exchange.vectors import BROKEN, open_vector
from geoaddr.errors import UsageError

__all__ = ["BROKEN", "DEFAULT_LIMIT_BYTES", "GEOMETRY", "SURPLUS", "Cell", "Row", "Table", "open_table"]

DEFAULT_LIMIT_BYTES = 200 << 20
"""Used where no setting is at hand; equals the default of ``max_upload_mb``."""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SHAPE = b"\x00\x00\x27\x0a"


def open_table(
    path: Path | str,
    *,
    encoding: str | None = None,
    sheet: str | None = None,
    limit_bytes: int = DEFAULT_LIMIT_BYTES,
    keep_blank: bool = False,
) -> Table:
    """Open CSV, TSV, XLSX, XLS, ODS, GeoJSON, GPKG or SHP (also zipped) for reading; nothing is trusted, little is read yet.

    ``encoding`` overrides detection for CSV and shapefiles; ``sheet`` names a worksheet or layer; ``limit_bytes`` is the largest
    file taken; ``keep_blank`` also gives rows whose cells are all empty, but for lines without any cell and the rows after a sheet's
    last full one. Whatever is wrong with the file as a whole is a UsageError of one sentence, raised here or at the first row.
    """
    file = Path(path)
    check_size(file, limit_bytes)
    kind = kind_of(file)
    if kind == "zip":
        return _open_archive(file, encoding, sheet, keep_blank)
    if kind == "xls":
        return open_spreadsheet(file, "xls", sheet, keep_blank=keep_blank)
    if kind == "csv":
        return open_delimited(file, encoding, keep_blank=keep_blank)
    return open_vector(file, kind, sheet, encoding)


def kind_of(path: Path) -> str:
    """Return ``zip``, ``xls``, ``gpkg``, ``shp``, ``geojson`` or ``csv`` from the first bytes of a file.

    Refuses web pages and PDFs (often saved under .xls) and other databases by name. Example: a file that begins with "PK" -> "zip".
    """
    with path.open("rb") as stream:
        head = stream.read(512)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if head.startswith(_OLE):
        return "xls"
    if head.startswith(b"SQLite format 3\0"):
        if head[68:72] in (b"GPKG", b"GP10", b"GP11"):
            return "gpkg"
        raise UsageError(f"文件 {path.name} 是 SQLite 数据库但不是 GeoPackage，不能导入", field="file")
    if head.startswith(_SHAPE):
        return "shp"
    return _kind_of_text(path, head)


def _kind_of_text(path: Path, head: bytes) -> str:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"{"):
        return "geojson"
    if text[:1] == b"<":
        raise UsageError(f"文件 {path.name} 的内容是网页或 XML，不是表格：请在 Excel 中打开后另存为 .xlsx 或 .csv", field="file")
    if text.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")):
        raise UsageError(f"文件 {path.name} 不是表格：可导入 CSV、XLSX、XLS、ODS、GeoJSON、GPKG、SHP（可压缩为 zip）", field="file")
    return "csv"


def _open_archive(path: Path, encoding: str | None, sheet: str | None, keep_blank: bool) -> Table:
    members = check_archive(path)
    if "xl/workbook.xml" in members or "xl/workbook.bin" in members:
        return open_spreadsheet(path, "xlsx", sheet, keep_blank=keep_blank)
    if "content.xml" in members and "mimetype" in members:
        return open_spreadsheet(path, "ods", sheet, keep_blank=keep_blank)
    if any(name.lower().endswith(".shp") for name in members):
        return open_vector(path, "shp", sheet, encoding, members)
    raise UsageError(f"压缩文件 {path.name} 里没有可导入的内容：只接受一个 Shapefile，其他文件请先解压", field="file")
