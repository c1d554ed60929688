"""The short way for the look-up that other systems ask most: the same answer, headers, counts and log line, without the framework around.

``GET /api/v1/search`` with a valid key and nothing unusual in it is answered here; whatever is unusual (a wrong parameter, no
key, too many requests, an error of any kind) is left to the ordinary way, which says what is wrong.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import orjson
from flask import Flask

from matchers.verdict import Query
from web.api.lookup import search_answer
from web.api.shapes import SearchQuery
from web.geojson import MEDIA_TYPE
from web.observability import REQUEST_ID, REQUEST_ID_HEADER, Observer
from web.request_counts import RequestLimits
from web.security import caller_of, headers_of_programs
from web.services import Services, services_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATH = "/api/v1/search"
ENDPOINT = "api_lookup.search"
SCOPE = "lookup"
PLAIN = frozenset({"q", "limit", "division", "kind"})
"""Parameters understood here; with any other the ordinary way is taken."""

LARGEST_LIMIT = 20
"""Results beyond which an answer is worth compressing, which is done in the ordinary way."""


@dataclass(frozen=True, slots=True)
class Express:
    """A WSGI application before the other; holds nothing but what it asks."""

    ordinary: WSGIApplication
    services: Services
    limits: RequestLimits
    observer: Observer
    headers: Sequence[tuple[str, str]]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a plain look-up; pass on everything else."""
        if environ["PATH_INFO"] == PATH and environ["REQUEST_METHOD"] == "GET" and "HTTP_X_API_KEY" in environ:
            began = time.perf_counter()
            try:
                found = self._answer(environ)
            except Exception:  # the ordinary way meets the same error and turns it into the right answer
                found = None
            if found is not None:
                return [self._told(environ, start_response, began, *found)]
        return self.ordinary(environ, start_response)

    def _answer(self, environ: WSGIEnvironment) -> tuple[bytes, list[tuple[str, str]]] | None:
        """Return the body and the headers that tell what may still be asked; None for what is left to the ordinary way."""
        written = environ["QUERY_STRING"].encode("latin-1").decode()  # WSGI gives bytes as if they were Latin-1
        given = parse_qsl(written, keep_blank_values=True, errors="strict")
        parameters = dict(given)
        if len(parameters) != len(given) or not PLAIN.issuperset(parameters):
            return None
        holder = self.services.keys.holder(environ["HTTP_X_API_KEY"])
        if holder is None or SCOPE not in holder.scopes:
            return None
        asked = SearchQuery.model_validate(parameters)
        if asked.limit > LARGEST_LIMIT:
            return None
        told = self.limits.count_at_once(caller_of(holder), ENDPOINT)
        if told is None:
            return None
        query = Query(asked.q, division=asked.division or "")
        return orjson.dumps(search_answer(self.services.engine, query, asked, None), option=orjson.OPT_NON_STR_KEYS) + b"\n", told

    def _told(
        self, environ: WSGIEnvironment, start_response: StartResponse, began: float, body: bytes, told: list[tuple[str, str]]
    ) -> bytes:
        given = environ.get("HTTP_X_REQUEST_ID", "")
        request_id = given if REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
        own = [("Content-Type", MEDIA_TYPE), ("Content-Length", str(len(body))), (REQUEST_ID_HEADER, request_id)]
        start_response("200 OK", [*own, *told, *self.headers])
        self.observer.note(request_id, "GET", PATH, HTTPStatus.OK, time.perf_counter() - began, "key")
        return body


def install(app: Flask, limits: RequestLimits) -> None:
    """Put the short way before an application."""
    services = services_of(app)
    ordinary: Callable[..., Any] = app.wsgi_app
    app.wsgi_app = Express(  # type: ignore[method-assign]
        ordinary, services, limits, app.extensions["geoaddr_observer"], headers_of_programs(services.settings)
    )
