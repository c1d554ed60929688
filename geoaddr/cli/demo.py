"""``geoaddr demo``: the sample district, built and walked through."""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geoaddr.errors import UsageError

if TYPE_CHECKING:
    from gazetteer.sample.build import DemoReport


@click.command("demo")
@click.option("--size", default=30_000, show_default=True, type=click.IntRange(1_000, 3_000_000), help="How many addresses.")
@click.option(
    "--folder",
    default=Path("var/demo"),
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the sample lives.",
)
@click.option("--reset", is_flag=True, help="Throw away the sample that is there and build it anew.")
@click.option("--quiet", is_flag=True, help="Only the report.")
def demo_command(size: int, folder: Path, reset: bool, quiet: bool) -> None:
    """Build the sample district in the embedded store, run every journey on it once, print what it did and found.

    The divisions are the real ones of 奉化区; everything else is invented. Nothing outside the folder is touched.
    """
    from gazetteer.sample.build import build_demo

    _make_room(folder, reset)
    began = time.perf_counter()
    report = build_demo(folder, size, (lambda _text: None) if quiet else (lambda text: click.echo(f"  {text}", err=True)))
    _print(report, folder, time.perf_counter() - began)
    if report.figures["troubles"]:
        sys.exit(1)


def _make_room(folder: Path, reset: bool) -> None:
    """Leave an empty folder, deleting only what is plainly a sample district."""
    if not folder.exists() or not any(folder.iterdir()):
        return
    marker, files = folder / "geoaddr.toml", folder / "files"
    is_sample = (
        (marker.is_file() and "demo = true" in marker.read_text(encoding="utf-8")) or (files / "truth.csv").is_file() or files.is_dir()
    )
    if not is_sample:
        raise UsageError(f"{folder} 里有别的文件，不是样本区，请换一个文件夹")
    if not reset:
        raise UsageError(f"{folder} 里已有样本区；要重建请加 --reset")
    shutil.rmtree(folder)


def _print(report: DemoReport, folder: Path, seconds: float) -> None:
    figures = report.figures
    plates = "，".join(f"{name} {count}" for name, count in sorted(figures["plates_by_status"].items()))
    click.echo("样本区（行政区划真实，其余均为虚构）：")
    click.echo(
        f"  行政区划 {figures['divisions']}（沿革 {figures['division_history']} 条，其中推断 {figures['division_history_inferred']} 条）"
    )
    click.echo(f"  地名 {figures['names']}，其中存疑 {figures['names_flagged']}（疑点 {figures['findings_open']} 条）")
    click.echo(f"  地址 {figures['addresses']}，门牌 {figures['plates']}（{plates}）")
    for kind, counts in figures["cases"].items():
        click.echo(f"  {_kind_title(kind)} {_sum(counts)}")
    for sentence in report.journeys:
        click.echo(f"  {sentence}")
    troubles: list[Any] = figures["troubles"]
    click.echo(
        f"  事件 {figures['events']} 条，"
        + (f"检查发现 {len(troubles)} 处问题：{'；'.join(troubles)}" if troubles else "哈希链与各项检查通过")
    )
    click.echo(f"用时 {seconds:.1f} 秒。运行：GEOADDR_CONFIG={folder}/geoaddr.toml geoaddr serve")
    click.echo("样本账号 admin、officer、approver、installer、viewer，口令均为 sample-district-2016（只存在于样本区）")


def _kind_title(kind: str) -> str:
    from gazetteer.cases.kinds import case_kind

    return case_kind(kind).title_zh


def _sum(counts: dict[str, int]) -> str:
    parts = {"linked": "已关联", "review": "待复核", "unmatched": "未匹配", "rejected": "不予处理"}
    return f"{counts['total']} = " + " + ".join(f"{word} {counts[name]}" for name, word in parts.items())
