"""Checks of how a name is written: script, digits, symbols, and characters outside the standard table."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

from gazetteer.names.judging import Rules, hit
from gazetteer.names.proposal import NameFinding, Proposal
from gazetteer.names.register import NameRegister
from geoaddr.charset import level, non_standard
from geoaddr.tables import read_rows

_LETTERS = re.compile(r"[A-Za-zÀ-ɏА-яΑ-ωぁ-ヿ가-힣]+")
_DIGITS = re.compile(r"[0-9]+")
_BRACKETS = re.compile(r"[（(〔\[]([^）)〕\]]*)[）)〕\]]")
_COUNTED = re.compile(
    r"[0-9〇零一二三四五六七八九十百千万两半壹贰叁肆伍陆柒捌玖拾佰仟]+"
    r"(?:克拉|海里|公里|英里|平方|平米|号院|號院|斗|升|斤|两|吨|哩|栋|幢|桶|瓶|杯|度|℃|号|號|楼座|格|像素)(?:半)?(?!大?[街路巷村弄道桥]|干道)"
)
_NUMERALS = re.compile(r"[〇零一二三四五六七八九十百千万两壹贰叁肆伍陆柒捌玖拾佰仟]{3,}|[壹贰叁肆柒捌玖拾佰仟][壹贰叁肆伍陆柒捌玖拾佰仟]*")
_CAPITAL_NUMERALS = re.compile(r"(?:[壹贰叁肆柒捌玖拾佰仟]|[伍陆](?=[壹贰叁肆伍陆柒捌玖拾佰仟号號品]))+(?![家村庄])")
"""陆 and 伍 alone are surnames and words (大陆, 行伍); they count among other numerals only."""
_GENERIC_NUMBERS = re.compile(r"(?:地块|规划|纬|经|环)[0-9一二三四五六七八九十]+路$")
_ORDINAL = re.compile(r"第[一二三四五六七八九十]+(?:[园城郡街湾岛岸院府庭座墅景邸]|街区|大道)$")
"""第五园, 第六街: an ordinal where no first to fourth are; 第二小区 counts within a series."""

HOUSES = ("estate", "building")
RARE_LEVEL = 3
LONG_LETTERS = 3
"""Letters in a row from which they read as a foreign word (洋) rather than as letters without meaning (怪)."""


def unreadable(proposal: Proposal, rules: Rules, _register: NameRegister) -> Iterable[NameFinding]:
    """Block question marks, private-use and control characters, the traces of lost characters: ``[土?]家`` -> ``unreadable-character``."""
    bad = [char for char in dict.fromkeys(proposal.name) if char in "?？�□" or unicodedata.category(char) in ("Co", "Cn", "Cc", "Cs", "Cf")]
    if bad:
        yield from hit(rules, "unreadable-character", proposal, "、".join(f"U+{ord(char):04X}" for char in bad))


def letters(proposal: Proposal, rules: Rules, _register: NameRegister) -> Iterable[NameFinding]:
    """Flag foreign script and pinyin letters: MOKA公寓 -> 洋, XO巷 -> 怪 (one or two letters carry no word).

    A foreign word among Chinese characters is 怪 as well (中外文混用).
    """
    name = unicodedata.normalize("NFKC", proposal.name)
    found = list(dict.fromkeys(_LETTERS.findall(name)))
    if found:
        foreign = max(map(len, found)) >= LONG_LETTERS
        yield from hit(rules, "latin-letters", proposal, "、".join(found), issue_class="洋" if foreign else "怪")
        if foreign and any(map(_is_han, name)):
            yield from hit(rules, "mixed-script", proposal, "、".join(found))


def digits(proposal: Proposal, rules: Rules, _register: NameRegister) -> Iterable[NameFinding]:
    """Flag Arabic digits: 24米路 -> ``digits-in-name``."""
    found = _DIGITS.findall(unicodedata.normalize("NFKC", proposal.name))
    if found:
        yield from hit(rules, "digits-in-name", proposal, "、".join(dict.fromkeys(found)))


def counted_things(proposal: Proposal, rules: Rules, _register: NameRegister) -> Iterable[NameFinding]:
    """Flag numbers with measure words: 七斗二升里 -> ``meaningless-number``, evidence 七斗、二升; 三里路 and 五一路 are none."""
    found = _COUNTED.findall(proposal.name)
    if proposal.kind in ("estate", "building"):
        if not found and _NUMERALS.fullmatch(proposal.specific):
            found = [proposal.specific]
        found += _ORDINAL.findall(proposal.name)
        found += [one for one in _CAPITAL_NUMERALS.findall(proposal.name) if one not in "".join(found)]
    if found and not _GENERIC_NUMBERS.search(proposal.name):
        yield from hit(rules, "meaningless-number", proposal, "、".join(dict.fromkeys(found)))


def symbols(proposal: Proposal, rules: Rules, _register: NameRegister) -> Iterable[NameFinding]:
    """Flag signs that are no writing: 澜庭·苑 -> ``symbols-in-name``; a gloss in brackets says that another place has the name."""
    name = proposal.name
    gloss = _BRACKETS.search(name)
    place_kind = proposal.kind in ("road", "lane", "estate", "building", "bridge", "square")
    if gloss and gloss.group(1) and place_kind:
        yield from hit(rules, "duplicate-name", proposal, f"以括注（{gloss.group(1)}）与别处区分", severity="warns")
    bare = _BRACKETS.sub("", name) if place_kind or proposal.kind in ("town", "community") else name
    found = [char for char in dict.fromkeys(bare) if unicodedata.category(char)[0] in "PSZ" and char not in "?？�□〇"]
    if found:
        yield from hit(rules, "symbols-in-name", proposal, " ".join("空格" if char.isspace() else char for char in found))


def characters(proposal: Proposal, rules: Rules, _register: NameRegister) -> Iterable[NameFinding]:
    """Flag characters outside 通用规范汉字表, with the standard name where every one has a standard form.

    外嶴头 -> ``rare-character``, suggestion 外岙头; 香緹苑 -> ``mixed-script``, suggestion 香缇苑.
    """
    outside = [char for char in non_standard(proposal.name) if _is_han(char)]
    traditional = [char for char in outside if char in _simplified()]
    rare = [char for char in outside if char not in _simplified()]
    standard = _simplified() | _variants()
    complete = all(char in standard for char in outside)
    suggestion = "".join(standard.get(char, char) for char in proposal.name) if outside and complete else ""
    if traditional:
        yield from hit(rules, "mixed-script", proposal, "、".join(traditional), suggestion=suggestion)
    if rare:
        yield from hit(rules, "rare-character", proposal, "、".join(rare), suggestion=suggestion)


def uncommon_characters(proposal: Proposal, rules: Rules, _register: NameRegister) -> Iterable[NameFinding]:
    """Flag characters few can read in the name of an estate or building: 珺玹府 -> evidence 珺、玹.

    Those of the third level of the table (names and terms), unless a Chinese division is written with them: 岙, 鄞, 碶 are known here.
    """
    if proposal.kind in HOUSES:
        found = [char for char in dict.fromkeys(proposal.name) if level(char) == RARE_LEVEL and char not in _division_characters()]
        if found:
            yield from hit(rules, "uncommon-character", proposal, "、".join(found))


@cache
def _division_characters() -> frozenset[str]:
    """Return the characters in the names of the divisions the parser knows: the nation's down to districts, the province's to towns."""
    files = ("divisions_national.csv", "divisions_zhejiang_towns.csv")
    return frozenset("".join(row["name"] for file in files for row in read_rows(file)))


def _is_han(char: str) -> bool:
    return char != "〇" and unicodedata.name(char, "").startswith("CJK UNIFIED")


@cache
def _simplified() -> dict[str, str]:
    return {row["traditional"]: row["simplified"] for row in read_rows("traditional_characters.csv")}


@cache
def _variants() -> dict[str, str]:
    return {row["variant"]: row["standard"] for row in read_rows("character_variants.csv")}
