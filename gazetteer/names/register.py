"""All names of the register in memory, for questions that compare every name with every other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from gazetteer.names.ground import Ground, load_ground
from gazetteer.names.tables import table_of
from gazetteer.names.terms import split_name
from gazetteer.store.models import Division, NameVariant, PlaceName
from geoaddr.romanize import sound_key

LIVE = ("proposed", "reserved", "current")
NAMES_IN_USE = ("alias", "folk", "dialect")
SPELLINGS_IN_USE = ("misspelt", "traditional")
LEVELS = ("province", "city", "district", "town", "community")


@dataclass(frozen=True, slots=True)
class Unit:
    """One administrative unit: its name, whether it still exists, and the ids of the units it lies in, itself included, by level."""

    id: str
    code: str
    name: str
    level: str
    current: bool
    path: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RegisteredName:
    """One live name of the register; ``path`` are the ids of its divisions by level."""

    id: str
    name: str
    specific: str
    generic: str
    stacked: str
    sound: str
    category: str
    division_id: str
    status: str
    path: Mapping[str, str]
    lon: float | None
    lat: float | None
    named_on: date | None
    aliases: tuple[str, ...] = ()
    facts: Mapping[str, float] = field(default_factory=dict)
    pinyin: str = ""
    spellings: tuple[str, ...] = ()


@dataclass(frozen=True)
class NameRegister:
    """A snapshot of all live names with the keys by which duplicates, homophones and near names are found."""

    names: Sequence[RegisteredName] = ()
    units: Mapping[str, Unit] = field(default_factory=dict)
    by_name: Mapping[str, list[RegisteredName]] = field(default_factory=dict)
    by_sound: Mapping[str, list[RegisteredName]] = field(default_factory=dict)
    by_specific: Mapping[str, list[RegisteredName]] = field(default_factory=dict)
    by_id: Mapping[str, RegisteredName] = field(default_factory=dict)
    ground: Ground = field(default_factory=Ground)

    @classmethod
    def empty(cls) -> NameRegister:
        """Return a register without names, for judging the wording of a name alone."""
        return cls()

    @classmethod
    def load(cls, session: Session, *, ground: bool = True) -> NameRegister:
        """Read all live names; 10,000 take about a second. Without ``ground`` nothing is measured on the map: enough for a name to be."""
        units = _units(session)
        aliases, spellings = _variants_in_use(session, NAMES_IN_USE), _variants_in_use(session, SPELLINGS_IN_USE)
        columns = (
            PlaceName.id, PlaceName.standard_name, PlaceName.category, PlaceName.division_id, PlaceName.status, PlaceName.valid_from,
            PlaceName.min_lon, PlaceName.max_lon, PlaceName.min_lat, PlaceName.max_lat, PlaceName.facts, PlaceName.pinyin,
        )  # fmt: skip
        names = []
        for row in session.execute(select(*columns).where(PlaceName.status.in_(LIVE)).order_by(PlaceName.id)):
            terms = split_name(row.standard_name, row.category)
            unit = units.get(row.division_id)
            names.append(
                RegisteredName(
                    row.id, row.standard_name, terms.specific, terms.generic, terms.stacked, folded_sound(row.standard_name), row.category,
                    row.division_id, row.status, unit.path if unit else {}, _middle(row.min_lon, row.max_lon),
                    _middle(row.min_lat, row.max_lat), row.valid_from, tuple(aliases.get(row.id, ())),
                    row.facts or {}, row.pinyin, tuple(spellings.get(row.id, ())),
                )
            )  # fmt: skip
        return replace(cls.of(names, units), ground=load_ground(session, names)) if ground else cls.of(names, units)

    @classmethod
    def of(cls, names: Iterable[RegisteredName], units: Mapping[str, Unit]) -> NameRegister:
        """Return a register of these names, keyed for comparison."""
        listed = list(names)
        by_name, by_sound, by_specific = defaultdict(list), defaultdict(list), defaultdict(list)
        for one in listed:
            by_name[one.name].append(one)
            by_sound[one.sound].append(one)
            by_specific[one.specific].append(one)
        return cls(listed, units, by_name, by_sound, by_specific, {one.id: one for one in listed})

    def within(self, division_id: str) -> list[RegisteredName]:
        """Return the live names in a division or below it."""
        level = self.units[division_id].level if division_id in self.units else ""
        return [one for one in self.names if one.path.get(level) == division_id]

    def path(self, division_id: str) -> Mapping[str, str]:
        """Return the ids of the divisions a division lies in, by level; empty for none or an unknown one."""
        unit = self.units.get(division_id)
        return unit.path if unit else {}

    def unit_name(self, division_id: str, level: str | None = None) -> str:
        """Return the name of a division, or of the unit of that level it lies in; '' where there is none."""
        unit = self.units.get(self.path(division_id).get(level, "") if level else division_id)
        return unit.name if unit else ""

    def districts_known(self, division_id: str, kinds: Collection[str]) -> tuple[int, int]:
        """Return in how many districts of a city or province the register has live names of these kinds, and how many there are.

        Roads of 宁波市 in a register of 奉化区: 1 of 10. Without a division all districts count.
        """
        level = self.units[division_id].level if division_id in self.units else ""
        districts = [one for one in self.units.values() if one.current and one.level == "district"]
        there = {one.id for one in districts if not level or one.path.get(level) == division_id}
        return len(there & {one.path.get("district") for one in self.names if one.category in kinds}), len(there)

    def by_code(self, code: str) -> Unit | None:
        """Return the current unit with this code, or None."""
        return next((unit for unit in self.units.values() if unit.current and unit.code == code), None)

    def same_name(self, name: str, *, besides: str = "") -> list[RegisteredName]:
        """Return the live names written exactly so, without the place ``besides``."""
        return [one for one in self.by_name.get(name, ()) if one.id != besides]

    def same_sound(self, name: str, *, besides: str = "") -> list[RegisteredName]:
        """Return the live names that sound like this one to a speaker of the local dialect but are written otherwise."""
        return [one for one in self.by_sound.get(folded_sound(name), ()) if one.id != besides and one.name != name]


@lru_cache(maxsize=65_536)
def folded_sound(text: str) -> str:
    """Return the sound of a name with the distinctions dropped that the local dialect does not make: 景澜路 and 锦岚路 are alike.

    ``folded_sound("清枫新村") == folded_sound("青峰新村")`` -> True.
    """
    return " ".join(_folded(syllable) for syllable in sound_key(text).split())


@lru_cache(maxsize=4_096)
def _folded(syllable: str) -> str:
    table = table_of("sounds.yaml")
    syllable = table["syllables"].get(syllable, syllable)
    for long, short in table["initials"]:
        if syllable.startswith(long):
            syllable = short + syllable[len(long) :]
    for long, short in table["finals"]:
        if syllable.endswith(long):
            syllable = syllable[: -len(long)] + short
    return syllable


def _units(session: Session) -> dict[str, Unit]:
    columns = (Division.id, Division.code, Division.name, Division.level, Division.parent_id, Division.valid_to)
    rows = {row.id: row for row in session.execute(select(*columns))}
    found = {}
    for row in rows.values():
        path, current = {}, row
        while True:
            path[current.level] = current.id
            if current.parent_id is None:
                break
            current = rows[current.parent_id]
        found[row.id] = Unit(row.id, row.code, row.name, row.level, row.valid_to is None, path)
    return found


def _variants_in_use(session: Session, kinds: tuple[str, ...]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    rows = select(NameVariant.place_id, NameVariant.text).where(
        NameVariant.place_id.is_not(None), NameVariant.kind.in_(kinds), NameVariant.valid_to.is_(None)
    )
    for row in session.execute(rows.order_by(NameVariant.id)):
        if row.place_id is not None:
            found[row.place_id].append(row.text)
    return found


def _middle(low: float | None, high: float | None) -> float | None:
    return None if low is None or high is None else (low + high) / 2
