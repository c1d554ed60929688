"""The words officers read for every status, verdict and code, with the colour and icon that go with a status."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_babel import lazy_gettext as _l

ICONS = {"ok": "check", "look": "eye", "stop": "blocked", "info": "info", "quiet": ""}

LEGAL: dict[str, tuple[Any, str]] = {
    "proposed": (_l("拟用"), "look"),
    "reserved": (_l("已批未设"), "info"),
    "current": (_l("现行"), "ok"),
    "retired": (_l("停用"), "quiet"),
    "rejected": (_l("否决"), "stop"),
}
WORK: dict[str, tuple[Any, str]] = {"open": (_l("待办"), "look"), "done": (_l("完成"), "ok"), "cancelled": (_l("取消"), "quiet")}
STATUSES: dict[str, dict[str, tuple[Any, str]]] = {
    "division": {"current": (_l("现行"), "ok"), "retired": (_l("撤销"), "quiet")},
    "place_name": LEGAL,
    "standard_address": LEGAL,
    "plate": {
        "ordered": (_l("已下单"), "info"),
        "made": (_l("已制作"), "info"),
        "received": (_l("已入库"), "info"),
        "dispatched": (_l("已领出"), "info"),
        "installed": (_l("已安装"), "look"),
        "accepted": (_l("已验收"), "ok"),
        "damaged": (_l("损坏"), "stop"),
        "replaced": (_l("已更换"), "quiet"),
        "taken_down": (_l("已拆除"), "quiet"),
        "cancelled": (_l("取消"), "quiet"),
    },
    "plate_order": WORK,
    "plate_task": WORK,
    "plate_visit": {"accepted": (_l("通过"), "ok"), "review": (_l("待复核"), "look"), "dismissed": (_l("不采纳"), "quiet")},
    "finding": {
        "open": (_l("待处理"), "look"),
        "deferred": (_l("暂缓"), "info"),
        "dismissed": (_l("不成立"), "quiet"),
        "in_procedure": (_l("办理中"), "info"),
        "cured": (_l("已消除"), "ok"),
    },
    "naming_procedure": {
        "proposed": (_l("申报"), "look"),
        "checked": (_l("已审核"), "look"),
        "consulted": (_l("已征求意见"), "look"),
        "approved": (_l("已批准"), "info"),
        "filed": (_l("已备案"), "info"),
        "announced": (_l("已公告"), "ok"),
        "refused": (_l("不予批准"), "stop"),
        "withdrawn": (_l("已撤回"), "quiet"),
    },
    "case_record": {
        "loaded": (_l("已载入"), "info"),
        "linked": (_l("已关联"), "ok"),
        "review": (_l("待复核"), "look"),
        "unmatched": (_l("未匹配"), "look"),
        "rejected": (_l("已退回"), "stop"),
    },
    "address_link": {
        "linked": (_l("已关联"), "ok"),
        "review": (_l("待复核"), "look"),
        "unmatched": (_l("未匹配"), "look"),
        "rejected": (_l("已退回"), "stop"),
        "superseded": (_l("已被取代"), "quiet"),
    },
    "job": {
        "queued": (_l("排队"), "info"),
        "running": (_l("进行中"), "info"),
        "done": (_l("完成"), "ok"),
        "failed": (_l("失败"), "stop"),
        "cancelled": (_l("取消"), "quiet"),
    },
    "severity": {"blocks": (_l("阻止"), "stop"), "warns": (_l("提醒"), "look")},
    "verdict": {
        "A": (_l("确定"), "ok"),
        "B": (_l("确定（有小差异）"), "ok"),
        "C": (_l("需人工选择"), "look"),
        "N": (_l("登记册中没有"), "look"),
        "X": (_l("未处理"), "stop"),
    },
}
"""Kind -> code -> (word, colour)."""

WORDS: dict[str, dict[str, Any]] = {
    "role": {
        "viewer": _l("查看员"),
        "installer": _l("门牌安装员"),
        "officer": _l("地名干部"),
        "approver": _l("审批人"),
        "administrator": _l("管理员"),
    },
    "next": {
        "accept": _l("可直接采用"),
        "confirm": _l("请确认"),
        "add_unit": _l("门对了，缺户室"),
        "choose": _l("请选择"),
        "review": _l("人工复核"),
        "reject": _l("退回"),
        "retry": _l("请重试"),
    },
    "level": {
        "none": _l("无"),
        "province": _l("省"),
        "city": _l("市"),
        "district": _l("区县"),
        "town": _l("镇街"),
        "community": _l("村社区"),
        "village_group": _l("自然村"),
        "road": _l("街路巷"),
        "poi": _l("小区院落"),
        "number": _l("门牌号"),
        "building": _l("幢"),
        "unit": _l("单元"),
        "floor": _l("层"),
        "room": _l("室"),
        "division": _l("行政区划"),
        "place": _l("地名"),
    },
    "label": {
        "country": _l("国家"),
        "province": _l("省"),
        "city": _l("市"),
        "district": _l("区县"),
        "devzone": _l("开发区"),
        "town": _l("镇街"),
        "community": _l("村社区"),
        "village_group": _l("自然村"),
        "road": _l("街路巷"),
        "sub_road": _l("弄"),
        "number": _l("门牌号"),
        "sub_number": _l("副号"),
        "estate": _l("小区"),
        "poi": _l("小区院落"),
        "sub_poi": _l("院内名称"),
        "building": _l("幢"),
        "unit": _l("单元"),
        "floor": _l("层"),
        "room": _l("室"),
        "relation": _l("方位"),
        "distance": _l("距离"),
        "junction": _l("路口"),
        "noise": _l("无关文字"),
        "contact": _l("联系方式"),
        "rest": _l("未识别"),
    },
    "category": {
        "road": _l("街路"),
        "lane": _l("巷弄"),
        "estate": _l("小区"),
        "building": _l("建筑物"),
        "natural_village": _l("自然村"),
        "bridge": _l("桥"),
        "park": _l("公园"),
        "square": _l("广场"),
        "station": _l("车站"),
        "cemetery": _l("公墓"),
        "facility": _l("设施"),
        "poi": _l("兴趣点"),
        "natural": _l("自然实体"),
    },
    "variant": {
        "former": _l("曾用名"),
        "alias": _l("别名"),
        "abbreviation": _l("简称"),
        "folk": _l("俗名"),
        "misspelt": _l("误写"),
        "traditional": _l("繁体"),
        "dialect": _l("方言名"),
    },
    "outcome": {
        "equal": _l("一致"),
        "alias": _l("别名"),
        "former": _l("曾用名"),
        "abbreviated": _l("简写"),
        "homophone": _l("同音"),
        "look_alike": _l("形近"),
        "typo": _l("错字"),
        "missing": _l("未写"),
        "extra": _l("多写"),
        "in_range": _l("在号段内"),
        "conflict": _l("冲突"),
    },
    "action": {"make": _l("制作"), "hang": _l("安装"), "take_down": _l("拆除"), "replace": _l("更换")},
    "plate_kind": {"door": _l("大门牌"), "building": _l("幢牌"), "unit": _l("单元牌"), "room": _l("户室牌")},
    "visit_outcome": {"installed": _l("已安装"), "taken_down": _l("已拆除"), "problem": _l("有问题")},
    "procedure": {"name": _l("命名"), "rename": _l("更名"), "retire": _l("销名")},
    "case": {"elder": _l("老年人"), "cemetery": _l("公墓"), "station": _l("服务站点")},
    "link_role": {"registered": _l("户籍地址"), "residence": _l("实际居住地址"), "site": _l("所在地")},
    "scope": {
        "lookup": _l("查询与匹配"),
        "changes": _l("变更与快照"),
        "jobs": _l("批量任务"),
        "write": _l("登记与修改"),
        "field": _l("现场确认"),
    },
    "division_level": {
        "province": _l("省"),
        "city": _l("市"),
        "district": _l("区县"),
        "town": _l("镇街"),
        "community": _l("村社区"),
    },
    "succession": {
        "renamed": _l("更名"),
        "recoded": _l("改码"),
        "moved": _l("划转"),
        "merged": _l("合并"),
        "split": _l("拆分"),
    },
}
"""Kind -> code -> word, for codes without a colour."""


def word(kind: str, code: str | None) -> str:
    """Return the word for a code in the reader's language; the code itself where there is none: ``("plate", "made")`` -> 已制作."""
    if kind in STATUSES and code in STATUSES[kind]:
        return str(STATUSES[kind][code][0])
    return str(WORDS.get(kind, {}).get(code or "", code or ""))


def tone(kind: str, code: str | None) -> str:
    """Return the colour of a status: ``ok``, ``look``, ``stop``, ``info`` or ``quiet``."""
    return STATUSES.get(kind, {}).get(code or "", ("", "quiet"))[1]


def install(app: Flask) -> None:
    """Give templates ``word``, ``tone`` and ``tone_icon``."""
    app.jinja_env.globals.update(word=word, tone=tone, tone_icon=lambda name: ICONS.get(name, ""))
