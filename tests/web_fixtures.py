"""The whole application on a fresh register, and the people and keys that use it in tests."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from argon2 import PasswordHasher
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from shapely.geometry import LineString, Point
from werkzeug.test import TestResponse

from gazetteer import people
from gazetteer.addresses import label_for
from gazetteer.api_keys import create_api_key
from gazetteer.divisions import levels_of
from gazetteer.people import create_user
from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM
from gazetteer.store.models import Division, PlaceName, StandardAddress
from gazetteer.workflow import enter
from geoaddr.settings import Settings
from web.app import GeoaddrApp, create_app
from web.auth import KEY_HEADER

Caller = Callable[..., TestResponse]
PASSWORD = "correct horse battery staple"
UNITS = (
    ("province", "33", "浙江省"),
    ("city", "3302", "宁波市"),
    ("district", "330213", "奉化区"),
    ("town", "330213003", "西坞街道"),
    ("community", "330213003203", "肖桥村"),
)


@pytest.fixture(scope="session", autouse=True)
def _light_start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Hash the passwords of tests with the same algorithm at its least cost, and compile each template once for all applications."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(people, "password_hasher", lambda: PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        cache = FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))
        patch.setattr(GeoaddrApp, "jinja_options", {**GeoaddrApp.jinja_options, "bytecode_cache": cache})
        yield


@pytest.fixture
def web_settings(sqlite_store: Store, tmp_path: Path) -> Settings:
    """Settings of a service on a fresh register, without a limit that tests would run into."""
    return Settings(
        database_url=sqlite_store.url, media_dir=tmp_path / "media", index_dir=tmp_path / "index", rate_limit="100000 per minute",
        login_rate_limit="1000 per minute", log_level="ERROR", login_attempts=3,
    )  # fmt: skip


@pytest.fixture
def small_register(sqlite_store: Store) -> dict[str, str]:
    """One road with three numbered doors in one village; returns the ids of ``place``, ``road`` doors ``86 88 90`` and ``division``."""
    ids: dict[str, str] = {}
    with sqlite_store.transaction() as session:
        parent: Division | None = None
        for level, code, name in UNITS:
            row = Division(
                code=code, name=name, level=level, parent_id=parent.id if parent else None, valid_from=date(2016, 1, 1), source="测试"
            )
            parent = enter(session, row, actor=SYSTEM, verb="created", status="current")
        assert parent is not None
        road = PlaceName(
            standard_name="肖桥路", specific="肖桥", generic="路", pinyin="Xiaoqiao Lu", sound="xiaoqiaolu", category="road",
            division_id=parent.id, geom=LineString([(121.40, 29.65), (121.41, 29.65)]),
        )  # fmt: skip
        enter(session, road, actor=SYSTEM, verb="created", status="current")
        ids |= {"place": road.id, "division": parent.id}
        for number in ("86", "88", "90"):
            parts = {"number": number}
            door = StandardAddress(
                place_id=road.id, division_id=parent.id, number=number, label=label_for(levels_of(session, parent), road, None, parts),
                geom=Point(121.40 + int(number) / 10_000, 29.6501), point_level="number", point_source="测试",
            )  # fmt: skip
            ids[number] = enter(session, door, actor=SYSTEM, verb="created", status="current").id
    return ids


@pytest.fixture
def web_app(web_settings: Settings) -> APIFlask:
    """The application, as it is served."""
    return create_app(web_settings)


@pytest.fixture
def web_client(web_app: APIFlask) -> FlaskClient:
    """Somebody who has not signed in."""
    return web_app.test_client()


@pytest.fixture
def signed_in(web_app: APIFlask, sqlite_store: Store) -> Callable[[str], FlaskClient]:
    """Return a function that gives the browser of a person with a role, signed in with a password through the page."""

    def sign_in(role: str) -> FlaskClient:
        username = f"{role}-1"
        with sqlite_store.transaction() as session:
            create_user(session, username, f"样本{role}", role, PASSWORD, actor=SYSTEM)
        client = web_app.test_client()
        answer = post(client, "/sign-in", {"username": username, "password": PASSWORD}, page="/sign-in")
        assert answer.status_code == 303, answer.get_data(as_text=True)
        return client

    return sign_in


@pytest.fixture
def api_key(sqlite_store: Store) -> Callable[..., str]:
    """Return a function that makes an API key with these scopes."""

    def make(*scopes: str) -> str:
        with sqlite_store.transaction() as session:
            return create_api_key(session, "测试系统", scopes, actor=SYSTEM)[1]

    return make


def csrf_token(client: FlaskClient, page: str = "/account") -> str:
    """Return the CSRF token of a page."""
    found = re.search(r'name="csrf-token" content="([^"]+)"', client.get(page).get_data(as_text=True))
    assert found is not None
    return found[1]


def post(client: FlaskClient, url: str, data: dict[str, Any] | None = None, *, page: str = "/account") -> TestResponse:
    """Send a form as a browser would: with the CSRF token of the page it is on."""
    return client.post(url, data={**(data or {}), "csrf_token": csrf_token(client, page)})


@pytest.fixture
def call(web_client: FlaskClient, small_register: dict[str, str], api_key: Callable[..., str]) -> Caller:
    """Ask as a system with every scope."""
    key = api_key("lookup", "changes", "jobs", "write", "field")

    def ask(method: str, path: str, *, headers: dict[str, str] | None = None, **kwargs: Any) -> TestResponse:
        return web_client.open(path, method=method, headers={KEY_HEADER: key, **(headers or {})}, **kwargs)

    return ask


def fields_at_fault(answer: TestResponse) -> list[str]:
    """Return the fields that a problem names."""
    assert answer.content_type == "application/problem+json", answer.get_data(as_text=True)
    return [one["field"] for one in answer.get_json().get("errors", [])]
