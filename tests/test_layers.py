"""The house stands as drawn: layers, file lengths, lint and types."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
LONGEST = 400


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)


def _tracked(*patterns: str) -> list[Path]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def test_each_package_imports_only_what_stands_to_its_left() -> None:
    result = subprocess.run([str(Path(sys.executable).with_name("lint-imports"))], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout[-4000:]


def test_no_file_of_code_is_longer_than_its_limit() -> None:
    files = [path for path in _tracked("*.py", "*.js", "*.css", "*.html") if "/vendor/" not in str(path)]
    assert len(files) > 50
    long = {str(path.relative_to(ROOT)): lines for path in files if (lines := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST}
    assert long == {}


def test_no_module_is_named_after_nothing() -> None:
    empty_words = {"utils.py", "util.py", "helpers.py", "helper.py", "manager.py", "base.py", "common.py", "misc.py"}
    assert [str(path) for path in _tracked("*.py") if path.name in empty_words] == []


def test_the_code_is_clean_by_ruff() -> None:
    result = _run("ruff", "check", ".")
    assert result.returncode == 0, result.stdout[-4000:]


def test_the_code_is_formatted_by_ruff() -> None:
    result = _run("ruff", "format", "--check", ".")
    assert result.returncode == 0, result.stdout[-4000:]


def test_the_packages_are_typed_strictly() -> None:
    result = _run("mypy")
    assert result.returncode == 0, result.stdout[-4000:]
