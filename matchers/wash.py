"""Washing a table: the verdict columns of every row, the same bytes whether one process, several or a cluster answers."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from math import isfinite
from typing import TYPE_CHECKING, NamedTuple, cast

from matchers.index.read import IndexLike
from matchers.match import match_many, unit_status
from matchers.tables import weights
from matchers.verdict import Entry, Query, Verdict

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

RESULT_COLUMNS: tuple[str, ...] = (
    "verdict", "next", "reason", "score", "margin", "match_level", "address_id", "address_ref", "place_id", "division_code", "label", "lon",
    "lat", "datum", "point_level", "unit_status", "unused", "warnings", "current_id", "current_label",
)  # fmt: skip
"""The columns added, in the promised order."""

LINE_END = "\r\n"
"""What the csv writer is told, so that it quotes cells that hold either character; files end their lines with the last alone."""


class Asked(NamedTuple):
    """What one row asks: its address text and what else is known, all as written; ``text`` is None for a row that is broken."""

    text: str | None
    lon: str = ""
    lat: str = ""
    division: str = ""


def result_columns(columns: Sequence[str]) -> dict[str, str]:
    """Return what each of our columns is called in the output: the input's own name wins, ours gets ``geoaddr_`` in front.

    ``result_columns(["id", "label"])["label"]`` -> ``"geoaddr_label"``; ``["id"]`` -> ``"label"``.
    """
    taken = set(columns)
    named: dict[str, str] = {}
    for column in RESULT_COLUMNS:
        name = column
        while name in taken:
            name = f"geoaddr_{name}"
        taken.add(name)
        named[column] = name
    return named


def answer(asked: Sequence[Asked], index: IndexLike) -> list[str]:
    """Return for each row its verdict columns as one piece of CSV (without line end); its first letter is the verdict.

    Coordinates are CGCS2000 degrees; an unreadable number counts as not given. A broken row is X ``broken_row``.
    """
    verdicts = match_many((_query(one) for one in asked if one.text is not None), index)
    broken = Verdict("X", "retry", "broken_row", thresholds_version=weights().version)
    return csv_lines(washed(broken if one.text is None else next(verdicts)).values() for one in asked)


def csv_lines(rows: Iterable[Iterable[str]]) -> list[str]:
    """Write rows as CSV, one text a row without its line end: ``[["a", "b,c"]]`` -> ``['a,"b,c"']``."""
    lines: list[str] = []
    writer = csv.writer(cast("SupportsWrite[str]", _Lines(lines)), lineterminator=LINE_END)
    writer.writerows(rows)
    return [line[: -len(LINE_END)] for line in lines]


class _Lines:
    """Gives the csv writer, which writes once a row, a list to write to."""

    def __init__(self, lines: list[str]) -> None:
        self.write = lines.append


def washed(verdict: Verdict) -> dict[str, str]:
    """Return one verdict as the promised columns, all text: empty where there is nothing, lists joined by ``; ``.

    For N the place and division of the deepest level that does fit are given, without an address.
    """
    entry = verdict.address
    nearest = entry or (
        verdict.candidates[0].entry if verdict.verdict == "N" and verdict.match_level != "none" and verdict.candidates else None
    )
    return {
        "verdict": verdict.verdict,
        "next": verdict.next,
        "reason": verdict.reason,
        "score": f"{verdict.score:.4f}",
        "margin": f"{verdict.margin:.4f}",
        "match_level": verdict.match_level,
        "address_id": entry.id if entry and entry.kind == "address" else "",
        "address_ref": entry.ref if entry and entry.kind == "address" else "",
        "place_id": nearest.place_id if nearest else "",
        "division_code": nearest.division_code if nearest else "",
        "label": entry.label if entry else "",
        "lon": _number(entry, "lon"),
        "lat": _number(entry, "lat"),
        "datum": verdict.datum if entry and entry.lon is not None else "",
        "point_level": verdict.point_level,
        "unit_status": unit_status(verdict),
        "unused": "; ".join(verdict.unused),
        "warnings": "; ".join(verdict.warnings),
        "current_id": verdict.current.id if verdict.current else "",
        "current_label": verdict.current.label if verdict.current else "",
    }


def _query(asked: Asked) -> Query:
    return Query(asked.text or "", lon=_degrees(asked.lon), lat=_degrees(asked.lat), division=asked.division.strip())


def _number(entry: Entry | None, axis: str) -> str:
    value = getattr(entry, axis) if entry else None
    return "" if value is None else f"{value:.7f}"


def _degrees(text: str) -> float | None:
    try:
        value = float(text) if text else None
    except ValueError:
        return None
    return value if value is not None and isfinite(value) else None
