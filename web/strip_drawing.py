"""The two sides of a road unrolled, as numbers for an SVG: doors at their true spacing, moved apart only where boxes would touch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any

from web.messages import _

MARGIN = 48
BOX_WIDTH, BOX_HEIGHT = 38, 24
NARROWEST, WIDEST = 880, 9_000
ROAD_TOP, ROAD_HEIGHT = 100, 30
DOOR_ROWS = (22, 184)
GAP_ROWS = (64, 142)
GAP_HEIGHT = 18
HEIGHT = 234
TICK_STEPS_M = (10, 20, 50, 100, 200, 500, 1_000)
TICK_PIXELS = 90


@dataclass(frozen=True, slots=True)
class Box:
    """One door or gap: its box, the place on the road it belongs to, and its words."""

    x: float
    y: float
    width: float
    at: float
    text: str
    state: str
    title: str
    address_id: str | None


@dataclass(frozen=True, slots=True)
class Drawing:
    """A strip ready to be written: sizes in SVG units, one a pixel."""

    width: int
    height: int
    road: tuple[float, float]
    ticks: tuple[tuple[float, str], ...]
    sides: tuple[tuple[str, float], ...]
    boxes: tuple[Box, ...]


def draw_strip(strip: Mapping[str, Any], titles: Mapping[str, str]) -> Drawing | None:
    """Lay out a numbering strip; None for a place that is no line. ``titles``: the sentence of each violation's address id."""
    if not strip["sides"] or not strip["length_m"]:
        return None
    scale = _scale(strip)
    boxes: list[Box] = []
    for row, side in enumerate(strip["sides"]):
        boxes += _doors(side["doors"], DOOR_ROWS[row], scale, titles)
        boxes += _gaps(side["gaps"], GAP_ROWS[row], scale)
    length = strip["length_m"] * scale
    right = max([MARGIN + length, *(box.x + box.width for box in boxes)])
    names = tuple((_side_words(side), float(DOOR_ROWS[row] - 8 if row == 0 else DOOR_ROWS[row] + BOX_HEIGHT + 18))
                  for row, side in enumerate(strip["sides"]))  # fmt: skip
    return Drawing(round(right + MARGIN), HEIGHT, (MARGIN, round(length, 1)), _ticks(strip["length_m"], scale), names, tuple(boxes))


def _scale(strip: Mapping[str, Any]) -> float:
    """Return pixels a metre: half of the neighbouring doors at least a box apart, and the whole neither tiny nor endless."""
    steps = [
        second["offset_m"] - first["offset_m"]
        for side in strip["sides"]
        for first, second in pairwise(side["doors"])
        if second["offset_m"] - first["offset_m"] > 0.5
    ]
    wanted = (BOX_WIDTH + 6) / median(steps) if steps else 0.0
    length: float = strip["length_m"]
    return min(max(NARROWEST / length, wanted), max(WIDEST, NARROWEST) / length)


def _doors(doors: Sequence[Mapping[str, Any]], y: float, scale: float, titles: Mapping[str, str]) -> list[Box]:
    boxes: list[Box] = []
    free_from = 0.0
    for door in doors:
        at = MARGIN + door["offset_m"] * scale
        width = max(BOX_WIDTH, 10 + 8.5 * len(door["text"]))
        x = max(at - width / 2, free_from)
        free_from = x + width + 4
        said = [_("%(text)s 号，距起点 %(n)s 米", text=door["text"], n=round(door["offset_m"])), titles.get(door["address_id"] or "", "")]
        title = "；".join(filter(None, said))
        boxes.append(Box(round(x, 1), y, round(width, 1), round(at, 1), door["text"], door["state"], title, door["address_id"]))
    return boxes


def _gaps(gaps: Sequence[Mapping[str, Any]], y: float, scale: float) -> list[Box]:
    boxes = []
    for gap in gaps:
        free: list[str] = gap["free"]
        text = free[0] if len(free) == 1 else f"{free[0]}–{free[-1]}"
        width = 12 + 7 * len(text)
        room = (gap["to_m"] - gap["from_m"]) * scale
        at = MARGIN + (gap["from_m"] + gap["to_m"]) / 2 * scale
        if room < width - 12:
            text, width = "…", 20
        title = _("空号：%(numbers)s", numbers="、".join(free[:20]) + ("…" if len(free) > 20 else ""))
        boxes.append(Box(round(at - width / 2, 1), y, width, round(at, 1), text, "gap", title, None))
    return boxes


def _ticks(length_m: float, scale: float) -> tuple[tuple[float, str], ...]:
    step = next((one for one in TICK_STEPS_M if one * scale >= TICK_PIXELS), TICK_STEPS_M[-1])
    return tuple((round(MARGIN + metre * scale, 1), f"{metre} m") for metre in range(0, int(length_m) + 1, step))


def _side_words(side: Mapping[str, Any]) -> str:
    sides = {"left": _("左侧"), "right": _("右侧")}
    parities = {"odd": _("单号"), "even": _("双号"), "all": _("单双号")}
    return f"{sides.get(side['side'], side['side'])} · {parities[side['parity']]}"
