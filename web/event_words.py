"""Sentences for the events of the log: what happened to what, so that a timeline reads like a diary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask
from flask_babel import lazy_gettext as _l

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
    "lift": _l("撤销忽略"),
    "appeal": _l("申请复议"),
    "uphold": _l("复议维持"),
    "overturn": _l("复议撤销原决定"),
    "announce_unfiled": _l("公告"),
    "enlist": _l("列入名录"),
    "delist": _l("移出名录"),
    "undo_enlist": _l("撤回列入"),
    "undo_delist": _l("撤回移出"),
    "split_off": _l("由拆分而来"),
    "correct": _l("更正"),
    "undo_correct": _l("撤回更正"),
    "undo_adopt": _l("撤回采用"),
    "propose_again": _l("重新拟用"),
    "move_to_part": _l("随拆分划入新地名"),
    "undo_move_to_part": _l("划回原地名"),
    "unassign": _l("收回分派"),
    "imported": _l("由文件导入"),
    "tell": _l("记下"),
    "amend": _l("修改"),
    "take_back": _l("撤下"),
    "edit": _l("编辑"),
    "publish": _l("公开"),
    "code": _l("编地名代码"),
    "settled": _l("归入后继单位"),
    "succeeded": _l("登记去向"),
    "reimported": _l("随文件更新"),
    "finished": _l("完成"),
    "added": _l("登记"),
    "add": _l("登记"),
    "create": _l("新建"),
    "created": _l("新建"),
    "listed": _l("随名录登记"),
    "followed_division": _l("随区划调整"),
    "drawn": _l("绘入界线"),
    "numbered": _l("编号"),
    "relabel": _l("改写标准地址"),
    "rename": _l("更名"),
    "former": _l("记为曾用名"),
    "propose": _l("申报"),
    "opened": _l("立案"),
    "check": _l("审核"),
    "consult": _l("征求意见"),
    "approve": _l("批准"),
    "refuse": _l("不予批准"),
    "withdraw": _l("撤回"),
    "file": _l("备案"),
    "announce": _l("公告"),
    "enact": _l("启用"),
    "reserve": _l("预留"),
    "reject": _l("否决"),
    "retire": _l("停用"),
    "restore": _l("恢复"),
    "raise": _l("发现"),
    "raised": _l("发现"),
    "ignore": _l("忽略"),
    "settle": _l("解决"),
    "proposed": _l("提出"),
    "replayed": _l("重放"),
    "adopt": _l("采用"),
    "adopted": _l("随建议采用"),
    "taken_in": _l("并入办件"),
    "given_back": _l("退回建议"),
    "left_with_procedure": _l("随办件撤回"),
    "withdrawn": _l("随建议撤回"),
    "examine": _l("转入办件"),
    "dismiss": _l("认定不成立"),
    "defer": _l("暂缓"),
    "reopen": _l("重新打开"),
    "defer_again": _l("恢复暂缓"),
    "cure": _l("消除"),
    "assign": _l("分派经办人"),
    "ordered": _l("下单"),
    "make": _l("制作"),
    "receive": _l("入库"),
    "received": _l("收到"),
    "dispatch": _l("领出"),
    "install": _l("安装"),
    "accept": _l("通过"),
    "report_damage": _l("报损"),
    "repair": _l("修复"),
    "replace": _l("更换"),
    "take_down": _l("拆除"),
    "complete": _l("完成"),
    "cancel": _l("取消"),
    "fail": _l("失败"),
    "claim": _l("开始执行"),
    "requeue": _l("重新排队"),
    "queued": _l("排队"),
    "decided": _l("作出决定"),
    "redecided": _l("重新决定"),
    "reexamined": _l("重新核对"),
    "restored": _l("撤销决定"),
    "supersede": _l("被新的决定取代"),
    "doubt": _l("退回复核"),
    "settle_linked": _l("全部关联"),
    "settle_review": _l("转入复核"),
    "settle_unmatched": _l("未能匹配"),
    "settle_rejected": _l("退回"),
    "read": _l("被查看"),
    "exported": _l("被导出"),
    "corrected": _l("更正"),
    "correct_point": _l("更正位置"),
    "update": _l("修改"),
    "change": _l("修改"),
    "changed": _l("修改"),
    "set": _l("设定"),
    "sign_in": _l("登录"),
    "refuse_sign_in": _l("登录失败"),
    "lock": _l("锁定"),
    "unlock": _l("解锁"),
    "limit": _l("限定权限范围"),
    "remind": _l("提醒到期"),
    "carry_out": _l("执行"),
    "reset_failures": _l("清零失败次数"),
    "change_password": _l("修改密码"),
    "end_sessions": _l("结束全部登录"),
    "choose_language": _l("选择语言"),
    "revoke": _l("吊销"),
    "backdated": _l("启用日期提前"),
    "end": _l("到期"),
    "rehung": _l("改挂"),
    "hung_behind_door": _l("挂到门牌之下"),
    "leave_estate": _l("移出小区"),
    "move_to_successor": _l("移到继任者"),
    "recheck": _l("重新检查"),
    "count": _l("计票"),
    "forget": _l("清除文件"),
    "undo_rename": _l("撤销更名"),
    "undo_relabel": _l("撤销改写"),
    "undo_former": _l("撤销曾用名"),
    "undo_end": _l("撤销到期"),
    "undo_to_checked": _l("撤销批准"),
    "undo_to_consulted": _l("撤销批准"),
    "unenact": _l("撤销启用"),
    "confirm": _l("确认"),
    "send_back": _l("退回重装"),
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
