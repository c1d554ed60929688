"""The two sides of a road unrolled: every door at its true spacing, gaps, reserved numbers, and what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from sqlalchemy.orm import Session

from gazetteer.addresses import find_place, place_brief
from gazetteer.plates.frame import START_WORDS, Door, Frame, frame_of
from gazetteer.plates.numbering import Proposal
from gazetteer.plates.policy import NumberingRules, rules_of
from gazetteer.plates.violations import violations_in


def numbering_strip(
    session: Session, place_id: str, extra: Sequence[Proposal] = (), *, rules: NumberingRules | None = None
) -> dict[str, Any]:
    """Return what the strip page draws; ``extra`` are proposals to show among the doors. Offsets in metres from the start.

    ``rules`` shows the road as other rules than its own would have it, before they are set.

    ``sides`` (the odd side first): doors with ``state`` existing, reserved, proposed or wrong, and gaps with their free numbers.
    ``loose``: doors that cannot be laid along a line (no point, or a village).
    """
    place = find_place(session, place_id)
    frame = frame_of(session, place, rules or rules_of(session, place))
    wrong: dict[str, list[str]] = {}
    found = violations_in(frame)
    for one in found:
        for address_id in one.address_ids:
            wrong.setdefault(address_id, []).append(one.code)
    order = [frame.odd_side, "right" if frame.odd_side == "left" else "left"]
    return {
        "place": place_brief(place), "length_m": round(frame.length_m, 1), "start": START_WORDS[frame.start],
        "rules": _rules(frame.rules), "sides": [_side(frame, side, wrong, extra) for side in order] if frame.line is not None else [],
        "loose": _loose(frame, wrong, extra),
        "violations": [
            {"code": one.code, "severity": one.severity, "message": one.message, "address_ids": list(one.address_ids)} for one in found
        ],
    }  # fmt: skip


def _rules(rules: NumberingRules) -> dict[str, Any]:
    names = ("mode", "east_west_start", "north_south_start", "odd_side", "one_sided", "spacing_m", "reserve_every_m", "confirmed", "source")
    return {name: getattr(rules, name) for name in names}


def _side(frame: Frame, side: str, wrong: dict[str, list[str]], extra: Sequence[Proposal]) -> dict[str, Any]:
    doors = [_existing(door, wrong) for door in frame.doors if door.side == side and door.number]
    doors += [_proposed(one) for one in extra if one.side == side]
    doors.sort(key=lambda door: (door["offset_m"], door["text"]))
    return {"side": side, "parity": frame.parity_of(side), "doors": doors, "gaps": _gaps(frame, side)}


def _existing(door: Door, wrong: dict[str, list[str]]) -> dict[str, Any]:
    codes = wrong.get(door.address_id, [])
    state = "wrong" if codes else ("reserved" if door.status == "reserved" else "existing")
    return {
        "address_id": door.address_id, "text": door.text, "offset_m": _rounded(door.offset_m), "aside_m": _rounded(door.distance_m),
        "status": door.status, "state": state, "violations": codes,
    }  # fmt: skip


def _proposed(one: Proposal) -> dict[str, Any]:
    return {
        "address_id": one.address_id, "text": one.text, "offset_m": one.offset_m, "aside_m": one.distance_m, "status": one.status,
        "state": "reserved" if one.status == "reserved" else "proposed", "violations": list(one.violations),
    }  # fmt: skip


def _gaps(frame: Frame, side: str) -> list[dict[str, Any]]:
    """Return the stretches between neighbours that still have numbers to give, with those numbers."""
    step = 1 if frame.parity_of(side) == "all" else 2
    row = [door for door in frame.on(side) if door.offset_m is not None and door.status != "reserved"]
    taken, found = frame.taken(), []
    for first, second in pairwise(row):
        free = [str(number) for number in range((first.value or 0) + step, second.value or 0, step) if number not in taken]
        if free:
            found.append({"from_m": _rounded(first.offset_m), "to_m": _rounded(second.offset_m), "free": free})
    return found


def _loose(frame: Frame, wrong: dict[str, list[str]], extra: Sequence[Proposal]) -> list[dict[str, Any]]:
    doors = [_existing(door, wrong) for door in frame.doors if door.offset_m is None and door.number]
    doors.sort(key=lambda door: (len(door["text"].split("-")[0]), door["text"]))
    return doors + [_proposed(one) for one in extra if one.offset_m is None]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
