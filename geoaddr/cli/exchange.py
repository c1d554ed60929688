"""``geoaddr import`` and ``geoaddr export``: tables and maps into the register and out of it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from geoaddr.cli.register import engine_of, opened, operator, read_settings
from geoaddr.errors import UsageError

if TYPE_CHECKING:
    from gazetteer.exchange.importing.report import ImportReport
    from gazetteer.exchange.importing.request import CaseServices
    from gazetteer.store.database import Store
    from geoaddr.settings import Settings

KINDS = ("divisions", "places", "roads", "addresses", "plates", "cases")
_SHOWN = 5


@click.command("import")
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--map", "pairs", multiple=True, metavar="FIELD=COLUMN", help="Column that fills a field; FIELD==TEXT sets the same text for all."
)
@click.option("--crs", default=None, help="Coordinate system of the file: EPSG code, gcj02, bd09.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), default=None, help="Day a list of divisions is complete for.")
@click.option("--dry-run", is_flag=True, help="Say what would happen; change nothing.")
@click.option("--report", "report_file", type=click.Path(path_type=Path), default=None, help="Write every rejected row to this CSV.")
@click.option("--create-missing", is_flag=True, help="Let an address file bring its own divisions, roads and estates into being.")
@click.option("--partial", is_flag=True, help="Keep the good rows of a file that has bad ones.")
@click.option("--encoding", default=None, help="Encoding of the file; found out by default.")
@click.option("--sheet", default=None, help="Worksheet or layer to read; the first with content by default.")
@click.option("--quiet", is_flag=True, help="No progress.")
def import_command(
    kind: str, file: Path, pairs: tuple[str, ...], crs: str | None, as_of: datetime | None, dry_run: bool, report_file: Path | None,
    create_missing: bool, partial: bool, encoding: str | None, sheet: str | None, quiet: bool,
) -> None:  # fmt: skip
    """Bring divisions, places, roads, addresses, plates or cases from CSV, XLSX, GeoJSON, GPKG or SHP."""
    from gazetteer.exchange.importing.report import write_rejections
    from gazetteer.exchange.importing.request import ImportRequest
    from gazetteer.exchange.importing.run import import_file

    settings = read_settings()
    if report_file is not None:
        require_writable(report_file)
    with opened(settings) as store, _case_services(kind, store, settings) as services, _progress(kind, quiet) as progress:
        request = ImportRequest(
            kind=kind, path=file, actor=operator(), mapping=read_mapping(pairs), crs=crs, as_of=as_of.date() if as_of else None,
            dry_run=dry_run, partial=partial, create_missing=create_missing, encoding=encoding, sheet=sheet,
            district_code=settings.district_code, limit_bytes=settings.max_upload_mb << 20, progress=progress,
        )  # fmt: skip
        report = import_file(store, request, cases=services)
    if report_file is not None:
        write_rejections(report, report_file)
    click.echo(json.dumps(report.as_dict(), ensure_ascii=False))
    for line in summary_lines(report, report_file):
        click.echo(line, err=True)
    if report.rejected:
        sys.exit(1)


def require_writable(path: Path) -> None:
    """Refuse a report file that cannot be written before anything is loaded: afterwards the rejected rows could not be told."""
    if path.is_dir() or not path.parent.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK):
        raise UsageError(f"不能写入报告文件 {path}：请检查目录是否存在、是否有写权限", field="report")


def read_mapping(pairs: tuple[str, ...]) -> dict[str, str]:
    """Read ``--map`` options: ("ref=编号", "kind==elder") -> {"ref": "编号", "kind": "=elder"}."""
    found: dict[str, str] = {}
    for pair in pairs:
        field, equals, column = pair.partition("=")
        if not equals or not field.strip() or not column.strip():
            raise UsageError(f"--map 应写成 字段=列名，而不是 {pair!r}", field="map")
        if field.strip() in found:
            raise UsageError(f"--map 中字段 {field.strip()} 出现了两次", field="map")
        found[field.strip()] = column.strip()
    return found


def summary_lines(report: ImportReport, report_file: Path | None) -> Iterator[str]:
    """Yield what a person wants to know of an import, a sentence a line."""
    yield from report.notes
    for one in report.rejected[:_SHOWN]:
        where = f"，列 {one.column}" if one.column else ""
        value = f"“{one.value}”：" if one.value else ""
        yield f"第 {one.line} 行{where}：{value}{one.reason}"
    if len(report.rejected) > _SHOWN:
        yield f"……另有 {len(report.rejected) - _SHOWN} 行" + ("" if report_file else "，用 --report 文件 查看全部")
    if report.rejected and not report.applied and not report.dry_run:
        yield f"有 {len(report.rejected)} 行不能接受，整个文件没有导入；改正后重试，或加 --partial 只导入其余各行"
    elif report.dry_run:
        yield "这是试运行，没有改动登记册"


@contextmanager
def _case_services(kind: str, store: Store, settings: Settings) -> Iterator[CaseServices | None]:
    """Yield what case files need: the matching index and the box that seals persons."""
    if kind != "cases":
        yield None
        return
    from gazetteer.cases.people import PersonBox
    from gazetteer.exchange.importing.request import CaseServices
    from gazetteer.keys import data_key

    with engine_of(store, settings) as engine:
        yield CaseServices(PersonBox(data_key(settings)), engine.view_in)


@contextmanager
def _progress(kind: str, quiet: bool) -> Iterator[Callable[[int], None]]:
    """Yield a function that shows the rows read so far, on a terminal only."""
    from tqdm import tqdm

    with tqdm(desc=f"导入 {kind}", unit="行", disable=quiet or not sys.stderr.isatty(), delay=2, leave=False) as bar:

        def show(rows: int) -> None:
            bar.update(rows - bar.n)

        yield show


@click.command("export")
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--crs", default="EPSG:4490", show_default=True, help="Coordinate system to write, an EPSG code.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), default=None, help="Day the divisions are wanted for; today by default.")
def export_command(kind: str, file: Path, crs: str, as_of: datetime | None) -> None:
    """Write divisions, places, roads, addresses, plates or case records to CSV, XLSX, GeoJSON, GPKG or SHP."""
    from gazetteer.exchange.exporting.rows import export_of
    from gazetteer.exchange.exporting.writers import write_export

    if as_of is not None and kind != "divisions":
        raise UsageError("--as-of 只用于导出行政区划", field="as_of")
    with opened() as store, store.reading() as session:
        count = write_export(export_of(session, kind, as_of.date() if as_of else None), file, crs=crs)
    if kind == "cases":
        file.chmod(0o600)  # it holds the addresses people gave
    click.echo(json.dumps({"kind": kind, "file": str(file), "rows": count}, ensure_ascii=False))
