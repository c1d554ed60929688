"""Both languages are whole: every message is translated, compiled, and shown to those who ask for it."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from flask import Flask
from flask.testing import FlaskClient
from web_fixtures import post

from gazetteer.workflow import ENTRIES, MOVES
from geoaddr.errors import Conflict, said
from web.event_words import VERBS
from web.words import STATUSES, WORDS, word

TOOL = Path(__file__).parent.parent / "tools" / "translations.py"
PLACEHOLDER = re.compile(r"%\([a-z_]+\)[sd]")


@pytest.fixture(scope="module")
def translations() -> ModuleType:
    spec = importlib.util.spec_from_file_location("translations", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_message_of_the_source_is_in_the_english_catalogue(translations: ModuleType) -> None:
    assert translations.missing(translations.read_catalogue()) == []


def test_every_message_is_translated(translations: ModuleType) -> None:
    assert translations.untranslated(translations.read_catalogue()) == []


def test_the_compiled_catalogue_is_the_one_in_the_source(translations: ModuleType) -> None:
    assert translations.COMPILED.read_bytes() == translations.compiled(translations.read_catalogue())


def test_translations_keep_the_placeholders_and_hold_no_chinese(translations: ModuleType) -> None:
    for message in translations.read_catalogue():
        if message.id:
            originals = [message.id] if isinstance(message.id, str) else list(message.id)
            for text in filter(None, translations._strings(message.string)):
                assert set(PLACEHOLDER.findall(text)) == set(PLACEHOLDER.findall(originals[0])), originals[0]
                assert not re.search(r"[\u4e00-\u9fff]", re.sub(r"[（「“][^）」”]*[）」”]", "", text)) or text in ("中文",), text


def test_a_page_is_chinese_until_english_is_asked_for_and_stays_so(web_client: FlaskClient) -> None:
    assert "账号由管理员开设" in web_client.get("/sign-in").get_data(as_text=True)
    english = web_client.get("/sign-in?lang=en").get_data(as_text=True)
    assert "Accounts are opened by an administrator." in english
    assert '<html lang="en">' in english
    assert "Sign in" in web_client.get("/sign-in").get_data(as_text=True)
    assert "账号由管理员开设" in web_client.get("/sign-in?lang=zh").get_data(as_text=True)


def test_a_button_says_what_to_do_and_the_log_what_was_done(web_app: Flask) -> None:
    buttons = ("approve", "refuse", "file", "announce", "withdraw")
    events = ("approve", "refuse", "file", "announce", "withdraw", "opened", "assign")
    with web_app.test_request_context("/?lang=en"):
        assert [word("procedure_verb", one) for one in buttons] == ["Approve", "Refuse", "File", "Announce", "Withdraw"]
        assert [str(VERBS[one]) for one in events] == ["approved", "refused", "filed", "announced", "withdrawn", "opened", "assigned"]
    with web_app.test_request_context("/?lang=zh"):
        assert [word("procedure_verb", one) for one in buttons] == [str(VERBS[one]) for one in buttons]


def test_an_unknown_language_changes_nothing(web_client: FlaskClient) -> None:
    answer = web_client.get("/sign-in?lang=xx")
    assert '<html lang="zh-CN">' in answer.get_data(as_text=True)
    assert "geoaddr_language" not in str(answer.headers.getlist("Set-Cookie"))


def test_problems_come_in_the_language_of_the_asker(web_client: FlaskClient) -> None:
    web_client.get("/sign-in?lang=en")
    assert web_client.get("/api/v1/search?q=x").get_json()["detail"].startswith("Please sign in")


def test_every_status_of_every_workflow_has_a_word_a_colour_and_no_other(web_client: FlaskClient) -> None:
    for kind, moves in MOVES.items():
        reachable = {move.target for move in moves} | {source for move in moves for source in move.sources} | set(ENTRIES[kind])
        assert reachable == set(STATUSES[kind]), kind


def test_words_are_given_in_both_languages(web_client: FlaskClient) -> None:
    app = web_client.application
    for language, expected in (("zh", "已制作"), ("en", "Made")):
        with app.test_request_context(f"/?lang={language}"):
            assert word("plate", "made") == expected
            assert word("plate", "no-such-status") == "no-such-status"
            assert word("role", None) == ""
    assert WORDS["role"].keys() == {"viewer", "installer", "officer", "approver", "administrator"}


def test_what_the_register_refuses_is_said_in_the_language_of_the_page(
    signed_in: Callable[[str], FlaskClient], small_register: dict[str, str]
) -> None:
    approver, other = signed_in("approver"), signed_in("administrator")
    form = {"kind": "rename", "place": small_register["place"], "new_name": "锦溪路", "reason": "与邻县重名"}
    here = post(approver, "/names/procedures/new", form).headers["Location"]
    again = post(approver, "/names/procedures/new?lang=en", form).get_data(as_text=True)
    assert "肖桥路 has a procedure under way" in again
    page = approver.get(f"{here}?lang=en").get_data(as_text=True)
    assert "The examination has to be done first" in page, "a step skipped"
    decision = {"verb": "approve", "decision_no": "1", "authority": "样本区人民政府"}
    post(approver, f"{here}/move", {"verb": "check"})
    own = post(approver, f"{here}/move?lang=en", decision)
    assert (own.status_code, "Nobody approves what they proposed" in own.get_data(as_text=True)) == (403, True)
    stale = post(other, f"{here}/move?lang=en", {**decision, "version": "1"}).get_data(as_text=True)
    assert "This record has changed: you saw version 1" in stale
    assert "已被修改" in post(other, f"{here}/move?lang=zh", {**decision, "version": "1"}).get_data(as_text=True)


def test_a_sentence_keeps_what_it_was_made_of_and_is_text_all_the_same() -> None:
    sentence = said("复议期限 %(day)s 已过", day="2026-11-23")
    assert (sentence, sentence.message, dict(sentence.values)) == (
        "复议期限 2026-11-23 已过",
        "复议期限 %(day)s 已过",
        {"day": "2026-11-23"},
    )
    assert str(Conflict(sentence)) == sentence
    assert said("100% 一致") == "100% 一致"
