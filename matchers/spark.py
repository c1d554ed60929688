"""A table answered by a Spark cluster: index and program travel to the executors, rows come back in order, byte for byte as here."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import zipfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoaddr.errors import UsageError
from matchers.index import IndexLike, open_index
from matchers.index.build import CURRENT
from matchers.wash import Asked, answer

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

INDEX = "geoaddr_index"
"""Name of the unpacked index on an executor."""

PACKAGES = ("geoaddr", "matchers")
"""What an executor needs of this program; the libraries it uses must be installed there."""

WAVE = 100_000
"""Rows sent to the cluster at a time: bounds what this process holds, not what the cluster does."""

WAVES = 2
"""Waves on their way at a time, so that the cluster never waits for rows."""

AT_ONCE = 1_000
"""Rows given to a worker's Python at a time."""

Pieces = Iterator[tuple[list[str], list[Asked]]]
Answers = Iterator[tuple[list[str], list[str]]]


@contextmanager
def spark_answers(version: Path, *, master: str, workers: int) -> Iterator[Callable[[Pieces], Answers]]:
    """Yield what answers pieces of a table on Spark with the index in the folder ``version``; the session ends with the block.

    ``master`` empty: as Spark's own settings say, else ``workers`` threads of this machine. ``UsageError`` without PySpark or Java.
    """
    session_kind = _pyspark()
    with tempfile.TemporaryDirectory(prefix="geoaddr-spark-") as scratch:
        session = _session(session_kind, master, workers)
        try:
            context = session.sparkContext
            context.addArchive(f"{_packed_index(version, Path(scratch))}#{INDEX}")
            context.addPyFile(str(_packed_program(Path(scratch))))
            yield lambda pieces: _answered(session, pieces)
        finally:
            session.stop()


def _pyspark() -> Any:
    try:
        import pyspark.sql
    except ModuleNotFoundError as error:
        raise UsageError("--engine spark 需要安装 geoaddr[batch]", field="engine") from error
    if not os.environ.get("JAVA_HOME") and shutil.which("java") is None:
        raise UsageError("--engine spark 需要 Java 17：请安装，或用 JAVA_HOME 指明它在哪里", field="engine")
    return pyspark.sql.SparkSession


def _session(kind: Any, master: str, workers: int) -> SparkSession:
    from pyspark import SparkConf

    configured = SparkConf().get("spark.master") or _master_of_arguments()
    chosen = master or configured or f"local[{workers}]"
    if chosen.startswith("local"):
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # elsewhere the cluster's own Python answers
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    builder = kind.builder.appName("geoaddr match").config("spark.sql.execution.arrow.maxRecordsPerBatch", str(AT_ONCE))
    builder = builder.config("spark.ui.showConsoleProgress", "false").config("spark.log.level", "ERROR")
    if chosen.startswith("local"):
        builder = builder.config("spark.ui.enabled", "false")
    try:
        session: SparkSession = builder.master(chosen).getOrCreate()
    except Exception as error:  # the gateway, the master's address and Java itself all fail in their own ways
        raise UsageError(f"Spark 没有启动（{type(error).__name__}）：请检查 Java 17 和主节点地址 {chosen}", field="engine") from error
    return session


def _master_of_arguments() -> str:
    words = os.environ.get("PYSPARK_SUBMIT_ARGS", "").split()
    return words[words.index("--master") + 1] if "--master" in words[:-1] else ""


def _packed_index(version: Path, scratch: Path) -> Path:
    """Put the index files and the pointer to them into one archive; not compressed, since it is unpacked at once."""
    packed = scratch / f"{INDEX}.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(CURRENT, version.name)
        for file in sorted(version.rglob("*")):
            archive.write(file, f"{version.name}/{file.relative_to(version)}")
    return packed


def _packed_program(scratch: Path) -> Path:
    """Put this program's packages into one archive, so that every executor runs exactly the version that asks."""
    packed = scratch / "geoaddr_program.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for package in PACKAGES:
            root = Path(sys.modules[package].__path__[0])
            for file in sorted(root.rglob("*")):
                if file.is_file() and file.suffix != ".pyc":
                    archive.write(file, f"{package}/{file.relative_to(root)}")
    return packed


def _answered(session: SparkSession, pieces: Pieces) -> Answers:
    """Yield each wave's answers when all of it is there; the next wave is on its way meanwhile."""
    running: deque[tuple[list[list[str]], list[int], Future[list[str]]]] = deque()
    with ThreadPoolExecutor(WAVES) as threads:
        ended = False
        while running or not ended:
            while not ended and len(running) < WAVES:
                wave = _wave(pieces)
                ended = not wave
                if wave:
                    asked = [one for _own, some in wave for one in some]
                    running.append(([own for own, _some in wave], [len(some) for _own, some in wave], threads.submit(_ask, session, asked)))
            if running:
                owns, sizes, coming = running.popleft()
                verdicts = iter(coming.result())
                for own, size in zip(owns, sizes, strict=True):
                    yield own, list(islice(verdicts, size))


def _wave(pieces: Pieces) -> list[tuple[list[str], list[Asked]]]:
    wave: list[tuple[list[str], list[Asked]]] = []
    rows = 0
    while rows < WAVE and (piece := next(pieces, None)) is not None:
        wave.append(piece)
        rows += len(piece[1])
    return wave


def _ask(session: SparkSession, asked: list[Asked]) -> list[str]:
    import pyarrow

    columns = [range(len(asked)), *zip(*asked, strict=True)]
    types = [pyarrow.int64(), *[pyarrow.string()] * len(Asked._fields)]
    arrays = [pyarrow.array(column, kind) for column, kind in zip(columns, types, strict=True)]
    table = pyarrow.table(arrays, names=["position", *Asked._fields])
    # Spark 3 takes rows, Spark 4 takes the table itself
    schema = "position long, " + ", ".join(f"{name} string" for name in Asked._fields)
    is_old = int(session.version.split(".")[0]) < 4
    frame = (
        session.createDataFrame([tuple(row.values()) for row in table.to_pylist()], schema) if is_old else session.createDataFrame(table)
    )
    spread = frame.repartition(max(2 * session.sparkContext.defaultParallelism, len(asked) // 20_000), "position")
    rows = spread.mapInArrow(answer_batches, "position long, verdict string").collect()
    verdicts = dict(iter(rows))
    return [verdicts[position] for position in range(len(asked))]


def answer_batches(batches: Iterable[Any]) -> Iterator[Any]:
    """Answer Arrow batches of ``position, text, lon, lat, division`` with ``position, verdict``; runs on the executors."""
    import pyarrow
    from pyspark import SparkFiles

    index = _opened(SparkFiles.get(INDEX))
    for batch in batches:
        asked = [Asked(*row) for row in zip(*(batch.column(name).to_pylist() for name in Asked._fields), strict=True)]
        yield pyarrow.RecordBatch.from_arrays([batch.column("position"), pyarrow.array(answer(asked, index))], ["position", "verdict"])


@cache
def _opened(folder: str) -> IndexLike:
    """Open the index once per Python process of an executor."""
    return open_index(Path(folder))
