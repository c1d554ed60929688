"""Texts nobody should have to read: the table of hostile cells, and long ones made by rule."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

CASES = Path(__file__).parent / "cases" / "hostile.csv"
CHAIN = "浙江省宁波市奉化区西坞街道"
LONG_CHARACTERS = 10_000


@dataclass(frozen=True)
class Hostile:
    """One row of the table: the verdicts that are honest, and the reason and warning where there is only one."""

    kind: str
    text: str
    verdicts: str
    reason: str
    warning: str


def hostile_cases() -> list[Hostile]:
    """Return the table; its texts are written with Python's escapes, so that marks nobody sees can be seen."""
    with CASES.open(encoding="utf-8", newline="") as file:
        return [Hostile(**{**row, "text": unescaped(row["text"])}) for row in csv.DictReader(file)]


def unescaped(text: str) -> str:
    r"""Return a text with its escapes read: ``肖桥\x00路`` has a NUL; nothing but ``\x``, ``\u``, ``\U``, ``\t`` and ``\n`` counts."""
    return text.encode("raw_unicode_escape").decode("unicode_escape") if "\\" in text else text


def long_texts() -> Mapping[str, str]:
    """Return texts of ten thousand characters by what they repeat; none may take long."""
    repeated = {
        "one road": "肖桥路",
        "road and number": "肖桥路88号",
        "division chain": CHAIN,
        "district": "奉化区",
        "one digit": "8",
        "one character": "路",
        "generic terms": "路街巷弄村",
        "numerals": "二百六十四",
        "spelt lanes": "廿三弄",
        "dashes": "1-",
        "brackets": "（",
        "closed brackets": "(a)",
        "blanks": "肖 ",
        "commas": "肖桥路，",
        "estate parts": "3幢2单元501室",
        "relations": "对面50米",
        "contacts": "样本甲收 000-00000001 ",
        "courier words": "请放门口",
        "traditional": "蕭橋路",
        "letters": "a",
        "emoji": "\U0001f3e0",
        "marks": "\u200b",
        "combining": "e\u0301",
        "towns": "西坞街道锦屏街道",
        "villages": "舒前村样本岙",
        "short names": "西坞肖桥舒前",
    }
    texts = {name: (piece * (LONG_CHARACTERS // len(piece) + 1))[:LONG_CHARACTERS] for name, piece in repeated.items()}
    texts["different characters"] = "".join(chr(0x4E00 + index * 7 % 20_000) for index in range(LONG_CHARACTERS))
    texts["names and strangers"] = "".join(f"肖桥{chr(0x4E00 + index * 7 % 20_000)}路" for index in range(LONG_CHARACTERS // 4))
    return texts
