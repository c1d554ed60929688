"""What a large load may put off until its last row is in: the R*Tree of SQLite, and the indexes of a table that was all but empty.

Everything happens in the transaction of the load, on both stores: a load that fails or dies leaves the old indexes and triggers.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Index, Table, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.schema import CreateIndex, DropIndex

from gazetteer.store.events import last_seq
from gazetteer.store.models import Registered
from gazetteer.store.triggers import pause_rtree, resume_rtree

ALMOST_EMPTY = 1_000
"""Rows up to which a table's indexes are dropped and built anew rather than kept up to date row by row."""
LOCK_WAIT = "2s"
"""How long a load waits for readers to leave a table of PostgreSQL before it settles for keeping the indexes up to date."""


@contextmanager
def large_load(session: Session, model: type[Registered]) -> Iterator[None]:
    """Write tens of thousands of rows or more into a located table within this block, its indexes made at the end.

    An exception leaves them unmade: the transaction must then be rolled back, as ``Store.transaction`` does.
    """
    connection, table = session.connection(), model.__table__
    sqlite = connection.dialect.name == "sqlite"
    before = last_seq(session)
    count = connection.execute(
        text(f"SELECT count(*) FROM (SELECT 1 FROM {table.name} LIMIT {ALMOST_EMPTY + 1}) AS first_rows")
    ).scalar_one()
    put_off = _without_indexes(connection, table) if count <= ALMOST_EMPTY else []
    if sqlite:
        pause_rtree(connection, table.name)
    yield
    session.flush()
    for index in put_off:
        connection.execute(CreateIndex(index))
    if sqlite:
        resume_rtree(connection, table.name, before)


def _without_indexes(connection: Connection, table: Table) -> list[Index]:
    """Drop the indexes the model gives a table, but not those of its constraints; returns them, to be made again."""
    there = {found["name"] for found in inspect(connection).get_indexes(table.name)}
    # the index over changed_seq tells which rows are new; it grows at its end, which costs little
    put_off = sorted((one for one in table.indexes if one.name in there - {f"ix_{table.name}_changed_seq"}), key=lambda one: str(one.name))
    try:
        with connection.begin_nested():
            if connection.dialect.name == "postgresql":
                connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'"))
            for index in put_off:
                connection.execute(DropIndex(index))
            if connection.dialect.name == "postgresql":
                connection.execute(text("SET LOCAL lock_timeout TO DEFAULT"))
    except DBAPIError:
        return []  # somebody reads the table, or it belongs to another role: the rows are indexed one by one
    return put_off
