"""How a hit of a rule becomes a finding: the rule's class, severity and article, and the known exception that applies."""

from __future__ import annotations

from gazetteer.names.proposal import NameFinding, Proposal
from gazetteer.names.rules import Excuse, RuleBook

Rules = RuleBook
EVIDENCE_LENGTH = 300


def hit(
    rules: Rules,
    rule_id: str,
    proposal: Proposal,
    evidence: str,
    *,
    issue_class: str | None = None,
    severity: str | None = None,
    article: str | None = None,
    suggestion: str = "",
) -> list[NameFinding]:
    """Return the finding of a rule's hit as a list of one; empty where the rule is not in force on the day asked for.

    A name in use is held to the rule as it read when it was given; what no rule forbade then is asked about and never
    blocks. An exception that applies is named; one that ``excuses`` makes the finding count for nothing, one that
    ``warns`` keeps it from blocking.
    """
    rule = rules.get(rule_id)
    if rule is None:
        return []
    excuse = next((one for one in rule.exceptions if applies(one, proposal, evidence)), None)
    then = rules.at_naming(rule, proposal.named_on)
    if then is None:
        severity = "warns"
    elif then is not rule:
        severity, article = "warns" if "warns" in (severity, then.severity) else severity, then.article
    return [
        NameFinding(
            rule=rule.id,
            issue_class=issue_class or rule.issue_class,
            severity="warns" if excuse else (severity or rule.severity),
            evidence=evidence[:EVIDENCE_LENGTH],
            article=article or rule.article,
            exception=excuse.text if excuse else None,
            excused=excuse is not None and excuse.effect == "excuses",
            suggestion=suggestion,
        )
    ]


def applies(excuse: Excuse, proposal: Proposal, evidence: str) -> bool:
    """Say whether a known exception covers a hit: all conditions it states must hold, and it must state at least one.

    Words must account for everything that was found: 玉皇 excuses 皇 in 玉皇花园, 皇城 does not excuse 一品 in 一品皇城.
    """
    tests: list[bool] = []
    if excuse.kinds is not None:
        tests.append(proposal.kind in excuse.kinds)
    if excuse.generics:
        tests.append(proposal.name.endswith(excuse.generics))
    if excuse.words:
        present = [word for word in excuse.words if word in proposal.name]
        tests.append(all(any(part in word for word in present) for part in evidence.split("、")))
    if excuse.named_before is not None:
        tests.append(proposal.named_on is not None and proposal.named_on < excuse.named_before)
    return bool(tests) and all(tests)
