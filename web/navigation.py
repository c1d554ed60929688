"""The left rail and the links of paged lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, request, url_for
from flask_babel import lazy_gettext as _l

from web.auth import current_account

OFFICE = ("viewer", "officer", "approver", "administrator")
DECIDING = ("officer", "approver", "administrator")
RAIL: tuple[tuple[str, Any, str, str, tuple[str, ...]], ...] = (
    ("overview.index", _l("总览"), "overview", "o", OFFICE),
    ("match.index", _l("匹配"), "match", "m", OFFICE),
    ("names.index", _l("地名"), "names", "n", OFFICE),
    ("numbering.index", _l("编号"), "numbering", "b", DECIDING),
    ("plates.index", _l("门牌"), "plates", "p", (*OFFICE, "installer")),
    ("cases.index", _l("业务"), "cases", "c", DECIDING),
    ("map.index", _l("地图"), "map", "t", OFFICE),
    ("admin.index", _l("管理"), "admin", "a", ("administrator",)),
    ("field.index", _l("现场"), "field", "f", ("installer", *DECIDING)),
)
"""Endpoint, word, icon, letter after ``g``, and who sees the link."""


@dataclass(frozen=True, slots=True)
class RailLink:
    """One link of the left rail."""

    url: str
    text: str
    icon: str
    key: str
    current: bool


def rail() -> list[RailLink]:
    """Return the links the signed-in person may follow; none for others."""
    account = current_account()
    if account is None:
        return []
    return [
        RailLink(url_for(endpoint), str(text), icon, key, _is_here(url_for(endpoint)))
        for endpoint, text, icon, key, roles in RAIL
        if account.role in roles and endpoint in current_app.view_functions
    ]


def _is_here(url: str) -> bool:
    return request.path == url or (url != "/" and request.path.startswith(url.rstrip("/") + "/"))


def page_url(endpoint: str | None = None, **changed: Any) -> str:
    """Return the address of the present list with its filters, some of them changed (None removes one)."""
    arguments = {**request.args.to_dict(flat=False), **(request.view_args or {}), **changed}
    kept = {name: value for name, value in arguments.items() if value is not None}
    return url_for(endpoint or request.endpoint or "", **kept)


def at_later_page() -> bool:
    """Say whether the list shown begins after its first row."""
    return bool(request.args.get("after"))


def install(app: Flask) -> None:
    """Give templates ``rail``, ``page_url`` and ``at_later_page``."""
    app.jinja_env.globals.update(rail=rail, page_url=page_url, at_later_page=at_later_page)
