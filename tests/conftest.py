"""Databases made by migrating, on both stores, and the people who act in tests."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from gazetteer.store.database import Store
from gazetteer.store.events import Actor
from gazetteer.store.models import User
from gazetteer.store.schema import upgrade
from gazetteer.workflow import enter

pytest_plugins = ("web_fixtures", "procedure_rows", "alias_rows", "import_office", "served_district")
POSTGRES = os.environ.get("GEOADDR_TEST_POSTGRES", "")


def pytest_configure(config: pytest.Config) -> None:
    if not POSTGRES and os.environ.get("GEOADDR_TEST_REQUIRE_ALL"):
        raise pytest.UsageError("GEOADDR_TEST_POSTGRES must name a PostgreSQL server with PostGIS when all tests are required")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Where all tests are required, a skipped one is a failure."""
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped and os.environ.get("GEOADDR_TEST_REQUIRE_ALL"):
        terminalreporter.write_line(f"{len(skipped)} tests were skipped although all are required", red=True)
        raise pytest.exit.Exception("tests were skipped although all are required", returncode=1)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "register.sqlite"
    made = Store(f"sqlite:///{path}")
    upgrade(made)
    with made.engine.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    made.close()
    return path


@pytest.fixture(scope="session")
def postgres_template() -> Iterator[str]:
    if not POSTGRES:
        pytest.skip("no PostgreSQL server named by GEOADDR_TEST_POSTGRES")
    name = f"geoaddr_t_{uuid.uuid4().hex[:10]}"
    server = create_engine(POSTGRES, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0 LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'"))
    made = Store(_database_url(name))
    upgrade(made)
    made.close()
    yield name
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgis", marks=pytest.mark.postgis)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A freshly migrated, empty register, once on SQLite and once on PostgreSQL + PostGIS."""
    yield from _fresh_store(request, tmp_path, request.param)


@pytest.fixture
def sqlite_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A freshly migrated, empty register on SQLite, for what does not depend on the store."""
    yield from _fresh_store(request, tmp_path, "sqlite")


def _fresh_store(request: pytest.FixtureRequest, tmp_path: Path, kind: str) -> Iterator[Store]:
    if kind == "sqlite":
        path = tmp_path / "register.sqlite"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        made = Store(f"sqlite:///{path}")
        yield made
        made.close()
        return
    template = request.getfixturevalue("postgres_template")
    name = f"{template}_{uuid.uuid4().hex[:8]}"
    server = create_engine(POSTGRES, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    made = Store(_database_url(name))
    yield made
    made.close()
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


def _database_url(name: str) -> str:
    return make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)


def _person(store: Store, role: str) -> Actor:
    with store.transaction() as session:
        user = User(
            username=f"test-{role}", display_name="样本用户", password_hash="!", role=role, active=True, session_key=uuid.uuid4().hex
        )
        enter(session, user, actor=Actor("system", "tests"), verb="created")
        return Actor("user", user.username, role, user.id)


@pytest.fixture
def officer(store: Store) -> Actor:
    return _person(store, "officer")


@pytest.fixture
def approver(store: Store) -> Actor:
    return _person(store, "approver")


@pytest.fixture
def installer(store: Store) -> Actor:
    return _person(store, "installer")


@pytest.fixture
def administrator(store: Store) -> Actor:
    return _person(store, "administrator")
