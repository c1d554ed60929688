"""What every answer says to the browser about what it may do, and who may ask how often."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from flask import Flask, Response, request
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from gazetteer.api_keys import KeyHolder
from gazetteer.keys import secret_key
from geoaddr.settings import Settings
from web.auth import current_account, sent_key
from web.request_counts import RequestLimits
from web.services import services_of

FIELD_PATH = "/field"
POLICY: dict[str, tuple[str, ...]] = {
    "default-src": ("'self'",),
    "script-src": ("'self'",),
    "style-src": ("'self'",),
    "img-src": ("'self'", "data:", "blob:"),
    "worker-src": ("'self'",),
    "connect-src": ("'self'",),
    "object-src": ("'none'",),
    "base-uri": ("'none'",),
    "form-action": ("'self'",),
    "frame-ancestors": ("'none'",),
}
"""Content-Security-Policy: nothing inline, nothing from elsewhere but the configured map tiles."""

HEADERS: dict[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
CLOSED_DEVICES = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
FIELD_DEVICES = "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()"
HSTS = "max-age=31536000; includeSubDomains"
SCARCE = {
    "plate_public.index": "120 per minute",
    "plate_public.report_submitted": "6 per minute; 30 per hour",
    "name_public.name": "120 per minute",
    "name_public.name_as_linked_place": "120 per minute",
    "name_public.screen": "120 per minute",
}
"""What one network address may ask of pages open to anybody, beside the limit for all pages."""

UNLIMITED = ("static", "operation.healthz", "operation.readyz", "operation.metrics")


def install(app: Flask) -> None:
    """Sign cookies, check CSRF tokens, count requests and set the headers of every answer."""
    settings = services_of(app).settings
    app.config.update(
        SECRET_KEY=secret_key(settings),
        WTF_CSRF_TIME_LIMIT=None,  # the token lives as long as the session
        WTF_CSRF_HEADERS=["X-CSRFToken"],
        MAX_CONTENT_LENGTH=settings.max_upload_mb * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=8 * 1024 * 1024,
    )
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]
    app.extensions["geoaddr_csrf"] = CSRFProtect(app)
    app.after_request(_with_headers(settings))


def limit_requests(app: Flask) -> RequestLimits:
    """Bound what one caller may ask per minute; called when all views are there."""
    settings = services_of(app).settings
    limits = RequestLimits(
        settings.rate_limit_store, settings.rate_limit, caller, address=network_address, unlimited=UNLIMITED,
        scarce={"session.sign_in_submitted": settings.login_rate_limit, **SCARCE},
    )  # fmt: skip
    limits.install(app)
    return limits


def caller() -> str:
    """Return who is counted: the API key or person that is asking, else the network address."""
    if (key := sent_key()) is not None:
        return caller_of(key)
    if (account := current_account()) is not None:
        return f"user:{account.id}"
    return network_address()


def caller_of(key: KeyHolder) -> str:
    """Return how a key is counted."""
    return f"key:{key.id}"


def network_address() -> str:
    """Return the address a request came from, as far as the trusted proxies say."""
    return f"address:{request.remote_addr or 'unknown'}"


def policy_text(settings: Settings, *, field: bool) -> str:
    """Write the Content-Security-Policy; WebAssembly (QR decoding) is allowed on the installers' pages only."""
    extra: dict[str, tuple[str, ...]] = {}
    if field:
        extra["script-src"] = ("'wasm-unsafe-eval'",)
    if settings.tile_url:
        parts = urlsplit(settings.tile_url)
        extra["img-src"] = (f"{parts.scheme}://{parts.netloc}",)
    return "; ".join(f"{name} {' '.join((*sources, *extra.get(name, ())))}" for name, sources in POLICY.items())


def headers_of_programs(settings: Settings) -> list[tuple[str, str]]:
    """Return what every answer to a program carries, whatever it is about."""
    return [*_fixed_headers(settings, field=False), ("Cache-Control", "no-store"), ("Vary", "Accept-Encoding, Cookie")]


def _fixed_headers(settings: Settings, *, field: bool) -> list[tuple[str, str]]:
    devices = FIELD_DEVICES if field else CLOSED_DEVICES
    fixed = [("Content-Security-Policy", policy_text(settings, field=field)), ("Permissions-Policy", devices), *HEADERS.items()]
    return [*fixed, ("Strict-Transport-Security", HSTS)] if settings.secure_cookies else fixed


def _with_headers(settings: Settings) -> Callable[[Response], Response]:

    fixed = {field: _fixed_headers(settings, field=field) for field in (True, False)}

    def add(response: Response) -> Response:
        present = {name.lower() for name, _value in response.headers}
        for name, value in fixed[request.path == FIELD_PATH or request.path.startswith(FIELD_PATH + "/")]:
            if name.lower() not in present:
                response.headers.add(name, value)
        if request.endpoint == "static":
            vendored = (request.view_args or {}).get("filename", "").startswith("vendor/")
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if vendored else "no-cache"
        elif "cache-control" not in present:
            response.headers.add("Cache-Control", "no-store")
        return response

    return add
