"""What every answer must carry, and what no request may achieve."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from web_fixtures import PASSWORD, csrf_token, post

from gazetteer.people import SignIns
from gazetteer.store.database import Store
from geoaddr.errors import Conflict, Forbidden, GeoaddrError, NotFound, UsageError
from geoaddr.settings import Settings
from web.app import create_app
from web.audience import is_program
from web.auth import OPEN_ENDPOINTS, open_to_all, require_role
from web.errors import STATUS
from web.security import policy_text
from web.services import services_of

TEMPLATES = Path(__file__).parent.parent / "web" / "templates"
JINJA = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)
STRICT = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; worker-src 'self'; connect-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


class InlineCode(HTMLParser):
    """Collects what a strict policy forbids: inline scripts, styles and event handlers."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "style" or (tag == "script" and "src" not in given and given.get("type") != "application/json"):
            self.found.append(tag)
        self.found += [name for name in given if name == "style" or re.fullmatch(r"on[a-z]+|hx-on.*", name)]
        self.found += [value for value in given.values() if value and value.strip().lower().startswith("javascript:")]


@pytest.mark.parametrize(
    "path", ["/sign-in", "/docs", "/no-such-page", "/api/v1/none", "/healthz", "/static/css/geoaddr.css", "/openapi.json"]
)
def test_every_answer_carries_the_headers(web_client: FlaskClient, path: str) -> None:
    headers = web_client.get(path).headers
    assert headers["Content-Security-Policy"] == STRICT
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert re.fullmatch(r"[0-9a-f]{16}", headers["X-Request-ID"])


def test_only_the_installers_pages_may_use_camera_position_and_webassembly(web_client: FlaskClient) -> None:
    headers = web_client.get("/field").headers
    assert "'wasm-unsafe-eval'" in headers["Content-Security-Policy"]
    assert "camera=(self), geolocation=(self)" in headers["Permissions-Policy"]
    assert "'wasm-unsafe-eval'" not in web_client.get("/fieldwork").headers["Content-Security-Policy"]


def test_tiles_come_from_the_configured_host_only() -> None:
    settings = Settings(tile_url="https://tiles.example/{z}/{x}/{y}.png")
    assert "img-src 'self' data: blob: https://tiles.example;" in policy_text(settings, field=False)


def test_no_template_holds_inline_code() -> None:
    for path in TEMPLATES.rglob("*.html"):
        parser = InlineCode()
        parser.feed(JINJA.sub("", path.read_text(encoding="utf-8")))
        assert parser.found == [], path


def test_pages_are_closed_unless_they_say_otherwise(web_app: APIFlask) -> None:
    client = web_app.test_client()
    for rule in web_app.url_map.iter_rules():
        view = web_app.view_functions[rule.endpoint]
        closed = not is_program(web_app, rule.endpoint.rpartition(".")[0]) and rule.endpoint not in OPEN_ENDPOINTS
        if closed and not getattr(view, "open_to_all", False) and "GET" in (rule.methods or ()):
            path = re.sub(r"<[^>]+>", "1", rule.rule)
            answer = client.get(path)
            assert answer.status_code == 302, rule
            assert answer.headers["Location"].startswith("/sign-in"), rule


def test_every_page_that_writes_asks_for_the_csrf_token(signed_in: Callable[[str], FlaskClient], web_app: APIFlask) -> None:
    client = signed_in("administrator")
    for rule in web_app.url_map.iter_rules():
        if not is_program(web_app, rule.endpoint.rpartition(".")[0]) and "POST" in (rule.methods or ()):
            answer = client.post(re.sub(r"<[^>]+>", "1", rule.rule), data={})
            assert answer.status_code in (400, 401), rule
            assert answer.status_code == 401 or "页面已过期" in answer.get_data(as_text=True), rule


def test_roles_decide_who_opens_a_page(web_settings: Settings, sqlite_store: Store) -> None:
    app = create_app(web_settings)
    app.add_url_rule("/only-approvers", "only_approvers", require_role("approver", "administrator")(lambda: "ok"))
    app.add_url_rule("/for-all", "for_all", open_to_all(lambda: "ok"))
    from gazetteer.people import create_user
    from gazetteer.store.events import SYSTEM

    answers = {}
    for role in ("viewer", "installer", "officer", "approver", "administrator"):
        with sqlite_store.transaction() as session:
            create_user(session, f"{role}-x", "样本", role, PASSWORD, actor=SYSTEM)
        client = app.test_client()
        post(client, "/sign-in", {"username": f"{role}-x", "password": PASSWORD}, page="/sign-in")
        answers[role] = client.get("/only-approvers").status_code
    assert answers == {"viewer": 403, "installer": 403, "officer": 403, "approver": 200, "administrator": 200}
    assert app.test_client().get("/for-all").status_code == 200
    assert app.test_client().get("/only-approvers").status_code == 302


def test_too_many_sign_ins_from_one_address_are_refused(web_settings: Settings) -> None:
    client = create_app(web_settings.model_copy(update={"login_rate_limit": "3 per minute"})).test_client()
    token = csrf_token(client, "/sign-in")
    answers = [client.post("/sign-in", data={"username": "x", "password": "y", "csrf_token": token}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 61


def test_too_many_requests_are_refused_and_counted_by_key(web_settings: Settings, api_key: Callable[..., str]) -> None:
    client = create_app(web_settings.model_copy(update={"rate_limit": "2 per minute"})).test_client()
    headers = {"X-API-Key": api_key("lookup")}
    assert [client.get("/api/v1/normalize?q=a", headers=headers).status_code for _ in range(3)] == [200, 200, 429]
    answer = client.get("/api/v1/normalize?q=a", headers=headers)
    assert answer.content_type == "application/problem+json"
    assert "Retry-After" in answer.headers
    assert client.get("/api/v1/normalize?q=a", headers={"X-API-Key": api_key("lookup")}).status_code == 200
    assert client.get("/healthz").status_code == 200


def test_guessing_keys_is_counted_by_address(web_settings: Settings) -> None:
    client = create_app(web_settings.model_copy(update={"rate_limit": "2 per minute"})).test_client()
    answers = [client.get("/api/v1/normalize?q=a", headers={"X-API-Key": f"ga_guess_{n}"}) for n in range(3)]
    assert [answer.status_code for answer in answers] == [401, 401, 429]
    assert answers[0].headers["WWW-Authenticate"].startswith("ApiKey ")


def test_cookies_are_closed_to_scripts_and_other_sites(web_settings: Settings, sqlite_store: Store) -> None:
    client = create_app(web_settings.model_copy(update={"secure_cookies": True})).test_client()
    answer = client.get("/sign-in?lang=en", base_url="https://localhost")
    cookies = answer.headers.getlist("Set-Cookie")
    assert len(cookies) == 2
    for cookie in cookies:
        assert {"HttpOnly", "SameSite=Lax", "Secure"} <= set(cookie.split("; "))
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")


@pytest.mark.parametrize(("kind", "status"), [(UsageError, 400), (Forbidden, 403), (NotFound, 404), (Conflict, 409), (GeoaddrError, 400)])
def test_errors_of_the_domain_become_their_status_for_people_and_programs(
    web_settings: Settings, kind: type[GeoaddrError], status: int
) -> None:
    app = create_app(web_settings)

    def fail() -> str:
        raise kind("这里说明哪里不对", field="number")

    app.add_url_rule("/fails", "fails", open_to_all(fail))
    page = app.test_client().get("/fails", headers={"Accept": "text/html"})
    assert (page.status_code, page.mimetype) == (status, "text/html")
    assert "这里说明哪里不对" in page.get_data(as_text=True)
    problem = app.test_client().get("/fails", headers={"Accept": "application/json"})
    assert (problem.status_code, problem.mimetype) == (status, "application/problem+json")
    body = problem.get_json()
    assert (body["status"], body["detail"], body["errors"][0]["field"]) == (status, "这里说明哪里不对", "number")
    assert body["request_id"] == problem.headers["X-Request-ID"]
    assert STATUS[kind] == status


def test_a_bug_is_logged_without_what_was_typed_and_shown_without_details(
    web_settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    app = create_app(web_settings)

    def fail() -> str:
        raise ValueError("样本甲 13800000000")

    app.add_url_rule("/fails", "fails", open_to_all(fail))
    answer = app.test_client().get("/fails?q=private")
    assert answer.status_code == 500
    assert "样本甲" not in answer.get_data(as_text=True)
    logged = [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]
    assert [(one["event"], one["error"]) for one in logged] == [("unhandled_error", "ValueError")]
    assert "样本甲" not in str(logged)
    assert "private" not in str(logged)
    assert any("fail" in frame for frame in logged[0]["frames"])


def test_requests_are_logged_as_json_without_query_or_names(
    web_settings: Settings, api_key: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    client = create_app(web_settings.model_copy(update={"log_level": "INFO"})).test_client()
    client.get("/api/v1/normalize?q=样本甲家", headers={"X-API-Key": api_key("lookup"), "X-Request-ID": "from-the-proxy-1"})
    line = json.loads(capsys.readouterr().err.splitlines()[-1])
    assert (line["route"], line["status"], line["request_id"], line["actor"]) == ("/api/v1/normalize", 200, "from-the-proxy-1", "key")
    assert "样本" not in str(line)


def test_a_forwarded_address_is_believed_from_trusted_proxies_only(web_settings: Settings) -> None:
    tight = {"login_rate_limit": "1 per minute"}
    for count, expected in ((0, [401, 429]), (1, [401, 401])):
        client = create_app(web_settings.model_copy(update={**tight, "trusted_proxies": count})).test_client()
        token = csrf_token(client, "/sign-in")
        statuses = [
            client.post("/sign-in", data={"username": "x", "csrf_token": token}, headers={"X-Forwarded-For": address}).status_code
            for address in ("203.0.113.1", "203.0.113.2")
        ]
        assert statuses == expected


def test_health_readiness_and_metrics_answer(web_client: FlaskClient) -> None:
    assert web_client.get("/healthz").get_json() == {"status": "ok"}
    assert web_client.get("/readyz").get_json()["checks"] == {"register": True, "index": True}
    web_client.get("/sign-in?q=secret")
    text = web_client.get("/metrics").get_data(as_text=True)
    assert 'geoaddr_http_requests_total{method="GET",route="/sign-in",status="200"} 1.0' in text
    assert "geoaddr_register_seq" in text
    assert 'geoaddr_jobs{status="queued"} 0.0' in text
    assert "secret" not in text


def test_a_register_that_is_gone_is_not_ready(web_app: APIFlask, sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.operation.reachable", lambda store: False)
    assert web_app.test_client().get("/readyz").status_code == 503
    assert web_app.test_client().get("/metrics").status_code == 200


def test_a_database_that_cannot_be_reached_is_said_honestly(web_app: APIFlask, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    app = create_app(services_of(web_app).settings)
    broken = Store(f"sqlite:///{tmp_path}/no-tables.sqlite")
    app.extensions["geoaddr"] = replace(services_of(app), store=broken, sign_ins=SignIns(broken, attempts=3, lockout_minutes=5))
    answer = app.test_client().get("/api/v1/divisions/33")
    assert (answer.status_code, answer.content_type) == (503, "application/problem+json")
    assert int(answer.headers["Retry-After"]) > 0
    page = post(app.test_client(), "/sign-in", {"username": "x", "password": "y"}, page="/sign-in")
    assert page.status_code == 503
    assert "服务暂时不可用" in page.get_data(as_text=True)
    assert "no such table" not in capsys.readouterr().err


def test_a_register_of_another_version_is_not_served(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="db upgrade"):
        create_app(Settings(database_url=f"sqlite:///{tmp_path}/empty.sqlite", media_dir=tmp_path, index_dir=tmp_path / "index"))
