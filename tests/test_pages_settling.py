"""The pages where a person settles what changes of divisions leave open."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient
from register_rows import add_division
from web_fixtures import post

from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM
from gazetteer.store.models import Division, PlaceName
from gazetteer.workflow import move

SignIn = Callable[[str], FlaskClient]


@pytest.fixture
def ended(sqlite_store: Store, small_register: dict[str, str]) -> dict[str, str]:
    """The village of the small register ended in 2020 with nobody saying what became of it; ``old`` and a village beside it, ``heir``."""
    with sqlite_store.transaction() as session:
        old = session.get_one(Division, small_register["division"])
        town = session.get_one(Division, old.parent_id or "")
        heir = add_division(session, "330213003299", "样合村", "community", town, valid_from=date(2017, 1, 1))
        move(session, old, "retire", actor=SYSTEM, also={"valid_to": date(2020, 12, 1)})
        return {"old": old.id, "heir": heir.id}


def test_a_unit_without_successor_is_listed_until_a_person_states_one(
    signed_in: SignIn, sqlite_store: Store, small_register: dict[str, str], ended: dict[str, str]
) -> None:
    officer = signed_in("officer")
    assert "肖桥村" in officer.get("/map/settling/").get_data(as_text=True)
    page = officer.get(f"/map/settling/{ended['old']}?q=样合").get_data(as_text=True)
    assert ended["heir"] in page
    url = f"/map/settling/{ended['old']}/successor"
    refused = post(officer, url, {"successor": ended["heir"], "kind": "merged", "source": ""})
    assert refused.status_code == 400
    assert "依据" in refused.get_data(as_text=True)
    assert post(officer, url, {"successor": ended["heir"], "kind": "merged", "source": "公告"}).status_code == 303
    assert post(officer, url, {"successor": ended["heir"], "kind": "merged", "source": "公告"}).status_code == 409
    with sqlite_store.reading() as session:
        assert session.get_one(PlaceName, small_register["place"]).division_id == ended["heir"]
    assert "每个撤销的单位都有去向" in officer.get("/map/settling/").get_data(as_text=True)


def test_what_lies_in_a_split_unit_is_sent_where_a_person_says(
    signed_in: SignIn, sqlite_store: Store, small_register: dict[str, str], ended: dict[str, str]
) -> None:
    officer = signed_in("officer")
    with sqlite_store.transaction() as session:
        town = session.get_one(Division, ended["heir"]).parent_id
        other = add_division(
            session, "330213003298", "样分村", "community", session.get_one(Division, town or ""), valid_from=date(2017, 1, 1)
        ).id
    both = {"successor": [ended["heir"], other], "kind": "split", "source": "公告"}
    assert post(officer, f"/map/settling/{ended['old']}/successor", both).headers["Location"].endswith(ended["old"])
    url = f"/map/settling/{ended['old']}/settle"
    nothing = post(officer, url, {"to": other})
    assert nothing.status_code == 400
    assert "至少选择一项" in nothing.get_data(as_text=True)
    sent = post(officer, url, {"to": other, "places": small_register["place"]})
    assert sent.headers["Location"].endswith("/map/settling/")
    with sqlite_store.reading() as session:
        assert session.get_one(PlaceName, small_register["place"]).division_id == other


def test_only_officers_settle_and_units_in_force_have_nothing_to_settle(
    signed_in: SignIn, small_register: dict[str, str], ended: dict[str, str]
) -> None:
    assert signed_in("viewer").get("/map/settling/").status_code == 403
    assert signed_in("officer").get(f"/map/settling/{ended['heir']}").status_code == 409


def test_divisions_are_listed_as_of_a_day_by_old_code_and_name(signed_in: SignIn, ended: dict[str, str]) -> None:
    client = signed_in("viewer")
    then = client.get("/map/divisions?on=2019-06-01&level=community").get_data(as_text=True)
    assert "肖桥村" in then
    assert "肖桥村" not in client.get("/map/divisions?on=2021-06-01&level=community").get_data(as_text=True)
    assert "肖桥村" in client.get("/map/divisions?q=330213003203").get_data(as_text=True)


def test_candidates_are_ranked_with_their_evidence_and_one_is_settled_by_a_click_that_leads_to_the_next(
    signed_in: SignIn, sqlite_store: Store, small_register: dict[str, str], ended: dict[str, str]
) -> None:
    officer = signed_in("officer")
    with sqlite_store.transaction() as session:
        town = session.get_one(Division, session.get_one(Division, ended["heir"]).parent_id or "")
        named = add_division(session, "330213003297", "肖新村", "community", town, valid_from=date(2020, 12, 1))
        gone = add_division(session, "330213003296", "样失村", "community", town, valid_from=date(2017, 1, 1), valid_to=date(2020, 12, 1))
        name, next_one = named.id, gone.id
    page = officer.get(f"/map/settling/{ended['old']}").get_data(as_text=True)
    assert page.index(name) < page.index(ended["heir"]), "shares a character and appeared in the list where the old one is missing"
    assert "名称里都有 肖" in page
    assert "同时新出现 2020-12-01" in page
    answer = post(officer, f"/map/settling/{ended['old']}/successor", {"successor": name, "kind": "merged", "source": "公告5号"})
    assert answer.headers["Location"].startswith(f"/map/settling/{next_one}?source=")
    assert "公告5号" in officer.get(answer.headers["Location"]).get_data(as_text=True)


def test_an_old_code_answers_that_its_successor_is_not_stated_with_candidates(
    signed_in: SignIn, sqlite_store: Store, small_register: dict[str, str], ended: dict[str, str]
) -> None:
    with sqlite_store.reading() as session:
        code = session.get_one(Division, ended["old"]).code
    officer = signed_in("officer")
    page = officer.get(f"/map/division/{code}?as_of=2019-01-01").get_data(as_text=True)
    assert "名录上没有写它去了哪里" in page
    assert "样合村" in page
    answer = officer.get(f"/api/v1/divisions/{code}?as_of=2019-01-01").json
    assert (answer["successor_stated"], answer["candidates"][0]["name"], answer["today"]) == (False, "样合村", [])
    assert {one["what"] for one in answer["candidates"][0]["evidence"]} >= {"same_town"}
    assert officer.get("/api/v1/divisions/330213").json["successor_stated"] is None
