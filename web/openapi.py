"""The API described (OpenAPI 3.1 at ``/openapi.json``) and its strictness, which is the same for every operation."""

from __future__ import annotations

import re
from typing import Any, cast

from apiflask import APIFlask
from apiflask.exceptions import HTTPError
from flask import abort, current_app, request

from web.audience import is_program
from web.auth import KEY_HEADER
from web.errors import PROBLEM_TYPE, problem
from web.messages import _

LARGEST_JSON = 4 * 1024 * 1024
WRITING = ("POST", "PUT", "PATCH", "DELETE")
SECURITY: list[dict[str, list[str]]] = [{"ApiKey": []}, {"Session": []}]
SCHEMES: dict[str, Any] = {
    "ApiKey": {
        "type": "apiKey",
        "in": "header",
        "name": KEY_HEADER,
        "description": "A key made with `geoaddr users key create`; its scopes say what it may do: lookup, changes, jobs, write, field.",
    },
    "Session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "geoaddr_session",
        "description": "A signed-in person's browser; writes also need the page's CSRF token in X-CSRFToken.",
    },
}
PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "Problem details, RFC 9457.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What was wrong and what to do, in the language of the request."},
        "request_id": {"type": "string", "description": "Names this request in the service's log."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}
ALWAYS = {400: "Malformed request or unknown parameter", 405: "Method not allowed; see Allow", 429: "Too many requests; see Retry-After"}
WITH_SECURITY = {401: "No valid key or session", 403: "Scope or role does not reach"}
WITH_BODY = {413: "Body too large", 415: "Content type not accepted", 422: "A field of the body is wrong"}
TAGS: list[Any] = [
    {"name": "look-up", "description": "From text or position to entries of the register."},
    {"name": "records", "description": "One record with lineage, history and ETag."},
    {"name": "changes", "description": "Following the register."},
    {"name": "jobs", "description": "Big files."},
    {"name": "name database", "description": "The face of the national place-name query service: its paths, parameters and answers."},
    {"name": "writes", "description": "Safe to repeat; never over what the writer has not seen."},
]
DESCRIPTION = """Names, addresses, door plates and the verdict on address texts.

Coordinates are `lon`, `lat` in CGCS2000 degrees unless a `datum` says otherwise. Errors are problem details. Unknown query
parameters are refused; unknown members of answers should be ignored. Reads of one record carry an `ETag`; writes take
`If-Match` (412 when stale, 428 when missing) and an `Idempotency-Key` (the same key gives the same answer again).
Looking up plates, divisions and places is open to everybody; everything else needs a key or a session.
Addresses of persons belong in the body of a `POST`, never in a query string.
"""


def install(app: APIFlask) -> None:
    """Describe the API and check every request to it before its view."""
    app.config.update(
        OPENAPI_VERSION="3.1.0",
        DESCRIPTION=DESCRIPTION,
        SECURITY_SCHEMES=SCHEMES,
        SERVERS=[{"url": "/"}],
        TAGS=TAGS,
        AUTO_SERVERS=False,
        AUTO_OPERATION_ID=True,
        AUTO_VALIDATION_ERROR_RESPONSE=False,
        AUTO_404_RESPONSE=False,
        AUTO_AUTH_ERROR_RESPONSE=False,
    )
    app.before_request(_check_request)
    app.spec_processor(lambda spec: complete(app, cast(dict[str, Any], spec)))


def exempt_from_csrf(app: APIFlask) -> None:
    """Free programs' operations from the form check; with a session they check the header themselves."""
    for name, blueprint in app.blueprints.items():
        if is_program(app, name):
            app.extensions["geoaddr_csrf"].exempt(blueprint)


def complete(app: APIFlask, spec: dict[str, Any]) -> dict[str, Any]:
    """Add to every operation its security and the problems it may answer with."""
    components = spec.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = PROBLEM_SCHEMA
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:[^<:]+:)?([^>]+)>", r"{\1}", rule.rule)
        view = app.view_functions[rule.endpoint]
        for method, operation in spec["paths"].get(path, {}).items():
            if method.upper() in (rule.methods or ()) and hasattr(view, "scope"):
                _complete_operation(operation, getattr(view, "scope", ""), bool(rule.arguments))
    return spec


def query_names(endpoint: str) -> set[str]:
    """Return the query parameters an operation declares."""
    declared = getattr(current_app.view_functions[endpoint], "_spec", {}).get("args", [])
    return {name for model, location in declared if location == "query" for name in model.model_fields}


def _complete_operation(operation: dict[str, Any], scope: str, has_path: bool) -> None:
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "header":
            parameter["name"] = parameter["name"].title()
    found = dict(ALWAYS)
    if scope:
        operation["security"] = SECURITY
        operation["description"] = f"{operation.get('description', '')}\n\nScope: `{scope}`.".strip()
    else:
        operation["security"] = [{}, *SECURITY]
    found |= WITH_SECURITY
    if has_path:
        found[404] = "Nothing with this id, code or serial"
    if "requestBody" in operation:
        operation["requestBody"]["required"] = True
        found |= WITH_BODY
    for status, description in found.items():
        operation["responses"].setdefault(str(status), {"description": description})
    for status, response in operation["responses"].items():
        if status >= "400":
            response["content"] = {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}


def _check_request() -> Any:
    if not is_program(current_app, request.blueprint) or request.endpoint is None:
        return None
    if getattr(current_app.view_functions[request.endpoint], "lenient", False):
        return None
    names = set(request.args)
    unknown = sorted(names - query_names(request.endpoint))
    if unknown:
        return problem(400, _("不认识的参数：%(names)s", names="、".join(unknown)[:200]), errors=_named(unknown, _("不认识这个参数")))
    repeated = sorted(name for name in names if len(request.args.getlist(name)) > 1)
    if repeated:
        return problem(400, _("参数只能出现一次：%(names)s", names="、".join(repeated)), errors=_named(repeated, _("只能出现一次")))
    if any("\x00" in str(value) for value in (request.view_args or {}).values()):
        abort(404)
    if request.method in WRITING:
        _check_body()
    return None


def _check_body() -> None:
    declared = getattr(current_app.view_functions[request.endpoint or ""], "_spec", {}).get("content_type")
    if declared is None:
        return
    if request.mimetype != declared:
        raise HTTPError(415, _("请用 Content-Type: %(type)s 发送", type=declared), headers={"Accept": str(declared)})
    if declared == "application/json":
        request.max_content_length = LARGEST_JSON


def _named(fields: list[str], message: str) -> list[dict[str, str]]:
    return [{"field": field, "message": message} for field in fields[:20]]
