"""From an error to an answer: problem details (RFC 9457) for programs, an honest page for people."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import orjson
from apiflask import APIFlask
from apiflask.exceptions import HTTPError
from flask import Response, current_app, g, render_template, request
from flask_wtf.csrf import CSRFError
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from gazetteer.store.database import OperationalError
from geoaddr.errors import Conflict, Forbidden, GeoaddrError, NotFound, UsageError
from web.audience import asked_by_program
from web.messages import _, in_words
from web.validation import field_errors

STATUS: dict[type[GeoaddrError], int] = {GeoaddrError: 400, UsageError: 400, Forbidden: 403, NotFound: 404, Conflict: 409}
"""The one place where an error of the domain becomes an HTTP status."""

CHALLENGE = 'ApiKey realm="geoaddr", header="X-API-Key"'
RETRY_SECONDS = "30"
"""When to come back while the database cannot be reached."""

PROBLEM_TYPE = "application/problem+json"
BODY_LOCATIONS = ("json", "form", "files", "form_and_files", "json_or_form")


def install(app: APIFlask) -> None:
    """Answer every error of every kind."""
    app.register_error_handler(GeoaddrError, _domain_error)
    app.register_error_handler(CSRFError, _csrf_error)
    app.register_error_handler(OperationalError, _unreachable)
    app.error_processor(_api_error)
    app.register_error_handler(HTTPException, _http_error)


def problem(status: int, detail: str, *, errors: list[dict[str, str]] | None = None, headers: dict[str, str] | None = None) -> Response:
    """Return problem details: type, title, status, detail, the request's id, and ``errors`` naming the fields at fault."""
    body: dict[str, Any] = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    body["request_id"] = g.get("request_id", "")
    if errors:
        body["errors"] = errors
    return Response(orjson.dumps(body), status=status, content_type=PROBLEM_TYPE, headers=headers)


def explanation(status: int) -> str:
    """Say in one sentence what a status means for the one who asked."""
    sentences = {
        400: _("请求无法理解，请检查填写的内容。"),
        401: _("请先登录；程序请在 X-API-Key 中提供有效的密钥。"),
        403: _("您没有权限执行这一步。"),
        404: _("没有这个页面或记录，它可能已被移走或地址写错了。"),
        405: _("这个地址不接受这种请求方法。"),
        406: _("没有您要求的格式。"),
        409: _("登记册已经变化，请刷新后再试。"),
        412: _("这条记录已被修改，请取得最新版本后再试。"),
        413: _("发送的内容太大。"),
        414: _("请求的网址太长。"),
        415: _("不支持这种内容类型。"),
        422: _("有内容填写不对，请按提示修改。"),
        428: _("请用 If-Match 说明您看到的是哪一版。"),
        429: _("请求太频繁，请稍后再试。"),
        500: _("服务出错了，我们已记录；您的数据没有改动。"),
        503: _("服务暂时不可用，请稍后再试。"),
    }
    return sentences.get(status, HTTPStatus(status).phrase)


def _domain_error(error: GeoaddrError) -> Response:
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    message = in_words(error.message)
    errors = [{"field": error.field, "message": message}] if error.field else None
    return _answer(status, message, errors=errors)


def _unreachable(error: OperationalError) -> Response:
    current_app.extensions["geoaddr_observer"].failed(type(error), error.__traceback__)
    return _answer(503, explanation(503), headers={"Retry-After": RETRY_SECONDS})


def _csrf_error(error: CSRFError) -> Response:
    return _answer(400, _("页面已过期，请返回刷新后再提交。"))


def _api_error(error: HTTPError) -> Response:
    cause = error.__cause__
    if isinstance(cause, ValidationError):
        location = next(iter(error.detail), "json")
        errors = field_errors(cause, location)
        if location == "headers":
            errors = [{**one, "field": one["field"].replace("_", "-").title()} for one in errors]
        status = 422 if location in BODY_LOCATIONS else 400
        return _answer(status, "；".join(f"{one['field']}：{one['message']}" for one in errors[:3]), errors=errors)
    plain = error.message is None or error.message == HTTPStatus(error.status_code).phrase
    return _answer(error.status_code, explanation(error.status_code) if plain else str(error.message), headers=_plain(error.headers))


def _http_error(error: HTTPException) -> Response | HTTPException:
    status = error.code or 500
    if status < 400:
        return error
    headers = {name: value for name, value in error.get_headers() if name.lower() not in ("content-type", "content-length")}
    return _answer(status, explanation(status), headers=headers)


def _answer(status: int, detail: str, *, errors: list[dict[str, str]] | None = None, headers: dict[str, str] | None = None) -> Response:
    if asked_by_program():
        if status == 401:
            headers = {**(headers or {}), "WWW-Authenticate": CHALLENGE}
        return problem(status, detail, errors=errors, headers=headers)
    if status >= 500:
        page = render_template("errors/plain.html", status=status, detail=detail)
    elif "HX-Request" in request.headers:
        page = render_template("errors/partial.html", detail=detail)
    else:
        page = render_template("errors/page.html", status=status, title=explanation(status), detail=detail)
    return Response(page, status=status, mimetype="text/html", headers=headers)


def _plain(headers: Any) -> dict[str, str]:
    return {name: str(value) for name, value in dict(headers).items()}
