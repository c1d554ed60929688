"""Address text to the one official entry it means, with a verdict that says how sure that is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from geoaddr.errors import GeoaddrError
from geoaddr.normalize import normalize
from geoaddr.parse import parse
from geoaddr.parts import Parsed
from matchers.candidates import find
from matchers.compare import compare
from matchers.decide import decide
from matchers.direct import direct
from matchers.index.read import IndexLike
from matchers.question import Question, ask
from matchers.reread import readings
from matchers.tables import weights
from matchers.verdict import Candidate, Query, Verdict

REREAD = frozenset(
    (
        "place_not_found",
        "leftover_words",
        "contradiction",
        "tie",
        "weak_similarity",
        "low_score",
        "unit_not_found",
        "number_missing",
        "number_not_found",
        "unit_missing",
        "relative_position",
    )
)
"""Reasons that may come from a name cut in the wrong place; a second reading is tried and kept where it fits better."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Every step of one match: the plain text and the steps that made it, the parts, and the verdict with its evidence."""

    query: Query
    normalized: str
    steps: tuple[str, ...]
    parsed: Parsed
    verdict: Verdict


def match(query: Query, index: IndexLike) -> Verdict:
    """Return the verdict on one text: ``normalize → parse → candidates → compare → decide``.

    Pure: the same query on the same index always gives the same verdict. ``Query("肖桥路88号")`` -> A with its entry when there
    is one such door; ``Query("")`` -> X ``empty``.
    """
    verdict = direct(query, index, whole_way)
    return whole_way(query, index) if verdict is None else verdict


def whole_way(query: Query, index: IndexLike) -> Verdict:
    """Return the verdict on one text by every step, however plainly it is written."""
    return _judge(query, parse(query.text, index.lexicon), index)


def match_many(queries: Iterable[Query], index: IndexLike) -> Iterator[Verdict]:
    """Yield one verdict per query, in order; a query that cannot be processed becomes X ``failed`` and the rest go on."""
    for query in queries:
        try:
            yield match(query, index)
        except (GeoaddrError, ArithmeticError, LookupError, ValueError, TypeError, RecursionError):
            yield Verdict("X", "retry", "failed", thresholds_version=weights().version)


def explain(query: Query, index: IndexLike) -> Explanation:
    """Return the verdict together with every step that led to it."""
    normalized = normalize(query.text)
    parsed = parse(query.text, index.lexicon)
    return Explanation(query, normalized.text, normalized.steps, parsed, _judge(query, parsed, index))


def unit_status(verdict: Verdict) -> str:
    """Return what is known of the flat: ``confirmed``, ``missing``, ``wrong``, ``unverified`` or empty when there is no question of one."""
    if verdict.next == "add_unit":
        return "missing"
    if verdict.reason == "unit_not_found":
        return "wrong"
    if verdict.reason == "unit_not_in_register":
        return "unverified"
    inside = [line for line in verdict.evidence if line.label in ("building", "unit", "room") and line.given]
    return "confirmed" if inside and verdict.verdict in ("A", "B") else ""


def compared(question: Question, index: IndexLike) -> list[Candidate]:
    """Return every candidate of a question with its evidence, unranked; a division asked for leaves only entries inside it."""
    entries = (index.entry(row) for row in find(question, index))
    return [compare(question, entry, index) for entry in entries if entry.division_code.startswith(question.query.division)]


def judge(question: Question, candidates: list[Candidate], index: IndexLike) -> Verdict:
    """Return the verdict on a question whose candidates are compared; one that leads nowhere is read a second time."""
    verdict = decide(question, candidates, index)
    if verdict.verdict in ("C", "N") and verdict.reason in REREAD:
        for again in readings(question, index):
            other = decide(again, compared(again, index), index)
            if _standing(other) > _standing(verdict):
                verdict = other
    return verdict


def _judge(query: Query, parsed: Parsed, index: IndexLike) -> Verdict:
    question = ask(query, parsed)
    return judge(question, compared(question, index), index)


def _standing(verdict: Verdict) -> tuple[bool, bool, float]:
    return verdict.verdict in ("A", "B"), verdict.verdict == "C", verdict.score if verdict.verdict == "C" else 0.0
