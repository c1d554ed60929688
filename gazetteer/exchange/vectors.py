"""GeoJSON, GeoPackage and Shapefile through pyogrio."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from gazetteer.exchange.archives import unpack_shapefile
from gazetteer.exchange.headers import refuse_unusable
from gazetteer.exchange.limits import limits
from gazetteer.exchange.spreadsheets import cell_text
from gazetteer.exchange.table import GEOMETRY, Cell, Row, Table
from geoaddr.errors import UsageError

BROKEN = "<broken geometry>"
"""What stands in the geometry column for a shape that cannot be decoded; no text of a file looks like it."""


@dataclass(frozen=True, slots=True)
class _Layer:
    source: str
    name: str | None
    encoding: str | None
    in_blocks: bool
    kept: tempfile.TemporaryDirectory[str] | None = None


def open_vector(path: Path, kind: str, layer: str | None, encoding: str | None, members: list[str] | None = None) -> Table:
    """Open one layer of a spatial file; line numbers count features from 1.

    ``kind`` is ``geojson``, ``gpkg`` or ``shp``; ``members`` are the checked member names of a zipped shapefile. The driver is
    fixed by ``kind``: a file cannot make another one be used. A shapefile without .cpg is read as UTF-8 if that is
    valid throughout, else as GB18030.
    """
    import pyogrio

    chosen, notes = _layer(path, kind, layer, encoding, members)
    try:
        info = pyogrio.read_info(chosen.source, layer=chosen.name, encoding=chosen.encoding, force_feature_count=True)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, RuntimeError, UnicodeDecodeError) as error:
        raise _unreadable(path, kind) from error
    fields = [str(field) for field in info["fields"]]
    columns = (*fields, GEOMETRY) if info["geometry_type"] else tuple(fields)
    refuse_unusable(columns, path.name)
    if info["features"] == 0:
        raise UsageError(f"文件 {path.name} 没有任何要素", field="file")

    def rows() -> Iterator[Row]:
        return _rows(chosen, fields, int(info["features"]), path, kind)

    return Table(kind, columns, rows, crs=info["crs"], encoding=chosen.encoding or "utf-8", sheet=chosen.name, notes=notes)


def _unreadable(path: Path, kind: str) -> UsageError:
    names = {"geojson": "GeoJSON", "gpkg": "GeoPackage", "shp": "Shapefile"}
    return UsageError(f"文件 {path.name} 不是可读的 {names[kind]}（已损坏，或内容与扩展名不符）：请重新导出后再试", field="file")


def _layer(path: Path, kind: str, layer: str | None, encoding: str | None, members: list[str] | None) -> tuple[_Layer, tuple[str, ...]]:
    if kind == "geojson":
        return _Layer(f"GEOJSON:{path.resolve()}", None, None, in_blocks=False), ()
    if kind == "gpkg":
        return _geopackage_layer(path, layer)
    kept = tempfile.TemporaryDirectory(prefix="geoaddr-shp-") if members is not None else None
    shape = unpack_shapefile(path, members, Path(kept.name)) if kept is not None and members is not None else path
    for ending in (".dbf", ".shx"):
        if not shape.with_suffix(ending).is_file():
            raise UsageError(f"Shapefile {path.name} 缺少同名的 {ending} 文件：请把 .shp .shx .dbf .prj .cpg 一起压缩为 zip", field="file")
    return _Layer(str(shape), None, _shapefile_encoding(shape, encoding, path.name), in_blocks=True, kept=kept), ()


def _geopackage_layer(path: Path, layer: str | None) -> tuple[_Layer, tuple[str, ...]]:
    import pyogrio

    try:
        names = [str(name) for name in pyogrio.list_layers(path)[:, 0]]
    except (pyogrio.errors.DataSourceError, RuntimeError) as error:
        raise _unreadable(path, "gpkg") from error
    if not names:
        raise UsageError(f"文件 {path.name} 没有图层", field="file")
    if layer is not None and layer not in names:
        raise UsageError(f"文件 {path.name} 没有图层“{layer}”，现有：{'、'.join(names)}", field="sheet")
    notes = (f"文件有 {len(names)} 个图层，只读取了“{names[0]}”",) if layer is None and len(names) > 1 else ()
    return _Layer(str(path), layer or names[0], None, in_blocks=True), notes


def _shapefile_encoding(shape: Path, wanted: str | None, name: str) -> str | None:
    """Return the first encoding in which every attribute of a shapefile decodes; None leaves it to its .cpg."""
    import pyogrio

    if wanted is not None:
        ladder: tuple[str | None, ...] = (wanted,)
    else:
        ladder = (None, "UTF-8", "GB18030") if shape.with_suffix(".cpg").is_file() else ("UTF-8", "GB18030")
    for encoding in ladder:
        try:
            pyogrio.raw.read(str(shape), encoding=encoding, read_geometry=False)
        except (UnicodeDecodeError, LookupError):
            continue
        except (pyogrio.errors.DataSourceError, RuntimeError) as error:
            raise _unreadable(Path(name), "shp") from error
        return encoding
    raise UsageError(f"Shapefile {name} 的属性既不是 UTF-8 也不是 GB18030 编码：请用 --encoding 说明", field="encoding")


def _rows(layer: _Layer, fields: list[str], features: int, path: Path, kind: str) -> Iterator[Row]:
    step = limits().vector_rows_at_once if layer.in_blocks else features
    for start in range(0, features, step):
        yield from _block(layer, fields, start, step, path, kind)


def _block(layer: _Layer, fields: list[str], start: int, step: int, path: Path, kind: str) -> Iterator[Row]:
    import pyogrio

    window = {"skip_features": start, "max_features": step} if layer.in_blocks else {}
    try:
        _, _, shapes, values = pyogrio.raw.read(layer.source, layer=layer.name, encoding=layer.encoding, **window)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.FeatureError, RuntimeError, UnicodeDecodeError) as error:
        raise _unreadable(path, kind) from error
    count = len(values[0]) if values else len(shapes)
    decoded: Any = shapely.from_wkb(shapes, on_invalid="ignore") if shapes is not None else [None] * count
    texts = [[_text(cell) for cell in column.tolist()] if column.dtype.kind != "M" else _dates(column) for column in values]
    for index in range(count):
        row: dict[str, Cell] = {field: column[index] for field, column in zip(fields, texts, strict=True)}
        if shapes is not None:
            row[GEOMETRY] = BROKEN if decoded[index] is None and shapes[index] is not None else decoded[index]
        yield start + index + 1, row


def _text(cell: Any) -> str | None:
    if isinstance(cell, float) and cell != cell:
        return None
    if isinstance(cell, (list, tuple, np.ndarray)):
        return "|".join(str(item) for item in cell)
    return cell_text(cell)


def _dates(column: Any) -> list[str | None]:
    return [None if np.isnat(cell) else str(cell).removesuffix("T00:00:00.000").replace("T", " ") for cell in column]
