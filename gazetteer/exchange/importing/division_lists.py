"""Reading a list of divisions: codes in every length offices write them, levels, parents, duplicates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from shapely.geometry.base import BaseGeometry

from gazetteer.exchange.codes import DamagedCodeError, restore_code
from gazetteer.exchange.importing.columns import surplus_reason
from gazetteer.exchange.importing.dates import read_date
from gazetteer.exchange.importing.positions import ShapeError, area_of, read_shape, shape_cell
from gazetteer.exchange.importing.request import Work
from gazetteer.exchange.importing.succession import LEVELS, Unit
from gazetteer.exchange.readers import GEOMETRY, Table
from gazetteer.store.models.divisions import CODE_LENGTHS
from geoaddr.plausibility import Bounds

LEVEL_OF_LENGTH = {length: level for level, length in CODE_LENGTHS.items()}
LEVEL_WORDS = {"province": "省", "city": "市", "district": "区县", "town": "镇街", "community": "村社区"}
_OUTLINES = ("Polygon", "MultiPolygon")


@dataclass(frozen=True, slots=True)
class Listed:
    """One good row of a list."""

    line: int
    unit: Unit
    valid_from: date | None
    geometry: BaseGeometry | None


def read_list(work: Work, table: Table) -> list[Listed]:
    """Read every row, refusing bad ones into the tally; units come back from the outermost level to the innermost."""
    found: dict[str, Listed] = {}
    area = area_of(work.session, work.request.district_code) if GEOMETRY in work.columns.named else None
    for line, row in table.rows():
        work.tally.rows += 1
        listed = _read_row(work, line, row, area)
        if listed is None:
            continue
        twin = found.get(listed.unit.code)
        if twin is not None:
            reason = f"代码与第 {twin.line} 行重复（{twin.unit.name}）"
            work.tally.reject(line, work.columns.column("code"), listed.unit.code, reason)
            continue
        found[listed.unit.code] = listed
    return sorted(found.values(), key=lambda one: (LEVELS.index(one.unit.level), one.unit.code))


def _read_row(work: Work, line: int, row: dict[str, Any], area: Bounds | None) -> Listed | None:
    columns, tally = work.columns, work.tally
    texts = columns.fields(row)
    field, value = "", ""
    try:
        if reason := surplus_reason(row):
            raise ValueError(reason)
        field, value = "code", texts["code"]
        code = normal_code(value, texts.get("level", ""))
        field, value = "name", texts["name"]
        if not 0 < len(value) <= 80:
            raise ValueError("名称为空" if not value else "名称超过 80 字")
        field, value = "parent", texts.get("parent", "")
        parent = normal_code(value, "") if value else parent_code(code)
        if parent and CODE_LENGTHS[level_of(parent)] >= len(code):
            raise ValueError("上级代码的级别不高于本行代码")
        field, value = "valid_from", texts.get("valid_from", "")
        valid_from = read_date(value)
        if valid_from and valid_from > work.day:
            raise ValueError("启用日期晚于名单日期")
        field, value = "predecessors", texts.get("predecessors", "")
        before = tuple(normal_code(one, "") for one in value.replace("；", "|").replace(";", "|").split("|") if one.strip())
        field, value = GEOMETRY, ""
        shape = read_shape(shape_cell(row, columns), work.crs, area_for(code, work, area), _OUTLINES) if GEOMETRY in columns.named else None
    except (ValueError, DamagedCodeError, ShapeError) as error:
        tally.reject(line, columns.column(field) if field else "", value, str(error))
        return None
    return Listed(line, Unit(code, texts["name"], level_of(code), parent, before), valid_from, shape)


def area_for(code: str, work: Work, area: Bounds | None) -> Bounds | None:
    """Return where an outline must lie: the district's box for what is in the district, nothing narrower for others."""
    return area if code.startswith(work.request.district_code) and len(code) > 6 else None


def level_of(code: str) -> str:
    """Return the level a code of this length belongs to: "330213001" -> "town"."""
    return LEVEL_OF_LENGTH[len(code)]


def parent_code(code: str) -> str:
    """Return the code one level up by cutting its last segment: "330213001001" -> "330213001"; "" for a province."""
    lengths = sorted(LEVEL_OF_LENGTH)
    at = lengths.index(len(code))
    return code[: lengths[at - 1]] if at else ""


def normal_code(text: str, level: str) -> str:
    """Return a division code in the length of its level: "330213000000" -> "330213", "330200" -> "3302".

    Codes padded with zeros to 6, 9 or 12 digits lose the padding; ``level`` may name the level, which decides where zeros belong to the
    code (东莞 has the district code 441900). Raises ValueError, or DamagedCodeError where a spreadsheet lost digits.
    """
    code = restore_code(text)
    if not code:
        raise ValueError("代码为空")
    if not (code.isascii() and code.isdecimal()):
        raise ValueError("代码不是数字，请检查该列")
    if len(code) not in LEVEL_OF_LENGTH:
        raise ValueError(f"代码有 {len(code)} 位，应为 2、4、6、9 或 12 位，请检查该列是否被存成了数字")
    named = CODE_LENGTHS.get(level)
    if named is not None:
        if len(code) < named or code[named:].strip("0"):
            raise ValueError(f"代码的位数是{LEVEL_WORDS[level_of(code)]}级，与级别“{LEVEL_WORDS[level]}”不符")
        return code[:named]
    for length in (9, 6, 4, 2):
        if len(code) > length and not code[length:].strip("0"):
            code = code[:length]
    return code
