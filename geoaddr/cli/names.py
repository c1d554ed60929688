"""``geoaddr names``: what is wrong with a proposed name, and the audit of all names of the register."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from geoaddr.cli.not_found import not_found_command
from geoaddr.cli.procedures import due_command, papers_command

if TYPE_CHECKING:
    from datetime import datetime

    from gazetteer.names.register import NameRegister


@click.group("names")
def names_group() -> None:
    """Check proposed names; audit the register's names."""


names_group.add_command(not_found_command)
names_group.add_command(due_command)
names_group.add_command(papers_command)


@names_group.command("check")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option(
    "--kind", default="", metavar="KIND", help="类别：road、lane、estate、building、village、bridge、park、square…；不给时按通名推断。"
)
@click.option("--division", default="", metavar="CODE", help="所在行政区划代码；不给时与全部登记名称比较。")
@click.option(
    "--fact",
    "given",
    multiple=True,
    metavar="FACT=FIGURE",
    help="规模：storeys=18、site_m2、floor_m2、green_percent、red_line_m、length_m。",
)
@click.option("--suggest", is_flag=True, help="不合规时给出能通过检查的名称。")
def check_command(names: tuple[str, ...], kind: str, division: str, given: tuple[str, ...], suggest: bool) -> None:
    """检查拟用名称，每个名称输出一行 JSON；不给 NAME 时从标准输入逐行读取。无法检查的名称写到标准错误，退出码为 1。"""
    from gazetteer.names.checks import check_name
    from geoaddr.errors import UsageError

    facts = _facts(given)
    register, failed = _register(required=bool(division)), False
    for number, name in enumerate(names or _lines(), start=1):
        try:
            answer = check_name(name, kind, division, register, facts=facts, suggest=suggest)
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
@click.option("--only", type=click.Choice(("names", "addresses")), help="只查地名，或者只查地址和门牌。")
def audit_command(only: str | None) -> None:
    """检查登记册的全部地名、地址和门牌：新的疑点登记一次，事实变了就更新，已消除的关闭；输出各类各规则的条数。"""
    from gazetteer.names.audit import audit, audit_addresses, audit_register
    from geoaddr.cli.register import opened, operator

    verbs = {"names": audit, "addresses": audit_addresses, None: audit_register}
    with opened() as store, store.transaction() as session:
        result = verbs[only](session, actor=operator())
    click.echo(json.dumps(result.as_dict(), ensure_ascii=False))


@names_group.command("ignore")
@click.argument("rule", default="", metavar="[RULE]")
@click.argument("word", default="", metavar="[WORD]")
@click.option("--finding", default="", metavar="ID", help="忽略这条疑点所指的对象，而不是一个词。")
@click.option("--reason", default="", metavar="TEXT", help="为什么忽略；必填。")
@click.option("--until", type=click.DateTime(("%Y-%m-%d",)), help="忽略到哪一天为止。")
@click.option("--lift", default="", metavar="ID", help="撤销一条忽略，被它压下的疑点重新出现。")
def ignore_command(rule: str, word: str, finding: str, reason: str, until: datetime | None, lift: str) -> None:
    """让一条规则忽略一个词（RULE WORD）或一个对象（--finding），记下理由、日期和经办人；--lift 撤销。"""
    from gazetteer.names.ignores import ignore_finding, ignore_word, lift_ignore
    from geoaddr.cli.register import opened, operator

    with opened() as store, store.transaction() as session:
        day = until.date() if until else None
        if lift:
            entry = lift_ignore(session, lift, actor=operator())
        elif finding:
            entry = ignore_finding(session, finding, reason, actor=operator(), until=day)
        else:
            entry = ignore_word(session, rule, word, reason, actor=operator(), until=day)
        shown = {"id": entry.id, "rule": entry.rule, "word": entry.word, "subject": entry.subject_label, "status": entry.status}
    click.echo(json.dumps(shown, ensure_ascii=False))


@names_group.command("ignores")
@click.option("--rule", default="", metavar="RULE", help="只列这一条规则。")
@click.option("--all", "every", is_flag=True, help="连已撤销的也列出。")
def ignores_command(rule: str, every: bool) -> None:
    """列出各条规则的忽略名单：每条一行 JSON，有理由、经办人和日期。"""
    from dataclasses import asdict

    from gazetteer.names.ignores import list_ignores
    from geoaddr.cli.register import opened

    with opened() as store, store.reading() as session:
        for row in list_ignores(session, rule=rule, status="" if every else "active"):
            click.echo(json.dumps(asdict(row), ensure_ascii=False, default=str))


def _facts(given: tuple[str, ...]) -> dict[str, float]:
    from gazetteer.names.facts import fact_kinds, read_facts
    from geoaddr.errors import UsageError

    pairs = dict(one.partition("=")[::2] for one in given)
    if unknown := [name for name in pairs if name not in fact_kinds()]:
        raise UsageError(f"没有“{unknown[0][:20]}”这一项规模，可用的有：{'、'.join(fact_kinds())}", field="fact")
    return read_facts(pairs)


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
                return NameRegister.load(session, ground=False)
        except UsageError:
            if required:
                raise
    click.echo("geoaddr：没有可比较的登记册，只检查用词和写法", err=True)
    return NameRegister.empty()
