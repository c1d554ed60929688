"""Many rows into one table as fast as each store can take them: prepared tuples on SQLite, COPY on PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np
from sqlalchemy import ARRAY, BigInteger, ColumnElement, Date, FromClause, String, Table, any_, bindparam, func, select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from gazetteer.store.types import Geom, OpaqueId, UnknownId
from geoaddr.ids import ALPHABET, LENGTH, number_of

ROOM_KB = 512 * 1024
"""Most memory the page cache of a large import may take; it takes only what the import touches."""
_WORTH_IT = 64
"""From so many ids on, turning them into numbers all at once is faster than one by one."""


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
    if rows:
        insert_columns(session, table, {name: [row[name] for row in rows] for name in rows[0]})


def insert_columns(session: Session, table: FromClause, columns: Mapping[str, Sequence[Any]]) -> None:
    """Insert rows given as columns of equal length, as ``insert_rows`` does: ``{"seq": [1, 1], "subject_id": [a, b]}``."""
    count = len(next(iter(columns.values()), ()))
    if not count:
        return
    assert isinstance(table, Table)
    session.flush()
    connection = session.connection()
    fixed = _fixed_defaults(table, columns)
    names = [*columns, *fixed]
    prepared = [_prepared(connection, table, name, values) for name, values in columns.items()]
    prepared += [list(_prepared(connection, table, name, [value])) * count for name, value in fixed.items()]
    listed = ", ".join(connection.dialect.identifier_preparer.quote(name) for name in names)
    if connection.dialect.name == "postgresql":
        _copy(connection, f"COPY {table.name} ({listed}) FROM STDIN", zip(*prepared, strict=True))
        return
    marks = ", ".join("?" * len(names))
    connection.exec_driver_sql(f"INSERT INTO {table.name} ({listed}) VALUES ({marks})", list(zip(*prepared, strict=True)))


def among(session: Session, column: ColumnElement[Any], values: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition that a column of texts or ids has one of many values, sent as one parameter instead of thousands."""
    ids = isinstance(column.type, OpaqueId)
    sent: Sequence[Any] = id_numbers(values) if ids else values
    if session.get_bind().dialect.name == "postgresql":
        return column == any_(bindparam(None, sent, type_=ARRAY(BigInteger() if ids else String()), unique=True))
    listed = func.json_each(bindparam(None, json.dumps(sent), type_=String(), unique=True)).table_valued("value")
    return column.in_(select(listed.c.value))


def id_numbers(ids: Sequence[str | None]) -> list[int | None]:
    """Return the integers the store keeps for many ids, made all at once; None stays None. Raises UnknownId for text that is no id."""
    present = [one for one in ids if one is not None]
    numbers: list[int | None] = list(_numbers(present))
    if len(present) == len(ids):
        return numbers
    following = iter(numbers)
    return [None if one is None else next(following) for one in ids]


def _numbers(ids: Sequence[str]) -> list[int]:
    joined = "".join(ids)
    if len(ids) >= _WORTH_IT and joined.isascii() and all(len(one) == LENGTH for one in ids):
        digits = _digit_of_byte()[np.frombuffer(joined.encode("ascii"), dtype=np.uint8)].reshape(-1, LENGTH)
        if int(digits.max()) < len(ALPHABET) and int(digits[:, 0].max()) < 8:
            numbers = digits[:, 0].astype(np.int64)
            for place in range(1, LENGTH):
                numbers = numbers << 5 | digits[:, place]
            found: list[int] = numbers.tolist()
            return found
    return [_number(one) for one in ids]


def _number(id_: str) -> int:
    number = number_of(id_)
    if number is None:
        raise UnknownId(f"没有编号为 {id_[:40]} 的记录")
    return number


@cache
def _digit_of_byte() -> np.ndarray[Any, np.dtype[np.int64]]:
    table = np.full(256, 255, dtype=np.int64)
    for value, letter in enumerate(ALPHABET):
        table[ord(letter)] = value
    return table


def _prepared(connection: Connection, table: Table, name: str, values: Sequence[Any]) -> Sequence[Any]:
    """Return a column's values as the driver takes them: geometries and ids all at once."""
    kind = table.columns[name].type
    processor = kind.dialect_impl(connection.dialect).bind_processor(connection.dialect)
    if processor is None:
        return values
    if isinstance(kind, Geom):
        return kind.bind_many(values, connection.dialect)
    if isinstance(kind, OpaqueId):
        return id_numbers(values)
    if isinstance(kind, Date):
        known = {value: processor(value) for value in set(values)}
        return [known[value] for value in values]
    return [processor(value) for value in values]


def _fixed_defaults(table: Table, given: Iterable[str]) -> dict[str, Any]:
    """Return the defaults of columns the rows do not have; a default that is computed for each row must be in the rows."""
    found: dict[str, Any] = {}
    there = set(given)
    for column in table.columns:
        if column.name in there or column.default is None:
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
