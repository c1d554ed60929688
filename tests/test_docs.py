"""Every command, setting, status and endpoint is documented, and the generated parts of docs/ are current."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
sys.path.insert(0, str(ROOT / "tools"))

import documents  # noqa: E402


@pytest.mark.parametrize("name", sorted(documents.BLOCKS))
def test_the_generated_block_is_what_the_code_says_now(name: str) -> None:
    file, write = documents.BLOCKS[name]
    text = (DOCS / file).read_text(encoding="utf-8")
    assert documents.rewritten(text, name, write()) == text, "run python tools/documents.py"


def test_every_command_and_setting_and_status_stands_in_the_documents() -> None:
    from gazetteer.workflow import ENTRIES, MOVES
    from geoaddr.cli import main
    from geoaddr.settings import Settings

    text = "\n".join(path.read_text(encoding="utf-8") for path in DOCS.glob("*.md"))
    wanted = [name for name, _ in documents.commands(main)]
    wanted += [f"GEOADDR_{name.upper()}" for name in Settings.model_fields]
    wanted += [f"`{status}`" for entries in ENTRIES.values() for status in entries]
    wanted += [f"`{move.target}`" for moves in MOVES.values() for move in moves]
    assert [one for one in wanted if one not in text] == []


def test_every_endpoint_of_the_api_stands_in_the_documents() -> None:
    text = (DOCS / "api.md").read_text(encoding="utf-8")
    operations = documents.operations()
    assert len(operations) > 15
    assert [path for _method, path, _needs, _summary in operations if f"`{path}`" not in text] == []


def test_links_between_documents_lead_somewhere() -> None:
    broken = []
    for path in [*DOCS.rglob("*.md"), ROOT / "README.md", ROOT / "README.zh-CN.md", ROOT / "CONTRIBUTING.md"]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
            if not (path.parent / target).exists():
                broken.append(f"{path.relative_to(ROOT)} → {target}")
    assert broken == []


def test_every_target_of_the_makefile_describes_itself_and_there_are_at_most_ten() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    declared = re.search(r"^\.PHONY: (.+)$", text, re.MULTILINE).group(1).split()
    described = re.findall(r"^([a-z]+):.*## .+$", text, re.MULTILINE)
    assert sorted(declared) == sorted(described)
    assert len(declared) <= 10


def test_decisions_are_one_page_with_context_decision_and_consequences() -> None:
    pages = sorted((DOCS / "adr").glob("0*.md"))
    assert pages
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert all(f"## {part}" in text for part in ("Context", "Decision", "Consequences")), page.name
        assert len(text.splitlines()) < 80, page.name
