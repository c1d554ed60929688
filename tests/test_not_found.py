"""Names that texts give and the register lacks: counted without persons or numbers, without waiting, and looked through by officers."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from register_rows import add_address, add_district, add_road
from sqlalchemy import select

from gazetteer.linking.engine import Engine
from gazetteer.linking.linker import LinkRequest, link_cases
from gazetteer.linking.not_found import ignore, list_unknown, reopen, settle_unknown, unknown_names
from gazetteer.linking.not_found_log import LONGEST_QUEUE, NotFoundLog
from gazetteer.store.database import OperationalError, Store
from gazetteer.store.events import SYSTEM, Actor, history, last_seq
from gazetteer.store.models import CaseRecord, UnknownName
from gazetteer.workflow import enter
from geoaddr.errors import Conflict, UsageError
from matchers.index import IndexLike
from matchers.verdict import Query

TEXT = "奉化区西坞街道样本新路8号3幢501室 样本甲 000-00000001"


@pytest.fixture
def engine(store: Store, tmp_path: Path) -> Iterator[Engine]:
    with store.transaction() as session:
        road = add_road(session, add_district(session)["town"])
        add_address(session, road, "88")
    made = Engine(store, tmp_path / "index")
    yield made
    made.close()


def _counts(store: Store) -> dict[str, int]:
    with store.reading() as session:
        return {row.name: row.times for row in list_unknown(session).rows}


def _written(engine: Engine) -> None:
    assert engine.not_found is not None
    engine.not_found.close()


@pytest.mark.parametrize(
    ("text", "name", "label", "town"),
    [
        (TEXT, "样本新路", "road", "西坞街道"),
        ("西坞街道新桥头村12号", "新桥头村", "community", "西坞街道"),
        ("奉化区样本幸福花园3幢501室 样本甲收", "样本幸福花园", "poi", ""),
        ("样本甲 西坞街道样本新路8号", "样本新路", "road", ""),
    ],
)
def test_only_the_unknown_name_and_its_district_are_taken(engine: Engine, text: str, name: str, label: str, town: str) -> None:
    (found,) = unknown_names(text, engine.view())
    assert (found.name, found.label, found.town) == (name, label, town)
    kept = f"{found.name}{found.district}{found.town}{found.example}"
    assert not any(character.isdigit() for character in kept)
    assert "甲" not in kept


@pytest.mark.parametrize(
    "text", ["西坞街道肖桥路88号", "西坞街道样本甲家", "西坞街道肖桥路777号", "样本甲先生收", "88号", "", "🏠", "000-00000001"]
)
def test_what_is_no_unknown_name_is_not_taken(engine: Engine, text: str) -> None:
    assert unknown_names(text, engine.view()) == ()


@pytest.mark.parametrize(
    "text",
    [
        "西坞街道肖桥路8号 样甲路", "西坞街道肖桥路8号样甲村", "西坞街道肖桥路8号3幢501室（样大道）", "西坞街道肖桥路8号 样明珠",
        "样甲村 西坞街道肖桥路8号", "故人样甲新村葬于西坞街道肖桥路8号",
    ],
)  # fmt: skip
def test_a_person_whose_name_ends_like_a_road_or_village_is_not_taken(engine: Engine, text: str) -> None:
    assert unknown_names(text, engine.view()) == ()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("样本新路8号，奉化区西坞街道", "样本新路"),
        ("西坞街道肖桥路8号样本大厦", "样本大厦"),
        ("西坞街道肖桥路8号、样本新路9号", "样本新路"),
    ],
)
def test_a_name_with_its_own_number_is_taken_wherever_it_stands(engine: Engine, text: str, name: str) -> None:
    assert [one.name for one in unknown_names(text, engine.view())] == [name]


def test_counting_goes_on_after_the_register_could_not_be_reached(store: Store, engine: Engine) -> None:
    verdict, view = engine.match(Query(TEXT)), engine.view()
    reachable = False

    def index() -> IndexLike:
        if not reachable:
            raise OperationalError("", None, Exception())
        return view

    log = NotFoundLog(store, index)
    log.note(TEXT, verdict)
    assert log.flush() == 0
    reachable = True
    assert log.flush() == 1
    log.close()
    assert _counts(store) == {"样本新路": 1}


def test_look_ups_are_counted_once_each_and_most_frequent_first(store: Store, engine: Engine) -> None:
    engine.count_not_found()
    assert engine.not_found is not None
    for text in (TEXT, TEXT, "西坞街道新桥头村12号", "西坞街道肖桥路88号"):
        engine.match(Query(text))
    list(engine.match_many([Query(TEXT), Query("肖桥路88号")]))
    assert engine.not_found.flush() == 2
    assert engine.not_found.flush() == 0
    assert list(_counts(store).items()) == [("样本新路", 3), ("新桥头村", 1)]


def test_counting_writes_no_event_and_no_text(store: Store, engine: Engine) -> None:
    engine.count_not_found()
    with store.reading() as session:
        before = last_seq(session)
    engine.match(Query(TEXT))
    _written(engine)
    with store.reading() as session:
        assert last_seq(session) == before
        (row,) = session.scalars(select(UnknownName))
        assert (row.example, row.lookups, row.cases) == ("奉化区西坞街道样本新路", 1, 0)


def test_a_register_that_cannot_be_written_neither_fails_nor_forgets(sqlite_store: Store, tmp_path: Path) -> None:
    with sqlite_store.transaction() as session:
        add_road(session, add_district(session)["town"])
    engine = Engine(sqlite_store, tmp_path / "index")
    impatient = Store(f"{sqlite_store.url}?timeout=0.05")
    log = NotFoundLog(impatient, engine.view)
    with impatient.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=50")
    verdict = engine.match(Query(TEXT))
    with sqlite_store.transaction() as session:
        session.scalar(select(UnknownName.id))
        log.note(TEXT, verdict)
        assert log.flush() == 0
    assert log.flush() == 1
    log.close()
    impatient.close()
    engine.close()
    assert _counts(sqlite_store) == {"样本新路": 1}


def test_a_flood_of_unknown_names_takes_bounded_memory(engine: Engine, store: Store) -> None:
    log = NotFoundLog(store, engine.view)
    verdict = engine.match(Query(TEXT))
    for _ in range(LONGEST_QUEUE + 50):
        log.note(TEXT, verdict)
    assert len(log._waiting) <= LONGEST_QUEUE
    log.close()
    log.note(TEXT, verdict)
    assert not log._waiting


def test_two_processes_counting_the_same_name_lose_nothing(store: Store, engine: Engine) -> None:
    verdict = engine.match(Query(TEXT))
    logs = [NotFoundLog(store, engine.view) for _ in range(3)]

    def work(log: NotFoundLog) -> None:
        for _ in range(20):
            log.note(TEXT, verdict)
            log.flush()

    threads = [threading.Thread(target=work, args=(log,)) for log in logs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for log in logs:
        log.close()
    assert _counts(store) == {"样本新路": 60}


def test_case_links_count_what_they_did_not_find(store: Store, engine: Engine) -> None:
    with store.transaction() as session:
        case = enter(session, CaseRecord(kind="elder", ref="E1", attributes={}), actor=SYSTEM, verb="imported", status="loaded")
        link_cases(session, engine.view_in(session), [LinkRequest(case.id, "residence", TEXT)], actor=SYSTEM)
    with store.reading() as session:
        (row,) = list_unknown(session, source="cases").rows
        assert (row.name, row.times, row.cases, row.lookups) == ("样本新路", 1, 1, 0)
        assert list_unknown(session, source="batches").total == 0


def test_a_name_is_set_aside_with_a_reason_and_brought_back(store: Store, engine: Engine, officer: Actor) -> None:
    engine.count_not_found()
    engine.match(Query(TEXT))
    _written(engine)
    with store.transaction() as session:
        (row,) = list_unknown(session).rows
        with pytest.raises(UsageError):
            ignore(session, row.id, reason=" ", version=row.version, actor=officer)
        ignore(session, row.id, reason="外区的路", version=row.version, actor=officer)
        with pytest.raises(Conflict):
            ignore(session, row.id, reason="再忽略", version=None, actor=officer)
    with store.transaction() as session:
        assert list_unknown(session).total == 0
        (row,) = list_unknown(session, status="ignored").rows
        assert [event.action for event in history(session, row.id)] == ["unknown_name.ignore"]
        reopen(session, row.id, actor=officer)
        assert settle_unknown(session, "样本新路", reason="已登记", actor=officer) == [row.id]
        assert list_unknown(session, status="settled").total == 1


def test_pages_of_the_list_neither_repeat_nor_skip(store: Store, engine: Engine) -> None:
    engine.count_not_found()
    for position, letter in enumerate("甲乙丙丁戊己庚"):
        for _ in range(1 + position % 3):
            engine.match(Query(f"西坞街道样本{letter}路8号"))
    _written(engine)
    seen, after = [], ""
    with store.reading() as session:
        while True:
            page = list_unknown(session, after=after, limit=2)
            assert page.total == 7
            seen += [row.name for row in page.rows]
            if page.next_after is None:
                break
            after = page.next_after
        assert sorted(seen) == sorted({row.name for row in list_unknown(session).rows})
        assert len(seen) == 7
        assert list_unknown(session, q="丙").total == 1


def test_a_washed_table_counts_each_row_it_did_not_find(store: Store, engine: Engine, tmp_path: Path) -> None:
    from gazetteer.linking.not_found_tables import count_washed
    from matchers.wash import Asked, answer, result_columns

    texts = [TEXT, "西坞街道肖桥路88号", TEXT, "西坞街道新桥头村12号", ""]
    header = ",".join(["verdict", "地址", *result_columns(["verdict", "地址"]).values()])
    lines = [f'x,"{text}",{line}' for text, line in zip(texts, answer([Asked(text) for text in texts], engine.view()), strict=True)]
    washed = tmp_path / "washed.csv"
    washed.write_text("\n".join([header, *lines, ""]), encoding="utf-8")
    assert count_washed(store, engine.view(), washed, "地址") == 3
    assert count_washed(store, engine.view(), washed, "没有这一列") == 0
    with store.reading() as session:
        assert [(row.name, row.batches, row.lookups) for row in list_unknown(session, source="batches").rows] == [
            ("样本新路", 2, 0), ("新桥头村", 1, 0),
        ]  # fmt: skip


def test_the_command_lists_the_most_frequent_first(sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from click.testing import CliRunner

    from gazetteer.linking.not_found import Unknown, count_unknown
    from geoaddr.cli import main

    with sqlite_store.transaction() as session:
        count_unknown(session, [(Unknown("样本新路", "road", "奉化区", "西坞街道"), 2), (Unknown("样本苑", "poi"), 5)], "lookups")
    monkeypatch.setenv("GEOADDR_DATABASE_URL", sqlite_store.url)
    found = CliRunner().invoke(main, ["names", "not-found"])
    assert found.exit_code == 0, found.output
    assert [(row["name"], row["times"]) for row in map(json.loads, found.output.splitlines())] == [("样本苑", 5), ("样本新路", 2)]
    one = CliRunner().invoke(main, ["names", "not-found", "--limit", "1"])
    assert "共 2 个，列出 1 个" in one.output
    assert CliRunner().invoke(main, ["names", "not-found", "--town", "没有的镇"]).output == ""


def test_a_page_after_a_count_no_database_holds_is_the_first_page(store: Store) -> None:
    with store.reading() as session:
        assert [list_unknown(session, after=f"{'9' * digits}-x").rows for digits in (19, 5_000)] == [(), ()]
