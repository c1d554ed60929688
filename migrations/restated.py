"""Stating a constraint anew on a table that holds rows, on either store.

SQLite cannot alter a constraint, and rebuilding a table that others refer to needs foreign keys switched off, which no transaction can
do; its manual names this way for changes that leave what is stored as it is (https://www.sqlite.org/lang_altertable.html, section 7).
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


def restate_check(table: str, name: str, before: str, after: str) -> None:
    """Replace the condition of a named check of a table."""
    if op.get_bind().dialect.name == "sqlite":
        _rewrite(table, f"CONSTRAINT {name} CHECK ({before})", f"CONSTRAINT {name} CHECK ({after})")
        return
    op.drop_constraint(op.f(name), table, type_="check")
    op.create_check_constraint(op.f(name), table, sa.text(after))


def drop_reference(table: str, stated: str) -> None:
    """Take a column's foreign key away, so that the column can be dropped; PostgreSQL drops both together."""
    if op.get_bind().dialect.name == "sqlite":
        _rewrite(table, stated, "")


def _rewrite(table: str, old: str, new: str) -> None:
    connection = op.get_bind()
    of_table = {"table": table}
    stated = connection.execute(sa.text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :table"), of_table).scalar_one()
    if old not in stated:
        raise LookupError(f"{table} does not say {old}")
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    rewritten = {"sql": stated.replace(old, new), **of_table}
    connection.execute(sa.text("UPDATE sqlite_master SET sql = :sql WHERE type = 'table' AND name = :table"), rewritten)
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = RESET")
