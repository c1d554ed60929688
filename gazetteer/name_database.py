"""The register in the shapes of the national place-name query service: division tree, name search, details, namesake counts.

Clients of that service read strings without asking whether they are there, so every text is a string, '' where nothing is
known. Field names and parameters are that service's, as its public clients use them.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import yaml
from shapely import Point
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry
from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from gazetteer.addresses import find_place
from gazetteer.divisions import DivisionTree, holds, load_divisions, successions
from gazetteer.store.models import Division, NameVariant, PlaceName
from geoaddr.errors import NotFound
from geoaddr.romanize import romanize, sound_key

WHOLE_CODE = 12
LEVELS = {"province": 1, "city": 2, "district": 3, "town": 4, "community": 5}
TYPE_CODES = {"province": "21200", "city": "21300", "district": "21400", "town": "21500"}
UNIT_WORDS = ("特别行政区", "自治区", "自治州", "自治县", "街道", "地区", "林区", "省", "市", "盟", "区", "县", "旗", "镇", "乡")
NEXT_LEVEL = {0: 2, 2: 4, 4: 6, 6: 9, 9: 12, 12: 12}
"""From the length of a code to that of the codes its counts are told apart by."""
IN_FORCE_ONCE = ("current", "retired")
"""Statuses of places that are told of: names that were only proposed, or rejected, never are."""
NOWHERE: dict[str, Any] = {"type": "MultiPoint", "coordinates": []}


@cache
def _types() -> dict[str, str]:
    return dict(yaml.safe_load(files("gazetteer").joinpath("data/place_types.yaml").read_text(encoding="utf-8")))


@cache
def _category_words() -> dict[str, str]:
    table = yaml.safe_load(files("gazetteer").joinpath("data/place_categories.yaml").read_text(encoding="utf-8"))
    return {row["code"]: next((word for word in row["words"] if not word.isascii()), "") for row in table.values()}


def type_name(code: str) -> str:
    """Return what a category code is called: ``"22200"`` -> ``"农村居民点"``, an unknown one -> ``""``."""
    return _types().get(code) or _category_words().get(code, "")


def day_of(year: int) -> date | None:
    """Return the last day of the edition of a year, None (today) for 0."""
    return date(year, 12, 31) if year else None


def division_tree(session: Session, code: str, max_level: int, year: int = 0) -> dict[str, Any]:
    """Return a unit with those ``max_level`` levels below it: ``{code, name, level, type, children}``, codes of 12 digits.

    ``code`` is a whole or shortened code; '' asks for the nation. ``NotFound`` where nothing had the code in that year.
    """
    tree, on = load_divisions(session), day_of(year)
    if not code.strip("0"):
        tops = [one for one in tree.children.get(None, ()) if holds(one, on)]
        node: dict[str, Any] = {"code": "0" * WHOLE_CODE, "name": "中华人民共和国", "level": 0, "type": "国", "children": []}
        if max_level:
            node["children"] = [_node(tree, one, max_level - 1, on) for one in tops]
        return node
    found = _by_code(tree, code, on)
    if found is None:
        raise NotFound(f"没有代码为 {code[:20]} 的行政区划", field="code")
    return _node(tree, found, max_level, on)


def count_nodes(node: Mapping[str, Any]) -> int:
    """Return how many units a tree has, its root included."""
    return 1 + sum(count_nodes(one) for one in node["children"])


def search_names(
    session: Session, text: str, *, exact: bool, type_code: str = "", code: str = "", year: int = 0, offset: int = 0, limit: int = 10
) -> tuple[int, list[dict[str, Any]]]:
    """Return how many names there are in all and ``limit`` of them from ``offset``: units by code, then places, shortest first.

    ``exact`` asks for the whole name; otherwise names and their other forms (former, alias …) that contain the text count.
    """
    tree, on = load_divisions(session), day_of(year)
    units = [one for one in _units(tree, text, exact, code, on) if not type_code or _type_of_unit(one) == type_code]
    statement = _places(tree, text, exact, type_code, code, on)
    total = len(units) + (session.scalar(select(func.count()).select_from(statement.subquery())) or 0)
    records = [_unit_record(tree, one) for one in units[offset : offset + limit]]
    if len(records) < limit:
        ordered = statement.order_by(func.length(PlaceName.standard_name), PlaceName.id)
        places = session.scalars(ordered.offset(max(offset - len(units), 0)).limit(limit - len(records)))
        records += [_place_record(tree, one) for one in places]
    return total, records


def name_details(session: Session, id_: str) -> dict[str, Any]:
    """Return one unit or place with its story; ``NotFound`` for an id that is neither."""
    tree = load_divisions(session)
    if id_ in tree.by_id:
        unit = tree.by_id[id_]
        before = _forerunners(session, unit)
        return {
            **_unit_record(tree, unit), "old_name": "、".join(dict.fromkeys(one.name for one in before if one.name != unit.name)),
            "place_meaning": "", "place_origin": "", "place_history": "", "government_history": "；".join(_held(one) for one in before),
        }  # fmt: skip
    place = find_place(session, id_)
    if place.status not in IN_FORCE_ONCE:
        raise NotFound(f"没有编号为 {id_[:20]} 的地名", field="id")
    former = [one.text for one in place.variants if one.kind == "former"]
    return {
        **_place_record(tree, place), "old_name": "、".join(former), "place_meaning": place.meaning, "place_origin": place.origin,
        "place_history": place.history, "government_history": "",
    }  # fmt: skip


def count_names(session: Session, name: str, code: str = "", *, by_type: bool = False, by_sound: bool = False) -> list[dict[str, Any]]:
    """Return how many names are the same as (or sound like) one, by the divisions below ``code`` or by category, most first.

    With ``by_sound`` the name is its pinyin, with or without tones and blanks: ``"Gùgōng"``, ``"gu gong"``.
    """
    tree = load_divisions(session)
    wanted = spoken(name) if by_sound else name
    units = [one for one in tree.by_id.values() if one.valid_to is None and one.code.startswith(code)]
    same_units = [one for one in units if (spoken(_sound(one.name)) if by_sound else one.name) == wanted]
    same: ColumnElement[bool] = func.replace(PlaceName.sound, " ", "") == wanted if by_sound else PlaceName.standard_name == wanted
    rows = session.execute(select(PlaceName.division_id, PlaceName.category_code).where(same, PlaceName.status == "current"))
    found = [(tree.by_id[division_id].code, type_code) for division_id, type_code in rows]
    found = [(own, type_code) for own, type_code in found if own.startswith(code)]
    found += [(one.code, _type_of_unit(one)) for one in same_units]
    if by_type:
        types = Counter(type_code for _own, type_code in found)
        return [{"type": type_name(one), "typeCode": one, "count": count} for one, count in _most_first(types)]
    cut = NEXT_LEVEL.get(len(code), WHOLE_CODE)
    places = Counter(own[:cut] for own, _type_code in found)
    return [{"name": _name_at(tree, one), "code": _whole(one), "count": count} for one, count in _most_first(places)]


def spoken(pinyin: str) -> str:
    """Return a spelling without tones, blanks and capitals: ``"Gùgōng Lù"`` -> ``"gugonglu"``, ``"Lǜ"`` -> ``"lv"``."""
    plain = unicodedata.normalize("NFC", pinyin).lower()
    plain = plain.translate(str.maketrans("üǖǘǚǜ", "vvvvv"))
    letters = unicodedata.normalize("NFD", plain)
    return "".join(letter for letter in letters if letter.isascii() and letter.isalnum())


@lru_cache(maxsize=2**15)
def _sound(name: str) -> str:
    return sound_key(name)


def _most_first(counts: Counter[str]) -> Iterable[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _whole(code: str) -> str:
    return code.ljust(WHOLE_CODE, "0")


def _name_at(tree: DivisionTree, code: str) -> str:
    unit = tree.by_code(code)
    return unit.name if unit is not None else ""


def _by_code(tree: DivisionTree, code: str, on: date | None) -> Division | None:
    """Find a unit by its code, whole (330213000000) or as short as its level needs."""
    for length in (WHOLE_CODE, 9, 6, 4, 2):
        if len(code) >= length and not code[length:].strip("0"):
            found = tree.by_code(code[:length], on)
            if found is not None:
                return found
    return None


def _node(tree: DivisionTree, unit: Division, deeper: int, on: date | None) -> dict[str, Any]:
    children = [one for one in tree.children.get(unit.id, ()) if holds(one, on)] if deeper else []
    return {
        "code": _whole(unit.code), "name": unit.name, "level": LEVELS[unit.level], "type": _kind_of_unit(unit),
        "children": [_node(tree, one, deeper - 1, on) for one in children],
    }  # fmt: skip


def _kind_of_unit(unit: Division) -> str:
    """Return what sort of unit it is: 奉化区 -> 市辖区, 莼湖街道 -> 街道."""
    if unit.level == "community":
        return "村级"
    if unit.level == "district" and unit.name.endswith("区"):
        return "市辖区"
    if unit.level == "district" and unit.name.endswith("市"):
        return "县级市"
    if unit.level == "city" and unit.name.endswith("市"):
        return "地级市"
    return next((word for word in UNIT_WORDS if unit.name.endswith(word)), "")


def _type_of_unit(unit: Division) -> str:
    if unit.level != "community":
        return TYPE_CODES[unit.level]
    return "21620" if unit.code[9:10] == "0" else "21610"


def _units(tree: DivisionTree, text: str, exact: bool, code: str, on: date | None) -> list[Division]:
    found = [
        one for one in tree.by_id.values()
        if (one.name == text if exact else text in one.name) and one.code.startswith(code) and holds(one, on)
    ]  # fmt: skip
    return sorted(found, key=lambda one: one.code)


def _places(tree: DivisionTree, text: str, exact: bool, type_code: str, code: str, on: date | None) -> Select[Any]:
    if exact:
        named: ColumnElement[bool] = PlaceName.standard_name == text
    else:
        variants = select(NameVariant.place_id).where(NameVariant.place_id.is_not(None), NameVariant.text.contains(text, autoescape=True))
        named = or_(PlaceName.standard_name.contains(text, autoescape=True), PlaceName.id.in_(variants))
    statement = select(PlaceName).where(named, _in_force(on))
    if type_code:
        statement = statement.where(PlaceName.category_code == type_code)
    if code:
        within = [one.id for one in tree.by_id.values() if one.code.startswith(code)]
        statement = statement.where(PlaceName.division_id.in_(within))
    return statement


def _in_force(on: date | None) -> ColumnElement[bool]:
    if on is None:
        return PlaceName.status == "current"
    begun = or_(PlaceName.valid_from.is_(None), PlaceName.valid_from <= on)
    return and_(PlaceName.status.in_(IN_FORCE_ONCE), begun, or_(PlaceName.valid_to.is_(None), PlaceName.valid_to > on))


def _regions(tree: DivisionTree, division_id: str) -> dict[str, str]:
    """Return codes and names of province, city and county, '' above the unit's own level."""
    found = {f"{field}{ending}": "" for field in ("province", "city", "area") for ending in ("", "_name")}
    for unit in tree.path(division_id):
        field = {"province": "province", "city": "city", "district": "area"}.get(unit.level)
        if field:
            found |= {field: unit.code, f"{field}_name": unit.name}
    return found


def _unit_record(tree: DivisionTree, unit: Division) -> dict[str, Any]:
    type_code = _type_of_unit(unit)
    return {
        "id": unit.id, "place_code": "", "standard_name": unit.name, "roman_alphabet_spelling": romanize(unit.name),
        "ethnic_minorities_writing": "", "place_type": type_name(type_code), "place_type_code": type_code,
        **_regions(tree, unit.id), "gdm": _inner_point(unit),
    }  # fmt: skip


def _inner_point(unit: Division) -> dict[str, Any]:
    if unit.min_lon is None or unit.geom is None:
        return dict(NOWHERE)
    inside = unit.geom.representative_point()
    return {"type": "MultiPoint", "coordinates": [[round(inside.x, 7), round(inside.y, 7)]]}


def _place_record(tree: DivisionTree, place: PlaceName) -> dict[str, Any]:
    return {
        "id": place.id, "place_code": place.place_code or "", "standard_name": place.standard_name,
        "roman_alphabet_spelling": place.pinyin, "ethnic_minorities_writing": "", "place_type": type_name(place.category_code),
        "place_type_code": place.category_code, **_regions(tree, place.division_id), "gdm": _shape(place.geom),
    }  # fmt: skip


def _shape(geometry: BaseGeometry | None) -> dict[str, Any]:
    if geometry is None or geometry.is_empty:
        return dict(NOWHERE)
    if isinstance(geometry, Point):
        return {"type": "MultiPoint", "coordinates": [[geometry.x, geometry.y]]}
    return dict(mapping(geometry))


def _forerunners(session: Session, unit: Division) -> list[Division]:
    """Return the units this one came from, oldest first."""
    found: dict[str, Division] = {}
    queue = [unit.id]
    while queue:
        before, _after = successions(session, queue.pop())
        for one in before:
            if one.old_id not in found:
                found[one.old_id] = one.old
                queue.append(one.old_id)
    return sorted(found.values(), key=lambda one: (one.valid_from, one.code))


def _held(unit: Division) -> str:
    return f"{unit.valid_from.isoformat()} 至 {unit.valid_to.isoformat() if unit.valid_to else '今'} 为{unit.name}（{unit.code}）"
