"""Case records on pages: true lists, closed persons, and a review in which every decision counts down by one and can be undone."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from page_rows import add_cases
from web_fixtures import post

from gazetteer.store.database import Store
from gazetteer.store.events import changes
from geoaddr.settings import Settings

SignIn = Callable[[str], FlaskClient]


@pytest.fixture
def cases(small_register: dict[str, str], sqlite_store: Store, web_settings: Settings) -> dict[str, str]:
    return add_cases(sqlite_store, web_settings)


def in_review(client: FlaskClient) -> tuple[int, str, str]:
    """Return how many links wait, the id of the one shown and its version."""
    page = client.get("/cases/review/").get_data(as_text=True)
    left = re.search(r"还剩 (\d+) 条", page)
    form = re.search(r'action="/cases/review/(\w+)/none.*?name="version" value="(\d+)"', page, re.S)
    assert left is not None
    return int(left[1]), form[1] if form else "", form[2] if form else ""


def test_the_list_filters_by_status_and_reference(cases: dict[str, str], signed_in: SignIn) -> None:
    client = signed_in("officer")
    assert "共 3 条" in client.get("/cases/").get_data(as_text=True)
    review = client.get("/cases/?status=review").get_data(as_text=True)
    assert "共 1 条" in review
    assert cases["S2"] in review
    assert cases["S1"] not in review
    assert "共 1 条" in client.get("/cases/?q=S3").get_data(as_text=True)


def test_the_list_of_an_address_holds_the_records_linked_to_it(
    cases: dict[str, str], small_register: dict[str, str], signed_in: SignIn
) -> None:
    page = signed_in("officer").get(f"/cases/?address={small_register['88']}").get_data(as_text=True)
    assert "共 1 条" in page
    assert cases["S1"] in page


def test_an_export_holds_what_is_listed_without_persons_and_is_logged(
    cases: dict[str, str], signed_in: SignIn, sqlite_store: Store
) -> None:
    answer = post(signed_in("officer"), "/cases/export.csv", {"status": "linked"})
    text = answer.get_data(as_text=True)
    assert text.count("\r\n") == 2
    assert "S1" in text
    assert "肖桥路88号" in text
    assert "样本甲" not in text
    assert "000-00000001" not in text
    with sqlite_store.reading() as session:
        logged = [event for event in changes(session, since=0, limit=1_000) if event.action == "case_record.exported"]
    assert [event.payload["records"] for event in logged] == [1]


def test_a_person_is_opened_only_for_a_purpose_and_the_reading_is_logged(
    cases: dict[str, str], signed_in: SignIn, sqlite_store: Store
) -> None:
    client = signed_in("officer")
    url = f"/cases/{cases['S1']}"
    assert "000-00000001" not in client.get(url).get_data(as_text=True)
    refused = post(client, f"{url}/person", {"purpose": " "})
    assert refused.status_code == 422
    assert "000-00000001" not in refused.get_data(as_text=True)
    opened = post(client, f"{url}/person", {"purpose": "样本核对"})
    assert "000-00000001" in opened.get_data(as_text=True)
    assert opened.headers["Cache-Control"] == "no-store"
    with sqlite_store.reading() as session:
        read = [event for event in changes(session, since=0, limit=1_000) if event.action == "case_person.read"]
    assert len(read) == 1
    assert read[0].payload == {"purpose": "样本核对"}
    assert read[0].subject_id == cases["S1"]


def test_case_pages_are_closed_to_viewers_and_installers(cases: dict[str, str], signed_in: SignIn) -> None:
    for role in ("viewer", "installer"):
        client = signed_in(role)
        for url in ("/cases/", "/cases/review/", "/cases/alerts", f"/cases/{cases['S1']}"):
            assert client.get(url).status_code == 403, (role, url)
        assert post(client, f"/cases/{cases['S1']}/person", {"purpose": "样本"}).status_code == 403


def test_a_choice_counts_down_by_one_and_undo_brings_it_back(
    cases: dict[str, str], small_register: dict[str, str], signed_in: SignIn
) -> None:
    client = signed_in("officer")
    before, link, version = in_review(client)
    answer = post(client, f"/cases/review/{link}/accept", {"entry_id": small_register["88"], "version": version})
    assert answer.status_code == 303
    page = client.get(answer.headers["Location"]).get_data(as_text=True)
    assert f"还剩 {before - 1} 条" in page
    assert "已关联" in page
    undo = re.search(r'action="(/cases/review/\w+/undo)"', page)
    assert undo is not None
    post(client, undo[1])
    assert in_review(client)[0] == before


def test_saying_that_none_fits_needs_a_reason(cases: dict[str, str], signed_in: SignIn) -> None:
    client = signed_in("officer")
    before, link, version = in_review(client)
    assert post(client, f"/cases/review/{link}/none", {"reason": "", "version": version}).status_code == 422
    assert in_review(client)[0] == before
    assert post(client, f"/cases/review/{link}/none", {"reason": "no_such_entry", "version": version}).status_code == 303
    assert in_review(client)[0] == before - 1
    assert "登记册中没有这个地址" in client.get("/cases/?status=unmatched&q=S2").get_data(as_text=True)


def test_the_second_of_two_deciders_is_told_and_nothing_is_overwritten(
    cases: dict[str, str], small_register: dict[str, str], signed_in: SignIn
) -> None:
    client = signed_in("officer")
    _before, link, version = in_review(client)
    post(client, f"/cases/review/{link}/accept", {"entry_id": small_register["88"], "version": version})
    late = post(client, f"/cases/review/{link}/accept", {"entry_id": small_register["90"], "version": version})
    assert late.status_code == 409
    assert "肖桥路88号" in client.get("/cases/?q=S2").get_data(as_text=True)


def test_the_same_form_sent_twice_decides_once(cases: dict[str, str], small_register: dict[str, str], signed_in: SignIn) -> None:
    client = signed_in("officer")
    _before, link, version = in_review(client)
    form = {"entry_id": small_register["88"], "version": version, "idempotency_key": "a-key-of-a-form"}
    first = post(client, f"/cases/review/{link}/accept", form)
    again = post(client, f"/cases/review/{link}/accept", form)
    assert (again.status_code, again.headers["Location"]) == (303, first.headers["Location"])


def test_a_manual_search_offers_entries_to_choose(cases: dict[str, str], small_register: dict[str, str], signed_in: SignIn) -> None:
    client = signed_in("officer")
    _before, link, _version = in_review(client)
    page = post(client, f"/cases/review/{link}/search", {"q": "肖桥路90号"}).get_data(as_text=True)
    assert f'name="entry_id" value="{small_register["90"]}"' in page


def test_an_empty_queue_says_so(signed_in: SignIn, small_register: dict[str, str]) -> None:
    assert "队列空了" in signed_in("officer").get("/cases/review/").get_data(as_text=True)


def test_warnings_are_counted_and_listed(cases: dict[str, str], signed_in: SignIn) -> None:
    client = signed_in("officer")
    assert "户籍与居住不在同一镇街" in client.get("/cases/alerts").get_data(as_text=True)
    assert client.get("/cases/alerts?kind=nothing").status_code == 404
