"""The health of a register: every check says what it looked at, what it found, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from gazetteer.store.database import Store
from gazetteer.store.events import broken_links, now
from gazetteer.store.models import (
    AddressLink,
    CasePerson,
    CaseRecord,
    Event,
    Finding,
    Job,
    NamingProcedure,
    PlaceName,
    Plate,
    StandardAddress,
)
from gazetteer.store.schema import current_revision, head_revision
from gazetteer.store.spatial import LOCATED
from gazetteer.store.triggers import missing_triggers

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong: which check, what was found, and a hint at what to do."""

    check: str
    found: str
    hint: str


def chain(session: Session) -> Iterator[Trouble]:
    """Find events whose number, hash or subjects do not hold."""
    for seq, what in islice(broken_links(session), SHOWN):
        yield Trouble("chain", f"事件 {seq}：{what}", "事件日志被改动过：请从备份恢复，并查明是谁绕过程序写了数据库")


def triggers(session: Session) -> Iterator[Trouble]:
    """Find missing triggers: without them the log can be altered and the R*Tree goes stale."""
    missing = missing_triggers(session.connection())
    if missing:
        yield Trouble("triggers", f"缺少触发器 {'、'.join(missing)}", "运行 geoaddr db upgrade 重新安装")


def spatial_index(session: Session) -> Iterator[Trouble]:
    """Find rows whose box is not in the spatial index, or is there wrongly."""
    for model in LOCATED:
        table = model.__tablename__
        if session.get_bind().dialect.name == "postgresql":
            statement = text(
                f"SELECT count(*) FROM {table} WHERE geom IS NOT NULL AND (abs(ST_XMin(geom) - min_lon) > 1e-9 "
                "OR abs(ST_YMin(geom) - min_lat) > 1e-9 OR abs(ST_XMax(geom) - max_lon) > 1e-9 OR abs(ST_YMax(geom) - max_lat) > 1e-9)"
            )
        else:
            outside = "r.min_lon > t.min_lon OR r.max_lon < t.max_lon OR r.min_lat > t.min_lat OR r.max_lat < t.max_lat"
            lost = f"SELECT count(*) FROM {table} t LEFT JOIN {table}_rtree r ON r.id = t.id "
            lost += f"WHERE t.min_lon IS NOT NULL AND (r.id IS NULL OR {outside})"
            stray = f"SELECT count(*) FROM {table}_rtree r LEFT JOIN {table} t ON t.id = r.id WHERE t.min_lon IS NULL"
            statement = text(f"SELECT ({lost}) + ({stray})")
        wrong = session.scalar(statement) or 0
        if wrong:
            yield Trouble("spatial_index", f"{table} 有 {wrong} 行与空间索引不符", "运行 geoaddr db check --repair 重建空间索引")


def orphans(session: Session) -> Iterator[Trouble]:
    """Find records that hang on something that is no longer there or no longer in force."""
    for what, statement, hint in _orphan_questions():
        count = session.scalar(statement) or 0
        if count:
            yield Trouble("orphans", f"{what}：{count} 条", hint)


def _orphan_questions() -> tuple[tuple[str, Any, str], ...]:
    live = ("proposed", "reserved", "current")
    pending = ("ordered", "made", "received", "dispatched")
    address, case, person, plate = (select(func.count()).select_from(one) for one in (StandardAddress, CaseRecord, CasePerson, Plate))
    on_retired = address.join(PlaceName, PlaceName.id == StandardAddress.place_id)
    for_retired = plate.join(StandardAddress, StandardAddress.id == Plate.address_id)
    return (
        (
            "现行地址挂在已停用的地名上",
            on_retired.where(StandardAddress.status == "current", PlaceName.status.not_in(live)),
            "在该地名的页面上停用或改挂这些地址",
        ),
        ("业务记录没有任何关联", case.where(CaseRecord.id.not_in(select(AddressLink.case_id))), "运行 geoaddr cases relink"),
        ("人员信息没有业务记录", person.where(CasePerson.case_id.not_in(select(CaseRecord.id))), "从备份恢复这些业务记录"),
        ("地址没有登记事件", address.where(StandardAddress.created_seq.not_in(select(Event.seq))), "数据库被绕过程序写入：请从备份恢复"),
        (
            "待装门牌的地址已停用",
            for_retired.where(Plate.status.in_(pending), StandardAddress.status.not_in(live)),
            "取消这些门牌的制作单",
        ),
    )


def queues(session: Session) -> Iterator[Trouble]:
    """Find work that has stopped moving: dead workers, failed jobs, findings without their procedure, unfinished cascades."""
    dead = session.scalar(select(func.count()).select_from(Job).where(Job.status == "running", Job.lease_until < now())) or 0
    if dead:
        yield Trouble("queues", f"{dead} 个任务的执行进程已不在", "启动 geoaddr worker，它会接着做完")
    failed = session.scalar(select(func.count()).select_from(Job).where(Job.status == "failed")) or 0
    if failed:
        yield Trouble("queues", f"{failed} 个任务失败", "在任务页查看原因，改正后重新排队")
    running = select(NamingProcedure.finding_id).where(NamingProcedure.finding_id.is_not(None))
    stuck = (
        session.scalar(select(func.count()).select_from(Finding).where(Finding.status == "in_procedure", Finding.id.not_in(running))) or 0
    )
    if stuck:
        yield Trouble("queues", f"{stuck} 条疑点显示在办，却没有办件", "在疑点页重新打开它们")
    unfinished = select(func.count()).select_from(NamingProcedure).where(NamingProcedure.cascade_done < NamingProcedure.cascade_total)
    halted = session.scalar(unfinished) or 0
    if halted:
        yield Trouble("queues", f"{halted} 个已批准的办件尚未全部落实", "启动 geoaddr worker，它会接着做完")


CHECKS: tuple[Callable[[Session], Iterator[Trouble]], ...] = (chain, triggers, spatial_index, orphans, queues)


def check_register(store: Store) -> list[Trouble]:
    """Run every check and return what is wrong; an empty list means the register is sound."""
    revision, newest = current_revision(store), head_revision()
    if revision != newest:
        return [Trouble("schema", f"数据库结构是 {revision or '空'}，本版本需要 {newest}", "运行 geoaddr db upgrade")]
    with store.reading() as session:
        return [trouble for check in CHECKS for trouble in check(session)]


def repair_spatial_index(store: Store) -> int:
    """Rebuild the R*Trees from the box columns (SQLite); returns the rows indexed. PostGIS keeps its own index true."""
    if store.dialect != "sqlite":
        return 0
    rows = 0
    with store.transaction() as session:
        for model in LOCATED:
            table = model.__tablename__
            session.execute(text(f"DELETE FROM {table}_rtree"))
            session.execute(
                text(f"INSERT INTO {table}_rtree SELECT id, min_lon, max_lon, min_lat, max_lat FROM {table} WHERE min_lon IS NOT NULL")
            )
            rows += session.scalar(text(f"SELECT count(*) FROM {table}_rtree")) or 0
    return rows
