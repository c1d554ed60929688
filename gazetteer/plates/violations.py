"""What is wrong with the numbers of a road or village as they stand: duplicates, wrong side, out of order, gaps."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sqlalchemy.orm import Session

from gazetteer.addresses import find_place
from gazetteer.plates.frame import START_WORDS, Door, Frame, frame_of
from gazetteer.plates.policy import rules_of
from geoaddr.geometry import distance_m

SAME_DOOR_M = 30.0
"""Two rows with one number closer than this are taken as one entrance (a shop at the door), further apart as a duplicate."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing wrong: stable ``code``, the doors concerned, a sentence, and whether it ``blocks`` or ``warns``."""

    code: str
    severity: str
    message: str
    address_ids: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()


def violations(session: Session, place_id: str) -> list[Violation]:
    """Return everything wrong with the numbers of one place, worst first.

    Example: odd numbers 1, 3, 7, 5 in walking order on the odd side -> one ``out-of-order`` for 7 or 5.
    """
    place = find_place(session, place_id)
    return violations_in(frame_of(session, place, rules_of(session, place)))


def violations_in(frame: Frame) -> list[Violation]:
    """Return everything wrong in a frame already read; see ``violations``."""
    found = [one for check in CHECKS for one in check(frame)]
    return sorted(found, key=lambda one: one.severity != "blocks")


def _duplicates(frame: Frame) -> Iterator[Violation]:
    for group in frame.twins:
        placed = [door for door in group if door.lon is not None and door.lat is not None]
        apart = [
            distance_m(placed[0].lon or 0.0, placed[0].lat or 0.0, door.lon or 0.0, door.lat or 0.0) for door in placed[1:]
        ]  # fmt: skip
        if apart and max(apart) > SAME_DOOR_M and group[0].number:
            yield Violation(
                "duplicate", "blocks", f"{group[0].text}号出现在相距 {max(apart):.0f} 米的两处",
                tuple(door.address_id for door in group), tuple(door.text for door in group),
            )  # fmt: skip


def _lane_numbers(frame: Frame) -> Iterator[Violation]:
    for door in frame.doors:
        if door.value in frame.lanes and not door.sub_number:
            yield Violation("lane-number", "warns", f"{door.text}号与 {door.value}弄 用了同一个号码", (door.address_id,), (door.text,))


def _wrong_parity(frame: Frame) -> Iterator[Violation]:
    if frame.line is None:
        return
    for door in frame.doors:
        parity = frame.parity_of(door.side)
        if door.side and door.value is not None and parity != "all" and (door.value % 2 == 1) != (parity == "odd"):
            side, wanted = _SIDES[door.side], _PARITIES[parity]
            yield Violation("wrong-parity", "warns", f"{door.text}号在{side}，这一侧应为{wanted}", (door.address_id,), (door.text,))


_SIDES = {"left": "左侧", "right": "右侧"}
_PARITIES = {"odd": "单号", "even": "双号"}


def _out_of_order(frame: Frame) -> Iterator[Violation]:
    """Blame the fewest doors: those outside a longest rising row of their side."""
    for row in _rows(frame):
        rising = longest_rising([door.value or 0 for door in row])
        for index, door in enumerate(row):
            if index not in rising:
                yield Violation("out-of-order", "warns", f"{door.text}号不在前后门牌的顺序之中", (door.address_id,), (door.text,))


def _skipped(frame: Frame) -> Iterator[Violation]:
    """Numbers left out between neighbours whose frontage is too short to reserve any."""
    for row in _rows(frame):
        step = 1 if frame.parity_of(row[0].side) == "all" else 2
        rising = longest_rising([door.value or 0 for door in row])
        for first, second in pairwise([row[index] for index in sorted(rising)]):
            left_out = [n for n in range((first.value or 0) + step, second.value or 0, step) if n not in frame.taken()]
            gap = (second.offset_m or 0.0) - (first.offset_m or 0.0)
            if left_out and gap <= frame.rules.spacing_m and frame.rules.mode == "sequential":
                yield Violation(
                    "skipped", "warns", f"{first.text}号与{second.text}号相距 {gap:.0f} 米，跳过了 {_listed(left_out)}",
                    (first.address_id, second.address_id), tuple(str(number) for number in left_out),
                )  # fmt: skip


def _far(frame: Frame) -> Iterator[Violation]:
    for door in frame.doors:
        if door.distance_m is not None and door.distance_m > frame.rules.far_m:
            message = f"{door.text}号离道路 {door.distance_m:.0f} 米，可能不在这条路上"
            yield Violation("far-from-road", "warns", message, (door.address_id,), (door.text,))


def _without_point(frame: Frame) -> Iterator[Violation]:
    bare = [door for door in frame.doors if door.lon is None]
    if bare:
        ids, numbers = tuple(door.address_id for door in bare), tuple(door.text for door in bare)
        yield Violation("no-point", "warns", f"{len(bare)} 个门牌没有定位点，未参加检查", ids, numbers)


def _against_policy(frame: Frame) -> Iterator[Violation]:
    if "direction" in frame.against_policy:
        yield Violation("direction", "warns", f"现有号码从{START_WORDS[frame.start]}起编，与编号规则的起点相反")
    if "parity" in frame.against_policy:
        yield Violation("parity-sides", "warns", f"现有单号在{_SIDES[frame.odd_side]}，与编号规则相反")


CHECKS = (_duplicates, _lane_numbers, _wrong_parity, _out_of_order, _skipped, _far, _without_point, _against_policy)


def _rows(frame: Frame) -> Iterator[list[Door]]:
    """Yield each side's doors with the side's own parity, by offset; what stands on the wrong side is blamed for that alone."""
    if frame.line is None:
        return
    for side in ("left", "right") if frame.rules.one_sided == "both" else ("left",):
        row = [door for door in frame.on(side) if door.offset_m is not None]
        if row:
            yield row


def longest_rising(values: Sequence[int]) -> set[int]:
    """Return the indices of one longest row of values that never falls: [1, 3, 9, 5, 7] -> {0, 1, 3, 4}."""
    tails: list[int] = []
    last_at: list[int] = []
    previous: list[int] = []
    for index, value in enumerate(values):
        place = bisect_right(tails, value)
        previous.append(last_at[place - 1] if place else -1)
        if place == len(tails):
            tails.append(value)
            last_at.append(index)
        else:
            tails[place], last_at[place] = value, index
    found: set[int] = set()
    current = last_at[-1] if last_at else -1
    while current >= 0:
        found.add(current)
        current = previous[current]
    return found


def _listed(numbers: Sequence[int]) -> str:
    shown = "、".join(f"{number}号" for number in numbers[:5])
    return shown if len(numbers) <= 5 else f"{shown}等 {len(numbers)} 个号码"
