"""Large address files: what is put off until their end is there afterwards, and rows read quickly are the rows read in full."""

from __future__ import annotations

import gc
from dataclasses import astuple
from typing import Any

import pytest
from import_office import ADDRESS_HEAD, ADDRESSES, Office
from sqlalchemy import select, text

from gazetteer.exchange.importing.address_quick import QuickReader
from gazetteer.exchange.importing.address_rows import RowError, RowReader
from gazetteer.exchange.importing.addresses import LARGE
from gazetteer.exchange.importing.columns import resolve_columns
from gazetteer.exchange.importing.finding import load_finder
from gazetteer.exchange.importing.place_index import load_places
from gazetteer.exchange.importing.report import Tally
from gazetteer.exchange.importing.request import ImportRequest, Work
from gazetteer.exchange.readers import open_table
from gazetteer.store.bulk import among, id_numbers
from gazetteer.store.checks import check_register
from gazetteer.store.events import SYSTEM
from gazetteer.store.models import StandardAddress
from gazetteer.store.types import UnknownId
from geoaddr.ids import new_ids, number_of, text_of


def many(count: int, first: int = 1) -> str:
    rows = (f"K{number},锦屏街道,样本社区,,样锦路,{number},,,,,121.4,29.66\n" for number in range(first, first + count))
    return ADDRESS_HEAD + "".join(rows)


def definitions(office: Office) -> list[str]:
    """Return every index and trigger as the store describes it."""
    sqlite = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND type <> 'table' ORDER BY name"
    postgresql = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexname"
    with office.store.reading() as session:
        found = session.execute(text(sqlite if office.store.dialect == "sqlite" else postgresql)).scalars().all()
    return [" ".join(one.split()) for one in found]


def test_a_large_load_leaves_every_index_and_trigger_as_it_was(town: Office) -> None:
    before = definitions(town)
    town.bring("addresses", ADDRESSES)
    assert town.bring("addresses", many(LARGE + 1, 100)).created == LARGE + 1
    assert definitions(town) == before
    assert check_register(town.store) == []
    assert town.bring("addresses", many(LARGE + 1, 100_000)).created == LARGE + 1  # now into a table that is not empty
    assert definitions(town) == before
    assert check_register(town.store) == []


@pytest.mark.parametrize("spoilt", [False, True])
def test_a_large_load_that_is_undone_leaves_every_index_and_trigger_as_it_was(town: Office, spoilt: bool) -> None:
    before = definitions(town)
    file = many(LARGE + 1) + ("K0,锦屏街道,样本社区,,无此路,1,,,,,121.4,29.66\n" if spoilt else "")
    report = town.bring("addresses", file, dry_run=not spoilt)
    assert (report.created, len(report.rejected), report.applied) == (LARGE + 1, int(spoilt), False)
    assert definitions(town) == before
    assert town.count(StandardAddress) == 0
    assert check_register(town.store) == []


def test_a_large_file_imported_again_changes_only_what_differs(town: Office) -> None:
    town.bring("addresses", many(LARGE))
    usual = gc.get_threshold()
    report = town.bring("addresses", many(LARGE).replace("样锦路,77,,,,,121.4,", "样锦路,77,,,,,121.41,"))
    assert (report.updated, report.unchanged) == (1, LARGE - 1)
    assert gc.get_threshold() == usual
    row = town.all(select(StandardAddress).where(StandardAddress.ref == "K77"))[0]
    assert (row.min_lon, row.geom.x, row.version) == (121.41, 121.41, 2)
    assert check_register(town.store) == []


def test_rows_that_swap_numbers_are_refused_wherever_they_stand(town: Office) -> None:
    town.bring("addresses", many(3))
    report = town.bring("addresses", many(3).replace("样锦路,3,", "样锦路,4,").replace("样锦路,2,", "样锦路,3,"))
    assert [(one.line, one.reason) for one in report.rejected] == [(3, "改动后与另一处已登记的地址相同")]


HALVES = (
    "A1,锦屏街道,样本社区,,样锦路,88,,,,,121.4,29.66",
    "A2,锦屏街道,样本社区,,样锦路,89,,,,,121.4,29.66",
    " A3 ,锦屏街道,样本社区,,样锦路,88号,,,, ,121.4, 29.66 ",
    "1E5,锦屏街道,样本社区,,样锦路,90,,,,,121.4,29.66",
    "A5,锦屏街道,样本社区,,样锦路,,,,,,,",
    "A6,锦屏街道,样本社区,,样锦路,,样锦花苑,3,2,501,,",
    "A7,锦屏街道,样本社区,,,,样锦花苑,3,2,501,,",
    "A8,锦屏街道,样岙村,下样岙,,88,,,,,121.4,29.66",
    ",锦屏街道,样岙村,下样岙,,89,,,,,121.4,29.66",
    "A9,锦屏街道,,,,88,,,,,121.4,29.66",
    "A10,锦屏街道,样本社区,,无此路,88,,,,,121.4,29.66",
    "A11,锦屏街道,样本社区,,样锦路,88,,,,,121.4,29.66,多余",
    f"{'9' * 81},锦屏街道,样本社区,,样锦路,88,,,,,121.4,29.66",
)


def test_rows_read_quickly_are_the_rows_read_in_full(town: Office) -> None:
    path = town.folder / "halves.csv"
    path.write_text(ADDRESS_HEAD + "\n".join(HALVES * 2) + "\n", encoding="utf-8")
    table = open_table(path)
    with town.store.transaction() as session:
        columns = resolve_columns("addresses", table, {})
        work = Work(session, ImportRequest("addresses", path, SYSTEM), columns, "EPSG:4490", "test", Tally(), lambda: pytest.fail("parsed"))
        divisions = load_finder(work)
        reader = RowReader(work, divisions, load_places(work, divisions), has_status=False)
        quick = QuickReader(reader)
        answers = [[_answer(one, line, row) for one in (reader, quick)] for line, row in table.rows()]
    assert all(full == fast for full, fast in answers)
    assert sum(1 for full, _ in answers if full[0] == "refused") == 2 * 6
    assert len(quick.wheres) == 4


def _answer(reader: RowReader | QuickReader, line: int, row: dict[str, Any]) -> tuple[object, ...]:
    try:
        return astuple(reader.read(line, row))
    except RowError as error:
        return ("refused", error.field, str(error))


def test_ids_become_numbers_all_at_once_as_they_do_one_by_one() -> None:
    ids = [*new_ids(100), text_of(0), text_of((1 << 63) - 1)]
    assert id_numbers([None, *ids]) == [None, *(number_of(one) for one in ids)]
    for wrong in ("z" * 13, "ILOU000000000", "短", "0" * 12, "８" * 13):
        with pytest.raises(UnknownId):
            id_numbers([*ids, wrong])


def test_many_texts_or_ids_are_asked_for_as_one_parameter(town: Office) -> None:
    town.bring("addresses", ADDRESSES)
    with town.store.reading() as session:
        refs = session.scalars(select(StandardAddress.ref).where(among(session, StandardAddress.__table__.c.ref, ["A1", "A3", 'A"9'])))
        assert {*refs} == {"A1", "A3"}
        ids = list(session.scalars(select(StandardAddress.id)))
        found = session.scalars(select(StandardAddress.id).where(among(session, StandardAddress.__table__.c.id, ids[:2])))
        assert sorted(found) == sorted(ids[:2])
