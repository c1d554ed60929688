"""The register in the shapes of the national place-name query service: division tree, name search, details, namesake counts.

Clients of that service read strings without asking whether they are there, so every text is a string, '' where nothing is
known. Field names and parameters are that service's, as its public clients use them.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import yaml
from shapely import Point
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry
from sqlalchemy import ColumnElement, Select, and_, func, not_, or_, select
from sqlalchemy.orm import Session, defer

from gazetteer.addresses import find_place
from gazetteer.divisions import DivisionTree, held_on, load_above, load_below, outlines, successions
from gazetteer.store.models import Division, DivisionSuccession, Lineage, NameVariant, PlaceName
from geoaddr.errors import NotFound
from geoaddr.romanize import romanize, sound_key

WHOLE_CODE = 12
LEVELS = {"province": 1, "city": 2, "district": 3, "town": 4, "community": 5}
TYPE_CODES = {"province": "21200", "city": "21300", "district": "21400", "town": "21500"}
RESIDENTS, VILLAGERS = "21620", "21610"
"""Category codes of the units below towns: what a residents' committee serves has a 0 at the tenth digit of its code."""
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
    on = day_of(year)
    if not code.strip("0"):
        node: dict[str, Any] = {"code": "0" * WHOLE_CODE, "name": "中华人民共和国", "level": 0, "type": "国", "children": []}
        if max_level:
            of_nation = select(Division).where(Division.parent_id.is_(None), held_on(on)).options(defer(Division.geom))
            tops = session.scalars(of_nation.order_by(Division.code, Division.valid_from)).all()
            tree = load_below(session, tops, max_level - 1, on)
            node["children"] = [_node(tree, one, max_level - 1) for one in tops]
        return node
    found = _by_code(session, code, on)
    if found is None:
        raise NotFound(f"没有代码为 {code[:20]} 的行政区划", field="code")
    return _node(load_below(session, [found], max_level, on), found, max_level)


def count_nodes(node: Mapping[str, Any]) -> int:
    """Return how many units a tree has, its root included."""
    return 1 + sum(count_nodes(one) for one in node["children"])


def search_names(
    session: Session, text: str, *, exact: bool, type_code: str = "", code: str = "", year: int = 0, offset: int = 0, limit: int = 10
) -> tuple[int, list[dict[str, Any]]]:
    """Return how many names there are in all and ``limit`` of them from ``offset``: units by code, then places, shortest first.

    ``exact`` asks for the whole name, or the whole of another form of it (former, alias …); otherwise what contains the text counts.
    A unit that was gone by then is answered with what it had become: renamed, merged, split or moved.
    """
    on = day_of(year)
    of_units, of_places = _units(text, exact, type_code, code, on), _places(text, exact, type_code, code, on)
    count_units, count_places = (session.scalar(select(func.count()).select_from(one.subquery())) or 0 for one in (of_units, of_places))
    ordered = of_units.order_by(Division.code, Division.valid_from, Division.id)
    units = session.scalars(ordered.options(defer(Division.geom)).offset(offset).limit(limit)).all() if offset < count_units else ()
    places: Sequence[PlaceName] = ()
    if len(units) < limit:
        shortest = of_places.order_by(func.length(PlaceName.standard_name), PlaceName.id)
        places = session.scalars(shortest.offset(max(offset - count_units, 0)).limit(limit - len(units))).all()
    tree = load_above(session, {*(one.id for one in units), *(one.division_id for one in places)})
    drawn = outlines(session, [one.id for one in units])
    records = [_unit_record(tree, one, drawn.get(one.id)) for one in units] + [_place_record(tree, one) for one in places]
    return count_units + count_places, records


def name_details(session: Session, id_: str) -> dict[str, Any]:
    """Return one unit or place with its story; ``NotFound`` for an id that is neither."""
    unit = session.get(Division, id_, options=[defer(Division.geom)])
    if unit is not None:
        before = _forerunners(session, unit)
        return {
            **_unit_record(load_above(session, [id_]), unit, outlines(session, [id_]).get(id_)),
            "old_name": "、".join(dict.fromkeys(one.name for one in before if one.name != unit.name)),
            "place_meaning": "", "place_origin": "", "place_history": "", "government_history": "；".join(_held(one) for one in before),
        }  # fmt: skip
    place = find_place(session, id_)
    if place.status not in IN_FORCE_ONCE:
        raise NotFound(f"没有编号为 {id_[:20]} 的地名", field="id")
    former = [one.text for one in place.variants if one.kind == "former"]
    return {
        **_place_record(load_above(session, [place.division_id]), place), "old_name": "、".join(former), "place_meaning": place.meaning,
        "place_origin": place.origin, "place_history": place.history, "government_history": "",
    }  # fmt: skip


def count_names(session: Session, name: str, code: str = "", *, by_type: bool = False, by_sound: bool = False) -> list[dict[str, Any]]:
    """Return how many names are the same as (or sound like) one, by the divisions below ``code`` or by category, most first.

    With ``by_sound`` the name is its pinyin, with or without tones and blanks (``"Gùgōng"``, ``"gu gong"``), or its characters.
    """
    wanted = (spoken(name) or _sounds(name)) if by_sound else name
    same: ColumnElement[bool] = func.replace(PlaceName.sound, " ", "") == wanted if by_sound else PlaceName.standard_name == wanted
    of_places = select(Division.code, PlaceName.category_code).join(Division, Division.id == PlaceName.division_id)
    of_places = of_places.where(same, PlaceName.status == "current", Division.code.startswith(code))
    found = [(row.code, row.category_code) for row in session.execute(of_places)]
    found += [(own, _type_of_unit(level, own)) for own, level in _units_called(session, wanted, code, by_sound=by_sound)]
    if by_type:
        types = Counter(type_code for _own, type_code in found)
        return [{"type": type_name(one), "typeCode": one, "count": count} for one, count in _most_first(types)]
    cut = NEXT_LEVEL.get(len(code), WHOLE_CODE)
    places = Counter(own[:cut] for own, _type_code in found)
    names = _names_of(session, places)
    return [{"name": names.get(one, ""), "code": _whole(one), "count": count} for one, count in _most_first(places)]


def _units_called(session: Session, wanted: str, code: str, *, by_sound: bool) -> list[tuple[str, str]]:
    """Return code and level of the units of today with this name or, read from the names alone, this sound."""
    statement = select(Division.code, Division.level, Division.name).where(Division.valid_to.is_(None), Division.code.startswith(code))
    if not by_sound:
        statement = statement.where(Division.name == wanted)
    return [(row.code, row.level) for row in session.execute(statement) if not by_sound or _sounds(row.name) == wanted]


def _names_of(session: Session, codes: Collection[str]) -> dict[str, str]:
    statement = select(Division.code, Division.name).where(Division.valid_to.is_(None), Division.code.in_(sorted(codes)))
    return {row.code: row.name for row in session.execute(statement)}


def spoken(pinyin: str) -> str:
    """Return a spelling without tones, blanks and capitals: ``"Gùgōng Lù"`` -> ``"gugonglu"``, ``"Lǜ"`` -> ``"lv"``."""
    plain = unicodedata.normalize("NFC", pinyin).lower()
    plain = plain.translate(str.maketrans("üǖǘǚǜ", "vvvvv"))
    letters = unicodedata.normalize("NFD", plain)
    return "".join(letter for letter in letters if letter.isascii() and letter.isalnum())


@lru_cache(maxsize=2**17)
def _sounds(name: str) -> str:
    return spoken(sound_key(name))


def _most_first(counts: Counter[str]) -> Iterable[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _whole(code: str) -> str:
    return code.ljust(WHOLE_CODE, "0")


def _by_code(session: Session, code: str, on: date | None) -> Division | None:
    """Find a unit by its code, whole (330213000000) or as short as its level needs."""
    lengths = [length for length in (WHOLE_CODE, 9, 6, 4, 2) if len(code) >= length and not code[length:].strip("0")]
    statement = select(Division).where(Division.code.in_([code[:length] for length in lengths]), held_on(on)).options(defer(Division.geom))
    return session.scalar(statement.order_by(func.length(Division.code).desc(), Division.valid_from).limit(1))


def _node(tree: DivisionTree, unit: Division, deeper: int) -> dict[str, Any]:
    children = tree.children.get(unit.id, ()) if deeper else ()
    return {
        "code": _whole(unit.code), "name": unit.name, "level": LEVELS[unit.level], "type": _kind_of_unit(unit),
        "children": [_node(tree, one, deeper - 1) for one in children],
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


def _type_of_unit(level: str, code: str) -> str:
    if level != "community":
        return TYPE_CODES[level]
    return RESIDENTS if code[9:10] == "0" else VILLAGERS


def _units(text: str, exact: bool, type_code: str, code: str, on: date | None) -> Select[Any]:
    other = NameVariant.text == text if exact else NameVariant.text.contains(text, autoescape=True)
    variants = select(NameVariant.division_id).where(NameVariant.division_id.is_not(None), other)
    named = or_(_called(Division, text, exact), Division.id.in_(variants), Division.id.in_(_heirs(text, exact, on)))
    statement = select(Division).where(named, Division.code.startswith(code), held_on(on))
    if not type_code:
        return statement
    if type_code in (RESIDENTS, VILLAGERS):
        of_residents = func.substr(Division.code, 10, 1) == "0"
        return statement.where(Division.level == "community", of_residents if type_code == RESIDENTS else not_(of_residents))
    levels = [level for level, own in TYPE_CODES.items() if own == type_code]
    return statement.where(Division.level.in_(levels))


def _called(unit: type[Division], text: str, exact: bool) -> ColumnElement[bool]:
    return unit.name == text if exact else unit.name.contains(text, autoescape=True)


def _heirs(text: str, exact: bool, on: date | None) -> Select[Any]:
    """Return the select of the ids of what units of this name that were gone by then had become: 莼湖镇 -> 莼湖街道."""
    gone = select(Division.id.label("id")).where(_called(Division, text, exact), not_(held_on(on)))
    line = gone.cte("line", recursive=True)
    follows = select(DivisionSuccession.new_id).join(line, line.c.id == DivisionSuccession.old_id)
    line = line.union(follows.join(Division, Division.id == DivisionSuccession.old_id).where(not_(held_on(on))))
    return select(line.c.id)


def _successors(called: ColumnElement[bool]) -> Select[Any]:
    """Return the select of the ids of what retired places of a name went into: merged, split or replaced."""
    gone = select(PlaceName.id.label("id")).where(called, PlaceName.status == "retired")
    line = gone.cte("place_line", recursive=True)
    follows = select(Lineage.new_id).join(line, line.c.id == Lineage.old_id).where(Lineage.subject_kind == "place_name")
    line = line.union(follows)
    return select(line.c.id)


def _places(text: str, exact: bool, type_code: str, code: str, on: date | None) -> Select[Any]:
    own, other = (one == text if exact else one.contains(text, autoescape=True) for one in (PlaceName.standard_name, NameVariant.text))
    variants = select(NameVariant.place_id).where(NameVariant.place_id.is_not(None), other)
    named = or_(own, PlaceName.id.in_(variants), PlaceName.id.in_(_successors(own)))
    statement = select(PlaceName).where(named, _in_force(on))
    if type_code:
        statement = statement.where(PlaceName.category_code == type_code)
    if code:
        statement = statement.where(PlaceName.division_id.in_(select(Division.id).where(Division.code.startswith(code))))
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


def _unit_record(tree: DivisionTree, unit: Division, outline: BaseGeometry | None) -> dict[str, Any]:
    type_code = _type_of_unit(unit.level, unit.code)
    return {
        "id": unit.id, "place_code": "", "standard_name": unit.name, "roman_alphabet_spelling": romanize(unit.name),
        "ethnic_minorities_writing": "", "place_type": type_name(type_code), "place_type_code": type_code,
        **_regions(tree, unit.id), "gdm": _inner_point(outline),
    }  # fmt: skip


def _inner_point(outline: BaseGeometry | None) -> dict[str, Any]:
    if outline is None or outline.is_empty:
        return dict(NOWHERE)
    inside = outline.representative_point()
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
