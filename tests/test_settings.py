"""Settings come from the environment and a file; what is wrong with them is said in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from geoaddr.cli import main
from geoaddr.errors import UsageError
from geoaddr.settings import Settings


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GEOADDR_CONFIG", raising=False)


def test_the_environment_comes_before_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "geoaddr.toml").write_text('language = "en"\nlogin_attempts = 7\n', encoding="utf-8")
    monkeypatch.setenv("GEOADDR_LANGUAGE", "zh")
    settings = Settings()
    assert (settings.language, settings.login_attempts) == ("zh", 7)


def test_a_named_file_that_is_not_there_is_not_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GEOADDR_CONFIG", str(tmp_path / "absent.toml"))
    with pytest.raises(UsageError, match="不存在"):
        Settings()
    assert not (tmp_path / "var").exists()


def test_a_broken_file_is_answered_with_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "geoaddr.toml").write_text("bad = [", encoding="utf-8")
    answer = CliRunner().invoke(main, ["db", "check"])
    assert answer.exit_code == 2
    assert "读不懂" in answer.output
    assert "Traceback" not in answer.output


def test_an_unknown_setting_is_named(tmp_path: Path) -> None:
    (tmp_path / "geoaddr.toml").write_text('databse_url = "sqlite:///x"\n', encoding="utf-8")
    answer = CliRunner().invoke(main, ["db", "check"])
    assert answer.exit_code == 2
    assert "DATABSE_URL" in answer.output
