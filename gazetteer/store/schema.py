"""Bringing a database to the schema this version needs, and saying whether it is there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from gazetteer.store.database import Store
from geoaddr.errors import UsageError


def upgrade(store: Store, revision: str = "head") -> str:
    """Run the migrations up to ``revision`` in one transaction and return the revision reached."""
    from alembic import command

    with store.writing.begin() as connection:
        _require_postgis(connection)
        command.upgrade(_config(connection), revision)
    return current_revision(store) or ""


def downgrade(store: Store, revision: str) -> str:
    """Run the migrations back to ``revision`` (``base`` for an empty database) and return the revision reached."""
    from alembic import command

    with store.writing.begin() as connection:
        command.downgrade(_config(connection), revision)
    return current_revision(store) or ""


def current_revision(store: Store) -> str | None:
    """Return the revision the database is at, or None before the first migration."""
    from alembic.runtime.migration import MigrationContext

    with store.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head_revision() -> str:
    """Return the newest revision this version knows."""
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(_config(None)).get_current_head() or ""


def require_current(store: Store) -> None:
    """Raise ``UsageError`` where the database is not at the newest revision."""
    if current_revision(store) != head_revision():
        raise UsageError("数据库结构不是本版本所需的，请先运行 geoaddr db upgrade")


def model_differences(store: Store) -> list[Any]:
    """Return what differs between the migrated database and the models; empty where migrations are complete."""
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    from gazetteer.store.models import Table
    from gazetteer.store.types import Geom

    with store.engine.connect() as connection:
        on_postgis = store.dialect == "postgresql"
        if on_postgis:
            connection.dialect.ischema_names["geometry"] = Geom  # type: ignore[attr-defined]

        def compared(thing: Any, name: str | None, kind: str, reflected: bool, other: Any) -> bool:
            other_store = kind == "index" and not on_postgis and (name or "").endswith("_geom")
            return registered(name, kind) and not other_store

        options = {"include_object": compared, "compare_type": False}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), Table.metadata))


def registered(name: str | None, kind: str) -> bool:
    """Say whether a database object belongs to the register: R*Tree shadow tables and PostGIS's own do not."""
    return not (kind == "table" and ("_rtree" in (name or "") or name in ("spatial_ref_sys", "alembic_version")))


def _config(connection: Connection | None) -> Any:
    from alembic.config import Config

    import migrations

    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _require_postgis(connection: Connection) -> None:
    if connection.dialect.name != "postgresql":
        return
    installed = connection.exec_driver_sql("SELECT count(*) FROM pg_extension WHERE extname = 'postgis'").scalar()
    if not installed:
        available = connection.exec_driver_sql("SELECT count(*) FROM pg_available_extensions WHERE name = 'postgis'").scalar()
        if not available:
            raise UsageError("这台 PostgreSQL 没有安装 PostGIS，请先安装 postgis 扩展")
        connection.exec_driver_sql("CREATE EXTENSION postgis")
