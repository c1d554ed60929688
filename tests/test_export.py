"""The register as files: what is written is what can be imported again, and nothing about a person leaves."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from import_office import ADDRESSES, PLACES, ROADS, UPPER, Office
from sqlalchemy import select

from gazetteer.exchange.exporting.rows import export_of
from gazetteer.exchange.exporting.writers import write_export
from gazetteer.exchange.importing.request import CaseServices
from gazetteer.exchange.readers import open_table
from gazetteer.store.database import Store
from gazetteer.store.models import StandardAddress
from geoaddr.cli import main
from geoaddr.errors import UsageError

LINES = 'ref,name,division,geometry\nR1,样锦路,330213001,"LINESTRING (121.40 29.65, 121.41 29.66)"\n'


def exported(office: Office, kind: str, name: str, crs: str = "EPSG:4490", on: date | None = None) -> Path:
    path = office.folder / name
    with office.store.reading() as session:
        write_export(export_of(session, kind, on), path, crs=crs)
    return path


@pytest.mark.parametrize("ending", ["csv", "xlsx", "geojson", "gpkg"])
@pytest.mark.parametrize("kind", ["divisions", "places", "roads", "addresses"])
def test_an_export_imported_again_changes_nothing(town: Office, kind: str, ending: str) -> None:
    town.bring("roads", LINES)
    town.bring("addresses", ADDRESSES)
    path = exported(town, kind, f"out.{ending}")
    before = town.seq()
    report = town.bring(kind, path.read_bytes(), name=f"again.{ending}")
    assert report.rejected == ()
    assert report.unchanged == report.rows > 0
    assert town.seq() == before


def test_a_shapefile_holds_one_kind_of_shape_and_keeps_chinese(town: Office) -> None:
    town.bring("roads", LINES)
    rows = [row for _, row in open_table(exported(town, "roads", "roads.shp")).rows()]
    assert [row["name"] for row in rows] == ["样锦路", "样林路"]
    outline = "POLYGON ((121.4 29.6, 121.41 29.6, 121.41 29.61, 121.4 29.6))"
    town.bring("places", f'name,category,division,geometry\n样园,公园,330213001,"{outline}"\n')
    with pytest.raises(UsageError, match="一种几何"):
        exported(town, "places", "places.shp")


def test_projected_exports_come_back_to_the_same_place(town: Office) -> None:
    town.bring("addresses", ADDRESSES)
    path = exported(town, "addresses", "out.csv", crs="EPSG:4549")
    with path.open(encoding="utf-8-sig") as stream:
        first = next(csv.DictReader(stream))
    assert 600_000 < float(first["lon"]) < 680_000
    report = town.bring("addresses", path.read_bytes(), crs="EPSG:4549")
    assert report.rejected == ()
    with pytest.raises(UsageError, match="不导出"):
        exported(town, "addresses", "no.csv", crs="gcj02")


def test_divisions_can_be_written_as_they_were_on_a_day(office: Office) -> None:
    office.bring("divisions", UPPER, as_of=date(2020, 1, 1))
    office.bring("divisions", UPPER.replace("样本社区", "新名社区"), as_of=date(2021, 1, 1))
    names = {row["name"] for _, row in open_table(exported(office, "divisions", "d.csv", on=date(2020, 6, 1))).rows()}
    assert "样本社区" in names
    assert "新名社区" not in names


def test_codes_stay_text_and_formulas_stay_dead_in_a_workbook(town: Office) -> None:
    town.bring("places", "ref,name,category,division\nX1,=1+1园,公园,330213001001\n")
    sheet = openpyxl.load_workbook(exported(town, "places", "p.xlsx")).active
    assert sheet is not None
    cells = {cell.value: cell.data_type for row in sheet.iter_rows() for cell in row}
    assert cells["=1+1园"] == "s"
    assert cells["330213001001"] == "s"


ELDERS = (
    "编号,姓名,联系电话,镇街,户籍地址,实际居住地址,经度,纬度\n"
    "E1,样本甲,000-1,锦屏街道,奉化区锦屏街道样锦路88号,奉化区锦屏街道样锦花苑3幢2单元501室,121.4011111,29.6611111\n"
    "E2,样本乙,000-2,锦屏街道,-样锦路88号门口,,,\nE3,样本丙,000-3,,,,,\n"
)
STATIONS = "编号,站点名称,服务电话,所在地址,启用日期\nS1,样本站,+86-000,奉化区锦屏街道样锦路88号,2020-01-01\n"
CEMETERIES = "编号,公墓名称,所在地址,状态\nE1,样本公墓,奉化区锦屏街道下样岙,在用\n"


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
@pytest.mark.parametrize("kinds", [("elder",), ("elder", "station", "cemetery")])
def test_cases_exported_are_one_row_each_and_imported_again_change_nothing(
    town: Office, case_services: CaseServices, kinds: tuple[str, ...], ending: str
) -> None:
    files = {"elder": ELDERS, "station": STATIONS, "cemetery": CEMETERIES}
    for kind in kinds:
        assert town.bring("cases", files[kind], mapping={"kind": kind}, cases=case_services).rejected == ()
    path = exported(town, "cases", f"c.{ending}")
    rows = [row for _, row in open_table(path).rows()]
    assert len(rows) == sum(len(files[kind].splitlines()) - 1 for kind in kinds)
    before, mapping = town.seq(), {"kind": "elder"} if kinds == ("elder",) else {}
    report = town.bring("cases", path.read_bytes(), name=f"again.{ending}", mapping=mapping, cases=case_services)
    assert (report.rejected, report.unchanged, report.created, report.updated) == ((), len(rows), 0, 0)
    assert town.seq() == before


def test_case_exports_say_what_each_text_is_linked_to_and_nothing_of_the_person(town: Office, case_services: CaseServices) -> None:
    town.bring("cases", ELDERS, mapping={"kind": "elder"}, cases=case_services)
    path = exported(town, "cases", "c.csv")
    assert not any(sealed in path.read_text(encoding="utf-8-sig") for sealed in ("样本甲", "样本乙", "样本丙", "000-"))
    table = open_table(path)
    first = next(row for _, row in table.rows())
    assert not {"name", "phone", "identity_number", "note"} & set(table.columns)
    assert (first["ref"], first["address"], first["town"]) == ("E1", "奉化区锦屏街道样锦路88号", "锦屏街道")
    assert (first["case_status"], first["registered_link_status"], first["residence_link_status"]) == ("linked",) * 3
    assert first["registered_linked_to"] == "浙江省宁波市奉化区锦屏街道样锦路88号"
    assert first["residence_address_id"] == town.all(select(StandardAddress.id).where(StandardAddress.ref == "A2"))[0]


def test_plates_on_addresses_without_refs_come_back_by_the_id_of_their_address(town: Office) -> None:
    town.bring("addresses", ADDRESSES.replace("A3,", ","))
    id_ = town.all(select(StandardAddress.id).where(StandardAddress.ref.is_(None)))[0]
    report = town.bring("plates", f"address_ref,kind,status\nA1,door,ordered\n{id_},door,ordered\n")
    assert (report.rejected, report.created) == ((), 2)
    path = exported(town, "plates", "p.csv")
    assert {row["address_ref"] for _, row in open_table(path).rows()} == {"A1", id_}
    before = town.seq()
    report = town.bring("plates", path.read_bytes())
    assert (report.rejected, report.unchanged, town.seq()) == ((), 2, before)
    assert "没有这个编号" in town.bring("plates", "address_ref\n0000000000001\n").rejected[0].reason


def test_an_export_that_fails_leaves_no_file_and_spares_the_old_one(town: Office) -> None:
    path = exported(town, "roads", "roads.csv")
    before = path.read_bytes()
    with pytest.raises(UsageError, match="没有几何"):
        exported(town, "plates", "plates.gpkg")
    with pytest.raises(UsageError, match="不能导出为"):
        exported(town, "roads", "roads.dwg")
    assert path.read_bytes() == before
    assert sorted(file.name for file in town.folder.glob(".geoaddr-*")) == []
    assert not (town.folder / "plates.gpkg").exists()


def run(folder: Path, store: Store, *arguments: str) -> tuple[int, str, str]:
    environment = {
        "GEOADDR_DATABASE_URL": store.url,
        "GEOADDR_MEDIA_DIR": str(folder / "media"),
        "GEOADDR_INDEX_DIR": str(folder / "index"),
    }
    result = CliRunner().invoke(main, list(arguments), env=environment)
    return result.exit_code, result.stdout, result.stderr


def test_the_commands_import_and_export_and_say_what_they_did(sqlite_store: Store, tmp_path: Path) -> None:
    for name, text in (("divisions", UPPER), ("roads", ROADS), ("places", PLACES), ("addresses", ADDRESSES)):
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
        code, out, _ = run(tmp_path, sqlite_store, "import", name, str(tmp_path / f"{name}.csv"))
        assert code == 0
        assert json.loads(out)["created"] == len(text.splitlines()) - 1
    (tmp_path / "bad.csv").write_text(ADDRESSES + "A9,无镇,,,,1,,,,,,\n", encoding="utf-8")
    bad = ("import", "addresses", str(tmp_path / "bad.csv"))
    code, out, err = run(tmp_path, sqlite_store, *bad, "--report", str(tmp_path / "report.csv"))
    assert (code, json.loads(out)["applied"]) == (1, False)
    assert "第 5 行" in err
    assert "整个文件没有导入" in err
    assert "无镇" in (tmp_path / "report.csv").read_text(encoding="utf-8-sig")
    code, _, err = run(tmp_path, sqlite_store, "import", "addresses", str(tmp_path / "none.csv"))
    assert code == 2
    assert "找不到文件" in err
    assert "Traceback" not in err
    for place in (tmp_path / "nowhere" / "report.csv", tmp_path):
        code, out, err = run(tmp_path, sqlite_store, "import", "addresses", str(tmp_path / "none.csv"), "--report", str(place))
        assert (code, out) == (2, "")
        assert "不能写入报告文件" in err
    (tmp_path / "letter.xlsx").write_text("这不是表格\n只是一段话\n", encoding="utf-8")
    code, out, err = run(tmp_path, sqlite_store, "import", "addresses", str(tmp_path / "letter.xlsx"))
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "不是表格" in err
    code, _, err = run(tmp_path, sqlite_store, *bad, "--map", "number")
    assert code == 2
    assert "--map" in err
    cases = tmp_path / "cases.csv"
    cases.write_text("编号,姓名,户籍地址\nE1,样本甲,奉化区锦屏街道样锦路88号\n", encoding="gb18030")
    code, out, _ = run(tmp_path, sqlite_store, "import", "cases", str(cases), "--map", "kind=elder")
    assert (code, json.loads(out)["made"].get("cases_linked")) == (0, 1)
    code, out, _ = run(tmp_path, sqlite_store, "export", "addresses", str(tmp_path / "out.geojson"))
    assert (code, json.loads(out)["rows"]) == (0, 3)
