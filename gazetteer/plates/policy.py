"""How doors are numbered on a road or in a division: rules as data, the nearest policy counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gazetteer import workflow
from gazetteer.divisions import path_of
from gazetteer.store.events import Actor
from gazetteer.store.models import Division, NumberingPolicy, PlaceName
from geoaddr.errors import NotFound, UsageError

CHOICES = {
    "mode": ("sequential", "spacing", "metric"),
    "east_west_start": ("east", "west"),
    "north_south_start": ("south", "north"),
    "odd_side": ("left", "right"),
    "one_sided": ("both", "odd", "even", "all"),
}
LINEAR = ("road", "lane")
"""Categories of places numbered along a line; everything else is numbered in sequence."""


@dataclass(frozen=True, slots=True)
class NumberingRules:
    """One numbering policy; ``spacing_m``, ``reserve_every_m`` and ``far_m`` in metres. Meanings: data/numbering/defaults.yaml."""

    mode: str
    east_west_start: str
    north_south_start: str
    start_as_drawn: bool
    odd_side: str
    one_sided: str
    spacing_m: float
    reserve_every_m: float
    skipped: tuple[int, ...]
    sub_joint: str
    far_m: float
    source: str
    confirmed: bool

    def reserved_in(self, gap_m: float) -> int:
        """Return how many numbers a vacant frontage keeps free: with 20 m and one per 4 m, 50 m -> 7."""
        return max(0, int((gap_m - self.spacing_m) // self.reserve_every_m))


@cache
def _defaults() -> Mapping[str, Any]:
    import yaml

    loaded: dict[str, Any] = yaml.safe_load(files("gazetteer").joinpath("data/numbering/defaults.yaml").read_text(encoding="utf-8"))
    return loaded


def rules_from(own: Mapping[str, Any] | None = None, source: str = "") -> NumberingRules:
    """Return the shipped rules with ``own`` laid over them; ``UsageError`` names what is not a rule or not a possible value."""
    merged = {key: value for key, value in _defaults().items() if key != "date"}
    if own is not None:
        merged |= {"confirmed": True, "source": source, **own}
    known = {field.name for field in fields(NumberingRules)}
    if unknown := sorted(set(merged) - known):
        raise UsageError(f"编号规则中没有“{unknown[0]}”这一项", field=unknown[0])
    for name, allowed in CHOICES.items():
        if merged[name] not in allowed:
            raise UsageError(f"编号规则 {name} 只能是 {'、'.join(allowed)}", field=name)
    for name in ("spacing_m", "reserve_every_m", "far_m"):
        value = merged[name]
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0.5 <= value <= 1000:
            raise UsageError(f"编号规则 {name} 应为 0.5 到 1000 之间的米数", field=name)
    if not isinstance(merged["skipped"], (list, tuple)) or not all(isinstance(one, int) for one in merged["skipped"]):
        raise UsageError("编号规则 skipped 应为整数列表", field="skipped")
    return NumberingRules(**{**merged, "skipped": tuple(merged["skipped"]), "confirmed": bool(merged["confirmed"])})


def rules_of(session: Session, place: PlaceName) -> NumberingRules:
    """Return the rules for one place: its own policy, else that of the nearest division above it, else the shipped ones."""
    own = session.scalar(select(NumberingPolicy).where(NumberingPolicy.place_id == place.id))
    if own is not None:
        return rules_from(own.rules, own.source)
    path = [one.id for one in path_of(session, place.division)]
    found = {one.division_id: one for one in session.scalars(select(NumberingPolicy).where(NumberingPolicy.division_id.in_(path)))}
    nearest = next((found[id_] for id_ in reversed(path) if id_ in found), None)
    return rules_from() if nearest is None else rules_from(nearest.rules, nearest.source)


def set_policy(
    session: Session,
    *,
    place_id: str | None = None,
    division_id: str | None = None,
    rules: Mapping[str, Any],
    source: str,
    actor: Actor,
) -> NumberingPolicy:
    """Give one place or one division its own numbering rules (only those that differ from the shipped ones), or change them."""
    if (place_id is None) == (division_id is None):
        raise UsageError("编号规则须属于一条道路（或村、小区），或属于一个行政区划", field="place_id")
    rules_from(rules, source)
    if session.get(PlaceName, place_id) is None if place_id else session.get(Division, division_id) is None:
        raise NotFound("没有这个地名或行政区划，请刷新后再试", field="place_id" if place_id else "division_id")
    column = NumberingPolicy.place_id if place_id else NumberingPolicy.division_id
    present = session.scalar(select(NumberingPolicy).where(column == (place_id or division_id)))
    if present is None:
        made = NumberingPolicy(place_id=place_id, division_id=division_id, rules=dict(rules), source=source)
        return workflow.enter(session, made, actor=actor, verb="set", payload={"rules": dict(rules)})
    workflow.change(session, present, actor=actor, verb="changed", to={"rules": dict(rules), "source": source})
    return present
