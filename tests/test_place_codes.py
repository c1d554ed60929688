"""National place codes: given in turn without gaps, never twice, kept through changes."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from register_rows import add_district, add_road
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from gazetteer.exchange.importing.report import ImportReport
from gazetteer.exchange.importing.request import ImportRequest
from gazetteer.exchange.importing.run import import_file
from gazetteer.place_codes import issue_codes, issue_missing_codes, prefix_for
from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM
from gazetteer.store.models import PlaceCode, PlaceName
from gazetteer.workflow import move
from geoaddr.errors import Conflict


def test_a_code_is_county_town_category_and_a_serial_within_them(store: Store) -> None:
    with store.transaction() as session:
        units = add_district(session)
        first, second = (
            add_road(session, units["village"], "甲路", category_code="23510"),
            add_road(session, units["town"], "乙路", category_code="23510"),
        )
        wide = add_road(session, units["district"], "丙路", category_code="23510")
        issued = issue_codes(session, [first, second, wide], actor=SYSTEM)
        assert [issued[one.id] for one in (first, second, wide)] == ["33021300423510000001", "33021300423510000002", "33021399923510000001"]
        assert first.place_code == "33021300423510000001"


def test_a_place_above_the_county_gets_no_code() -> None:
    with pytest.raises(Conflict, match="县级以上"):
        prefix_for("3302", "23510")


def test_a_category_that_is_no_five_digits_counts_as_the_general_one() -> None:
    assert prefix_for("330213004201", "路") == "33021300427400"


def test_a_code_is_kept_and_never_given_again(store: Store) -> None:
    with store.transaction() as session:
        units = add_district(session)
        first = add_road(session, units["village"], "甲路", category_code="23510")
        issue_codes(session, [first], actor=SYSTEM)
        assert issue_codes(session, [first], actor=SYSTEM) == {}
        move(session, first, "retire", actor=SYSTEM, also={"valid_to": first.valid_from})
        second = add_road(session, units["village"], "乙路", category_code="23510")
        issue_codes(session, [second], actor=SYSTEM)
        assert (first.place_code, second.place_code) == ("33021300423510000001", "33021300423510000002")


def test_a_place_that_somebody_else_has_just_coded_keeps_that_code(store: Store) -> None:
    with store.transaction() as session:
        road = add_road(session, add_district(session)["village"], "甲路", category_code="23510")
        assert road.place_code is None
        session.execute(update(PlaceName.__table__).where(PlaceName.__table__.c.id == road.id).values(place_code="33021300423510000001"))
        assert issue_codes(session, [road], actor=SYSTEM) == {}
        session.refresh(road)
        assert road.place_code == "33021300423510000001"


def test_a_transaction_that_fails_gives_its_serials_back(store: Store) -> None:
    with store.transaction() as session:
        units = add_district(session)
        ids = [add_road(session, units["village"], name, category_code="23510").id for name in ("甲路", "乙路")]
    with pytest.raises(ZeroDivisionError), store.transaction() as session:
        issue_codes(session, [session.get_one(PlaceName, ids[0])], actor=SYSTEM)
        raise ZeroDivisionError
    with store.transaction() as session:
        assert issue_codes(session, [session.get_one(PlaceName, ids[1])], actor=SYSTEM) == {ids[1]: "33021300423510000001"}


def test_many_at_once_get_different_codes_without_gaps(store: Store) -> None:
    with store.transaction() as session:
        units = add_district(session)
        ids = [add_road(session, units["village"], f"第{number}路", category_code="23510").id for number in range(8)]

    def issue(id_: str) -> None:
        with store.transaction() as session:
            issue_codes(session, [session.get_one(PlaceName, id_)], actor=SYSTEM)

    threads = [threading.Thread(target=issue, args=(id_,)) for id_ in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.reading() as session:
        assert sorted(session.scalars(select(PlaceCode.serial))) == list(range(1, 9))
        assert len(set(session.scalars(select(PlaceName.place_code)))) == 8


def test_the_ledger_refuses_to_forget(store: Store) -> None:
    with store.transaction() as session:
        units = add_district(session)
        issue_codes(session, [add_road(session, units["village"], category_code="23510")], actor=SYSTEM)
    for statement in (delete(PlaceCode), update(PlaceCode).values(serial=7)):
        with pytest.raises((Conflict, DBAPIError), match="append-only"), store.transaction() as session:
            session.execute(statement)


def test_all_places_in_force_are_coded_oldest_first(store: Store) -> None:
    with store.transaction() as session:
        units = add_district(session)
        old, young = (
            add_road(session, units["village"], "甲路", category_code="23510"),
            add_road(session, units["village"], "乙路", category_code="23510"),
        )
        assert issue_missing_codes(session, actor=SYSTEM, district_code="330299") == {}
        issue_missing_codes(session, actor=SYSTEM, district_code="330213")
        assert (old.place_code, young.place_code) == ("33021300423510000001", "33021300423510000002")


def test_imported_codes_are_not_given_again_and_not_taken_from_others(store: Store, tmp_path: Path) -> None:
    with store.transaction() as session:
        add_district(session)
    code = "33021300423510000005"
    report = _import(store, tmp_path, f"1,甲路,road,330213004,{code}\n2,乙路,road,330213004,{code}\n3,丙路,road,330213004,\n")
    assert [(one.line, one.column) for one in report.rejected] == [(3, "地名代码")]
    with store.transaction() as session:
        issue_missing_codes(session, actor=SYSTEM)
        found = {place.standard_name: place.place_code for place in session.scalars(select(PlaceName))}
    assert found == {"甲路": code, "丙路": "33021300423510000006"}
    report = _import(store, tmp_path, "1,甲路,road,330213004,33021300423510000009\n3,丙路,road,330213004,\n")
    assert [(one.line, one.reason) for one in report.rejected] == [(2, f"登记册中这处地名的代码是 {code}，代码一经编定不再改变")]
    with store.reading() as session:
        assert {place.standard_name: place.place_code for place in session.scalars(select(PlaceName))} == found


def _import(store: Store, folder: Path, rows: str) -> ImportReport:
    file = folder / "roads.csv"
    file.write_text("ref,name,category,division,地名代码\n" + rows, encoding="utf-8")
    return import_file(store, ImportRequest("roads", file, actor=SYSTEM, partial=True))
