"""Tables washed on a Spark cluster of two executors: the same bytes as on this machine, rows in order, one wave after the other."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from gazetteer.linking.engine import Engine
from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM
from gazetteer.store.models import PlaceName
from gazetteer.workflow import change
from geoaddr.cli import main
from matchers import spark
from matchers.wash import Asked

CLUSTER = "local-cluster[2,1,1024]"
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


@pytest.fixture
def office(sqlite_store: Store, small_register: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a register whose index lacks its last change, and a table of 1,500 rows, some of them broken or empty."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GEOADDR_DATABASE_URL", sqlite_store.url)
    monkeypatch.setenv("GEOADDR_INDEX_DIR", str(tmp_path / "index"))
    Engine(sqlite_store, tmp_path / "index").close()
    with sqlite_store.transaction() as session:
        change(session, session.query(PlaceName).one(), actor=SYSTEM, verb="corrected", to={"meaning": "样本"})
    with Path("in.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["id", "address", "x", "y", "area"])
        for row in range(1_500):
            place = ["121.40", "29.65", "3302"] if row % 5 == 0 else ["", "不是数", ""]
            writer.writerow([str(row), TEXTS[row % len(TEXTS)], *place, *(["多出一格"] if row % 97 == 0 else [])])
    return tmp_path


@pytest.mark.slow
def test_a_cluster_gives_the_same_bytes_as_this_machine(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyspark", reason="PySpark (geoaddr[batch]) is not installed")
    if shutil.which("java") is None:
        pytest.skip("Java is not installed")
    monkeypatch.setattr(spark, "WAVE", 600)
    columns = ["--column", "address", "--lon", "x", "--lat", "y", "--division", "area"]
    here = CliRunner().invoke(main, ["match", "in.csv", "here.csv", *columns])
    there = CliRunner().invoke(main, ["match", "in.csv", "there.csv", *columns, "--engine", "spark", "--spark-master", CLUSTER])
    assert (here.exit_code, there.exit_code) == (1, 1), there.output
    assert Path("there.csv").read_bytes() == Path("here.csv").read_bytes()
    reasons = {line["reason"] for line in csv.DictReader(Path("there.csv").read_bytes().decode().splitlines(keepends=True))}
    assert {"exact", "empty", "broken_row"} <= reasons


def test_without_java_one_sentence_says_what_is_missing(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    refused = CliRunner().invoke(main, ["match", "in.csv", "out.csv", "--column", "address", "--engine", "spark"])
    assert (refused.exit_code, "geoaddr[batch]" in refused.output or "Java 17" in refused.output) == (2, True)


def test_rows_are_sent_in_waves_that_bound_what_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spark, "WAVE", 1_000)
    pieces = iter([([str(piece)] * 500, [Asked("x")] * 500) for piece in range(5)])
    waves = []
    while wave := spark._wave(pieces):
        waves.append(sum(len(asked) for _own, asked in wave))
    assert waves == [1_000, 1_000, 500]
