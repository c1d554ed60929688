"""A whole table washed in constant memory: every row once, in order, kept as it goes so that a killed run goes on where it was."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import partial as with_arguments
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from gazetteer.exchange.readers import open_table
from gazetteer.exchange.table import GEOMETRY, SURPLUS, Row, Table
from gazetteer.linking.engine import Engine
from gazetteer.linking.entries import content_state
from geoaddr import __version__
from geoaddr.errors import Conflict, UsageError
from matchers.batch import Died, in_order
from matchers.index import IndexLike
from matchers.tables import weights
from matchers.verdict import VERDICTS
from matchers.wash import Asked, answer, csv_lines, result_columns

PIECE = 500
"""Rows answered at once: the smallest part that is done again when a worker dies."""

CHECKPOINT_S = 1.0
"""Seconds between two moments at which what is done is safe on the disk."""

FAILED_LISTED = 10
"""Rows not processed that are named one by one."""

_HASHED = 1 << 20
_STATE = {
    "input": "输入文件", "columns": "所选的列或读法", "register": "登记册或解析权重", "thresholds": "判定规则", "version": "程序版本",
}  # fmt: skip

Pieces = Iterator[tuple[list[str], list[Asked]]]
Answering = Callable[[Pieces], Iterator[tuple[list[str], list[str]]]]
"""Takes pieces (own cells of the rows as CSV, what they ask) and gives, in order, the own cells with the verdicts as CSV."""


@dataclass(frozen=True)
class Task:
    """Which table, and which of its columns say what; ``lon``, ``lat`` (CGCS2000) and ``division`` may be empty."""

    source: Path
    column: str
    lon: str = ""
    lat: str = ""
    division: str = ""
    encoding: str | None = None
    sheet: str | None = None
    limit_bytes: int = sys.maxsize


class BusyError(Conflict):
    """Another process is writing the same result."""


class ChangedError(UsageError):
    """What was begun cannot be gone on with: the table, the register or the rules are not those it was begun with."""


def local_answers(index: IndexLike, workers: int, died: Died) -> Answering:
    """Return answering by this process, or by ``workers`` processes that share its index."""
    return with_arguments(in_order, work=with_arguments(answer, index=index), workers=workers, died=died)


def snapshot(engine: Engine, *, settled: bool = False) -> tuple[IndexLike, str]:
    """Return the index as it is now, for a whole run, and what names the state of the register it answers for.

    ``settled``: with no changes beside the files in ``engine.index_dir / index.version``, which are built anew for that where needed.
    """
    while True:
        with engine.store.reading() as session:
            before = content_state(session)
        view = engine.view()
        if settled and not (engine.index_dir / view.version).is_dir():
            engine.rebuild()
            continue
        with engine.store.reading() as session:
            if content_state(session) == before:
                return view, f"{before} {_digest(engine.parse_weights)}" if engine.parse_weights else before


def named_columns(table: Table) -> tuple[str, ...]:
    """Return the columns of a table that hold text."""
    return tuple(column for column in table.columns if column not in (GEOMETRY, SURPLUS))


class Washing:
    """One table being washed: its columns, how many rows are done, how many got each verdict, and the first that were not processed."""

    def __init__(self, task: Task, register: str) -> None:
        self.task = task
        self._table = open_table(
            task.source, encoding=task.encoding, sheet=task.sheet, limit_bytes=task.limit_bytes, keep_blank=True
        )  # fmt: skip
        self.columns = named_columns(self._table)
        for field in ("column", "lon", "lat", "division"):
            name = getattr(task, field)
            if (name or field == "column") and name not in self.columns:
                raise UsageError(f"文件中没有“{name[:60]}”这一列；有：{'、'.join(self.columns)[:300]}", field=field)
        if bool(task.lon) != bool(task.lat):
            raise UsageError("经度列和纬度列要一起给出", field="lat" if task.lon else "lon")
        self.header = [*self.columns, *result_columns(self.columns).values()]
        self.done = 0
        self.counts = dict.fromkeys(VERDICTS, 0)
        self.failed: list[tuple[int, str]] = []
        self._register = register

    @property
    def notes(self) -> tuple[str, ...]:
        """Return doubts about the table that are worth showing to a person."""
        return self._table.notes

    def total(self) -> int:
        """Return the number of rows, by reading the table once."""
        return sum(1 for _row in self._table.rows())

    def lines(self, answering: Answering) -> Iterator[list[str]]:
        """Yield the rows that are not done yet, washed, as lines of CSV, some hundred at a time."""
        for own, verdicts in answering(self._pieces()):
            for row, verdict in enumerate(verdicts, start=self.done + 1):
                self.counts[verdict[0]] += 1
                if verdict[0] == "X" and len(self.failed) < FAILED_LISTED:
                    self.failed.append((row, verdict.split(",", 3)[2]))
            self.done += len(verdicts)
            yield [f"{left},{right}" for left, right in zip(own, verdicts, strict=True)]

    def into(self, partial: Path, answering: Answering, *, restart: bool = False, mode: int = 0o666) -> Iterator[int]:
        """Write the washed table to ``partial``, going on after what an earlier run has written there; yields the rows done.

        The file is complete when the iteration ends. ``ChangedError`` where the earlier run had another table, register or rules
        (``restart`` begins anew instead), ``BusyError`` while another process writes it.
        """
        fingerprint = self.fingerprint()
        with _locked(partial, mode) as out:
            self._go_on(partial, out, fingerprint, restart)
            yield self.done
            saved = time.monotonic()
            try:
                for lines in self.lines(answering):
                    out.write("".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape"))
                    if time.monotonic() - saved >= CHECKPOINT_S:
                        self._save(partial, out, fingerprint)
                        saved = time.monotonic()
                    yield self.done
            except UsageError:
                forget(partial)  # the table itself cannot be read to its end: there is nothing to go on with
                raise
            except BaseException:
                self._save(partial, out, fingerprint)
                raise
            self._save(partial, out, fingerprint)

    def fingerprint(self) -> dict[str, str]:
        """Return what must be the same for a run to go on from another: table, columns, register, rules and version."""
        chosen = {key: value for key, value in asdict(self.task).items() if key not in ("source", "limit_bytes")}
        return {
            "input": _digest(self.task.source),
            "columns": json.dumps(chosen, ensure_ascii=False, sort_keys=True),
            "register": self._register,
            "thresholds": weights().version,
            "version": __version__,
        }

    def _pieces(self) -> Pieces:
        rows = islice(self._table.rows(), self.done, None)
        while batch := list(islice(rows, PIECE)):
            own = csv_lines([[_text(row.get(name)) for name in self.columns] for _line, row in batch])
            yield own, [self._asked(row) for row in batch]

    def _asked(self, row: Row) -> Asked:
        cells, task = row[1], self.task
        if SURPLUS in cells:
            return Asked(None)
        known = (_text(cells.get(name)) if name else "" for name in (task.lon, task.lat, task.division))
        return Asked(_text(cells.get(task.column)), *known)

    def _go_on(self, partial: Path, out: BinaryIO, fingerprint: Mapping[str, str], restart: bool) -> None:
        state = {} if restart else _state_of(partial)
        if state and out.seek(0, os.SEEK_END) >= state["bytes"]:
            if state["fingerprint"] != fingerprint:
                others = [word for key, word in _STATE.items() if state["fingerprint"].get(key) != fingerprint[key]]
                raise ChangedError(f"上次中断的结果 {partial.name} 不能接着做，因为{'、'.join(others)}变了")
            self.done, self.counts = state["rows"], {verdict: state["counts"][verdict] for verdict in VERDICTS}
            self.failed = [(row, reason) for row, reason in state["failed"]]
            out.truncate(state["bytes"])
            return
        out.truncate(0)
        out.write((csv_lines([self.header])[0] + "\n").encode())
        self._save(partial, out, fingerprint)

    def _save(self, partial: Path, out: BinaryIO, fingerprint: Mapping[str, str]) -> None:
        """Make what is written safe, then note how much that is."""
        out.flush()
        os.fsync(out.fileno())
        state = {"fingerprint": fingerprint, "rows": self.done, "bytes": out.seek(0, os.SEEK_END), "counts": self.counts,
                 "failed": self.failed}  # fmt: skip
        fresh = partial.with_name(f"{partial.name}.json.new")
        fresh.write_text(json.dumps(state, ensure_ascii=False), encoding="utf-8")
        os.replace(fresh, _state_path(partial))


def forget(partial: Path) -> None:
    """Remove what a run has kept."""
    partial.unlink(missing_ok=True)
    _state_path(partial).unlink(missing_ok=True)


def finish(partial: Path, target: Path) -> None:
    """Give the complete file its name; nothing else of the run stays."""
    os.replace(partial, target)
    _state_path(partial).unlink(missing_ok=True)


def _state_path(partial: Path) -> Path:
    return partial.with_name(f"{partial.name}.json")


def _state_of(partial: Path) -> dict[str, Any]:
    try:
        state: dict[str, Any] = json.loads(_state_path(partial).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise ChangedError(f"上次中断的记录 {_state_path(partial).name} 读不懂") from error
    return state


def _locked(partial: Path, mode: int) -> BinaryIO:
    """Open the partial file for appending, for this process alone; the lock ends with the process, however it ends."""
    while True:
        try:
            out = os.fdopen(os.open(partial, os.O_RDWR | os.O_CREAT | os.O_APPEND, mode), "a+b")
        except OSError as error:
            raise UsageError(f"不能写入 {partial}：{error.strerror or error}") from error
        try:
            _lock(out)
        except BlockingIOError as error:
            out.close()
            raise BusyError(f"另一个进程正在写 {partial.name}") from error
        if partial.exists() and partial.stat().st_ino == os.fstat(out.fileno()).st_ino:
            return out
        out.close()  # the one that held it finished meanwhile: what was opened is the finished file


def _lock(out: BinaryIO) -> None:
    try:
        import fcntl
    except ModuleNotFoundError:  # Windows has no such locks, and no workers by fork either
        return
    fcntl.flock(out, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_HASHED):
            digest.update(block)
    return digest.hexdigest()


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell)
