"""An import that dies half way leaves nothing behind, and runs to its end the next time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from import_office import ADDRESS_HEAD, Office
from sqlalchemy import func, select

from gazetteer.store.checks import check_register
from gazetteer.store.models import PlaceName, StandardAddress

ROWS = 60_000
SCRIPT = """
import sys
from pathlib import Path
from gazetteer.exchange.importing.request import ImportRequest
from gazetteer.exchange.importing.run import import_file
from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM

def told(rows):
    print(rows, flush=True)

import_file(Store(sys.argv[1]), ImportRequest("addresses", Path(sys.argv[2]), SYSTEM, create_missing=True, progress=told))
print("done", flush=True)
"""


def import_in_another_process(office: Office, file: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", SCRIPT, office.store.engine.url.render_as_string(hide_password=False), str(file)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent.parent, env={**os.environ})


@pytest.mark.parametrize("blocks", [1, 2])
def test_a_killed_import_leaves_nothing_half_done_and_can_be_run_again(town: Office, blocks: int) -> None:
    file = town.folder / "many.csv"
    rows = (f"K{number},锦屏街道,样本社区,,新路{number % 50},{number},,,,,121.4,29.66\n" for number in range(ROWS))
    file.write_text(ADDRESS_HEAD + "".join(rows), encoding="utf-8")
    before, places = town.seq(), town.count(PlaceName)
    running = import_in_another_process(town, file)
    assert running.stdout is not None
    for _ in range(blocks):
        assert running.stdout.readline().strip() != "done"
    os.kill(running.pid, signal.SIGKILL)
    running.wait(timeout=30)
    running.stdout.close()
    deadline = time.monotonic() + 30
    while town.store.dialect == "postgresql" and _others(town) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert (town.seq(), town.count(StandardAddress), town.count(PlaceName)) == (before, 0, places)
    assert check_register(town.store) == []
    if blocks == 1:
        report = town.bring("addresses", file.read_bytes(), create_missing=True)
        assert (report.created, report.made["roads"]) == (ROWS, 50)
        assert check_register(town.store) == []


def _others(town: Office) -> int:
    """Count the server's sessions on this database that still have a transaction open."""
    from sqlalchemy import column, table

    activity = table("pg_stat_activity", column("datname"), column("xact_start"), column("pid"))
    with town.store.reading() as session:
        mine = func.pg_backend_pid()
        asked = select(func.count()).select_from(activity)
        asked = asked.where(activity.c.datname == func.current_database(), activity.c.xact_start.is_not(None), activity.c.pid != mine)
        return session.scalar(asked) or 0
