"""Migrations are the only way tables come to be, on both stores, forwards and backwards."""

from __future__ import annotations

from sqlalchemy import inspect

from gazetteer.store.database import Store
from gazetteer.store.models import Table
from gazetteer.store.schema import current_revision, downgrade, head_revision, model_differences, registered, upgrade
from gazetteer.store.triggers import install_triggers, missing_triggers


def _tables(store: Store) -> set[str]:
    with store.engine.connect() as connection:
        return {name for name in inspect(connection).get_table_names() if registered(name, "table")}


def test_the_migrated_database_is_what_the_models_say(store: Store) -> None:
    assert current_revision(store) == head_revision()
    assert model_differences(store) == []
    assert _tables(store) == set(Table.metadata.tables)


def test_upgrade_downgrade_upgrade_is_clean(store: Store) -> None:
    downgrade(store, "base")
    assert _tables(store) == set()
    upgrade(store)
    assert model_differences(store) == []
    with store.engine.connect() as connection:
        assert missing_triggers(connection) == []


def test_every_revision_can_be_stepped_through_both_ways(store: Store) -> None:
    for revision in ("0007", "0006", "0005", "0004", "0003", "0002", "0001"):
        downgrade(store, revision)
        assert current_revision(store) == revision
    for revision in ("0002", "0003", "0004", "0005", "0006", "0007", "0008"):
        upgrade(store, revision)
        assert current_revision(store) == revision
    with store.engine.connect() as connection:
        assert missing_triggers(connection) == []


def test_a_check_restated_by_a_migration_holds_in_both_directions(store: Store) -> None:
    def kinds() -> str:
        with store.engine.connect() as connection:
            checks = inspect(connection).get_check_constraints("naming_procedure")
        return next(one["sqltext"] for one in checks if one["name"] == "ck_naming_procedure_kind_known")

    assert "'delist'" in kinds()
    downgrade(store, "0005")
    assert "'protect'" in kinds()
    assert "'delist'" not in kinds()
    upgrade(store)
    assert "'delist'" in kinds()


def test_installing_triggers_twice_changes_nothing(store: Store) -> None:
    with store.writing.begin() as connection:
        install_triggers(connection)
        install_triggers(connection)
        assert missing_triggers(connection) == []
