"""``geoaddr explain``: every step of one match, as an officer would tell it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from io import TextIOWrapper

import click


@click.command("explain")
@click.argument("texts", nargs=-1, metavar="[TEXT]...")
@click.option("--json", "as_json", is_flag=True, help="每条输出一行 JSON。")
@click.option("--division", default="", metavar="CODE", help="条目须在其中的区划代码。")
def explain_command(texts: tuple[str, ...], as_json: bool, division: str) -> None:
    """说明一条地址怎样得出结论：规整、要素、候选与依据、由哪条规则决定；不给 TEXT 时从标准输入逐行读取。"""
    from geoaddr.cli.register import engine_of, opened, read_settings
    from matchers.verdict import Query
    from web.explaining import as_text, told, told_dict

    settings = read_settings()
    with opened(settings) as store, engine_of(store, settings) as engine:
        index = engine.view()
        for number, text in enumerate(texts or _lines()):
            found = told(engine.explain(Query(text, division=division)), index)
            if not as_json and number:
                click.echo("")
            shown = json.dumps(told_dict(found), ensure_ascii=False) if as_json else as_text(found)
            click.echo(shown.encode("utf-8", "backslashreplace"))


def _lines() -> Iterable[str]:
    if isinstance(sys.stdin, TextIOWrapper):
        sys.stdin.reconfigure(encoding="utf-8", errors="replace")
    return (line.rstrip("\r\n") for line in sys.stdin)
