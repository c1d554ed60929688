"""Which road, estate or natural village a name means in a division; those that are missing come into being when asked for."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from gazetteer.exchange.importing.finding import Divisions
from gazetteer.exchange.importing.naming import code_of, name_columns
from gazetteer.exchange.importing.request import Work
from gazetteer.store.models import NameVariant, PlaceName, box_columns
from gazetteer.workflow import enter_many
from geoaddr.ids import new_id

GROUPS = {"road": ("road", "lane"), "estate": ("estate", "building"), "village_group": ("natural_village",)}
WORDS = {"road": "道路", "estate": "小区", "village_group": "自然村"}
_TAKEN = ("proposed", "reserved", "current")
_LANES = ("弄", "巷", "里", "胡同")


@dataclass(frozen=True, slots=True)
class Place:
    """A place as addresses need it."""

    id: str
    name: str
    category: str
    division_id: str


@dataclass
class PlaceIndex:
    """Places by name; ``find`` remembers its answers, ``flush`` writes the places that were made."""

    work: Work
    divisions: Divisions
    by_name: dict[str, list[Place]] = field(default_factory=lambda: defaultdict(list))
    by_variant: dict[str, list[Place]] = field(default_factory=lambda: defaultdict(list))
    answers: dict[tuple[str, str, str], tuple[Place | None, str]] = field(default_factory=dict)
    waiting: list[dict[str, Any]] = field(default_factory=list)

    def find(self, group: str, name: str, division_id: str) -> tuple[Place | None, str]:
        """Return (place, "") or (None, why not) for the road, estate or natural village of a name in a division.

        Its own division counts before its town, the town before the rest of the district; what is not unmistakable is not taken.
        """
        key = (group, name, division_id)
        if key not in self.answers:
            self.answers[key] = self._find(group, name, division_id)
        return self.answers[key]

    def _find(self, group: str, name: str, division_id: str) -> tuple[Place | None, str]:
        for names in (self.by_name, self.by_variant):
            hits = [place for place in names.get(name, ()) if place.category in GROUPS[group]]
            found = self._nearest(group, hits, division_id)
            if len(found) == 1:
                return found[0], ""
            if len(found) > 1:
                return None, f"{WORDS[group]}“{name}”在该镇街不止一处，无法确定是哪一处"
        if self.work.request.create_missing:
            return self._make(group, name, division_id), ""
        return None, f"登记册中没有{WORDS[group]}“{name}”，请先导入{WORDS[group]}，或用 --create-missing 一并建立"

    def _nearest(self, group: str, hits: list[Place], division_id: str) -> list[Place]:
        town = self.divisions.town_of(division_id)
        village = division_id != town
        exact = [place for place in hits if village and place.division_id == division_id]
        in_town = [place for place in hits if self.divisions.town_of(place.division_id) == town]
        if exact or in_town or group != "road":
            return exact or in_town
        if self.work.request.create_missing:
            return []
        return hits

    def _make(self, group: str, name: str, division_id: str) -> Place:
        category = GROUPS[group][0]
        if group == "road" and name.endswith(_LANES):
            category = "lane"
        home = self.divisions.town_of(division_id) if group == "road" else division_id
        place = Place(new_id(), name, category, home)
        self.by_name[name].append(place)
        columns = {
            "id": place.id, **name_columns(name, category), "category": category, "category_code": code_of(category),
            "division_id": home, "status": "current", "source": self.work.source, "geom": None, **box_columns(None),
        }  # fmt: skip
        self.waiting.append(columns)
        self.work.tally.made[{"road": "roads", "estate": "estates", "village_group": "villages"}[group]] += 1
        return place

    def flush(self) -> None:
        """Write the places made since the last call, with one event."""
        payload = {"source": self.work.source, "created_missing": True}
        enter_many(self.work.session, PlaceName, self.waiting, actor=self.work.request.actor, verb="imported", payload=payload)
        self.waiting = []


def load_places(work: Work, divisions: Divisions) -> PlaceIndex:
    """Read the names of all places in force, and their other names."""
    index = PlaceIndex(work, divisions)
    groups = {category for group in GROUPS.values() for category in group}
    columns = (PlaceName.id, PlaceName.standard_name, PlaceName.category, PlaceName.division_id)
    known: dict[str, Place] = {}
    for row in work.session.execute(select(*columns).where(PlaceName.status.in_(_TAKEN), PlaceName.category.in_(groups))):
        known[row.id] = Place(row.id, row.standard_name, row.category, row.division_id)
        index.by_name[row.standard_name].append(known[row.id])
    for other in work.session.execute(select(NameVariant.place_id, NameVariant.text).where(NameVariant.place_id.is_not(None))):
        if other.place_id in known:
            index.by_variant[other.text].append(known[other.place_id])
    return index
