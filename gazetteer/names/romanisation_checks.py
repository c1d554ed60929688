"""Checks of the romanised spelling of a name: syllables by the Mandarin reading, specific and generic term apart, no foreign words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from gazetteer.names.judging import Rules, hit
from gazetteer.names.proposal import NameFinding, Proposal
from gazetteer.names.register import NameRegister
from gazetteer.names.terms import terms_table
from geoaddr.romanize import romanize

FOREIGN_GENERICS = re.compile(
    r"\b(road|rd|street|st|avenue|ave|lane|alley|square|plaza|garden|gardens|park|bridge|village|town|tower|building|mansion|city)\b", re.I
)
WRITTEN_AS_ONE = ("natural_village", "community")
"""Villages are written as one word, without setting the generic term apart (中国地名汉语拼音字母拼写规则 汉语地名部分)."""

_LETTERS = re.compile(r"[^a-zü]")


def romanisation(proposal: Proposal, rules: Rules, _register: NameRegister) -> Iterable[NameFinding]:
    """Flag a spelling that is not by the romanisation rules: 肖桥路 as Xiaoqiao Road or XiaoQiaoLu; another reading is accepted.

    乐清路 as Yueqing Lu and, in a name read otherwise, Leqing Lu are both spellings of the characters; Legging Lu is none.
    """
    given = unicodedata.normalize("NFC", proposal.pinyin.strip())
    if not given:
        return
    forms = proper_forms(proposal)
    cut = proposal.kind in (*terms_table()["required"], *WRITTEN_AS_ONE)
    if trouble := _trouble(given, forms, proposal.specific + proposal.generic, cut=cut):
        proper = forms[0]
        yield from hit(rules, "wrong-romanisation", proposal, f"{given}：{trouble}，宜作 {proper}", suggestion=proper)


def proper_forms(proposal: Proposal) -> tuple[str, ...]:
    """Return the spellings that are by the rules, the usual first: generic term apart, or as one word for a village.

    Lankai Zhijie and Lankaizhi Jie (兰凯直街) both set a generic term apart; 王村 is Wangcun.
    """
    name = proposal.specific + proposal.generic
    shorter = [term for term in terms_table()["generics"].get(proposal.kind, ()) if name.endswith(term) and len(name) > len(term)]
    cuts = dict.fromkeys((*(() if proposal.kind in WRITTEN_AS_ONE else (proposal.generic,)), *shorter, ""))
    if proposal.kind in WRITTEN_AS_ONE:
        cuts = dict.fromkeys(("", *cuts))
    elif proposal.generic:
        cuts.pop("")
    return tuple(romanize(name[: len(name) - len(term)], term) for term in cuts)


def _trouble(given: str, forms: tuple[str, ...], name: str, *, cut: bool) -> str:
    if given in forms:
        return ""
    if word := FOREIGN_GENERICS.search(given):
        return f"用了外文 {word.group()}"
    bare, wanted = _bare(given), _bare(forms[0])
    if bare != wanted and not _reads(bare, name):
        return "拼写与读音不符"
    # with another reading the borders between words cannot be compared: what remains is how capitals are set
    if bare == wanted and cut and [len(word) for word in given.split()] not in [[len(word) for word in form.split()] for form in forms]:
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
