"""Checks of specific and generic terms: missing, stacked, of another kind of place, or larger than the place."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from gazetteer.names.facts import fact_kinds
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
        term, class_ = found
        yield from hit(rules, "misused-generic", proposal, term, issue_class=class_)


def beyond_scale(proposal: Proposal, rules: Rules, _register: NameRegister) -> Iterable[NameFinding]:
    """Flag a generic term larger than the place, where its measures are known: a 大厦 of 6 storeys.

    A row of the scale table asks for one of its measures (10 storeys or 10,000 m²); those that are not known say nothing, save where a
    national standard fixes the figure: a 大桥 that is only proposed has to say its length first.
    """
    for row in _scale(proposal):
        known = [(one, proposal.facts[one["fact"]]) for one in row["least"] if one["fact"] in proposal.facts]
        if known and all(fact < one["figure"] for one, fact in known):
            evidence = "，".join(f"{_figure(one['fact'], fact)}，应不少于{_figure(one['fact'], one['figure'])}" for one, fact in known)
            yield from hit(rules, "exaggerated-generic", proposal, f"{row['generic']}：{evidence}", article=row["article"])
        elif not known and row.get("must_be_known") and not proposal.place_id:
            asked = row["least"][0]
            evidence = f"{fact_kinds()[asked['fact']].zh}未填，应不少于{_figure(asked['fact'], asked['figure'])}"
            yield from hit(rules, "exaggerated-generic", proposal, f"{row['generic']}：{evidence}", article=row["article"])


def asked_measures(proposal: Proposal) -> list[dict[str, Any]]:
    """Return what a generic term asks to know and nobody said yet: 锦溪大厦 -> [{"generic": 大厦, "least": "层数 10层 或 …", …}]."""
    return [
        {"generic": row["generic"], "least": " 或 ".join(f"{fact_kinds()[one['fact']].zh} {_figure(one['fact'], one['figure'])}" for one in
                                                         row["least"]), "facts": [one["fact"] for one in row["least"]],
         "article": row["article"]}
        for row in _scale(proposal) if not any(one["fact"] in proposal.facts for one in row["least"])
    ]  # fmt: skip


def _scale(proposal: Proposal) -> list[dict[str, Any]]:
    rows = [row for row in terms_table()["scale"] if proposal.kind in row["kinds"] and proposal.name.endswith(row["generic"])]
    longest = max((len(row["generic"]) for row in rows), default=0)
    return [row for row in rows if len(row["generic"]) == longest]


def _figure(fact: str, figure: float) -> str:
    return f"{figure:.10g}{fact_kinds()[fact].unit}"


def placeholder(proposal: Proposal, rules: Rules, _register: NameRegister) -> Iterable[NameFinding]:
    """Flag a planning code that stands in for a name: 规划一路, 无名巷 -> ``unnamed-place``."""
    words: list[str] = terms_table()["placeholders"]
    found = next((word for word in words if proposal.name.startswith(word) or proposal.name == word), "")
    if found and proposal.kind != "poi":
        yield from hit(rules, "unnamed-place", proposal, found)


def planning_code(proposal: Proposal, rules: Rules, _register: NameRegister) -> Iterable[NameFinding]:
    """Flag a road whose specific term is the code of a planning drawing: 支一路, 纬三路, 二十四米路, 8号路; 三里路 and 五一路 are none."""
    if proposal.specific in terms_table()["meant_numbers"]:
        return
    if proposal.kind in ("road", "lane") and _planning_codes().fullmatch(proposal.specific):
        yield from hit(rules, "planning-code", proposal, proposal.specific)


@cache
def _planning_codes() -> re.Pattern[str]:
    return re.compile("|".join(terms_table()["planning_codes"]))


def _misused(proposal: Proposal) -> tuple[str, str] | None:
    table: dict[str, str] = terms_table()["misused"].get(proposal.kind, {})
    longest = max((term for term in table if _ends(proposal.name, term)), key=len, default="")
    if longest and len(longest) >= len(proposal.generic):
        return longest, table[longest]
    inner = max((term for term in table if len(term) > 1 and _ends(proposal.specific, term)), key=len, default="")
    return (inner, table[inner]) if inner and inner != proposal.stacked and proposal.generic in terms_table()["plain_generics"] else None


def _ends(text: str, term: str) -> bool:
    return text.endswith(term) and len(text) > len(term) + 1
