"""Checks of the romanised spelling of a name: syllables by the Mandarin reading, specific and generic term apart, no foreign words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from gazetteer.names.judging import Rules, hit
from gazetteer.names.proposal import NameFinding, Proposal
from gazetteer.names.register import NameRegister
from geoaddr.romanize import romanize

FOREIGN_GENERICS = re.compile(
    r"\b(road|rd|street|st|avenue|ave|lane|alley|square|plaza|garden|gardens|park|bridge|village|town|tower|building|mansion|city)\b", re.I
)
_LETTERS = re.compile(r"[^a-zü]")


def romanisation(proposal: Proposal, rules: Rules, _register: NameRegister) -> Iterable[NameFinding]:
    """Flag a spelling that is not by the romanisation rules: 肖桥路 as Xiaoqiao Road or XiaoQiaoLu; another reading is accepted.

    乐清路 as Yueqing Lu and, in a name read otherwise, Leqing Lu are both spellings of the characters; Legging Lu is none.
    """
    given = unicodedata.normalize("NFC", proposal.pinyin.strip())
    if not given:
        return
    proper = romanize(proposal.specific, proposal.generic)
    if trouble := _trouble(given, proper, proposal.specific + proposal.generic):
        yield from hit(rules, "wrong-romanisation", proposal, f"{given}：{trouble}，宜作 {proper}", suggestion=proper)


def _trouble(given: str, proper: str, name: str) -> str:
    if given == proper:
        return ""
    if word := FOREIGN_GENERICS.search(given):
        return f"用了外文 {word.group()}"
    bare, wanted = _bare(given), _bare(proper)
    if bare != wanted and not _reads(bare, name):
        return "拼写与读音不符"
    # another reading moves no borders between words: what remains is how words are cut and capitals set
    if [len(word) for word in given.split()] != [len(word) for word in proper.split()] and bare == wanted:
        return "专名、通名未按规则分写"
    if any(not word[:1].isupper() or word[1:] != word[1:].lower() for word in given.split() if word[:1].isalpha()):
        return "大小写不合规则"
    return "" if _untoned(given) == given else "地名罗马字母拼写不标调"


def _bare(text: str) -> str:
    return _LETTERS.sub("", _untoned(text).lower().replace("v", "ü"))


def _untoned(text: str) -> str:
    kept = (char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char) or char == "\u0308")
    return unicodedata.normalize("NFC", "".join(kept))


def _reads(bare: str, name: str) -> bool:
    """Say whether letters can be cut into one reading of each character in order."""
    ends = {0}
    for char in name:
        readings = _readings(char)
        if not readings:
            continue
        ends = {end + len(one) for end in ends for one in readings if bare.startswith(one, end)}
    return len(bare) in ends


@lru_cache(maxsize=16_384)
def _readings(char: str) -> frozenset[str]:
    from pypinyin.constants import PINYIN_DICT

    return frozenset(_bare(reading) for reading in PINYIN_DICT.get(ord(char), "").split(",")) - {""}
