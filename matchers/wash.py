"""Washing a table: every input row comes out once, in order, with the columns of the verdict beside its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from matchers.index.read import IndexLike
from matchers.match import match_many, unit_status
from matchers.verdict import Entry, Query, Verdict

RESULT_COLUMNS: tuple[str, ...] = (
    "verdict", "next", "reason", "score", "margin", "match_level", "address_id", "address_ref", "place_id", "division_code", "label", "lon",
    "lat", "datum", "point_level", "unit_status", "unused", "warnings", "current_id", "current_label",
)  # fmt: skip
"""The columns added, in the promised order."""

_BATCH = 1000


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


def wash(
    rows: Iterable[Mapping[str, str]],
    column: str,
    index: IndexLike,
    *,
    columns: Sequence[str],
    lon: str = "",
    lat: str = "",
    division: str = "",
) -> Iterator[dict[str, str]]:
    """Yield every row with the verdict on its ``column``; constant memory, input columns untouched, order kept.

    ``columns`` are the input's columns; ``lon``, ``lat`` and ``division`` name columns that hold what else is known (CGCS2000
    degrees, division code); an unreadable number there counts as not given.
    """
    named = result_columns(columns)
    batch: list[Mapping[str, str]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            yield from _washed(batch, column, index, named, (lon, lat, division))
            batch = []
    yield from _washed(batch, column, index, named, (lon, lat, division))


def _washed(
    batch: list[Mapping[str, str]], column: str, index: IndexLike, named: Mapping[str, str], known: tuple[str, str, str]
) -> Iterator[dict[str, str]]:
    lon, lat, division = known
    queries = (
        Query(
            str(row.get(column) or ""),
            lon=_degrees(row.get(lon)),
            lat=_degrees(row.get(lat)),
            division=str(row.get(division) or "").strip(),
        )
        for row in batch
    )
    for row, verdict in zip(batch, match_many(queries, index), strict=True):
        yield {**row, **{named[key]: value for key, value in washed(verdict).items()}}


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


def _number(entry: Entry | None, axis: str) -> str:
    value = getattr(entry, axis) if entry else None
    return "" if value is None else f"{value:.7f}"


def _degrees(text: str | None) -> float | None:
    from math import isfinite

    try:
        value = float(text) if text else None
    except ValueError:
        return None
    return value if value is not None and isfinite(value) else None
