"""What the register knows of a procedure, in the words papers are written in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.orm import Session

from gazetteer.divisions import path_of
from gazetteer.names.clocks import CHINA, add_working_days, due_on
from gazetteer.names.dossier import OPINION_TITLES, category_of, decider, division_of
from gazetteer.names.impact import impact
from gazetteer.names.papers.places import CATEGORY_WORDS, location_of
from gazetteer.names.procedure_record import attachments
from gazetteer.names.procedure_rules import kind_of, rule_of
from gazetteer.names.rules import find_rule
from gazetteer.names.terms import split_name
from gazetteer.store.models import Division, NamingProcedure, PlaceName, ProcedureStep
from geoaddr.romanize import romanize

BUREAU = "民政局"
CONSULT_WORKING_DAYS = 10


@dataclass(frozen=True, slots=True)
class Facts:
    """The words of one procedure by the names ``papers.yaml`` uses, and the procedure itself."""

    procedure: NamingProcedure
    words: Mapping[str, str]


def facts_of(session: Session, procedure: NamingProcedure, *, today: date) -> Facts:
    """Return everything papers may say about a procedure as it stands."""
    words = {
        **_names(session, procedure), **_places(session, procedure), **_decision(procedure),
        **_dates(session, procedure, today), **_examined(session, procedure), "blank": "\n\n\n",
    }  # fmt: skip
    words["proof"] = _proof(procedure, words)
    words["comparison_title"] = "行政区划变更对照表" if procedure.place_id is None else "地名更名对照表"
    return Facts(procedure, MappingProxyType(words))


def chinese_date(day: date | None) -> str:
    """Write a day as papers do: 2026-11-23 -> 2026年11月23日; a blank to fill in where there is none."""
    return f"{day.year}年{day.month}月{day.day}日" if day else "　　年　　月　　日"


def action_of(session: Session, procedure: NamingProcedure) -> str:
    """Say in one phrase what a procedure does: 将环球路更名为锦川路."""
    old, new, details = procedure.old_name, procedure.new_name, procedure.details
    sources = "、".join(source_names(session, procedure))
    parts = "、".join(part["name"] for part in details.get("parts", ()))
    successor = session.get(PlaceName, procedure.new_place_id) if procedure.new_place_id else None
    phrases: dict[str, Callable[[], str]] = {
        "name": lambda: f"命名{new}", "rename": lambda: f"将{old}更名为{new}", "correct": lambda: f"将{old}更正为{new}",
        "retire": lambda: f"撤销{old}" + (f"并入{successor.standard_name}" if successor else ""),
        "merge": lambda: f"将{sources}并入{old}" + (f"并更名为{new}" if new != old else ""),
        "split": lambda: f"将{old}拆分为{parts}" + (f"并保留{old}" if details.get("keeps") else ""),
        "alias": lambda: f"采用{new}为{old}的别名",
        "protect": lambda: f"将{old}列入地名保护名录（{rule_of('protection')['grades'][details['grade']]}）",
        "delist": lambda: f"将{old}移出地名保护名录",
        "division_rename": lambda: f"将{old}更名为{new}",
        "division_merge": lambda: f"将{sources}并入{old}" + (f"并更名为{new}" if new != old else ""),
        "division_split": lambda: f"将{old}拆分为{parts}" + (f"并保留{old}" if details.get("keeps") else ""),
    }  # fmt: skip
    return phrases[procedure.kind]()


def source_names(session: Session, procedure: NamingProcedure) -> list[str]:
    """Return the names of the places or divisions that go into the one a procedure is about."""
    ids = procedure.details.get("sources", ())
    if procedure.place_id is None:
        return [session.get_one(Division, id_).name for id_ in ids]
    return [session.get_one(PlaceName, id_).standard_name for id_ in ids]


def standard_names(procedure: NamingProcedure) -> list[str]:
    """Return the names in force once a procedure is carried out; none for a name that was retired."""
    if procedure.kind in ("split", "division_split"):
        kept = [procedure.old_name] if procedure.details.get("keeps") else []
        return [part["name"] for part in procedure.details["parts"]] + kept
    if procedure.kind in ("alias", "protect", "delist"):
        return [procedure.old_name]
    return [] if procedure.kind == "retire" else [procedure.new_name]


def _names(session: Session, procedure: NamingProcedure) -> dict[str, str]:
    names, category = standard_names(procedure), category_of(procedure)
    terms = [split_name(name, category) for name in names]
    pinyin = [romanize(one.specific, one.generic) for one in terms]
    old = "、".join([procedure.old_name, *source_names(session, procedure)]) if procedure.old_name else ""
    return {
        "kind": kind_of(procedure.kind).title, "article": kind_of(procedure.kind).article, "action": action_of(session, procedure),
        "old_name": old or "（无）", "new_name": procedure.new_name or "、".join(names) or "（无）",
        "standard_name": "、".join(names) or "（无）",
        "pinyin": "；".join(pinyin) or "（无）", "category": CATEGORY_WORDS.get(category, category), "reason": procedure.reason,
    }  # fmt: skip


def _places(session: Session, procedure: NamingProcedure) -> dict[str, str]:
    division = division_of(session, procedure)
    path = "".join(unit.name for unit in path_of(session, division))
    place = session.get(PlaceName, procedure.place_id) if procedure.place_id else None
    district = next((unit.name for unit in path_of(session, division) if unit.level == "district"), "")
    counted = impact(session, place.id) if place else None
    return {
        "division": path, "location": location_of(place, path), "meaning": _meaning(procedure, place), "bureau": f"{district}{BUREAU}",
        "addresses": f"{counted.addresses} 条" if counted else "见对照表",
        "plates": f"{counted.plates_hanging + counted.plates_pending} 块" if counted else "—",
    }  # fmt: skip


def _meaning(procedure: NamingProcedure, place: PlaceName | None) -> str:
    """Return origin and meaning of the name a paper is about: a new name has its own, never those of the name it replaces."""
    if place is None:
        return "（未填）"
    anew = procedure.kind in ("rename", "merge") and procedure.new_name not in ("", procedure.old_name)
    told = (procedure.details.get("origin"), procedure.details.get("meaning")) if anew else (place.origin, place.meaning)
    return "；".join(filter(None, told)) or "（未填）"


def _decision(procedure: NamingProcedure) -> dict[str, str]:
    found = decider(procedure)
    authority = procedure.authority or found.authority
    note = "" if found.confirmed else "（权限划分未经核对原文）"
    number = procedure.decision_no
    return {
        "authority": authority, "decision_no": number, "decider": f"{found.authority}{note}；{found.article}",
        "decision": f"{authority} {number}".strip(),
        "decided_on": chinese_date(procedure.decided_on), "decided_on_cn": chinese_date(procedure.decided_on),
        "proposed_on_cn": chinese_date(procedure.proposed_on),
        "filing_due": chinese_date(due_on("filing", category_of(procedure), procedure.decided_on) if procedure.decided_on else None),
    }  # fmt: skip


def _dates(session: Session, procedure: NamingProcedure, today: date) -> dict[str, str]:
    days = {step.kind: step.at for step in _steps(session, procedure)}
    until = add_working_days(today, CONSULT_WORKING_DAYS)
    announced = _day(days.get("announcement")) or today
    return {
        "today_cn": chinese_date(today), "consult_until_cn": chinese_date(until), "announced_on_cn": chinese_date(announced),
        "filed_on": chinese_date(_day(days.get("filing"))),
    }  # fmt: skip


def _examined(session: Session, procedure: NamingProcedure) -> dict[str, str]:
    steps = _steps(session, procedure)
    opinions = [f"{OPINION_TITLES[one.kind]}：{one.text}" for one in steps if one.kind in OPINION_TITLES]
    refusal = next((one.text for one in reversed(steps) if one.kind == "decision"), "")
    checks = [f"{find_rule(one['rule']).title_zh}：{one['evidence']}（{one['article']}）" for one in procedure.checks]
    papers = [one["paper_title"] or one["filename"] for one in attachments(session, procedure.id)]
    return {
        "opinions": "\n".join(opinions) or "未征求", "refusal": refusal, "checks": "\n".join(checks) or "未发现问题",
        "papers": "、".join(papers) or "（无附件）",
    }  # fmt: skip


def _proof(procedure: NamingProcedure, words: Mapping[str, str]) -> str:
    by = f"经{words['authority']}批准（{words['decision_no']}），" if words["decision_no"] else ""
    when = chinese_date(procedure.decided_on)
    same = "。变更前后为同一地理实体。" if procedure.kind in ("rename", "correct", "division_rename") else "。"
    return f"{by}自{when}起，{words['action']}{same}"


def _steps(session: Session, procedure: NamingProcedure) -> list[ProcedureStep]:
    rows = select(ProcedureStep).where(ProcedureStep.procedure_id == procedure.id).order_by(ProcedureStep.created_seq)
    return list(session.scalars(rows))


def _day(moment: datetime | None) -> date | None:
    return moment.astimezone(CHINA).date() if moment else None
