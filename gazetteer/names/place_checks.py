"""Checks of a name against where it is: names of other places, famous names borrowed, and several names for one place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache, lru_cache

from gazetteer.names.ground import NAMED_AFTER_ROADS, road_inside
from gazetteer.names.judging import Rules, hit
from gazetteer.names.proposal import NameFinding, Proposal
from gazetteer.names.register import NameRegister, Unit
from gazetteer.names.tables import rows_of, table_of
from geoaddr.romanize import sound_key

MISMATCH_KINDS = ("road", "lane", "estate", "building", "natural_village", "bridge", "park", "square", "cemetery")
FAR_NAMED_KINDS = ("estate", "building", "square")
"""Kinds that may not bear the name of another city or district; a road may lead there."""

PROTECTED_KINDS = ("natural", "town", "community", "park", "estate", "building", "square", "natural_village")
SEVERAL = 2
"""Living other names from which a place counts as having several."""
_ENDINGS = ("街道", "镇", "乡", "区", "市", "县")


def name_of_another_place(proposal: Proposal, rules: Rules, register: NameRegister) -> Iterable[NameFinding]:
    """Flag a name that begins with the name of another town, district or city: 溪口花苑 in 西坞街道, 温州大厦 in 宁波."""
    path = register.path(proposal.division_id)
    if proposal.kind not in MISMATCH_KINDS:
        return
    for level, within in (("town", "district"), ("district", "city"), ("city", "province")):
        if path.get(level) is None or path.get(within) is None or (level != "town" and proposal.kind not in FAR_NAMED_KINDS):
            continue
        for stem, unit in _stems(_Held(register), level, within, path[within]).items():
            if proposal.specific.startswith(stem) and unit.id != path[level] and not _own(register, proposal, stem):
                own = register.unit_name(proposal.division_id, level)
                yield from hit(rules, "name-place-mismatch", proposal, f"含“{stem}”（{unit.name}），位于{own}")
                return


def named_after_a_road_elsewhere(proposal: Proposal, rules: Rules, register: NameRegister) -> Iterable[NameFinding]:
    """Flag an estate or building named after a road it does not stand on: 中山路花园 two kilometres from 中山路.

    Where the distance is not known (a proposed name has no outline yet), a road of that name in another town is enough to ask.
    """
    road = road_inside(proposal.name) if proposal.kind in NAMED_AFTER_ROADS else ""
    roads = [one for one in register.same_name(road) if one.category in ("road", "lane")] if road else []
    if not roads:
        return
    apart = [register.ground.apart_m[proposal.place_id, one.id] for one in roads if (proposal.place_id, one.id) in register.ground.apart_m]
    if apart and min(apart) > table_of("addresses.yaml")["off_road_m"]:
        yield from hit(rules, "name-place-mismatch", proposal, f"以{road}命名，距{road} {min(apart):,.0f} 米")
    own = register.path(proposal.division_id).get("town")
    if not apart and own and all(one.path.get("town") not in (None, own) for one in roads):
        yield from hit(
            rules, "name-place-mismatch", proposal, f"以{road}命名，而{road}在{register.unit_name(roads[0].division_id, 'town')}"
        )


def protected_elsewhere(proposal: Proposal, rules: Rules, register: NameRegister) -> Iterable[NameFinding]:
    """Flag the name of a famous mountain, river or lake used where that is not: estate 洞庭湖花园 in 奉化; also by sound.

    Roads and bridges may be named after what is famous; places within the divisions of the feature bear its name rightly.
    """
    if proposal.kind not in PROTECTED_KINDS:
        return
    sound = sound_key(proposal.specific)
    for famous, its_sound, within in _famous():
        if not (proposal.specific.startswith(famous) or proposal.name == famous or sound == its_sound):
            continue
        names = [register.unit_name(proposal.division_id, level) for level in ("province", "city", "district")]
        if not any(name.startswith(unit) for name in names if name for unit in within):
            said = famous if famous in proposal.name else f"{proposal.specific}与{famous}同音"
            yield from hit(rules, "protected-natural-name", proposal, f"{said}（{'、'.join(within[:3])}）")
            return


@cache
def _famous() -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """Return each famous name with its sound and the divisions it lies in."""
    return tuple((row["name"], sound_key(row["name"]), tuple(row["within"].split())) for row in rows_of("protected_names.csv"))


def several_names(proposal: Proposal, rules: Rules, register: NameRegister) -> Iterable[NameFinding]:
    """Flag a place with two or more other names in use, or whose outline another name covers: aliases 石桥街、桥下街 beside 石板路."""
    shared = register.ground.shared.get(proposal.place_id, ())
    others = [alias for alias in dict.fromkeys((*proposal.aliases, *shared)) if alias != proposal.name]
    if len(others) >= SEVERAL or shared:
        yield from hit(rules, "many-names", proposal, f"{proposal.name}、{'、'.join(others)}")


def several_spellings(proposal: Proposal, rules: Rules, _register: NameRegister) -> Iterable[NameFinding]:
    """Flag a name that is written in more than one way: misspelt or traditional forms in use, or an alias of the same sound.

    集士港 with the alias 集仕港 -> ``many-spellings``.
    """
    sound = sound_key(proposal.name)
    others = [alias for alias in proposal.aliases if alias != proposal.name and sound_key(alias) == sound]
    written = list(dict.fromkeys((*proposal.spellings, *others)))
    if written:
        yield from hit(rules, "many-spellings", proposal, f"{proposal.name}，又写作{'、'.join(written)}")


def _own(register: NameRegister, proposal: Proposal, stem: str) -> bool:
    """Say whether one of the place's own divisions bears the stem too (江口村 in another town)."""
    return any(register.unit_name(proposal.division_id, level).startswith(stem) for level in ("community", "town", "district", "city"))


class _Held:
    """A register as a cache key: two snapshots are never the same."""

    def __init__(self, register: NameRegister) -> None:
        self.register = register

    def __hash__(self) -> int:
        return id(self.register)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and other.register is self.register


@lru_cache(maxsize=32)
def _stems(held: _Held, level: str, within: str, outer: str) -> Mapping[str, Unit]:
    found = {}
    for unit in held.register.units.values():
        if unit.level == level and unit.current and unit.path.get(within) == outer:
            stem = next((unit.name[: -len(ending)] for ending in _ENDINGS if unit.name.endswith(ending)), unit.name)
            if len(stem) > 1:
                found[stem] = unit
    return found
