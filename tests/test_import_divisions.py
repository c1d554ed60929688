"""Dated lists of divisions into the register, and what became of whom."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest
from import_office import ADDRESSES, UPPER, Office
from sqlalchemy import select

from gazetteer.addresses import PART_COLUMNS, label_for
from gazetteer.divisions import levels_of, load_divisions
from gazetteer.exchange.importing.succession import Unit, compare_lists, core_of
from gazetteer.store.models import (
    Division,
    DivisionSuccession,
    StandardAddress,
)


def test_codes_name_their_parents_and_levels(office: Office) -> None:
    report = office.bring("divisions", UPPER)
    assert (report.rows, report.created, report.applied) == (8, 8, True)
    with office.store.reading() as session:
        tree = load_divisions(session)
        village = tree.by_code("330213001201")
        assert village is not None
        assert list(tree.names(village.id).values()) == ["浙江省", "宁波市", "奉化区", "锦屏街道", "样岙村委会"]


def test_padded_codes_and_codes_turned_into_floats_are_understood(office: Office) -> None:
    office.bring("divisions", "code,name\n33.0,浙江省\n330200000000,宁波市\n330213000000.0,奉化区\n330213001000,锦屏街道\n")
    assert {row.code: row.level for row in office.all(select(Division))} == {
        "33": "province", "3302": "city", "330213": "district", "330213001": "town",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("3.30213E+11,甲村", "科学计数法"),
        ("33021,甲", "5 位"),
        ("33X,甲", "不是数字"),
        (",甲", "代码为空"),
        ("330213001001,", "名称为空"),
        ("440306001001,甲村", "请先导入上级行政区划"),
        ("330213001001,甲,乙", "多出"),
    ],
)
def test_a_bad_division_row_is_refused_with_its_line(office: Office, row: str, said: str) -> None:
    report = office.bring("divisions", f"code,name\n33,浙江省\n3302,宁波市\n330213,奉化区\n330213001,锦屏街道\n{row}\n")
    assert [one.line for one in report.rejected] == [6]
    assert said in report.rejected[0].reason
    assert not report.applied
    assert office.count(Division) == 0


def test_the_eight_lists_of_fenghua_connect_every_recoded_moved_and_merged_village(office: Office) -> None:
    folder = Path(__file__).parent.parent / "gazetteer/data/divisions"
    lists = sorted(folder.glob("fenghua_*.csv"))
    office.bring("divisions", "code,name\n33,浙江省\n3302,宁波市\n", as_of=date(2016, 1, 1))
    days = [date.fromisoformat(path.stem.removeprefix("fenghua_")) for path in lists]
    for path, day in zip(lists, days, strict=True):
        assert office.bring("divisions", path.read_bytes(), as_of=day).rejected == ()
    seq = office.seq()
    for path, day in zip(lists, days, strict=True):
        again = office.bring("divisions", path.read_bytes(), as_of=day)
        assert again.unchanged == again.rows
    assert office.seq() == seq
    with office.store.reading() as session:
        tree = load_divisions(session)
        for path, day in zip(lists, days, strict=True):
            with path.open(encoding="utf-8") as stream:
                for row in csv.DictReader(stream):
                    division = tree.by_code(row["code"], day)
                    assert division is not None, (day, row)
                    assert division.name == row["name"]
        links = session.scalars(select(DivisionSuccession)).all()
        names = {(tree.by_id[link.old_id].name, tree.by_id[link.new_id].name): link for link in links}
        assert names["前江村委会", "前江村委会"].kind in ("moved", "recoded")
        moved = [link for link in links if link.kind == "moved"]
        assert len(moved) == 25
        assert all(link.inferred and link.changed_on == date(2019, 10, 31) for link in moved)
        assert sum(1 for link in links if link.kind == "recoded") == 408 + 112
        assert names["万三村委会", "万竹村委会"].kind == "merged"
        assert names["奉化市", "奉化区"].inferred
        assert len([row for row in tree.by_id.values() if row.valid_to is None and row.level == "community"]) == 337


def test_a_list_imported_after_newer_ones_lets_units_begin_earlier_but_never_rewrites_them(office: Office) -> None:
    office.bring("divisions", UPPER, as_of=date(2023, 6, 30))
    report = office.bring("divisions", UPPER.replace("样本社区", "旧名社区"), as_of=date(2020, 1, 1))
    assert report.rejected == ()
    with office.store.reading() as session:
        tree = load_divisions(session)
        old, new = tree.by_code("330213001001", date(2020, 5, 5)), tree.by_code("330213001001", date(2023, 7, 1))
        assert (old and old.name, new and new.name) == ("旧名社区", "样本社区")
    assert "按日期先后导入" in office.refused("divisions", UPPER.replace("旧名社区", "又名"), as_of=date(2021, 1, 1))


def test_without_a_date_a_division_file_ends_nothing(office: Office) -> None:
    office.bring("divisions", UPPER)
    report = office.bring("divisions", "code,name\n330213001,锦屏街道\n330213001002,新社区\n")
    assert (report.created, report.unchanged) == (1, 1)
    assert all(row.valid_to is None for row in office.all(select(Division)))


def test_places_and_addresses_follow_their_village_to_its_new_code(town: Office) -> None:
    town.bring("addresses", ADDRESSES)
    tomorrow = date.fromordinal(date.today().toordinal() + 1)
    moved = (
        UPPER.replace("330213001,锦屏街道", "330213009,锦屏新街道")
        .replace("330213001001", "330213009001")
        .replace("330213001201", "330213009201")
    )
    report = town.bring("divisions", moved, as_of=tomorrow)
    assert report.made["addresses_followed"] == 3
    assert report.made["places_followed"] == 3
    with town.store.reading() as session:
        for address in session.scalars(select(StandardAddress)):
            assert "锦屏新街道" in address.label
            parts = {name: getattr(address, name) for name in PART_COLUMNS}
            assert address.label == label_for(levels_of(session, address.division), address.place, address.estate, parts)


def test_two_heirs_stated_by_the_list_are_a_split_and_need_no_inference() -> None:
    old = [Unit("330213001001", "大村", "community", "330213001")]
    new = [
        Unit("330213001002", "东村", "community", "330213001", ("330213001001",)),
        Unit("330213001003", "西村", "community", "330213001", ("330213001001",)),
    ]
    links = compare_lists(old, new, ["330213001"])
    assert {(link.new[-1], link.kind, link.inferred) for link in links} == {("2", "split", False), ("3", "split", False)}


def test_a_code_used_again_for_another_village_connects_nothing() -> None:
    old = [Unit("330213001001", "甲村村委会", "community", "330213001")]
    new = [Unit("330213001001", "乙庄村委会", "community", "330213001")]
    assert compare_lists(old, new, ["330213001"]) == []


@pytest.mark.parametrize(
    ("name", "core"),
    [("莼湖镇", "莼湖"), ("莼湖街道", "莼湖"), ("苕霅（条宅）村委会", "苕霅"), ("西坞林场生活区", "西坞林场"), ("村", "村")],
)
def test_endings_and_glosses_do_not_count_when_names_are_compared(name: str, core: str) -> None:
    assert core_of(name) == core
