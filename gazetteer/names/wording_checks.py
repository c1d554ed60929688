"""Checks of what the words of a name mean: 大 exaggerated, 洋 foreign, 怪 feudal, vulgar or bizarre, persons and companies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache

from gazetteer.names.judging import Rules, hit
from gazetteer.names.proposal import NameFinding, Proposal
from gazetteer.names.register import NameRegister
from gazetteer.names.tables import rows_of, table_of
from gazetteer.names.transliterations import SHORTEST_HEARD, foreign_run, heard_as, is_chinese_place
from geoaddr.romanize import sound_key

WORD_RULES = (
    "exaggerated-name", "foreign-place-name", "foreign-person-name", "foreign-word", "feudal-words", "vulgar-words", "bizarre-meaning",
    "leader-name", "person-name", "company-name",
)  # fmt: skip
FOREIGN_RULES = ("foreign-place-name", "foreign-person-name", "foreign-word")
HOUSES = ("estate", "building", "square")
COUNTRY_ENDING, NO_COUNTRY = "国", "际"
"""兴德国际 is 兴德 + 国际, not 德国."""

_FIRST = re.compile(
    r"(?<![0-9〇零一二三四五六七八九十百千万第路街巷弄道])(?:一|壹|1|１|Ⅰ)[号號]"
    r"(?![楼幢栋门桥井矿店库厂线]|地块|地铁|宿舍|家属)"
)
"""一号, 壹号 as what a house calls itself: neither a number within a series nor the address of a door."""

Words = dict[str, list[tuple[str, frozenset[str]]]]


def listed_words(proposal: Proposal, rules: Rules, _register: NameRegister) -> Iterable[NameFinding]:
    """Flag words of the lists, one finding a rule: 宇宙中央城 -> ``exaggerated-name`` with evidence 宇宙、中央.

    A longer word of any list hides the shorter ones inside it (太平洋 is no 洋 of its own).
    """
    for rule_id, words in _hits(proposal).items():
        yield from hit(rules, rule_id, proposal, "、".join(words))


def claimed_rank(proposal: Proposal, rules: Rules, _register: NameRegister) -> Iterable[NameFinding]:
    """Flag a house that gives itself the rank of emperors, of the highest officials, or of number one: 云溪壹号 -> evidence 壹号.

    御景花园 is feudal by its words and exaggerated by what it claims; 状元府 is feudal only. 云溪二号 claims nothing.
    """
    if proposal.kind not in HOUSES:
        return
    ranks = table_of("wording.yaml")["highest_ranks"]
    claims = [word for word in _hits(proposal).get("feudal-words", ()) if any(rank in word for rank in ranks)]
    claims += _FIRST.findall(proposal.name)
    if claims:
        yield from hit(rules, "exaggerated-name", proposal, "、".join(dict.fromkeys(claims)))


def transliteration(proposal: Proposal, rules: Rules, _register: NameRegister) -> Iterable[NameFinding]:
    """Flag runs of characters that only transliterations string together: 塞拉维尔小区 -> ``foreign-word``, evidence 塞拉维尔.

    Names of Chinese divisions that are transliterations themselves (呼伦贝尔路, 霍尔果斯路) are none. A house named by a known
    foreign word in other characters is found by the sound: 马得里花园 -> evidence 马得里（音同马德里）.
    """
    hits = _hits(proposal)
    if any(rule in hits for rule in FOREIGN_RULES):
        return
    house = proposal.kind in HOUSES
    run = foreign_run(proposal.specific, house=house)
    heard = heard_as(proposal.specific, _foreign_sounds()) if house else None
    if heard and len(heard[0]) < len(run):
        heard = None
    run = heard[0] if heard else run
    if any(run in word for words in hits.values() for word in words):  # 亚欧 is exaggerated, not foreign
        return
    if run and not is_chinese_place(run, proposal.name):
        yield from hit(rules, "foreign-word", proposal, f"{run}（音同{heard[1]}）" if heard else run)


def sound_without_meaning(proposal: Proposal, rules: Rules, register: NameRegister) -> Iterable[NameFinding]:
    """Doubt the meaning of a house's name that is sound only: 塞拉维尔小区 -> ``bizarre-meaning``, for its characters say nothing."""
    if proposal.kind not in HOUSES:
        return
    words = [word for word in _hits(proposal).get("foreign-word", ()) if foreign_run(word, house=True) == word]
    for word in words or [one.evidence for one in transliteration(proposal, rules, register)]:
        yield from hit(rules, "bizarre-meaning", proposal, word)


@cache
def _words() -> tuple[Words, int]:
    words: Words = {}
    for row in (*rows_of("words.csv"), *rows_of("word_families.csv")):
        words.setdefault(row["word"], []).append((row["rule"], frozenset(row["kinds"].split())))
    for row in rows_of("word_meanings.csv"):
        words.setdefault(row["word"], []).extend((rule, frozenset(row["kinds"].split())) for rule in row["rules"].split())
    for row in rows_of("foreign_places.csv"):
        words.setdefault(row["name"], [("foreign-place-name", frozenset())])
    return words, max(map(len, words))


@cache
def _foreign_sounds() -> dict[str, str]:
    """Return the foreign words of the lists by their sound."""
    words = (word for word, rules in _words()[0].items() if len(word) >= SHORTEST_HEARD and any(rule in FOREIGN_RULES for rule, _ in rules))
    return {sound_key(word): word for word in words}


def _hits(proposal: Proposal) -> Mapping[str, list[str]]:
    return _words_in(proposal.name, proposal.kind, len(proposal.specific))


@lru_cache(maxsize=1_024)
def _words_in(name: str, kind: str, border: int) -> Mapping[str, list[str]]:
    """Return the words found, longest first at each place, by rule in the order of ``WORD_RULES``; several checks ask about one name."""
    words, longest = _words()
    found: dict[str, list[str]] = {}
    start = 0
    while start < len(name):
        step = 1
        for size in range(min(longest, len(name) - start), 0, -1):
            word = name[start : start + size]
            if start < border < start + size < len(name):  # 智豪庭院 is 智豪 + 庭院, there is no 豪庭 in it
                continue
            if kind == "lane" and 0 < start < border < start + size:  # 民德里 is 民德 + 里, not 德里
                continue
            if word.endswith(COUNTRY_ENDING) and name[start + size : start + size + 1] == NO_COUNTRY:
                continue
            matched = [rule for rule, kinds in words.get(word, ()) if not kinds or kind in kinds]
            if matched:
                for rule in matched:
                    if word not in found.setdefault(rule, []):
                        found[rule].append(word)
                step = size
                break
        start += step
    return {rule: found[rule] for rule in WORD_RULES if rule in found}
