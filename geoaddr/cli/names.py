"""``geoaddr names``: what is wrong with a proposed name, and the audit of all names of the register."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from gazetteer.names.register import NameRegister


@click.group("names")
def names_group() -> None:
    """Check proposed names; audit the register's names."""


@names_group.command("check")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option(
    "--kind", default="", metavar="KIND", help="类别：road、lane、estate、building、village、bridge、park、square…；不给时按通名推断。"
)
@click.option("--division", default="", metavar="CODE", help="所在行政区划代码；不给时与全部登记名称比较。")
def check_command(names: tuple[str, ...], kind: str, division: str) -> None:
    """检查拟用名称，每个名称输出一行 JSON；不给 NAME 时从标准输入逐行读取。无法检查的名称写到标准错误，退出码为 1。"""
    from gazetteer.names.checks import check_name
    from geoaddr.errors import UsageError

    register, failed = _register(required=bool(division)), False
    for number, name in enumerate(names or _lines(), start=1):
        try:
            answer = check_name(name, kind, division, register)
        except UsageError as error:
            if error.field != "name":
                raise
            click.echo(f"geoaddr：第 {number} 个名称：{error.message}", err=True)
            failed = True
            continue
        click.echo(json.dumps(answer, ensure_ascii=False).encode("utf-8", "backslashreplace"))
    if failed:
        raise click.exceptions.Exit(1)


@names_group.command("audit")
def audit_command() -> None:
    """检查登记册的全部名称：新的疑点登记一次，事实变了就更新，已消除的关闭。"""
    from gazetteer.names.audit import audit
    from geoaddr.cli.register import opened, operator

    with opened() as store, store.transaction() as session:
        result = audit(session, actor=operator())
    click.echo(json.dumps(result.as_dict(), ensure_ascii=False))


def _lines() -> Iterator[str]:
    with click.open_file("-", encoding="utf-8", errors="replace") as stream:
        for line in stream:
            if line.strip():
                yield line.rstrip("\r\n")


def _register(*, required: bool) -> NameRegister:
    """Return the names of the register; where there is none yet, judge the wording alone and say so."""
    from gazetteer.names.register import NameRegister
    from geoaddr.cli.register import opened, read_settings
    from geoaddr.errors import UsageError

    settings = read_settings()
    prefix, _, file = settings.database_url.partition("sqlite:///")
    if required or prefix or Path(file).exists():
        try:
            with opened(settings) as store, store.reading() as session:
                return NameRegister.load(session)
        except UsageError:
            if required:
                raise
    click.echo("geoaddr：没有可比较的登记册，只检查用词和写法", err=True)
    return NameRegister.empty()
