"""Where lines of Chinese text break: anywhere between Han characters, never inside a number or word, never before closing punctuation."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

CLOSING = frozenset("，。、；：？！）》】〕”’…—%％）")
OPENING = frozenset("（《【〔“‘")
_PIECES = re.compile(r"[0-9A-Za-zÀ-ɏ.°'’\-]+|.", re.DOTALL)


def lines_of(text: str, width: float, measure: Callable[[str], float], indent: str = "") -> list[str]:
    """Break text into lines no wider than ``width``; the first begins with ``indent``; a line break in the text ends a line.

    With every character 1 wide: ``lines_of("环球路，锦川路", 3, len)`` -> ``["环球", "路，锦", "川路"]``.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = indent
        for piece in _glued(paragraph, width - measure(indent), measure):
            if line and line != indent and measure(line + piece) > width:
                lines.append(line)
                line = ""
            line += piece
        lines.append(line)
    return lines


def _glued(text: str, width: float, measure: Callable[[str], float]) -> Iterator[str]:
    """Yield the pieces between which a line may break; a word wider than a line is cut."""
    waiting = ""
    for piece in _PIECES.findall(text):
        if not waiting or piece in CLOSING or waiting[-1] in OPENING:
            waiting += piece
        else:
            yield from _cut(waiting, width, measure)
            waiting = piece
    yield from _cut(waiting, width, measure)


def _cut(piece: str, width: float, measure: Callable[[str], float]) -> Iterator[str]:
    while len(piece) > 1 and measure(piece) > width:
        fits = next((size for size in range(len(piece) - 1, 0, -1) if measure(piece[:size]) <= width), 1)
        yield piece[:fits]
        piece = piece[fits:]
    if piece:
        yield piece
