"""Names of the nation's divisions as addresses write them: full, short, and as they were called before."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from geoaddr.lexicon import Name
from geoaddr.lexicons import MemoryLexicon
from geoaddr.tables import read_rows, read_settings

_LABEL_BY_DIGITS = {2: "province", 4: "city", 6: "district", 9: "town"}
_GENERIC = re.compile(r"(?:特别行政区|自治区|自治州|自治县|自治旗|林区|新区|街道|地区|省|市|区|县|旗|盟|镇|乡)$")


def specific_term(name: str, peoples: tuple[str, ...] = ()) -> str:
    """Return a division's name without generic term and peoples.

    ``奉化区`` -> ``奉化``, ``延边朝鲜族自治州`` -> ``延边``, ``单县`` -> ``单``.
    """
    core = _GENERIC.sub("", name)
    if core != name and name.endswith(("自治州", "自治县", "自治旗", "自治区")):
        shortened = True
        while shortened:
            shortened = False
            for people in peoples:
                if core.endswith(people) and len(core) > len(people) + 1:
                    core, shortened = core[: -len(people)], True
    return core


def parent_code(code: str) -> str:
    """Return the code a division lies in by its own digits, skipping the statistical 市辖区 of municipalities: ``310101`` -> ``31``."""
    if len(code) == 6:
        return code[:2] if code[:2] in _wording()["municipalities"] or code[2:4] == "90" else code[:4]
    return {4: code[:2], 9: code[:6], 12: code[:9]}.get(len(code), "")


@cache
def _wording() -> dict[str, Any]:
    return read_settings("divisions_wording.yaml")


def division_names(code: str, name: str) -> Iterator[Name]:
    """Yield the forms one division may be written in; ``330213, 奉化区`` -> 奉化区 (standard), 奉化 (short), 奉化市, 奉化县 (former)."""
    wording = _wording()
    label, parent = _LABEL_BY_DIGITS[len(code)], parent_code(code)
    peoples = tuple(wording["peoples"])
    yield Name(name, label, name, code, parent)
    if code in wording["municipalities"]:
        yield Name(name, "city", name, code, "")
        yield Name(name[:-1], "city", name, code, "", "short")
    core = specific_term(name, peoples)
    for short in wording["province_short"].get(name, [core]):
        if short != name and len(short) > 1 and short not in wording["no_short"]:
            yield Name(short, label, name, code, parent, "short")
    for autonomous, plain in (("自治州", "州"), ("自治县", "县"), ("自治旗", "旗")):
        if name.endswith(autonomous):
            yield Name(core + plain, label, name, code, parent, "alias")
    for generic, others in wording["generic_swaps"].get(label, {}).items():
        if name.endswith(generic) and len(name) > len(generic) + 1 and not name.endswith(("新区", "林区", "矿区", "郊区")):
            for other in others:
                yield Name(name[: -len(generic)] + other, label, name, code, parent, "former")


def former_division_names() -> Iterator[Name]:
    """Yield the abolished and renamed divisions with the code of the one that holds their ground today: 江干区 -> 上城区."""
    today = {row["code"]: row["name"] for table in ("divisions_national.csv", "divisions_zhejiang_towns.csv") for row in read_rows(table)}
    for row in read_rows("divisions_former.csv"):
        heir, value = row["heir_code"], today[row["heir_code"]]
        yield Name(row["name"], row["label"], value, heir, parent_code(heir), "former")
        if row["name"].endswith("区") and len(row["name"]) > 2:
            yield Name(row["name"][:-1], row["label"], value, heir, parent_code(heir), "former_short")
        if len(row["old_code"]) == 6:
            yield Name(row["old_code"], row["label"], value, heir, parent_code(heir), "former")


def _national_names() -> Iterator[Name]:
    wording = _wording()
    for country in wording["countries"]:
        yield Name(country, "country", "中国", "CN")
    for code, names in wording["extra_provinces"].items():
        for name in names:
            yield Name(name, "province", names[0], code, "", "standard" if name == names[0] else "short")
    rows = (*read_rows("divisions_national.csv"), *read_rows("divisions_zhejiang_towns.csv"))
    cities = {row["code"]: row["name"] for row in rows if len(row["code"]) == 4}
    for row in rows:
        undivided = len(row["code"]) == 6 and cities.get(row["code"][:4]) == row["name"]  # 东莞市, 中山市 are their own only district
        if row["name"] not in wording["skipped"] and not undivided:
            yield from division_names(row["code"], row["name"])
    yield from former_division_names()


@cache
def national_lexicon() -> MemoryLexicon:
    """Return the divisions of the nation down to county, and of Zhejiang down to town (2023), loaded once per process.

    ``ref`` is the statistical code at its natural length: ``33``, ``3302``, ``330213``, ``330213004``.
    """
    seen: set[tuple[str, str, str]] = set()
    names: list[Name] = []
    for name in _national_names():
        key = (name.text, name.label, name.ref)
        if key not in seen:
            seen.add(key)
            names.append(name)
    return MemoryLexicon(names)
