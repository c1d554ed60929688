"""Browser files and print fonts: they are what they claim to be, and no page reaches outside for anything."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from fontTools.ttLib import TTFont

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "web" / "static"
TEMPLATES = ROOT / "web" / "templates"
VENDOR = STATIC / "vendor"
FONTS = ROOT / "gazetteer" / "data" / "fonts"
PACKAGES: dict[str, Any] = json.loads((VENDOR / "vendor.json").read_text(encoding="utf-8"))["packages"]
FILES = [entry for package in PACKAGES.values() for entry in package["files"].values()]
OWN = sorted(p for p in STATIC.rglob("*") if p.suffix in {".js", ".css"} and VENDOR not in p.parents)
NAMESPACES = ("http://www.w3.org/",)


def own(path: str) -> str:
    return (STATIC / path).read_text(encoding="utf-8")


@pytest.mark.parametrize("entry", FILES, ids=lambda e: e["path"])
def test_a_vendored_file_has_the_integrity_it_is_listed_with(entry: dict[str, Any]) -> None:
    content = (STATIC / entry["path"]).read_bytes()
    assert "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode() == entry["integrity"]
    assert len(content) == entry["bytes"]


def test_nothing_lies_in_the_vendor_folder_that_is_not_listed_and_every_package_has_its_licence() -> None:
    listed = {entry["path"] for entry in FILES}
    found = {p.relative_to(STATIC).as_posix() for p in VENDOR.rglob("*") if p.is_file() and p.suffix not in {".txt", ".json"}}
    assert found == listed
    for name, package in PACKAGES.items():
        assert (VENDOR / f"{name}-{package['version']}" / "LICENSE.txt").stat().st_size > 200, name
        assert package["licence"] in {"MIT", "ISC", "Apache-2.0", "BSD-2-Clause", "BSD-0-Clause"}


def test_vendored_versions_are_those_of_the_lock_which_names_no_registry_host() -> None:
    text = (ROOT / "tools/assets/package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in text
    locked = json.loads(text)["packages"]
    for name, package in PACKAGES.items():
        nested = locked.get(f"node_modules/barcode-detector/node_modules/{name}") or locked[f"node_modules/{name}"]
        assert nested["version"] == package["version"], name


def test_the_code_decoder_is_the_build_its_wrapper_asks_for() -> None:
    wrapper = (STATIC / PACKAGES["barcode-detector"]["files"]["ponyfill.js"]["path"]).read_text(encoding="utf-8")
    decoder = PACKAGES["zxing-wasm"]
    assert f"zxing-wasm@{decoder['version']}/" in wrapper
    wasm = (STATIC / decoder["files"]["zxing_reader.wasm"]["path"]).read_bytes()
    assert hashlib.sha256(wasm).hexdigest() in wrapper


def test_vendored_files_stay_small_and_carry_no_source_maps() -> None:
    assert sum(entry["bytes"] for entry in FILES) < 4_600_000
    assert not list(VENDOR.rglob("*.map"))
    for entry in FILES:
        assert b"sourceMappingURL=" not in (STATIC / entry["path"]).read_bytes()[-300:], entry["path"]


def test_no_style_sheet_fetches_from_elsewhere() -> None:
    for sheet in STATIC.rglob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        assert "@import" not in text, sheet
        assert not re.findall(r"url\(\s*['\"]?(?:https?:)?//[^)]*", text), sheet


@pytest.mark.parametrize("path", OWN, ids=lambda p: p.relative_to(STATIC).as_posix())
def test_our_own_browser_files_name_no_other_host_and_evaluate_no_text(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert [u for u in re.findall(r"https?://[^\s\"'`)]+", text) if not u.startswith(NAMESPACES)] == []
    assert not re.search(r"\b(innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval|new Function)\b", text)
    assert text.count("\n") < 400


def test_defaults_of_libraries_that_would_call_out_are_overridden() -> None:
    assert "locateFile" in own("js/field/scan.js")
    assert "validatorUrl: null" in own("js/swagger-init.js")
    assert not re.search(r"source\.(OSM|Google|StadiaMaps|BingMaps|SentinelHub)", own("js/map.js"))


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda p: p.relative_to(TEMPLATES).as_posix())
def test_a_template_holds_under_the_content_security_policy(path: Path) -> None:
    text = re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert not re.search(r"<style\b|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|hx-on|javascript:", text)
    for opening in re.findall(r"<script\b[^>]*>", text):
        assert "src=" in opening or 'type="application/json"' in opening, opening
    assert not re.findall(r"(?:src|href)\s*=\s*[\"'](?:https?:)?//[^\"']*", text)


def test_every_icon_a_page_uses_is_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="([a-z]+)"', own("img/icons.svg")))
    used = {name for t in TEMPLATES.rglob("*.html") for name in re.findall(r"\bicon\(\s*'([a-z]+)'", t.read_text(encoding="utf-8"))}
    assert used
    assert used <= drawn


def test_every_sentence_a_script_says_has_its_english() -> None:
    english = set(re.findall(r'"([^"]+)": "', own("js/words.js")))
    for path in OWN:
        if path.suffix == ".js" and path.name != "words.js":
            said = set(re.findall(r'(?<!\.)\bsay\("([^"]+)"', path.read_text(encoding="utf-8")))
            assert said <= english, path


def test_the_field_page_keeps_every_module_it_needs_offline() -> None:
    page = (TEMPLATES / "field/index.html").read_text(encoding="utf-8")
    kept = set(re.findall(r"'((?:field/)?[a-z]+\.js)'", page.split("modules = [")[1].split("]")[0]))
    needed, todo = set(), [STATIC / "js/field/main.js"]
    while todo:
        module = todo.pop()
        name = module.relative_to(STATIC / "js").as_posix()
        if name not in needed:
            needed.add(name)
            todo += [(module.parent / target).resolve() for target in re.findall(r'from "(\.[^"]+)"', module.read_text(encoding="utf-8"))]
    assert kept == needed


def test_the_public_plate_page_stays_light() -> None:
    assert (STATIC / "css/plate.css").stat().st_size < 6_000


@pytest.mark.parametrize("name", ["NotoSansSC-Regular.ttf", "NotoSansSC-Bold.ttf"])
def test_a_print_font_draws_the_characters_of_names_and_addresses(name: str) -> None:
    path = FONTS / name
    assert path.stat().st_size < 3_000_000
    with TTFont(path, lazy=True) as font:
        drawn = set(font.getBestCmap())
    lines = (ROOT / "geoaddr/data/standard_characters.csv").read_text(encoding="utf-8").splitlines()
    standard = {line.split(",")[1] for line in lines if line[:1].isdecimal()}
    assert len(standard) == 8105
    assert [c for c in standard if ord(c) not in drawn] == []
    wanted = "埼碶鵁鶄瑯墺峧嶴霅肖桥路浒墅鄞奉化莼湖章乢丼一〇甲乙〔2026〕12号①⑳㉑Ⅳ℃°′″±㎡āáǎàüǘńḿABCabc０Ａ，。；：、《》（）—…·"
    assert [c for c in wanted if ord(c) not in drawn] == []
    assert (FONTS / "OFL.txt").read_text(encoding="utf-8").count("SIL OPEN FONT LICENSE") >= 1
