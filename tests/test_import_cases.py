"""Plates and case records into the register: persons sealed, links decided, nothing personal in a report."""

from __future__ import annotations

import pytest
from import_office import ADDRESSES, Office, reasons
from sqlalchemy import select

from gazetteer.exchange.importing.request import CaseServices
from gazetteer.store.checks import check_register
from gazetteer.store.models import (
    AddressLink,
    CasePerson,
    CaseRecord,
    Event,
    Lineage,
    Plate,
)


def test_plates_find_their_address_and_are_connected_with_what_they_replaced(town: Office) -> None:
    town.bring("addresses", ADDRESSES)
    text = "ref,address_ref,kind,status,installed_on,replaces\nM1,A1,door,replaced,2019-01-01,\n"
    text += "M2,A1,door,accepted,2020-01-01,M1\nM3,A3,door,ordered,,\n"
    report = town.bring("plates", text)
    assert (report.created, report.made) == (3, {"replacements": 1})
    assert town.count(Lineage) == 1
    assert town.bring("plates", text).unchanged == 3
    assert len({plate.serial for plate in town.all(select(Plate))}) == 3


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("M1,A99,door,ordered,", "没有这个编号的地址"),
        ("M1,A1,牌匾,ordered,", "种类无法识别"),
        ("M1,A1,door,lost,", "状态无法识别"),
        ("M1,A1,door,ordered,2020-01-01", "尚未安装"),
        ("M1,A1,door,accepted,二〇二〇", "日期"),
        ("M1,A1,door,ordered,\nM2,A1,door,made,", "另一块"),
    ],
)
def test_a_bad_plate_row_is_refused(town: Office, row: str, said: str) -> None:
    town.bring("addresses", ADDRESSES)
    report = town.bring("plates", f"ref,address_ref,kind,status,installed_on\n{row}\n")
    assert said in report.rejected[0].reason
    assert town.count(Plate) == 0


CASES = "编号,姓名,户籍地址,实际居住地址,联系电话\n" + (
    "E1,样本甲,奉化区锦屏街道样锦路88号,奉化区锦屏街道样锦花苑3幢2单元501室,000-1\nE2,样本乙,同上,,000-2\n"
)


def test_cases_are_linked_and_their_persons_sealed(town: Office, case_services: CaseServices) -> None:
    report = town.bring("cases", CASES, mapping={"kind": "elder"}, cases=case_services)
    assert (report.created, reasons(report)) == (2, [])
    assert report.made["cases_linked"] == 1
    links = {(row.role, row.status) for row in town.all(select(AddressLink))}
    assert ("registered", "linked") in links
    assert ("residence", "linked") in links
    cases = {row.ref: row for row in town.all(select(CaseRecord))}
    assert cases["E1"].status == "linked"
    assert cases["E2"].status in ("rejected", "unmatched", "review")
    assert all("样本甲" not in str(event.payload) for event in town.all(select(Event)))
    sealed = {row.case_id: case_services.box.open(row.case_id, row.sealed) for row in town.all(select(CasePerson))}
    assert sealed[cases["E1"].id]["name"] == "样本甲"


def test_case_files_seen_before_change_nothing_and_a_new_text_is_decided_anew(town: Office, case_services: CaseServices) -> None:
    town.bring("cases", CASES, mapping={"kind": "elder"}, cases=case_services)
    before = town.seq()
    assert town.bring("cases", CASES, mapping={"kind": "elder"}, cases=case_services).unchanged == 2
    assert town.seq() == before
    report = town.bring("cases", CASES.replace("样锦路88号", "样锦路89号"), mapping={"kind": "elder"}, cases=case_services)
    assert (report.updated, report.unchanged) == (1, 1)
    assert {row.status for row in town.all(select(CaseRecord).where(CaseRecord.ref == "E1"))} <= {"unmatched", "review"}


def test_an_empty_cell_never_empties_the_address_text_of_a_record(town: Office, case_services: CaseServices) -> None:
    town.bring("cases", CASES, mapping={"kind": "elder"}, cases=case_services)
    before = town.seq()
    report = town.bring("cases", "编号,户籍地址,实际居住地址\nE1,,\nE2,,\n", mapping={"kind": "elder"}, cases=case_services)
    assert (report.unchanged, report.updated, town.seq()) == (2, 0, before)


def test_a_row_that_names_its_kind_is_not_taken_for_another(town: Office, case_services: CaseServices) -> None:
    text = "kind,ref,address\nstation,S1,奉化区锦屏街道样锦路88号\nelder,E1,奉化区锦屏街道样锦路88号\n"
    report = town.bring("cases", text, mapping={"kind": "elder"}, cases=case_services)
    assert [(one.line, "自称是 station" in one.reason) for one in report.rejected] == [(2, True)]
    assert town.count(CaseRecord) == 0
    assert town.bring("cases", text, cases=case_services).created == 2


def test_a_refused_case_row_never_shows_anything_about_a_person(town: Office, case_services: CaseServices) -> None:
    text = "编号,姓名,身份证号,户籍地址\n,样本甲,SAMPLE-1,奉化区样锦路88号\nE2,样本乙,3.30213E+17,奉化区样锦路88号\n"
    report = town.bring("cases", text, mapping={"kind": "elder"}, cases=case_services)
    shown = str(report.as_dict())
    assert len(report.rejected) == 2
    assert "样本" not in shown
    assert "3.30213" not in shown
    assert "SAMPLE" not in shown


def test_a_case_file_must_say_what_kind_of_case_it_holds(town: Office, case_services: CaseServices) -> None:
    assert "--map kind" in town.refused("cases", CASES, cases=case_services)


def test_the_register_is_sound_after_all_kinds_of_import(town: Office, case_services: CaseServices) -> None:
    town.bring("plates", "ref,address_ref,status\nM1,A1,ordered\n")
    town.bring("cases", CASES, mapping={"kind": "elder"}, cases=case_services)
    assert check_register(town.store) == []


def test_a_contact_written_into_an_address_cell_is_sealed_and_its_address_linked(town: Office, case_services: CaseServices) -> None:
    rows = "编号,姓名,户籍地址\nE1,样本甲,奉化区锦屏街道样锦路88号 样本丙7843 000-00007843\n"
    town.bring("cases", rows, mapping={"kind": "elder"}, cases=case_services)
    (link,) = town.all(select(AddressLink))
    assert (link.text, link.status) == ("奉化区锦屏街道样锦路88号", "linked")
    (row,) = town.all(select(CasePerson))
    assert case_services.box.open(row.case_id, row.sealed)["contact_in_address"] == "样本丙7843 000-00007843"
    before = town.seq()
    town.bring("cases", rows, mapping={"kind": "elder"}, cases=case_services)
    assert town.seq() == before
