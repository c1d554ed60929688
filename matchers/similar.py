"""How alike two names are that are not the same: same sound, similar shape, one character off."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.resources import files

from rapidfuzz.distance import OSA

from geoaddr.romanize import sound_key
from matchers.tables import table
from matchers.terms import same_generic, split


@cache
def _folds() -> tuple[tuple[str, str], ...]:
    return tuple((str(old), str(new)) for old, new in table("similar.yaml")["sound_folds"])


@lru_cache(maxsize=65536)
def folded_sound(name: str) -> str:
    """Return the toneless sound with the confusions of local speech folded together; 清水 and 亲水 give the same."""
    sound = sound_key(name)
    for old, new in _folds():
        sound = sound.replace(old, new)
    return sound


@cache
def _shapes() -> dict[str, str]:
    folded: dict[str, str] = {}
    for group in table("similar.yaml")["look_alike"]:
        for character in group:
            folded.setdefault(character, group[0])
    return folded


@cache
def _alike() -> dict[str, str]:
    """Return the characters of similar shape that follow each one in code order (``look_alikes.csv``, groups of ``similar.yaml``)."""
    alike: dict[str, str] = {}
    for line in files("matchers").joinpath("data", "look_alikes.csv").read_text(encoding="utf-8").splitlines():
        if not line.startswith(("#", "character")):
            character, _comma, others = line.partition(",")
            alike[character] = others
    for group in table("similar.yaml")["look_alike"]:
        for one in group:
            alike[one] = alike.get(one, "") + "".join(other for other in group if other > one)
    return alike


def look_alike(one: str, other: str) -> bool:
    """Say whether two names differ only in characters of similar shape: ``look_alike("肖桥路", "肖侨路")`` -> True."""
    alike = _alike()
    return len(one) == len(other) and all(a == b or max(a, b) in alike.get(min(a, b), "") for a, b in zip(one, other, strict=True))


@lru_cache(maxsize=4096)
def _alike_to(character: str) -> tuple[str, ...]:
    before = {one for one, others in _alike().items() if character in others}
    return tuple(sorted(before.union(_alike().get(character, "")) - {character}))


def look_alikes(name: str) -> list[str]:
    """Return every name with one character replaced by one of similar shape, in a fixed order: ``"庆坑"`` -> ..., ``"应坑"``, ..."""
    return [name[:at] + other + name[at + 1 :] for at, one in enumerate(name) for other in _alike_to(one)]


def sound_and_shape(character: str) -> tuple[str, str]:
    """Return what a character shares with those it is mistaken for: folded sound and shape; equal in either means alike."""
    return f"sound:{folded_sound(character)}", f"shape:{_shapes().get(character, character)}"


def deletions(name: str) -> set[str]:
    """Return the name and every form of it with one character taken out (names of two characters keep both): ``"ab路"`` -> 4 forms."""
    forms = {name}
    if len(name) > 2:
        forms.update(name[:i] + name[i + 1 :] for i in range(len(name)))
    return forms


def one_edit(one: str, other: str) -> bool:
    """Say whether one character is wrong, missing, extra or two neighbours are swapped: ``one_edit("肖桥路", "桥肖路")`` -> True."""
    return bool(OSA.distance(one, other, score_cutoff=1) <= 1)


@lru_cache(maxsize=65536)
def similarity(given: str, official: str, label: str = "") -> str:
    """Return ``equal``, ``abbreviated``, ``homophone``, ``look_alike``, ``typo`` or ``conflict`` for two names.

    Direction and order words are never similar: 大成东路 and 大成西路 are in conflict, however close they look. A generic
    term may be left out (``abbreviated``) or replaced by one people use for it. ``similarity("肖乔路", "肖桥路")`` -> ``homophone``.
    """
    if given == official:
        return "equal"
    one, other = split(given, label), split(official, label)
    if len(given) > 2 and sorted(given) == sorted(official) and one_edit(given, official):
        return "typo"
    if _marks_differ(one.direction, other.direction) or _marks_differ(one.before, other.before):
        return "conflict"
    if folded_sound(given) == folded_sound(official):
        return "homophone"
    if one.specific == other.specific and (one.before, one.direction) == (other.before, other.direction):
        if not one.generic or not other.generic:
            return "abbreviated"
        return "typo" if same_generic(one.generic, other.generic) else "conflict"
    if one.generic and other.generic and not same_generic(one.generic, other.generic):
        return "conflict"
    if len(given) != len(official) and min(len(given), len(official)) > 1 and one_edit(given, official):
        return "typo"
    if one.direction != other.direction or one.before != other.before:
        return "look_alike" if look_alike(given, official) else "conflict"
    return _specific_similarity(one.specific, other.specific)


def _marks_differ(one: str, other: str) -> bool:
    return bool(one and other and one != other)


def _specific_similarity(one: str, other: str) -> str:
    if folded_sound(one) == folded_sound(other):
        return "homophone"
    if look_alike(one, other):
        return "look_alike"
    return "typo" if max(len(one), len(other)) > 1 and one_edit(one, other) else "conflict"
