"""Every kind of file an office sends, and every way such files are broken: one clear sentence each."""

from __future__ import annotations

import struct
import tracemalloc
import zipfile
import zlib
from pathlib import Path
from typing import Any

import geopandas
import openpyxl
import pytest
import shapely
from openpyxl.worksheet.worksheet import Worksheet

from gazetteer.exchange.codes import DamagedCodeError, clean, restore_code
from gazetteer.exchange.delimited import sniff_delimiter
from gazetteer.exchange.headers import find_header
from gazetteer.exchange.readers import BROKEN, GEOMETRY, SURPLUS, Row, open_table
from gazetteer.exchange.spreadsheets import cell_text
from geoaddr.errors import UsageError

HEADER = "编号,名称,地址\n"
LINE = "330213001001,样本社区,奉化区锦屏街道岙埭碶路12号\n"


def written(folder: Path, content: bytes | str, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def rows_of(path: Path, **options: Any) -> list[Row]:
    return list(open_table(path, **options).rows())


def refusal(path: Path, **options: Any) -> str:
    with pytest.raises(UsageError) as caught:
        list(open_table(path, **options).rows())
    assert "\n" not in caught.value.message
    return caught.value.message


def workbook(folder: Path, rows: list[list[object]], merged: tuple[str, ...] = (), name: str = "table.xlsx") -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    for area in merged:
        sheet.merge_cells(area)
    book.save(folder / name)
    return folder / name


@pytest.mark.parametrize(
    ("codec", "expected"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("gb18030", "gb18030"), ("gbk", "gb18030"), ("utf-16", "utf-16")],
)
def test_every_office_encoding_reads_the_same(tmp_path: Path, codec: str, expected: str) -> None:
    table = open_table(written(tmp_path, (HEADER + LINE).encode(codec)))
    assert table.encoding == expected
    assert table.columns == ("编号", "名称", "地址")
    assert list(table.rows()) == [(2, {"编号": "330213001001", "名称": "样本社区", "地址": "奉化区锦屏街道岙埭碶路12号"})]


def test_characters_outside_gbk_survive_gb18030(tmp_path: Path) -> None:
    path = written(tmp_path, "名称,注\n鵁鶄𠀀㙍,x\n".encode("gb18030"))
    assert rows_of(path)[0][1]["名称"] == "鵁鶄𠀀㙍"


def test_a_file_in_neither_encoding_is_refused_with_its_line(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER.encode() + LINE.encode() * 3 + b"\xff\xff\xff,x,y\n")
    assert "第 5 行" in refusal(path)


def test_a_multibyte_character_cut_by_the_read_block_is_no_error(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + "1," + "岙" * 400_000 + ",x\n", "big.csv")
    assert "过长" in refusal(path)
    many = written(tmp_path, HEADER + LINE * 40_000)
    assert len(rows_of(many)) == 40_000


def test_a_wrongly_named_encoding_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, (HEADER + LINE).encode("gb18030"))
    assert "不是 utf-8 编码" in refusal(path, encoding="utf-8")
    assert "不认识编码" in refusal(path, encoding="klingon")
    assert "不认识编码" in refusal(path, encoding="zlib")


def test_big5_is_read_when_named_and_questioned_when_not(tmp_path: Path) -> None:
    path = written(tmp_path, ("編號,地址\n" + "1,連江縣南竿鄉介壽村一鄰一號\n" * 40).encode("big5"))
    assert rows_of(path, encoding="big5")[0][1]["地址"] == "連江縣南竿鄉介壽村一鄰一號"
    assert any("Big5" in note for note in open_table(path).notes)


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|", "，"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    text = (HEADER + LINE * 3).replace(",", delimiter)
    assert rows_of(written(tmp_path, text))[0][1]["名称"] == "样本社区"


def test_a_decimal_comma_does_not_win_over_the_semicolon() -> None:
    assert sniff_delimiter(["a;b;c\n", "1,5;2;3\n", "1,5;2,7;3\n"]) == ";"


def test_line_numbers_are_those_of_an_editor_even_with_line_breaks_in_cells(tmp_path: Path) -> None:
    path = written(tmp_path, '编号,备注\n1,"两\n行"\n\n2,后\n')
    assert [line for line, _ in rows_of(path)] == [2, 5]


def test_titles_and_notes_above_the_header_are_skipped(tmp_path: Path) -> None:
    path = written(tmp_path, "奉化区样本名册,,\n填报单位：某办,,\n" + HEADER + LINE)
    table = open_table(path)
    assert table.columns == ("编号", "名称", "地址")
    assert [line for line, _ in table.rows()] == [4]


def test_short_rows_are_filled_and_long_rows_are_marked(tmp_path: Path) -> None:
    rows = rows_of(written(tmp_path, HEADER + "1,甲\n" + "2,乙,丙,丁,戊\n" + LINE))
    assert rows[0][1] == {"编号": "1", "名称": "甲", "地址": None}
    assert rows[1][1][SURPLUS] == "2"
    assert SURPLUS not in rows[2][1]


def test_rows_can_be_read_twice(tmp_path: Path) -> None:
    table = open_table(written(tmp_path, HEADER + LINE * 5))
    assert len(list(table.rows())) == len(list(table.rows())) == 5


def test_cells_are_left_as_they_were_written(tmp_path: Path) -> None:
    assert rows_of(written(tmp_path, HEADER + " 1 ,\u3000甲\u3000,x\n"))[0][1] == {"编号": " 1 ", "名称": "\u3000甲\u3000", "地址": "x"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "0 字节"),
        ("\n\n , \n", "没有内容"),
        ("1,2,3\n4,5,6\n", "缺少表头"),
        ("编号,地址,地址\n1,a,b\n", "重复的列名：地址"),
        ("<html><table><tr><td>1</td></tr></table></html>", "网页"),
        ("%PDF-1.7 nothing", "不是表格"),
        ('编号,地址\n1,"没有结束的引号' + "x" * 200_000, "引号"),
        ("编号,地址\n1,a\0b\n", "UTF-8"),
        ('{"type":"gdal_streamed_alg","command_line":"gdal vector pipeline ! read x"}', "GeoJSON"),
        ("<OGRVRTDataSource></OGRVRTDataSource>", "XML"),
        ('{"type":"FeatureCollection","features":[', "GeoJSON"),
        ('{"type":"FeatureCollection","features":[]}', "没有任何要素"),
    ],
)
def test_an_unusable_file_gets_one_sentence(tmp_path: Path, content: str, said: str) -> None:
    assert said in refusal(written(tmp_path, content))


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    assert "找不到文件" in refusal(tmp_path / "nothing.csv")
    assert "找不到文件" in refusal(tmp_path)


def test_a_two_gigabyte_file_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as stream:
        stream.truncate(2 << 30)
    tracemalloc.start()
    message = refusal(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "2,048 MB" in message
    assert peak < 1 << 20


def test_csv_rows_take_no_memory_that_grows_with_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + LINE * 100_000)
    list(zip(range(10), open_table(path).rows(), strict=False))
    tracemalloc.start()
    count = sum(1 for _ in open_table(path).rows())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 100_000
    assert peak < 8 << 20


def test_codes_stored_as_numbers_come_back_whole(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["编号", "名称", "日期"], [330213001001, "甲", None], [330213001002.0, 12.5, None]])
    rows = rows_of(path)
    assert [row["编号"] for _, row in rows] == ["330213001001", "330213001002"]
    assert rows[1][1]["名称"] == "12.5"


def test_a_code_too_long_for_a_number_is_recognised_as_damaged(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["编号", "名称"], [33021300122200000001, "甲"]])
    with pytest.raises(DamagedCodeError):
        restore_code(rows_of(path)[0][1]["编号"])


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("330213001001.0", "330213001001"),
        ("330213001001", "330213001001"),
        (" ３３０２ ", "3302"),
        ("'0123", "0123"),
        ("A-1", "A-1"),
        ("E2E", "E2E"),
        ("12.50", "12.50"),
        (None, ""),
    ],
)
def test_a_code_is_restored_where_nothing_was_lost(cell: str | None, expected: str) -> None:
    assert restore_code(cell) == expected


@pytest.mark.parametrize("cell", ["3.30213E+11", "3.3021300100100E+19", "3e11", "3.30213e+11"])
def test_a_code_in_scientific_notation_is_refused(cell: str) -> None:
    with pytest.raises(DamagedCodeError):
        restore_code(cell)


def test_merged_titles_and_two_level_headers_are_understood(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["样本名册", None, None, None, None, None],
        ["编号", "户籍地址", None, "居住地址", None, "备注"],
        [None, "镇街", "详细", "镇街", "门牌", None],
        [1, "锦屏街道", "甲路1号", "岳林街道", "2", None],
    ]
    table = open_table(workbook(tmp_path, rows, ("A1:F1", "A2:A3", "B2:C2", "D2:E2", "F2:F3")))
    assert table.columns == ("编号", "户籍地址/镇街", "详细", "居住地址/镇街", "门牌", "备注")
    assert list(table.rows()) == [
        (4, {"编号": "1", "户籍地址/镇街": "锦屏街道", "详细": "甲路1号", "居住地址/镇街": "岳林街道", "门牌": "2", "备注": None})
    ]


def test_a_first_row_of_data_under_a_header_with_a_gap_is_not_taken_for_a_second_level() -> None:
    found = find_header([["编号", "", "地址"], ["1", "甲", "乙"]], "x")
    assert found.columns == ("编号", "列2", "地址")
    assert found.first_data == 1


def test_row_numbers_of_a_sheet_count_empty_rows_above(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["编号", "名称"], [1, "甲"], [None, None], [2, "乙"]])
    book = openpyxl.load_workbook(path)
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.insert_rows(1, 2)
    book.save(path)
    assert [line for line, _ in rows_of(path)] == [4, 6]


def test_the_first_sheet_with_content_is_read_and_said(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    full = book.create_sheet("名单")
    full.append(["编号", "名称"])
    full.append([1, "甲"])
    book.save(tmp_path / "two.xlsx")
    table = open_table(tmp_path / "two.xlsx")
    assert table.sheet == "名单"
    assert "名单" in table.notes[0]
    assert "没有工作表" in refusal(tmp_path / "two.xlsx", sheet="另一张")


def test_a_workbook_named_csv_is_still_a_workbook(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["编号", "名称"], [1, "甲"]], name="really.xlsx")
    path.rename(tmp_path / "really.csv")
    assert open_table(tmp_path / "really.csv").kind == "xlsx"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [(1.0, "1"), (0.1, "0.1"), (-3.0, "-3"), (True, "true"), ("", None), (None, None), (999999999999999, "999999999999999")],
)
def test_spreadsheet_cells_become_the_text_a_person_meant(cell: object, expected: str | None) -> None:
    assert cell_text(cell) == expected


def test_a_zip_bomb_is_refused_without_being_unpacked_to_disk(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("xl/workbook.xml", b"0" * (60 << 20))
    assert path.stat().st_size < 1 << 20
    assert "压缩炸弹" in refusal(path)


def test_an_archive_that_lies_about_its_sizes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "liar.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * (30 << 20))
    raw = bytearray(path.read_bytes())
    central = raw.rfind(b"PK\x01\x02")
    raw[central + 24 : central + 28] = struct.pack("<I", 100)
    path.write_bytes(bytes(raw))
    message = refusal(path)
    assert "损坏" in message or "压缩炸弹" in message


@pytest.mark.parametrize("kind", ["truncated", "noise", "encrypted"])
def test_a_damaged_workbook_is_refused(tmp_path: Path, kind: str) -> None:
    path = workbook(tmp_path, [["编号", "名称"], [1, "甲"]])
    raw = path.read_bytes()
    if kind == "truncated":
        path.write_bytes(raw[: len(raw) // 2])
    elif kind == "noise":
        path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + zlib.compress(raw) * 3)
    else:
        flagged = bytearray(raw)
        central = flagged.find(b"PK\x01\x02")
        flagged[central + 8] |= 1
        path.write_bytes(bytes(flagged))
    assert refusal(path)


def layer() -> geopandas.GeoDataFrame:
    values = {"名称": ["鲒埼路", "西坞路", "无形路"], "code": [330213001001, 330213001002, 3]}
    shapes = [shapely.LineString([(121.4, 29.6), (121.41, 29.6)]), shapely.LineString([(121.5, 29.6), (121.51, 29.6)]), None]
    return geopandas.GeoDataFrame(values, geometry=shapes, crs=4490)


@pytest.mark.parametrize("name", ["roads.geojson", "roads.gpkg", "roads.shp"])
def test_spatial_files_give_text_and_shapes(tmp_path: Path, name: str) -> None:
    options = {"encoding": "UTF-8"} if name.endswith("shp") else {}
    layer().to_file(tmp_path / name, **options)
    table = open_table(tmp_path / name)
    rows = list(table.rows())
    assert table.columns == ("名称", "code", GEOMETRY)
    assert [line for line, _ in rows] == [1, 2, 3]
    assert rows[0][1]["名称"] == "鲒埼路"
    assert rows[0][1]["code"] == "330213001001"
    assert rows[0][1][GEOMETRY] == shapely.LineString([(121.4, 29.6), (121.41, 29.6)])
    assert rows[2][1][GEOMETRY] is None
    assert table.crs == "EPSG:4490"


@pytest.mark.parametrize(("encoding", "cpg"), [("UTF-8", True), ("UTF-8", False), ("GB18030", True), ("GB18030", False)])
def test_a_shapefile_is_read_right_with_and_without_its_cpg(tmp_path: Path, encoding: str, cpg: bool) -> None:
    layer().to_file(tmp_path / "roads.shp", encoding=encoding)
    if not cpg:
        (tmp_path / "roads.cpg").unlink()
    table = open_table(tmp_path / "roads.shp")
    assert table.columns[0] == "名称"
    assert next(table.rows())[1]["名称"] == "鲒埼路"


def test_a_zipped_shapefile_is_read_and_cannot_write_outside_its_folder(tmp_path: Path) -> None:
    layer().to_file(tmp_path / "roads.shp", encoding="GB18030")
    with zipfile.ZipFile(tmp_path / "roads.zip", "w") as archive:
        for ending in ("shp", "shx", "dbf", "prj", "cpg"):
            archive.write(tmp_path / f"roads.{ending}", f"../../道路/roads.{ending}")
    assert [row["名称"] for _, row in open_table(tmp_path / "roads.zip").rows()] == ["鲒埼路", "西坞路", "无形路"]
    assert not (tmp_path.parent / "道路").exists()


def test_a_shapefile_without_its_table_is_refused(tmp_path: Path) -> None:
    layer().to_file(tmp_path / "roads.shp", encoding="UTF-8")
    (tmp_path / "roads.dbf").unlink()
    assert ".dbf" in refusal(tmp_path / "roads.shp")


def test_a_zip_without_a_layer_and_one_with_two_are_refused(tmp_path: Path) -> None:
    for name, members in (("none.zip", ["a.txt"]), ("two.zip", ["a.shp", "b.shp"])):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            for member in members:
                archive.writestr(member, b"x")
    assert "没有可导入的内容" in refusal(tmp_path / "none.zip")
    assert "2 个 .shp" in refusal(tmp_path / "two.zip")


def test_layers_of_a_geopackage_are_chosen_by_name(tmp_path: Path) -> None:
    layer().to_file(tmp_path / "two.gpkg", layer="roads")
    layer().to_file(tmp_path / "two.gpkg", layer="lanes")
    assert open_table(tmp_path / "two.gpkg", sheet="lanes").sheet == "lanes"
    assert "2 个图层" in open_table(tmp_path / "two.gpkg").notes[0]
    assert "没有图层" in refusal(tmp_path / "two.gpkg", sheet="rivers")


def test_a_plain_sqlite_file_is_not_a_geopackage(tmp_path: Path) -> None:
    assert "SQLite" in refusal(written(tmp_path, b"SQLite format 3\0" + b"\0" * 200, "x.gpkg"))


def test_lists_and_nulls_of_geojson_become_text(tmp_path: Path) -> None:
    text = (
        '{"type":"FeatureCollection","features":['
        '{"type":"Feature","properties":{"ref":"R1","aliases":["甲","乙"],"n":null},"geometry":{"type":"Point","coordinates":[121.4,29.6]}},'
        '{"type":"Feature","properties":{"ref":"R2","aliases":[],"n":7},"geometry":{"type":"LineString","coordinates":[[121.4,29.6]]}}]}'
    )
    rows = rows_of(written(tmp_path, text, "x.geojson"))
    assert rows[0][1]["aliases"] == "甲|乙"
    assert rows[0][1]["n"] is None
    assert rows[1][1]["n"] == "7"
    assert rows[1][1][GEOMETRY] == BROKEN


def test_blanks_of_every_width_are_cleaned() -> None:
    assert clean("\u3000 甲 \u00a0\ufeff") == "甲"
    assert clean(None) == ""
