"""The sample district as a working register: files written, imported like anybody's, and every journey run on it once."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from gazetteer.cases.people import PersonBox
from gazetteer.exchange.importing.report import ImportReport
from gazetteer.exchange.importing.request import CaseServices, ImportRequest
from gazetteer.exchange.importing.run import import_file
from gazetteer.keys import data_key
from gazetteer.linking.engine import Engine
from gazetteer.names.audit import audit_register
from gazetteer.people import create_user
from gazetteer.place_codes import issue_missing_codes
from gazetteer.sample.culture import tell_sample_stories
from gazetteer.sample.district import generate
from gazetteer.sample.files import ImportFile, write_files
from gazetteer.sample.journeys import Cast, run_journeys
from gazetteer.sample.summary import summary
from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM, Actor
from gazetteer.store.schema import upgrade
from geoaddr.errors import GeoaddrError
from geoaddr.settings import Settings

DEMO_PEOPLE = (
    ("admin", "样本管理员", "administrator"),
    ("officer", "样本地名员", "officer"),
    ("approver", "样本审批人", "approver"),
    ("installer", "样本安装员", "installer"),
    ("viewer", "样本查阅人", "viewer"),
)
DEMO_PASSWORD = "sample-district-2016"  # noqa: S105 - known to everybody, and only in the sample's own store
SEED = 2016
SAMPLE_SECRET = "the sample district signs its plates with a secret everybody knows"  # noqa: S105
Say = Callable[[str], None]


@dataclass
class DemoReport:
    """What the demo made and found: figures by name, the journeys' sentences, and seconds by stage."""

    figures: dict[str, Any] = field(default_factory=dict)
    journeys: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)


def demo_settings(folder: Path, base_url: str = "http://127.0.0.1:8000") -> Settings:
    """Return the settings of a sample district kept in ``folder``, whatever the environment says about a real register."""
    return Settings(
        database_url=f"sqlite:///{folder}/geoaddr.sqlite",
        base_url=base_url,
        media_dir=folder / "media",
        index_dir=folder / "index",
        secret_key=SecretStr(SAMPLE_SECRET),
        demo=True,
    )


def build_demo(folder: Path, size: int, say: Say, *, seed: int = SEED) -> DemoReport:
    """Build the sample district of ``size`` addresses in ``folder`` (empty) and run every journey on it once."""
    report, settings = DemoReport(), demo_settings(folder)
    folder.mkdir(parents=True, exist_ok=True)
    store = Store(settings.database_url)
    try:
        with _timed(report, "generate", say, f"生成样本区文件（{size} 个地址，种子 {seed}）"):
            files = write_files(generate(size, seed), folder / "files")
        with _timed(report, "migrate", say, "建立登记册"):
            upgrade(store)
            people = _people(store)
        engine = _import_all(report, store, settings, folder / "files", files, say)
        with _timed(report, "culture", say, "编地名代码，记下地名的来历"), store.transaction() as session:
            issue_missing_codes(session, actor=SYSTEM, district_code=settings.district_code)
            tell_sample_stories(session, actor=people["officer"])
        with _timed(report, "audit", say, "检查全部地名、地址和门牌"), store.transaction() as session:
            audit_register(session, actor=SYSTEM)
        with _timed(report, "journeys", say, "走一遍三条主线"):
            report.journeys = run_journeys(Cast(store, engine, settings, people))
        with _timed(report, "check", say, "核对登记册"):
            report.figures = summary(store)
        engine.close()
    finally:
        store.close()
    _write_config(folder, settings)
    return report


def _people(store: Store) -> dict[str, Actor]:
    people = {}
    with store.transaction() as session:
        for username, display_name, role in DEMO_PEOPLE:
            account = create_user(session, username, display_name, role, DEMO_PASSWORD, actor=SYSTEM)
            people[role] = Actor("user", username, role, account.id)
    return people


def _import_all(report: DemoReport, store: Store, settings: Settings, folder: Path, files: tuple[ImportFile, ...], say: Say) -> Engine:
    """Import the files in order; the matching index is built between the addresses and the cases that are linked to them."""
    box, engine = PersonBox(data_key(settings)), None
    for file in files:
        if file.kind == "cases" and engine is None:
            with _timed(report, "index", say, "建立匹配索引"):
                engine = Engine(store, settings.index_dir, settings.parse_weights)
        with _timed(report, f"import {file.name}", say, f"导入 {file.name}"):
            _import_one(store, settings, folder, file, CaseServices(box, engine.view_in) if engine else None)
    return engine or Engine(store, settings.index_dir, settings.parse_weights)


def _import_one(store: Store, settings: Settings, folder: Path, file: ImportFile, cases: CaseServices | None) -> ImportReport:
    mapping = {**file.mapping, **({"kind": f"={file.case_kind}"} if file.case_kind else {})}
    request = ImportRequest(
        kind=file.kind,
        path=folder / file.name,
        actor=SYSTEM,
        mapping=mapping,
        as_of=date.fromisoformat(file.as_of) if file.as_of else None,
        partial=file.kind == "cases",
        district_code=settings.district_code,
        encoding=file.encoding if file.encoding == "gb18030" else None,
    )
    result = import_file(store, request, cases=cases)
    if result.rejected and file.kind != "cases":
        first = result.rejected[0]
        raise GeoaddrError(f"样本文件 {file.name} 第 {first.line} 行未能导入：{first.reason}")
    return result


class _timed:  # noqa: N801 - reads as a statement where it is used
    """Says what begins and keeps how long it took."""

    def __init__(self, report: DemoReport, name: str, say: Say, what: str) -> None:
        self._report, self._name, self._say, self._what = report, name, say, what

    def __enter__(self) -> None:
        self._began = time.perf_counter()

    def __exit__(self, kind: object, *_rest: object) -> None:
        took = time.perf_counter() - self._began
        self._report.seconds[self._name] = took
        if kind is None:
            self._say(f"{self._what}：{took:.1f} 秒")


def _write_config(folder: Path, settings: Settings) -> None:
    """Write the settings file with which the sample can be served: ``GEOADDR_CONFIG=<folder>/geoaddr.toml geoaddr serve``."""
    lines = {
        "database_url": settings.database_url,
        "media_dir": str(settings.media_dir),
        "index_dir": str(settings.index_dir),
        "secret_key": SAMPLE_SECRET,
    }
    text = "".join(f'{name} = "{value}"\n' for name, value in lines.items())
    (folder / "geoaddr.toml").write_text(f"# The sample district: invented data on real divisions.\ndemo = true\n{text}", encoding="utf-8")
