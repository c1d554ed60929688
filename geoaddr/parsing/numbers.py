"""Readings of stretches that begin with a number or letter: doors, lanes, buildings, units, floors, rooms and chains of them."""

from __future__ import annotations

import re

from geoaddr.parsing.lattice import Hit

_D = "[0-9]"
_N = f"[A-Za-z]?{_D}{{1,6}}[A-Za-z]?"
_CN = "[一二三四五六七八九十]{1,3}"

COUNTED = re.compile(
    rf"[甲乙丙丁戊己临特新副附]?{_N}(?:[-/、]{_N}){{0,12}}(?:号(?!线)|弄|幢|栋|座|单元|室|层|楼|组|排|队|撞|懂|房|户|期(?!间)|区|米|国道|省道|县道|门(?!市|窗))"
)
"""A number with what it counts; names do not run across one."""

_SIMPLE: tuple[tuple[re.Pattern[str], str, str], ...] = tuple(
    (re.compile(pattern), label, feature)
    for pattern, label, feature in (
        (
            rf"[甲乙丙丁戊己临特新]?{_N}(?:[-/、,]{_N}){{0,12}}号(?:[甲乙丙丁](?![种乙]))?(?:院(?![内落长]))?(?!楼|院|门|房|铺|店|线|[一-龥]?地铁)",
            "number",
            "number.hao",
        ),
        (rf"[甲乙丙丁戊己临特新]?{_N}号-{_D}{{1,2}}(?![0-9A-Za-z号室房幢栋楼层单#-])", "number", "number.tail"),
        (rf"{_N}号(?:大门|门)(?!市|面|口)", "sub_poi", "number.gate"),
        (rf"附{_N}号?", "sub_number", "number.sub"),
        (rf"{_D}{{1,4}}(?:支)?(?:弄|巷|胡同)", "sub_road", "number.lane"),
        (rf"(?:第)?{_N}(?:村民)?小?(?:组|队|大队|生产队)(?!团)", "village_group", "number.group"),
        (rf"{_D}{{1,3}}社(?!区)", "village_group", "number.group"),
        (rf"[第甲乙丙丁]?{_N}(?:-{_D}{{1,2}})?(?:幢|栋|号楼|座|排|撞|懂|号搂|号幢)", "building", "number.building"),
        (r"[A-Za-z]{1,2}[0-9]?[-]?(?:座|栋|幢|楼|区?栋)", "building", "number.building"),
        (rf"{_N}#", "building", "number.hash"),
        (rf"{_N}#", "number", "number.hash.door"),
        (rf"{_N}(?:单元|梯(?!形))", "unit", "number.unit"),
        (r"[A-Za-z甲乙丙丁东西南北中](?:单元)", "unit", "number.unit"),
        (rf"(?:地下|负|第|-)?{_D}{{1,3}}(?:楼(?!上|下)|层)(?!{_D}{{1,3}}号楼)", "floor", "number.floor"),
        (rf"(?:地下|负|B|M|G|LG)?{_D}?{_D}?[FfLl](?![A-Za-z0-9])", "floor", "number.floor"),
        (r"(?:地下|负)[一二三123]层|[BMG][0-9]?层", "floor", "number.floor"),
        (rf"[A-Za-z]{{0,2}}-?{_N}(?:-{_N})?(?:室|房间?|户|号房|号铺|号店面?|号商铺|档口?|铺|摊位?|商位|柜)(?!内)", "room", "number.room"),
        (
            rf"(?:{_D}{{1,2}}|[A-Za-z]{_D}?|{_CN}|[东西南北中]{{1,2}}(?:{_CN})?)(?:区(?!政府|委|公)|期|组团|号门|号大门)",
            "sub_poi",
            "number.zone",
        ),
        (rf"[GSXYCgsxy]{_D}{{1,4}}(?:国道|省道|县道|乡道|高速公路|高速|线)?|{_D}{{2,3}}(?:国道|省道|县道|乡道)", "road", "number.route"),
        (rf"{_D}{{1,2}}号(?:大街|大道|路)", "road", "number.route"),
        (rf"约?{_D}{{1,5}}(?:\.{_D}+)?(?:米|公里|千米|里路|m(?![A-Za-z])|km(?![A-Za-z]))(?:左右|处)?", "distance", "number.distance"),
    )
)
_WORD_FEATURES = {
    **dict.fromkeys("甲乙丙丁戊己", ("number.hao", "number.tail", "number.unit", "number.building")),
    **dict.fromkeys("临特新", ("number.hao", "number.tail")),
    **dict.fromkeys("一二三四五六七八九十", ("number.zone",)),
    **dict.fromkeys("东西南北中", ("number.zone", "number.unit")),
    **dict.fromkeys("地负-", ("number.floor",)),
    "附": ("number.sub",),
    "第": ("number.group", "number.building", "number.floor"),
    "约": ("number.distance",),
}
_COUNTER_FEATURES = {
    **dict.fromkeys("号", ("number.hao", "number.tail", "number.gate", "number.building", "number.room", "number.zone")),
    **dict.fromkeys("弄巷支胡", ("number.lane",)),
    **dict.fromkeys("组村小队大生社", ("number.group",)),
    **dict.fromkeys("幢栋座排撞懂", ("number.building",)),
    **dict.fromkeys("楼层FfLl", ("number.floor", "number.building")),
    **dict.fromkeys("单梯", ("number.unit",)),
    **dict.fromkeys("室房户档铺摊商柜", ("number.room",)),
    **dict.fromkeys("区期组", ("number.zone", "number.building", "number.group")),
    **dict.fromkeys("米公千里mk", ("number.distance",)),
    **dict.fromkeys("国省县乡高线", ()),
    "#": ("number.hash", "number.hash.door"),
}
NUMBER_FIRST = frozenset("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ").union(_WORD_FEATURES)
"""Characters a reading as number may begin with."""
_NEVER_DIGIT_FIRST = ("[A-Za-z]{1,2}[", "[A-Za-z甲", "(?:地下|负)[")
"""How those patterns begin that a digit cannot open."""
_TOKEN = re.compile(rf"{_N}(?:[-/、,]{_N}){{0,12}}")
_WORD_FIRST = {first: tuple(entry for entry in _SIMPLE if entry[2] in features) for first, features in _WORD_FEATURES.items()}
_LETTERED = tuple(entry for entry in _SIMPLE if entry[2] in ("number.route", "number.floor", "number.building"))
_COUNTED_BY = {
    counter: tuple(entry for entry in _SIMPLE if entry[2] in features or entry[2] == "number.route")
    for counter, features in _COUNTER_FEATURES.items()
}
_DIGITS_COUNTED_BY = {
    counter: tuple(entry for entry in entries if not entry[0].pattern.startswith(_NEVER_DIGIT_FIRST))
    for counter, entries in _COUNTED_BY.items()
}

_CHAIN = re.compile(rf"({_N})-({_N})(?:-({_N}))?(?:-({_N}))?(号楼|号|室|房|幢|栋|楼|层)?(?![0-9A-Za-z-])")
_CHAIN_ENDS = {
    "号": "number",
    "室": "room",
    "房": "room",
    "幢": "building",
    "栋": "building",
    "号楼": "building",
    "楼": "floor",
    "层": "floor",
}
_CHAIN_READINGS: dict[int, tuple[tuple[str, ...], ...]] = {
    2: (("number", "room"), ("building", "room"), ("building", "unit"), ("number", "building"), ("floor", "room"), ("unit", "room")),
    3: (("building", "unit", "room"), ("number", "building", "room"), ("building", "floor", "room"), ("number", "unit", "room")),
    4: (("building", "unit", "floor", "room"), ("number", "building", "unit", "room")),
}
_POSTCODE = re.compile(r"(?<![0-9A-Za-z-])[0-8][0-9]{5}(?![0-9A-Za-z\u4e00-\u9fff-])")
_BARE = re.compile(rf"{_N}(?![0-9A-Za-z])")
_BARE_LABELS = ("number", "building", "unit", "floor", "room")
_BARE_FEATURES = {(label, size): ("bare", f"bare.{label}.{size}") for label in _BARE_LABELS for size in range(1, 6)}
_JOINING = ("-", ".", "/", "、", ",")
_SEPARATORS = frozenset("-/、,")
_COUNTERS_NEXT = frozenset("号弄幢栋座室层楼组排队房户米期区社巷门铺#")


def number_hits(text: str, start: int) -> list[Hit]:
    """Return every reading of the number that begins at ``text[start]``.

    ``88号`` as number, room or unit; ``501`` bare as number, building, … or room; ``3-2-501`` as a chain.
    """
    first = text[start]
    if first in _WORD_FIRST:
        return _counted_hits(text, start, _WORD_FIRST[first])
    if first not in NUMBER_FIRST or _inside_word(text, start):
        return []
    token = _TOKEN.match(text, start)
    if token is None:
        return _counted_hits(text, start, _SIMPLE)
    spelt, after = token.group(), text[token.end() : token.end() + 1]
    if after in _JOINING:
        return _counted_hits(text, start, _SIMPLE) + _uncounted_hits(text, start, spelt)
    if first.isdigit():
        hits = _counted_hits(text, start, _DIGITS_COUNTED_BY.get(after, () if spelt.isdecimal() else _LETTERED))
    else:
        hits = _counted_hits(text, start, _COUNTED_BY.get(after, _LETTERED))
    plain = len(spelt) < 3 or _SEPARATORS.isdisjoint(spelt)
    return hits if plain and after in _COUNTERS_NEXT else hits + _uncounted_hits(text, start, spelt)


def _inside_word(text: str, start: int) -> bool:
    """Say whether the digit or letter at ``start`` goes on with the one before it."""
    before = text[start - 1] if start else ""
    return before.isascii() and before.isalnum() and text[start].isdigit() == before.isdigit()


def _counted_hits(text: str, start: int, patterns: tuple[tuple[re.Pattern[str], str, str], ...]) -> list[Hit]:
    """Return the readings of a number with what it counts."""
    hits: list[Hit] = []
    for pattern, label, feature in patterns:
        found = pattern.match(text, start)
        if found is None:
            continue
        end = found.end()
        hits.append(Hit(start, end, label, (feature,)))
        if feature == "number.hao" and end - start <= 6:
            inner = "room" if sum(map(str.isdecimal, found.group())) >= 3 else "unit"
            hits.append(Hit(start, end, inner, ("number.hao." + inner,)))
            if inner == "unit":
                hits.append(Hit(start, end, "room", ("number.hao.room",)))
            if "-" not in found.group() and text[start - 1 : start] != "-":
                hits.append(Hit(start, end, "building", ("number.hao.building",)))
    return hits


def _uncounted_hits(text: str, start: int, token: str) -> list[Hit]:
    """Return the readings of a number as postcode, as chain of numbers, or bare."""
    hits: list[Hit] = []
    if len(token) >= 6 and _POSTCODE.match(text, start):
        hits.append(Hit(start, start + 6, "noise", ("postcode",)))
    if "-" in token:
        hits += _chain_hits(text, start)
    return hits + _bare_hits(text, start)


def _bare_hits(text: str, start: int) -> list[Hit]:
    """Return readings of a number nothing counts: by its digits a door, a building, a unit, a floor or a room."""
    found = _BARE.match(text, start)
    if found is None or text[found.end() : found.end() + 1] in _COUNTERS_NEXT:
        return []
    size = min(5, sum(map(str.isdecimal, found.group())))
    return [Hit(start, found.end(), label, _BARE_FEATURES[label, size]) for label in _BARE_LABELS]


def _chain_hits(text: str, start: int) -> list[Hit]:
    """Return readings of hyphenated numbers: ``85-1`` one door number, ``12-501`` building and room, ``3-2-501`` building, unit, room."""
    found = _CHAIN.match(text, start)
    if found is None:
        return []
    spans = [found.span(group) for group in range(1, 5) if found.group(group)]
    counter = found.group(5)
    hits: list[Hit] = []
    if len(spans) == 2 and counter in (None, "号"):
        second = text[spans[1][0] : spans[1][1]]
        feature = "chain.number.long" if _digits(second) > 2 and counter is None else "chain.number"
        hits.append(Hit(start, found.end(), "number", (feature,)))
    for labels in _CHAIN_READINGS[len(spans)]:
        last = _CHAIN_ENDS.get(counter or "", "")
        if last == "number":
            labels = (*labels[:-1], "room" if _digits(text[spans[-1][0] : spans[-1][1]]) > 2 else "unit")
        elif last and last != labels[-1]:
            continue
        hits.append(_chain_hit(text, found.end(), spans, labels))
    return hits


def _chain_hit(text: str, end: int, spans: list[tuple[int, int]], labels: tuple[str, ...]) -> Hit:
    pieces: list[tuple[str, int, int]] = []
    features = ["chain"]
    for index, (label, (low, high)) in enumerate(zip(labels, spans, strict=True)):
        if index:
            pieces.append(("noise", low - 1, low))
        pieces.append((label, low, high))
        features.append(f"bare.{label}.{min(5, _digits(text[low:high]))}")
    pieces[-1] = (labels[-1], spans[-1][0], end)
    return Hit(spans[0][0], end, labels[-1], tuple(features), 0, (), tuple(pieces))


def _digits(token: str) -> int:
    return max(1, sum(map(str.isdecimal, token)))
