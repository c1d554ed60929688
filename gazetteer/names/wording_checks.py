"""Checks of what the words of a name mean: 大 exaggerated, 洋 foreign, 怪 feudal, vulgar or bizarre, persons and companies."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from gazetteer.names.judging import Rules, hit
from gazetteer.names.proposal import NameFinding, Proposal
from gazetteer.names.register import NameRegister
from gazetteer.names.tables import rows_of, table_of

WORD_RULES = (
    "exaggerated-name", "foreign-place-name", "foreign-person-name", "foreign-word", "feudal-words", "vulgar-words", "bizarre-meaning",
    "leader-name", "person-name", "company-name",
)  # fmt: skip
Words = dict[str, list[tuple[str, frozenset[str]]]]


def listed_words(proposal: Proposal, rules: Rules, _register: NameRegister) -> Iterable[NameFinding]:
    """Flag words of the lists, one finding a rule: 宇宙中央城 -> ``exaggerated-name`` with evidence 宇宙、中央.

    A longer word of any list hides the shorter ones inside it (太平洋 is no 洋 of its own).
    """
    for rule_id, words in _hits(proposal).items():
        yield from hit(rules, rule_id, proposal, "、".join(words))


def transliteration(proposal: Proposal, rules: Rules, _register: NameRegister) -> Iterable[NameFinding]:
    """Flag runs of characters that only transliterations string together: 塞拉维尔小区 -> ``foreign-word``, evidence 塞拉维尔."""
    found = _hits(proposal)
    if "foreign-place-name" in found or "foreign-person-name" in found or "foreign-word" in found:
        return
    table = table_of("transliteration.yaml")
    for run in _runs(proposal.specific, frozenset(table["strong"]), frozenset(table["weak"])):
        strong = sum(char in table["strong"] for char in run)
        if len(run) >= table["least_run"] and strong >= table["least_strong"]:
            yield from hit(rules, "foreign-word", proposal, run)
            return


def _runs(text: str, strong: frozenset[str], weak: frozenset[str]) -> list[str]:
    runs, current = [], ""
    for char in text:
        if char in strong or char in weak:
            current += char
        else:
            runs.append(current)
            current = ""
    return [run for run in (*runs, current) if run]


@cache
def _words() -> tuple[Words, int]:
    words: Words = {}
    for row in rows_of("words.csv"):
        words.setdefault(row["word"], []).append((row["rule"], frozenset(row["kinds"].split())))
    return words, max(map(len, words))


def _hits(proposal: Proposal) -> dict[str, list[str]]:
    """Return the words found, longest first at each place, by rule in the order of ``WORD_RULES``."""
    words, longest = _words()
    found: dict[str, list[str]] = {}
    name, start = proposal.name, 0
    while start < len(name):
        step = 1
        for size in range(min(longest, len(name) - start), 0, -1):
            word = name[start : start + size]
            matched = [rule for rule, kinds in words.get(word, ()) if not kinds or proposal.kind in kinds]
            if matched:
                for rule in matched:
                    if word not in found.setdefault(rule, []):
                        found[rule].append(word)
                step = size
                break
        start += step
    return {rule: found[rule] for rule in WORD_RULES if rule in found}
