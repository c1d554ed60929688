"""Stating a check anew on a table that holds rows, on either store."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


def restate_check(table: str, name: str, before: str, after: str) -> None:
    """Replace the condition of a named check of a table.

    SQLite cannot alter a check, and rebuilding a table that others refer to needs foreign keys switched off, which no transaction can do;
    its manual names this way for changes that leave what is stored as it is (https://www.sqlite.org/lang_altertable.html, section 7).
    """
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        op.drop_constraint(op.f(name), table, type_="check")
        op.create_check_constraint(op.f(name), table, sa.text(after))
        return
    stated = connection.execute(
        sa.text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :table"), {"table": table}
    ).scalar_one()
    old = f"CONSTRAINT {name} CHECK ({before})"
    if old not in stated:
        raise LookupError(f"{table} has no such check: {old}")
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    connection.execute(
        sa.text("UPDATE sqlite_master SET sql = :sql WHERE type = 'table' AND name = :table"),
        {"sql": stated.replace(old, f"CONSTRAINT {name} CHECK ({after})"), "table": table},
    )
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = RESET")
