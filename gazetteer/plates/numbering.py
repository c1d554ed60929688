"""Numbers proposed by geometry: one door between its neighbours, or every door of a road in a row.

Nothing here writes; :mod:`gazetteer.plates.assignment` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from gazetteer.addresses import find_place, require_in_district
from gazetteer.plates.frame import Door, Frame, frame_of, leading_number
from gazetteer.plates.policy import NumberingRules, rules_of
from gazetteer.plates.walking import walking_order
from geoaddr.geometry import distances_m, point_along

REASONS = {
    "first": "这一侧的第一个号码",
    "reserved": "取用相邻的预留号",
    "free": "取用前后门牌之间空出的号码",
    "next": "接在这一侧最后一个号码之后",
    "sub-number": "前后没有空号，用前一号的附号",
    "slot": "按间距划分的号位",
    "metric": "按距起点的米数",
    "sequence": "按次序接续编号",
    "gap": "空地较长，按规则预留",
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """A number proposed for a door, why, and what would be wrong with it. ``status`` reserved: kept free, no door yet."""

    number: str
    sub_number: str
    side: str
    offset_m: float | None
    distance_m: float | None
    lon: float
    lat: float
    neighbours: tuple[str, ...]
    reason: str
    explanation: str
    violations: tuple[str, ...] = ()
    status: str = "current"
    address_id: str | None = None

    @property
    def text(self) -> str:
        """The number as spoken: 88, 88-1."""
        return f"{self.number}-{self.sub_number}" if self.sub_number else self.number


def propose_number(
    session: Session, place_id: str, lon: float, lat: float, *, sub_road: str = "", rules: NumberingRules | None = None
) -> Proposal:
    """Propose a number for one new door at a position (CGCS2000 degrees) on a road or in a village or estate.

    Between numbered doors: a reserved or free number, else the number before it with the next sub-number. Beyond the last: the
    policy's next number. ``rules`` tries others than the place's own.
    Example: doors 1, 3 and 7 on the odd side, a position between 3 and 7 -> 5.
    """
    place = find_place(session, place_id)
    require_in_district(place.division, lon, lat)
    frame = frame_of(session, place, rules or rules_of(session, place), sub_road=sub_road)
    if frame.line is None:
        return _in_sequence(frame, lon, lat, frame.taken())
    offset, side, gap = frame.locate(lon, lat)
    before, after = _neighbours(frame.on(side), offset)
    number, sub_number, reason = _number_between(frame, side, offset, before, after)
    far = ("far-from-road",) if gap > frame.rules.far_m else ()
    return Proposal(
        number, sub_number, side, round(offset, 2), round(gap, 2), lon, lat,
        tuple(f"{door.text}号" for door in (before, after) if door), reason, _explain(reason, before, after), far,
    )  # fmt: skip


def number_along(
    session: Session, place_id: str, points: Sequence[tuple[float, float]] | None = None, *, rules: NumberingRules | None = None
) -> list[Proposal]:
    """Propose numbers for many doors at once, in order, with reserved numbers where the frontage between them is vacant.

    ``points`` are lon, lat pairs; without them, every door of the place that has a point but no number yet. Doors that have
    numbers keep them. Returned along the road from its start (odd and even side mixed by offset), in a village by walking order.
    """
    place = find_place(session, place_id)
    frame = frame_of(session, place, rules or rules_of(session, place))
    wanted = _wanted(frame, points)
    for door in wanted:
        require_in_district(place.division, door.lon or 0.0, door.lat or 0.0)
    if frame.line is None:
        return _sequence(frame, wanted)
    found: list[Proposal] = []
    sides: dict[str, list[tuple[float, float, Door]]] = {}
    for door in wanted:
        offset, side, gap = frame.locate(door.lon or 0.0, door.lat or 0.0)
        sides.setdefault(side if frame.rules.one_sided == "both" else "both", []).append((offset, gap, replace(door, side=side)))
    for _, doors in sorted(sides.items()):
        found += _number_side(frame, sorted(doors, key=lambda one: one[0]), frame.on(doors[0][2].side))
    return sorted(found, key=lambda one: (one.offset_m or 0.0, one.side))


def _wanted(frame: Frame, points: Sequence[tuple[float, float]] | None) -> list[Door]:
    if points is None:
        return [door for door in frame.doors if not door.number and door.lon is not None]
    return [Door("", "", "", "proposed", lon, lat) for lon, lat in points]


def _number_side(frame: Frame, wanted: list[tuple[float, float, Door]], numbered: list[Door]) -> list[Proposal]:
    """Number the doors of one side from the start on, each as if it came alone but knowing those before it."""
    known = [door for door in numbered if door.offset_m is not None]
    found: list[Proposal] = []
    for index, (offset, gap, door) in enumerate(wanted):
        before, after = _neighbours(known, offset)
        working = replace(frame, doors=(*frame.doors, *(one for one in known if one.status == "proposed")))
        if after is None and before is not None and frame.rules.mode == "sequential":
            for kept in _kept_free(working, door.side, before, offset):
                found.append(kept)
                known.append(_door_of(kept))
                working = replace(working, doors=(*working.doors, known[-1]))
            before, _ = _neighbours(known, offset)
        room = sum(1 for other, _, _ in wanted[index:] if after is None or other < (after.offset_m or 0.0)) if after else 1
        number, sub_number, reason = _number_between(working, door.side, offset, before, after, sharing=room)
        far = ("far-from-road",) if gap > frame.rules.far_m else ()
        proposal = Proposal(
            number, sub_number, door.side, round(offset, 2), round(gap, 2), door.lon or 0.0, door.lat or 0.0,
            tuple(f"{one.text}号" for one in (before, after) if one), reason, _explain(reason, before, after), far,
            address_id=door.address_id or None,
        )  # fmt: skip
        found.append(proposal)
        known = sorted([*known, _door_of(proposal)], key=lambda one: (one.offset_m or 0.0, one.value or 0))
    return found


def _kept_free(frame: Frame, side: str, before: Door, offset: float) -> list[Proposal]:
    """Propose the numbers that the vacant frontage between the last door and this one keeps reserved."""
    assert frame.line is not None
    start = before.offset_m or 0.0
    count, step = frame.rules.reserved_in(offset - start), _step(frame, side)
    taken, number, found = frame.taken(), before.value or 0, []
    for index in range(count):
        number = _next_free(number + step, step, taken)
        at = start + (offset - start) * (index + 1) / (count + 1)
        lon, lat = point_along(frame.line, at, (before.distance_m or 0.0) * (1 if side == "left" else -1))
        found.append(
            Proposal(str(number), "", side, round(at, 2), None, lon, lat, (f"{before.text}号",), "gap", REASONS["gap"], status="reserved")
        )
    return found


def _door_of(proposal: Proposal) -> Door:
    return Door(
        proposal.address_id or "", proposal.number, proposal.sub_number, "proposed", proposal.lon, proposal.lat, proposal.offset_m,
        proposal.side, proposal.distance_m,
    )  # fmt: skip


def _neighbours(doors: Sequence[Door], offset: float) -> tuple[Door | None, Door | None]:
    """Return the doors with whole numbers before and after an offset; reserved numbers are no neighbours but room."""
    placed = [door for door in doors if door.offset_m is not None and door.value is not None and door.status != "reserved"]
    before = [door for door in placed if (door.offset_m or 0.0) <= offset]
    after = [door for door in placed if (door.offset_m or 0.0) > offset]
    return (
        max(before, key=lambda door: (door.offset_m or 0.0, door.value or 0), default=None),
        min(after, key=lambda door: (door.offset_m or 0.0, door.value or 0), default=None),
    )


def _number_between(
    frame: Frame, side: str, offset: float, before: Door | None, after: Door | None, *, sharing: int = 1
) -> tuple[str, str, str]:
    """Return number, sub-number and reason. ``sharing``: so many doors still wait for the numbers before ``after``."""
    step, first = _step(frame, side), _first(frame, side)
    low, high = (before.value or 0) if before else first - step, (after.value if after else None)
    taken = frame.taken()
    if frame.rules.mode != "sequential":
        number = _next_free(max(_aim(frame, side, offset), low + step), step, taken)
        if high is None or number < high:
            return str(number), "", "slot" if frame.rules.mode == "spacing" else "metric"
    if high is None and before is None:
        return str(_next_free(first, step, taken)), "", "first"
    if high is None:
        assert before is not None
        gap = frame.rules.reserved_in(offset - (before.offset_m or 0.0))
        number, reason = _after_last(frame, side, low + step * gap, step, taken)
        return str(number), "", reason
    kept = _reserved_between(frame, side, low, high)
    free = [number for number in range(low + step, high, step) if number not in taken]
    if usable := sorted({*kept, *free}):
        number = _placed_among(usable, before, after, offset, sharing)
        return str(number), "", "reserved" if number in kept else "free"
    return _sub_number(frame, before or after)


def _after_last(frame: Frame, side: str, low: int, step: int, taken: set[int]) -> tuple[int, str]:
    """Return the number after the last door: numbers reserved beyond it with a point further on stay reserved."""
    placed = {door.value for door in frame.on(side) if door.status == "reserved"}
    number = low + step
    while number in taken and number not in placed:
        number += step
    return number, "reserved" if number in placed else "next"


def _reserved_between(frame: Frame, side: str, low: int, high: int) -> set[int]:
    kept = (door.value for door in frame.on(side) if door.status == "reserved" and not door.sub_number)
    return {value for value in kept if value is not None and low < value < high}


def _placed_among(usable: list[int], before: Door | None, after: Door | None, offset: float, sharing: int) -> int:
    """Pick the free number whose place in the row fits the door's place in the gap; the first ones while others wait."""
    if sharing > 1:
        return usable[max(0, min(len(usable) // (sharing + 1), len(usable) - sharing))]
    start = (before.offset_m or 0.0) if before else 0.0
    end = (after.offset_m or start) if after else start
    share = 0.5 if end <= start else (offset - start) / (end - start)
    return usable[min(len(usable) - 1, int(share * len(usable)))]


def _sub_number(frame: Frame, door: Door | None) -> tuple[str, str, str]:
    assert door is not None, "a gap without free numbers has a door beside it"
    used = [leading_number(one.sub_number) or 0 for one in frame.doors if one.number == door.number]
    return door.number, str(max(used, default=0) + 1), "sub-number"


def _step(frame: Frame, side: str) -> int:
    return 1 if frame.parity_of(side) == "all" else 2


def _first(frame: Frame, side: str) -> int:
    return 2 if frame.parity_of(side) == "even" else 1


def _aim(frame: Frame, side: str, offset: float) -> int:
    """Return the number an offset has by spacing (slots) or metric (metres) numbering, with the side's parity."""
    step, first = _step(frame, side), _first(frame, side)
    if frame.rules.mode == "metric":
        return max(first, first + step * round((offset - first) / step))
    return first + step * int(offset // frame.rules.spacing_m)


def _next_free(number: int, step: int, taken: set[int]) -> int:
    while number in taken:
        number += step
    return number


def _in_sequence(frame: Frame, lon: float, lat: float, taken: set[int]) -> Proposal:
    """Propose the number after the highest for a door of a village or estate; neighbours are the two nearest doors."""
    values = [door.value for door in frame.doors if door.value is not None and door.status != "reserved"]
    number = max(values, default=0) + 1
    kept = {door.value for door in frame.doors if door.status == "reserved"}
    while number in taken and number not in kept:
        number += 1
    near = _nearest(frame.doors, lon, lat)
    reason = "sequence"
    return Proposal(
        str(number), "", "", None, None, lon, lat, tuple(f"{door.text}号" for door in near[:2]), reason, _explain(reason, None, None)
    )


def _sequence(frame: Frame, wanted: Sequence[Door]) -> list[Proposal]:
    """Number the doors of a village one after the other, going from the highest numbered door to the nearest, and so on."""
    numbered = [door for door in frame.doors if door.value is not None and door.lon is not None]
    last = max(numbered, key=lambda door: door.value or 0, default=None)
    start = None if last is None else (last.lon or 0.0, last.lat or 0.0)
    found: list[Proposal] = []
    for index in walking_order([(door.lon or 0.0, door.lat or 0.0) for door in wanted], start):
        door = wanted[index]
        proposal = _in_sequence(frame, door.lon or 0.0, door.lat or 0.0, frame.taken())
        found.append(replace(proposal, address_id=door.address_id or None))
        frame = replace(frame, doors=(*frame.doors, _door_of(found[-1])))
    return found


def _nearest(doors: Sequence[Door], lon: float, lat: float) -> list[Door]:
    placed = [door for door in doors if door.lon is not None and door.number]
    if not placed:
        return []
    gaps = distances_m([door.lon or 0.0 for door in placed], [door.lat or 0.0 for door in placed], lon, lat)
    return [placed[index] for index in gaps.argsort(kind="stable")]


def _explain(reason: str, before: Door | None, after: Door | None) -> str:
    between = "与".join(f"{door.text}号" for door in (before, after) if door)
    return f"{REASONS[reason]}（相邻：{between}）" if between else REASONS[reason]
