"""How a plan shares out the addresses of a place: which part of a split each goes to, and which numbers a merger would have twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from gazetteer.names.cascade import addresses_of
from gazetteer.names.number_ranges import parse_ranges, part_of
from geoaddr.errors import Conflict, said

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Shares:
    """The addresses of a place by what its split does with them: ``going`` to each part in turn, and ``staying`` with the old name."""

    going: tuple[tuple[Any, ...], ...]
    staying: tuple[Any, ...]


def share_out(session: Session, place_id: str, parts: Sequence[Mapping[str, Any]]) -> Shares:
    """Return which addresses each part of a plan (``{"name", "numbers"}``) gets: 1-99 and 100- of a road -> its two halves.

    What no part, or more than one, would have, and doors of other roads that only name the place, stay.
    """
    plans = [parse_ranges(part["numbers"]) for part in parts]
    going: list[list[Any]] = [[] for _ in plans]
    staying: list[Any] = []
    for one in addresses_of(session, place_id):
        part = part_of(one.number, plans) if one.place_id == place_id else None
        (staying if part is None else going[part]).append(one)
    return Shares(tuple(map(tuple, going)), tuple(staying))


def require_shared_out(shares: Shares, *, keeps: bool) -> None:
    """Raise ``Conflict``, naming the first five, where addresses would stay with a name that ends: those a person must place first."""
    if shares.staying and not keeps:
        listed = "、".join(one.label for one in shares.staying[:SHOWN])
        told = said(
            "拆分后有 %(n)s 个地址不知归哪一处（%(shown)s），请把门牌号范围写全，或让原名保留其余部分", n=len(shares.staying), shown=listed
        )
        raise Conflict(told, field="parts")
