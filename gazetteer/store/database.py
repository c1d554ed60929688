"""The one door to the register's database: an engine per store, transactions that write, sessions that read."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError
from sqlalchemy.exc import OperationalError as OperationalError  # re-exported: a database that cannot be reached, or is locked
from sqlalchemy.orm import Session as Session  # re-exported: the type by which other packages name an open transaction
from sqlalchemy.orm.exc import StaleDataError

from geoaddr.errors import Conflict, UsageError, said

BUSY_TIMEOUT_MS = 30_000
_NEWEST = "SELECT seq FROM event_head"


class Store:
    """A register's database, opened by URL; hold one per process and share it between threads.

    ``transaction()`` writes: it commits at the end of the block or rolls everything back. On SQLite it takes the write
    lock at its start (``BEGIN IMMEDIATE``), so that two writers queue instead of failing half way. ``reading()`` sees
    one consistent state and never writes.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _engine(url)
        self.writing = self.engine.execution_options(geoaddr_writes=True)
        self._pulses = threading.local()
        self._opened: list[Any] = []

    @property
    def dialect(self) -> str:
        """Return ``sqlite`` or ``postgresql``."""
        return self.engine.dialect.name

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Yield a session whose changes are committed together, or not at all."""
        with Session(self.writing, expire_on_commit=False) as session:
            try:
                yield session
                session.commit()
            except StaleDataError as error:
                session.rollback()
                raise Conflict(said("这条记录刚被别人修改过，请刷新后再改")) from error
            except IntegrityError as error:
                session.rollback()
                raise Conflict(f"与登记册中已有的记录冲突：{_constraint_of(error)}") from error
            except BaseException:
                session.rollback()
                raise

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Yield a session for reading; anything written in it is refused."""
        with Session(self.engine, expire_on_commit=False, autoflush=False) as session:
            event.listen(session, "before_flush", _refuse_writes)
            yield session  # closing ends the transaction and leaves what was read readable

    def newest(self) -> int:
        """Return the number of the newest event (0 before the first) by the shortest way: every look-up asks this first.

        Each thread keeps a connection of its own for it, outside the pool and without transactions.
        """
        try:
            cursor = self._pulse().execute(_NEWEST)
            row = cursor.fetchone()
            cursor.close()
        except self.engine.dialect.loaded_dbapi.Error:  # asked again in the ordinary way, which connects anew or says what is wrong
            if (broken := self._pulses.__dict__.pop("connection", None)) in self._opened:
                self._opened.remove(broken)
            with self.engine.connect() as checked:
                row = checked.exec_driver_sql(_NEWEST).one_or_none()
        return row[0] if row else 0

    def _pulse(self) -> Any:
        connection = getattr(self._pulses, "connection", None)
        if connection is None:
            pooled = self.engine.raw_connection()
            connection = self._pulses.connection = cast(Any, pooled.dbapi_connection)
            pooled.detach()
            if self.dialect == "postgresql":  # SQLite's connections never begin a transaction by themselves
                connection.autocommit = True
            self._opened.append(connection)
        return connection

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()
        self._pulses = threading.local()
        while self._opened:
            self._opened.pop().close()


def _refuse_writes(session: Session, *_args: Any) -> None:
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("a reading session was asked to write; use Store.transaction()")


def _constraint_of(error: IntegrityError) -> str:
    return str(error.orig).splitlines()[0][:200]


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise UsageError(
            "DATABASE_URL 不是有效的数据库地址，应形如 sqlite:///文件 或 postgresql+psycopg://…", field="database_url"
        ) from error
    if parsed.get_backend_name() == "sqlite":
        return _sqlite_engine(url, parsed.database)
    if parsed.drivername != "postgresql+psycopg":
        raise UsageError("DATABASE_URL 必须以 sqlite:/// 或 postgresql+psycopg:// 开头", field="database_url")
    try:
        return create_engine(url, pool_pre_ping=True, pool_size=10, hide_parameters=True)
    except ModuleNotFoundError as error:
        raise UsageError("使用 PostgreSQL 需要安装 geoaddr[server]", field="database_url") from error


def _sqlite_engine(url: str, database: str | None) -> Engine:
    if database and database != ":memory:":
        Path(database).parent.mkdir(parents=True, exist_ok=True)
    waiting = {"check_same_thread": False, "timeout": BUSY_TIMEOUT_MS / 1000}
    engine = create_engine(url, connect_args=waiting, hide_parameters=True)  # errors never show values: they may be persons' data

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # transactions are begun below, not by the driver
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "foreign_keys=ON",
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "cache_size=-65536",
            "temp_store=MEMORY",
            "threads=2",  # sort the rows of a new index on two cores
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        writes = connection.get_execution_options().get("geoaddr_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def reachable(store: Store) -> bool:
    """Say whether the database answers at all."""
    try:
        with store.engine.connect() as connection:
            connection.exec_driver_sql("SELECT 1")
    except (OperationalError, DBAPIError):
        return False
    return True
