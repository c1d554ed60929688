"""``geoaddr normalize`` and ``geoaddr parse``: one JSON object a line for each address given or read."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

import click

from geoaddr.errors import UsageError


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
@click.option(
    "--weights", type=click.Path(path_type=Path), help="geoaddr train 写出的权重文件；不给则用设置 parse_weights，再没有就用自带权重。"
)
def parse_command(texts: tuple[str, ...], weights: Path | None) -> None:
    """把地址文本切成带标签的要素，每行输出一个 JSON；不给 TEXT 时从标准输入逐行读取。"""
    from geoaddr.parse import parse
    from geoaddr.settings import Settings

    chosen = weights or Settings().parse_weights
    reader = None
    if chosen is not None:
        from geoaddr.parsing.tagger import load_tagger

        reader = load_tagger(chosen)
    for text in _addresses(texts, _standard_input()):
        _print(parse(text, weights=reader).as_dict())


@click.command("train")
@click.argument("labelled", type=click.Path(path_type=Path))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--seed", default=1, show_default=True, help="随机种子；同样的标注和种子得到同样的权重。")
@click.option("--quiet", is_flag=True, help="不显示进度。")
def train_command(labelled: Path, out: Path, seed: int, quiet: bool) -> None:
    """用本单位标注的地址训练解析权重。

    LABELLED 每行一个字（或词）和一个 BIO 或 BIOES 标签，地址之间空一行；OUT 是写出的权重文件，用 geoaddr parse --weights 或设置
    parse_weights 启用。
    """
    from itertools import islice

    from tqdm import tqdm

    from geoaddr.parsing.labelled import read_labelled
    from geoaddr.parsing.tagger import save_tagger
    from geoaddr.parsing.training import most_texts, train

    if not out.resolve().parent.is_dir():
        raise UsageError(f"文件夹 {out.resolve().parent} 不存在，请先建立")
    texts = list(islice(read_labelled(labelled), most_texts() + 1))
    if len(texts) > most_texts():
        texts.pop()
        click.echo(f"标注多于 {most_texts()} 条，只用前 {most_texts()} 条", err=True)
    hidden = quiet or not sys.stderr.isatty()
    tagger = train(texts, seed=seed, told=lambda items, name: tqdm(items, desc=name, disable=hidden, leave=False))
    save_tagger(tagger, out)
    about = tagger.about
    click.echo(f"已用 {about['texts']} 条标注训练，写入 {out}（{out.stat().st_size / 1e6:.1f} MB）")
    click.echo(f"留出 {about['held_out_texts']} 条不参与试练，检验 F1 为 {about['held_out_f1']:.4f}")


def _print(record: dict[str, object]) -> None:
    line = json.dumps(record, ensure_ascii=False)
    click.echo(line.encode("utf-8", "backslashreplace"))
