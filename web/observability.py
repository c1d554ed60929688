"""One JSON line and one count for every request, without query strings, names or addresses of persons."""

from __future__ import annotations

import logging
import re
import secrets
import sys
import time
import traceback
from types import TracebackType
from typing import Any

import orjson
import structlog
from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram

from web.services import services_of

REQUEST_ID_HEADER = "X-Request-ID"
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
UNLOGGED = ("static", "operation.healthz", "operation.readyz", "operation.metrics")
DURATIONS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Observer:
    """The log and the counts of one application."""

    def __init__(self, log_level: str) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter("geoaddr_http_requests_total", "Requests answered.", ("method", "route", "status"), registry=self.registry)
        self.seconds = Histogram("geoaddr_http_request_seconds", "Time to answer.", ("route",), buckets=DURATIONS, registry=self.registry)
        self.log = logger(log_level)
        self._labelled: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def begin(self) -> None:
        """Name the request and start its clock."""
        given = request.headers.get(REQUEST_ID_HEADER, "")
        g.request_id = given if REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
        g.began = time.perf_counter()

    def end(self, response: Response) -> Response:
        """Count and log the answer; the route is the rule, never the address with its values."""
        response.headers[REQUEST_ID_HEADER] = g.get("request_id", "")
        seconds = time.perf_counter() - g.get("began", time.perf_counter())
        route = request.url_rule.rule if request.url_rule is not None else "-"
        method = request.method if request.method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS") else "other"
        actor = g.get("actor")
        is_logged = request.endpoint not in UNLOGGED
        self.note(g.get("request_id", ""), method, route, response.status_code, seconds, actor.kind if actor else "", is_logged=is_logged)
        return response

    def note(self, request_id: str, method: str, route: str, status: int, seconds: float, actor: str, *, is_logged: bool = True) -> None:
        """Count one answer and write its line."""
        key = (method, route, status)
        if (counted := self._labelled.get(key)) is None:
            counted = self._labelled[key] = (self.requests.labels(method, route, str(int(status))), self.seconds.labels(route))
        counted[0].inc()
        counted[1].observe(seconds)
        if is_logged:
            self.log.info(
                "request", request_id=request_id, method=method, route=route, status=int(status), ms=round(seconds * 1000, 1), actor=actor
            )

    def failed(self, kind: type[BaseException] | None, trace: TracebackType | None) -> None:
        """Log a bug: what kind of error and where it arose, without its message, which may hold what a person typed."""
        frames = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)]
        route = request.url_rule.rule if request.url_rule is not None else "-"
        self.log.error(
            "unhandled_error", request_id=g.get("request_id", ""), route=route, error=kind.__name__ if kind else "", frames=frames[-12:]
        )


def logger(log_level: str) -> Any:
    """Return a logger that writes one JSON object a line to standard error."""
    level = logging.getLevelNamesMapping().get(log_level.upper(), logging.INFO)
    return structlog.wrap_logger(
        structlog.PrintLogger(sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(serializer=_json),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
    )


def _json(value: Any, **_options: Any) -> str:
    return orjson.dumps(value, default=repr).decode()


def install(app: Flask) -> Observer:
    """Watch every request of the application."""
    observer = Observer(services_of(app).settings.log_level)
    app.extensions["geoaddr_observer"] = observer
    app.before_request(observer.begin)
    app.after_request(observer.end)
    return observer
