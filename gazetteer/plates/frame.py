"""A road as numbering sees it: its line from the start, the doors along it, which side is odd, which numbers are taken."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import shapely
from shapely.geometry import MultiLineString
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select
from sqlalchemy.orm import Session

from gazetteer.plates.policy import LINEAR, NumberingRules
from gazetteer.store.models import PlaceName, StandardAddress
from geoaddr.geometry import distance_m, length_m, locate_many_on_line

_LEADING = re.compile(r"[0-9]{1,6}", re.ASCII)
_OBSERVED = 4
"""So many numbered doors must agree before the numbering on the ground is believed to run against the policy."""


@dataclass(frozen=True, slots=True)
class Door:
    """One numbered (or not yet numbered) door of a place; offsets in metres from the road's start, None without a point or a line."""

    address_id: str
    number: str
    sub_number: str
    status: str
    lon: float | None = None
    lat: float | None = None
    offset_m: float | None = None
    side: str = ""
    distance_m: float | None = None

    @property
    def value(self) -> int | None:
        """The number as an integer: 88 for 88, 88-1 and 88号; None for 甲12 and for no number."""
        return leading_number(self.number)

    @property
    def text(self) -> str:
        """The number as spoken: 88, 88-1."""
        return f"{self.number}-{self.sub_number}" if self.sub_number else self.number


@dataclass(frozen=True)
class Frame:
    """A place made ready for numbering. ``line`` runs from the numbering start (None: numbered in sequence without a line)."""

    place: PlaceName
    rules: NumberingRules
    line: BaseGeometry | None
    length_m: float
    start: str
    odd_side: str
    against_policy: tuple[str, ...]
    doors: tuple[Door, ...]
    lanes: frozenset[int]
    retired: frozenset[int]
    twins: tuple[tuple[Door, ...], ...] = ()

    def parity_of(self, side: str) -> str:
        """Return ``odd``, ``even`` or ``all``: the numbers that stand on this side."""
        if self.line is None or self.rules.one_sided == "all":
            return "all"
        if self.rules.one_sided in ("odd", "even"):
            return self.rules.one_sided
        return "odd" if side == self.odd_side else "even"

    def on(self, side: str) -> list[Door]:
        """Return the doors of one side (of both in one-sided streets and villages) that have one of its numbers, by offset.

        A door with a number of the wrong parity is a violation, not a neighbour to count on from.
        """
        mixed = self.line is None or self.rules.one_sided != "both"
        parity = self.parity_of(side)
        found = [
            door
            for door in self.doors
            if (mixed or door.side == side) and door.value is not None and (parity == "all" or (door.value % 2 == 1) == (parity == "odd"))
        ]
        return sorted(found, key=lambda door: (door.offset_m is None, door.offset_m or 0.0, door.value or 0))

    def locate(self, lon: float, lat: float) -> tuple[float, str, float]:
        """Return offset, side and distance of a position; a position on the line itself counts as the odd side."""
        assert self.line is not None, "only lines are asked"
        offsets, asides, gaps = locate_many_on_line(self.line, [lon], [lat])
        side = self.odd_side if abs(asides[0]) < 0.05 else ("left" if asides[0] > 0 else "right")
        return float(offsets[0]), side, float(gaps[0])

    def taken(self) -> set[int]:
        """Return the numbers nobody may be given: in use, reserved, of lanes, once used and retired, or skipped by rule."""
        used = {door.value for door in self.doors if door.value is not None}
        return used | self.lanes | self.retired | set(self.rules.skipped)


def leading_number(text: str) -> int | None:
    """Return the integer a number begins with: ``88`` -> 88, ``105-107`` -> 105, ``甲12`` -> None."""
    found = _LEADING.match(text)
    return int(found.group()) if found else None


def frame_of(session: Session, place: PlaceName, rules: NumberingRules, *, sub_road: str = "") -> Frame:
    """Read a place with its doors from the register and lay the doors along its line.

    Doors of one lane off the road (``sub_road`` 12弄) are numbered among themselves, without the line.
    """
    doors, twins, lanes, retired = _read_doors(session, place, sub_road)
    linear = place.category in LINEAR and not sub_road and place.geom is not None and place.geom.geom_type.endswith("LineString")
    if not linear:
        return Frame(place, rules, None, 0.0, "", rules.odd_side, (), tuple(doors), lanes, retired, twins)
    assert place.geom is not None
    line, start = oriented(place.geom, rules)
    placed = _along(line, doors)
    against: tuple[str, ...] = ()
    if _runs_backwards(placed):
        line, start = _reversed(line), _OPPOSITE[start]
        placed, against = _along(line, doors), ("direction",)
    odd_side = rules.odd_side
    if rules.one_sided == "both" and _odd_on(placed, _other(odd_side)):
        odd_side, against = _other(odd_side), (*against, "parity")
    # A door exactly on the line belongs to the odd side, as a new door there would.
    settled = [_on_side(door, odd_side) for door in placed]
    return Frame(place, rules, line, length_m(line), start, odd_side, against, tuple(settled), lanes, retired, twins)


_OPPOSITE = {"east": "west", "west": "east", "south": "north", "north": "south", "drawn": "drawn-end", "drawn-end": "drawn"}
START_WORDS = {"east": "东端", "west": "西端", "south": "南端", "north": "北端", "drawn": "绘制起点", "drawn-end": "绘制终点", "": ""}


def oriented(geometry: BaseGeometry, rules: NumberingRules) -> tuple[BaseGeometry, str]:
    """Return the line running from its numbering start, and which end that is.

    A road that reaches further east-west than north-south is an east-west road. Example: with the shipped rules a line drawn from
    west to east comes back reversed, with ``east``.
    """
    merged = geometry if rules.start_as_drawn or geometry.geom_type == "LineString" else shapely.line_merge(geometry)
    if rules.start_as_drawn:
        return merged, "drawn"
    points = shapely.get_coordinates(merged)
    (lon1, lat1), (lon2, lat2) = points[0], points[-1]
    if distance_m(lon1, lat1, lon2, lat1) >= distance_m(lon1, lat1, lon1, lat2):
        wanted, drawn_from = rules.east_west_start, ("east" if lon1 > lon2 else "west")
    else:
        wanted, drawn_from = rules.north_south_start, ("north" if lat1 > lat2 else "south")
    return (merged if wanted == drawn_from else _reversed(merged)), wanted


def _reversed(line: BaseGeometry) -> BaseGeometry:
    parts = [shapely.reverse(part) for part in reversed(shapely.get_parts(line))]
    return parts[0] if len(parts) == 1 else MultiLineString(parts)


_Read = tuple[list[Door], tuple[tuple[Door, ...], ...], frozenset[int], frozenset[int]]


def _read_doors(session: Session, place: PlaceName, sub_road: str) -> _Read:
    columns = StandardAddress
    rows = session.execute(
        select(
            columns.id, columns.sub_road, columns.number, columns.sub_number, columns.status, columns.geom,
            columns.building, columns.unit, columns.floor, columns.room, columns.poi,
        ).where(columns.place_id == place.id, columns.status != "rejected").order_by(columns.id)
    ).all()  # fmt: skip
    lanes = {value for row in rows if row.sub_road and (value := leading_number(row.sub_road)) is not None} if not sub_road else set()
    retired = {value for row in rows if row.status == "retired" and row.sub_road == sub_road and (value := leading_number(row.number))}
    doors: dict[tuple[str, ...], list[tuple[int, Door]]] = defaultdict(list)
    for row in rows:
        if row.sub_road != sub_road or row.status == "retired":
            continue
        point = None if row.geom is None else row.geom.representative_point()
        door = Door(row.id, row.number, row.sub_number, row.status, None if point is None else point.x, None if point is None else point.y)
        inside = sum(bool(part) for part in (row.building, row.unit, row.floor, row.room)) * 2 + bool(row.poi)
        # Flats and offices behind one door count once: the plainest row speaks for the door. Without a number each row is a door.
        key = (row.number, row.sub_number) if row.number else (row.id,)
        doors[key].append((inside, door))
    twins = [tuple(door for inside, door in same if inside < 2) for same in doors.values()]
    plainest = [min(same, key=lambda one: one[0])[1] for same in doors.values()]
    return plainest, tuple(group for group in twins if len(group) > 1), frozenset(lanes), frozenset(retired)


def _along(line: BaseGeometry, doors: Sequence[Door]) -> list[Door]:
    placed = [door for door in doors if door.lon is not None and door.lat is not None]
    bare = [door for door in doors if door.lon is None]
    if not placed:
        return bare
    offsets, asides, gaps = locate_many_on_line(line, [door.lon or 0.0 for door in placed], [door.lat or 0.0 for door in placed])
    found = [
        _moved(door, float(offset), "" if abs(aside) < 0.05 else ("left" if aside > 0 else "right"), float(gap))
        for door, offset, aside, gap in zip(placed, offsets, asides, gaps, strict=True)
    ]
    return found + bare


def _moved(door: Door, offset: float, side: str, gap: float) -> Door:
    return Door(door.address_id, door.number, door.sub_number, door.status, door.lon, door.lat, offset, side, gap)


def _on_side(door: Door, odd_side: str) -> Door:
    if door.offset_m is None or door.side or door.distance_m is None:
        return door
    return _moved(door, door.offset_m, odd_side, door.distance_m)


def _runs_backwards(doors: Iterable[Door]) -> bool:
    """Tell whether numbers on the ground clearly fall along the line: two in three pairs of neighbours."""
    known = sorted((door.offset_m, door.value) for door in doors if door.offset_m is not None and door.value is not None)
    if len(known) < _OBSERVED:
        return False
    middle = len(known) // 2
    pairs = list(zip(known[:middle], known[len(known) - middle :], strict=True))
    falling = sum(first[1] > last[1] for first, last in pairs)
    return falling * 3 > len(pairs) * 2


def _odd_on(doors: Iterable[Door], side: str) -> bool:
    known = [(door.side, door.value % 2 == 1) for door in doors if door.side and door.value is not None]
    if len(known) < _OBSERVED:
        return False
    agreeing = sum((where == side) == odd for where, odd in known)
    return agreeing * 3 > len(known) * 2


def _other(side: str) -> str:
    return "right" if side == "left" else "left"
