"""Many rows into one table as fast as each store can take them: prepared tuples on SQLite, COPY on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import FromClause, Table
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from gazetteer.store.types import Geom, OpaqueId

ROOM_KB = 512 * 1024
"""Most memory the page cache of a large import may take; it takes only what the import touches."""


@contextmanager
def roomy(session: Session) -> Iterator[None]:
    """Let a transaction that writes hundreds of thousands of rows keep its pages in memory until it commits (SQLite only).

    With the everyday cache the indexes of a large import spill to disk and are read back again and again: twice the time.
    """
    if session.get_bind().dialect.name != "sqlite":
        yield
        return
    connection = session.connection()
    before = connection.exec_driver_sql("PRAGMA cache_size").scalar()
    connection.exec_driver_sql(f"PRAGMA cache_size = -{ROOM_KB}")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA cache_size = {before}")


def insert_rows(session: Session, table: FromClause, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert column dictionaries that all have the same keys, in the session's transaction.

    Values go through the column types exactly as an ordinary INSERT would send them, and fixed defaults of the model are filled in. Raises
    SQLAlchemy's IntegrityError and DataError.
    """
    if not rows:
        return
    assert isinstance(table, Table)
    session.flush()
    connection = session.connection()
    fixed = _fixed_defaults(table, rows[0])
    names = [*rows[0], *fixed]
    columns = [_prepared(connection, table, name, [row[name] for row in rows]) for name in rows[0]]
    columns += [_prepared(connection, table, name, [value]) * len(rows) for name, value in fixed.items()]
    listed = ", ".join(connection.dialect.identifier_preparer.quote(name) for name in names)
    if connection.dialect.name == "postgresql":
        _copy(connection, f"COPY {table.name} ({listed}) FROM STDIN", zip(*columns, strict=True))
        return
    marks = ", ".join("?" * len(names))
    connection.exec_driver_sql(f"INSERT INTO {table.name} ({listed}) VALUES ({marks})", list(zip(*columns, strict=True)))


def _prepared(connection: Connection, table: Table, name: str, values: list[Any]) -> list[Any]:
    """Return a column's values as the driver takes them: geometries all at once, ids each different one once."""
    kind = table.columns[name].type
    processor = kind.dialect_impl(connection.dialect).bind_processor(connection.dialect)
    if processor is None:
        return values
    if isinstance(kind, Geom):
        return kind.bind_many(values, connection.dialect)
    if isinstance(kind, OpaqueId):
        known = {value: processor(value) for value in set(values)}
        return [known[value] for value in values]
    return [processor(value) for value in values]


def _fixed_defaults(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the defaults of columns the rows do not have; a default that is computed for each row must be in the rows."""
    found: dict[str, Any] = {}
    for column in table.columns:
        if column.name in row or column.default is None:
            continue
        if not column.default.is_scalar:
            raise ValueError(f"{table.name}: every row needs its {column.name}")
        found[column.name] = column.default.arg  # type: ignore[attr-defined]
    return found


def _copy(connection: Connection, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
    import psycopg

    cursor = connection.connection.cursor()
    try:
        with cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except psycopg.IntegrityError as error:
        raise IntegrityError(statement, None, error) from error
    except psycopg.DataError as error:
        raise DataError(statement, None, error) from error
    finally:
        cursor.close()
