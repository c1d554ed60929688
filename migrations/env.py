"""Alembic's environment: runs a migration on the connection it is given, then installs the triggers again."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from gazetteer.store.models import Table
from gazetteer.store.schema import registered
from gazetteer.store.triggers import install_triggers
from gazetteer.store.types import Geom


def run(connection: Connection) -> None:
    """Run the migrations asked for on this connection."""
    if connection.dialect.name == "postgresql":
        connection.dialect.ischema_names["geometry"] = Geom  # type: ignore[attr-defined]
    context.configure(
        connection=connection,
        target_metadata=Table.metadata,
        include_name=lambda name, kind, _parents: registered(name, kind),
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=False,
    )
    with context.begin_transaction():
        context.run_migrations()
        if context.get_context().get_current_revision() is not None and "division" in connection.dialect.get_table_names(connection):
            install_triggers(connection)


run(context.config.attributes["connection"])
