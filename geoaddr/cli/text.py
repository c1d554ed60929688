"""``geoaddr normalize`` and ``geoaddr parse``: one JSON object a line for each address given or read."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from io import TextIOWrapper
from typing import TextIO

import click


def _addresses(texts: tuple[str, ...], stream: TextIO) -> Iterable[str]:
    """Yield the arguments, or the lines of standard input when there are none."""
    return texts if texts else _lines(stream)


def _lines(stream: TextIO) -> Iterator[str]:
    for line in stream:
        yield line.rstrip("\r\n")


def _standard_input() -> TextIO:
    """Return standard input read as UTF-8 whatever the locale says; broken bytes become U+FFFD instead of an error."""
    if isinstance(sys.stdin, TextIOWrapper):
        sys.stdin.reconfigure(encoding="utf-8", errors="replace")
    return sys.stdin


@click.command("normalize")
@click.argument("texts", nargs=-1, metavar="[TEXT]...")
def normalize_command(texts: tuple[str, ...]) -> None:
    """把地址文本规范成统一写法，每行输出一个 JSON；不给 TEXT 时从标准输入逐行读取。"""
    from geoaddr.normalize import normalize

    for text in _addresses(texts, _standard_input()):
        normalized = normalize(text)
        _print({"text": text, "normalized": normalized.text, "offsets": list(normalized.offsets), "steps": list(normalized.steps)})


@click.command("parse")
@click.argument("texts", nargs=-1, metavar="[TEXT]...")
def parse_command(texts: tuple[str, ...]) -> None:
    """把地址文本切成带标签的要素，每行输出一个 JSON；不给 TEXT 时从标准输入逐行读取。"""
    from geoaddr.parse import parse

    for text in _addresses(texts, _standard_input()):
        _print(parse(text).as_dict())


def _print(record: dict[str, object]) -> None:
    line = json.dumps(record, ensure_ascii=False)
    click.echo(line.encode("utf-8", "backslashreplace"))
