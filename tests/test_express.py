"""The short way for look-ups: the very answer of the ordinary way, for whoever may ask, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from werkzeug.test import Client, TestResponse

from gazetteer.api_keys import find_api_key, revoke_api_key
from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM
from geoaddr.settings import Settings
from web.app import create_app
from web.auth import KEY_HEADER
from web.express import Express

VARYING = {"X-Request-ID", "X-RateLimit-Remaining", "X-RateLimit-Reset", "Server-Timing"}
PATH = "/api/v1/search?q=肖桥路88号&limit=3"


@pytest.fixture
def ordinary(web_app: APIFlask) -> Client:
    """The application without the short way before it."""
    express: Any = web_app.wsgi_app
    assert isinstance(express, Express)
    return Client(express.ordinary, TestResponse)


@pytest.mark.parametrize(
    "query", ["q=肖桥路88号", "q=肖桥路88号&limit=1", "q=肖桥路&kind=place&division=330213", "q=+哈哈+", "q=%FF路", "q=🙂"]
)
def test_both_ways_give_the_same_answer(
    web_client: FlaskClient, ordinary: Client, small_register: dict[str, str], api_key: Callable[..., str], query: str
) -> None:
    headers = {KEY_HEADER: api_key("lookup"), "X-Request-ID": "the-same-request"}
    short, long = (client.get(f"/api/v1/search?{query}", headers=headers) for client in (web_client, ordinary))
    assert (short.status_code, short.get_data()) == (200, long.get_data())
    kept = [{name: value for name, value in answer.headers.items() if name not in VARYING} for answer in (short, long)]
    assert kept[0] == kept[1]
    assert short.headers["X-Request-ID"] == "the-same-request"
    assert set(short.headers.keys()) == set(long.headers.keys())


def test_a_plain_look_up_does_not_touch_the_ordinary_way(
    web_app: APIFlask, small_register: dict[str, str], api_key: Callable[..., str]
) -> None:
    def refusing(_environ: Any, start_response: Any) -> list[bytes]:
        start_response("500 Internal Server Error", [])
        return []

    express: Any = web_app.wsgi_app
    client = Client(replace(express, ordinary=refusing), TestResponse)
    assert client.get(PATH, headers={KEY_HEADER: api_key("lookup")}).status_code == 200
    assert client.get(PATH).status_code == 500


@pytest.mark.parametrize(
    ("query", "scope", "status"),
    [("q=x&limt=3", "lookup", 400), ("q=x&q=y", "lookup", 400),
     ("q=", "lookup", 400), ("q=x&limit=0", "lookup", 400), ("q=x", "changes", 403),
     ("q=x%00", "lookup", 400), ("q=x&lon=1", "lookup", 400), ("q=x&lon=121.4&lat=29.65", "lookup", 200),
     ("q=x&limit=100", "lookup", 200)],
)  # fmt: skip
def test_what_is_unusual_is_answered_in_the_ordinary_way(
    web_client: FlaskClient, small_register: dict[str, str], api_key: Callable[..., str], query: str, scope: str, status: int
) -> None:
    assert web_client.get(f"/api/v1/search?{query}", headers={KEY_HEADER: api_key(scope)}).status_code == status
    assert web_client.get(f"/api/v1/search?{query}", headers={KEY_HEADER: "ga_unknown"}).status_code in (400, 401)
    assert web_client.get("/api/v1/search?q=x").status_code == 401


def test_a_revoked_key_is_unknown_from_the_next_request_on(
    web_client: FlaskClient, small_register: dict[str, str], api_key: Callable[..., str], sqlite_store: Store
) -> None:
    key = api_key("lookup")
    assert web_client.get(PATH, headers={KEY_HEADER: key}).status_code == 200
    with sqlite_store.transaction() as session:
        holder = find_api_key(session, key)
        assert holder is not None
        revoke_api_key(session, holder.prefix, actor=SYSTEM)
    assert web_client.get(PATH, headers={KEY_HEADER: key}).status_code == 401


def test_requests_of_both_ways_are_counted_together(
    web_settings: Settings, small_register: dict[str, str], api_key: Callable[..., str]
) -> None:
    app = create_app(web_settings.model_copy(update={"rate_limit": "4 per minute"}))
    headers = {KEY_HEADER: api_key("lookup")}
    paths = [PATH, f"{PATH}&lon=121.4&lat=29.65"]
    answers = [app.test_client().get(paths[turn % 2], headers=headers) for turn in range(6)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429, 429]
    assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == ["3", "2", "1", "0", "0", "0"]
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_an_answer_of_the_short_way_is_measured_and_logged_without_what_was_asked(
    web_settings: Settings, small_register: dict[str, str], api_key: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    app = create_app(web_settings.model_copy(update={"log_level": "INFO"}))
    app.test_client().get(PATH, headers={KEY_HEADER: api_key("lookup")})
    counted = app.test_client().get("/metrics").get_data(as_text=True)
    assert 'geoaddr_http_requests_total{method="GET",route="/api/v1/search",status="200"} 1.0' in counted
    logged = capsys.readouterr().err
    assert ('"route":"/api/v1/search"' in logged, "肖桥" in logged) == (True, False)
