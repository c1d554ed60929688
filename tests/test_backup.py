"""Backup and restore are one command each, on both stores, while others write; checks find what is wrong."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from register_rows import add_address, add_district, add_road
from sqlalchemy import create_engine, make_url, text

from gazetteer.keys import data_key, secret_key
from gazetteer.store.backup import backup, restore
from gazetteer.store.checks import check_register, repair_spatial_index
from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM, last_seq, record
from gazetteer.store.models import StandardAddress
from geoaddr.errors import Conflict, UsageError
from geoaddr.settings import Settings


@pytest.fixture
def filled(store: Store) -> Store:
    with store.transaction() as session:
        road = add_road(session, add_district(session)["town"])
        for number in range(1, 40, 2):
            add_address(session, road, str(number))
    return store


@pytest.fixture
def elsewhere(store: Store, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty place to restore to, of the same kind as the store."""
    if store.dialect == "sqlite":
        yield f"sqlite:///{tmp_path}/restored/register.sqlite"
        return
    name = f"geoaddr_r_{uuid.uuid4().hex[:10]}"
    server = create_engine(make_url(store.url).set(database="postgres"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'"))
    yield make_url(store.url).set(database=name).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


def test_a_backup_taken_while_others_write_restores_whole(filled: Store, elsewhere: str, tmp_path: Path) -> None:
    settings = Settings(database_url=filled.url, media_dir=tmp_path / "media")
    key = secret_key(settings)
    (settings.media_dir / "photos").mkdir()
    (settings.media_dir / "photos" / "a.jpg").write_bytes(b"\xff\xd8 not a person")
    stop = threading.Event()

    def keep_writing() -> None:
        while not stop.is_set():
            with filled.transaction() as session:
                record(session, actor=SYSTEM, action="test.tick", subject_kind="test", subject_id=None, payload={})

    writer = threading.Thread(target=keep_writing)
    writer.start()
    try:
        manifest = backup(filled, settings, tmp_path / "copy.tar.gz")
    finally:
        stop.set()
        writer.join()
    target = Settings(database_url=elsewhere, media_dir=tmp_path / "restored" / "media")
    restore(target, tmp_path / "copy.tar.gz")
    restored = Store(elsewhere)
    assert check_register(restored) == []
    with restored.reading() as session:
        assert last_seq(session) >= manifest["seq_at_least"]
        assert session.query(StandardAddress).count() == 20
    restored.close()
    assert (target.media_dir / "photos" / "a.jpg").read_bytes().startswith(b"\xff\xd8")
    assert secret_key(target) == key


def test_restoring_over_a_register_needs_to_be_said(filled: Store, tmp_path: Path) -> None:
    settings = Settings(database_url=filled.url, media_dir=tmp_path / "media")
    backup(filled, settings, tmp_path / "copy.tar.gz")
    with pytest.raises(Conflict, match="--replace"):
        restore(settings, tmp_path / "copy.tar.gz")
    with filled.transaction() as session:
        record(session, actor=SYSTEM, action="test.later", subject_kind="test", subject_id=None, payload={})
    filled.close()
    restore(settings, tmp_path / "copy.tar.gz", replace=True)
    with filled.reading() as session:
        assert not session.execute(text("SELECT 1 FROM event WHERE action = 'test.later'")).first()


def test_keys_can_be_left_out_of_a_backup(filled: Store, elsewhere: str, tmp_path: Path) -> None:
    settings = Settings(database_url=filled.url, media_dir=tmp_path / "media")
    kept = data_key(settings)
    backup(filled, settings, tmp_path / "copy.tar.gz", with_keys=False)
    target = Settings(database_url=elsewhere, media_dir=tmp_path / "other")
    restore(target, tmp_path / "copy.tar.gz")
    assert data_key(target) != kept


def test_what_is_no_backup_is_refused_in_one_sentence(sqlite_store: Store, tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path}/x.sqlite", media_dir=tmp_path / "media")
    broken = tmp_path / "broken.tar.gz"
    broken.write_bytes(b"\x1f\x8b nonsense")
    with pytest.raises(UsageError, match="不是完整的"):
        restore(settings, broken)
    with pytest.raises(UsageError, match="找不到"):
        restore(settings, tmp_path / "absent.tar.gz")
    assert not (tmp_path / "x.sqlite").exists()


def test_a_sound_register_has_no_troubles(filled: Store) -> None:
    assert check_register(filled) == []


def test_a_stale_spatial_index_is_found_and_repaired(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        add_road(session, add_district(session)["town"])
        session.execute(text("DELETE FROM place_name_rtree"))
    (trouble,) = check_register(sqlite_store)
    assert (trouble.check, "--repair" in trouble.hint) == ("spatial_index", True)
    repair_spatial_index(sqlite_store)
    assert check_register(sqlite_store) == []


def test_missing_triggers_and_orphans_are_found_with_hints(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as session:
        road = add_road(session, add_district(session)["town"])
        add_address(session, road, "88")
        session.execute(text("DROP TRIGGER event_no_delete"))
        session.execute(text("UPDATE place_name SET status = 'retired'"))
    found = {trouble.check: trouble for trouble in check_register(sqlite_store)}
    assert set(found) == {"triggers", "orphans"}
    assert all(trouble.hint for trouble in found.values())


def test_an_unmigrated_database_is_told_to_upgrade(tmp_path: Path) -> None:
    bare = Store(f"sqlite:///{tmp_path}/bare.sqlite")
    (trouble,) = check_register(bare)
    assert (trouble.check, "db upgrade" in trouble.hint) == ("schema", True)
    bare.close()
