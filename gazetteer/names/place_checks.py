"""Checks of a name against where it is: names of other places, and several names for one place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from gazetteer.names.judging import Rules, hit
from gazetteer.names.proposal import NameFinding, Proposal
from gazetteer.names.register import NameRegister, Unit

MISMATCH_KINDS = ("road", "lane", "estate", "building", "natural_village", "bridge", "park", "square", "cemetery")
SEVERAL = 2
"""Living other names from which a place counts as having several."""
_ENDINGS = ("街道", "镇", "乡")


def name_of_another_place(proposal: Proposal, rules: Rules, register: NameRegister) -> Iterable[NameFinding]:
    """Flag a name that begins with the name of another town of the same district: 溪口花苑 in 西坞街道."""
    path = register.path(proposal.division_id)
    own_town, district = path.get("town"), path.get("district")
    if proposal.kind not in MISMATCH_KINDS or own_town is None or district is None:
        return
    for stem, unit in _towns(register, district).items():
        if proposal.specific.startswith(stem) and unit.id != own_town and not _own(register, proposal, stem):
            own = register.unit_name(proposal.division_id, "town")
            yield from hit(rules, "name-place-mismatch", proposal, f"含“{stem}”（{unit.name}），位于{own}")
            return


def several_names(proposal: Proposal, rules: Rules, _register: NameRegister) -> Iterable[NameFinding]:
    """Flag a place with two or more other names in use: aliases 石桥街、桥下街 beside 石板路."""
    others = [alias for alias in dict.fromkeys(proposal.aliases) if alias != proposal.name]
    if len(others) >= SEVERAL:
        yield from hit(rules, "many-names", proposal, f"{proposal.name}、{'、'.join(others)}")


def _own(register: NameRegister, proposal: Proposal, stem: str) -> bool:
    """Say whether the place's own community bears the stem too (江口村 in another town)."""
    return register.unit_name(proposal.division_id, "community").startswith(stem)


def _towns(register: NameRegister, district: str) -> Mapping[str, Unit]:
    return _town_stems(_Held(register), district)


class _Held:
    """A register as a cache key: two snapshots are never the same."""

    def __init__(self, register: NameRegister) -> None:
        self.register = register

    def __hash__(self) -> int:
        return id(self.register)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and other.register is self.register


@lru_cache(maxsize=8)
def _town_stems(held: _Held, district: str) -> Mapping[str, Unit]:
    found = {}
    for unit in held.register.units.values():
        if unit.level == "town" and unit.current and unit.path.get("district") == district:
            stem = next((unit.name[: -len(ending)] for ending in _ENDINGS if unit.name.endswith(ending)), unit.name)
            if len(stem) > 1:
                found[stem] = unit
    return found
