"""How the names of two texts stand to each other: estates, buildings, firms and shops, by what is specific in them and by their kind."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from geoaddr.divisions_lexicon import national_lexicon
from matchers.similar import folded_sound, look_alike, one_edit
from matchers.tables import table

_CITIES = ("province", "city", "district")
_DIRECTION = re.compile(r"[东南西北中上下前后新老大小一二三四五六七八九十0-9]")


@dataclass(frozen=True, slots=True)
class NameCore:
    """A name taken apart: ``specific`` without the city before and the kind behind, ``kind`` that word, ``legal`` whether a firm."""

    whole: str
    specific: str
    kind: str
    legal: bool


@cache
def _words(name: str) -> tuple[str, ...]:
    return tuple(sorted((str(word) for word in table("texts.yaml")[name]), key=len, reverse=True))


@cache
def _kinds() -> tuple[int, dict[str, frozenset[int]]]:
    """Return the length of the longest kind, and the groups of each."""
    groups: dict[str, set[int]] = {}
    for number, words in enumerate(table("texts.yaml")["kinds"]):
        for word in words:
            groups.setdefault(str(word), set()).add(number)
    return max(map(len, groups)), {word: frozenset(found) for word, found in groups.items()}


def same_kind(one: str, other: str) -> bool:
    """Say whether two kinds may be one thing: 小区 and 花园 yes, 小区 and 小学 no; an unsaid kind fits all."""
    groups = _kinds()[1]
    return not one or not other or one == other or bool(groups.get(one, frozenset()) & groups.get(other, frozenset()))


@lru_cache(maxsize=65536)
def name_core(name: str) -> NameCore:
    """Take a name apart: ``宁波肖桥金属有限公司`` -> specific 肖桥金属 (a firm); ``样本公馆小区`` -> 样本公馆, kind 小区."""
    whole, legal = _without_legal_form(name)
    whole = _without_city(whole)
    kind = _kind(whole)
    return NameCore(whole, whole[: len(whole) - len(kind)], kind, legal)


def _kind(name: str) -> str:
    """Return the longest kind a name ends with that leaves two characters of it."""
    longest, groups = _kinds()
    return next((name[-size:] for size in range(min(longest, len(name) - 2), 0, -1) if name[-size:] in groups), "")


def _without_legal_form(name: str) -> tuple[str, bool]:
    for form in _words("legal_forms"):
        if name.endswith(form) and len(name) > len(form) + 1:
            return name[: -len(form)], True
    return name, False


def _without_city(name: str) -> str:
    """Drop province and city in front where enough of a name is left: 宁波肖桥金属 -> 肖桥金属; 宁波大厦 stays."""
    for _ in range(2):
        best = 0
        for end, names in national_lexicon().prefixes(name, 0):
            for one in names:
                full = one.label in ("province", "city") or (one.label == "district" and one.kind == "standard")
                if full and len(name) - end >= 2 and name[end:] not in _kinds()[1]:
                    best = max(best, end)
        if not best:
            return name
        name = name[best:]
    return name


@lru_cache(maxsize=65536)
def is_shared(name: str) -> bool:
    """Say whether a name has many bearers and so names no place alone: ``菜鸟驿站`` -> True; ``肖桥苑`` -> False."""
    whole = name_core(name).whole
    if len(whole) < 2 or name in _shared() or whole in _shared():
        return True
    return any(whole[end:] in _words("departments") for end, _names in national_lexicon().prefixes(whole, 0))


@cache
def _shared() -> frozenset[str]:
    return frozenset(_words("shared")) | frozenset(_words("departments")) | frozenset(_kinds()[1])


@lru_cache(maxsize=65536)
def has_branches(name: str) -> bool:
    """Say whether a name is of a kind that opens at many doors: ``世纪华联超市`` -> True."""
    return name.endswith(_words("branching"))


def is_branch(name: str) -> bool:
    """Say whether a name ends as that of a branch or campus: ``呈贡校区`` -> True."""
    return name.endswith(_words("branch_ends"))


@lru_cache(maxsize=65536)
def names_outcome(one: str, other: str) -> str:
    """Return ``equal``, ``abbreviated``, ``homophone``, ``look_alike``, ``typo``, ``within`` or ``conflict``; the same both ways round.

    ``within``: the longer name begins or ends with the shorter and says more, as a branch or a part does (蓝湾大厦, 蓝湾大厦停车场).
    """
    if one == other:
        return "equal"
    a, b = sorted((name_core(one), name_core(other)), key=lambda core: (len(core.whole), core.whole))
    if a.whole == b.whole:
        return "abbreviated"
    if a.specific == b.specific:
        if not a.kind or not b.kind:
            return "abbreviated"
        return "typo" if same_kind(a.kind, b.kind) else "conflict"
    if not same_kind(a.kind, b.kind) and not _grows(a, b):
        return "within" if len(a.specific) > 2 and b.whole.startswith(a.specific) else "conflict"
    if folded_sound(a.whole) == folded_sound(b.whole) and min(len(a.whole), len(b.whole)) > 2:
        return "homophone"
    if len(a.whole) > 1 and a.whole in b.whole:
        return _containing(a, b)
    return _similar(a, b)


def _grows(a: NameCore, b: NameCore) -> bool:
    return len(a.whole) > 2 and b.whole.startswith(a.whole)


def _containing(a: NameCore, b: NameCore) -> str:
    rest = b.whole.replace(a.whole, "", 1)
    if b.whole.startswith(a.whole):
        if rest in _kinds()[1]:
            return "abbreviated" if same_kind(a.kind, rest) else "within"
        return "within" if len(a.whole) > 2 else "conflict"
    if b.whole.endswith(a.whole) and len(a.specific) > 1:
        return "conflict" if len(rest) == 1 and _DIRECTION.match(rest) else "contained"
    return "within" if len(a.specific) > 2 else "conflict"


def _similar(a: NameCore, b: NameCore) -> str:
    one, other = a.specific, b.specific
    if len(one) > 1 and len(other) > 1 and not _only_a_mark(one, other):
        if folded_sound(one) == folded_sound(other):
            return "homophone"
        if look_alike(one, other):
            return "look_alike"
        if min(len(one), len(other)) > 2 and one_edit(one, other) and not (a.legal and b.legal):
            return "typo"  # firms are told apart by one character of their 字号
        if _shortened(a, b):
            return "abbreviated"
        shorter, longer = sorted((one, other), key=len)
        if len(shorter) < len(longer) - 1 and longer.endswith(shorter):
            return "contained"
        if len(shorter) > 2 and longer.startswith(shorter):
            return "within"
    return "conflict"


def _only_a_mark(one: str, other: str) -> bool:
    """Say whether two names differ in a direction or number word: 三公司 and 五公司 are not a slip."""
    if len(one) == len(other):
        return any(x != y and (_DIRECTION.match(x) or _DIRECTION.match(y)) for x, y in zip(one, other, strict=True))
    shorter, longer = sorted((one, other), key=len)
    return any(_DIRECTION.match(mark) for mark in longer if longer.count(mark) > shorter.count(mark))


@cache
def _dwellings() -> frozenset[str]:
    return frozenset(str(word) for words in table("texts.yaml")["kinds"][:2] for word in words)


def _shortened(a: NameCore, b: NameCore) -> bool:
    """Say whether one is cut from the other, character by character in order, with the head and most of it kept: 青禾花店, 青禾生活花店."""
    if a.whole[:2] != b.whole[:2] or len(a.whole) < 3 or (a.kind in _dwellings() and b.kind in _dwellings()):
        return False  # 样本苑 and 样本嘉苑 are two estates
    rest = iter(b.whole)
    return all(character in rest for character in a.whole)
