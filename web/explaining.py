"""An explanation in the words of an officer: each step of a match as sentences, for the page, the interface and the command."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

from geoaddr.normalize_trace import StepShown, trace
from geoaddr.parts import Parsed
from matchers.explaining import ACCEPTED, NO_CANDIDATE, Difference, Grounds, grounds
from matchers.index import IndexLike
from matchers.match import Explanation
from matchers.verdict import Candidate, Evidence, entry_dict
from web.messages import _
from web.wording import OUTCOMES, part_word, reason_text, verdict_sentence

CANDIDATES_TOLD = 6
STEPS: dict[str, Any] = {
    "unseen": _l("去掉看不见的字符"),
    "width": _l("全角改半角、括号和连接号统一"),
    "spacing": _l("去掉空格"),
    "traditional": _l("繁体改简体"),
    "variants": _l("异体字改规范字"),
    "components": _l("拆写的字合成一个"),
    "dashes": _l("连接号统一"),
    "hashes": _l("井号读作“号”"),
    "numerals": _l("中文数字改阿拉伯数字"),
    "number_styles": _l("副号的写法统一"),
}
"""What each step of normalisation does."""

RULES: dict[str, tuple[Any, Any]] = {
    "unread": (_l("里面有没有地址？"), _l("有")),
    "elsewhere": (_l("写的是不是外地？"), _l("不是")),
    "two_addresses": (_l("是不是写了两个不同的地址？"), _l("不是")),
    "nothing_named": (_l("所写的路、小区或村登记册里有没有？"), _l("有")),
    "wrong_number": (_l("那里有没有这个号、这个弄？"), _l("有，或没有写号")),
    "wrong_unit": (_l("门里有没有所写的幢、单元、室？"), _l("有，或没有写")),
    "other_premises": (_l("号后面写的是不是另一处：院里的另一幢、车库、有号的店面？"), _l("不是")),
    "tie": (_l("是不是有几个条目同样相符？"), _l("只有一个最相符")),
    "only_part_of_the_building": (_l("是不是少写了户室，而这里不止一户？"), _l("不是")),
    "contradiction": (_l("各部分有没有互相矛盾？"), _l("没有")),
    "words_left": (_l("有没有读不懂的字，或者写的是旁边、对面？"), _l("没有")),
    "too_weak": (_l("名称是不是差得太多，依据是不是太少？"), _l("不是")),
}
"""Each rule of the table as the question it asks, and the answer that lets a text pass."""

STRENGTHS = ((3.0, _l("有力")), (1.2, _l("明显")), (0.2, _l("略微")))
"""Weight in log-odds from which evidence is called so; below the last it hardly counts."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One piece of evidence in words: ``tone`` is ``for``, ``against`` or ``neutral``; ``weight`` in log-odds."""

    label: str
    text: str
    tone: str
    strength: str
    weight: float


@dataclass(frozen=True, slots=True)
class Told:
    """Everything the page shows of one match; ``why`` are the sentences on what set the winner apart."""

    explanation: Explanation
    grounds: Grounds
    steps: tuple[StepShown, ...]
    candidates: tuple[dict[str, Any], ...]
    rules: tuple[dict[str, str], ...]
    why: tuple[str, ...]
    seq: int

    @property
    def answer(self) -> dict[str, Any]:
        """The verdict as JSON."""
        return self.explanation.verdict.as_dict()

    @property
    def parsed(self) -> Parsed:
        """The reading that was judged."""
        return self.grounds.question.parsed


def told(explanation: Explanation, index: IndexLike) -> Told:
    """Put an explanation into words."""
    found = grounds(explanation, index)
    return Told(
        explanation, found, trace(explanation.query.text), tuple(_candidate(one) for one in found.ranked[:CANDIDATES_TOLD]),
        tuple(_rule(one.name, one.outcome) for one in found.rules), _why(explanation, found), index.seq,
    )  # fmt: skip


def told_dict(found: Told) -> dict[str, Any]:
    """Return an explanation as plain JSON: the text, each step, the parts, the candidates, the rules and why."""
    return {
        "text": found.explanation.query.text,
        "normalized": found.explanation.normalized,
        "steps": [{"step": one.name, "what": step_word(one.name), "before": one.before, "after": one.after} for one in found.steps],
        "parts": [{**part.as_dict(), "value": part.value, "ref": part.ref} for part in found.parsed.parts],
        "rest": [{"text": part.text, "start": part.start, "end": part.end} for part in found.parsed.rest],
        "second_reading": found.grounds.second_reading,
        "candidates": list(found.candidates),
        "compared": len(found.grounds.ranked),
        "rules": list(found.rules),
        "decided_by": found.grounds.decided_by,
        "why": list(found.why),
        "verdict": found.answer,
        "register_seq": found.seq,
    }


def step_word(name: str) -> str:
    """Return what a step of normalisation does."""
    return str(STEPS.get(name, name))


def sentence(line: Evidence) -> Sentence:
    """Say what one part speaks for or against an entry: ``equal`` 肖桥路 -> 街路巷“肖桥路”与登记一致, 有力支持."""
    return Sentence(line.label, _said(line), _tone(line.weight), strength(line.weight), line.weight)


def strength(weight: float) -> str:
    """Return how much a weight counts, in words: 4.0 -> 有力支持, -0.5 -> 略微不利, 0.0 -> 不影响."""
    word = next((str(one) for least, one in STRENGTHS if abs(weight) >= least), "")
    if not word:
        return _("不影响")
    return _("%(how)s支持", how=word) if weight > 0 else _("%(how)s不利", how=word)


def _tone(weight: float) -> str:
    return "neutral" if abs(weight) < STRENGTHS[-1][0] else "for" if weight > 0 else "against"


def _said(line: Evidence) -> str:
    names = {"part": part_word(line.label), "given": line.given, "official": line.official}
    if line.label == "status":
        return _("这个条目%(how)s", how=str(OUTCOMES.get(line.outcome, line.outcome)))
    if line.label == "position":
        return _("给出的位置离它 %(official)s", **names)
    if line.outcome == "equal":
        return _("%(part)s“%(given)s”与登记一致", **names)
    if line.outcome == "missing":
        return _("没写%(part)s，登记的是“%(official)s”", **names)
    if not line.official:
        return _("写了%(part)s“%(given)s”，这个条目没有", **names)
    if line.outcome == "conflict":
        return _("%(part)s写的是“%(given)s”，登记的是“%(official)s”，不一致", **names)
    return _("%(part)s写作“%(given)s”，登记为“%(official)s”：%(how)s", how=str(OUTCOMES.get(line.outcome, line.outcome)), **names)


def _candidate(candidate: Candidate) -> dict[str, Any]:
    lines = [sentence(line) for line in candidate.evidence]
    return {
        **(entry_dict(candidate.entry) or {}),
        "score": round(candidate.score, 4),
        "sentences": [
            {"label": one.label, "text": one.text, "tone": one.tone, "strength": one.strength, "weight": one.weight} for one in lines
        ],
        "evidence": [line.as_dict() for line in candidate.evidence],
    }


def _rule(name: str, outcome: str) -> dict[str, str]:
    asks, passes = RULES.get(name, (name, ""))
    return {"name": name, "asks": str(asks), "passes": str(passes), "outcome": outcome}


def _why(explanation: Explanation, found: Grounds) -> tuple[str, ...]:
    verdict = explanation.verdict
    said = [verdict_sentence(verdict.as_dict())]
    if found.second_reading:
        said.append(_("照第一种读法找不到；把区划和号码之间的字当作一个名称再读一遍，才得出这个结论。"))
    if found.decided_by == ACCEPTED:
        said.append(_("每一条规则都没有异议，所以直接认定。"))
    elif found.decided_by == NO_CANDIDATE:
        said.append(_("登记册里没有可以比较的条目。"))
    else:
        said.append(_("由这一条规则决定：%(rule)s", rule=str(RULES.get(found.decided_by, (found.decided_by, ""))[0])))
    return (*said, *_margin(found))


def _margin(found: Grounds) -> list[str]:
    if not found.ranked:
        return []
    if found.runner_up is None:
        return [_("没有另外的条目与它相争。")]
    names = {"label": found.runner_up.entry.label}
    if found.lead < found.needed:
        differing = (one.label for one in found.differences if one.other is not None and one.other.official)
        apart = _("、").join(dict.fromkeys(map(part_word, differing)))
        said = [_("与“%(label)s”几乎一样相符，差距不够，不能替您选。", **names)]
        return said + ([_("两者的不同在：%(parts)s。", parts=apart)] if apart else [])
    said = [_("第二相符的是“%(label)s”，差距足够。", **names)]
    decisive = [one for one in found.differences if one.weight > 0][:2]
    return said + [_("差别在%(part)s：%(what)s。", part=part_word(one.label), what=_contrast(one)) for one in decisive]


def _contrast(one: Difference) -> str:
    return _("第一个是%(mine)s，第二个是%(other)s", mine=_brief(one.winner), other=_brief(one.other))


def _brief(line: Evidence | None) -> str:
    if line is None:
        return _("没有这一项")
    how = str(OUTCOMES.get(line.outcome, line.outcome))
    return _("“%(official)s”（%(how)s）", official=line.official, how=how) if line.official else how


def as_text(found: Told) -> str:
    """Return an explanation as lines for a terminal."""
    lines = [_("原文：%(text)s", text=found.explanation.query.text)]
    lines += [_("规整（%(what)s）：%(after)s", what=step_word(one.name), after=one.after) for one in found.steps]
    read = [*((part.start, f"{part_word(part.label)} {part.text}") for part in found.parsed.parts)]
    read += [(part.start, f"{part_word('rest')} {part.text}") for part in found.parsed.rest]
    lines.append(_("读作：%(parts)s", parts=" | ".join(text for _start, text in sorted(read))))
    for rank, one in enumerate(found.candidates, start=1):
        lines.append(f"{rank}. {one['label']}  {one['score']:.4f}")
        lines += [f"     {each['strength']} {each['weight']:+.1f}  {each['text']}" for each in one["sentences"]]
    for rule in found.rules:
        mark = {"passed": rule["passes"], "decided": _("由它决定"), "not_asked": "—"}[rule["outcome"]]
        lines.append(f"  {rule['asks']} {mark}")
    verdict: Mapping[str, Any] = found.answer
    lines += [f"{verdict['verdict']} {reason_text(verdict['reason'])}", *found.why]
    lines.append(_("阈值 %(version)s，登记册第 %(seq)s 号事件", version=verdict["thresholds_version"], seq=found.seq))
    return "\n".join(lines)
