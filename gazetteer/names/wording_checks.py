"""Checks of what the words of a name mean: 大 exaggerated, 洋 foreign, 怪 feudal, vulgar or bizarre, persons and companies."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from gazetteer.names.judging import Rules, hit
from gazetteer.names.proposal import NameFinding, Proposal
from gazetteer.names.register import NameRegister
from gazetteer.names.tables import rows_of
from gazetteer.names.transliterations import foreign_run, is_chinese_place

WORD_RULES = (
    "exaggerated-name", "foreign-place-name", "foreign-person-name", "foreign-word", "feudal-words", "vulgar-words", "bizarre-meaning",
    "leader-name", "person-name", "company-name",
)  # fmt: skip
FOREIGN_RULES = ("foreign-place-name", "foreign-person-name", "foreign-word")
HOUSES = ("estate", "building", "square")
COUNTRY_ENDING, NO_COUNTRY = "国", "际"
"""兴德国际 is 兴德 + 国际, not 德国."""

Words = dict[str, list[tuple[str, frozenset[str]]]]


def listed_words(proposal: Proposal, rules: Rules, _register: NameRegister) -> Iterable[NameFinding]:
    """Flag words of the lists, one finding a rule: 宇宙中央城 -> ``exaggerated-name`` with evidence 宇宙、中央.

    A longer word of any list hides the shorter ones inside it (太平洋 is no 洋 of its own).
    """
    for rule_id, words in _hits(proposal).items():
        yield from hit(rules, rule_id, proposal, "、".join(words))


def transliteration(proposal: Proposal, rules: Rules, _register: NameRegister) -> Iterable[NameFinding]:
    """Flag runs of characters that only transliterations string together: 塞拉维尔小区 -> ``foreign-word``, evidence 塞拉维尔.

    Names of Chinese divisions that are transliterations themselves (呼伦贝尔路, 霍尔果斯路) are none.
    """
    hits = _hits(proposal)
    if any(rule in hits for rule in FOREIGN_RULES):
        return
    run = foreign_run(proposal.specific, house=proposal.kind in HOUSES)
    if any(run in word for words in hits.values() for word in words):  # 亚欧 is exaggerated, not foreign
        return
    if run and not is_chinese_place(run, proposal.name):
        yield from hit(rules, "foreign-word", proposal, run)


@cache
def _words() -> tuple[Words, int]:
    words: Words = {}
    for row in (*rows_of("words.csv"), *rows_of("word_families.csv")):
        words.setdefault(row["word"], []).append((row["rule"], frozenset(row["kinds"].split())))
    for row in rows_of("foreign_places.csv"):
        words.setdefault(row["name"], [("foreign-place-name", frozenset())])
    return words, max(map(len, words))


def _hits(proposal: Proposal) -> dict[str, list[str]]:
    """Return the words found, longest first at each place, by rule in the order of ``WORD_RULES``."""
    words, longest = _words()
    found: dict[str, list[str]] = {}
    name, border, start = proposal.name, len(proposal.specific), 0
    while start < len(name):
        step = 1
        for size in range(min(longest, len(name) - start), 0, -1):
            word = name[start : start + size]
            if start < border < start + size < len(name):  # 智豪庭院 is 智豪 + 庭院, there is no 豪庭 in it
                continue
            if proposal.kind == "lane" and 0 < start < border < start + size:  # 民德里 is 民德 + 里, not 德里
                continue
            if word.endswith(COUNTRY_ENDING) and name[start + size : start + size + 1] == NO_COUNTRY:
                continue
            matched = [rule for rule, kinds in words.get(word, ()) if not kinds or proposal.kind in kinds]
            if matched:
                for rule in matched:
                    if word not in found.setdefault(rule, []):
                        found[rule].append(word)
                step = size
                break
        start += step
    return {rule: found[rule] for rule in WORD_RULES if rule in found}
