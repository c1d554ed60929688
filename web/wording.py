"""Sentences for every code a verdict carries: what was found, why, and what differs, in the words of an officer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask_babel import lazy_gettext as _l

from web.messages import _
from web.words import word

REASONS: dict[str, Any] = {
    "exact": _l("所写各部分与登记一致，没写的部分由登记册补全。"),
    "exact_coarse": _l("所写正是这个区划或地名，但没有写到门牌。"),
    "abbreviated": _l("名称用了简写。"),
    "former": _l("用了旧名，或一并写了旧号。"),
    "alias": _l("用了登记在册的别名。"),
    "homophone": _l("名称写成了同音字。"),
    "look_alike": _l("名称写成了形近字。"),
    "typo": _l("名称与标准名差一个字。"),
    "in_range": _l("门牌号落在登记的号段里。"),
    "extra_poi": _l("门牌可以确定；所写的单位或小区名登记册里没有。"),
    "loose_relation": _l("写的是在它旁边或附近。"),
    "part_missing": _l("楼内有一部分没写（如单元），但只有一处相符。"),
    "contradictory_levels": _l("写了两个不同的同级区划，其中一个相符。"),
    "road_outside_named_town": _l("这个地名只在另一个镇街才有。"),
    "historic": _l("这是以前的地址，已有新的条目。"),
    "not_in_force": _l("这个条目还没有正式启用。"),
    "far_from_point": _l("给出的位置离这个条目很远。"),
    "unit_missing": _l("门牌对了，但没写户室，而这里不止一户。"),
    "unit_not_found": _l("有这个门牌，但没有所写的幢、单元或室。"),
    "unit_not_in_register": _l("门牌对了；登记册里没有这里的户室，无法核对。"),
    "number_not_found": _l("有这条路、小区或村，但没有这个号。"),
    "number_missing": _l("地方对了，但没写号，而符合的门牌不止一个。"),
    "sub_road_not_found": _l("有这条路，但没有这个弄。"),
    "place_not_found": _l("没有叫这个名字的路、小区、村或单位。"),
    "outside_area": _l("所写的国家、省、市或区县不在本区。"),
    "division_only_similar": _l("只找到名称相近的区划。"),
    "several_addresses": _l("一格里写了两个不同的地址，请分开写，或由人选定是哪一个。"),
    "leftover_words": _l("有读不懂的文字。"),
    "relative_position": _l("写的是相对位置（对面、往北多少米、路口），不是门牌。"),
    "poi_elsewhere": _l("所写的单位在别处，与门牌不符。"),
    "contradiction": _l("所写各部分互相矛盾，或与唯一相符的条目矛盾。"),
    "weak_similarity": _l("最接近的名称也差得太多。"),
    "low_score": _l("依据太少，不能确定。"),
    "tie": _l("有几个条目同样相符。"),
    "empty": _l("没有文字。"),
    "unreadable": _l("里面没有地址。"),
    "broken_row": _l("这一行的格子比表头多，不知道哪一格是地址；请检查该行的引号和逗号。"),
    "failed": _l("处理时出错，请重试；再不行请告诉管理员。"),
    "only_division": _l("只能确定到行政区划，没有地址或地名可以关联。"),
    "address_no_longer_current": _l("原先关联的地址已停用。"),
    "chosen_by_person": _l("由人工选定。"),
    "no_such_entry": _l("登记册中没有这个地址。"),
    "too_little_said": _l("写得太少，无法判断。"),
    "outside_district": _l("不在本区。"),
    "not_an_address": _l("不是地址。"),
}
"""Why a verdict is what it is, or why a person decided as they did."""

WARNINGS: dict[str, Any] = {
    "road_outside_named_town": _l("所写的路、小区或村在另一个镇街"),
    "community_differs": _l("所写的村社区与登记不同"),
    "contradictory_levels": _l("写了两个不同的同级区划"),
    "far_from_given_point": _l("给出的位置离得很远"),
    "historic_entry": _l("这个条目已停用"),
    "not_in_force": _l("这个条目尚未启用"),
    "no_door_in_text": _l("没有写到门牌"),
    "extra_poi": _l("所写的单位或小区名登记册里没有"),
    "unit_not_in_register": _l("登记册里没有这里的户室"),
    "several_addresses": _l("写了两个不同的地址，候选只按第一个找"),
    "truncated": _l("文字太长，后面的没有读"),
}
OUTCOMES: dict[str, Any] = {
    "equal": _l("一致"),
    "alias": _l("别名"),
    "former": _l("旧名"),
    "abbreviated": _l("简写"),
    "homophone": _l("同音字"),
    "look_alike": _l("形近字"),
    "typo": _l("错一字"),
    "missing": _l("没写"),
    "extra": _l("登记中没有"),
    "in_range": _l("在号段内"),
    "within": _l("是其中一部分"),
    "contained": _l("名称相含"),
    "elsewhere": _l("写的是另一条路"),
    "beside": _l("一方写在附近"),
    "conflict": _l("不一致"),
    "near": _l("位置相符"),
    "far": _l("位置很远"),
    "retired": _l("已停用"),
    "proposed": _l("拟用"),
    "reserved": _l("已批未设"),
}
NEXT_STEPS: dict[str, Any] = {
    "accept": _l("可以直接采用。"),
    "confirm": _l("很可能是它，请确认一下。"),
    "add_unit": _l("请补上户室。"),
    "choose": _l("请从候选中选一个。"),
    "review": _l("请人工查看。"),
    "reject": _l("请退回，里面没有地址。"),
    "retry": _l("没有处理，请重试。"),
}
UNIT_STATUSES: dict[str, Any] = {
    "confirmed": _l("户室已核对"),
    "missing": _l("缺户室"),
    "wrong": _l("户室不存在"),
    "unverified": _l("户室无法核对"),
}
CLASSES = {"equal": "is-same", "near": "is-same", "missing": "is-missing", "conflict": "is-diff", "far": "is-diff", "retired": "is-diff"}
"""Outcome -> class of its row; every other outcome is ``is-near``."""

UPPER = ("province", "city", "district", "town", "community")
"""Levels that people shorten as a matter of course: 浙江 for 浙江省 is told only where nothing else differs."""

SPARED = ("equal", "near", "missing", "extra")
"""Outcomes that are no difference between what was written and what is official."""


@dataclass(frozen=True, slots=True)
class Line:
    """One part of the comparison as a page shows it."""

    part: str
    given: str
    official: str
    outcome: str
    css: str
    label: str


def verdict_sentence(answer: Mapping[str, Any]) -> str:
    """Say in one sentence what a verdict (as JSON) found: 确定：…肖桥路88号。仅有一处差异：旧镇街名 莼湖镇 → 莼湖街道。"""
    why = reason_text(answer["reason"])
    code = answer["verdict"]
    entry = answer.get("address") or {}
    if code in ("A", "B"):
        return _("确定：%(label)s。", label=entry.get("label", "")) + _difference(answer, why)
    if code == "C":
        count = len(answer.get("candidates", ()))
        return _("有 %(n)s 个可能，不能替您决定：%(why)s", n=count, why=why) if count > 1 else _("不能确定：%(why)s", why=why)
    return _("登记册中没有：%(why)s", why=why) if code == "N" else _("没有处理：%(why)s", why=why)


def reason_text(code: str) -> str:
    """Return the sentence of a reason; a reason that a person wrote is returned as it is."""
    return str(REASONS.get(code, code))


def warning_text(code: str) -> str:
    """Return the words of a warning."""
    return str(WARNINGS.get(code, code))


def next_text(code: str) -> str:
    """Return what to do next."""
    return str(NEXT_STEPS.get(code, code))


def evidence_lines(evidence: Iterable[Mapping[str, Any]]) -> list[Line]:
    """Return the comparison part by part (from evidence as JSON), outermost part first as given."""
    return [
        Line(part_word(one["label"]), one["given"], one["official"], str(OUTCOMES.get(one["outcome"], one["outcome"])),
             CLASSES.get(one["outcome"], "is-near"), one["label"])
        for one in evidence
    ]  # fmt: skip


def objections(evidence: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return what speaks against an entry: 街路巷 写作 肖桥路，登记为 萧桥路（同音字）."""
    found = []
    for one in evidence:
        if one["outcome"] in ("equal", "near") or (one["outcome"] == "missing" and not one["official"]):
            continue
        names = {"part": part_word(one["label"]), "given": one["given"], "official": one["official"]}
        how = str(OUTCOMES.get(one["outcome"], one["outcome"]))
        if one["label"] == "status":
            found.append(_("这个条目%(how)s", how=how))
        elif one["outcome"] == "missing":
            found.append(_("没写%(part)s %(official)s", **names))
        elif not one["official"]:
            found.append(_("多写了%(part)s %(given)s", **names))
        else:
            found.append(_("%(part)s写作 %(given)s，登记为 %(official)s（%(how)s）", how=how, **names))
    return found


def part_word(label: str) -> str:
    """Return the word for a part of an address, or for what else is compared."""
    others = {"position": _("位置"), "status": _("状态")}
    return others.get(label) or word("label", label)


def install(app: Flask) -> None:
    """Give templates the sentences."""
    app.jinja_env.globals.update(
        verdict_sentence=verdict_sentence, reason_text=reason_text, warning_text=warning_text, next_text=next_text,
        evidence_lines=evidence_lines, objections=objections,
    )  # fmt: skip


def _difference(answer: Mapping[str, Any], why: str) -> str:
    said_otherwise = [one for one in answer.get("evidence", ()) if one["outcome"] not in SPARED]
    weighty = [one for one in said_otherwise if not (one["outcome"] == "abbreviated" and one["label"] in UPPER)]
    differing = weighty or said_otherwise
    if not differing:
        return "" if answer["reason"] in ("exact", "exact_coarse") else why
    said = _("；").join(_change(one) for one in differing)
    if len(differing) == 1:
        return _("仅有一处差异：%(what)s。", what=said)
    return _("有 %(n)s 处差异：%(what)s。", n=len(differing), what=said)


def _change(one: Mapping[str, Any]) -> str:
    names = {"part": part_word(one["label"]), "given": one["given"], "official": one["official"]}
    if one["outcome"] == "former":
        return _("旧%(part)s名 %(given)s → %(official)s", **names)
    how = str(OUTCOMES.get(one["outcome"], one["outcome"]))
    return _("%(part)s%(how)s %(given)s → %(official)s", how=how, **names)
