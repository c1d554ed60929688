"""The order of a procedure's steps: why a move cannot be made yet, or any more, and the article that says so."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gazetteer.names.procedure_rules import Kind, kind_of
from gazetteer.store.models import NamingProcedure
from gazetteer.workflow import MOVES
from geoaddr.errors import Conflict, said

ARTICLES: Mapping[str, str] = MappingProxyType(
    {
        "check": "地名管理条例 第九条", "consult": "地名管理条例 第十一条", "approve": "地名管理条例 第十二条",
        "refuse": "宁波市地名管理条例 第十五条", "file": "地名管理条例 第十三条", "announce": "地名管理条例 第十四条", "withdraw": "",
        "appeal": "行政复议法 第二十条", "uphold": "行政复议法", "overturn": "行政复议法",
    }
)  # fmt: skip
"""Which article each move rests on; '' where it is the office's own."""
DECIDING = ("check", "consult", "approve", "refuse", "withdraw")
ENDED = MappingProxyType({"refused": said("办件已不予批准"), "withdrawn": said("办件已撤回"), "announced": said("办件已公告，已办结")})
DECIDED = MappingProxyType({"approved": said("办件已批准"), "filed": said("办件已批准并备案")})


def move_verb(kind: Kind, verb: str) -> str:
    """Return the move that a verb of the page means: a kind that is never filed is announced by ``announce_unfiled``."""
    return "announce_unfiled" if verb == "announce" and "filing" not in kind.steps else verb


def out_of_order(procedure: NamingProcedure, verb: str) -> str:
    """Return why a move cannot be made in the present status, '' where it can: filing what is only checked -> 须先批准，再备案.

    A check and an opinion may be repeated until the decision.
    """
    kind = kind_of(procedure.kind)
    wanted = move_verb(kind, verb)
    sources = next(move.sources for move in MOVES["naming_procedure"] if move.verb == wanted)
    if procedure.status in sources or (verb in ("check", "consult") and procedure.status in ("checked", "consulted")):
        return ""
    if procedure.status == "appealed":
        return said("复议期间不能办理，先登记复议结果")
    if procedure.status in ENDED:
        return ENDED[procedure.status] if verb not in ("uphold", "overturn") else said("没有登记过复议申请")
    if procedure.status in DECIDED:
        return _after_decision(procedure, verb)
    return _before_decision(kind, verb)


def require_in_order(procedure: NamingProcedure, verb: str) -> None:
    """Raise ``Conflict``, with the reason and the article, where a step would be skipped or done again after its time."""
    if reason := out_of_order(procedure, verb):
        article = ARTICLES[verb]
        raise Conflict(said("%(reason)s（%(article)s）", reason=reason, article=article) if article else reason)


def _after_decision(procedure: NamingProcedure, verb: str) -> str:
    if verb in DECIDING:
        return DECIDED[procedure.status]
    if verb == "file":
        return said("办件已备案")
    return said("须先备案，再公告") if verb == "announce" else said("只有不予批准的办件可以申请复议")


def _before_decision(kind: Kind, verb: str) -> str:
    if verb == "file":
        return said("须先批准，再备案")
    if verb == "announce":
        return said("须先批准、备案，再公告") if "filing" in kind.steps else said("须先批准，再公告")
    return said("须先完成审核") if verb in DECIDING else said("只有不予批准的办件可以申请复议")
