"""One file that holds everything: the database as of one moment, the photos and papers, and the keys if wanted."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url

from gazetteer.store.checks import check_register
from gazetteer.store.database import Store
from gazetteer.store.events import last_seq
from gazetteer.store.schema import current_revision
from geoaddr import __version__
from geoaddr.errors import Conflict, GeoaddrError, UsageError
from geoaddr.settings import Settings

MANIFEST, SQLITE_NAME, DUMP_NAME, MEDIA_NAME = "manifest.json", "register.sqlite", "register.dump", "media"


def backup(store: Store, settings: Settings, target: Path, *, with_keys: bool = True) -> dict[str, Any]:
    """Write a consistent backup of a live register to ``target`` (a .tar.gz) and return its manifest.

    The database is copied first and the media folder after it, so that every photo a row names is there. The keys lie in
    the media folder when they were made by geoaddr; ``with_keys=False`` leaves them out (keep them elsewhere then).
    """
    if target.exists():
        raise UsageError(f"{target} 已存在，请换一个文件名")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        with store.reading() as session:
            seq = last_seq(session)
        copy = _dump(store, Path(folder))
        manifest = {
            "made_at": datetime.now(UTC).isoformat(), "version": __version__, "dialect": store.dialect,
            "revision": current_revision(store), "seq_at_least": seq, "keys": with_keys,
        }  # fmt: skip
        (Path(folder) / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
        partial = Path(folder) / "backup.tar.gz"
        with tarfile.open(partial, "w:gz", compresslevel=3) as archive:
            archive.add(Path(folder) / MANIFEST, MANIFEST)
            archive.add(copy, copy.name)
            if settings.media_dir.is_dir():
                archive.add(
                    settings.media_dir, MEDIA_NAME, filter=lambda member: None if _is_key(member.name) and not with_keys else member
                )
        os.chmod(partial, 0o600)
        os.replace(partial, target)
    return manifest


def restore(settings: Settings, source: Path, *, replace: bool = False) -> dict[str, Any]:
    """Put a backup in the place the settings name and check it; returns its manifest.

    Refuses to write over a register that exists unless ``replace`` is given; what was there is then kept beside it.
    """
    if not source.is_file():
        raise UsageError(f"找不到备份文件 {source}")
    with tempfile.TemporaryDirectory() as folder:
        try:
            with tarfile.open(source) as archive:
                archive.extractall(folder, filter="data")
            manifest: dict[str, Any] = json.loads((Path(folder) / MANIFEST).read_text(encoding="utf-8"))
        except (tarfile.TarError, OSError, ValueError, EOFError) as error:
            raise UsageError(f"{source} 不是完整的 geoaddr 备份") from error
        _load(settings, manifest, Path(folder), replace)
        media = Path(folder) / MEDIA_NAME
        if media.is_dir():
            shutil.copytree(media, settings.media_dir, dirs_exist_ok=True)
    store = Store(settings.database_url)
    troubles = [trouble for trouble in check_register(store) if trouble.check in ("chain", "triggers", "spatial_index")]
    store.close()
    if troubles:
        raise GeoaddrError(f"备份已恢复，但检查发现问题：{troubles[0].found}。{troubles[0].hint}")
    return manifest


def _dump(store: Store, folder: Path) -> Path:
    url = make_url(store.url)
    if store.dialect == "sqlite":
        target = folder / SQLITE_NAME
        with closing(sqlite3.connect(f"file:{url.database}?mode=ro", uri=True)) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy, pages=-1)
        return target
    target = folder / DUMP_NAME
    _postgres_tool(["pg_dump", "-Fc", "--no-owner", "-f", str(target), _libpq(store.url)])
    return target


def _load(settings: Settings, manifest: dict[str, Any], folder: Path, replace: bool) -> None:
    url = make_url(settings.database_url)
    dialect = "sqlite" if url.get_backend_name() == "sqlite" else "postgresql"
    if manifest.get("dialect") != dialect:
        raise UsageError(f"这份备份来自 {manifest.get('dialect')}，不能恢复到 {dialect}")
    if dialect == "postgresql":
        store = Store(settings.database_url)
        occupied = current_revision(store) is not None
        store.close()
        if occupied and not replace:
            raise Conflict("目标数据库里已有登记册；确认要覆盖请加 --replace")
        _postgres_tool(
            [
                "pg_restore",
                "--clean",
                "--if-exists",
                "--no-owner",
                "--single-transaction",
                "-d",
                _libpq(settings.database_url),
                str(folder / DUMP_NAME),
            ]
        )
        return
    target = Path(url.database or "")
    if target.exists():
        if not replace:
            raise Conflict(f"{target} 已存在；确认要覆盖请加 --replace")
        target.replace(target.with_name(f"{target.name}.before-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"))
    for leftover in (f"{target}-wal", f"{target}-shm"):
        Path(leftover).unlink(missing_ok=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(folder / SQLITE_NAME, target)


def _libpq(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _postgres_tool(command: list[str]) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise UsageError(f"找不到 {command[0]}，请安装 PostgreSQL 客户端工具") from error
    except subprocess.CalledProcessError as error:
        raise GeoaddrError(f"{command[0]} 失败：{error.stderr.strip().splitlines()[-1] if error.stderr.strip() else '无输出'}") from error


def _is_key(name: str) -> bool:
    return name.startswith(f"{MEDIA_NAME}/keys/")
