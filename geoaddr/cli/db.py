"""``geoaddr db`` and ``geoaddr index``: schema, health, backup and the matching index."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from geoaddr.cli.register import engine_of, opened, read_settings


@click.group("db")
def db_group() -> None:
    """Upgrade, check, back up and restore the register."""


@db_group.command("upgrade")
def upgrade_command() -> None:
    """Create the register's tables, or bring them to this version."""
    from gazetteer.store.schema import upgrade

    with opened(current=False) as store:
        click.echo(f"数据库结构已是 {upgrade(store)}")


@db_group.command("check")
@click.option("--repair", is_flag=True, help="Rebuild the spatial index first (SQLite).")
def check_command(repair: bool) -> None:
    """Verify the event chain, triggers, spatial index, orphans and queues; exit code 1 where something is wrong."""
    from gazetteer.store.checks import CHECKS, check_register, repair_spatial_index

    with opened(current=False) as store:
        if repair:
            click.echo(f"空间索引已重建，共 {repair_spatial_index(store)} 行")
        troubles = check_register(store)
    for trouble in troubles:
        click.echo(f"✗ [{trouble.check}] {trouble.found}\n  → {trouble.hint}")
    if troubles:
        sys.exit(1)
    click.echo(f"✓ {len(CHECKS)} 项检查全部通过：" + "、".join(check.__name__ for check in CHECKS))


@db_group.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--without-keys", is_flag=True, help="Leave out the signing and encryption keys kept in the media folder.")
def backup_command(file: Path, without_keys: bool) -> None:
    """Write a consistent backup of the running register, its photos, papers and keys to FILE (.tar.gz)."""
    from gazetteer.store.backup import backup

    settings = read_settings()
    with opened(settings) as store:
        manifest = backup(store, settings, file, with_keys=not without_keys)
    click.echo(f"已备份到 {file}（{file.stat().st_size / 1e6:.1f} MB，至少到事件 {manifest['seq_at_least']}）")


@db_group.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Restore over a register that exists.")
def restore_command(file: Path, replace: bool) -> None:
    """Put the backup FILE where the settings say the register is, and check it."""
    from gazetteer.store.backup import restore

    manifest = restore(read_settings(), file, replace=replace)
    click.echo(f"已恢复 {manifest['made_at']} 的备份（结构 {manifest['revision']}），检查通过")


@click.group("index")
def index_group() -> None:
    """Build the matching index anew, or say what it holds."""


@index_group.command("rebuild")
def rebuild_command() -> None:
    """Build the matching index anew from the register."""
    settings = read_settings()
    with opened(settings) as store, engine_of(store, settings) as engine:
        click.echo(f"索引已重建：{engine.rebuild()} 个条目，到事件 {engine.seq}")


@index_group.command("status")
def status_command() -> None:
    """Say how many entries the index answers from, and up to which event."""
    settings = read_settings()
    with opened(settings) as store, engine_of(store, settings) as engine:
        click.echo(f"{engine.size} 个条目，到事件 {engine.seq}")
