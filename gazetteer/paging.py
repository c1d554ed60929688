"""Lists that say the truth about their length: one page of rows, the total they are part of, and where to go on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

RowT = TypeVar("RowT")
LARGEST_PAGE = 500


@dataclass(frozen=True, slots=True)
class Page(Generic[RowT]):
    """``rows`` in order, the ``total`` that fit the filters, and ``next_after``: the id to continue after, or None at the end."""

    rows: tuple[RowT, ...]
    total: int
    next_after: str | None


def keyset(session: Session, statement: Select[Any], key: Any, *, after: str | None, limit: int, newest_first: bool = False) -> Page[Any]:
    """Return one page of a filtered ORM select of whole rows, ordered by an id column; never skips or repeats a row.

    ``statement`` carries the filters and no order; ``key`` is the id column of the rows.
    """
    total = session.scalar(select(func.count()).select_from(statement.order_by(None).subquery())) or 0
    size = max(1, min(limit, LARGEST_PAGE))
    ordered = statement.order_by(key.desc() if newest_first else key)
    if after:
        ordered = ordered.where(key < after if newest_first else key > after)
    rows = list(session.scalars(ordered.limit(size + 1)))
    more = len(rows) > size
    return Page(tuple(rows[:size]), total, rows[size - 1].id if more else None)
