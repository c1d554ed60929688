"""What operators and their monitors ask: is it alive, is it ready, what are the figures; and the page of the API."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, render_template
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from gazetteer.operation import figures
from gazetteer.store.database import reachable
from web.auth import open_to_all
from web.services import services

blueprint = Blueprint("operation", __name__)


@blueprint.get("/healthz")
@open_to_all
def healthz() -> dict[str, str]:
    """Say that the process answers."""
    return {"status": "ok"}


@blueprint.get("/readyz")
@open_to_all
def readyz() -> tuple[dict[str, Any], int]:
    """Say whether database and matching index are there; 503 with what is missing otherwise."""
    register = reachable(services().store)
    checks = {"register": register, "index": register and services().engine.size >= 0}
    ready = all(checks.values())
    return {"status": "ready" if ready else "not ready", "checks": checks}, 200 if ready else 503


@blueprint.get("/metrics")
@open_to_all
def metrics() -> Response:
    """Return counts and durations of requests, and the figures of the register, in the text format of Prometheus."""
    text = generate_latest(current_app.extensions["geoaddr_observer"].registry)
    if reachable(services().store):
        text += generate_latest(_register_figures())
    return Response(text, content_type=CONTENT_TYPE_LATEST)


@blueprint.get("/docs")
@open_to_all
def docs() -> str:
    """Show the API, from vendored files."""
    return render_template("docs.html")


def _register_figures() -> CollectorRegistry:
    registry = CollectorRegistry()
    with services().store.reading() as session:
        found = figures(session)
    Gauge("geoaddr_register_seq", "Number of the newest event.", registry=registry).set(found.last_seq)
    Gauge("geoaddr_index_seq", "Number of the last event the matching index takes into account.", registry=registry).set(
        services().engine.seq
    )
    jobs = Gauge("geoaddr_jobs", "Jobs by status.", ("status",), registry=registry)
    for status, count in found.jobs.items():
        jobs.labels(status).set(count)
    return registry
