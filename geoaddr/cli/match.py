"""``geoaddr compare`` and ``geoaddr match``: two texts with each other, and a whole table with the register."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from gazetteer.linking.engine import Engine
    from gazetteer.linking.washing import Answering, Washing
    from matchers.index import IndexLike
    from matchers.texts import Comparison

STANDARD = "-"


@click.command("compare")
@click.argument("texts", nargs=-1, metavar="[A B]")
def compare_command(texts: tuple[str, ...]) -> None:
    """比较两条地址文本（相同、部分相同、不同），每行输出一个 JSON；不给参数时从标准输入逐行读取“A<制表符>B”，读不懂的行列在标准错误里。"""
    from geoaddr.errors import UsageError
    from matchers.texts import compare_texts

    if texts and len(texts) != 2:
        raise UsageError("请给出正好两条地址文本，或从标准输入逐行给出“A<制表符>B”")
    if texts:
        _print_relation(compare_texts(texts[0], texts[1]))
        return
    broken = 0
    for number, line in enumerate(_lines(), start=1):
        cells = line.split("\t")
        if len(cells) == 2 and all(cell.strip() for cell in cells):
            _print_relation(compare_texts(cells[0], cells[1]))
        else:
            broken += 1
            click.echo(f"第 {number} 行不是用一个制表符分开的两条地址，已跳过", err=True)
    if broken:
        raise click.exceptions.Exit(1)


def _print_relation(found: Comparison) -> None:
    click.echo(json.dumps(found.as_dict(), ensure_ascii=False).encode("utf-8", "backslashreplace"))


def _lines() -> Iterator[str]:
    if isinstance(sys.stdin, TextIOWrapper):
        sys.stdin.reconfigure(encoding="utf-8", errors="replace")
    for line in sys.stdin:
        yield line.rstrip("\r\n")


def _explain(context: click.Context, _option: click.Parameter, text: str | None) -> None:
    """Tell every step for one text and end, as ``geoaddr explain`` does."""
    if text is not None:
        from geoaddr.cli.explain import explain_command

        context.invoke(explain_command, texts=(text,), as_json=False, division="")
        context.exit()


@click.command("match")
@click.argument("source", metavar="INPUT")
@click.argument("target", metavar="OUTPUT")
@click.option("--column", required=True, help="地址文本所在的列。")
@click.option("--lon", default="", help="经度所在的列（CGCS2000，可选）。")
@click.option("--lat", default="", help="纬度所在的列（CGCS2000，可选）。")
@click.option("--division", default="", help="区划代码所在的列（可选）。")
@click.option("--encoding", default=None, help="输入文件的编码，默认自动识别。")
@click.option("--sheet", default=None, help="工作表名称（XLSX、XLS、ODS）。")
@click.option("--engine", type=click.Choice(["local", "spark"]), default="local", show_default=True, help="在本机或在 Spark 集群上匹配。")
@click.option("--workers", type=click.IntRange(1, 256), default=1, show_default=True, help="同时匹配的进程数。")
@click.option("--spark-master", default="", help="Spark 主节点地址；默认按 Spark 自己的设置，没有则用本机。")
@click.option("--restart", is_flag=True, help="不接着上次中断的结果，从头做起。")
@click.option("--quiet", is_flag=True, help="不显示进度和小结。")
@click.option(
    "--explain", metavar="TEXT", is_eager=True, expose_value=False, callback=_explain, help="只说明一条地址怎样得出结论，不清洗表格。"
)
def match_command(source: str, target: str, engine: str, workers: int, spark_master: str, restart: bool, quiet: bool, **read: Any) -> None:
    """清洗一张表：INPUT 的每一行按原顺序输出一次到 OUTPUT，并附上匹配结论各列。

    INPUT 可为 CSV、XLSX、XLS、ODS、GeoJSON、GPKG、SHP；OUTPUT 按扩展名写成 .csv、.csv.gz、.xlsx 或 .parquet；“-”表示标准输入、标准输出。
    中断后再次运行同一命令，会从中断处接着做，结果与一次做完完全相同。
    """
    from gazetteer.linking.not_found_tables import count_washed
    from gazetteer.linking.washing import ChangedError, Task, Washing, snapshot
    from geoaddr.cli.register import engine_of, opened, read_settings
    from geoaddr.errors import UsageError

    settings = read_settings()
    with _input(source) as path, opened(settings) as store, engine_of(store, settings) as linking:
        _check_output(path, target)
        view, state = snapshot(linking, settled=engine == "spark")
        washing = Washing(Task(path, **read), state)
        for note in () if quiet else washing.notes:
            click.echo(f"注意：{note}", err=True)
        with _answering(linking, view, engine, workers, spark_master) as answering:
            try:
                _wash(
                    washing,
                    target,
                    answering,
                    lambda made: count_washed(store, view, made, washing.task.column),
                    restart=restart,
                    quiet=quiet,
                )
            except ChangedError as error:
                raise UsageError(f"{error.message}；要从头做起请加 --restart") from error
    _sum_up(washing, target, quiet=quiet)


@contextmanager
def _input(source: str) -> Iterator[Path]:
    """Yield the file to read; what comes through a pipe is put into a file first, because tables are looked at twice."""
    import shutil
    import tempfile

    from geoaddr.errors import UsageError

    if source == STANDARD:
        with tempfile.NamedTemporaryFile(suffix=".csv") as kept:
            shutil.copyfileobj(sys.stdin.buffer, kept)
            kept.flush()
            yield Path(kept.name)
        return
    if not Path(source).is_file():
        raise UsageError(f"找不到文件 {source}", field="file")
    yield Path(source)


def _is_stream(target: str) -> bool:
    return target == STANDARD or (Path(target).exists() and not Path(target).is_file() and not Path(target).is_dir())


def _check_output(source: Path, target: str) -> None:
    from gazetteer.linking.washed_files import check_target
    from geoaddr.errors import UsageError

    if _is_stream(target):
        return
    check_target(Path(target))
    if Path(target).exists() and Path(target).samefile(source):
        raise UsageError("结果不能写到输入文件自己身上，请换一个文件名")


@contextmanager
def _answering(linking: Engine, view: IndexLike, engine: str, workers: int, spark_master: str) -> Iterator[Answering]:
    from gazetteer.linking.washing import local_answers

    if engine == "spark":
        from matchers.spark import spark_answers

        with spark_answers(linking.index_dir / view.version, master=spark_master, workers=workers) as answering:
            yield answering
        return
    linking.settle()  # what is read once is read before the workers are forked, and shared by them
    linking.store.close()  # connections are not for forked processes; the register is opened again when needed
    yield local_answers(view, workers, _tell_of_death)


def _tell_of_death(code: int, tries: int) -> None:
    click.echo(f"一个工作进程中断（退出码 {code}），它手上的一段重做（第 {tries} 次）", err=True)


def _wash(washing: Washing, target: str, answering: Answering, finished: Callable[[Path], object], *, restart: bool, quiet: bool) -> None:
    from gazetteer.linking.washed_files import make

    if _is_stream(target):
        _wash_into_stream(washing, target, answering)
        return
    partial = Path(target).with_name(f"{Path(target).name}.partial")
    with _bar(washing, quiet=quiet) as show:
        try:
            for done in washing.into(partial, answering, restart=restart):
                show(done)
        except KeyboardInterrupt:
            click.echo(f"停在第 {washing.done} 行；再次运行同一命令可接着做", err=True)
            raise
    finished(partial)
    make(partial, Path(target))


@contextmanager
def _bar(washing: Washing, *, quiet: bool) -> Iterator[Callable[[int], None]]:
    """Yield what shows how far it is: a bar on a terminal, nothing elsewhere."""
    from tqdm import tqdm

    shown = not quiet and sys.stderr.isatty()
    with tqdm(total=washing.total() if shown else None, unit="行", delay=2, disable=not shown) as bar:
        first = True

        def show(done: int) -> None:
            nonlocal first
            if first:
                bar.initial = bar.n = done
                first = False
            bar.update(done - bar.n)

        yield show


def _wash_into_stream(washing: Washing, target: str, answering: Answering) -> None:
    from matchers.wash import csv_lines

    with open(sys.stdout.fileno() if target == STANDARD else target, "wb", closefd=target != STANDARD) as out:
        out.write((csv_lines([washing.header])[0] + "\n").encode())
        for lines in washing.lines(answering):
            out.write("".join(f"{line}\n" for line in lines).encode())


def _sum_up(washing: Washing, target: str, *, quiet: bool) -> None:
    """Say how many rows got each verdict and which were not processed; exit code 1 where there are such."""
    parts = "，".join(f"{verdict} {count}" for verdict, count in washing.counts.items() if count)
    if not quiet:
        click.echo(f"{washing.done} 行：{parts or '无'} → {target}", err=True)
    if not washing.counts["X"]:
        return
    listed = "，".join(f"第 {row} 行 {reason}" for row, reason in washing.failed)
    more = "等" if washing.counts["X"] > len(washing.failed) else ""
    click.echo(f"未处理 {washing.counts['X']} 行：{listed}{more}", err=True)
    raise click.exceptions.Exit(1)
