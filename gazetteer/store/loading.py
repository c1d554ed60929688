"""What a large load may put off until its last row is in: the R*Tree of SQLite, and the indexes of a table that was all but empty.

Everything happens in the transaction of the load, on both stores: a load that fails or dies leaves the old indexes and triggers.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from gazetteer.store.events import last_seq
from gazetteer.store.triggers import pause_rtree, resume_rtree

ALMOST_EMPTY = 1_000
"""Rows up to which a table's indexes are dropped and built anew rather than kept up to date row by row."""
LOCK_WAIT = "2s"
"""How long a load waits for readers to leave a table of PostgreSQL before it settles for keeping the indexes up to date."""


@contextmanager
def large_load(session: Session, table: str) -> Iterator[None]:
    """Write tens of thousands of rows or more into a located table within this block, its indexes made at the end.

    An exception leaves them unmade: the transaction must then be rolled back, as ``Store.transaction`` does.
    """
    connection = session.connection()
    sqlite = connection.dialect.name == "sqlite"
    before = last_seq(session)
    count = connection.execute(text(f"SELECT count(*) FROM (SELECT 1 FROM {table} LIMIT {ALMOST_EMPTY + 1}) AS first_rows")).scalar_one()
    put_off = _without_indexes(connection, table) if count <= ALMOST_EMPTY else []
    if sqlite:
        pause_rtree(connection, table)
    yield
    session.flush()
    for statement in put_off:
        connection.exec_driver_sql(statement)
    if sqlite:
        resume_rtree(connection, table, before)


def _without_indexes(connection: Connection, table: str) -> list[str]:
    """Drop the indexes of a table but those of its constraints; returns the statements that make them again."""
    if connection.dialect.name == "sqlite":
        asked = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = :table AND sql IS NOT NULL ORDER BY name"
    else:
        asked = (
            "SELECT c.relname, pg_get_indexdef(c.oid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
            "WHERE i.indrelid = to_regclass(:table) AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = c.oid "
            "AND k.contype IN ('p', 'u', 'x')) ORDER BY 1"
        )
    found = [(row[0], row[1]) for row in connection.execute(text(asked), {"table": table})]
    # the index over changed_seq tells which rows are new; it grows at its end, which costs little
    found = [(name, statement) for name, statement in found if not name.endswith("_changed_seq")]
    try:
        with connection.begin_nested():
            if connection.dialect.name == "postgresql":
                connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'"))
            for name, _ in found:
                connection.execute(text(f"DROP INDEX {name}"))
            if connection.dialect.name == "postgresql":
                connection.execute(text("SET LOCAL lock_timeout TO DEFAULT"))
    except DBAPIError:
        return []  # somebody reads the table, or it belongs to another role: the rows are indexed one by one
    return [statement for _, statement in found]
