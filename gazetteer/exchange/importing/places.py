"""Place names and roads: new ones, changed ones, and their other names; what a file leaves out stays as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shapely.geometry.base import BaseGeometry
from sqlalchemy import select

from gazetteer.exchange.codes import DamagedCodeError, restore_code
from gazetteer.exchange.importing.columns import surplus_reason
from gazetteer.exchange.importing.dates import read_date
from gazetteer.exchange.importing.finding import Divisions, load_finder
from gazetteer.exchange.importing.naming import ROADS, category_of, code_of, name_columns
from gazetteer.exchange.importing.positions import ShapeError, area_of, read_positions, read_shape, shape_cell
from gazetteer.exchange.importing.request import Work
from gazetteer.exchange.importing.succession import LEVELS
from gazetteer.exchange.readers import GEOMETRY, Table
from gazetteer.names.facts import fact_kinds, read_facts
from gazetteer.place_codes import LENGTH, holders, note_codes
from gazetteer.store.models import NameVariant, PlaceName, box_columns
from gazetteer.workflow import change_many, enter_many
from geoaddr.errors import UsageError
from geoaddr.ids import new_ids
from geoaddr.plausibility import Bounds

_LINES = ("LineString", "MultiLineString")
_SHAPES = ("Point", "MultiPoint", "Polygon", "MultiPolygon", *_LINES)
_STORIES = ("origin", "meaning", "history")
_VARIANTS = {"aliases": "alias", "former_names": "former"}
_ENTRY_STATUSES = ("proposed", "reserved", "current", "retired", "rejected")


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """One good row: the columns it sets (only those the file has) and the other names it brings."""

    line: int
    columns: dict[str, Any]
    variants: tuple[tuple[str, str], ...]

    @property
    def key(self) -> tuple[str, str, str]:
        """Return what identifies a place without a ref: its kind, name and division."""
        kind = "road" if self.columns["category"] in ROADS else self.columns["category"]
        return kind, self.columns["standard_name"], self.columns["division_id"]


@dataclass
class _Known:
    """The places of the register by ref and by key, and the variants each has."""

    by_ref: dict[str, PlaceName] = field(default_factory=dict)
    by_key: dict[tuple[str, str, str], PlaceName] = field(default_factory=dict)
    variants: dict[str, set[tuple[str, str]]] = field(default_factory=dict)


def import_places(work: Work, table: Table) -> None:
    """Import names of everything but roads, with any kind of geometry."""
    _import(work, table, roads=False)


def import_roads(work: Work, table: Table) -> None:
    """Import roads and lanes with their centrelines."""
    _import(work, table, roads=True)


def _import(work: Work, table: Table, *, roads: bool) -> None:
    rows = _read(work, table, roads)
    known = _known(work)
    coded = holders(work.session) if work.columns.has("place_code") else {}
    entered: list[dict[str, Any]] = []
    changed: dict[frozenset[str], list[dict[str, Any]]] = {}
    variants: list[dict[str, Any]] = []
    for row, made in zip(rows, new_ids(len(rows)), strict=True):
        place = known.by_ref.get(row.columns["ref"] or "") or (known.by_key.get(row.key) if _may_adopt(row, known) else None)
        if _refuse_code(work, row, place, coded):
            continue
        id_ = place.id if place is not None else made
        if code := row.columns.get("place_code"):
            coded[code] = id_
        new_names = [pair for pair in row.variants if pair not in known.variants.get(id_, set())]
        if place is None:
            entered.append({"id": made, **row.columns})
            work.tally.created += 1
        elif difference := _difference(work, row, place):
            if _refuse_decisions(work, row, place, difference):
                continue
            changed.setdefault(frozenset(difference), []).append({"id": id_, **difference})
            work.tally.updated += 1
        elif new_names:
            work.tally.updated += 1
        else:
            work.tally.unchanged += 1
        common = {"place_id": id_, "division_id": None, "valid_from": None, "valid_to": None, "source": work.source}
        variants += [{"text": text, "kind": kind, **common} for text, kind in new_names]
    _write(work, entered, changed, variants)


def _write(
    work: Work, entered: list[dict[str, Any]], changed: Mapping[frozenset[str], list[dict[str, Any]]], variants: list[dict[str, Any]]
) -> None:
    session, actor, payload = work.session, work.request.actor, {"source": work.source}
    enter_many(session, PlaceName, entered, actor=actor, verb="imported", payload=payload)
    for rows in changed.values():
        change_many(session, PlaceName, rows, actor=actor, verb="reimported", payload=payload)
    written = [*entered, *(row for rows in changed.values() for row in rows)]
    note_codes(session, [(row["place_code"], row["id"]) for row in written if row.get("place_code")])
    enter_many(session, NameVariant, variants, actor=actor, verb="imported", payload=payload)
    work.tally.made["variants"] += len(variants)


def _known(work: Work) -> _Known:
    known = _Known()
    for place in work.session.scalars(select(PlaceName)):
        if place.ref:
            known.by_ref[place.ref] = place
        kind = "road" if place.category in ROADS else place.category
        known.by_key.setdefault((kind, place.standard_name, place.division_id), place)
    for row in work.session.execute(
        select(NameVariant.place_id, NameVariant.text, NameVariant.kind).where(NameVariant.place_id.is_not(None))
    ):
        known.variants.setdefault(row.place_id, set()).add((row.text, row.kind))
    return known


def _may_adopt(row: PlaceRow, known: _Known) -> bool:
    """Say whether a row may be taken for the place of its name: not where both have refs and they differ."""
    place = known.by_key.get(row.key)
    return place is None or not row.columns["ref"] or not place.ref


def _difference(work: Work, row: PlaceRow, place: PlaceName) -> dict[str, Any]:
    """Return the columns a row changes: those the file has, where the value is another."""
    kept = {"source", *(() if work.columns.has("status") or work.columns.has("valid_to") else ("status",))}
    if not row.columns["ref"]:
        kept.add("ref")
    if not work.columns.has("category_code"):
        kept.add("category_code")
    if not row.columns.get("place_code"):
        kept.add("place_code")
    wanted = {name: value for name, value in row.columns.items() if name not in kept and name not in box_columns(None)}
    if "facts" in wanted:
        wanted["facts"] = {**(place.facts or {}), **(wanted["facts"] or {})} or None
    found = {name: value for name, value in wanted.items() if name != "geom" and getattr(place, name) != value}
    shape = wanted.get("geom")
    if shape is not None and not _same(place.geom, shape):
        found |= {"geom": shape, **box_columns(shape)}
    return found


def _refuse_decisions(work: Work, row: PlaceRow, place: PlaceName, difference: Mapping[str, Any]) -> bool:
    """Refuse a row that would rename a place or change its legal status: those are decisions with papers, not data."""
    for column, field_, before in (("standard_name", "name", place.standard_name), ("status", "status", place.status)):
        if column in difference:
            reason = f"登记册中为“{before}”：更名、销名须通过办件，不能靠导入"
            work.tally.reject(row.line, work.columns.column(field_), row.columns[column], reason)
            return True
    return False


def _refuse_code(work: Work, row: PlaceRow, place: PlaceName | None, coded: Mapping[str, str]) -> bool:
    """Refuse a row whose place code belongs, or ever belonged, to another place, or that would change the code a place has."""
    code = row.columns.get("place_code")
    if not code:
        return False
    holder, own = coded.get(code), place.place_code if place is not None else None
    reason = ""
    if holder is not None and (place is None or holder != place.id):
        reason = "这个地名代码已给了另一处地名，代码不重复使用"
    elif own and own != code:
        reason = f"登记册中这处地名的代码是 {own}，代码一经编定不再改变"
    if reason:
        work.tally.reject(row.line, work.columns.column("place_code"), code, reason)
    return bool(reason)


def _same(a: BaseGeometry | None, b: BaseGeometry) -> bool:
    return a is not None and bool(a.equals_exact(b, 1e-9))


def _read(work: Work, table: Table, roads: bool) -> list[PlaceRow]:
    finder, area = load_finder(work), area_of(work.session, work.request.district_code)
    rows: list[PlaceRow] = []
    refs: dict[str, int] = {}
    keys: dict[tuple[str, str, str], int] = {}
    for line, row in table.rows():
        work.tally.rows += 1
        read = _read_row(work, line, row, finder, area, roads)
        if read is None:
            continue
        ref = read.columns["ref"]
        twin = refs.get(ref) if ref else keys.get(read.key)
        if twin is not None:
            what, value = ("ref", ref) if ref else ("name", read.columns["standard_name"])
            work.tally.reject(line, work.columns.column(what), value, f"与第 {twin} 行重复")
            continue
        if ref:
            refs[ref] = line
        keys.setdefault(read.key, line)
        rows.append(read)
    return rows


def _read_row(work: Work, line: int, row: Mapping[str, Any], finder: Divisions, area: Bounds | None, roads: bool) -> PlaceRow | None:
    texts = work.columns.fields(row)
    at = ["ref"]
    try:
        if reason := surplus_reason(row):
            raise ValueError(reason)
        columns = _columns(work, texts, finder, roads, at)
        at[0] = GEOMETRY if GEOMETRY in work.columns.named else "lon"
        shape = _shape(work, row, texts, area, roads)
        if shape is not None or GEOMETRY in work.columns.named or work.columns.has("lon"):
            columns |= {"geom": shape, **box_columns(shape)}
    except (ValueError, DamagedCodeError, ShapeError) as error:
        work.tally.reject(line, work.columns.column(at[0]), texts.get(at[0], ""), str(error))
        return None
    variants = [(one.strip(), kind) for name, kind in _VARIANTS.items() for one in _several(texts.get(name, "")) if one.strip()]
    return PlaceRow(line, columns, tuple(dict.fromkeys(pair for pair in variants if pair[0] != columns["standard_name"])))


def _columns(work: Work, texts: Mapping[str, str], finder: Divisions, roads: bool, at: list[str]) -> dict[str, Any]:
    """Return the columns of a row but its geometry; ``at`` follows which field is being read, for the report."""
    ref = restore_code(texts.get("ref", "")) or None
    at[0], name = "name", texts["name"]
    if not 0 < len(name) <= 120:
        raise ValueError("名称为空" if not name else "名称超过 120 字")
    at[0], category = "category", _category(texts, name, roads)
    at[0] = "division" if work.columns.has("division") else "town"
    division_id, reason = finder.find(texts.get("division", ""), {level: texts.get(level, "") for level in LEVELS})
    if division_id is None:
        raise ValueError(reason)
    at[0], place_code = "place_code", restore_code(texts.get("place_code", "")) or None
    if place_code and not (len(place_code) == LENGTH and place_code.isascii() and place_code.isdecimal() and int(place_code[14:])):
        raise ValueError("地名代码应为 20 位数字，请检查该列是否被存成了数字")
    at[0], valid_from = "valid_from", read_date(texts.get("valid_from", ""))
    at[0], valid_to = "valid_to", read_date(texts.get("valid_to", ""))
    at[0], status = "status", texts.get("status", "") or ("retired" if valid_to else "current")
    if status not in _ENTRY_STATUSES:
        raise ValueError(f"状态“{status}”无法识别，可用：{'、'.join(_ENTRY_STATUSES)}")
    optional: dict[str, Any] = {"place_code": place_code, "valid_from": valid_from, "valid_to": valid_to}
    optional |= {story: texts.get(story, "") for story in _STORIES}
    at[0] = next((name for name in fact_kinds() if work.columns.has(name)), "")
    measured = {"facts": _facts(texts, at) or None} if at[0] else {}
    spelled = {"pinyin": texts["pinyin"]} if texts.get("pinyin") else {}
    return {
        "ref": ref, **name_columns(name, category), **spelled, "category": category, "division_id": division_id, "status": status,
        "category_code": texts.get("category_code", "")[:5] or code_of(category), "source": work.source,
        **_present(work, optional), **measured,
    }  # fmt: skip


def _facts(texts: Mapping[str, str], at: list[str]) -> dict[str, float]:
    try:
        return read_facts(texts)
    except UsageError as error:
        at[0] = error.field or at[0]
        raise ValueError(error.message) from error


def _present(work: Work, optional: Mapping[str, Any]) -> dict[str, Any]:
    """Return the optional columns the file has."""
    return {name: value for name, value in optional.items() if work.columns.has(name)}


def _category(texts: Mapping[str, str], name: str, roads: bool) -> str:
    word, code = texts.get("category", ""), texts.get("category_code", "")
    category = category_of(word, code)
    if category is None and roads and not word:
        category = "lane" if name.endswith(("弄", "巷", "里", "胡同")) else "road"
    if category is None:
        raise ValueError(f"类别“{word or code}”无法识别" if word or code else "缺少类别")
    if (category in ROADS) is not roads:
        raise ValueError("道路请用 import roads 导入" if not roads else f"类别“{word}”不是道路")
    return category


def _shape(work: Work, row: Mapping[str, Any], texts: Mapping[str, str], area: Bounds | None, roads: bool) -> BaseGeometry | None:
    shape = read_shape(shape_cell(row, work.columns), work.crs, area, _LINES if roads else _SHAPES)
    if shape is not None or roads or not (texts.get("lon") or texts.get("lat")):
        return shape
    from shapely import Point

    found = read_positions([texts.get("lon", "")], [texts.get("lat", "")], work.crs, area)
    if found.reasons:
        raise ShapeError(found.reasons[0])
    lon, lat = found.lons[0], found.lats[0]
    return None if lon is None or lat is None else Point(lon, lat)


def _several(text: str) -> list[str]:
    for mark in ("；", ";", "、", "#"):
        text = text.replace(mark, "|")
    return text.split("|")
