"""Pinyin of place names after 中国地名汉语拼音字母拼写规则, and sound keys for finding homophones.

A generated spelling is a proposal: the official reading of a place is a field of the register.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from geoaddr.numerals import digits_of
from geoaddr.tables import read_rows

_DIRECTIONS = frozenset("东西南北中前后左右上下内外")
_LANES = frozenset("巷条弄")
_ROADS = frozenset(("路", "街", "大街", "大道"))
_ORDINALS = frozenset("一二三四五六七八九十")
_TONES = frozenset("\u0300\u0301\u0304\u030c")


@cache
def _phrases() -> tuple[dict[str, tuple[str, ...]], int]:
    """Return the place-name readings by text, and the longest text among them."""
    readings = {row["text"]: tuple(row["pinyin"].split()) for row in read_rows("place_pinyin.csv")}
    return readings, max(map(len, readings))


@cache
def _characters() -> dict[int, str]:
    """Map a character's code point to its first reading, tone marks kept; built once from pypinyin's table and our own."""
    from pypinyin.constants import PINYIN_DICT

    table = {code: readings.split(",")[0] for code, readings in PINYIN_DICT.items()}
    table |= {ord(text): syllables[0] for text, syllables in _phrases()[0].items() if len(text) == 1}
    return table


@cache
def _keys() -> dict[int, str]:
    return {code: _toneless(reading) + " " for code, reading in _characters().items()}


@cache
def _first_letters() -> dict[int, str]:
    return {code: _toneless(reading)[:1] for code, reading in _characters().items()}


def _toneless(reading: str) -> str:
    """Return a syllable without tone, ü as v: ``lǜ`` -> ``lv``."""
    decomposed = unicodedata.normalize("NFD", reading)
    bare = "".join(char for char in decomposed if char not in _TONES)
    return unicodedata.normalize("NFC", bare).replace("ü", "v").replace("ê", "e")


def syllables(text: str) -> tuple[str, ...]:
    """Return the tone-marked syllables of a name, phrases before characters; other characters stand for themselves.

    ``"乐清"`` -> ``("yuè", "qīng")``, ``"鲒埼"`` -> ``("jié", "qí")``, ``""`` -> ``()``.
    """
    phrases, longest = _phrases()
    chosen = _proposed(text)
    position = 0
    while position < len(text):
        for size in range(min(longest, len(text) - position), 1, -1):
            reading = phrases.get(text[position : position + size])
            if reading is not None and len(reading) == size:
                chosen[position : position + size] = reading
                position += size - 1
                break
        position += 1
    return tuple(chosen)


def _proposed(text: str) -> list[str]:
    """Return one reading per character as pypinyin proposes it in context, our own character readings first."""
    from pypinyin import Style, lazy_pinyin

    own = _phrases()[0]
    readings: list[str] = []
    for run in _RUNS.findall(text):
        proposed = lazy_pinyin(run, style=Style.TONE)
        readings += proposed if len(proposed) == len(run) else [_characters().get(ord(char), char) for char in run]
    return [own[char][0] if char in _ALWAYS else reading for char, reading in zip(text, readings, strict=True)]


_RUNS = re.compile("[\u3400-\u9fff]+|.", re.DOTALL)
_ALWAYS = frozenset("岙埭碶鄞莼鲒埼跸桕剡畈峧歙弄巷")
"""Characters with one reading in place names, whatever the general dictionary says of the context."""


def _word(parts: tuple[str, ...]) -> str:
    """Join syllables into one capitalised word with 隔音符号: ``("xi", "an")`` -> ``Xi'an``."""
    joined = ""
    for part in parts:
        bare = unicodedata.normalize("NFD", part)[:1]
        joined += ("'" if joined and joined[-1].isalpha() and bare in ("a", "o", "e") else "") + part
    return joined[:1].upper() + joined[1:]


def _plain(parts: tuple[str, ...]) -> tuple[str, ...]:
    """Drop tone marks, keeping ü, as signs and maps print names."""
    return tuple(_toneless(part).replace("v", "ü") if part.isalpha() and not part.isascii() else part for part in parts)


def romanize(specific: str, generic: str = "", *, tones: bool = False) -> str:
    """Spell a place name with specific and generic term apart, each capitalised.

    One-syllable qualifiers join what they qualify, ordinals of lanes are digits. ``("肖桥", "路")`` -> ``Xiaoqiao Lu``;
    ``("长汀东", "路")`` -> ``Changting Donglu``; ``("大川淀一", "巷")`` -> ``Dachuandian 1 Xiang``; ``("西坞", "")`` -> ``Xiwu``.
    """
    spelt = syllables(specific + generic)
    spelt = spelt if tones else _plain(spelt)
    first, last = spelt[: len(specific)], spelt[len(specific) :]
    ordinal = _ordinal_size(specific, generic)
    if ordinal:
        number = digits_of(specific[-ordinal:]) or ""
        return " ".join(word for word in (_word(first[:-ordinal]), number, _word(last)) if word)
    if generic and len(specific) > 2 and specific[-1] in _DIRECTIONS:
        return f"{_word(first[:-1])} {_word((first[-1], *last))}"
    return " ".join(word for word in (_word(first), _word(last)) if word)


def _ordinal_size(specific: str, generic: str) -> int:
    """Return how many characters at the end of a specific term are an ordinal: 2 for 东四十二 + 条 counts 十二, 0 for 文一 + 路."""
    size = len(specific) - len(specific.rstrip("".join(_ORDINALS)))
    if not size or (generic not in _LANES and not (generic in _ROADS and len(specific) - size > 1)):
        return 0
    if size == 3 and specific[-2] == "十":
        size = 2
    return size if len(specific) > size and digits_of(specific[-size:]) else 0


def sound_key(text: str) -> str:
    """Return toneless syllables joined by blanks, equal for homophones; a character always gives the same syllable.

    ``"肖桥"`` and ``"萧桥"`` -> ``"xiao qiao "``; other characters stay: ``"3幢"`` -> ``"3zhuang "``; ``""`` -> ``""``.
    """
    return text.translate(_keys())


def initials(text: str) -> str:
    """Return the first letters of the syllables in lower case: ``"肖桥路88号"`` -> ``"xql88h"``."""
    return text.translate(_first_letters()).lower()
