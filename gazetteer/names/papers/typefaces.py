"""The typefaces papers are written in: the shipped one, or the office's own where a name has a character the shipped one lacks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from gazetteer.names.papers.content import Paper
from geoaddr.errors import UsageError

SHIPPED = {"regular": "NotoSansSC-Regular.ttf", "bold": "NotoSansSC-Bold.ttf"}
LAYOUT = frozenset("\n\r\t")


def shipped(weight: str) -> Path:
    """Return the file of the shipped typeface in a weight, ``regular`` or ``bold``."""
    return Path(str(files("gazetteer").joinpath("data", "fonts", SHIPPED[weight])))


def typeface_for(papers: Iterable[Paper], own: str = "") -> tuple[Path, Path]:
    """Return the files (regular, bold) of the first typeface that has every character of these papers.

    ``UsageError`` names the characters and the paper where none has them: a paper with a hole in its text is never printed.
    """
    choices: list[tuple[Path, Path]] = [(shipped("regular"), shipped("bold"))]
    if own:
        if not Path(own).is_file():
            raise UsageError(f"找不到字体文件 {own}", field="font_path")
        choices.append((Path(own), Path(own)))
    known = list(papers)
    lacking = [_lacking(known, pair[0]) for pair in choices]
    for pair, missing in zip(choices, lacking, strict=True):
        if not missing:
            return pair
    title, characters = min(lacking, key=len)[0]
    listed = "、".join(f"“{one}”（U+{ord(one):04X}）" for one in characters)
    raise UsageError(f"“{title}”不能打印：字体中没有 {listed}，请在 FONT_PATH 中指定含有这些字的字体", field="font_path")


def _lacking(papers: Sequence[Paper], font: Path) -> list[tuple[str, list[str]]]:
    has = characters_of(str(font))
    found = []
    for paper in papers:
        wanted = {one for text in paper.strings() for one in text} - LAYOUT
        if missing := sorted(one for one in wanted if ord(one) not in has):
            found.append((paper.title, missing))
    return found


@lru_cache(maxsize=8)
def characters_of(font: str) -> frozenset[int]:
    """Return the characters a font file can write; ``UsageError`` for a file that is no font."""
    from fontTools.ttLib import TTFont, TTLibError

    try:
        with TTFont(font, lazy=True) as opened:
            return frozenset(opened.getBestCmap() or ())
    except (TTLibError, OSError) as error:
        raise UsageError(f"{font} 不是可用的字体文件", field="font_path") from error
