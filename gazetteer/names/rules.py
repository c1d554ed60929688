"""The rules a name is judged by: law as dated data, with what excuses a hit and within which area names must differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache

from gazetteer.names.clocks import today
from gazetteer.names.tables import rows_of, table_of
from geoaddr.errors import NotFound

CLASSES = ("大", "洋", "怪", "重")


@dataclass(frozen=True, slots=True)
class Excuse:
    """One known exception: what must hold for it to apply, and whether it silences a hit (``excuses``) or only lowers it (``warns``)."""

    id: str
    text: str
    effect: str
    kinds: frozenset[str] | None
    generics: tuple[str, ...]
    words: tuple[str, ...]
    named_before: date | None


@dataclass(frozen=True, slots=True)
class Rule:
    """One version of a rule of naming with its source, article and dates; ``confirmed`` says whether the primary text was read.

    A rule keeps its id when the law changes; each wording is a version with its own dates. ``scope`` says what it is about.
    """

    id: str
    title_zh: str
    title_en: str
    issue_class: str | None
    severity: str
    text: str
    scope: str
    source: str
    article: str
    effective_from: date
    effective_to: date | None
    confirmed: bool
    exceptions: tuple[Excuse, ...]


@dataclass(frozen=True, slots=True)
class Scope:
    """One row of the uniqueness table: for these kinds, within this level, the same name or sound is ``forbidden`` or to be avoided."""

    law: str
    kinds: frozenset[str]
    within: str
    same_name: str
    same_sound: str
    article: str
    confirmed: bool


class RuleBook(dict[str, Rule]):
    """The rules in force on one day by id; ``on`` is that day."""

    def __init__(self, on: date, rules: Mapping[str, Rule]) -> None:
        super().__init__(rules)
        self.on = on

    def at_naming(self, rule: Rule, named_on: date | None) -> Rule | None:
        """Return the version of a rule a name is held to: that of the day it was given, where it was given before the present one began.

        None where there was no such rule that day: the present one then asks, and never blocks.
        """
        if named_on is None or named_on >= rule.effective_from:
            return rule
        return next((one for one in _rules() if one.id == rule.id and _holds(one, named_on)), None)


def rule_book(on: date | None = None) -> RuleBook:
    """Return the rules in force on a day (today where none is given) by id.

    ``rule_book(date(2026, 1, 1))["duplicate-name"].issue_class`` -> ``重``.
    """
    day = on or today()
    return RuleBook(day, {rule.id: rule for rule in _rules() if _holds(rule, day)})


def find_rule(rule_id: str) -> Rule:
    """Return the newest version of a rule by id; ``NotFound`` where there is none."""
    versions = rule_versions(rule_id)
    if not versions:
        raise NotFound(f"没有名为 {rule_id[:40]} 的命名规则", field="rule")
    return versions[-1]


def rule_versions(rule_id: str) -> tuple[Rule, ...]:
    """Return every version of a rule, oldest first; empty for an id that no rule has."""
    return tuple(sorted((rule for rule in _rules() if rule.id == rule_id), key=lambda rule: rule.effective_from))


@cache
def rule_ids() -> tuple[str, ...]:
    """Return the ids of all rules of any time."""
    return tuple(dict.fromkeys(rule.id for rule in _rules()))


def _holds(rule: Rule, day: date) -> bool:
    return rule.effective_from <= day and (rule.effective_to is None or day < rule.effective_to)


@lru_cache(maxsize=256)
def scopes_on(kind: str, on: date) -> tuple[Scope, ...]:
    """Return the uniqueness rules in force for a kind of place: for ``natural_village`` the town (Zhejiang) and the city (Ningbo)."""
    return tuple(scope for scope, begin, end in _scopes() if kind in scope.kinds and begin <= on and (end is None or on < end))


@cache
def _rules() -> tuple[Rule, ...]:
    table = table_of("rules.yaml")
    excuses = {key: _excuse(key, value) for key, value in table_of("exceptions.yaml")["exceptions"].items()}
    return tuple(
        Rule(
            id=row["id"],
            title_zh=row["title_zh"],
            title_en=row["title_en"],
            issue_class=row["class"],
            severity=row["severity"],
            text=row["text"],
            scope=row.get("scope") or table["scopes"][row["source"]],
            source=table["sources"][row["source"]],
            article=row["article"],
            effective_from=row["from"],
            effective_to=row.get("to"),
            confirmed=row["confirmed"],
            exceptions=tuple(excuses[key] for key in row["exceptions"]),
        )
        for row in table["rules"]
    )


def _excuse(key: str, value: Mapping[str, object]) -> Excuse:
    when = value["when"]
    assert isinstance(when, Mapping)
    kinds, before = when.get("kinds"), when.get("named_before")
    return Excuse(
        id=key,
        text=str(value["text"]),
        effect=str(value["effect"]),
        kinds=None if kinds is None else frozenset(kinds),
        generics=tuple(when.get("generics", ())),
        words=tuple(when.get("words", ())),
        named_before=before,
    )


@cache
def _scopes() -> tuple[tuple[Scope, date, date | None], ...]:
    found = []
    for row in rows_of("scopes.csv"):
        scope = Scope(
            row["law"],
            frozenset(row["kinds"].split()),
            row["within"],
            row["same_name"],
            row["same_sound"],
            row["article"],
            row["confirmed"] == "yes",
        )
        end = date.fromisoformat(row["effective_to"]) if row["effective_to"] else None
        found.append((scope, date.fromisoformat(row["effective_from"]), end))
    return tuple(found)
