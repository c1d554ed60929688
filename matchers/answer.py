"""The fields of a verdict, filled from a case: what was inferred, replaced, left unused, and through which variant it matched."""

from __future__ import annotations

from math import exp

from rapidfuzz.distance import OSA

from matchers.case import Case
from matchers.index.naming import DIVISIONS, plain
from matchers.index.read import IndexLike
from matchers.outcomes import GOOD, address_alias
from matchers.question import Question
from matchers.tables import weights
from matchers.verdict import Candidate, Evidence, Verdict

_INFERABLE = tuple(
    (field, "poi" if field == "estate" else field)
    for field in (*DIVISIONS, "village_group", "road", "sub_road", "estate", "number", "building", "unit", "floor")
)
"""Fields of an entry that a text may leave out, with the label under which it would say them."""
_AGREED = frozenset(("equal", "missing"))
_NOT_WRITTEN = frozenset(("position", "status"))


def unanswered(question: Question, verdict: str, next_step: str, reason: str, level: str = "none") -> Verdict:
    """Return a verdict without any entry: nothing was found or nothing was read."""
    return Verdict(verdict, next_step, reason, match_level=level, unused=unused(question, ()), thresholds_version=weights().version)


def answered(case: Case, verdict: str, next_step: str, reason: str, warnings: tuple[str, ...] = ()) -> Verdict:
    """Return a verdict about the best candidate; only A and B carry it as ``address``, the others among the candidates."""
    accepted = verdict in ("A", "B")
    entry, evidence = case.entry, case.best.evidence
    current = case.index.by_id(entry.current_id) if accepted and entry.current_id else None
    score = case.table.score(verdict, reason, case.best.log_odds)
    exact = case.is_exact
    varied = not _AGREED.issuperset(case.said)
    return Verdict(
        verdict=verdict,
        next=next_step,
        reason=reason,
        score=score,
        margin=1.0 - exp(-max(case.lead, 0.0)),
        match_level=case.level,
        point_level=entry.point_level if accepted and entry.lon is not None else "",
        address=entry if accepted else None,
        current=current,
        field_diff=field_differences(evidence, exact),
        inferred=_inferred(case) if accepted else (),
        replaced=tuple(dict.fromkeys([line.label for line in evidence if line.outcome in GOOD[1:]])) if varied else (),
        unused=() if exact else unused(case.question, evidence),
        matched_variant=_variant(case) if varied else None,
        warnings=tuple(dict.fromkeys(warnings)) if warnings else (),
        candidates=() if accepted else _shown(case, score),
        evidence=evidence,
        thresholds_version=case.table.version,
    )


def unused(question: Question, evidence: tuple[Evidence, ...]) -> tuple[str, ...]:
    """Return the words that did not take part: leftovers, relation words, and names the entry does not have."""
    words = [part.text for part in (*question.leftovers, *question.relations, *question.asides, *question.former)]
    words += [line.given for line in evidence if line.outcome == "extra" and line.given]
    return tuple(dict.fromkeys(words)) if words else ()


def chances(score: float, ranked: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    """Return ranked candidates with the chance of each: the verdict's score for the first, what their evidence leaves of it for others."""
    first = ranked[0].log_odds if ranked else 0.0
    return tuple([Candidate(one.entry, one.evidence, score * exp(one.log_odds - first), one.log_odds) for one in ranked])


def _shown(case: Case, score: float) -> tuple[Candidate, ...]:
    return chances(score, case.ranked[: int(case.table.decide["candidates_shown"])])


def field_differences(evidence: tuple[Evidence, ...], exact: bool = False) -> dict[str, int]:
    """Return how many characters apart each part given and its official form are; ``exact`` says that all are equal."""
    if exact:
        return {line.label: 0 for line in evidence}
    differences: dict[str, int] = {}
    for line in evidence:
        label, given, official, outcome = line.label, line.given, line.official, line.outcome
        if given and official and label not in differences and outcome != "extra" and label not in _NOT_WRITTEN:
            differences[label] = 0 if given == official or outcome == "equal" else OSA.distance(given, official)
    return differences


def _inferred(case: Case) -> tuple[str, ...]:
    named = {line.label for line in case.best.evidence if line.given}
    entry = case.entry
    return tuple([field for field, label in _INFERABLE if label not in named and getattr(entry, field)])


def _variant(case: Case) -> dict[str, str] | None:
    for line in case.best.evidence:
        if line.outcome in ("alias", "former"):
            whole = address_alias(line.given, case.entry)
            if whole:
                return {"text": line.given, **whole}
            return {"text": line.given, **variant_record(line.given, line.official, line.outcome, case.index)}
    return None


def variant_record(text: str, official: str, outcome: str, index: IndexLike) -> dict[str, str]:
    """Return kind and end date of a recorded variant as the register holds it: ``{"kind": "former", "valid_to": "2019-08-26"}``."""
    from matchers.index.keys import NAMED, door_key

    for row in index.rows_at(plain(official), door_key(NAMED, "", ""), limit=24):
        for variant, kind, valid_to in index.entry(row).aliases:
            if plain(variant) == text or plain(variant).startswith(text):
                return {"kind": kind, "valid_to": valid_to}
    return {"kind": outcome, "valid_to": ""}
