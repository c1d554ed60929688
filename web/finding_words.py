"""What a check found, in the language of the page: the register keeps it as one Chinese sentence."""

from __future__ import annotations

import re
from functools import cache

from web.messages import _, in_english


def _l(message: str) -> str:
    """Mark a message for translation without translating it."""
    return message


_FORMS = (
    _l("同一村社区内已有：%(names)s"),
    _l("同一镇街内已有：%(names)s"),
    _l("同一区县内已有：%(names)s"),
    _l("同一地级市内已有：%(names)s"),
    _l("同一省内已有：%(names)s"),
    _l("与%(names)s同音"),
    _l("与%(names)s近似"),
    _l("与%(names)s专名相同"),
    _l("含“%(part)s”（%(unit)s），位于%(own)s"),
    _l("以%(road)s命名，距%(same_road)s %(metres)s 米"),
    _l("以%(road)s命名，而%(same_road)s在%(town)s"),
    _l("%(words)s（音同%(other)s）"),
    _l("%(part)s与%(famous)s同音（%(within)s）"),
    _l("%(name)s，又写作%(others)s"),
    _l("以括注（%(gloss)s）与别处区分"),
    _l("%(given)s：%(trouble)s，宜作 %(proper)s"),
    _l("用了外文 %(word)s"),
    _l("拼写与读音不符"),
    _l("专名、通名未按规则分写"),
    _l("大小写不合规则"),
    _l("地名罗马字母拼写不标调"),
    _l("%(generic)s：%(measure)s未填，应不少于%(least)s"),
    _l("%(generic)s：%(figure)s，应不少于%(least)s"),
    _l("%(least)s，%(figure)s，应不少于%(least_other)s"),
    _l("%(n)s层"),
    _l("%(n)s平方米"),
    _l("%(n)s米"),
    _l("层数"),
    _l("占地面积"),
    _l("建筑面积"),
    _l("绿地率"),
    _l("红线宽度"),
    _l("长度"),
    _l("牌面“%(was)s”，登记为“%(now)s”"),
    _l("拼写 %(was)s，登记为 %(now)s"),
    _l("牌面 %(was)s，登记为 %(now)s"),
    _l("%(n)s 处门户同号，相距约 %(metres)s 米"),
    _l("%(n)s 条现行地址写法完全相同"),
    _l("同一点上有 %(n)s 个号：%(labels)s"),
    _l("只有名称“%(name)s”，没有编号"),
    _l("%(n)s 个号没有定位点"),
    _l("地址已停用，门牌仍挂着，也没有派单拆除"),
    _l("定位点距%(place)s %(metres)s 米"),
    _l("%(n)s 个号直接编在%(unit)s下，没有路名或自然村名"),
    _l("%(names)s等 %(n)s 处"),
    _l("%(names)s 等 %(n)s 个"),
    _l("空格"),
)
"""Every sentence that the checks of ``gazetteer.names`` write; what stands in its place may be one of them again."""

_FIGURES = frozenset(("n", "metres"))
_PLACE = re.compile(r"%\((\w+)\)s")


def grounds_in_words(evidence: str) -> str:
    """Return what a check found in the language of the request: ``与景澜路（岳林街道）同音`` -> sounds like 景澜路（岳林街道）.

    Names stay as they are written; what is no sentence of a check is names only.
    """
    if not in_english():
        return evidence
    return "; ".join(_said(one) for one in evidence.split("；"))


def _said(sentence: str) -> str:
    for message, form in _forms():
        found = form.fullmatch(sentence)
        if found:
            return _(message, **{name: _said(value) for name, value in found.groupdict().items()})
    return sentence.replace("、", _("、"))


@cache
def _forms() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((message, re.compile(_pattern(message))) for message in _FORMS)


def _pattern(message: str) -> str:
    fixed = _PLACE.split(message)
    parts = [
        re.escape(text) if at % 2 == 0 else f"(?P<{text}>{'[0-9.,]+' if text in _FIGURES else '.+?'})" for at, text in enumerate(fixed)
    ]
    return "".join(parts)
