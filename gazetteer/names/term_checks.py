"""Checks of specific and generic terms: missing, stacked, of another kind of place, or larger than the place."""

from __future__ import annotations

from collections.abc import Iterable

from gazetteer.names.judging import Rules, hit
from gazetteer.names.proposal import NameFinding, Proposal
from gazetteer.names.register import NameRegister
from gazetteer.names.terms import terms_table

HOUSING = ("estate", "building")


def missing_terms(proposal: Proposal, rules: Rules, _register: NameRegister) -> Iterable[NameFinding]:
    """Flag a name without generic term (兰皋水岸 as estate) and block one that is nothing but a generic term (花园).

    An estate or building without one counts as 怪: the published lists put such names there, for nobody can tell what they name.
    """
    table = terms_table()
    if proposal.name in table["generics"].get(proposal.kind, ()) and proposal.kind in table["required"]:
        yield from hit(rules, "missing-specific", proposal, proposal.name)
    elif proposal.kind in table["required"] and not proposal.generic and not _misused(proposal):
        yield from hit(rules, "missing-generic", proposal, proposal.name, issue_class="怪" if proposal.kind in HOUSING else None)


def stacked_terms(proposal: Proposal, rules: Rules, _register: NameRegister) -> Iterable[NameFinding]:
    """Flag two generic terms in a row: 锦绣广场花园 -> evidence 广场＋花园."""
    if (proposal.stacked and len(proposal.generic) > 1) or (proposal.stacked and proposal.kind in ("road", "lane")):
        yield from hit(rules, "stacked-generic", proposal, f"{proposal.stacked}＋{proposal.generic}")


def misused_term(proposal: Proposal, rules: Rules, _register: NameRegister) -> Iterable[NameFinding]:
    """Flag a generic term of another kind of place, also under a plain one: estate 多瑙小镇 and 多瑙小镇小区 -> evidence 小镇."""
    found = _misused(proposal)
    if found:
        yield from hit(rules, "misused-generic", proposal, found[0], issue_class=found[1])


def beyond_scale(proposal: Proposal, rules: Rules, _register: NameRegister) -> Iterable[NameFinding]:
    """Flag a generic term larger than the place, where its measures are known: a 大厦 of 6 storeys."""
    for row in terms_table()["scale"]:
        fact = proposal.facts.get(row["fact"])
        if fact is not None and proposal.kind in row["kinds"] and proposal.name.endswith(row["generic"]) and fact < row["least"]:
            evidence = f"{row['generic']}：{fact:g}{row['unit']}，应不少于{row['least']:g}{row['unit']}"
            yield from hit(rules, "exaggerated-generic", proposal, evidence, article=row["article"])


def placeholder(proposal: Proposal, rules: Rules, _register: NameRegister) -> Iterable[NameFinding]:
    """Flag a planning code that stands in for a name: 规划一路, 无名巷 -> ``unnamed-place``."""
    words: list[str] = terms_table()["placeholders"]
    found = next((word for word in words if proposal.name.startswith(word) or proposal.name == word), "")
    if found and proposal.kind != "poi":
        yield from hit(rules, "unnamed-place", proposal, found)


def _misused(proposal: Proposal) -> tuple[str, str] | None:
    table: dict[str, str] = terms_table()["misused"].get(proposal.kind, {})
    longest = max((term for term in table if _ends(proposal.name, term)), key=len, default="")
    if longest and len(longest) >= len(proposal.generic):
        return longest, table[longest]
    inner = max((term for term in table if len(term) > 1 and _ends(proposal.specific, term)), key=len, default="")
    return (inner, table[inner]) if inner and proposal.generic in terms_table()["plain_generics"] else None


def _ends(text: str, term: str) -> bool:
    return text.endswith(term) and len(text) > len(term) + 1
