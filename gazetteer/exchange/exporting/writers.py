"""Rows into CSV, XLSX, GeoJSON, GeoPackage or Shapefile; a file appears whole or not at all."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from gazetteer.exchange.exporting.rows import Export, Exported
from gazetteer.exchange.importing.report import guarded
from gazetteer.whole_file import whole_file
from geoaddr.errors import UsageError
from geoaddr.geometry import CGCS2000, from_cgcs2000, geometry_from_cgcs2000, parse_crs

DRIVERS = {".geojson": "GeoJSON", ".json": "GeoJSON", ".gpkg": "GPKG", ".shp": "ESRI Shapefile"}
LARGEST_SHEET = 1_048_575


def write_export(export: Export, path: Path, *, crs: str = CGCS2000) -> int:
    """Write an export in the format its file name ends with and return the number of rows.

    ``crs`` applies to geometries and to lon/lat columns. CSV is UTF-8 with a byte-order mark, so that Excel shows it right; cells that
    a spreadsheet would run as formulas get an apostrophe in front. Raises UsageError for other endings and for what a format cannot hold.
    """
    ending = path.suffix.lower()
    if ending not in (*_TABLES, *DRIVERS):
        raise UsageError(f"不能导出为 {ending or path.name}：可用 .csv .xlsx .geojson .gpkg .shp", field="file")
    named = parse_crs(crs)
    rows = export.rows if named == CGCS2000 else (_projected(row, named) for row in export.rows)
    with whole_file(path) as made:
        return _TABLES[ending](export, rows, made) if ending in _TABLES else _write_layer(export, rows, made, DRIVERS[ending], named)


def _projected(row: Exported, crs: str) -> Exported:
    text, shape = row
    if text.get("lon") and text.get("lat"):
        x, y = from_cgcs2000(float(text["lon"]), float(text["lat"]), crs)
        text = {**text, "lon": repr(round(float(x), 4)), "lat": repr(round(float(y), 4))}
    return text, None if shape is None else geometry_from_cgcs2000(shape, crs)


def _geometry_text(export: Export, text: Mapping[str, str], shape: Any) -> list[str]:
    """Return a table's cells; a kind without lon and lat columns carries its shape as WKT."""
    cells = [text[column] for column in export.columns]
    if _has_wkt(export):
        cells.append("" if shape is None else shapely.to_wkt(shape, rounding_precision=9, trim=True))
    return cells


def _has_wkt(export: Export) -> bool:
    return export.has_geometry and "lon" not in export.columns


def _heading(export: Export) -> list[str]:
    return [*export.columns, *(["geometry"] if _has_wkt(export) else [])]


def _write_csv(export: Export, rows: Iterator[Exported], path: Path) -> int:
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(_heading(export))
        for text, shape in rows:
            writer.writerow([guarded(cell) for cell in _geometry_text(export, text, shape)])
            count += 1
    return count


def _write_xlsx(export: Export, rows: Iterator[Exported], path: Path) -> int:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    sheet = book.create_sheet("数据")
    sheet.append(_heading(export))
    count = 0
    for text, shape in rows:
        count += 1
        if count > LARGEST_SHEET:
            raise UsageError(f"超过 {LARGEST_SHEET:,} 行，一张工作表放不下：请导出为 .csv 或 .gpkg", field="file")
        cells = []
        for value in _geometry_text(export, text, shape):
            cell = WriteOnlyCell(sheet, value=value[:32_000])
            cell.data_type = "s"  # never a formula, never a number: codes keep their digits
            cells.append(cell)
        sheet.append(cells)
    book.save(path)
    return count


def _write_layer(export: Export, rows: Iterator[Exported], path: Path, driver: str, crs: str) -> int:
    import pyogrio

    if not export.has_geometry:
        raise UsageError("这类数据没有几何，请导出为 .csv 或 .xlsx", field="file")
    texts: dict[str, list[str]] = {column: [] for column in export.columns}
    shapes: list[Any] = []
    for text, shape in rows:
        for column in export.columns:
            texts[column].append(text[column])
        shapes.append(shape)
    kinds = sorted({shape.geom_type.removeprefix("Multi") for shape in shapes if shape is not None})
    if driver == "ESRI Shapefile" and len(kinds) > 1:
        raise UsageError(f"一个 Shapefile 只能放一种几何，这里有 {'、'.join(kinds)}：请导出为 .gpkg 或 .geojson", field="file")
    several = {shape.geom_type for shape in shapes if shape is not None}
    pyogrio.raw.write(
        str(path),
        geometry=np.asarray(shapely.to_wkb(np.array(shapes, dtype=object)), dtype=object),
        field_data=[np.array(texts[column], dtype=object) for column in export.columns],
        fields=_field_names(export, driver),
        geometry_type=several.pop() if len(several) == 1 else "Unknown",
        crs=crs,
        driver=driver,
        layer=path.stem,
        **({"encoding": "UTF-8"} if driver == "ESRI Shapefile" else {}),
    )
    return len(shapes)


def _field_names(export: Export, driver: str) -> list[str]:
    """Return the field names; a Shapefile holds ten characters of each, cut here so that it is no surprise."""
    return [name[:10] for name in export.columns] if driver == "ESRI Shapefile" else list(export.columns)


_TABLES: dict[str, Callable[[Export, Iterator[Exported], Path], int]] = {".csv": _write_csv, ".xlsx": _write_xlsx}
