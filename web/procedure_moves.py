"""The moves of a naming procedure as its page makes them: what each needs of the form, and what is said afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from gazetteer.names import procedures
from gazetteer.names.approval import approve
from gazetteer.names.procedures import Opinion
from gazetteer.store.database import Session
from gazetteer.store.events import Actor
from web.messages import _
from web.services import services, today

Typed = Mapping[str, str]
Move = Callable[..., str]


def _check(session: Session, id_: str, typed: Typed, *, actor: Actor, version: int | None) -> str:
    found = procedures.check(session, id_, actor=actor, version=version, on=today(), index=services().engine.view_in(session))
    if found.kind == "alias":
        return _("重放完成")
    return _("审核完成，发现 %(n)s 个问题", n=len(found.checks)) if found.checks else _("审核完成，没有发现问题")


def _consult(session: Session, id_: str, typed: Typed, *, actor: Actor, version: int | None) -> str:
    procedures.consult(session, id_, [Opinion(typed["kind"], typed["text"])], actor=actor, version=version)
    return _("意见已登记")


def _approve(session: Session, id_: str, typed: Typed, *, actor: Actor, version: int | None) -> str:
    result = approve(
        session, id_, actor=actor, decision_no=typed["decision_no"], authority=typed["authority"], text=typed["text"],
        override=typed["override"], engine=services().engine, version=version, on=today(),
    )  # fmt: skip
    if not (result.addresses or result.plates_ordered or result.plates_to_take_down):
        return _("已批准")
    return _(
        "已批准：%(addresses)s 个地址换名，%(plates)s 块门牌下单，%(down)s 块旧牌待拆",
        addresses=result.addresses, plates=result.plates_ordered, down=result.plates_to_take_down,
    )  # fmt: skip


def _refuse(session: Session, id_: str, typed: Typed, *, actor: Actor, version: int | None) -> str:
    procedures.refuse(session, id_, actor=actor, text=typed["text"], version=version, on=today())
    return _("已决定不予批准")


def _file(session: Session, id_: str, typed: Typed, *, actor: Actor, version: int | None) -> str:
    procedures.file(session, id_, actor=actor, text=typed["text"], version=version, on=today())
    return _("已备案")


def _announce(session: Session, id_: str, typed: Typed, *, actor: Actor, version: int | None) -> str:
    procedures.announce(session, id_, actor=actor, text=typed["text"], version=version)
    return _("已公告，办件办结")


def _withdraw(session: Session, id_: str, typed: Typed, *, actor: Actor, version: int | None) -> str:
    procedures.withdraw(session, id_, actor=actor, text=typed["text"], version=version)
    return _("已撤回")


def _appeal(session: Session, id_: str, typed: Typed, *, actor: Actor, version: int | None) -> str:
    procedures.appeal(session, id_, actor=actor, text=typed["text"], version=version, on=today())
    return _("复议申请已登记")


def _uphold(session: Session, id_: str, typed: Typed, *, actor: Actor, version: int | None) -> str:
    procedures.decide_appeal(session, id_, overturn=False, actor=actor, text=typed["text"], version=version, on=today())
    return _("复议结果已登记：维持原决定")


def _overturn(session: Session, id_: str, typed: Typed, *, actor: Actor, version: int | None) -> str:
    procedures.decide_appeal(session, id_, overturn=True, actor=actor, text=typed["text"], version=version, on=today())
    return _("复议结果已登记：原决定撤销，重新作出决定")


def _note(session: Session, id_: str, typed: Typed, *, actor: Actor, version: int | None) -> str:
    procedures.add_note(session, id_, typed["text"], actor=actor)
    return _("已添加备注")


MOVES: Mapping[str, Move] = MappingProxyType(
    {
        "check": _check, "consult": _consult, "approve": _approve, "refuse": _refuse, "file": _file, "announce": _announce,
        "withdraw": _withdraw, "note": _note, "appeal": _appeal, "uphold": _uphold, "overturn": _overturn,
    }
)  # fmt: skip
