"""Copy the browser libraries pinned in tools/assets into web/static/vendor.

Runs ``npm ci --ignore-scripts`` in a temporary folder, takes only the distributed files named in
``TAKEN``, drops source-map comments (the maps are not shipped) and writes ``vendor.json``, from which
templates read each path and its integrity value. Node is needed here only, never to install geoaddr.

    python tools/vendor_assets.py            # rewrite web/static/vendor
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PINS = ROOT / "tools" / "assets"
TARGET = ROOT / "web" / "static" / "vendor"

# package -> files to take, as found inside the package; each lands under its own bare file name.
TAKEN: Mapping[str, tuple[str, ...]] = {
    "htmx.org": ("dist/htmx.min.js",),
    "bootstrap": ("dist/css/bootstrap.min.css", "dist/js/bootstrap.bundle.min.js"),
    "ol": ("dist/ol.js", "ol.css"),
    "barcode-detector": ("dist/iife/ponyfill.js",),
    "zxing-wasm": ("dist/reader/zxing_reader.wasm",),
    "idb": ("build/umd.js",),
    "swagger-ui-dist": ("swagger-ui-bundle.js", "swagger-ui.css"),
}
# The decoder must be the very build its wrapper was compiled against, which npm may nest below it.
NESTED = {"zxing-wasm": "barcode-detector"}

SOURCE_MAP = re.compile(rb"\n?(?://[#@] sourceMappingURL=\S+|/\*[#@] sourceMappingURL=[^*]+\*/)\s*\Z")
LICENCE_FILE = re.compile(r"(licen[cs]e|notice)", re.IGNORECASE)


def integrity(content: bytes) -> str:
    """Subresource-integrity value of a file.

    >>> integrity(b"")[:20]
    'sha384-OLBgp1GsljhM2'
    """
    return "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode("ascii")


def installed(modules: Path, name: str, below: str | None = None) -> Path | None:
    """Folder of an installed package: the copy nested below ``below`` if there is one, else the top one; None if absent."""
    nested = modules / below / "node_modules" / name if below else None
    if nested is not None and nested.is_dir():
        return nested
    top = modules / name
    return top if top.is_dir() else None


def manifest(package: Path) -> dict[str, object]:
    """The package.json of an installed package, parsed."""
    parsed: dict[str, object] = json.loads((package / "package.json").read_text(encoding="utf-8"))
    return parsed


def bundled(modules: Path, name: str, seen: set[str]) -> Iterator[tuple[str, Path]]:
    """Every package that a library's bundle carries inside it, with its folder, each once."""
    package = installed(modules, name, NESTED.get(name))
    if package is None:
        return
    described = manifest(package)
    for key in ("dependencies", "peerDependencies"):
        wanted = described.get(key)
        for inner in sorted(wanted) if isinstance(wanted, dict) else ():
            folder = installed(modules, inner, name)
            if inner in seen or inner.startswith(("@types/", "@scarf/")) or folder is None:
                continue
            seen.add(inner)
            yield inner, folder
            yield from bundled(modules, inner, seen)


def licence_texts(package: Path) -> str:
    """Licence and notice files at the top of a package, joined; the declared licence name where there is none."""
    texts = [p.read_text(encoding="utf-8").strip() for p in sorted(package.iterdir()) if p.is_file() and LICENCE_FILE.search(p.name)]
    return "\n\n".join(texts) or f"Licence: {manifest(package).get('license', 'not stated')}"


def copy_package(modules: Path, name: str) -> tuple[str, dict[str, object]]:
    """Copy one library and describe it: version, licence and, per file, its path under static and its integrity."""
    package = installed(modules, name, NESTED.get(name))
    if package is None:
        raise SystemExit(f"npm 没有装上 {name}，请检查 tools/assets/package.json")
    described = manifest(package)
    folder = TARGET / f"{name}-{described['version']}"
    folder.mkdir(parents=True)
    files: dict[str, dict[str, object]] = {}
    for inside in TAKEN[name]:
        content = (package / inside).read_bytes()
        if not inside.endswith(".wasm"):
            content = SOURCE_MAP.sub(b"\n", content)
        path = folder / Path(inside).name
        path.write_bytes(content)
        files[path.name] = {"path": path.relative_to(TARGET.parent).as_posix(), "integrity": integrity(content), "bytes": len(content)}
    (folder / "LICENSE.txt").write_text(licence_texts(package) + "\n", encoding="utf-8")
    inner = [f"===== {n} {manifest(p)['version']} =====\n{licence_texts(p)}\n" for n, p in bundled(modules, name, set(TAKEN))]
    if inner:
        (folder / "THIRD-PARTY.txt").write_text("\n".join(inner), encoding="utf-8")
    return name, {"version": described["version"], "licence": described["license"], "files": files}


def main() -> int:
    """Install the pinned packages away from the tree, replace the vendor folder, write vendor.json."""
    with tempfile.TemporaryDirectory() as scratch:
        for pin in ("package.json", "package-lock.json"):
            shutil.copy(PINS / pin, scratch)
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=scratch, check=True)
        shutil.rmtree(TARGET, ignore_errors=True)
        TARGET.mkdir(parents=True)
        packages = dict(copy_package(Path(scratch) / "node_modules", name) for name in TAKEN)
    text = json.dumps({"packages": packages}, ensure_ascii=False, indent=2) + "\n"
    (TARGET / "vendor.json").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
