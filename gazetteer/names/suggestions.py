"""Names to offer in place of a doubtful one: made from the planner's own words, the place and its old names, and checked like any other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, zip_longest

from gazetteer.names.proposal import NameFinding, Proposal
from gazetteer.names.register import NameRegister
from gazetteer.names.tables import table_of
from gazetteer.names.terms import split_name, terms_table

_ENDINGS = ("村民委员会", "居民委员会", "社区居委会", "村委会", "居委会", "社区", "街道", "新村", "村", "镇", "乡")
_TERMS_ONLY = ("missing-generic", "stacked-generic", "misused-generic", "exaggerated-generic")
_KEPT = "改用"
VARIED = 2
"""Generic terms tried with a specific term that is not the planner's own."""

_OLD_KINDS = ("natural_village", "natural", "bridge")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One name that passes every check, and what it was made from."""

    name: str
    why: str


def suggest_names(
    proposal: Proposal, findings: Sequence[NameFinding], register: NameRegister, passes: Callable[[Proposal], bool]
) -> list[Suggestion]:
    """Return up to six names that ``passes`` accepts, as near to the planner's as can be; empty where none was found or nothing is wrong.

    曼哈顿国际广场 as estate near 肖桥村 -> 肖桥花苑 … ; 锦绣广场花园 -> 锦绣花园.
    """
    counted = [finding for finding in findings if not finding.excused]
    if not counted or proposal.kind not in table_of("suggestions.yaml")["generics"]:
        return []
    table, found = table_of("suggestions.yaml"), {}
    for name, why in islice(_candidates(proposal, counted, register), table["tried"]):
        if name == proposal.name or name in found:
            continue
        terms = split_name(name, proposal.kind)
        if passes(replace(proposal, name=name, specific=terms.specific, generic=terms.generic, stacked=terms.stacked, pinyin="")):
            found[name] = Suggestion(name, why)
        if len(found) >= table["offered"]:
            break
    return list(found.values())


def _candidates(proposal: Proposal, findings: Sequence[NameFinding], register: NameRegister) -> Iterator[tuple[str, str]]:
    yield from ((finding.suggestion, "改用规范字") for finding in findings if finding.suggestion and finding.rule != "wrong-romanisation")
    sources: list[Iterable[tuple[str, str]]] = [
        _own_words(proposal, findings),
        _of_the_place(proposal, findings, register),
        _old_names(proposal, register),
    ]
    generics = _generics(proposal, findings)
    seen = set()
    for turn in zip_longest(*sources):
        for specific, why in filter(None, turn):
            if specific in seen or not 1 < len(specific) <= table_of("suggestions.yaml")["longest_specific"]:
                continue
            seen.add(specific)
            own = why.startswith(_KEPT)
            yield from ((specific + generic, why) for generic in (generics if own else generics[:VARIED]))


def _generics(proposal: Proposal, findings: Sequence[NameFinding]) -> list[str]:
    """Return the generic terms to try: the planner's own first, unless that is what is wrong."""
    usual: list[str] = table_of("suggestions.yaml")["generics"][proposal.kind]
    wrong = any(
        finding.rule == "exaggerated-generic" or (finding.rule == "misused-generic" and proposal.name.endswith(finding.evidence))
        for finding in findings
    )
    own = [proposal.generic] if proposal.generic and not wrong else []
    return list(dict.fromkeys((*own, *usual)))


def _own_words(proposal: Proposal, findings: Sequence[NameFinding]) -> Iterator[tuple[str, str]]:
    """Yield the planner's specific term without what was found fault with."""
    specific = proposal.specific.removesuffix(proposal.stacked) if proposal.stacked else proposal.specific
    misused = terms_table()["misused"].get(proposal.kind, {})
    bare = next((specific.removesuffix(term) for term in sorted(misused, key=len, reverse=True) if specific.endswith(term)), specific)
    yield bare, "改用合适的通名"
    words = [word for finding in findings if finding.rule not in _TERMS_ONLY for word in finding.evidence.split("、")]
    rest = bare
    for word in words:
        rest = rest.replace(word, "")
    rest = "".join(char for char in rest if "一" <= char <= "鿿")
    if rest != bare:
        yield rest, f"去掉“{'、'.join(word for word in words if word in bare)[:20]}”"
        for char in table_of("suggestions.yaml")["characters"] if len(rest) == 1 else "":
            yield rest + char, "保留原有的字"


def _of_the_place(proposal: Proposal, findings: Sequence[NameFinding], register: NameRegister) -> Iterator[tuple[str, str]]:
    """Yield specific terms made of the names of the village and town the place lies in.

    The planner's own stands behind them where nothing but a likeness or the generic term is wrong with it: no 庙后支一路 for 支一路.
    """
    sound = all(finding.issue_class == "重" or finding.rule in _TERMS_ONLY for finding in findings)
    for level in ("community", "town"):
        unit = register.unit_name(proposal.division_id, level)
        stem = next((unit.removesuffix(ending) for ending in _ENDINGS if unit.endswith(ending)), unit)
        if len(stem) < 2:
            continue
        yield stem, f"取所在的{unit}"
        own = "".join(char for char in proposal.specific if "一" <= char <= "鿿")
        if sound and len(own) == 2 and own != stem:
            yield stem[:2] + own, f"前面加所在的{stem}，与别处区分"
        for char in table_of("suggestions.yaml")["characters"]:
            yield stem[0] + char, f"取{stem}的“{stem[0]}”字"


def _old_names(proposal: Proposal, register: NameRegister) -> Iterator[tuple[str, str]]:
    """Yield the old local names nearby: of the same village first, then of the same town (新路优先启用老地名)."""
    path = register.path(proposal.division_id)
    for level in ("community", "town"):
        if (unit := path.get(level)) is None:
            continue
        for one in register.within(unit):
            if one.category in _OLD_KINDS and one.id != proposal.place_id:
                yield one.name, f"取附近的老地名{one.name}"
                yield one.specific, f"取附近的老地名{one.name}"
