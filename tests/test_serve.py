"""The commands that serve pages, run jobs and manage accounts, run as a person runs them."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gazetteer.linking.match_file import enqueue_match, keep_upload
from gazetteer.people import SignIns, find_account
from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM
from geoaddr.cli import main
from geoaddr.settings import Settings

PASSWORD = "a long enough password"


@pytest.fixture
def here(web_settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty working folder whose environment names the register."""
    monkeypatch.setenv("GEOADDR_DATABASE_URL", web_settings.database_url)
    monkeypatch.setenv("GEOADDR_MEDIA_DIR", str(web_settings.media_dir))
    monkeypatch.setenv("GEOADDR_INDEX_DIR", str(web_settings.index_dir))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments])


def test_the_first_administrator_is_made_by_command_and_can_sign_in(here: Path, sqlite_store: Store) -> None:
    answer = run("users", "create-admin", "root", "--password", PASSWORD)
    assert answer.exit_code == 0, answer.output
    account = SignIns(sqlite_store, attempts=3, lockout_minutes=5).authenticate("root", PASSWORD)
    assert account is not None
    assert account.role == "administrator"
    assert "root\tadministrator\t可用" in run("users", "list").output


def test_a_taken_name_or_weak_password_is_one_sentence_and_exit_code_2(here: Path) -> None:
    run("users", "create-admin", "root", "--password", PASSWORD)
    for arguments in (
        ("users", "create-admin", "root", "--password", PASSWORD),
        ("users", "create", "eve", "--role", "viewer", "--password", "x"),
    ):
        answer = run(*arguments)
        assert answer.exit_code == 2
        assert answer.output.startswith("geoaddr：")
        assert "Traceback" not in answer.output


def test_accounts_are_locked_out_of_use_and_back_by_command(here: Path, sqlite_store: Store) -> None:
    run("users", "create", "bob", "--role", "officer", "--name", "样本乙", "--password", PASSWORD)
    checks = SignIns(sqlite_store, attempts=2, lockout_minutes=5)
    assert [checks.authenticate("bob", "wrong"), checks.authenticate("bob", "wrong"), checks.authenticate("bob", PASSWORD)] == [None] * 3
    assert run("users", "unlock", "bob").exit_code == 0
    assert checks.authenticate("bob", PASSWORD) is not None
    run("users", "deactivate", "bob")
    assert checks.authenticate("bob", PASSWORD) is None
    run("users", "activate", "bob")
    run("users", "set-password", "bob", "--password", PASSWORD + "2")
    assert checks.authenticate("bob", PASSWORD + "2") is not None
    with sqlite_store.reading() as session:
        assert find_account(session, "bob").display_name == "样本乙"
    assert run("users", "unlock", "nobody").exit_code == 2


def test_a_key_is_shown_once_listed_and_revoked(here: Path) -> None:
    made = CliRunner().invoke(main, ["users", "key", "create", "殡葬系统", "--scope", "lookup", "--scope", "jobs", "--days", "30"])
    assert made.exit_code == 0, made.output
    key = next(line for line in made.output.splitlines() if line.startswith("ga_"))
    listed = run("users", "key", "list").output
    assert "殡葬系统\tjobs,lookup\t有效" in listed
    assert key not in listed
    assert run("users", "key", "revoke", key.split("_")[1]).exit_code == 0
    assert "已吊销" in run("users", "key", "list").output


def test_the_worker_runs_what_waits(here: Path, sqlite_store: Store, web_settings: Settings, small_register: dict[str, str]) -> None:
    (here / "a.csv").write_text("地址\n肖桥路88号\n", encoding="utf-8")
    with (here / "a.csv").open("rb") as file, sqlite_store.transaction() as session:
        upload = keep_upload(web_settings, file, "a.csv")
        enqueue_match(session, web_settings, upload=upload, filename="a.csv", column="地址", actor=SYSTEM)
    answer = run("worker", "--once")
    assert answer.exit_code == 0, answer.output
    assert "已执行 2 个任务" in answer.output, "the file, and the reminders of the day"


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def served(here: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "geoaddr", "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=os.environ.copy(), stderr=subprocess.PIPE)
    yield process
    process.kill()
    process.wait()


def get(url: str, patience_s: float = 60.0) -> bytes:
    until = time.monotonic() + patience_s
    while True:
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return bytes(answer.read())
        except urllib.error.URLError as error:
            if isinstance(error, urllib.error.HTTPError) or time.monotonic() > until:
                raise
            time.sleep(0.2)


@pytest.mark.slow
def test_the_service_answers_runs_jobs_and_stops_when_asked(
    served: subprocess.Popen[bytes], port: int, sqlite_store: Store, web_settings: Settings, here: Path
) -> None:
    assert json.loads(get(f"http://127.0.0.1:{port}/readyz"))["status"] == "ready"
    assert "登录" in get(f"http://127.0.0.1:{port}/sign-in").decode()
    (here / "a.csv").write_text("地址\n肖桥路88号\n", encoding="utf-8")
    with (here / "a.csv").open("rb") as file, sqlite_store.transaction() as session:
        upload = keep_upload(web_settings, file, "a.csv")
        enqueue_match(session, web_settings, upload=upload, filename="a.csv", column="地址", actor=SYSTEM)
    until = time.monotonic() + 60
    while 'geoaddr_jobs{status="done"} 1.0' not in get(f"http://127.0.0.1:{port}/metrics").decode():
        assert time.monotonic() < until
        time.sleep(0.3)
    served.send_signal(signal.SIGTERM)
    assert served.wait(timeout=30) == 0


def test_a_port_in_use_is_one_sentence(here: Path, port: int) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        answer = run("serve", "--port", str(port), "--without-worker")
    assert answer.exit_code == 2
    assert answer.output.startswith("geoaddr：")
    assert "--port" in answer.output
