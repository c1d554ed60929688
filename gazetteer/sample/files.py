"""The sample written as the files an office would bring: lists, maps, tables in the encodings and shapes they really have."""

from __future__ import annotations

import csv
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

import orjson

from gazetteer.sample.addresses import Address
from gazetteer.sample.cases import ELDER_COLUMNS, STATION_COLUMNS, Truth, case_counts, elder_positions, elders, station_positions, stations
from gazetteer.sample.district import SampleDistrict
from gazetteer.sample.doubtful import ReadPlate, doubtful_addresses, doubtful_features, doubtful_names, doubtful_plates
from gazetteer.sample.lists import NATIONAL_DATE, DivisionRow, list_dates, national_list, yearly_list
from gazetteer.sample.places import Feature, division_features, place_features, road_features
from gazetteer.sample.plates import Plate, PlateMaker
from gazetteer.sample.plots import PLOT_COLUMNS, plots
from gazetteer.sample.words import nonstandard_names

TRUTH_NAME_COLUMNS = ("ref", "name", "kind", "class", "rule", "note")
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class ImportFile:
    """One file to import: its kind, the day it holds for, ``mapping`` (field -> column) and, for cases, the kind of case."""

    name: str
    kind: str
    as_of: str = ""
    encoding: str = "utf-8"
    mapping: dict[str, str] = field(default_factory=dict)
    case_kind: str = ""


ELDER_MAPPING = {
    "ref": "编号",
    "address": "户籍地址",
    "residence_address": "实际居住地址",
    "name": "姓名",
    "sex": "性别",
    "identity_number": "身份证号",
    "phone": "联系电话",
    "contact_name": "紧急联系人",
    "contact_phone": "紧急联系电话",
    "town": "所属镇街",
    "community": "村社区",
    "living": "居住状况",
    "benefit": "享受类别",
    "approved_on": "批准时间",
    "note": "备注",
}
PLOT_MAPPING = {
    "ref": "编号",
    "address": "所在地址",
    "lon": "经度",
    "lat": "纬度",
    "site": "公墓名称",
    "site_type": "公墓类型",
    "section": "墓区",
    "row": "排",
    "seat": "号",
    "plot_type": "穴位类型",
    "area_m2": "占地面积",
    "status": "状态",
    "contact_name": "联系人",
    "contact_phone": "联系电话",
}
STATION_MAPPING = {
    "ref": "编号",
    "address": "地址",
    "lon": "经度",
    "lat": "纬度",
    "name": "站点名称",
    "station_type": "站点类型",
    "town": "所属镇街",
    "phone": "服务电话",
    "opened_on": "启用日期",
    "area_m2": "建筑面积",
    "operating": "运营状态",
}


def import_files() -> tuple[ImportFile, ...]:
    """Return the files to import, in the order in which each finds what it refers to (``truth*.csv`` are not among them)."""
    yearly = tuple(ImportFile(f"divisions_{date}.csv", "divisions", as_of=date) for date in list_dates())
    return (
        ImportFile("national.csv", "divisions", as_of=NATIONAL_DATE),
        *yearly,
        ImportFile("division_outlines.geojson", "divisions", as_of=list_dates()[-1]),
        ImportFile("roads.geojson", "roads"),
        ImportFile("places.geojson", "places"),
        ImportFile("addresses.csv", "addresses"),
        ImportFile("plates.csv", "plates"),
        ImportFile("cases_elders.csv", "cases", encoding="gb18030", mapping=ELDER_MAPPING, case_kind="elder"),
        ImportFile("cases_cemeteries.xlsx", "cases", mapping=PLOT_MAPPING, case_kind="cemetery"),
        ImportFile("cases_stations.csv", "cases", encoding="utf-8-sig", mapping=STATION_MAPPING, case_kind="station"),
        ImportFile("doubtful_roads.geojson", "roads"),
        ImportFile("doubtful_places.geojson", "places"),
        ImportFile("doubtful_addresses.csv", "addresses"),
        ImportFile("doubtful_plates.csv", "plates"),
    )


def write_files(district: SampleDistrict, folder: Path, progress: Progress | None = None) -> tuple[ImportFile, ...]:
    """Write every file of the sample into ``folder`` (made if need be) and return those to import, in order.

    The same district always gives the same bytes. ``progress(done, total)`` is told about every ten thousandth address.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _write_table(folder / "national.csv", DivisionRow._fields, national_list())
    for date in list_dates():
        _write_table(folder / f"divisions_{date}.csv", DivisionRow._fields, yearly_list(date))
    _write_features(folder / "division_outlines.geojson", division_features(district.terrain))
    _write_features(folder / "roads.geojson", road_features(district))
    _write_features(folder / "places.geojson", place_features(district))
    counts = case_counts(district.size)
    wanted = {*elder_positions(district, counts["elders"]), *station_positions(district, counts["stations"])}
    known = _write_addresses(folder, district, wanted, progress)
    _write_cases(folder, district, counts, known)
    _write_features(folder / "doubtful_roads.geojson", doubtful_features(district, roads=True))
    _write_features(folder / "doubtful_places.geojson", doubtful_features(district, roads=False))
    _write_table(folder / "doubtful_addresses.csv", Address._fields, doubtful_addresses(district))
    _write_table(folder / "doubtful_plates.csv", ReadPlate._fields, doubtful_plates(district))
    _write_table(folder / "truth_names.csv", TRUTH_NAME_COLUMNS, name_truths(district))
    return import_files()


def name_truths(district: SampleDistrict) -> Iterator[tuple[str, ...]]:
    """Yield ref, name, kind, class, rule and note of every place that got a nonstandard (or a harmless but suspicious) name."""
    known = {item.name: item for item in nonstandard_names()}
    places = [(road.ref, road.name, road.category) for road in district.roads]
    places += [(estate.ref, estate.name, "estate") for estate in district.estates]
    places += [(village.ref, village.name, "natural_village") for village in district.villages]
    for ref, name, kind in places:
        if name in known:
            item = known[name]
            yield ref, name, kind, item.finding_class, item.rule, item.note
    for number, doubtful in enumerate(doubtful_names(), start=1):
        yield f"D{number:06d}", doubtful.name, doubtful.kind, doubtful.finding_class, doubtful.rule, doubtful.note


def _write_addresses(folder: Path, district: SampleDistrict, wanted: set[int], progress: Progress | None) -> dict[int, Address]:
    """Write addresses and their plates in one pass; return the addresses at the wanted positions."""
    maker, known = PlateMaker(district.seed), {}
    with _open(folder / "addresses.csv") as addresses, _open(folder / "plates.csv") as plates:
        address_row, plate_row = csv.writer(addresses, lineterminator="\n").writerow, csv.writer(plates, lineterminator="\n").writerow
        address_row(Address._fields)
        plate_row(Plate._fields)
        for done, address in enumerate(district.addresses()):
            address_row(address)
            for plate in maker.plates(address):
                plate_row(plate)
            if done in wanted:
                known[done] = address
            if progress and done % 10_000 == 0:
                progress(done, district.size)
    return known


def _write_cases(folder: Path, district: SampleDistrict, counts: dict[str, int], known: dict[int, Address]) -> None:
    old_people = elders(district, counts["elders"], known)
    graves = plots(district, counts["plots"])
    points = stations(district, counts["stations"], known)
    _write_table(folder / "cases_elders.csv", ELDER_COLUMNS, old_people.rows, encoding="gb18030")
    _write_workbook(folder / "cases_cemeteries.xlsx", PLOT_COLUMNS, graves.rows)
    _write_table(folder / "cases_stations.csv", STATION_COLUMNS, points.rows, encoding="utf-8-sig")
    _write_table(folder / "truth.csv", Truth._fields, [*old_people.truths, *graves.truths, *points.truths])


def _write_table(path: Path, columns: Iterable[str], rows: Iterable[Iterable[object]], *, encoding: str = "utf-8") -> None:
    with path.open("w", encoding=encoding, newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(tuple(columns))
        writer.writerows(rows)


def _write_features(path: Path, features: Iterable[Feature]) -> None:
    with path.open("wb") as stream:
        stream.write(b'{"type":"FeatureCollection","features":[')
        for index, feature in enumerate(features):
            stream.write(b",\n" if index else b"\n")
            stream.write(orjson.dumps(feature))
        stream.write(b"\n]}\n")


def _write_workbook(path: Path, columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """Write a sheet as offices do: a merged title and a note above the header, figures as numbers."""
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.create_sheet("墓位登记表", 0)
    book.remove(book["Sheet"])
    sheet.append(["奉化区公墓墓位登记表（样本数据，均为虚构）"])
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(columns))
    sheet.append(["填表说明：一行一个墓位，经纬度为 CGCS2000"])
    sheet.append(columns)
    numbers = {columns.index(name) for name in ("排", "号", "占地面积", "经度", "纬度")}
    for row in rows:
        sheet.append(
            [
                float(value) if index in numbers and "." in value else int(value) if index in numbers else value
                for index, value in enumerate(row)
            ]
        )
    book.save(path)
    _without_clock(path)


def _without_clock(path: Path) -> None:
    """Rewrite a workbook without the times it was saved at, so that the same sample gives the same bytes."""
    with zipfile.ZipFile(path) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in parts.items():
            if name == "docProps/core.xml":
                content = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"2026-06-30T00:00:00Z", content)
            info = zipfile.ZipInfo(name, (2026, 6, 30, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(info, content)


def _open(path: Path) -> TextIO:
    return path.open("w", encoding="utf-8", newline="")
