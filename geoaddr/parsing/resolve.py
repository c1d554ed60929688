"""What the stretches of a path stand for: comparable values, division codes, and second copies told from first ones."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from geoaddr.lexicon import Name
from geoaddr.normalize import Normalized
from geoaddr.numerals import digits_of
from geoaddr.parsing.known import DIVISION_ORDER
from geoaddr.parsing.lattice import REST, Hit
from geoaddr.parts import Part

_REPEATABLE = {label: depth for depth, label in enumerate(DIVISION_ORDER)}
_VALUELESS = frozenset((REST, "noise"))
_SAID_AGAIN = frozenset(("noise", "contact", "relation", "distance", "junction"))
_INSIDE_PLACES = frozenset(("poi", "sub_poi"))
_GLOSS = re.compile(r"\([^()]*\)")
_COUNTERS = {
    "number": re.compile(r"[号#]|院$"),
    "sub_number": re.compile(r"附|号"),
    "building": re.compile(r"^第|号楼$|号搂$|号幢$|[幢栋楼座排撞懂号#]$"),
    "unit": re.compile(r"^第|号门$|单元$|[梯门号]$"),
    "room": re.compile(r"号店面?$|号商铺$|号[房铺]$|房间$|档口$|摊位$|商位$|[室房户号店档铺摊柜]$"),
}
_FLOOR = re.compile(r"^(地下|负|B|-)?第?([0-9A-Za-z一二三]+?)[楼层FfLl]?$")
_SPELT_ZONE = re.compile(r"^([东西南北中]*)([一二三四五六七八九十]{1,3})(区|期|组团|号门)$")
_VILLAGE_OFFICE = re.compile(r"(村|社区)?(?:股份经济合作社|经济合作社|村民委员会|居民委员会|村委会|居委会)$")


@lru_cache(maxsize=2**14)
def value_of(label: str, text: str) -> str:
    """Return the comparable core of a part.

    Number ``88号`` -> ``88``, building ``3号楼`` -> ``3``, floor ``地下1层`` -> ``-1``, community ``肖桥村委会`` -> ``肖桥村``.
    """
    counters = _COUNTERS.get(label)
    if counters is not None:
        core = counters.sub("", text.replace("、", "-").replace("/", "-")) or text
        return (digits_of(core) or core).upper()
    if label == "floor":
        return _floor_value(text)
    if label == "community":
        return _VILLAGE_OFFICE.sub(lambda found: found.group(1) or _office_kind(found.group()), _GLOSS.sub("", text))
    if label == "village_group":
        return re.sub(r"(?:村民小组|村民组|小组)$", "组", text.removeprefix("第"))
    if label == "town":
        return re.sub(r"街道办(?:事处)?$", "街道", text)
    if label in ("sub_poi", "poi"):
        zone = _SPELT_ZONE.match(text)
        return f"{zone.group(1)}{digits_of(zone.group(2)) or zone.group(2)}{zone.group(3)}" if zone else _GLOSS.sub("", text).upper()
    return text


def _office_kind(office: str) -> str:
    return "社区" if office.startswith("居") else "村"


def _floor_value(text: str) -> str:
    found = _FLOOR.match(text)
    if found is None:
        return text
    storey = digits_of(found.group(2)) or found.group(2).upper()
    return f"-{storey}" if found.group(1) else storey


def resolve(path: Sequence[Hit], normalized: Normalized) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """Return parts and rest of a path; rest are the stretches that were not understood, neighbours joined."""
    text, offsets, ends = normalized.text, normalized.offsets, normalized.ends
    codes = [tuple([name.ref for name in hit.names if name.ref]) for hit in path if hit.names]
    parts: list[Part] = []
    rest: list[Part] = []
    done, before = 0, ""
    for label, start, end, names in _spans(path):
        if label == "poi" and before in _INSIDE_PLACES:
            label = "sub_poi"  # 绿苑公寓 | 沐霞苑: the second lies in the first
        before, spelt = label, text[start:end]
        value, ref = _denoted(names, codes) if names else ("", "")
        if not value and (names or label not in _VALUELESS):
            value = value_of(label, spelt)
        raw_start = max(offsets[start], done)  # never back before the part before
        done = max(ends[end - 1], raw_start)
        (rest if label == REST else parts).append(Part(label, spelt, raw_start, done, value, ref))
    return tuple(_without_copies(parts)), tuple(rest)


def _spans(path: Sequence[Hit]) -> list[tuple[str, int, int, Sequence[Name]]]:
    """Return label, start, end and names of each part: chains cut into their pieces, neighbours not understood joined."""
    spans: list[tuple[str, int, int, Sequence[Name]]] = []
    for start, end, label, _, _, names, pieces in path:
        if pieces:
            spans += [(piece, low, high, ()) for piece, low, high in pieces]
        elif label == REST and spans and spans[-1][0] == REST:
            spans[-1] = (REST, spans[-1][1], end, ())
        else:
            spans.append((label, start, end, names))
    return spans


def _denoted(names: Sequence[Name], codes: list[tuple[str, ...]]) -> tuple[str, str]:
    """Choose the name that fits the other divisions of the text; when several fit equally none is chosen silently."""
    if len(names) == 1:
        return names[0].value, names[0].ref
    fits = [_fit(name, codes) for name in names]
    best = max(fits)
    fitting = [name for name, fit in zip(names, fits, strict=True) if fit == best]
    refs = {name.ref for name in fitting}
    values = {name.value for name in fitting}
    return (values.pop() if len(values) == 1 else ""), (refs.pop() if len(refs) == 1 else "")


def _fit(name: Name, codes: list[tuple[str, ...]]) -> tuple[int, bool]:
    """Return how many other stretches of the text agree with this reading, and whether it is the name's official form."""
    own = name.ref
    anchor = own if name.label in _REPEATABLE else name.parent
    agreeing = 0
    if anchor:
        for stretch in codes:
            for code in stretch:
                if code != own and (anchor.startswith(code) or code.startswith(anchor)):
                    agreeing += 1
                    break
    return agreeing, name.kind == "standard"


def _hush_echoes(parts: list[Part]) -> None:
    """Label as noise what only says again what stands just before it: 肖桥路|肖桥路, 88号|88号."""
    for index in range(len(parts) - 1, 0, -1):
        part, before = parts[index], parts[index - 1]
        if part.text == before.text and len(part.text) > 1 and part.label not in _SAID_AGAIN and part.label not in _REPEATABLE:
            parts[index] = part._replace(label="noise")


def _without_copies(parts: list[Part]) -> list[Part]:
    """Label second copies of a division as noise; contradictions all stay.

    The divisions are read as chains from outer to inner. Of two copies the one in the longer chain stays, then the one written
    more fully, then the first: 宁波|宁波市 keeps 宁波市, 溪口镇|浙江省|奉化区|溪口镇 the second 溪口镇.
    """
    _hush_echoes(parts)
    chain_of: dict[int, int] = {}
    chains: list[int] = []
    depth = len(_REPEATABLE)
    for index, part in enumerate(parts):
        rank = _REPEATABLE.get(part.label)
        if rank is not None:
            if rank <= depth:
                chains.append(0)
            depth = rank
            chains[-1] += 1
            chain_of[index] = len(chains) - 1
    if len(chains) < 2:
        return parts
    kept: dict[tuple[str, str], int] = {}
    for index in sorted(chain_of, key=lambda at: (-chains[chain_of[at]], -len(parts[at].text), at)):
        part = parts[index]
        key = (part.label, part.ref or part.value)
        if key in kept:
            parts[index] = part._replace(label="noise")
        else:
            kept[key] = index
    return parts
