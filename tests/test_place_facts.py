"""Measures of a place and texts read on its signs: brought in by files, shown, given out again, and weighed by the audit."""

from __future__ import annotations

import pytest
from import_office import Office
from sqlalchemy import select

from gazetteer.exchange.exporting.rows import export_of
from gazetteer.names.audit import audit_register
from gazetteer.names.facts import fact_kinds, read_facts
from gazetteer.store.events import SYSTEM
from gazetteer.store.models import Finding, PlaceName, Plate
from geoaddr.errors import UsageError

TOWER = (
    'ref,名称,类别,区划代码,层数,建筑面积,绿地率\nB1,样霞大厦,building,330213001001,6,"4,200",\nB2,样云大厦,building,330213001001,18,,\n'
)


def test_measures_are_read_in_the_ways_offices_write_them() -> None:
    assert read_facts({"storeys": "18层", "green_percent": "35%", "floor_m2": "12,000㎡", "site_m2": " "}) == {
        "storeys": 18.0, "floor_m2": 12_000.0, "green_percent": 35.0,
    }  # fmt: skip
    for name in fact_kinds():
        with pytest.raises(UsageError) as caught:
            read_facts({name: "-1"})
        assert caught.value.field == name


def test_imported_measures_stay_with_the_place_and_condemn_a_term_beyond_the_scale(town: Office) -> None:
    assert town.bring("places", TOWER).rejected == ()
    places = {one.ref: one for one in town.all(select(PlaceName))}
    assert places["B1"].facts == {"storeys": 6.0, "floor_m2": 4200.0}
    with town.store.transaction() as session:
        audit_register(session, actor=SYSTEM)
    (finding,) = town.all(select(Finding).where(Finding.rule == "exaggerated-generic"))
    assert finding.evidence == "大厦：6层，应不少于10层，4200平方米，应不少于10000平方米"
    assert town.bring("places", TOWER).unchanged == 2
    assert town.bring("places", "ref,名称,类别,区划代码,层数\nB1,样霞大厦,building,330213001001,12\n").updated == 1
    with town.store.transaction() as session:
        assert session.scalars(select(PlaceName).where(PlaceName.ref == "B1")).one().facts == {"storeys": 12.0, "floor_m2": 4200.0}
        assert audit_register(session, actor=SYSTEM).cured == 1


def test_a_measure_that_is_none_is_refused_with_line_and_column(town: Office) -> None:
    report = town.bring("places", TOWER.replace(",18,", ",很高,"))
    assert [(one.line, one.column) for one in report.rejected] == [(3, "层数")]
    assert "应为 1 到 200" in report.rejected[0].reason


def test_measures_are_given_out_again(town: Office) -> None:
    town.bring("places", TOWER)
    with town.store.reading() as session:
        rows = {row["ref"]: row for row, _shape in export_of(session, "places").rows}
    assert (rows["B1"]["storeys"], rows["B1"]["floor_m2"], rows["B1"]["green_percent"]) == ("6", "4200", "")
    assert rows["P1"]["storeys"] == ""


def test_what_an_inspector_read_on_a_plate_is_compared_with_the_register(town: Office) -> None:
    town.bring("addresses", "ref,town,community,road,number,lon,lat\nA1,锦屏街道,样本社区,样锦路,88,121.401,29.66\n")
    text = "address_ref,status,installed_on,牌面名称,牌面号码\nA1,accepted,2024-03-01,旧样锦路,88\n"
    assert town.bring("plates", text).rejected == ()
    (plate,) = town.all(select(Plate))
    assert (plate.face["name"], plate.face["number"], plate.face["read_on_site"]) == ("旧样锦路", "88", True)
    with town.store.transaction() as session:
        audit_register(session, actor=SYSTEM)
    assert town.all(select(Finding.evidence).where(Finding.rule == "sign-text-differs")) == ["牌面“旧样锦路”，登记为“样锦路”"]
    long = town.bring("plates", f"address_ref,status,牌面名称\nA1,taken_down,{'长' * 121}\n")
    assert "牌面文字超过 120 字" in long.rejected[0].reason
