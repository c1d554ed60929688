"""The overview tells true numbers, each leading to exactly its rows, and what waits for whom."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from flask.testing import FlaskClient
from page_rows import add_cases
from sqlalchemy import update
from web_fixtures import post

from gazetteer.overview import overview, tail_holds, waiting
from gazetteer.store.database import Store
from gazetteer.store.models import NamingProcedure
from geoaddr.settings import Settings

SignIn = Callable[[str], FlaskClient]


def test_an_empty_register_says_what_to_do_next(signed_in: SignIn) -> None:
    page = signed_in("administrator").get("/").get_data(as_text=True)
    assert "登记册还是空的" in page
    assert 'href="/imports/"' in page


def test_counts_are_those_of_the_register(small_register: dict[str, str], sqlite_store: Store, web_settings: Settings) -> None:
    add_cases(sqlite_store, web_settings)
    with sqlite_store.reading() as session:
        found = overview(session)
        assert (found.divisions, found.names, found.addresses) == ({"current": 5}, {"current": 1}, {"current": 3})
        assert found.cases["elder"] == {"linked": 1, "review": 1, "unmatched": 1, "rejected": 0, "total": 3}
        assert tail_holds(session)


def test_what_waits_depends_on_the_role(small_register: dict[str, str], sqlite_store: Store, web_settings: Settings) -> None:
    add_cases(sqlite_store, web_settings)
    with sqlite_store.reading() as session:
        assert {one.code: one.count for one in waiting(session, "officer")} == {"links_in_review": 1, "cases_unmatched": 1}
        assert waiting(session, "viewer") == []


def test_every_number_of_cases_leads_to_that_many_rows(
    small_register: dict[str, str], sqlite_store: Store, web_settings: Settings, signed_in: SignIn
) -> None:
    add_cases(sqlite_store, web_settings)
    client = signed_in("officer")
    page = client.get("/").get_data(as_text=True)
    links = re.findall(r'<a href="(/cases/\?[^"]+)">(\d+)</a>', page)
    assert len(links) == 5
    for url, count in links:
        listed = client.get(url.replace("&amp;", "&")).get_data(as_text=True)
        assert (f"共 {count} 条" in listed) if count != "0" else ("没有符合的对象" in listed)


def test_a_viewer_is_shown_nothing_of_cases(
    small_register: dict[str, str], sqlite_store: Store, web_settings: Settings, signed_in: SignIn
) -> None:
    add_cases(sqlite_store, web_settings)
    client = signed_in("viewer")
    assert "业务对象" not in client.get("/").get_data(as_text=True)
    assert client.get("/cases/").status_code == 403


def test_coverage_is_fetched_after_the_page(small_register: dict[str, str], signed_in: SignIn) -> None:
    client = signed_in("officer")
    assert 'hx-get="/overview/coverage"' in client.get("/").get_data(as_text=True)
    assert "西坞街道" in client.get("/overview/coverage").get_data(as_text=True)


def test_what_is_overdue_is_named_on_the_overview_and_under_names_the_own_first(
    signed_in: SignIn, sqlite_store: Store, small_register: dict[str, str]
) -> None:
    officer, other, viewer = signed_in("officer"), signed_in("approver"), signed_in("viewer")
    form = {"kind": "rename", "place": small_register["place"], "new_name": "锦溪路", "reason": "与邻县重名"}
    here = post(officer, "/names/procedures/new", form).headers["Location"]
    assert "到期的办件" not in officer.get("/").get_data(as_text=True)
    with sqlite_store.transaction() as session:
        session.execute(update(NamingProcedure).values(due_on=date(2026, 1, 5)))
    for page in ("/", "/names/"):
        own = officer.get(page).get_data(as_text=True)
        assert here in own
        assert "我申报的" in own
        assert "已超期" in own
        assert "我申报的" not in other.get(page).get_data(as_text=True)
        assert "到期的办件" not in viewer.get(page).get_data(as_text=True)
