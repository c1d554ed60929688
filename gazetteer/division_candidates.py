"""What an ended unit may have become, for a person to decide: units ranked by what the lists show, nothing of it a conclusion."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, defer

from gazetteer.divisions import division_brief, today_of
from gazetteer.exchange.importing.succession import core_of, succession_rules
from gazetteer.store.models import Division, DivisionSuccession

RANKED = 20
TOLD = 5
"""Candidates told of where a unit of another time is asked for."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing the lists show; ``what`` is a key of ``candidate_weights`` (succession_rules.yaml), ``detail`` the names or characters."""

    what: str
    detail: str


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is known beside the units themselves: towns the old one's town became, heirs of its neighbours, and who else went where."""

    towns: frozenset[str]
    beside: Mapping[str, Sequence[str]]
    took_in: Mapping[str, Sequence[str]]


def candidates(session: Session, old: Division, text: str = "", *, limit: int = RANKED) -> list[dict[str, Any]]:
    """Return units of the same level that were there when one ended, likeliest first, each with ``evidence`` and ``score``.

    Without ``text``: those in its town (or what its town became) and those of its name in the same district. With it: those whose name or
    code holds the text, wherever they are.
    """
    there = [one for one in _pool(session, old, text) if one.id != old.id]
    seen = _Seen(_towns(session, old), _heirs_beside(session, old), _others_taken_in(session, old, [one.id for one in there]))
    weights = succession_rules()["candidate_weights"]
    rows = []
    for one in there:
        evidence = _evidence(old, one, seen)
        score = sum(weights[found.what] * (len(found.detail) if found.what.startswith("shared") else 1) for found in evidence)
        told = [{"what": found.what, "detail": found.detail} for found in evidence]
        rows.append({"id": one.id, **division_brief(one), "town": _parent_name(one), "score": score, "evidence": told})
    return sorted(rows, key=lambda row: (-row["score"], row["code"]))[:limit]


def telling_candidates(session: Session, old: Division) -> list[dict[str, Any]]:
    """Return the few first candidates for which more speaks than that they lie in the same town."""
    found = candidates(session, old, limit=TOLD)
    return [row for row in found if any(one["what"] != "same_town" for one in row["evidence"])]


def likely_kind(found: Sequence[Mapping[str, Any]]) -> str:
    """Return how a unit most likely changed, by its first candidate: the same name elsewhere has moved, anything else has merged."""
    first = {one["what"] for one in found[0]["evidence"]} if found else set()
    return "moved" if "same_name" in first and "same_town" not in first else "merged"


def _pool(session: Session, old: Division, text: str) -> list[Division]:
    still = or_(Division.valid_to.is_(None), Division.valid_to > old.valid_to)
    there = and_(Division.level == old.level, Division.valid_from <= old.valid_to, still)
    if text:
        wanted: ColumnElement[bool] = Division.name.contains(text, autoescape=True) | Division.code.startswith(text, autoescape=True)
        return list(session.scalars(select(Division).where(there, wanted).order_by(Division.code).limit(200)))
    core = core_of(old.name)
    named = and_(Division.name.startswith(core, autoescape=True), Division.code.startswith(_district(old)))
    statement = select(Division).where(there, or_(Division.parent_id.in_(_towns(session, old)), named)).options(defer(Division.geom))
    return [one for one in session.scalars(statement) if one.parent_id in _towns(session, old) or core_of(one.name) == core]


def _district(old: Division) -> str:
    above = old.parent.parent if old.parent is not None else None
    return above.code if above is not None else ""


def _towns(session: Session, old: Division) -> frozenset[str]:
    return frozenset({old.parent.id, *(one.id for one in today_of(session, old.parent))}) if old.parent is not None else frozenset()


def _heirs_beside(session: Session, old: Division) -> dict[str, list[str]]:
    """Return what the neighbours in code order became: id of a unit -> names of the neighbours that it is or that went into it."""
    siblings = list(
        session.execute(
            select(Division.id, Division.code, Division.name, Division.valid_to)
            .where(Division.parent_id == old.parent_id, Division.valid_from < old.valid_to)
            .where(or_(Division.valid_to.is_(None), Division.valid_to >= old.valid_to))
            .order_by(Division.code)
        )
    )
    at = next((place for place, row in enumerate(siblings) if row.id == old.id), 0)
    found: dict[str, list[str]] = defaultdict(list)
    for row in (*siblings[max(at - 1, 0) : at], *siblings[at + 1 : at + 2]):
        if row.valid_to is None or (old.valid_to is not None and row.valid_to > old.valid_to):
            found[row.id].append(row.name)
        for heir in session.scalars(select(DivisionSuccession.new_id).where(DivisionSuccession.old_id == row.id)):
            found[heir].append(row.name)
    return found


def _others_taken_in(session: Session, old: Division, ids: Iterable[str]) -> dict[str, list[str]]:
    """Return which other units went into each on the day the old one ended."""
    statement = (
        select(DivisionSuccession.new_id, Division.name)
        .join(Division, Division.id == DivisionSuccession.old_id)
        .where(DivisionSuccession.changed_on == old.valid_to, DivisionSuccession.new_id.in_(list(ids)))
        .order_by(Division.code)
    )
    found: dict[str, list[str]] = defaultdict(list)
    for row in session.execute(statement):
        found[row.new_id].append(row.name)
    return found


def _evidence(old: Division, one: Division, seen: _Seen) -> list[Evidence]:
    core, other = core_of(old.name), core_of(one.name)
    rules = succession_rules()
    empty = {*rules["numerals"], *rules["directions"], *rules["joining"]}
    both = [character for character in dict.fromkeys(core) if core != other and character in other and character not in empty]
    shared = "".join(character for character in both if character not in rules["common"])
    common = "".join(character for character in both if character in rules["common"])
    others = [name for name in seen.took_in.get(one.id, ()) if core_of(name) != other]
    goes_on = len(others) < len(seen.took_in.get(one.id, ()))
    found = [
        Evidence("same_name", one.name) if core == other else None,
        Evidence("shared", shared) if shared else None,
        Evidence("shared_common", common) if common else None,
        Evidence("same_town", _parent_name(one)) if one.parent_id in seen.towns else None,
        Evidence("appeared", str(one.valid_from)) if one.valid_from == old.valid_to and not goes_on else None,
        Evidence("took_in", "、".join(others)) if others else None,
        Evidence("neighbour", "、".join(dict.fromkeys(seen.beside[one.id]))) if one.id in seen.beside else None,
        Evidence("same_code", one.code) if one.code == old.code else None,
    ]
    return [one for one in found if one is not None]


def _parent_name(one: Division) -> str:
    return one.parent.name if one.parent is not None else ""
