"""The sample district as a whole: planned once from a size and a seed, its addresses made on demand, block by block."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import accumulate
from random import Random

from gazetteer.sample.addresses import Address, estate_addresses, office_addresses, road_addresses, village_addresses
from gazetteer.sample.cemeteries import Cemetery, plan_cemeteries
from gazetteer.sample.estates import Estate, OfficeBuilding, plan_estates
from gazetteer.sample.pois import Poi
from gazetteer.sample.roads import Road, plan_roads, road_names
from gazetteer.sample.terrain import Terrain, terrain
from gazetteer.sample.villages import NaturalVillage, plan_villages
from gazetteer.sample.words import Names, NonstandardName, inventory, nonstandard_names, shares
from geoaddr.errors import UsageError

SMALLEST, LARGEST = 500, 5_000_000
ROW_SHARES = {"roads": 0.40, "estates": 0.31, "offices": 0.02, "villages": 0.27}
"""What part of all addresses stands on roads, in estates, in office buildings and in natural villages."""

PLACES_AT_30K = {"roads": (400, 50), "estates": (130, 40), "offices": (12, 2), "villages": (260, 40), "cemeteries": (14, 3)}
"""How many places of a kind there are at 30,000 addresses, and at least; they grow with the power 0.6 of the size."""

POIS_PER_ROAD = 5


@dataclass(frozen=True)
class Block:
    """The addresses of one place: a contiguous run of the stream that can be made without the others."""

    kind: str
    index: int
    count: int


@dataclass(frozen=True)
class SampleDistrict:
    """All invented places, and the addresses on them as a sequence that is never held in memory whole."""

    size: int
    seed: int
    terrain: Terrain
    roads: list[Road]
    estates: list[Estate]
    offices: list[OfficeBuilding]
    office_doors: list[int]
    villages: list[NaturalVillage]
    cemeteries: list[Cemetery]
    blocks: list[Block] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)

    def addresses(self) -> Iterator[Address]:
        """Yield every address in order of its ref."""
        for index in range(len(self.blocks)):
            yield from self.block(index)

    def block(self, index: int) -> Iterator[Address]:
        """Yield the addresses of one block (one road, estate, office building or natural village)."""
        block, first = self.blocks[index], self.starts[index]
        if block.kind == "roads":
            return road_addresses(self.roads[block.index], first, self.seed, self.terrain)
        if block.kind == "estates":
            return estate_addresses(self.estates[block.index], first)
        if block.kind == "villages":
            return village_addresses(self.villages[block.index], first, self.seed)
        office = self.offices[block.index]
        return office_addresses(office, self.roads[office.road_index], self.office_doors[block.index], first, self.seed, self.terrain)

    def pick(self, positions: list[int], known: Mapping[int, Address] | None = None) -> list[Address]:
        """Return the addresses at these positions (0-based), in the order asked; each block is made at most once.

        Positions found in ``known`` are taken from there.
        """
        found: dict[int, Address] = dict(known or {})
        block_at = -1
        rows: list[Address] = []
        for position in sorted(set(positions) - found.keys()):
            at = bisect_right(self.starts, position) - 1
            if at != block_at:
                block_at, rows = at, list(self.block(at))
            found[position] = rows[position - self.starts[at]]
        return [found[position] for position in positions]

    def namesakes(self, address: Address) -> list[Address]:
        """Return all addresses on every road, estate or natural village that has the name of this address's own."""
        name = address.road or address.estate or address.village_group
        return [row for index in _blocks_by_name(self).get(name, []) for row in _block_of(self, index)]

    def housemates(self, address: Address) -> list[Address]:
        """Return all addresses of the same block: the road, estate, office building or natural village of this address."""
        return list(_block_of(self, bisect_right(self.starts, int(address.ref[1:]) - 1) - 1))

    def door_of(self, address: Address) -> Address:
        """Return the building or door that a flat belongs to; the address itself when it is no flat."""
        if not address.room:
            return address
        key = _door_key(address)
        return next(row for row in self.namesakes(address) if not row.room and _door_key(row) == key)

    def __hash__(self) -> int:
        return hash((self.size, self.seed))


@lru_cache(maxsize=64)
def _block_of(district: SampleDistrict, index: int) -> tuple[Address, ...]:
    return tuple(district.block(index))


@lru_cache(maxsize=4)
def _blocks_by_name(district: SampleDistrict) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    names = {
        "roads": [road.name for road in district.roads],
        "estates": [estate.name for estate in district.estates],
        "villages": [village.name for village in district.villages],
    }
    for index, block in enumerate(district.blocks):
        if block.kind in names:
            found.setdefault(names[block.kind][block.index], []).append(index)
    return found


def _door_key(address: Address) -> tuple[str, ...]:
    return (address.division, address.road, address.sub_road, address.number, address.estate, address.building)


def generate(size: int, seed: int = 2016) -> SampleDistrict:
    """Plan a sample district with exactly ``size`` addresses; the same size and seed always give the same district.

    Planning takes seconds at most; addresses are made when they are asked for. Raises UsageError for a size outside 500–5,000,000.
    """
    if not SMALLEST <= size <= LARGEST:
        raise UsageError(f"样本规模 {size} 超出范围，请给出 {SMALLEST:,} 到 {LARGEST:,} 之间的地址数", field="size")
    rng, ground = Random(f"plan {size} {seed}"), terrain()
    names = Names(rng)
    given = _given(names)
    rows = _rows(size)
    counts = {kind: shares(rows[kind], [rng.uniform(0.3, 1.7) for _each in range(_places(kind, size))], 2) for kind in rows}
    chosen = road_names(len(counts["roads"]), names, rng, given["road"] + given["lane"])
    roads = plan_roads(_weigh_lanes(counts["roads"], [item.category for item in chosen]), chosen, ground, rng, names, POIS_PER_ROAD)
    roads, offices, doors = _plan_offices(counts["offices"], roads, names, rng, len(counts["estates"]) + 1)
    estates = plan_estates(counts["estates"], ground, names, rng, given["estate"])
    first = len(estates) + len(offices) + 1
    villages = plan_villages(counts["villages"], first, ground, names, rng, given["natural_village"])
    cemeteries = plan_cemeteries(_places("cemeteries", size), first + len(villages), ground, names, rng)
    blocks = [Block("roads", index, road.doors) for index, road in enumerate(roads)]
    blocks += [Block(kind, index, count) for kind in ("estates", "offices", "villages") for index, count in enumerate(counts[kind])]
    starts = list(accumulate((block.count for block in blocks[:-1]), initial=0))
    return SampleDistrict(size, seed, ground, roads, estates, offices, doors, villages, cemeteries, blocks, starts)


def _rows(size: int) -> dict[str, int]:
    rows = {kind: round(size * share) for kind, share in ROW_SHARES.items()}
    rows["roads"] += size - sum(rows.values())
    return rows


def _places(kind: str, size: int) -> int:
    usual, least = PLACES_AT_30K[kind]
    return int(max(least, round(usual * (size / 30_000) ** 0.6)))


def _given(names: Names) -> dict[str, list[NonstandardName]]:
    """Sort the nonstandard names by kind, and keep their specific terms from being drawn for anything else."""
    kinds: dict[str, list[NonstandardName]] = {"road": [], "lane": [], "estate": [], "natural_village": []}
    for item in nonstandard_names():
        kinds[item.kind].append(item)
        names.reserve(
            "road" if item.kind in ("road", "lane") else item.kind, item.name if item.kind == "natural_village" else item.name[:2]
        )
    return kinds


def _weigh_lanes(counts: list[int], categories: list[str]) -> list[int]:
    """Move doors from lanes to roads, so that a lane is short; the total stays."""
    weights = [count * (0.35 if category == "lane" else 1.0) for count, category in zip(counts, categories, strict=True)]
    return shares(sum(counts), weights, 2)


def _plan_offices(
    counts: list[int], roads: list[Road], names: Names, rng: Random, first_ref: int
) -> tuple[list[Road], list[OfficeBuilding], list[int]]:
    """Put an office building in the place of one point of interest on as many different roads."""
    able = [index for index, road in enumerate(roads) if road.pois and road.category == "road"]
    offices, doors, roads = [], [], list(roads)
    for number, (index, count) in enumerate(zip(rng.sample(able, len(counts)), counts, strict=True)):
        name = names.specific("building") + rng.choice(inventory()["building_generics"])
        ref = f"P{first_ref + number:06d}"
        slot = rng.randrange(len(roads[index].pois))
        door = roads[index].pois[slot][0]
        pois = list(roads[index].pois)
        pois[slot] = (door, Poi(name, "building", "26100"))
        roads[index] = replace(roads[index], pois=tuple(pois))
        offices.append(OfficeBuilding(ref, name, index, count))
        doors.append(door)
    return roads, offices, doors
