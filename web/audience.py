"""Whether a program or a person is asking: the one wants problem details and status codes, the other a page."""

from __future__ import annotations

from apiflask import APIBlueprint
from flask import Flask, current_app, request

PROGRAM_PATHS = (
    "/api/",
    "/openapi.json",
    "/metrics",
    "/healthz",
    "/readyz",
    "/ban/",
    "/9095/",
    "/ogc",
    "/reconcile",
    "/photon/",
    "/nominatim/",
    "/geocoding/",
)
"""Where programs ask: errors there are problem details whatever the Accept header says."""


def is_program(app: Flask, blueprint: str | None) -> bool:
    """Say whether a blueprint is for programs: described in the OpenAPI document, closed by scopes instead of sign-in."""
    return blueprint is not None and isinstance(app.blueprints.get(blueprint), APIBlueprint)


def asked_by_program() -> bool:
    """Say whether the one who asked reads JSON rather than pages."""
    if request.path.startswith(PROGRAM_PATHS) or is_program(current_app, request.blueprint):
        return True
    types = ["text/html", "application/json", "application/problem+json"]
    return request.accept_mimetypes.best_match(types, "text/html") != "text/html"
