"""Opening a procedure: what each kind needs to be told, and what speaks against beginning it at all."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from shapely.geometry.base import BaseGeometry
from sqlalchemy import select
from sqlalchemy.orm import Session

from gazetteer.addresses import find_place
from gazetteer.names.cascade import addresses_of, name_columns, require_free
from gazetteer.names.checks import LONGEST_NAME
from gazetteer.names.clocks import due_on, today
from gazetteer.names.dossier import RUNNING, add_step, person_of
from gazetteer.names.findings import find_finding
from gazetteer.names.procedure_rules import Kind, kind_of
from gazetteer.names.protection import is_protected, require_grade, require_ground, require_listed
from gazetteer.names.sharing_out import require_shared_out, share_out
from gazetteer.reach import require_reach
from gazetteer.store.events import Actor
from gazetteer.store.models import Division, NameVariant, NamingProcedure, PlaceName
from gazetteer.store.models.divisions import CODE_LENGTHS
from gazetteer.store.models.places import CATEGORIES, VARIANT_KINDS
from gazetteer.workflow import enter, move
from geoaddr.errors import Conflict, NotFound, UsageError, said

NEEDS_NAME = ("name", "rename", "correct", "alias", "division_rename")
NO_NAME = ("retire", "split", "protect", "delist", "division_split")
Details = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class NewPlace:
    """A place that is to be named and is not yet in the register."""

    category: str
    division_id: str
    geometry: BaseGeometry | None = None
    origin: str = ""
    meaning: str = ""


def propose(
    session: Session,
    *,
    kind: str,
    reason: str,
    actor: Actor,
    place_id: str | None = None,
    division_id: str | None = None,
    new_name: str = "",
    finding_id: str | None = None,
    successor_id: str | None = None,
    new_place: NewPlace | None = None,
    details: Details | None = None,
    authority: str = "",
    on: date | None = None,
) -> NamingProcedure:
    """Open a procedure of any kind (``procedures.yaml``); from a doubt or fresh.

    ``details`` is what a kind needs beside a name: ``origin`` and ``meaning`` of the new name (rename, merge), ``sources`` (ids that go
    into the place or division: merge), ``parts`` (``{"name", "numbers" or "code"}``) and ``keeps`` (split), ``variant_kind`` (alias),
    ``grade`` and ``heritage_class`` (protect), ``ground`` (delist), ``code`` (divisions). ``UsageError`` names what is missing,
    ``Conflict`` a procedure already running or a thing not in force.
    """
    user_id, day = person_of(actor), on or today()
    found = kind_of(kind)
    name = _required(found, reason, new_name)
    if found.subject == "division":
        procedure = _about_division(session, found, name, division_id, details or {})
        category = session.get_one(Division, procedure.division_id).level
    else:
        place = _new_place(session, new_place, name, actor) if new_place else find_place(session, _given(place_id))
        procedure = _about_place(session, found, name, place, successor_id, details or {})
        procedure.old_name = "" if new_place else place.standard_name
        category = place.category
    procedure.reason, procedure.authority, procedure.finding_id = reason.strip(), authority.strip()[:120], finding_id
    procedure.checks, procedure.proposed_by, procedure.proposed_on = [], user_id, day
    procedure.due_on = due_on("decision", category, day)
    payload = {"kind": kind, "place_id": procedure.place_id, "division_id": procedure.division_id, "new_name": name}
    enter(session, procedure, actor=actor, verb="propose", status="proposed", payload=payload)
    if finding_id is not None:
        _examine(session, finding_id, procedure, actor)
    add_step(session, procedure, "proposal", reason, actor)
    return procedure


def _examine(session: Session, finding_id: str, procedure: NamingProcedure, actor: Actor) -> None:
    finding = find_finding(session, finding_id)
    require_reach(session, (finding.division_id,), actor)
    if finding.subject_id != procedure.place_id:
        raise UsageError("疑点与所选地名不是同一处", field="finding_id")
    move(session, finding, "examine", actor=actor, payload={"procedure_id": procedure.id})


def _given(place_id: str | None) -> str:
    if not place_id:
        raise UsageError("请选择要办理的地名", field="place_id")
    return place_id


def _required(kind: Kind, reason: str, new_name: str) -> str:
    if not reason.strip():
        raise UsageError("请写明理由（地名管理条例 第十一条：申请书须载明命名、更名的方案及理由）", field="reason")
    name = new_name.strip()
    if kind.id in NEEDS_NAME and not name:
        raise UsageError("请填写拟用名称", field="new_name")
    if len(name) > LONGEST_NAME:
        raise UsageError(f"拟用名称最多 {LONGEST_NAME} 个字", field="new_name")
    return "" if kind.id in NO_NAME else name


def _about_place(session: Session, kind: Kind, name: str, place: PlaceName, successor_id: str | None, details: Details) -> NamingProcedure:
    allowed = ("proposed", "reserved", "current") if kind.id == "name" else ("current",)
    if place.status not in allowed:
        raise Conflict(f"“{place.standard_name}”的状态是“{place.status}”，不能办理")
    if kind.id in ("rename", "correct") and name == place.standard_name:
        raise UsageError(said("拟用名称与现名相同"), field="new_name")
    _require_none_running(session, NamingProcedure.place_id == place.id, place.standard_name)
    if successor_id is not None:
        _require_successor(session, place, kind.id, successor_id)
    told = _DETAILS[kind.id](session, place, name, details) if kind.id in _DETAILS else {}
    kept = _name_kept(kind.id, place.standard_name)
    return NamingProcedure(kind=kind.id, place_id=place.id, new_place_id=successor_id, new_name=name or kept, details=told)


def _about_division(session: Session, kind: Kind, name: str, division_id: str | None, details: Details) -> NamingProcedure:
    division = session.get(Division, division_id) if division_id else None
    if division is None:
        raise UsageError("请选择要办理的行政区划", field="division_id")
    if division.status != "current":
        raise Conflict(f"“{division.name}”已在 {division.valid_to} 撤销，不能办理")
    if kind.id == "division_rename" and name == division.name:
        raise UsageError(said("拟用名称与现名相同"), field="new_name")
    _require_none_running(session, NamingProcedure.division_id == division.id, division.name)
    return NamingProcedure(
        kind=kind.id, place_id=None, division_id=division.id, old_name=division.name, new_name=name or _name_kept(kind.id, division.name),
        details=_DETAILS[kind.id](session, division, name, details),
    )  # fmt: skip


def _name_kept(kind: str, name: str) -> str:
    return name if kind in ("merge", "division_merge") else ""


def _require_none_running(session: Session, about: Any, name: str) -> None:
    running = select(NamingProcedure.id).where(about, NamingProcedure.status.in_(RUNNING))
    if session.scalar(running.limit(1)) is not None:
        raise Conflict(said("“%(name)s”已有办理中的办件，请先办结或撤回", name=name))


def _require_successor(session: Session, place: PlaceName, kind: str, successor_id: str) -> None:
    successor = find_place(session, successor_id)
    if kind != "retire":
        raise UsageError("只有销名办件可以指定并入的地名", field="successor_id")
    if successor.id == place.id or successor.status != "current" or successor.category != place.category:
        raise UsageError("并入的地名须是另一处同类的现行地名", field="successor_id")


def _new_place(session: Session, new: NewPlace, name: str, actor: Actor) -> PlaceName:
    if new.category not in CATEGORIES:
        raise UsageError("没有这一类别", field="category")
    if session.get(Division, new.division_id) is None:
        raise NotFound("没有这个行政区划", field="division_id")
    columns: dict[str, Any] = {**name_columns(name, new.category), "category": new.category, "division_id": new.division_id}
    place = PlaceName(**columns, origin=new.origin, meaning=new.meaning, geom=new.geometry)
    return enter(session, place, actor=actor, verb="propose", status="proposed")


def _merge(session: Session, place: PlaceName, name: str, details: Details) -> dict[str, Any]:
    sources = list(dict.fromkeys(details.get("sources") or ()))
    if not sources:
        raise UsageError("请选择并入的地名", field="sources")
    for one in (find_place(session, id_) for id_ in sources):
        if one.id == place.id or one.status != "current" or one.category != place.category:
            raise UsageError(f"“{one.standard_name}”不能并入：须是另一处同类的现行地名", field="sources")
        if is_protected(session, one.id):
            raise Conflict(said("“%(name)s”在地名保护名录中，不能并入他名而撤销（地名管理条例 第二十五条）", name=one.standard_name))
        _require_none_running(session, NamingProcedure.place_id == one.id, one.standard_name)
        require_free(session, [row for row in addresses_of(session, one.id) if row.place_id == one.id], place.id)
    return {"sources": sources, **_rename(session, place, name, details)}


def _rename(session: Session, place: PlaceName, name: str, details: Details) -> dict[str, Any]:
    """Keep what is told of the new name: its origin and meaning."""
    return {column: text for column in ("origin", "meaning") if (text := str(details.get(column) or "").strip())}


def _split(session: Session, place: PlaceName, name: str, details: Details) -> dict[str, Any]:
    parts = _parts(details, "numbers")
    keeps = bool(details.get("keeps"))
    names = [part["name"] for part in parts]
    if len(parts) + keeps < 2 or not all(names) or len(set(names)) != len(names) or place.standard_name in names:
        raise UsageError("拆分须写明各部分的名称，至少两处，不能重复，也不能与原名相同", field="parts")
    require_shared_out(share_out(session, place.id, parts), keeps=keeps)
    return {"parts": parts, "keeps": keeps}


def _parts(details: Details, column: str) -> list[dict[str, str]]:
    given = details.get("parts") or ()
    return [{name: str(part.get(name, "")).strip() for name in ("name", column)} for part in given]


def _alias(session: Session, place: PlaceName, name: str, details: Details) -> dict[str, Any]:
    kind = str(details.get("variant_kind") or "alias")
    if kind not in VARIANT_KINDS or kind == "former":
        raise UsageError("没有这一种别名", field="variant_kind")
    known = select(NameVariant.id).where(NameVariant.place_id == place.id, NameVariant.text == name)
    if name == place.standard_name or session.scalar(known.limit(1)) is not None:
        raise UsageError(f"“{name}”已是“{place.standard_name}”的名称", field="new_name")
    return {"variant_kind": kind}


def _protect(session: Session, place: PlaceName, name: str, details: Details) -> dict[str, Any]:
    grade, heritage = str(details.get("grade") or ""), str(details.get("heritage_class") or "")
    require_grade(grade, heritage)
    if is_protected(session, place.id):
        raise Conflict(said("“%(name)s”已在地名保护名录中", name=place.standard_name))
    return {"grade": grade, "heritage_class": heritage}


def _delist(session: Session, place: PlaceName, name: str, details: Details) -> dict[str, Any]:
    require_listed(session, place.id, place.standard_name)
    ground = str(details.get("ground") or "")
    require_ground(ground)
    return {"ground": ground}


def _division_rename(session: Session, division: Division, name: str, details: Details) -> dict[str, Any]:
    return {"code": _code(session, str(details.get("code") or division.code), division, but=division.code), **_child_codes(details)}


def _division_merge(session: Session, division: Division, name: str, details: Details) -> dict[str, Any]:
    sources = list(dict.fromkeys(details.get("sources") or ()))
    if not sources:
        raise UsageError("请选择并入的行政区划", field="sources")
    for id_ in sources:
        other = session.get(Division, id_)
        if other is None or other.id == division.id or other.level != division.level or other.status != "current":
            raise UsageError("并入的须是另一个同级的现行行政区划", field="sources")
    code = _code(session, str(details.get("code") or division.code), division, but=division.code)
    return {"sources": sources, "code": code, **_child_codes(details)}


def _division_split(session: Session, division: Division, name: str, details: Details) -> dict[str, Any]:
    parts: list[dict[str, Any]] = [dict(part) for part in _parts(details, "code")]
    keeps = bool(details.get("keeps"))
    if len(parts) + keeps < 2 or not all(part["name"] for part in parts):
        raise UsageError("拆分须写明各部分的名称和代码，至少两处", field="parts")
    if len({part["code"] for part in parts}) != len(parts):
        raise UsageError("各部分的代码不能相同", field="parts")
    for part, given in zip(parts, details["parts"], strict=True):
        _code(session, part["code"], division, but="" if keeps else division.code)
        part["children"] = _codes_in(given.get("children") or "")
    return {"parts": parts, "keeps": keeps, **_child_codes(details)}


def _codes_in(text: str | Sequence[str]) -> list[str]:
    """Read a list of codes, typed with blanks or marks between them."""
    return [str(one) for one in text] if not isinstance(text, str) else re.findall(r"[0-9]+", text)


def _child_codes(details: Details) -> dict[str, dict[str, str]]:
    """Read the new codes of units below, ``{old: new}`` or lines of ``old new``; those not given follow the code of the new unit."""
    given = details.get("child_codes") or {}
    pairs = dict(given) if isinstance(given, Mapping) else {}
    for line in given.splitlines() if isinstance(given, str) else ():
        codes = _codes_in(line)
        if line.strip() and (len(codes) != 2 or len(codes[0]) != len(codes[1])):
            raise UsageError("下级单位的代码每行写“旧代码 新代码”，位数相同", field="child_codes")
        if codes:
            pairs[codes[0]] = codes[1]
    return {"child_codes": pairs} if pairs else {}


def _code(session: Session, code: str, division: Division, *, but: str) -> str:
    if not (code.isascii() and code.isdecimal()) or len(code) != CODE_LENGTHS[division.level]:
        raise UsageError(f"代码须是 {CODE_LENGTHS[division.level]} 位数字", field="code")
    taken = select(Division.name).where(Division.code == code, Division.valid_to.is_(None))
    if code != but and (name := session.scalar(taken)) is not None:
        raise Conflict(f"代码 {code} 现在是“{name}”的")
    return code


_DETAILS: Mapping[str, Callable[[Session, Any, str, Details], dict[str, Any]]] = MappingProxyType(
    {
        "rename": _rename, "merge": _merge, "split": _split, "alias": _alias, "protect": _protect, "delist": _delist,
        "division_rename": _division_rename, "division_merge": _division_merge, "division_split": _division_split,
    }
)  # fmt: skip
