"""Signing in: who gets in, who is locked out, when sessions end, and what each role may open."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from web_fixtures import PASSWORD, post

from gazetteer.api_keys import create_api_key, find_api_key, list_api_keys, revoke_api_key
from gazetteer.people import SignIns, change_account, change_password, create_user, find_account
from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM, Actor, now
from gazetteer.store.models import ApiKey, Event, User
from geoaddr.errors import Conflict, Forbidden, UsageError
from geoaddr.settings import Settings
from web.auth import local_path
from web.session import SEEN


def register(store: Store, username: str = "anna", role: str = "officer") -> str:
    with store.transaction() as session:
        return create_user(session, username, "样本甲", role, PASSWORD, actor=SYSTEM).id


def sign_ins(store: Store) -> SignIns:
    return SignIns(store, attempts=3, lockout_minutes=15)


def test_the_right_password_gives_the_account_and_a_wrong_one_nothing(store: Store) -> None:
    register(store)
    checks = sign_ins(store)
    account = checks.authenticate(" Anna ", PASSWORD)
    assert account is not None
    assert account.role == "officer"
    assert checks.authenticate("anna", PASSWORD + "x") is None
    assert checks.authenticate("nobody", PASSWORD) is None


def test_an_account_is_locked_after_repeated_failures_even_for_the_right_password(store: Store) -> None:
    id_ = register(store)
    checks = sign_ins(store)
    for _attempt in range(3):
        assert checks.authenticate("anna", "wrong") is None
    assert checks.authenticate("anna", PASSWORD) is None
    with store.transaction() as session:
        session.execute(update(User).where(User.id == id_).values(locked_until=now() - timedelta(seconds=1)))
    assert checks.authenticate("anna", PASSWORD) is not None


def test_a_success_forgives_earlier_failures(store: Store) -> None:
    register(store)
    checks = sign_ins(store)
    for _round in range(2):
        assert checks.authenticate("anna", "wrong") is None
        assert checks.authenticate("anna", "wrong") is None
        assert checks.authenticate("anna", PASSWORD) is not None


def test_an_account_out_of_use_cannot_sign_in(store: Store) -> None:
    id_ = register(store)
    with store.transaction() as session:
        change_account(session, id_, active=False, actor=SYSTEM)
    assert sign_ins(store).authenticate("anna", PASSWORD) is None


def test_passwords_are_hashed_at_full_cost_outside_of_tests() -> None:
    script = "from gazetteer.people import password_hasher as h; print(h().time_cost, h().memory_cost, h().hash('x' * 12)[:9])"
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert int(told[0]) >= 3
    assert int(told[1]) >= 65_536
    assert told[2] == "$argon2id"


def test_no_event_holds_a_secret(store: Store) -> None:
    id_ = register(store)
    checks = sign_ins(store)
    checks.authenticate("anna", "a wrong but private password")
    with store.transaction() as session:
        change_password(session, id_, "another good password", actor=SYSTEM)
        _record, key = create_api_key(session, "测试", ["lookup"], actor=SYSTEM)
    with store.reading() as session:
        text = "".join(f"{event.action}{event.payload}" for event in session.scalars(select(Event)))
        user, kept = session.get(User, id_), session.scalars(select(ApiKey)).one()
        assert user is not None
        for secret in (user.password_hash, user.session_key, kept.sha256, key, "private password", PASSWORD):
            assert secret not in text
    assert "app_user.change_password" in text
    assert "app_user.refuse_sign_in" in text


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaaaa", "my-anna-password", "x" * 300])
def test_weak_passwords_are_refused(sqlite_store: Store, password: str) -> None:
    with pytest.raises(UsageError) as error, sqlite_store.transaction() as session:
        create_user(session, "anna", "样本甲", "officer", password, actor=SYSTEM)
    assert error.value.field == "password"


def test_a_username_is_given_once(sqlite_store: Store) -> None:
    register(sqlite_store)
    with pytest.raises(Conflict):
        register(sqlite_store, "ANNA")


def test_only_administrators_make_accounts_and_keys(sqlite_store: Store) -> None:
    officer = Actor("user", "bob", "officer", register(sqlite_store, "bob"))
    with pytest.raises(Forbidden), sqlite_store.transaction() as session:
        create_user(session, "eve", "样本乙", "administrator", PASSWORD, actor=officer)
    with pytest.raises(Forbidden), sqlite_store.transaction() as session:
        create_api_key(session, "测试", ["write"], actor=officer)


def test_the_last_administrator_stays(sqlite_store: Store) -> None:
    id_ = register(sqlite_store, "root", "administrator")
    with pytest.raises(Conflict), sqlite_store.transaction() as session:
        change_account(session, id_, role="viewer", actor=SYSTEM)
    register(sqlite_store, "root2", "administrator")
    with sqlite_store.transaction() as session:
        assert change_account(session, id_, role="viewer", actor=SYSTEM).role == "viewer"


def test_a_revoked_or_expired_key_opens_nothing(store: Store) -> None:
    with store.transaction() as session:
        record, key = create_api_key(session, "测试", ["lookup"], actor=SYSTEM)
        _late, expired = create_api_key(session, "旧", ["lookup"], actor=SYSTEM, expires_at=now() - timedelta(days=1))
    with store.reading() as session:
        holder = find_api_key(session, key)
        assert holder is not None
        assert holder.scopes == {"lookup"}
        assert find_api_key(session, expired) is None
        assert find_api_key(session, key[:-1]) is None
        assert find_api_key(session, "") is None
    with store.transaction() as session:
        revoke_api_key(session, record.prefix, actor=SYSTEM)
    with store.reading() as session:
        assert find_api_key(session, key) is None
        assert [one.active for one in list_api_keys(session) if one.name == "测试"] == [False]


def test_a_closed_page_leads_to_sign_in_and_back(web_client: FlaskClient, sqlite_store: Store) -> None:
    register(sqlite_store)
    answer = web_client.get("/account?x=1")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/sign-in?next=")
    answer = post(web_client, "/sign-in", {"username": "anna", "password": PASSWORD, "next": "/account?x=1"}, page="/sign-in")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account?x=1")
    assert "样本甲" in web_client.get("/account").get_data(as_text=True)


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil.example", "javascript:1", "", "/a\nb", "/sign-out"]
)
def test_signing_in_never_leads_elsewhere(target: str) -> None:
    assert local_path(target) == "/"


def test_a_failed_sign_in_says_nothing_about_the_account(web_client: FlaskClient, sqlite_store: Store) -> None:
    register(sqlite_store)
    answers = [
        post(web_client, "/sign-in", {"username": name, "password": "wrong password"}, page="/sign-in") for name in ("anna", "nobody")
    ]
    assert {answer.status_code for answer in answers} == {401}
    first, second = (answer.get_data(as_text=True).replace("nobody", "anna") for answer in answers)
    assert first.count("用户名或密码不对") == second.count("用户名或密码不对") > 0


def test_changing_the_password_ends_every_other_session(
    signed_in: Callable[[str], FlaskClient], web_client: FlaskClient, sqlite_store: Store
) -> None:
    here = signed_in("officer")
    post(web_client, "/sign-in", {"username": "officer-1", "password": PASSWORD}, page="/sign-in")
    assert web_client.get("/account").status_code == 200
    data = {"current": PASSWORD, "password": "a brand new password", "repeated": "a brand new password"}
    assert post(here, "/account/password", data).status_code == 303
    assert here.get("/account").status_code == 200
    assert web_client.get("/account").status_code == 302


def test_a_wrong_present_password_changes_nothing(signed_in: Callable[[str], FlaskClient], sqlite_store: Store) -> None:
    here = signed_in("officer")
    data = {"current": "not it", "password": "a brand new password", "repeated": "a brand new password"}
    assert post(here, "/account/password", data).status_code == 422
    assert sign_ins(sqlite_store).authenticate("officer-1", PASSWORD) is not None


def test_signing_out_and_signing_out_everywhere_end_sessions(signed_in: Callable[[str], FlaskClient], web_client: FlaskClient) -> None:
    here = signed_in("viewer")
    post(web_client, "/sign-in", {"username": "viewer-1", "password": PASSWORD}, page="/sign-in")
    assert post(here, "/sign-out").status_code == 303
    assert here.get("/account").status_code == 302
    assert post(web_client, "/account/sessions").status_code == 303
    assert web_client.get("/account").status_code == 302


def test_a_stolen_cookie_ends_with_the_account(signed_in: Callable[[str], FlaskClient], sqlite_store: Store) -> None:
    here = signed_in("officer")
    with sqlite_store.transaction() as session:
        change_account(session, find_account(session, "officer-1").id, active=False, actor=SYSTEM)
    assert here.get("/account").status_code == 302


def test_a_session_ends_after_the_minutes_the_settings_say(
    signed_in: Callable[[str], FlaskClient], web_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = signed_in("officer")
    import itsdangerous.timed

    real = itsdangerous.timed.time.time
    monkeypatch.setattr(itsdangerous.timed.time, "time", lambda: real() + web_settings.session_minutes * 60 + 5)
    assert here.get("/account").status_code == 302


def test_the_language_of_the_account_is_used_until_another_is_asked_for(signed_in: Callable[[str], FlaskClient]) -> None:
    here = signed_in("officer")
    assert 'lang="zh-CN"' in here.get("/account").get_data(as_text=True)
    assert post(here, "/account/language", {"language": "en"}).status_code == 303
    assert '<html lang="en">' in here.get("/account").get_data(as_text=True)
    assert '<html lang="zh-CN">' in here.get("/account?lang=zh").get_data(as_text=True)
    assert '<html lang="zh-CN">' in here.get("/account").get_data(as_text=True)


def test_a_late_data_answer_never_replaces_the_session_a_decision_wrote(signed_in: Callable[[str], FlaskClient]) -> None:
    client = signed_in("officer")
    assert "Set-Cookie" not in client.get("/overview/coverage", headers={"HX-Request": "true"}).headers
    _last_prolonged(client, minutes_ago=2)
    assert "Set-Cookie" not in client.get("/overview/coverage", headers={"HX-Request": "true"}).headers
    assert "Set-Cookie" in client.get("/").headers


def test_data_answers_keep_somebody_signed_in_who_works_on_one_page(signed_in: Callable[[str], FlaskClient]) -> None:
    client = signed_in("officer")
    _last_prolonged(client, minutes_ago=20)
    assert "Set-Cookie" in client.get("/overview/coverage", headers={"HX-Request": "true"}).headers
    assert "Set-Cookie" not in client.get("/overview/coverage", headers={"HX-Request": "true"}).headers


def _last_prolonged(client: FlaskClient, minutes_ago: int) -> None:
    """Make the session one whose cookie was last prolonged some minutes ago."""
    with client.session_transaction() as session:
        session[SEEN] = int(time.time()) - minutes_ago * 60
