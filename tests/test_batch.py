"""Tables washed: every row once and in order, the same bytes however many processes answer and however often the run is killed."""

from __future__ import annotations

import csv
import gzip
import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gazetteer.job_kinds import job_kinds
from gazetteer.jobs import Running, claim, find_job, run_once
from gazetteer.linking import washing
from gazetteer.linking.engine import Engine
from gazetteer.linking.entries import content_state
from gazetteer.linking.match_file import enqueue_match, keep_upload, match_file, result_path, result_text
from gazetteer.linking.washing import BusyError, ChangedError, Task, Washing, local_answers, snapshot
from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM
from gazetteer.store.models import PlaceName
from gazetteer.workflow import change
from geoaddr.cli import main
from geoaddr.settings import Settings
from matchers.batch import WorkerLostError, in_order
from matchers.wash import RESULT_COLUMNS, csv_lines, result_columns

TEXTS = (
    "肖桥路88号",
    "奉化区西坞街道肖桥路八十六号",
    "",
    "肖桥路888号",
    "哈哈",
    "西坞街道，肖桥路90号\n二楼",
    '肖桥路"88"号',
    "肖桥路90号\r",
)
HEADER = ["id", "label", "address"]


@pytest.fixture
def office(sqlite_store: Store, small_register: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a register, and the settings that name it; returns the table to wash, 1,600 rows."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GEOADDR_DATABASE_URL", sqlite_store.url)
    monkeypatch.setenv("GEOADDR_INDEX_DIR", str(tmp_path / "index"))
    monkeypatch.setenv("GEOADDR_MEDIA_DIR", str(tmp_path / "media"))
    return write_table(tmp_path / "in.csv", 1_600)


@pytest.fixture
def engine(office: Path, sqlite_store: Store) -> Iterator[Engine]:
    opened = Engine(sqlite_store, office.parent / "index")
    yield opened
    opened.close()


def write_table(path: Path, count: int) -> Path:
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(HEADER)
        writer.writerows([str(row), f"own {row}, kept", TEXTS[row % len(TEXTS)]] for row in range(count))
    return path


def match_table(*arguments: str, **more: object) -> Result:
    return CliRunner().invoke(main, ["match", *arguments, "--column", "address"], **more)  # type: ignore[arg-type]


def read(path: Path) -> str:
    return path.read_bytes().decode()


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def never(code: int, tries: int) -> None:
    raise AssertionError(f"a worker ended with {code}, {tries}")


def test_every_row_comes_out_once_in_order_with_its_own_columns_untouched(office: Path) -> None:
    done = match_table("in.csv", "out.csv")
    assert (done.exit_code, "1600 行" in done.output) == (1, True)
    given, out = rows_of(read(office)), rows_of(read(Path("out.csv")))
    assert [{name: row[name] for name in HEADER} for row in out] == given
    assert list(out[0]) == [*HEADER, *result_columns(HEADER).values()]
    assert [row["verdict"] for row in out[:5]] == ["A", "A", "X", "N", "N"]
    assert out[0]["geoaddr_label"].endswith("肖桥路88号")
    assert not [path for path in Path().iterdir() if "partial" in path.name]


def test_rows_that_were_not_processed_are_listed_and_give_exit_code_one(office: Path) -> None:
    office.write_text("id,address\n1,肖桥路88号\n2,\n3,肖桥路86号,多一格\n", encoding="utf-8")
    done = match_table("in.csv", "out.csv")
    assert "第 2 行 empty，第 3 行 broken_row" in done.output
    assert [row["verdict"] for row in rows_of(read(Path("out.csv")))] == ["A", "X", "X"]
    office.write_text("id,address\n1,肖桥路88号\n", encoding="utf-8")
    assert match_table("in.csv", "out.csv").exit_code == 0


def test_empty_rows_are_rows_too(office: Path) -> None:
    from openpyxl import Workbook

    office.write_text("id,address\n,\n1,肖桥路88号\n,\n", encoding="utf-8")
    match_table("in.csv", "out.csv")
    assert [row["reason"] for row in rows_of(read(Path("out.csv")))] == ["empty", "exact", "empty"]
    book = Workbook()
    for cells in (["id", "address"], [1, "肖桥路88号"], [], ["3", "肖桥路86号"]):
        book.active.append(cells)
    book.save("in.xlsx")
    match_table("in.xlsx", "out.csv")
    assert [(row["id"], row["reason"]) for row in rows_of(read(Path("out.csv")))] == [("1", "exact"), ("", "empty"), ("3", "exact")]


@pytest.mark.parametrize("workers", [2, 3])
def test_several_workers_give_the_same_bytes_as_one(office: Path, workers: int) -> None:
    match_table("in.csv", "one.csv")
    match_table("in.csv", "several.csv", "--workers", str(workers))
    assert Path("several.csv").read_bytes() == Path("one.csv").read_bytes()


def test_pipes_carry_the_table_and_nothing_else(office: Path) -> None:
    match_table("in.csv", "out.csv")
    piped = subprocess.run(
        [sys.executable, "-m", "geoaddr", "match", "-", "-", "--column", "address"],
        input=office.read_bytes(),
        capture_output=True,
        check=False,
    )
    assert piped.returncode == 1
    assert piped.stdout == Path("out.csv").read_bytes()


def test_the_output_takes_the_format_of_its_name(office: Path) -> None:
    from python_calamine import load_workbook

    match_table("in.csv", "out.csv")
    plain = Path("out.csv").read_bytes()
    match_table("in.csv", "out.csv.gz")
    assert gzip.decompress(Path("out.csv.gz").read_bytes()) == plain
    office.write_text("id,address\n=1+1,肖桥路88号\n", encoding="utf-8")
    match_table("in.csv", "out.xlsx")
    sheet = load_workbook("out.xlsx").get_sheet_by_index(0).to_python()
    assert sheet[0] == ["id", "address", *RESULT_COLUMNS]
    assert sheet[1][:3] == ["=1+1", "肖桥路88号", "A"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["in.csv", "out.pdf"], "不能写成 .pdf"),
        (["in.csv", "none/out.csv"], "不存在"),
        (["in.csv", "in.csv"], "自己身上"),
        (["none.csv", "out.csv"], "找不到文件"),
        (["in.csv", "out.csv", "--lon", "id"], "一起给出"),
        (["in.csv", "out.csv", "--division", "无"], "没有“无”这一列"),
    ],
)
def test_what_cannot_be_washed_is_refused_in_one_sentence(office: Path, arguments: list[str], said: str) -> None:
    refused = match_table(*arguments)
    assert (refused.exit_code, said in refused.output, refused.output.count("\n")) == (2, True, 1)
    assert not Path("out.csv").exists()


def test_a_killed_run_goes_on_where_it_was_and_ends_with_the_same_bytes(office: Path) -> None:
    write_table(office, 6_000)
    often = "from gazetteer.linking import washing\nfrom geoaddr.cli import main\nwashing.CHECKPOINT_S = 0.01\nmain()"
    command = [sys.executable, "-c", often, "match", "in.csv", "out.csv", "--column", "address", "--quiet"]
    run = subprocess.Popen([*command, "--workers", "2"])
    state = Path("out.csv.partial.json")
    while '"rows": 0' in (state.read_text("utf-8") if state.exists() else '"rows": 0'):
        assert run.poll() is None, "it ended before it was killed"
        time.sleep(0.005)
    run.send_signal(signal.SIGKILL)
    run.wait()
    assert not Path("out.csv").exists()
    before = Path("out.csv.partial").stat().st_size
    with Path("out.csv.partial").open("ab") as partial:
        partial.write("半行".encode())  # what was written after the last safe moment counts for nothing
    assert before > 10_000
    subprocess.run(command, check=False)
    washed = Path("out.csv").read_bytes()
    match_table("in.csv", "whole.csv")
    assert washed == Path("whole.csv").read_bytes()
    assert not state.exists()


def _stopped(engine: Engine, after: int) -> None:
    """Leave a run in the middle, as an interruption does."""
    view, state = snapshot(engine)
    steps = Washing(Task(Path("in.csv"), "address"), state).into(Path("out.csv.partial"), local_answers(view, 1, never))
    while next(steps) < after:
        pass
    steps.close()


def test_rows_done_before_an_interruption_are_not_done_again(office: Path, engine: Engine) -> None:
    _stopped(engine, 1_000)
    view, state = snapshot(engine)
    again = Washing(Task(Path("in.csv"), "address"), state)
    assert next(again.into(Path("out.csv.partial"), local_answers(view, 1, never))) == 1_000
    assert (sum(again.counts.values()), again.failed[0]) == (1_000, (3, "empty"))


def test_a_changed_table_or_register_is_not_mixed_with_what_was_done_before(office: Path, engine: Engine, sqlite_store: Store) -> None:
    _stopped(engine, 500)
    table = read(office)
    office.write_bytes((table + "x,y,z\n").encode())
    refused = match_table("in.csv", "out.csv")
    assert (refused.exit_code, "输入文件" in refused.output, "--restart" in refused.output) == (2, True, True)
    office.write_bytes(table.encode())
    with sqlite_store.transaction() as session:
        road = session.query(PlaceName).one()
        change(session, road, actor=SYSTEM, verb="corrected", to={"meaning": "样本"})
    assert "登记册" in match_table("in.csv", "out.csv").output
    assert match_table("in.csv", "out.csv", "--restart").exit_code == 1
    assert len(rows_of(read(Path("out.csv")))) == 1_600


def test_events_about_other_things_do_not_stop_a_run_from_going_on(sqlite_store: Store, small_register: dict[str, str]) -> None:
    from gazetteer.people import create_user

    with sqlite_store.reading() as session:
        before = content_state(session)
    with sqlite_store.transaction() as session:
        create_user(session, "somebody", "样本甲", "viewer", "correct horse battery staple", actor=SYSTEM)
    with sqlite_store.reading() as session:
        assert content_state(session) == before


def test_two_runs_never_write_the_same_result(office: Path, engine: Engine) -> None:
    view, state = snapshot(engine)
    first = Washing(Task(office, "address"), state).into(Path("out.csv.partial"), local_answers(view, 1, never))
    next(first)
    with pytest.raises(BusyError):
        next(Washing(Task(office, "address"), state).into(Path("out.csv.partial"), local_answers(view, 1, never)))
    assert match_table("in.csv", "out.csv").exit_code == 2
    first.close()
    assert match_table("in.csv", "out.csv").exit_code == 1


def test_a_table_that_breaks_off_in_the_middle_leaves_nothing_behind(office: Path) -> None:
    with office.open("a", encoding="utf-8") as out:
        out.write('9,"' + "不" * 140_000)
    refused = match_table("in.csv", "out.csv")
    assert (refused.exit_code, "引号" in refused.output) == (2, True)
    assert not [path for path in Path().iterdir() if path.name.startswith("out.csv")]


def test_a_record_of_an_interruption_that_cannot_be_read_is_said(office: Path, engine: Engine) -> None:
    _stopped(engine, 500)
    Path("out.csv.partial.json").write_text("{", encoding="utf-8")
    with pytest.raises(ChangedError):
        _stopped(engine, 500)


def test_a_file_job_gives_the_same_bytes_as_the_command(office: Path, sqlite_store: Store, tmp_path: Path) -> None:
    settings = Settings(database_url=sqlite_store.url, index_dir=tmp_path / "index", media_dir=tmp_path / "media")
    with office.open("rb") as stream:
        stored = keep_upload(settings, stream, "in.csv")
    with sqlite_store.transaction() as session:
        id_ = enqueue_match(session, settings, upload=stored, filename="in.csv", column="address", actor=SYSTEM).id
    assert run_once(sqlite_store, settings, job_kinds())
    with sqlite_store.reading() as session:
        job = find_job(session, id_)
    assert job.result is not None
    assert job.result["rows"] == sum(job.result["counts"].values()) == 1_600
    match_table("in.csv", "out.csv")
    assert result_path(settings, job).read_bytes() == Path("out.csv").read_bytes()
    assert "".join(result_text(settings, job)) == read(Path("out.csv"))
    only = rows_of("".join(result_text(settings, job, verdict="N")))
    assert len(only) == job.result["counts"]["N"]
    assert {row["verdict"] for row in only} == {"N"}


def test_a_job_whose_register_changed_after_its_worker_died_begins_anew(office: Path, sqlite_store: Store, tmp_path: Path) -> None:
    settings = Settings(database_url=sqlite_store.url, index_dir=tmp_path / "index", media_dir=tmp_path / "media")
    with office.open("rb") as stream:
        stored = keep_upload(settings, stream, "in.csv")
    with sqlite_store.transaction() as session:
        enqueue_match(session, settings, upload=stored, filename="in.csv", column="address", actor=SYSTEM)
    job = claim(sqlite_store, 60, "first")
    assert job is not None
    steps = match_file(Running(job.id, job.params, 0, sqlite_store, settings))
    assert [next(steps), next(steps)] == [(0, 0), (0, 1_600)]
    steps.close()
    with sqlite_store.transaction() as session:
        change(session, session.query(PlaceName).one(), actor=SYSTEM, verb="corrected", to={"meaning": "样本"})
    assert list(match_file(Running(job.id, job.params, 500, sqlite_store, settings)))[-1]["rows"] == 1_600


def _squares(pieces: range, work: Callable[[int], int], died: Callable[[int, int], None], workers: int = 2) -> list[tuple[int, int]]:
    return list(in_order(((number, number) for number in pieces), work, workers=workers, died=died))


def test_a_worker_that_dies_is_replaced_and_its_piece_done_again(tmp_path: Path) -> None:
    deaths: list[int] = []

    def square(number: int) -> int:
        if number == 7 and not (tmp_path / "died").exists():
            (tmp_path / "died").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return number * number

    assert _squares(range(40), square, lambda code, _tries: deaths.append(code)) == [(number, number * number) for number in range(40)]
    assert deaths == [-signal.SIGKILL]


def test_a_piece_that_costs_three_workers_ends_the_run_with_a_sentence() -> None:
    deaths: list[int] = []

    def deadly(number: int) -> int:
        if number == 5:
            os.kill(os.getpid(), signal.SIGKILL)
        return number

    with pytest.raises(WorkerLostError, match="连续中断 3 次"):
        _squares(range(20), deadly, lambda _code, tries: deaths.append(tries))
    assert deaths == [1, 2, 3]


def test_an_error_in_a_worker_is_raised_here() -> None:
    def faulty(number: int) -> int:
        return 1 // (number - 3)

    with pytest.raises(ZeroDivisionError):
        _squares(range(9), faulty, never)


def test_slow_pieces_hold_back_only_a_bounded_number_of_others() -> None:
    read: list[int] = []

    def pieces() -> Iterator[tuple[int, int]]:
        for number in range(200):
            read.append(number)
            yield number, number

    def slow_first(number: int) -> int:
        time.sleep(0.3 if number == 0 else 0)
        return number

    answers = in_order(pieces(), slow_first, workers=2, died=never)
    assert next(answers) == (0, 0)
    assert len(read) <= 2 * 4 + 1
    assert list(answers)[-1] == (199, 199)


def test_cells_are_written_so_that_they_are_read_back_the_same() -> None:
    rows = [["a", "b,c"], ["", 'x"y'], ["line\nbreak", "return\rhere"], ["", ""]]
    assert list(csv.reader(io.StringIO("".join(f"{line}\n" for line in csv_lines(rows)), newline=""))) == rows


def test_memory_does_not_grow_with_the_table(office: Path) -> None:
    assert washing.PIECE == 500
    peaks = []
    for count in (2_000, 12_000):
        write_table(office, count)
        code = (
            "import resource, sys\nfrom geoaddr.cli import main\ntry:\n    main()\nexcept SystemExit:\n"
            "    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)"
        )
        arguments = [sys.executable, "-c", code, "match", "in.csv", "out.csv", "--column", "address", "--quiet"]
        peaks.append(int(subprocess.run(arguments, capture_output=True, text=True, check=False).stderr.splitlines()[-1]))
    assert peaks[1] - peaks[0] < 6_000, peaks
