"""Every check a name goes through, in order, and the answer to a planner's question about a proposed name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, replace
from datetime import date
from typing import Any

from gazetteer.names.judging import Rules
from gazetteer.names.likeness_checks import likeness_counts, near_name, near_names, same_name, same_sound
from gazetteer.names.place_checks import (
    name_of_another_place,
    named_after_a_road_elsewhere,
    protected_elsewhere,
    several_names,
    several_spellings,
)
from gazetteer.names.proposal import NameFinding, Proposal, verdict_of
from gazetteer.names.register import NameRegister, RegisteredName
from gazetteer.names.romanisation_checks import romanisation
from gazetteer.names.rules import rule_book
from gazetteer.names.suggestions import suggest_names
from gazetteer.names.term_checks import asked_measures, beyond_scale, missing_terms, misused_term, placeholder, planning_code, stacked_terms
from gazetteer.names.terms import KINDS, kind_of, split_name
from gazetteer.names.wording_checks import claimed_rank, listed_words, sound_without_meaning, transliteration
from gazetteer.names.writing_checks import characters, counted_things, digits, letters, symbols, uncommon_characters, unreadable
from geoaddr.errors import NotFound, UsageError
from geoaddr.romanize import romanize

Check = Callable[[Proposal, Rules, NameRegister], Iterable[NameFinding]]
CHECKS: tuple[Check, ...] = (
    unreadable,
    listed_words,
    claimed_rank,
    transliteration,
    sound_without_meaning,
    letters,
    digits,
    counted_things,
    symbols,
    characters,
    uncommon_characters,
    placeholder,
    planning_code,
    missing_terms,
    stacked_terms,
    misused_term,
    beyond_scale,
    same_name,
    same_sound,
    near_name,
    name_of_another_place,
    named_after_a_road_elsewhere,
    protected_elsewhere,
    several_names,
    several_spellings,
    romanisation,
)
"""The checks, in the order in which their findings are listed."""

LONGEST_NAME = 120


def check_name(
    name: str,
    kind: str,
    division_code: str,
    register: NameRegister,
    *,
    on: date | None = None,
    facts: Mapping[str, float] | None = None,
    suggest: bool = False,
) -> dict[str, Any]:
    """Return the promised answer of ``geoaddr names check`` about one name, in use nowhere yet.

    ``kind`` '' is guessed from the ending; ``division_code`` '' compares with the whole register; ``facts`` are the measures of
    what is to be named; with ``suggest`` names that pass are offered where this one does not. ``UsageError`` for an empty or
    overlong name or an unknown kind, ``NotFound`` for a code that no current division has.
    ``check_name("曼哈顿国际广场", "building", "", NameRegister.empty())["verdict"]`` -> ``flagged``.
    """
    proposal = propose_name(name, kind, division_code, register, facts=facts)
    rules = rule_book(on)
    findings = judge(proposal, rules, register)
    offered = suggest_names(proposal, findings, register, lambda one: verdict_of(judge(one, rules, register)) == "clean") if suggest else []
    return {
        "name": proposal.name, "kind": proposal.kind, "specific": proposal.specific, "generic": proposal.generic,
        "pinyin": romanize(proposal.specific, proposal.generic), "findings": [finding.as_dict() for finding in findings],
        "verdict": verdict_of(findings), "measures": asked_measures(proposal),
        "same_name": [_brief(register, one) for one in register.same_name(proposal.name)],
        "same_sound": [_brief(register, one) for one in register.same_sound(proposal.name)],
        "near": [_brief(register, one) for one in near_names(proposal, register)],
        "counts": likeness_counts(proposal, rules.on, register),
        **({"suggestions": [asdict(one) for one in offered]} if suggest else {}),
    }  # fmt: skip


def propose_name(name: str, kind: str, division_code: str, register: NameRegister, *, facts: Mapping[str, float] | None = None) -> Proposal:
    """Return a proposal from what a person typed; errors as :func:`check_name`."""
    stripped = name.strip()
    if not stripped:
        raise UsageError("请输入要检查的名称", field="name")
    if len(stripped) > LONGEST_NAME:
        raise UsageError(f"名称有 {len(stripped)} 个字，最多 {LONGEST_NAME} 个", field="name")
    known = kind_of(kind, stripped)
    if known and known not in KINDS:
        raise UsageError(f"没有“{kind[:20]}”这一类别，可用的有：{'、'.join(KINDS)}", field="kind")
    unit = register.by_code(division_code) if division_code else None
    if division_code and unit is None:
        raise NotFound(f"没有代码为 {division_code[:20]} 的现行行政区划", field="division")
    terms = split_name(stripped, known)
    division_id = unit.id if unit else ""
    return Proposal(stripped, known, terms.specific, terms.generic, terms.stacked, division_id=division_id, facts=facts or {})


def proposal_of(registered: RegisteredName) -> Proposal:
    """Return a name of the register as a proposal, so that it is judged by the same checks and never against itself."""
    return Proposal(
        registered.name, registered.category, registered.specific, registered.generic, registered.stacked, registered.division_id,
        registered.id, registered.named_on, registered.aliases, registered.facts, registered.pinyin, registered.spellings,
    )  # fmt: skip


def run_checks(proposal: Proposal, register: NameRegister, *, on: date | None = None) -> list[NameFinding]:
    """Return every doubt about a name, at most one a rule; several hits of one rule share their evidence."""
    return judge(proposal, rule_book(on), register)


def judge(proposal: Proposal, rules: Rules, register: NameRegister) -> list[NameFinding]:
    """Return what :func:`run_checks` does, by rules already read, for judging many names."""
    found: dict[str, NameFinding] = {}
    for check in CHECKS:
        for finding in check(proposal, rules, register):
            known = found.get(finding.rule)
            found[finding.rule] = finding if known is None else _joined(known, finding)
    return list(found.values())


def _joined(one: NameFinding, other: NameFinding) -> NameFinding:
    strictest = "blocks" if "blocks" in (one.severity, other.severity) else "warns"
    return replace(one, severity=strictest, evidence=f"{one.evidence}；{other.evidence}", excused=one.excused and other.excused)


def _brief(register: NameRegister, one: RegisteredName) -> dict[str, Any]:
    division = "".join(filter(None, (register.unit_name(one.division_id, level) for level in ("district", "town", "community"))))
    return {"id": one.id, "name": one.name, "kind": one.category, "status": one.status, "division": division,
            "lon": one.lon, "lat": one.lat}  # fmt: skip
