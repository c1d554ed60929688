"""``geoaddr compare`` and ``geoaddr match``: two texts with each other, and a whole table with the register."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from gazetteer.exchange.table import Table


@click.command("compare")
@click.argument("texts", nargs=-1, metavar="[A B]")
def compare_command(texts: tuple[str, ...]) -> None:
    """比较两条地址文本（相同、部分相同、不同），每行输出一个 JSON；不给参数时从标准输入逐行读取“A<制表符>B”。"""
    from geoaddr.errors import UsageError
    from matchers.texts import compare_texts

    if texts and len(texts) != 2:
        raise UsageError("请给出正好两条地址文本，或从标准输入逐行给出“A<制表符>B”")
    pairs: Iterable[tuple[str, str]] = [(texts[0], texts[1])] if texts else _pairs()
    for a, b in pairs:
        click.echo(json.dumps(compare_texts(a, b).as_dict(), ensure_ascii=False).encode("utf-8", "backslashreplace"))


def _pairs() -> Iterator[tuple[str, str]]:
    from geoaddr.errors import UsageError

    if isinstance(sys.stdin, TextIOWrapper):
        sys.stdin.reconfigure(encoding="utf-8", errors="replace")
    for number, line in enumerate(sys.stdin, start=1):
        a, tab, b = line.rstrip("\r\n").partition("\t")
        if not tab:
            raise UsageError(f"第 {number} 行没有制表符，每行应为“A<制表符>B”")
        yield a, b


@click.command("match")
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="INPUT")
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path), metavar="OUTPUT")
@click.option("--column", required=True, help="地址文本所在的列。")
@click.option("--lon", default="", help="经度所在的列（CGCS2000，可选）。")
@click.option("--lat", default="", help="纬度所在的列（CGCS2000，可选）。")
@click.option("--division", default="", help="区划代码所在的列（可选）。")
@click.option("--encoding", default=None, help="输入文件的编码，默认自动识别。")
@click.option("--sheet", default=None, help="工作表名称（XLSX、XLS、ODS）。")
@click.option("--engine", type=click.Choice(["local"]), default="local", show_default=True, help="匹配引擎。")
@click.option("--quiet", is_flag=True, help="不显示进度。")
def match_command(
    source: Path,
    target: Path,
    column: str,
    lon: str,
    lat: str,
    division: str,
    encoding: str | None,
    sheet: str | None,
    engine: str,
    quiet: bool,
) -> None:
    """清洗一张表：INPUT 的每一行按原顺序输出一次到 OUTPUT（CSV），并附上匹配结论各列。"""
    from gazetteer.exchange.readers import open_table
    from geoaddr.cli.register import engine_of, opened, read_settings
    from matchers.wash import wash

    settings = read_settings()
    table = open_table(source, encoding=encoding, sheet=sheet, limit_bytes=settings.max_upload_mb << 20)
    _require_columns(table, column, lon, lat, division)
    with opened(settings) as store, engine_of(store, settings) as linking:
        rows = wash(_texts(table), column, linking.view(), columns=table.columns, lon=lon, lat=lat, division=division)
        counts = _write(target, table.columns, rows, quiet=quiet)
    total = sum(counts.values())
    parts = "，".join(f"{verdict} {count}" for verdict, count in sorted(counts.items()))
    click.echo(f"{total} 行：{parts or '无'} → {target}", err=True)
    if counts.get("X"):
        raise click.exceptions.Exit(1)


def _require_columns(table: Table, *wanted: str) -> None:
    from geoaddr.errors import UsageError

    for name in wanted:
        if name and name not in table.columns:
            raise UsageError(f"文件中没有“{name}”这一列；有：{'、'.join(table.columns)}", field=name)


def _texts(table: Table) -> Iterator[dict[str, str]]:
    for _line, row in table.rows():
        yield {name: "" if row.get(name) is None else str(row[name]) for name in table.columns}


def _write(target: Path, columns: Iterable[str], rows: Iterable[dict[str, str]], *, quiet: bool) -> dict[str, int]:
    """Write the washed rows beside the target and move them into place when complete; return how many rows got each verdict."""
    import csv
    import os

    from tqdm import tqdm

    from matchers.wash import result_columns

    named = result_columns(list(columns))
    partial = target.with_name(f".{target.name}.partial")
    counts: dict[str, int] = {}
    with partial.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, [*columns, *named.values()], lineterminator="\n")
        writer.writeheader()
        for row in tqdm(rows, unit="行", delay=2, disable=True if quiet else None):
            writer.writerow(row)
            counts[row[named["verdict"]]] = counts.get(row[named["verdict"]], 0) + 1
    os.replace(partial, target)
    return counts
