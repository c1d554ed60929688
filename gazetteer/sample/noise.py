"""The ways people write addresses, one named function each: stretches in, stretches out.

A noise that does not apply (no room to shorten, no character with a homophone) returns its input unchanged. All draw from
the ``Random`` they are given, so a seed fixes the result. ``SINGLES`` lists the noises that keep the address answerable.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from random import Random

from gazetteer.sample.spoken import LEVELS, NAMES, Spoken, Stretch, changed, text_of, without
from gazetteer.sample.words import speech

Noise = Callable[[Spoken, Random], Spoken]

_FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


def level_dropped(parts: Spoken, rng: Random) -> Spoken:
    """Leave out one to four of the levels above the road or village: 浙江省宁波市奉化区岳林街道… -> 奉化区岳林街道…"""
    levels = [part.label for part in parts if part.label in LEVELS]
    if len(levels) < 2:
        return parts
    count = rng.randint(1, min(4, len(levels) - 1))
    outer = levels[:count] if rng.random() < 0.6 else rng.sample(levels, count)
    return without(parts, *outer)


def all_levels_dropped(parts: Spoken, rng: Random) -> Spoken:
    """Leave out every level, keeping the village for a house in a natural village: …岳林街道桃源社区昌石路7号 -> 昌石路7号"""
    keep = "community" if text_of(parts, "village_group") else ""
    return without(parts, *(level for level in LEVELS if level != keep))


def short_levels(parts: Spoken, rng: Random) -> Spoken:
    """Leave off the generic term of levels: 宁波市奉化区岳林街道 -> 宁波奉化岳林"""
    for label, endings in (("province", ("省",)), ("city", ("市",)), ("district", ("区",)), ("town", ("街道", "镇"))):
        text = text_of(parts, label)
        for ending in endings:
            if text.endswith(ending) and len(text) > len(ending) + 1 and rng.random() < 0.8:
                parts = changed(parts, label, text.removesuffix(ending))
    return parts


def old_district_name(parts: Spoken, rng: Random) -> Spoken:
    """Write the district as it was called before 2016: 奉化区 -> 奉化市"""
    return changed(parts, "district", rng.choices(speech()["old_districts"], [9, 1])[0])


def old_town_name(parts: Spoken, rng: Random) -> Spoken:
    """Write the town as it was called, or the unit it absorbed: 尚田街道 -> 尚田镇, 莼湖街道 -> 莼湖镇"""
    former = speech()["old_towns"].get(text_of(parts, "town"), [])
    return changed(parts, "town", rng.choices(former, [4] + [1] * (len(former) - 1))[0]) if former else parts


def old_community_name(parts: Spoken, rng: Random) -> Spoken:
    """Write a village by an earlier or official name: 条宅村 -> 苕霅村, 西岸村 -> 西岸村委会"""
    name = text_of(parts, "community")
    if name in speech()["old_communities"]:
        return changed(parts, "community", rng.choice(speech()["old_communities"][name]))
    return changed(parts, "community", name + rng.choice(("委会", "村民委员会", "民委员会"))) if name.endswith("村") else parts


def homophone(parts: Spoken, rng: Random) -> Spoken:
    """Write one character of a name by another that sounds the same: 锦岳路 -> 金岳路"""
    return _one_character(parts, rng, _groups("homophones"))


def look_alike(parts: Spoken, rng: Random) -> Spoken:
    """Write one character of a name by another that looks the same: 莼湖 -> 纯湖, 裘村 -> 袭村"""
    return _one_character(parts, rng, _groups("look_alikes"))


def swapped(parts: Spoken, rng: Random) -> Spoken:
    """Key two neighbouring characters of a specific term in the wrong order: 昌石路 -> 石昌路"""
    return _in_a_name(parts, rng, lambda text, at: text[:at] + text[at + 1] + text[at] + text[at + 2 :])


def doubled(parts: Spoken, rng: Random) -> Spoken:
    """Key one character twice: 昌石路 -> 昌昌石路"""
    return _in_a_name(parts, rng, lambda text, at: text[: at + 1] + text[at:])


def omitted(parts: Spoken, rng: Random) -> Spoken:
    """Leave out one character of a name of three or more: 下何岭下 -> 下岭下, 昌石路 -> 昌路"""
    return _in_a_name(parts, rng, lambda text, at: text[:at] + text[at + 1 :])


def traditional(parts: Spoken, rng: Random) -> Spoken:
    """Write in traditional characters: 岳林街道12号 -> 岳林街道12號"""
    return tuple(Stretch(part.label, _to_traditional(part.text)) for part in parts)


def full_width(parts: Spoken, rng: Random) -> Spoken:
    """Write digits, letters and dashes full width: 12-1号 -> １２－１号"""
    return tuple(Stretch(part.label, part.text.translate(_FULL_WIDTH)) for part in parts)


def chinese_numerals(parts: Spoken, rng: Random) -> Spoken:
    """Write numbers in Chinese: 88号 -> 八十八号, 12弄 -> 十二弄, 501室 -> 五〇一室"""
    found = []
    for part in parts:
        text = part.text
        if part.label in ("number", "sub_road", "building", "unit", "floor"):
            text = re.sub(r"\d+", lambda hit: _chinese(hit[0]), text).replace("-", "之")
        elif part.label == "room":
            text = text.translate(str.maketrans("0123456789", "〇一二三四五六七八九"))
        found.append(Stretch(part.label, text))
    return tuple(found)


def missing_number_word(parts: Spoken, rng: Random) -> Spoken:
    """Leave off 号 after a number (and 室 after a room) at the end: 昌石路7号 -> 昌石路7"""
    if parts[-1].label not in ("number", "room"):
        return parts
    return (*parts[:-1], Stretch(parts[-1].label, re.sub("[号室]$", "", parts[-1].text)))


def number_style(parts: Spoken, rng: Random) -> Spoken:
    """Write the number in another style: 12-1号 -> 12号之1, 88号 -> 88#"""
    text = text_of(parts, "number")
    if "-" in text:
        front, back = text.removesuffix("号").split("-")
        return changed(parts, "number", rng.choice((f"{front}之{back}号", f"{front}号之{back}", f"{front}—{back}号", f"{front}号-{back}")))
    return changed(parts, "number", text.replace("号", rng.choice(("#", "號")))) if text else parts


def building_style(parts: Spoken, rng: Random) -> Spoken:
    """Write the building with another word: 3幢 -> 3栋, 3号楼, 3座, 3#"""
    text = text_of(parts, "building")
    return changed(parts, "building", text.replace("幢", rng.choice(speech()["building_words"]))) if text else parts


def room_dashes(parts: Spoken, rng: Random) -> Spoken:
    """Write building, unit and room as figures with dashes: 3幢2单元501室 -> 3-2-501"""
    numbers = [part.text for part in parts if part.label in ("building", "unit", "room")]
    if not text_of(parts, "building") or not text_of(parts, "room") or not all(re.search(r"\d", text) for text in numbers):
        return parts  # no flat, or its numbers are written in Chinese already
    figures = "-".join(re.sub(r"\D", "", text) for text in numbers)
    return (*without(parts, "building", "unit", "room"), Stretch("room", figures))


def separators(parts: Spoken, rng: Random) -> Spoken:
    """Put blanks, commas or bars between the stretches: 岳林街道昌石路7号 -> 岳林街道_昌石路_7号"""
    mark = rng.choice([one for one in speech()["separators"] if one != "-"])
    found: list[Stretch] = []
    for index, part in enumerate(parts):
        if index and rng.random() < 0.6:
            found.append(Stretch("noise", mark))
        found.append(part)
    return tuple(found)


def reordered(parts: Spoken, rng: Random) -> Spoken:
    """Put levels out of order: 岳林街道桃源社区昌石路7号 -> 昌石路7号，岳林街道桃源社区"""
    levels = [part for part in parts if part.label in LEVELS]
    rest = [part for part in parts if part.label not in LEVELS]
    if len(levels) < 2:
        return parts
    if rng.random() < 0.5:
        kept = rng.randint(0, len(levels) - 1)
        mark = rng.choice(("，", " ", "("))
        moved = [*levels[:kept], *rest, Stretch("noise", mark), *levels[kept:]]
        return tuple([*moved, Stretch("noise", ")")] if mark == "(" else moved)
    at = rng.randrange(len(levels) - 1)
    levels[at], levels[at + 1] = levels[at + 1], levels[at]
    return tuple(levels + rest)


def repeated(parts: Spoken, rng: Random) -> Spoken:
    """Write the beginning twice, as forms that add the region themselves do: 宁波市岳林街道 -> 宁波市宁波市岳林街道"""
    head = [part for part in parts if part.label in LEVELS[:4]]
    return (*[Stretch("noise", part.text) for part in head[: rng.randint(1, len(head))]], *parts) if head else parts


def courier_note(parts: Spoken, rng: Random) -> Spoken:
    """Add what one tells a courier: 昌石路7号 -> 昌石路7号电联, or 收货地址：昌石路7号"""
    if rng.random() < 0.3:
        return (Stretch("noise", rng.choice(speech()["courier_heads"])), *parts)
    return (*parts, Stretch("noise", rng.choice(("", " ", "，")) + rng.choice(speech()["courier_notes"])))


def contact(parts: Spoken, rng: Random) -> Spoken:
    """Add an (invented) name and an impossible telephone number: 7号 -> 7号 样本甲0001 000-00000001"""
    serial = rng.randint(1, 9999)
    return (*parts, Stretch("contact", f" 样本{rng.choice('甲乙丙丁')}{serial:04d} 000-{serial:08d}"))


def landmark(parts: Spoken, rng: Random) -> Spoken:
    """Add what stands nearby: 昌石路7号 -> 昌石路7号（菜场对面）"""
    words = rng.choice(speech()["landmarks"])
    return (*parts, Stretch("noise", rng.choice((f"（{words}）", f" {words}", words))))


def wrong_town(parts: Spoken, rng: Random) -> Spoken:
    """Name another town of the district, which contradicts the rest: 岳林街道昌石路7号 -> 江口街道昌石路7号"""
    town = text_of(parts, "town")
    others = sorted(name for name in speech()["old_towns"] if name != town)
    return changed(without(parts, "community"), "town", rng.choice(others)) if town else parts


def poi_dropped(parts: Spoken, rng: Random) -> Spoken:
    """Leave out the point of interest at the door: 昌石路7号瑞安超市 -> 昌石路7号"""
    return parts if text_of(parts, "room") else without(parts, "poi")


def poi_only(parts: Spoken, rng: Random) -> Spoken:
    """Name the point of interest and neither road nor number: 昌石路7号瑞安超市 -> 瑞安超市"""
    return without(parts, "road", "sub_road", "number") if text_of(parts, "poi") else parts


LEVEL_NOISES: tuple[Noise, ...] = (level_dropped, all_levels_dropped, short_levels, old_district_name, old_town_name, old_community_name)
NAME_NOISES: tuple[Noise, ...] = (homophone, look_alike, swapped, doubled, omitted)
STYLE_NOISES: tuple[Noise, ...] = (
    traditional,
    full_width,
    chinese_numerals,
    missing_number_word,
    number_style,
    building_style,
    room_dashes,
)
LAYOUT_NOISES: tuple[Noise, ...] = (separators, reordered, repeated)
EXTRA_NOISES: tuple[Noise, ...] = (courier_note, contact, landmark, poi_dropped, poi_only, wrong_town)

SINGLES: tuple[Noise, ...] = LEVEL_NOISES + NAME_NOISES + STYLE_NOISES + LAYOUT_NOISES + EXTRA_NOISES
BY_NAME: dict[str, Noise] = {noise.__name__: noise for noise in SINGLES}

ORDER: dict[str, int] = {
    noise.__name__: order
    for order, noises in enumerate(
        (EXTRA_NOISES[3:], LEVEL_NOISES, NAME_NOISES, STYLE_NOISES[2:], LAYOUT_NOISES, EXTRA_NOISES[:3], STYLE_NOISES[:2])
    )
    for noise in noises
}
"""Several noises are applied in this order: what is left out first, what concerns every character last."""


def apply_noises(parts: Spoken, kinds: tuple[str, ...], rng: Random) -> tuple[Spoken, tuple[str, ...]]:
    """Apply the named noises in their natural order; return the stretches and the names of those that changed something.

    Raises KeyError for a name that is not in ``BY_NAME``.
    """
    done = []
    for kind in sorted(kinds, key=lambda one: ORDER[one]):
        after = BY_NAME[kind](parts, rng)
        if after != parts:
            done.append(kind)
            parts = after
    return parts, tuple(done)


def _one_character(parts: Spoken, rng: Random, groups: dict[str, str]) -> Spoken:
    places = [
        (index, at)
        for index, part in enumerate(parts)
        if part.label in NAMES
        for at, character in enumerate(part.text)
        if character in groups and not (part.label == "town" and at > 1)
    ]
    if not places:
        return parts
    index, at = rng.choice(places)
    text = parts[index].text
    other = rng.choice([one for one in groups[text[at]] if one != text[at]])
    return (*parts[:index], Stretch(parts[index].label, text[:at] + other + text[at + 1 :]), *parts[index + 1 :])


def _in_a_name(parts: Spoken, rng: Random, change: Callable[[str, int], str]) -> Spoken:
    places = [index for index, part in enumerate(parts) if part.label in NAMES and len(part.text) >= 3]
    if not places:
        return parts
    index = rng.choice(places)
    text = parts[index].text
    return (*parts[:index], Stretch(parts[index].label, change(text, rng.randrange(min(2, len(text) - 2)))), *parts[index + 1 :])


@cache
def _groups(kind: str) -> dict[str, str]:
    groups: dict[str, str] = {}
    for group in speech()[kind]:
        for character in group:
            groups[character] = groups.get(character, "") + group
    return groups


@cache
def _traditional_converter() -> Callable[[str], str]:
    from opencc import OpenCC

    convert: Callable[[str], str] = OpenCC("s2t").convert
    return convert


def _to_traditional(text: str) -> str:
    return _traditional_converter()(text)


def _chinese(digits: str) -> str:
    import cn2an

    text: str = cn2an.an2cn(digits)
    return text.removeprefix("一") if text.startswith("一十") else text
