"""A built wheel carries everything it needs and works from an empty folder."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = """
from pathlib import Path
from gazetteer.sample.build import demo_settings
from web.app import create_app
client = create_app(demo_settings(Path("var/demo"))).test_client()
for path in ("/healthz", "/sign-in", "/static/css/geoaddr.css"):
    print(client.get(path).status_code)
"""


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built wheel, unpacked where only it can be imported from."""
    folder = tmp_path_factory.mktemp("wheel")
    tracked = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    source = folder / "source"
    for line in tracked.splitlines():
        if (ROOT / line).is_file():
            target = source / line
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((ROOT / line).read_bytes())
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(source)]
    subprocess.run(command, check=True, capture_output=True, text=True)
    (wheel,) = folder.glob("geoaddr-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def _run(unpacked: Path, cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**{k: v for k, v in os.environ.items() if not k.startswith("GEOADDR_")}, "PYTHONPATH": str(unpacked)}
    return subprocess.run([sys.executable, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def test_the_wheel_holds_every_file_of_the_packages(unpacked: Path) -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "geoaddr", "matchers", "gazetteer", "web", "migrations"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    wanted = {
        line
        for line in tracked.stdout.splitlines()
        if (ROOT / line).is_file() and not line.endswith("README.md") and not line.endswith(".po")
    }
    there = {str(path.relative_to(unpacked)) for path in unpacked.rglob("*") if path.is_file()}
    assert wanted - there == set()
    assert len(wanted) > 200


def test_the_wheel_works_from_an_empty_folder(unpacked: Path, tmp_path: Path) -> None:
    where = _run(unpacked, tmp_path, "-c", "import geoaddr; print(geoaddr.__file__)")
    assert where.stdout.startswith(str(unpacked)), where.stdout
    built = _run(unpacked, tmp_path, "-m", "geoaddr", "demo", "--size", "1000", "--quiet")
    assert built.returncode == 0, built.stderr[-3000:]
    assert "哈希链与各项检查通过" in built.stdout
    page = _run(
        unpacked,
        tmp_path,
        "-c",
        PAGES,
    )
    assert page.stdout.split() == ["200", "200", "200"], page.stderr[-3000:]
