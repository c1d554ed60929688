"""Names, roads and addresses into the register; bad rows, bad files, and files seen before."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest
import shapely
from import_office import ADDRESS_HEAD, ADDRESSES, PLACES, ROADS, UPPER, Office, reasons
from sqlalchemy import select

from gazetteer.addresses import PART_COLUMNS, label_for
from gazetteer.divisions import levels_of
from gazetteer.exchange.importing.dates import read_date
from gazetteer.exchange.importing.report import guarded, write_rejections
from gazetteer.store.models import (
    Division,
    NameVariant,
    PlaceName,
    StandardAddress,
)

BOW_TIE = "POLYGON ((121.4 29.6, 121.41 29.61, 121.41 29.6, 121.4 29.61, 121.4 29.6))"


def test_a_place_gets_its_terms_spelling_sound_and_variants(town: Office) -> None:
    town.bring("places", "name,category,division,aliases,former_names\n样里公园,公园,330213002001,里园|老公园,样里苗圃\n")
    place = town.all(select(PlaceName).where(PlaceName.standard_name == "样里公园"))[0]
    assert (place.specific, place.generic, place.category, place.category_code) == ("样里", "公园", "park", "25200")
    assert place.pinyin
    assert place.sound
    variants = {(one.text, one.kind) for one in town.all(select(NameVariant).where(NameVariant.place_id == place.id))}
    assert variants == {("里园", "alias"), ("老公园", "alias"), ("样里苗圃", "former")}


def test_a_road_file_with_lines_in_gcj02_is_stored_where_the_road_is(town: Office) -> None:
    from geoaddr.datum import gcj02_from_wgs84

    x, y = gcj02_from_wgs84([121.40, 121.41], [29.65, 29.66])
    wkt = f"LINESTRING ({x[0]} {y[0]}, {x[1]} {y[1]})"
    report = town.bring("roads", f'ref,name,division,geometry\nR9,新样路,330213001,"{wkt}"\n', crs="gcj02")
    assert report.created == 1
    road = town.all(select(PlaceName).where(PlaceName.ref == "R9"))[0]
    assert road.geom.equals_exact(shapely.LineString([(121.40, 29.65), (121.41, 29.66)]), 1e-8)


def test_renaming_a_place_by_import_is_refused(town: Office) -> None:
    report = town.bring("roads", ROADS.replace("样锦路", "新名路"))
    assert "更名" in report.rejected[0].reason
    assert town.all(select(PlaceName.standard_name).where(PlaceName.ref == "R1")) == ["样锦路"]


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("places", "name,category,division\n甲,飞船,330213001\n", "类别“飞船”无法识别"),
        ("places", "name,category,division\n甲路,road,330213001\n", "import roads"),
        ("places", "name,category,division\n甲桥,桥,999999999\n", "没有代码"),
        ("places", "name,category\n甲桥,桥\n", "缺少区划"),
        ("places", "name,category,town\n甲桥,桥,无名镇\n", "没有“无名镇”"),
        ("places", "ref,name,category,division\n1,甲桥,桥,330213001\n1,乙桥,桥,330213001\n", "与第 2 行重复"),
        ("places", "name,category,division,lon,lat\n甲桥,桥,330213001,29.6,121.4\n", "写反"),
        ("places", "name,category,division,lon,lat\n甲桥,桥,330213001,116.4,39.9\n", "不在本辖区"),
        ("places", f'name,category,division,geometry\n甲园,公园,330213001,"{BOW_TIE}"\n', "几何无效"),
        ("places", "name,category,division,geometry\n甲园,公园,330213001,POLYGON 121\n", "WKT"),
        ("roads", "name,division,geometry\n甲路,330213001,POINT (121.4 29.6)\n", "几何类型是 Point"),
    ],
)  # fmt: skip
def test_a_bad_place_row_is_refused_with_its_reason(town: Office, kind: str, text: str, said: str) -> None:
    before = town.seq()
    report = town.bring(kind, text)
    assert said in report.rejected[0].reason
    assert town.seq() == before


# addresses


def test_addresses_get_label_parts_place_and_point(town: Office) -> None:
    report = town.bring("addresses", ADDRESSES)
    assert (report.created, report.rejected) == (3, ())
    rows = {row.ref: row for row in town.all(select(StandardAddress))}
    assert rows["A1"].label == "浙江省宁波市奉化区锦屏街道样锦路88号"
    assert rows["A2"].label == "浙江省宁波市奉化区锦屏街道样锦花苑3幢2单元501室"
    assert (rows["A3"].number, rows["A3"].sub_number) == ("12", "1")
    assert (rows["A1"].min_lon, rows["A1"].geom.y, rows["A1"].point_level) == (121.4011111, 29.6611111, "number")
    assert rows["A2"].point_level == "building"
    with town.store.reading() as session:
        for row in session.scalars(select(StandardAddress)):
            parts = {name: getattr(row, name) for name in PART_COLUMNS}
            assert row.label == label_for(levels_of(session, row.division), row.place, row.estate, parts)


def test_the_same_file_again_changes_nothing_and_writes_no_event(town: Office) -> None:
    town.bring("addresses", ADDRESSES)
    before = town.seq()
    again = town.bring("addresses", ADDRESSES)
    assert (again.unchanged, again.created, again.updated, again.seq) == (3, 0, 0, before)
    for kind, text in (("divisions", UPPER), ("roads", ROADS), ("places", PLACES)):
        report = town.bring(kind, text)
        assert report.unchanged == report.rows
    assert town.seq() == before


def test_addresses_without_refs_are_known_by_what_they_say(town: Office) -> None:
    bare = "\n".join(",".join(line.split(",")[1:]) for line in ADDRESSES.splitlines()) + "\n"
    town.bring("addresses", bare)
    again = town.bring("addresses", ADDRESSES)
    assert (again.created, again.updated) == (0, 3)
    assert sorted(row.ref for row in town.all(select(StandardAddress))) == ["A1", "A2", "A3"]


def test_only_what_changed_is_updated(town: Office) -> None:
    town.bring("addresses", ADDRESSES)
    report = town.bring("addresses", ADDRESSES.replace("121.4011111", "121.4011112"))
    assert (report.updated, report.unchanged) == (1, 2)
    row = town.all(select(StandardAddress).where(StandardAddress.ref == "A1"))[0]
    assert (row.min_lon, row.max_lon, row.version) == (121.4011112, 121.4011112, 2)


def test_one_bad_row_keeps_the_whole_file_out_and_partial_keeps_the_good_ones(town: Office) -> None:
    bad = ADDRESSES + "A4,锦屏街道,样本社区,,无此路,1,,,,,121.4,29.66\n"
    before = town.seq()
    report = town.bring("addresses", bad)
    assert (report.applied, report.created, len(report.rejected), report.seq) == (False, 3, 1, before)
    assert town.count(StandardAddress) == 0
    report = town.bring("addresses", bad, partial=True)
    assert (report.applied, report.created, len(report.rejected)) == (True, 3, 1)
    assert town.count(StandardAddress) == 3


def test_a_dry_run_reports_and_changes_nothing(town: Office) -> None:
    before = town.seq()
    report = town.bring("addresses", ADDRESSES, dry_run=True)
    assert (report.created, report.applied, report.dry_run) == (3, False, True)
    assert (town.seq(), town.count(StandardAddress)) == (before, 0)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("A1,锦屏街道,样本社区,,样锦路,90,,,,,121.4,29.66", "与第 2 行重复"),
        ("A9,锦屏街道,样本社区,,样锦路,88号,,,,,121.4,29.66", "同一处地址"),
        ("A9,锦屏街道,样本社区,,无此路,1,,,,,121.4,29.66", "没有道路“无此路”"),
        ("A9,锦屏街道,无此村,,样锦路,1,,,,,121.4,29.66", "没有“无此村”"),
        ("A9,锦屏街道,样本社区,,样锦路,,,,,,121.4,29.66", "缺少门牌号"),
        ("A9,锦屏街道,,,,1,,,,,121.4,29.66", "无法确定位置"),
        ("A9,锦屏街道,样本社区,,样锦路,1,,,,,29.66,121.4", "写反"),
        ("A9,锦屏街道,样本社区,,样锦路,1,,,,,116.4,39.9", "不在本辖区"),
        ("A9,锦屏街道,样本社区,,样锦路,1,,,,,0,0", "0,0"),
        ("A9,锦屏街道,样本社区,,样锦路,1,,,,,121.4,", "只填了一个"),
        ("A9,锦屏街道,样本社区,,样锦路,1,,,,,东经121,北纬29", "数字"),
        ("3.30213E+11,锦屏街道,样本社区,,样锦路,1,,,,,121.4,29.66", "科学计数法"),
        ("A9,锦屏街道,样本社区,,样锦路,123456789012345678901,,,,,121.4,29.66", "超过 20 字"),
        ("A9,锦屏街道,样本社区,,样锦路,1,,,,,121.4,29.66,多余", "多出"),
    ],
)
def test_a_bad_address_row_is_refused_with_its_line_and_reason(town: Office, row: str, said: str) -> None:
    report = town.bring("addresses", ADDRESSES + row + "\n")
    assert [one.line for one in report.rejected] == [5]
    assert said in report.rejected[0].reason
    assert town.count(StandardAddress) == 0


def test_whole_texts_are_parsed_where_columns_are_missing(town: Office) -> None:
    text = (
        "ref,full,lon,lat\nF1,浙江省宁波市奉化区锦屏街道样本社区样锦路12弄8号,121.4,29.66\n"
        "F2,奉化区锦屏街道样本社区样锦花苑3幢2单元501室,121.4,29.66\n"
    )
    report = town.bring("addresses", text)
    assert reasons(report) == []
    rows = {row.ref: row for row in town.all(select(StandardAddress))}
    assert (rows["F1"].sub_road, rows["F1"].number) == ("12弄", "8")
    assert (rows["F2"].building, rows["F2"].unit, rows["F2"].room) == ("3", "2", "501")


def test_create_missing_brings_divisions_roads_estates_and_villages_into_being(office: Office) -> None:
    head = "ref,province,city,district,town,community,village_group,road,number,estate,building\n"
    text = (
        head + "1,浙江省,宁波市,奉化区,样街道,样社区,,新样路,1,,\n"
        "2,浙江省,宁波市,奉化区,样街道,样社区,,,,新样苑,3\n3,浙江省,宁波市,奉化区,样街道,样村,下样,,5,,\n"
    )
    report = office.bring("addresses", text, create_missing=True)
    assert report.rejected == ()
    assert report.made == {"divisions": 6, "estates": 1, "roads": 1, "villages": 1}
    again = office.bring("addresses", text, create_missing=True)
    assert (again.unchanged, again.made) == (3, {})
    assert not office.bring("addresses", text.replace("新样路", "另一路")).applied


def test_codes_in_the_file_become_the_codes_of_created_divisions(office: Office) -> None:
    text = "ref,province,city,district,town,community,road,number,division\n1,浙江省,宁波市,奉化区,样街道,样社区,新样路,1,330213001001\n"
    office.bring("addresses", text, create_missing=True)
    assert sorted(row.code for row in office.all(select(Division))) == ["33", "3302", "330213", "330213001", "330213001001"]


def test_rooms_hang_behind_their_building_even_when_it_comes_later(town: Office) -> None:
    rooms = "A1,锦屏街道,样本社区,,,,样锦花苑,3,2,501,121.4,29.66\nA2,锦屏街道,样本社区,,,,样锦花苑,3,,,121.4,29.66\n"
    town.bring("addresses", ADDRESS_HEAD + rooms)
    rows = {row.ref: row for row in town.all(select(StandardAddress))}
    assert rows["A1"].parent_id == rows["A2"].id
    assert town.bring("addresses", ADDRESS_HEAD + rooms).unchanged == 2


def test_chinese_headings_and_mapped_columns_fill_the_same_fields(town: Office) -> None:
    text = "编号,镇街,村社区,路,门牌,经度,纬度\nA1,锦屏街道,样本社区,样锦路,88号,121.4011111,29.6611111\n"
    report = town.bring("addresses", text.encode("gb18030"), mapping={"road": "路"})
    assert report.created == 1
    assert "没有字段" in town.refused("addresses", text, mapping={"street": "路"})
    assert "没有列" in town.refused("addresses", text, mapping={"road": "街"})
    assert "缺少必需的列" in town.refused("roads", "编号,路\n1,甲路\n")


def test_projected_coordinates_must_be_named_and_are_then_converted(town: Office) -> None:
    from geoaddr.geometry import from_cgcs2000

    x, y = from_cgcs2000(121.4011111, 29.6611111, "EPSG:4549")
    text = ADDRESS_HEAD + f"A1,锦屏街道,样本社区,,样锦路,88,,,,,{float(x)},{float(y)}\n"
    assert "EPSG:4549" in town.refused("addresses", text)
    town.bring("addresses", text, crs="4549")
    assert town.all(select(StandardAddress.min_lon))[0] == pytest.approx(121.4011111, abs=1e-8)


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "0 字节"), (b"\xff\xfe\xff\xff\xff,\n\xff\n", "编码"), (b"1,2\n3,4\n", "表头"), (b"ref,ref\n1,2\n", "重复的列名")],
)
def test_an_unusable_file_leaves_the_register_untouched(town: Office, content: bytes, said: str) -> None:
    assert said in town.refused("addresses", content)


@pytest.mark.parametrize("text", ["ref,road,number\nA1,样锦路,88\n", "ref,lon,lat\n", "这不是表格\n只是一段话\n", "just some text\n"])
def test_a_file_without_any_usable_address_column_is_refused_as_a_whole(town: Office, text: str) -> None:
    assert "没有可用的地址列" in town.refused("addresses", text)
    assert "没有可用的地址列" in town.refused("addresses", text, name="file.xlsx")


def test_a_file_of_headings_alone_is_an_import_of_nothing(town: Office) -> None:
    for head in (ADDRESS_HEAD, "编号,地址\n", "ref,division,number\n"):
        report = town.bring("addresses", head)
        assert (report.rows, report.rejected, report.applied) == (0, (), True)
    assert town.bring("addresses", "ref,road,number\n", mapping={"town": "=锦屏街道"}).rows == 0
    assert town.bring("addresses", "ref,district,road,number\nA1,奉化区,样锦路,88\n").created == 1


def test_a_file_larger_than_the_limit_is_refused(town: Office) -> None:
    assert "超过上限" in town.refused("addresses", ADDRESSES, limit_bytes=50)


def test_a_road_named_twice_in_one_town_is_not_guessed(town: Office) -> None:
    town.bring("roads", "ref,name,division\nR7,样锦路,330213001001\nR8,样锦路,330213001201\n", partial=True)
    report = town.bring("addresses", ADDRESS_HEAD + "A1,锦屏街道,,,样锦路,88,,,,,121.4,29.66\n")
    assert "不止一处" in reasons(report)[0]
    assert town.count(StandardAddress) == 0


def test_the_report_file_lists_line_column_value_and_reason_and_runs_no_formula(town: Office, tmp_path: Path) -> None:
    report = town.bring("addresses", ADDRESS_HEAD + "=1+1,锦屏街道,样本社区,,样锦路,,,,,,121.4,29.66\nA2,无镇,,,样锦路,1,,,,,121.4,29.66\n")
    write_rejections(report, tmp_path / "report.csv")
    with (tmp_path / "report.csv").open(encoding="utf-8-sig") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["line"] for row in rows] == ["2", "3"]
    assert rows[1]["value"] == "无镇"
    assert guarded("=1+1") == "'=1+1"
    assert guarded("-12.5") == "-12.5"


@pytest.mark.parametrize("text", ["2019-08-26", "2019/8/26", "2019年8月26日", "20190826", "2019.08.26", "2019-08-26 00:00:00"])
def test_dates_are_read_as_offices_write_them(text: str) -> None:
    assert read_date(text) == date(2019, 8, 26)


@pytest.mark.parametrize("text", ["2019-13-01", "昨天", "19-8-26", "2019-02-30"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="无法识别"):
        read_date(text)


def test_years_and_months_alone_mean_their_first_day() -> None:
    assert read_date("2019年") == date(2019, 1, 1)
    assert read_date("2019年8月") == date(2019, 8, 1)
    assert read_date("") is None
