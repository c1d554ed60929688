"""A register and a folder to import from: what the tests of imports and exports share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from gazetteer.cases.people import PersonBox
from gazetteer.exchange.importing.report import ImportReport
from gazetteer.exchange.importing.request import CaseServices, ImportRequest
from gazetteer.exchange.importing.run import import_file
from gazetteer.linking.engine import Engine
from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM, last_seq
from geoaddr.errors import UsageError

UPPER = (
    "code,name\n33,浙江省\n3302,宁波市\n330213,奉化区\n330213001,锦屏街道\n330213002,岳林街道\n"
    "330213001001,样本社区\n330213001201,样岙村委会\n330213002001,样林社区\n"
)
ROADS = "ref,name,division\nR1,样锦路,330213001\nR2,样林路,330213002\n"
PLACES = (
    "ref,name,category,division,lon,lat\nP1,样锦花苑,estate,330213001001,121.41,29.66\n"
    "P2,下样岙,natural_village,330213001201,121.42,29.65\n"
)
ADDRESS_HEAD = "ref,town,community,village_group,road,number,estate,building,unit,room,lon,lat\n"
ADDRESSES = (
    ADDRESS_HEAD
    + "A1,锦屏街道,样本社区,,样锦路,88,,,,,121.4011111,29.6611111\n"
    + "A2,锦屏街道,样本社区,,,,样锦花苑,3,2,501,121.4022222,29.6622222\n"
    + "A3,锦屏街道,样岙村,下样岙,,12-1,,,,,121.4033333,29.6533333\n"
)


class Office:
    """A register and a folder to import from, for one test."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store, self.folder = store, folder

    def bring(self, kind: str, content: str | bytes, name: str = "file.csv", **options: Any) -> ImportReport:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        cases = options.pop("cases", None)
        return import_file(self.store, ImportRequest(kind, path, SYSTEM, **options), cases=cases)

    def refused(self, kind: str, content: str | bytes, **options: Any) -> str:
        before = self.seq()
        with pytest.raises(UsageError) as caught:
            self.bring(kind, content, **options)
        assert self.seq() == before
        return caught.value.message

    def seq(self) -> int:
        with self.store.reading() as session:
            return last_seq(session)

    def count(self, model: Any) -> int:
        with self.store.reading() as session:
            return session.scalar(select(func.count()).select_from(model)) or 0

    def all(self, statement: Any) -> list[Any]:
        with self.store.reading() as session:
            return list(session.scalars(statement))


@pytest.fixture
def office(store: Store, tmp_path: Path) -> Office:
    return Office(store, tmp_path)


@pytest.fixture
def town(office: Office) -> Office:
    office.bring("divisions", UPPER)
    office.bring("roads", ROADS)
    office.bring("places", PLACES)
    return office


@pytest.fixture
def case_services(town: Office, tmp_path: Path) -> CaseServices:
    town.bring("addresses", ADDRESSES)
    return CaseServices(PersonBox(b"k" * 32), Engine(town.store, tmp_path / "index").view_in)


def reasons(report: ImportReport) -> list[str]:
    return [one.reason for one in report.rejected]
