"""Addresses of style sheets, scripts and vendored libraries, with the checksums browsers verify."""

from __future__ import annotations

import hashlib
import json
from importlib import resources
from typing import Any

from flask import Flask, url_for

VENDOR_LIST = "static/vendor/vendor.json"


def install(app: Flask) -> None:
    """Give templates ``vendor_url``, ``vendor_integrity`` and ``asset_url``."""
    packages: dict[str, Any] = json.loads(resources.files("web").joinpath(VENDOR_LIST).read_text(encoding="utf-8"))["packages"]
    marks: dict[str, str] = {}

    def vendor_url(package: str, file: str) -> str:
        return url_for("static", filename=packages[package]["files"][file]["path"])

    def vendor_integrity(package: str, file: str) -> str:
        return str(packages[package]["files"][file]["integrity"])

    def asset_url(filename: str) -> str:
        if app.debug or filename not in marks:
            content = resources.files("web").joinpath("static").joinpath(filename).read_bytes()
            marks[filename] = hashlib.sha256(content).hexdigest()[:10]
        return url_for("static", filename=filename, v=marks[filename])

    app.jinja_env.globals.update(vendor_url=vendor_url, vendor_integrity=vendor_integrity, asset_url=asset_url)
