"""Checks against every other name: same name, same sound, near name, by the legal scope of each kind of place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from gazetteer.names.judging import Rules, hit
from gazetteer.names.proposal import NameFinding, Proposal
from gazetteer.names.register import NameRegister, RegisteredName
from gazetteer.names.rules import Scope, scopes_on
from gazetteer.names.terms import terms_table

NEAR_KINDS = ("road", "lane", "estate", "building")
SHOWN = 5
_LEVELS_INSIDE_OUT = ("community", "town", "district", "city", "province")
_LEVEL_WORDS = {"community": "同一村社区", "town": "同一镇街", "district": "同一区县", "city": "同一地级市", "province": "同一省"}


def same_name(proposal: Proposal, rules: Rules, register: NameRegister) -> Iterable[NameFinding]:
    """Flag a name already borne by a place of the same category within a legal scope; the strictest scope that is met speaks."""
    others = register.same_name(proposal.name, besides=proposal.place_id)
    found = _within(proposal, rules, register, others, "same_name")
    if found:
        scope, met = found
        severity = "blocks" if scope.same_name == "forbidden" else "warns"
        evidence = f"{_LEVEL_WORDS[scope.within]}内已有：{_listed(register, met)}"
        yield from hit(rules, "duplicate-name", proposal, evidence, severity=severity, article=scope.article)


def same_sound(proposal: Proposal, rules: Rules, register: NameRegister) -> Iterable[NameFinding]:
    """Flag a name that sounds like another of the same category, to dialect speakers too: 景澜路 and 锦岚路."""
    others = register.same_sound(proposal.name, besides=proposal.place_id)
    found = _within(proposal, rules, register, others, "same_sound")
    if found:
        scope, met = found
        yield from hit(rules, "homophone-name", proposal, f"与{_listed(register, met)}同音", article=scope.article)


def near_name(proposal: Proposal, rules: Rules, register: NameRegister) -> Iterable[NameFinding]:
    """Flag a name told from another only by 新, 大, 小, 老, the district's own name, or its generic term: 新松涛路, 松涛街 beside 松涛路.

    Ningbo wants the specific terms of one category to differ in the whole city, not only the names.
    """
    if proposal.kind not in NEAR_KINDS:
        return
    near: dict[str, RegisteredName] = {}
    for specific in _near_specifics(proposal, register):
        near.update({one.id: one for one in register.by_specific.get(specific, ()) if one.generic == proposal.generic})
    same = {one.id: one for one in register.by_specific.get(proposal.specific, ()) if one.name != proposal.name and len(one.specific) > 1}
    for others, word in ((near, "近似"), (same, "专名相同")):
        others.pop(proposal.place_id, None)
        found = _within(proposal, rules, register, [one for one in others.values() if one.name != proposal.name], "same_sound")
        if found:
            yield from hit(rules, "near-name", proposal, f"与{_listed(register, found[1])}{word}", article=found[0].article)


def near_names(name_parts: Proposal, register: NameRegister) -> list[RegisteredName]:
    """Return live names that share the specific term of a name or differ by 新, 大 or the like, for a person to look at.

    松涛路 -> 松涛花苑, 新松涛路. Points of interest are left out, and so is what sounds the same.
    """
    specifics = (name_parts.specific, *sorted(_near_specifics(name_parts, register)))
    found = {one.id: one for specific in specifics for one in register.by_specific.get(specific, ())}
    alike = {name_parts.name, *(one.name for one in register.same_sound(name_parts.name))}
    return [one for one in found.values() if one.name not in alike and one.category != "poi"]


def likeness_counts(proposal: Proposal, on: date, register: NameRegister) -> list[dict[str, Any]]:
    """Return one line a legal scope of this kind: within which unit, by which article, and how many there bear the same name or sound.

    Without a division the whole register is counted. A register rarely has the names of every district of a city, so
    ``districts_known`` of ``districts`` says how far its counts reach (both 0 for a scope no wider than a district).
    Like 宁波市: {"within": "city", "unit": "宁波市", "same_name": 1, "districts_known": 1, "districts": 10, …}.
    """
    path = register.path(proposal.division_id)
    named, sounding = (
        register.same_name(proposal.name, besides=proposal.place_id),
        register.same_sound(proposal.name, besides=proposal.place_id),
    )

    def count(others: Sequence[RegisteredName], scope: Scope) -> int:
        return sum(one.category in scope.kinds and _same_unit(path.get(scope.within), one.path.get(scope.within)) for one in others)

    def reach(scope: Scope) -> dict[str, int]:
        wide = scope.within in ("city", "province")
        known, there = register.districts_known(path.get(scope.within, ""), scope.kinds) if wide else (0, 0)
        return {"districts_known": known, "districts": there}

    return [
        {
            "within": scope.within, "unit": register.unit_name(proposal.division_id, scope.within), "law": scope.law,
            "article": scope.article,
            "confirmed": scope.confirmed, "name_rule": scope.same_name, "sound_rule": scope.same_sound, "same_name": count(named, scope),
            "same_sound": count(sounding, scope), **reach(scope),
        }
        for scope in scopes_on(proposal.kind, on)
    ]  # fmt: skip


def _near_specifics(proposal: Proposal, register: NameRegister) -> set[str]:
    affixes = terms_table()["near_affixes"]
    specific = proposal.specific
    owns = [_stem(register.unit_name(proposal.division_id, level)) for level in ("city", "district", "town")]
    found = set()
    for affix in (*affixes["before"], *(own for own in owns if own)):
        if specific.startswith(affix) and len(specific) - len(affix) >= 2:
            found.add(specific[len(affix) :])
        found.add(affix + specific)
    for affix in affixes["after"]:
        if specific.endswith(affix) and len(specific) - len(affix) >= 2:
            found.add(specific[: -len(affix)])
        found.add(specific + affix)
    return found


def _stem(unit_name: str) -> str:
    """Return the name of a unit without its ending: 奉化区 -> 奉化; '' where nothing of two characters is left."""
    for ending in ("街道", "市", "区", "县", "镇", "乡"):
        if unit_name.endswith(ending) and len(unit_name) - len(ending) >= 2:
            return unit_name[: -len(ending)]
    return ""


def _within(
    proposal: Proposal, rules: Rules, register: NameRegister, others: Sequence[RegisteredName], column: str
) -> tuple[Scope, list[RegisteredName]] | None:
    """Return the strictest scope in which some of the others lie, with them; without a known division every scope is met."""
    path = register.path(proposal.division_id)
    found: list[tuple[Scope, list[RegisteredName]]] = []
    for scope in scopes_on(proposal.kind, rules.on):
        met = [one for one in others if one.category in scope.kinds and _same_unit(path.get(scope.within), one.path.get(scope.within))]
        if met:
            found.append((scope, met))
    if not found:
        return None
    return min(found, key=lambda pair: (getattr(pair[0], column) != "forbidden", _LEVELS_INSIDE_OUT.index(pair[0].within)))


def _same_unit(one: str | None, other: str | None) -> bool:
    return one is None or other is None or one == other


def _listed(register: NameRegister, names: Sequence[RegisteredName]) -> str:
    shown = "、".join(
        f"{one.name}（{register.unit_name(one.division_id, 'town') or register.unit_name(one.division_id)}）" for one in names[:SHOWN]
    )
    return shown + (f"等 {len(names)} 处" if len(names) > SHOWN else "")
