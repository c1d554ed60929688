"""What became of whom between two dated lists of divisions: strict rules, and a mark on everything that is a guess.

Pure functions over plain units; nothing here reads or writes the register.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

LEVELS = ("province", "city", "district", "town", "community")


@dataclass(frozen=True, slots=True)
class Unit:
    """One division on one day; ``parent`` is the parent's code on that day; ``predecessors`` are codes a list itself names."""

    code: str
    name: str
    level: str
    parent: str
    predecessors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Succession:
    """Old code → new code, how (``renamed recoded moved merged split``) and whether it was inferred."""

    old: str
    new: str
    kind: str
    inferred: bool


@cache
def succession_rules() -> dict[str, Any]:
    """Return the dated table by which lists are compared and candidates ranked."""
    import yaml

    loaded: dict[str, Any] = yaml.safe_load(files("gazetteer").joinpath("data/succession_rules.yaml").read_text(encoding="utf-8"))
    return loaded


def core_of(name: str) -> str:
    """Return what a division's name says without its ending and bracketed gloss: 苕霅（条宅）村委会 -> 苕霅, 莼湖镇 -> 莼湖."""
    text = _without_gloss(name)[0]
    for ending in succession_rules()["endings"]:
        if text.endswith(ending) and len(text) > len(ending):
            return text[: -len(ending)]
    return text


def _without_gloss(name: str) -> tuple[str, str]:
    """Return a name without its gloss, and the gloss: 苕霅（条宅）村 -> (苕霅村, 条宅)."""
    for left, right in (("（", "）"), ("(", ")")):
        start, end = name.find(left), name.find(right)
        if 0 < start < end:
            return name[:start] + name[end + 1 :], name[start + 1 : end]
    return name, ""


def compare_lists(ended: Sequence[Unit], begun: Sequence[Unit], kept: Iterable[str]) -> list[Succession]:
    """Say what became of each unit that ended, as far as the rules can tell; units without an answer have simply ended.

    ``ended`` are units of the older day that are not the same any more, ``begun`` those of the newer day that were not there, ``kept`` the
    codes that stayed as they were. Levels are worked from the outside in, because a village keeps its identity when its town changes code.
    """
    became: dict[str, set[str]] = defaultdict(set)
    for code in kept:
        became[code].add(code)
    found: list[Succession] = []
    for level in LEVELS:
        old = {unit.code: unit for unit in ended if unit.level == level}
        new = {unit.code: unit for unit in begun if unit.level == level}
        for link in _compare_level(old, new, became, ended, begun):
            found.append(link)
            became[link.old].add(link.new)
    return found


def _compare_level(
    old: dict[str, Unit], new: dict[str, Unit], became: Mapping[str, set[str]], ended: Sequence[Unit], begun: Sequence[Unit]
) -> list[Succession]:
    """Apply the rules from the surest to the weakest; a unit matched by one is out of reach of the next."""
    found: list[Succession] = []
    for rule in RULES:
        links = rule(list(old.values()), list(new.values()), became, ended, begun)
        found += links
        for link in links:
            old.pop(link.old, None)
        for link in links:
            new.pop(link.new, None)
    return found


def same_place(old: Unit, new: Unit, became: Mapping[str, set[str]]) -> bool:
    """Say whether the parent of ``new`` is what the parent of ``old`` is today (or neither has one)."""
    return new.parent == old.parent or new.parent in became.get(old.parent, ())


def stated(
    old: list[Unit], new: list[Unit], became: Mapping[str, set[str]], _ended: Sequence[Unit], _begun: Sequence[Unit]
) -> list[Succession]:
    """The list itself names the predecessors of a unit: several make a merger, one shared by several a split."""
    by_code = {unit.code: unit for unit in old}
    heirs: dict[str, int] = defaultdict(int)
    for unit in new:
        for code in unit.predecessors:
            heirs[code] += 1
    found = []
    for unit in new:
        known = [code for code in unit.predecessors if code in by_code]
        for code in known:
            kind = "merged" if len(known) > 1 else "split" if heirs[code] > 1 else _kind(by_code[code], unit, became)
            found.append(Succession(code, unit.code, kind, inferred=False))
    return found


def same_name_same_place(
    old: list[Unit], new: list[Unit], became: Mapping[str, set[str]], _ended: Sequence[Unit], _begun: Sequence[Unit]
) -> list[Succession]:
    """Same name under the same parent, once on each side: the code changed (锦屏街道 330283001 → 330213001)."""
    return _paired(old, new, lambda a, b: a.name == b.name and same_place(a, b, became), became, inferred=False)


def same_code_new_ending(
    old: list[Unit], new: list[Unit], became: Mapping[str, set[str]], _ended: Sequence[Unit], _begun: Sequence[Unit]
) -> list[Succession]:
    """Same code, same parent, same name but for its ending or its gloss (武岭居委会 → 武岭社区): renamed."""
    return _paired(
        old, new, lambda a, b: a.code == b.code and same_place(a, b, became) and _says_the_same(a.name, b.name), became, inferred=False
    )


def new_ending(
    old: list[Unit], new: list[Unit], became: Mapping[str, set[str]], _ended: Sequence[Unit], _begun: Sequence[Unit]
) -> list[Succession]:
    """Another code and another ending, the same parent and the rest of the name alike (莼湖镇 → 莼湖街道): renamed, inferred."""
    return _paired(old, new, lambda a, b: same_place(a, b, became) and _says_the_same(a.name, b.name), became, inferred=True)


def same_code_like_name(
    old: list[Unit], new: list[Unit], became: Mapping[str, set[str]], _ended: Sequence[Unit], _begun: Sequence[Unit]
) -> list[Succession]:
    """Same code and parent, and at least half the characters in common (鲍新村 → 鲍兴村): a new spelling, inferred.

    Codes are re-used for other villages, so the same code alone proves nothing.
    """
    least = float(succession_rules()["rename_similarity"])
    return _paired(
        old, new, lambda a, b: a.code == b.code and same_place(a, b, became) and _alike(a.name, b.name) >= least, became, inferred=True
    )


def same_name_elsewhere(
    old: list[Unit], new: list[Unit], became: Mapping[str, set[str]], _ended: Sequence[Unit], _begun: Sequence[Unit]
) -> list[Succession]:
    """Same name under another parent, once on each side of the whole comparison (前江村, 江口 → 方桥): moved, inferred."""
    return _paired(old, new, lambda a, b: a.name == b.name, became, inferred=True)


def same_children(
    old: list[Unit], new: list[Unit], became: Mapping[str, set[str]], ended: Sequence[Unit], begun: Sequence[Unit]
) -> list[Succession]:
    """Same parent, and most of the units below are found again by name (奉化市 330283 → 奉化区 330213): renamed, inferred."""
    least = float(succession_rules()["root_children_share"])
    below_old, below_new = _names_below(ended), _names_below(begun)

    def shares(a: Unit, b: Unit) -> bool:
        names = below_old.get(a.code, set())
        return bool(names) and same_place(a, b, became) and len(names & below_new.get(b.code, set())) >= least * len(names)

    return _paired(old, new, shares, became, inferred=True)


def merged_by_name(
    old: list[Unit], new: list[Unit], became: Mapping[str, set[str]], _ended: Sequence[Unit], _begun: Sequence[Unit]
) -> list[Succession]:
    """A new name made of names that vanished beside it (万一 万二 万三 → 万竹, 上横 中横 下横 → 三横, 宋夹岙 陆家山 → 宋陆新), inferred."""
    found = []
    for unit in new:
        beside = [one for one in old if same_place(one, unit, became) and one.level == "community"]
        parts = _siblings(unit, beside) or _initials(unit, beside) or _extended(unit, beside)
        kind = "merged" if len(parts) > 1 else "renamed"
        found += [Succession(part.code, unit.code, kind, inferred=True) for part in parts]
    return _only_once(found)


RULES = (
    stated,
    same_name_same_place,
    same_code_new_ending,
    new_ending,
    same_code_like_name,
    same_children,
    same_name_elsewhere,
    merged_by_name,
)
"""From the surest to the weakest."""


def _paired(old: list[Unit], new: list[Unit], fits: Any, became: Mapping[str, set[str]], *, inferred: bool) -> list[Succession]:
    """Pair units that fit each other and nobody else."""
    pairs = [(a, b) for a in old for b in new if fits(a, b)]
    times_old, times_new = _times(a.code for a, _ in pairs), _times(b.code for _, b in pairs)
    return [
        Succession(a.code, b.code, _kind(a, b, became), inferred) for a, b in pairs if times_old[a.code] == 1 and times_new[b.code] == 1
    ]


def _times(codes: Iterable[str]) -> dict[str, int]:
    counted: dict[str, int] = defaultdict(int)
    for code in codes:
        counted[code] += 1
    return counted


def _kind(old: Unit, new: Unit, became: Mapping[str, set[str]]) -> str:
    """Return the most telling change: another name, another parent, else another code."""
    if old.name != new.name:
        return "renamed"
    if not same_place(old, new, became) or old.code == new.code:
        return "moved"
    return "recoded"


def _says_the_same(a: str, b: str) -> bool:
    core_a, core_b = core_of(a), core_of(b)
    return core_a == core_b or core_b == _without_gloss(a)[1] or core_a == _without_gloss(b)[1]


def _alike(a: str, b: str) -> float:
    """Return the share of characters two cores have in common, by position from the front."""
    core_a, core_b = core_of(a), core_of(b)
    same = sum(1 for x, y in zip(core_a, core_b, strict=False) if x == y)
    return same / max(len(core_a), len(core_b))


def _names_below(units: Sequence[Unit]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for unit in units:
        found[unit.parent].add(unit.name)
    return found


def _siblings(unit: Unit, beside: list[Unit]) -> list[Unit]:
    """Return two or more numbered or directional siblings (万一 万二, 上横 下横) whose common character the new name keeps."""
    rules, core = succession_rules(), core_of(unit.name)
    for stem in core:
        numbered = [one for one in beside if core_of(one.name)[:1] == stem and core_of(one.name)[1:] in tuple(rules["numerals"])]
        sided = [one for one in beside if core_of(one.name)[1:] == stem and core_of(one.name)[:1] in tuple(rules["directions"])]
        for group in (numbered, sided):
            if len(group) > 1:
                return group
    return []


def _initials(unit: Unit, beside: list[Unit]) -> list[Unit]:
    """Return the villages whose first characters, in any order, make up the new name (joining characters aside), each unmistakably."""
    core = core_of(unit.name).rstrip(succession_rules()["joining"])
    if len(core) < 2:
        return []
    owners = [[one for one in beside if core_of(one.name)[0] == character] for character in core]
    if any(len(found) != 1 for found in owners):
        return []
    codes = {found[0].code for found in owners}
    return [found[0] for found in owners] if len(codes) == len(core) else []


def _extended(unit: Unit, beside: list[Unit]) -> list[Unit]:
    """Return the one village whose whole name the new one keeps, with a joining character after it (王董 → 王董新)."""
    core = core_of(unit.name)
    found = [one for one in beside if len(core_of(one.name)) > 1 and core != core_of(one.name) and core[:-1] == core_of(one.name)]
    return found if len(found) == 1 and core[-1] in succession_rules()["joining"] else []


def _only_once(links: list[Succession]) -> list[Succession]:
    """Drop every link of a vanished unit that two new ones claim: that would be a guess between guesses."""
    claims = _times(link.old for link in links)
    return [link for link in links if claims[link.old] == 1]


def root_successions(
    old_roots: Sequence[Unit], below_old: Sequence[Unit], new_roots: Sequence[Unit], begun: Sequence[Unit]
) -> list[Succession]:
    """Return which units beside a list live on under a new code, by the names of what lies below them.

    Example: 奉化市 330283 with its eleven towns, and a list that begins with 奉化区 330213 and the same eleven names.
    """
    return same_children(list(old_roots), list(new_roots), {}, below_old, begun)
