"""Triggers the models cannot express: the append-only tables, division periods that never overlap, and the R*Trees of SQLite.

SQLite drops a table's triggers whenever Alembic rebuilds it, so the migration environment installs them again after
every upgrade; all statements here can be run repeatedly.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

APPEND_ONLY = ("event", "event_subject", "place_code")
RTREE_TABLES = ("division", "place_name", "standard_address")
_BOX = "NEW.min_lon, NEW.max_lon, NEW.min_lat, NEW.max_lat"


def install_triggers(connection: Connection) -> None:
    """Create every trigger anew, on either store."""
    statements = _sqlite_statements() if connection.dialect.name == "sqlite" else _postgresql_statements()
    for statement in statements:
        connection.execute(text(statement))


def drop_triggers(connection: Connection) -> None:
    """Remove every trigger and, on SQLite, the R*Trees, so that tables can be dropped."""
    if connection.dialect.name == "sqlite":
        names = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
        for name in names:
            connection.execute(text(f"DROP TRIGGER {name}"))
        for name in RTREE_TABLES:
            connection.execute(text(f"DROP TABLE IF EXISTS {name}_rtree"))
        return
    for name in APPEND_ONLY:
        connection.execute(text(f"DROP TRIGGER IF EXISTS {name}_append_only ON {name}"))
        connection.execute(text(f"DROP TRIGGER IF EXISTS {name}_keeps_rows ON {name}"))
    connection.execute(text("DROP TRIGGER IF EXISTS division_periods ON division"))
    connection.execute(text("DROP FUNCTION IF EXISTS geoaddr_refuse_change()"))
    connection.execute(text("DROP FUNCTION IF EXISTS geoaddr_division_periods()"))


def missing_triggers(connection: Connection) -> list[str]:
    """Return the names of triggers that should exist and do not."""
    if connection.dialect.name == "sqlite":
        wanted = {f"{name}_no_{verb}" for name in APPEND_ONLY for verb in ("update", "delete")}
        wanted |= {f"{name}_rtree_{verb}" for name in RTREE_TABLES for verb in ("insert", "update", "delete")}
        wanted |= {"division_periods_insert", "division_periods_update"}
        there = set(connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars())
    else:
        wanted = {f"{name}_append_only" for name in APPEND_ONLY} | {f"{name}_keeps_rows" for name in APPEND_ONLY} | {"division_periods"}
        there = set(connection.execute(text("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")).scalars())
    return sorted(wanted - there)


def pause_rtree(connection: Connection, table: str) -> None:
    """Stop the R*Tree of a table from following its inserts (SQLite); ``resume_rtree`` must come in the same transaction."""
    connection.execute(text(f"DROP TRIGGER {table}_rtree_insert"))


def resume_rtree(connection: Connection, table: str, after_seq: int) -> None:
    """Take the rows entered by events after ``after_seq`` into the R*Tree all at once, and let it follow inserts again."""
    connection.execute(
        text(
            f"INSERT INTO {table}_rtree SELECT id, min_lon, max_lon, min_lat, max_lat FROM {table} "
            "WHERE changed_seq > :seq AND created_seq > :seq AND min_lon IS NOT NULL "
            f"AND NOT EXISTS (SELECT 1 FROM {table}_rtree_rowid r WHERE r.rowid = {table}.id)"
        ),
        {"seq": after_seq},
    )
    for statement in _rtree_statements(table):
        connection.execute(text(statement))


def _sqlite_statements() -> list[str]:
    statements = []
    for name in APPEND_ONLY:
        for verb in ("update", "delete"):
            statements += [
                f"DROP TRIGGER IF EXISTS {name}_no_{verb}",
                f"CREATE TRIGGER {name}_no_{verb} BEFORE {verb} ON {name} BEGIN SELECT RAISE(ABORT, '{name} is append-only'); END",
            ]
    for verb in ("insert", "update"):
        statements += [
            f"DROP TRIGGER IF EXISTS division_periods_{verb}",
            f"""CREATE TRIGGER division_periods_{verb} BEFORE {verb} ON division
            WHEN EXISTS (SELECT 1 FROM division d WHERE d.code = NEW.code AND d.id <> NEW.id
                AND (d.valid_to IS NULL OR d.valid_to > NEW.valid_from) AND (NEW.valid_to IS NULL OR NEW.valid_to > d.valid_from))
            BEGIN SELECT RAISE(ABORT, 'a division code may mean one unit at a time'); END""",
        ]
    for name in RTREE_TABLES:
        statements += _rtree_statements(name)
    return statements


def _rtree_statements(name: str) -> list[str]:
    return [
        f"CREATE VIRTUAL TABLE IF NOT EXISTS {name}_rtree USING rtree(id, min_lon, max_lon, min_lat, max_lat)",
        f"DROP TRIGGER IF EXISTS {name}_rtree_insert",
        f"""CREATE TRIGGER {name}_rtree_insert AFTER INSERT ON {name} WHEN NEW.min_lon IS NOT NULL
        BEGIN INSERT INTO {name}_rtree VALUES (NEW.id, {_BOX}); END""",
        f"DROP TRIGGER IF EXISTS {name}_rtree_update",
        f"""CREATE TRIGGER {name}_rtree_update AFTER UPDATE OF min_lon, max_lon, min_lat, max_lat ON {name}
        BEGIN DELETE FROM {name}_rtree WHERE id = OLD.id;
        INSERT INTO {name}_rtree SELECT NEW.id, {_BOX} WHERE NEW.min_lon IS NOT NULL; END""",
        f"DROP TRIGGER IF EXISTS {name}_rtree_delete",
        f"CREATE TRIGGER {name}_rtree_delete AFTER DELETE ON {name} BEGIN DELETE FROM {name}_rtree WHERE id = OLD.id; END",
    ]


def _postgresql_statements() -> list[str]:
    statements = [
        """CREATE OR REPLACE FUNCTION geoaddr_refuse_change() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$""",
        """CREATE OR REPLACE FUNCTION geoaddr_division_periods() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN
            PERFORM pg_advisory_xact_lock(hashtext(NEW.code));
            IF EXISTS (SELECT 1 FROM division d WHERE d.code = NEW.code AND d.id <> NEW.id
                AND (d.valid_to IS NULL OR d.valid_to > NEW.valid_from) AND (NEW.valid_to IS NULL OR NEW.valid_to > d.valid_from))
            THEN RAISE EXCEPTION 'a division code may mean one unit at a time' USING ERRCODE = 'exclusion_violation'; END IF;
            RETURN NEW;
        END $$""",
        "DROP TRIGGER IF EXISTS division_periods ON division",
        "CREATE TRIGGER division_periods BEFORE INSERT OR UPDATE ON division FOR EACH ROW EXECUTE FUNCTION geoaddr_division_periods()",
    ]
    for name in APPEND_ONLY:
        statements += [
            f"DROP TRIGGER IF EXISTS {name}_append_only ON {name}",
            f"CREATE TRIGGER {name}_append_only BEFORE UPDATE OR DELETE ON {name} FOR EACH ROW EXECUTE FUNCTION geoaddr_refuse_change()",
            f"DROP TRIGGER IF EXISTS {name}_keeps_rows ON {name}",
            f"CREATE TRIGGER {name}_keeps_rows BEFORE TRUNCATE ON {name} FOR EACH STATEMENT EXECUTE FUNCTION geoaddr_refuse_change()",
        ]
    return statements
