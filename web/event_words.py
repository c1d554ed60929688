"""Sentences for the events of the log: what happened to what, so that a timeline reads like a diary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext as _p

from web.messages import _

SUBJECTS: dict[str, Any] = {
    "division": _l("行政区划"),
    "place_name": _l("地名"),
    "name_variant": _l("地名的其他写法"),
    "standard_address": _l("标准地址"),
    "numbering_policy": _l("编号规则"),
    "plate": _l("门牌"),
    "plate_order": _l("门牌工单"),
    "plate_task": _l("门牌任务"),
    "plate_visit": _l("现场回报"),
    "finding": _l("地名疑点"),
    "rule_ignore": _l("忽略名单"),
    "naming_procedure": _l("地名办件"),
    "procedure_step": _l("办件步骤"),
    "attachment": _l("附件"),
    "protection": _l("保护名录"),
    "name_story": _l("地名讲述"),
    "name_collection": _l("地名专题"),
    "case_record": _l("业务对象"),
    "case_person": _l("人员信息"),
    "address_link": _l("地址关联"),
    "unknown_name": _l("没找到的名称"),
    "alias_proposal": _l("别名建议"),
    "job": _l("任务"),
    "app_user": _l("账号"),
    "api_key": _l("接口密钥"),
    "import": _l("导入"),
}
VERBS: dict[str, Any] = {
    "lift": _p("event", "撤销忽略"),
    "appeal": _p("event", "申请复议"),
    "uphold": _p("event", "复议维持"),
    "overturn": _p("event", "复议撤销原决定"),
    "announce_unfiled": _p("event", "公告"),
    "enlist": _p("event", "列入名录"),
    "delist": _p("event", "移出名录"),
    "undo_enlist": _p("event", "撤回列入"),
    "undo_delist": _p("event", "撤回移出"),
    "split_off": _p("event", "由拆分而来"),
    "correct": _p("event", "更正"),
    "undo_correct": _p("event", "撤回更正"),
    "undo_adopt": _p("event", "撤回采用"),
    "propose_again": _p("event", "重新拟用"),
    "move_to_part": _p("event", "随拆分划入新地名"),
    "undo_move_to_part": _p("event", "划回原地名"),
    "unassign": _p("event", "收回分派"),
    "imported": _p("event", "由文件导入"),
    "tell": _p("event", "记下"),
    "amend": _p("event", "修改"),
    "take_back": _p("event", "撤下"),
    "edit": _p("event", "编辑"),
    "publish": _p("event", "公开"),
    "code": _p("event", "编地名代码"),
    "settled": _p("event", "归入后继单位"),
    "succeeded": _p("event", "登记去向"),
    "reimported": _p("event", "随文件更新"),
    "finished": _p("event", "完成"),
    "added": _p("event", "登记"),
    "add": _p("event", "登记"),
    "create": _p("event", "新建"),
    "created": _p("event", "新建"),
    "listed": _p("event", "随名录登记"),
    "followed_division": _p("event", "随区划调整"),
    "drawn": _p("event", "绘入界线"),
    "numbered": _p("event", "编号"),
    "relabel": _p("event", "改写标准地址"),
    "rename": _p("event", "更名"),
    "former": _p("event", "记为曾用名"),
    "propose": _p("event", "申报"),
    "opened": _p("event", "立案"),
    "check": _p("event", "审核"),
    "consult": _p("event", "征求意见"),
    "approve": _p("event", "批准"),
    "refuse": _p("event", "不予批准"),
    "withdraw": _p("event", "撤回"),
    "file": _p("event", "备案"),
    "announce": _p("event", "公告"),
    "enact": _p("event", "启用"),
    "reserve": _p("event", "预留"),
    "reject": _p("event", "否决"),
    "retire": _p("event", "停用"),
    "restore": _p("event", "恢复"),
    "raise": _p("event", "发现"),
    "raised": _p("event", "发现"),
    "ignore": _p("event", "忽略"),
    "settle": _p("event", "解决"),
    "proposed": _p("event", "提出"),
    "replayed": _p("event", "重放"),
    "adopt": _p("event", "采用"),
    "adopted": _p("event", "随建议采用"),
    "taken_in": _p("event", "并入办件"),
    "given_back": _p("event", "退回建议"),
    "left_with_procedure": _p("event", "随办件撤回"),
    "withdrawn": _p("event", "随建议撤回"),
    "examine": _p("event", "转入办件"),
    "dismiss": _p("event", "认定不成立"),
    "defer": _p("event", "暂缓"),
    "reopen": _p("event", "重新打开"),
    "defer_again": _p("event", "恢复暂缓"),
    "cure": _p("event", "消除"),
    "assign": _p("event", "分派"),
    "ordered": _p("event", "下单"),
    "make": _p("event", "制作"),
    "receive": _p("event", "入库"),
    "received": _p("event", "收到"),
    "dispatch": _p("event", "领出"),
    "install": _p("event", "安装"),
    "accept": _p("event", "通过"),
    "report_damage": _p("event", "报损"),
    "repair": _p("event", "修复"),
    "replace": _p("event", "更换"),
    "take_down": _p("event", "拆除"),
    "complete": _p("event", "完成"),
    "cancel": _p("event", "取消"),
    "fail": _p("event", "失败"),
    "claim": _p("event", "开始执行"),
    "requeue": _p("event", "重新排队"),
    "queued": _p("event", "排队"),
    "decided": _p("event", "作出决定"),
    "redecided": _p("event", "重新决定"),
    "reexamined": _p("event", "重新核对"),
    "restored": _p("event", "撤销决定"),
    "supersede": _p("event", "被新的决定取代"),
    "doubt": _p("event", "退回复核"),
    "settle_linked": _p("event", "全部关联"),
    "settle_review": _p("event", "转入复核"),
    "settle_unmatched": _p("event", "未能匹配"),
    "settle_rejected": _p("event", "退回"),
    "read": _p("event", "被查看"),
    "exported": _p("event", "被导出"),
    "corrected": _p("event", "更正"),
    "correct_point": _p("event", "更正位置"),
    "update": _p("event", "修改"),
    "change": _p("event", "修改"),
    "changed": _p("event", "修改"),
    "set": _p("event", "设定"),
    "sign_in": _p("event", "登录"),
    "refuse_sign_in": _p("event", "登录失败"),
    "lock": _p("event", "锁定"),
    "unlock": _p("event", "解锁"),
    "limit": _p("event", "限定权限范围"),
    "remind": _p("event", "提醒到期"),
    "carry_out": _p("event", "执行"),
    "reset_failures": _p("event", "清零失败次数"),
    "change_password": _p("event", "修改密码"),
    "end_sessions": _p("event", "结束全部登录"),
    "choose_language": _p("event", "选择语言"),
    "revoke": _p("event", "吊销"),
    "backdated": _p("event", "启用日期提前"),
    "end": _p("event", "到期"),
    "rehung": _p("event", "改挂"),
    "hung_behind_door": _p("event", "挂到门牌之下"),
    "leave_estate": _p("event", "移出小区"),
    "move_to_successor": _p("event", "移到继任者"),
    "recheck": _p("event", "重新检查"),
    "count": _p("event", "计票"),
    "forget": _p("event", "清除文件"),
    "undo_rename": _p("event", "撤销更名"),
    "undo_relabel": _p("event", "撤销改写"),
    "undo_former": _p("event", "撤销曾用名"),
    "undo_end": _p("event", "撤销到期"),
    "undo_to_checked": _p("event", "撤销批准"),
    "undo_to_consulted": _p("event", "撤销批准"),
    "unenact": _p("event", "撤销启用"),
    "confirm": _p("event", "确认"),
    "send_back": _p("event", "退回重装"),
}
QUIET = ("app_user.", "job.", "address_link.supersede", "case_record.settle_", "address_link.reexamined")
"""Beginnings of actions that a diary of the register leaves out."""

OF_CASES = ("case_", "address_link.")
"""Beginnings of actions about case records, which only case roles are told of."""


def subject_word(kind: str) -> str:
    """Return the word for a kind of record."""
    return str(SUBJECTS.get(kind, kind))


def event_text(event: Any) -> str:
    """Say what an event did: ``standard_address.imported`` with 4000 subjects -> 标准地址由文件导入（4,000 条）."""
    subject, _dot, verb = event.action.partition(".")
    said = _("%(subject)s%(verb)s", subject=str(SUBJECTS.get(subject, subject)), verb=str(VERBS.get(verb, verb)))
    count = event.payload.get("count")
    return _("%(said)s（%(n)s 条）", said=said, n=f"{count:,}") if isinstance(count, int) else said


def event_detail(payload: Mapping[str, Any]) -> str:
    """Return the reason, note or label an event keeps, for the second line of a timeline; '' where it keeps none."""
    found = [payload.get(name) for name in ("label", "username", "name", "reason", "purpose", "why", "kind")]
    return _("；").join(str(one) for one in found if isinstance(one, str) and one)


def who(actor: str) -> str:
    """Write an actor of the log for people: ``user:officer1`` -> officer1, ``system:geoaddr`` -> 系统."""
    kind, _colon, name = actor.partition(":")
    if kind == "system":
        return _("系统")
    if kind == "public":
        return _("公众")
    return _("接口 %(name)s", name=name) if kind == "key" else name


def install(app: Flask) -> None:
    """Give templates the sentences."""
    app.jinja_env.globals.update(event_text=event_text, event_detail=event_detail, who=who, subject_word=subject_word)
