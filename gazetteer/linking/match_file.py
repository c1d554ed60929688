"""Whole files matched as jobs: kept when they arrive, washed by a worker, and given back with every row in its place."""

from __future__ import annotations

import csv
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import IO, Any

from sqlalchemy.orm import Session

from gazetteer.exchange.readers import open_table
from gazetteer.jobs import Progress, Running, enqueue
from gazetteer.linking.engine import Engine
from gazetteer.linking.not_found_tables import count_washed
from gazetteer.linking.washing import (
    Answering,
    BusyError,
    ChangedError,
    Task,
    Washing,
    finish,
    forget,
    local_answers,
    named_columns,
    snapshot,
)  # fmt: skip
from gazetteer.store.events import Actor
from gazetteer.store.models import Job
from geoaddr.errors import Conflict, NotFound, UsageError
from geoaddr.settings import Settings
from matchers.wash import RESULT_COLUMNS, csv_lines

KIND = "match_file"
TOLD_EVERY_S = 0.5
"""Seconds between two moments at which a running job says how far it is."""

PREVIEW = 20
"""Rows shown of a job that is still running."""

PIECE = 1 << 20
ADDRESS_WORDS = ("详细地址", "地址", "住址", "address", "full", "location", "text")


def keep_upload(settings: Settings, stream: IO[bytes], filename: str) -> str:
    """Keep a file as it arrives, readable by this service only; returns the name it is kept under.

    ``UsageError`` where it is larger than allowed or empty; nothing is left behind then.
    """
    stored = secrets.token_hex(16)
    folder = settings.media_dir / "uploads" / stored
    folder.mkdir(parents=True, mode=0o700)
    path = folder / _harmless(filename)
    size, limit = 0, settings.max_upload_mb << 20
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        while size <= limit and (piece := stream.read(PIECE)):
            size += file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    if not 0 < size <= limit:
        forget_upload(settings, stored)
        raise UsageError("文件是空的" if size == 0 else f"文件超过 {settings.max_upload_mb} MB", field="file")
    return stored


def forget_upload(settings: Settings, stored: str) -> None:
    """Remove a kept file; one that is gone already is no error."""
    shutil.rmtree(settings.media_dir / "uploads" / Path(stored).name, ignore_errors=True)


def columns_of(settings: Settings, stored: str) -> tuple[str, ...]:
    """Return the column names of a kept file; ``UsageError`` of one sentence where it cannot be read as a table."""
    return named_columns(open_table(upload_path(settings, stored), limit_bytes=settings.max_upload_mb << 20))


def guess_column(columns: tuple[str, ...]) -> str | None:
    """Return the column that most likely holds the addresses: ``("姓名", "家庭住址")`` -> 家庭住址; None where none does."""
    if len(columns) == 1:
        return columns[0]
    found = ((word, column) for word in ADDRESS_WORDS for column in columns if word in column.lower())
    return next((column for _word, column in found), None)


def enqueue_match(
    session: Session,
    settings: Settings,
    *,
    upload: str,
    filename: str,
    column: str,
    lon: str = "",
    lat: str = "",
    division: str = "",
    actor: Actor,
) -> Job:
    """Queue the matching of a kept file; ``UsageError`` naming the first column that the file does not have."""
    columns = columns_of(settings, upload)
    given = {"column": column, "lon": lon, "lat": lat, "division": division}
    for field, name in given.items():
        if (name or field == "column") and name not in columns:
            raise UsageError(f"文件中没有“{name[:60]}”这一列；有：{'、'.join(columns)[:300]}", field=field)
    if bool(lon) != bool(lat):
        raise UsageError("经度列和纬度列要一起给出", field="lat" if lon else "lon")
    return enqueue(session, KIND, {"upload": upload, "filename": Path(filename).name[:120], **given}, actor=actor)


def match_file(job: Running) -> Iterator[Progress | dict[str, Any]]:
    """Match every row of the job's file, in order, resuming after the rows an earlier attempt has written.

    Where the register changed since that attempt, it begins anew, so that one state answers the whole file. The result holds
    ``rows``, ``counts`` by verdict (they add up to the rows) and the ``filename`` to give it back under.
    """
    partial = _result_path(job.settings, job.id, ".partial")
    partial.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    yield job.done, 0
    engine = Engine(job.store, job.settings.index_dir, job.settings.parse_weights)
    try:
        view, state = snapshot(engine)
        washing = Washing(_task(job), state)
        total = washing.total()
        told = 0.0
        for done in _written(washing, partial, local_answers(view, 1, _never)):
            if time.monotonic() - told >= TOLD_EVERY_S:
                yield done, total
                told = time.monotonic()
        count_washed(job.store, view, partial, job.params["column"])
    finally:
        engine.close()
    yield washing.done, total
    finish(partial, _result_path(job.settings, job.id))
    yield {"rows": washing.done, "counts": washing.counts, "filename": f"{Path(job.params['filename']).stem}_washed.csv"}


def _written(washing: Washing, partial: Path, answering: Answering) -> Iterator[int]:
    """Yield the rows done as they are written; waits while a worker that lost the job has not noticed yet."""
    restart = False
    while True:
        try:
            yield from washing.into(partial, answering, restart=restart, mode=0o600)
            return
        except ChangedError:
            restart = True
        except BusyError:
            yield washing.done
            time.sleep(TOLD_EVERY_S)


def _task(job: Running) -> Task:
    chosen = {name: job.params[name] for name in ("column", "lon", "lat", "division")}
    return Task(upload_path(job.settings, job.params["upload"]), **chosen, limit_bytes=job.settings.max_upload_mb << 20)


def _never(code: int, _tries: int) -> None:
    raise RuntimeError(f"a job has no worker processes, yet one ended with {code}")


def result_path(settings: Settings, job: Job) -> Path:
    """Return the washed file of a finished job; ``Conflict`` while it is not there yet, ``NotFound`` where it was removed."""
    if job.kind != KIND:
        raise NotFound("这个任务没有结果文件", field="id")
    if job.status != "done":
        raise Conflict("任务还没有完成，结果尚未生成" if job.status in ("queued", "running") else "任务没有完成，没有结果文件")
    path = _result_path(settings, job.id)
    if not path.exists():
        raise NotFound("结果文件已被删除", field="id")
    return path


def result_rows(
    settings: Settings, job: Job, *, verdict: str | None = None, after: int = 0, limit: int = 50
) -> tuple[list[tuple[int, dict[str, str]]], int | None]:
    """Return up to ``limit`` washed rows after row number ``after``, as (number, row), and the number to go on after (None at the end)."""
    found: list[tuple[int, dict[str, str]]] = []
    with result_path(settings, job).open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        column = list(reader.fieldnames or ())[-len(RESULT_COLUMNS)]
        for number, row in enumerate(reader, start=1):
            if number <= after or (verdict and row[column] != verdict):
                continue
            if len(found) == limit:
                return found, found[-1][0]
            found.append((number, row))
    return found, None


def result_text(settings: Settings, job: Job, *, verdict: str | None = None) -> Iterator[str]:
    """Return the washed file of a finished job in pieces of text, or only its rows with one verdict, under the same header."""
    path = result_path(settings, job)
    return _all_text(path) if verdict is None else _text_with(path, verdict)


def _all_text(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8", newline="") as file:
        while piece := file.read(PIECE):
            yield piece


def _text_with(path: Path, verdict: str) -> Iterator[str]:
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        yield csv_lines([next(reader)])[0] + "\n"
        wanted = (row for row in reader if row[-len(RESULT_COLUMNS)] == verdict)
        while rows := list(islice(wanted, PREVIEW)):
            yield "".join(f"{line}\n" for line in csv_lines(rows))


def first_rows(settings: Settings, job: Job) -> list[tuple[int, dict[str, str]]]:
    """Return the first rows that a job has washed so far, as (number, row); none before it has begun."""
    try:
        with _result_path(settings, job.id, ".partial").open(encoding="utf-8", newline="") as file:
            rows = [row for row in islice(csv.DictReader(file), PREVIEW + 1) if None not in row.values()]
    except FileNotFoundError:
        return []
    return list(enumerate(rows[:PREVIEW], start=1))


def remove_files(settings: Settings, job: Job) -> None:
    """Remove what arrived for a job and what it made; the job itself stays in the register."""
    if upload := job.params.get("upload"):
        forget_upload(settings, str(upload))
    _result_path(settings, job.id).unlink(missing_ok=True)
    forget(_result_path(settings, job.id, ".partial"))


def upload_path(settings: Settings, stored: str) -> Path:
    """Return where a kept file lies; ``NotFound`` where it was removed."""
    folder = settings.media_dir / "uploads" / Path(stored).name
    found = next(folder.iterdir(), None) if folder.is_dir() else None
    if found is None:
        raise NotFound("上传的文件已被删除，请重新上传", field="file")
    return found


def _harmless(filename: str) -> str:
    """Return a file name that leads nowhere else: ``../../表 1.csv`` -> ``表 1.csv``."""
    name = "".join(letter if letter.isalnum() or letter in " ._-()（）" else "_" for letter in Path(filename).name)
    return name.strip(" .")[-60:] or "table"


def _result_path(settings: Settings, job_id: str, suffix: str = "") -> Path:
    return settings.media_dir / "results" / f"{job_id}.csv{suffix}"
