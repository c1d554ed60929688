"""Address texts as people write them, each with the truth: which address was meant, or that there is none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from random import Random
from typing import NamedTuple

from gazetteer.sample.addresses import Address
from gazetteer.sample.district import SampleDistrict
from gazetteer.sample.lists import national_list
from gazetteer.sample.noise import BY_NAME, apply_noises
from gazetteer.sample.spoken import Spoken, changed, spoken, text_of, without, written
from gazetteer.sample.words import inventory, nonstandard_names, speech

UNANSWERABLE = {"no_such_number": 5, "no_such_road": 3, "no_such_unit": 3, "other_town": 3, "other_district": 2, "not_an_address": 1}
"""Why a text has no answer, with how often each reason is drawn."""

HABITS: dict[str, float] = {
    "level_dropped": 10, "all_levels_dropped": 3, "short_levels": 5, "old_district_name": 6, "old_town_name": 4, "old_community_name": 2,
    "homophone": 4, "look_alike": 1.5, "swapped": 1, "doubled": 0.7, "omitted": 1.2, "traditional": 2, "full_width": 2,
    "chinese_numerals": 2.5, "missing_number_word": 3, "number_style": 2, "building_style": 3, "room_dashes": 3, "separators": 2.5,
    "reordered": 1.5, "repeated": 1,
    "courier_note": 2, "contact": 1, "landmark": 1.2, "poi_dropped": 1.5, "poi_only": 0.5, "wrong_town": 0.5,
}  # fmt: skip
"""How often people do what, relative to each other (a guess made for the sample, 2026-11-23)."""


TOWN_LOSING = frozenset({"level_dropped", "all_levels_dropped", "wrong_town"})
"""Noises after which only the name of the road, estate or village tells where an address is."""


class Text(NamedTuple):
    """A text with its truth: ``truth_ref`` is None when nothing in the register can be meant, ``reason`` then says why."""

    text: str
    truth_ref: str | None
    noises: tuple[str, ...]
    reason: str = ""


def noisy(address: Address, rng: Random, kinds: tuple[str, ...]) -> Text:
    """Write an address with the named noises; ``noises`` of the result are those that changed something."""
    parts, done = apply_noises(spoken(address), kinds, rng)
    return Text(written(parts), address.ref, done)


def habitual(address: Address, rng: Random, most: int = 3) -> Text:
    """Write an address as somebody might: nought to ``most`` noises drawn by how common they are."""
    count = rng.choices(range(most + 1), [1, 4, 4, 2][: most + 1])[0]
    return noisy(address, rng, _kept(address, _drawn(rng, count)))


def unanswerable(address: Address, district: SampleDistrict, rng: Random, reason: str = "") -> Text:
    """Turn an address into a text that nothing in the register answers: ``reason`` is a key of ``UNANSWERABLE`` or drawn."""
    reason = reason or rng.choices(list(UNANSWERABLE), list(UNANSWERABLE.values()))[0]
    if reason == "not_an_address":
        return Text(rng.choice(speech()["not_addresses"]), None, (), reason)
    parts = spoken(address)
    if reason == "no_such_number":
        parts = _wrong_number(parts, address, district, rng)
    elif reason == "no_such_road":
        parts = _wrong_place(parts, address, district, rng)
    elif reason == "no_such_unit":
        parts = _wrong_unit(parts, address, district, rng)
    elif reason == "other_town":
        parts = _other_town(parts, address, district, rng)
    else:
        parts = _elsewhere(parts, rng)
    kinds = tuple(
        kind for kind in _drawn(rng, rng.randint(0, 1)) if kind in ("level_dropped", "short_levels", "courier_note", "full_width")
    )
    if reason in ("other_district", "other_town"):
        kinds = tuple(kind for kind in kinds if kind != "level_dropped")
    parts, done = apply_noises(parts, kinds, rng)
    return Text(written(parts), None, done, reason)


def queries(
    district: SampleDistrict,
    count: int,
    seed: int = 1,
    *,
    combined: int = 1,
    unanswerable_share: float = 0.05,
    kinds: tuple[str, ...] = tuple(BY_NAME),
) -> Iterator[Text]:
    """Yield ``count`` texts with truth: ``combined`` noises each, of these kinds, and a share without an answer.

    With ``combined`` 1 the kinds come in turn, so that each is measured equally often; a kind that does not apply to an address
    is tried on another. With 0 every text is the standard full form. The same arguments always give the same texts.
    """
    rng = Random(f"queries {district.size} {district.seed} {count} {seed} {combined}")
    addresses = district.pick([rng.randrange(district.size) for _each in range(count)])
    spare = district.pick([rng.randrange(district.size) for _each in range(400)])
    for index, address in enumerate(addresses):
        if rng.random() < unanswerable_share:
            yield unanswerable(address, district, rng)
        elif combined == 0:
            yield Text(address.full, address.ref, ())
        elif combined == 1:
            yield _single(address, kinds[index % len(kinds)], rng, spare)
        else:
            yield noisy(address, rng, _kept(address, tuple(rng.sample(kinds, min(combined, len(kinds))))))


def _single(address: Address, kind: str, rng: Random, spare: list[Address]) -> Text:
    found = noisy(address, rng, _kept(address, (kind,)))
    tries = 0
    while not found.noises and tries < 200:
        address = rng.choice(spare)
        found = noisy(address, rng, _kept(address, (kind,)))
        tries += 1
    return found


def _kept(address: Address, kinds: tuple[str, ...]) -> tuple[str, ...]:
    """Leave out the noises that take away the town from a name that two towns have: the text would have two answers."""
    if not {address.road, address.estate, address.village_group} & _doubles():
        return kinds
    return tuple(kind for kind in kinds if kind not in TOWN_LOSING)


@cache
def _doubles() -> frozenset[str]:
    return frozenset(item.name for item in nonstandard_names() if item.finding_class == "重")


def _drawn(rng: Random, count: int) -> tuple[str, ...]:
    """Draw ``count`` different habits."""
    names, weights = list(HABITS), list(HABITS.values())
    found: dict[str, None] = {}
    while len(found) < count:
        found[rng.choices(names, weights)[0]] = None
    return tuple(found)


def _wrong_number(parts: Spoken, address: Address, district: SampleDistrict, rng: Random) -> Spoken:
    """Give a house number that its road, village or estate does not have: mostly a gap in its own range."""
    rows = district.namesakes(address)
    label = "building" if address.estate else "number"
    taken = {int(re.split(r"\D", getattr(row, label))[0]) for row in rows if row.sub_road == address.sub_road}
    gaps = sorted(set(range(1, max(taken) + 1)) - taken)
    number = rng.choice(gaps) if gaps and rng.random() < 0.7 else max(taken) + rng.randint(30, 900)
    # A point of interest at the door would answer all the same.
    return changed(without(parts, "poi"), label, f"{number}{'幢' if address.estate else '号'}")


def _wrong_place(parts: Spoken, address: Address, district: SampleDistrict, rng: Random) -> Spoken:
    """Name a road, estate or natural village that the district does not have."""
    label = next(one for one in ("road", "estate", "village_group") if getattr(address, one))
    known = {road.name[:2] for road in district.roads} | {estate.name[:2] for estate in district.estates}
    known |= {village.name[:2] for village in district.villages} | {road.former_name[:2] for road in district.roads}
    characters = inventory()["characters"]
    while (term := "".join(rng.sample(characters, 2))) in known:
        continue
    ending = text_of(parts, label)[2:] if label != "village_group" else rng.choice(inventory()["village_generics"])
    return changed(without(parts, "poi"), label, term + (ending or "路"))


def _wrong_unit(parts: Spoken, address: Address, district: SampleDistrict, rng: Random) -> Spoken:
    """Give a building, unit or room that its estate or office building does not have (a flat is taken where the address is none)."""
    flat = address if address.room else _some_flat(district, rng)
    parts = spoken(flat)
    mates = [row for row in district.housemates(flat) if row.room]
    label = rng.choice([one for one in ("building", "unit", "room") if getattr(flat, one)])
    same = [row for row in mates if all(getattr(row, one) == getattr(flat, one) for one in ("building", "unit") if one != label)]
    taken = {getattr(row, label) for row in (same if label == "room" else mates)}
    if label == "room":
        offered = [f"{storey}{door:02d}" for storey in range(1, 34) for door in range(1, 9)]
    else:
        offered = [str(number) for number in range(1, 60)]
    free = [one for one in offered if one not in taken]
    near = [one for one in free if len(one) == len(getattr(flat, label))] or free
    ending = {"building": "幢", "unit": "单元", "room": "室"}[label]
    # The storey said beside a room goes with it.
    return changed(without(parts, "floor") if label == "room" else parts, label, rng.choice(near) + ending)


def _some_flat(district: SampleDistrict, rng: Random) -> Address:
    while True:
        found = district.pick([rng.randrange(district.size) for _each in range(20)])
        flats = [row for row in found if row.room]
        if flats:
            return flats[0]


def _other_town(parts: Spoken, address: Address, district: SampleDistrict, rng: Random) -> Spoken:
    """Name the road, estate or hamlet of one town in another town that has none of that name: 岳林街道昌石路7号 -> 江口街道昌石路7号"""
    taken = {row.town for row in district.namesakes(address)}
    old = speech()["old_towns"]
    towns = sorted({village.town for village in district.terrain.villages} - taken)
    towns = [town for town in towns if not any(town in old.get(mine, ()) or mine in old.get(town, ()) for mine in taken)]
    town = rng.choice(towns)
    village = rng.choice([one.name for one in district.terrain.villages if one.town == town])
    # Half of the writers name a village of that town as well; a point of interest at the door would answer all the same.
    parts = changed(without(parts, "poi", *([] if rng.random() < 0.5 else ["community"])), "town", town)
    return changed(parts, "community", village)


def _elsewhere(parts: Spoken, rng: Random) -> Spoken:
    """Move the address to another district of the city, with a real town of that district."""
    district, code = rng.choice(sorted(speech()["other_districts"].items()))
    towns = [row.name for row in national_list() if row.level == "town" and row.parent == code]
    return changed(changed(without(parts, "community"), "district", district), "town", rng.choice(towns))
