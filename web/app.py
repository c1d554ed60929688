"""The application: one factory that opens the register and puts the parts of the web face together."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from types import TracebackType
from typing import Any

from apiflask import APIFlask
from flask import Blueprint
from flask_compress import Compress

import web.api
import web.faces
import web.field
import web.pages
from geoaddr import __version__
from geoaddr.settings import Settings
from web import (
    assets,
    auth,
    errors,
    event_words,
    express,
    field_words,
    i18n,
    navigation,
    observability,
    openapi,
    operation,
    security,
    wording,
    words,
)
from web.json_provider import OrjsonProvider
from web.services import EXTENSION, open_services

FOLDERS = (web.pages, web.api, web.faces, web.field)
"""Packages whose modules' ``blueprint`` is registered."""

COMPRESSED = [
    "text/html", "text/css", "text/csv", "text/javascript", "application/javascript", "application/json", "application/geo+json",
    "application/problem+json", "application/x-ndjson", "image/svg+xml",
]  # fmt: skip


class GeoaddrApp(APIFlask):
    """APIFlask, logging bugs in the one log."""

    def log_exception(self, exc_info: tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]) -> None:
        """Log an error nobody caught, without what the person typed."""
        self.extensions["geoaddr_observer"].failed(exc_info[0], exc_info[2])


def create_app(settings: Settings | None = None) -> APIFlask:
    """Return the web application on the register and index that the settings name; ``UsageError`` where they are not usable."""
    chosen = settings or Settings()
    app = GeoaddrApp("web", title="geoaddr", version=__version__, docs_path=None, json_errors=False)
    app.json = OrjsonProvider(app)
    app.extensions[EXTENSION] = open_services(chosen)
    observability.install(app)
    security.install(app)
    auth.install(app)
    i18n.install(app)
    assets.install(app)
    words.install(app)
    wording.install(app)
    event_words.install(app)
    field_words.install(app)
    navigation.install(app)
    errors.install(app)
    openapi.install(app)
    app.config.update(COMPRESS_MIMETYPES=COMPRESSED)
    Compress(app)
    app.context_processor(lambda: {"settings": chosen})
    app.register_blueprint(operation.blueprint)
    for blueprint in blueprints():
        app.register_blueprint(blueprint)
    openapi.exempt_from_csrf(app)
    express.install(app, security.limit_requests(app))
    return app


def blueprints() -> Iterator[Blueprint]:
    """Yield the blueprint of every module of the pages, the API and the field pages that has one, in order of name."""
    for folder in FOLDERS:
        for found in sorted(pkgutil.iter_modules(folder.__path__), key=lambda module: module.name):
            module: Any = import_module(f"{folder.__name__}.{found.name}")
            if isinstance(blueprint := getattr(module, "blueprint", None), Blueprint):
                yield blueprint
