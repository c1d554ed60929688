"""Why a verdict is what it is: the reading that was judged, every candidate, the rules asked, and what set the winner apart."""

from __future__ import annotations

from dataclasses import dataclass

from matchers.answer import chances
from matchers.case import Case, rank
from matchers.decide import READING_RULES, RULES, decide
from matchers.index.read import IndexLike
from matchers.match import Explanation, compared
from matchers.question import Question, ask
from matchers.reread import readings
from matchers.tables import weights
from matchers.verdict import Candidate, Evidence

NOT_ASKED, PASSED, DECIDED = "not_asked", "passed", "decided"
ACCEPTED = "accepted"
NO_CANDIDATE = "no_candidate"


@dataclass(frozen=True, slots=True)
class RuleAsked:
    """One rule of the table, in order, and whether it let the text pass, decided, or was not reached."""

    name: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What one part said for the winner and for the runner-up; ``weight`` is how much further it put the winner ahead (log-odds)."""

    label: str
    winner: Evidence | None
    other: Evidence | None
    weight: float


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a verdict rests on.

    ``question`` is the reading that was judged (``second_reading``: the first was given up for it); ``ranked`` all candidates compared,
    best first; ``rules`` the table as far as it was asked; ``decided_by`` the rule that spoke, ``accepted`` where none held the text
    back, ``no_candidate`` where there was nothing to compare. ``runner_up`` is the first rival that is another thing than the winner,
    ``lead`` how far it is behind in log-odds and ``needed`` how far it must be.
    """

    question: Question
    second_reading: bool
    ranked: tuple[Candidate, ...]
    rules: tuple[RuleAsked, ...]
    decided_by: str
    runner_up: Candidate | None
    lead: float
    needed: float
    differences: tuple[Difference, ...]


def grounds(explanation: Explanation, index: IndexLike) -> Grounds:
    """Return what the verdict of an explanation rests on, by going its way once more."""
    question, second = ask(explanation.query, explanation.parsed), False
    candidates = compared(question, index)
    if decide(question, candidates, index) != explanation.verdict:
        for again in readings(question, index):
            found = compared(again, index)
            if decide(again, found, index) == explanation.verdict:
                question, candidates, second = again, found, True
    table = weights()
    ranked = rank(candidates, table)
    case = Case(question, index, table, ranked) if ranked else None
    rules, decided_by = _asked(question, case, index)
    rival = case.rivals[0] if case and case.rivals else None
    return Grounds(
        question, second, chances(explanation.verdict.score, ranked), rules, decided_by, rival, case.lead if case and rival else 0.0,
        float(table.decide["margin_log_odds"]), differences(ranked[0], rival) if rival else (),
    )  # fmt: skip


def differences(winner: Candidate, other: Candidate) -> tuple[Difference, ...]:
    """Return the parts in which two candidates differ, in what they are or how they fit, the one that mattered most first."""
    left = {line.label: line for line in reversed(winner.evidence)}
    right = {line.label: line for line in reversed(other.evidence)}
    found = []
    for label in dict.fromkeys((*left, *right)):
        one, two = left.get(label), right.get(label)
        weight = _total(winner, label) - _total(other, label)
        same = one is not None and two is not None and (one.outcome, one.official) == (two.outcome, two.official)
        if not same:
            found.append(Difference(label, one, two, weight))
    return tuple(sorted(found, key=lambda difference: -abs(difference.weight)))


def _total(candidate: Candidate, label: str) -> float:
    return sum(line.weight for line in candidate.evidence if line.label == label)


def _asked(question: Question, case: Case | None, index: IndexLike) -> tuple[tuple[RuleAsked, ...], str]:
    rules: list[RuleAsked] = []
    decided = ""
    for reading_rule in READING_RULES:
        spoke = not decided and reading_rule(question, index) is not None
        rules.append(_outcome(reading_rule.__name__, decided, spoke))
        decided = decided or (reading_rule.__name__ if spoke else "")
    if not decided and case is None:
        decided = NO_CANDIDATE
    for rule in RULES:
        spoke = not decided and case is not None and rule(case) is not None
        rules.append(_outcome(rule.__name__, decided, spoke))
        decided = decided or (rule.__name__ if spoke else "")
    return tuple(rules), decided or ACCEPTED


def _outcome(name: str, decided: str, spoke: bool) -> RuleAsked:
    return RuleAsked(name, NOT_ASKED if decided else DECIDED if spoke else PASSED)
