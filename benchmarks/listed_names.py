"""The listed names as a register of their own cities, so that 重 (same and similar names) can be asked as a city's office would ask it.

A list gives no more of a city than its own rows: the other names it lists there and the names it puts in their place. A name is never
compared with its own replacement.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from gazetteer.names.register import NameRegister, RegisteredName, Unit, folded_sound
from gazetteer.names.terms import kind_of, split_name

KIND_OF_ENTITY = {
    "居民区": "estate", "住宅区": "estate", "大型建筑物": "building", "建筑物": "building", "酒店": "building", "道路": "road",
    "街巷": "road", "桥梁": "bridge", "公园": "park", "城镇居民点": "estate", "小区": "estate", "楼盘": "estate", "住宅": "estate",
    "楼宇": "building", "商厦": "building", "宾馆": "building", "街路巷": "road", "桥": "bridge",
}  # fmt: skip
NAMED_BY_ENDING = ("road", "lane", "bridge")
"""Kinds that a name's ending says beyond doubt, whatever heading of the list it stands under: 24米路 under 城镇居民点."""

SHAPES = {
    "road": ("road", re.compile("[一-鿿]{3,6}[路街巷弄道]")),
    "estate": ("poi", re.compile("[一-鿿]{2,6}(?:小区|花园|花苑|新村|家园|公寓|名苑|家苑|公馆|[苑园府庭城])")),
}
"""Label and shape of a name among labelled addresses: what is cut wrongly or has digits in it is left out."""

CITY_CHARACTERS = 4
"""福建漳州龙文区 -> 福建漳州: province and city, two characters each, as the list writes them."""
PROVINCIAL_CHARACTERS = 2


def kind_of_entity(text: str, name: str) -> str:
    """Return the kind the list gives; of several the one the name's ending says, else the first that is known.

    Where it gives none the ending says; the campaign is about no villages, so what ends like one is an estate.

    ``kind_of_entity("建筑物/住宅区/公交站", "帝豪花园")`` -> ``estate``; ``kind_of_entity("建筑物/住宅区", "帝豪大厦")`` -> ``building``.
    """
    kinds = [KIND_OF_ENTITY[part] for part in text.split("/") if part in KIND_OF_ENTITY]
    guessed = kind_of("", name)
    if not kinds:
        return "" if guessed not in ("", "natural_village") else "estate"
    return guessed if guessed in (*kinds, *NAMED_BY_ENDING) else next(iter(kinds), "")


def city_of(region: str) -> str:
    """Return the city a row of the list is about: 福建漳州龙文区 -> 福建漳州, 海南 -> 海南; '' for 全国…, which is no place."""
    return "" if region.startswith("全国") else region[:CITY_CHARACTERS]


def register_without(rows: Sequence[Mapping[str, str]], at: int) -> tuple[NameRegister, str]:
    """Return the register of every other row of the same city as row ``at``, and the id of the district that row lies in."""
    city = city_of(rows[at]["region"])
    names: list[RegisteredName] = []
    units = _units(rows[at]["region"], city)
    for other, row in enumerate(rows):
        if not city or other == at or city_of(row["region"]) != city or "合规" in row["category"]:
            continue
        units.update(_units(row["region"], city))
        for name in (row["name"], *filter(None, re.split("[、,，]", row["standard_name"]))):
            kind = kind_of_entity(row["entity_type"], name) or kind_of("", name)
            terms, unit = split_name(name, kind), units[row["region"]]
            names.append(
                RegisteredName(f"{other}-{name}", name, terms.specific, terms.generic, terms.stacked, folded_sound(name), kind, unit.id,
                               "current", unit.path, None, None, None)
            )  # fmt: skip
    return NameRegister.of(names, units), rows[at]["region"] if city else ""


def _units(region: str, city: str) -> dict[str, Unit]:
    province = city[:PROVINCIAL_CHARACTERS]
    path = {"province": province, "city": city} | ({"district": region} if region != city else {})
    return {
        province: Unit(province, province, province, "province", True, {"province": province}),
        city: Unit(city, city, city, "city", True, {"province": province, "city": city}),
        region: Unit(region, region, region, list(path)[-1], True, path),
    }


def names_in_addresses(files: Iterable[Path]) -> dict[str, set[str]]:
    """Return the distinct roads, and places that end like an estate, of labelled addresses: names in use, nearly all of them proper.

    Like {"road": {"中山北路", …}, "estate": {"桂花苑", …}}. One token and tag a line; empty where no corpus lies.
    """
    found: dict[str, set[str]] = {"road": set(), "estate": set()}
    for file in files:
        text, label = "", ""
        for line in (*file.read_text(encoding="utf-8").splitlines(), ""):
            token, _, tag = line.partition(" ")
            if tag[:1] not in ("I", "E") and text:
                for kind, (ending, shape) in SHAPES.items():
                    if label.endswith(ending) and shape.fullmatch(text) and not text.endswith("街道"):
                        found[kind].add(text)
                text = ""
            if tag[:1] in ("B", "S"):
                text, label = token, tag[2:]
            elif tag[:1] in ("I", "E"):
                text += token
    return found
