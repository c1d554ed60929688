"""Why a verdict is what it is: every step told in words, the same on the page, over the interface and at the shell."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient
from hostile_texts import hostile_cases
from hypothesis import given, settings
from hypothesis import strategies as st
from match_register import small_register as small_entries
from page_rows import add_cases
from sqlalchemy import select
from web_fixtures import Caller, post

from gazetteer.store.database import Store
from gazetteer.store.models import AddressLink
from geoaddr.normalize import STEPS, normalize
from geoaddr.normalize_trace import trace
from geoaddr.settings import Settings
from matchers.decide import READING_RULES, RULES
from matchers.explaining import ACCEPTED, NO_CANDIDATE, grounds
from matchers.index import Index, build_index, open_index
from matchers.match import explain
from matchers.verdict import Query
from web.explaining import RULES as RULE_WORDS
from web.explaining import STEPS as STEP_WORDS
from web.explaining import as_text, sentence, strength, told, told_dict

SignIn = Callable[[str], FlaskClient]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    folder = tmp_path_factory.mktemp("index")
    build_index(iter(small_entries()), folder, seq=7)
    opened = open_index(folder)
    yield opened
    opened.close()


def test_each_step_shows_what_it_changed() -> None:
    shown = trace("蕭橋路８號之三")
    assert [step.name for step in shown][:2] == ["width", "traditional"]
    assert [(one.before, one.after) for step in shown for one in step.stretches if one.changed][:2] == [("８", "8"), ("蕭", "萧")]
    assert shown[0].before == "蕭橋路８號之三"
    assert shown[-1].after == normalize("蕭橋路８號之三").text
    assert trace("肖桥路88号") == ()


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from("肖橋路８號之三-～ 　廿幢#（土耷）\u200b一12a嶴"), max_size=20))
def test_the_steps_shown_lead_to_the_text_that_is_read(text: str) -> None:
    shown = trace(text)
    found = normalize(text)
    assert (shown[-1].after if shown else text) == found.text
    assert tuple(step.name for step in shown) == found.steps


def test_every_step_and_every_rule_has_words() -> None:
    assert {step.__name__ for step in STEPS} == set(STEP_WORDS)
    assert [rule.__name__ for rule in (*READING_RULES, *RULES)] == list(RULE_WORDS)


@pytest.mark.parametrize(
    ("text", "decided_by"),
    [
        ("肖桥路88号", ACCEPTED),
        ("肖桥路777号", "wrong_number"),
        ("肖桥路88号对面", "words_left"),
        ("大成东路66号锦绣苑9幢1单元101室", "wrong_unit"),
        ("肖桥路88号后幢", "other_premises"),
        ("广东省深圳市南山区科技路88号", "elsewhere"),
        ("", "unread"),
        ("肖桥路88号；大成东路8号", "two_addresses"),
    ],
)
def test_the_rule_that_decided_is_named(index: Index, text: str, decided_by: str) -> None:
    found = grounds(explain(Query(text), index), index)
    assert found.decided_by == decided_by
    outcomes = [rule.outcome for rule in found.rules]
    if decided_by == ACCEPTED:
        assert set(outcomes) == {"passed"}
    else:
        at = [rule.name for rule in found.rules].index(decided_by)
        assert outcomes == ["passed"] * at + ["decided"] + ["not_asked"] * (len(outcomes) - at - 1)


def test_what_set_the_winner_apart_is_named(index: Index) -> None:
    found = grounds(explain(Query("肖桥路88号西坞样本卫生院"), index), index)
    assert found.runner_up is not None
    assert found.lead >= found.needed
    assert found.differences[0].label == "number"
    assert found.differences[0].weight == max((one.weight for one in found.differences), key=abs)


def test_a_tie_names_the_part_in_which_the_two_differ(index: Index) -> None:
    found = told(explain(Query("大成路8号"), index), index)
    assert found.grounds.decided_by == "tie"
    assert found.grounds.lead < found.grounds.needed
    assert found.why[-1] == "两者的不同在：街路巷。"


@pytest.mark.parametrize(
    "text", [case.text for case in hostile_cases()] + ["肖桥路88号", "西坞大街88号", "新新路1号", "肖乔路88号", "舒前村15组159号"]
)
def test_an_explanation_never_fails_and_never_says_another_verdict(index: Index, text: str) -> None:
    found = told(explain(Query(text), index), index)
    shown = told_dict(found)
    assert shown["verdict"] == found.explanation.verdict.as_dict()
    assert shown["register_seq"] == 7
    assert shown["decided_by"] in {ACCEPTED, NO_CANDIDATE, *RULE_WORDS}
    assert (shown["decided_by"] == ACCEPTED) == (shown["verdict"]["verdict"] in ("A", "B"))
    assert all(each["text"] for one in shown["candidates"] for each in one["sentences"])
    json.dumps(shown)


def test_evidence_is_told_in_words_with_its_strength(index: Index) -> None:
    found = told(explain(Query("西坞大街88号"), index), index)
    (line,) = [line for line in found.grounds.ranked[0].evidence if line.label == "road"]
    assert sentence(line).text == "街路巷写作“西坞大街”，登记为“肖桥路”：旧名"
    assert sentence(line).tone == "for"
    assert [strength(weight) for weight in (4.0, -8.0, 0.0, 0.5)] == ["有力支持", "有力不利", "不影响", "略微支持"]
    text = as_text(found)
    assert text.startswith("原文：西坞大街88号\n")
    assert "登记册第 7 号事件" in text


def test_the_page_tells_every_step(small_register: dict[str, str], signed_in: SignIn) -> None:
    client = signed_in("viewer")
    answer = post(client, "/match/explain/", {"text": "西坞街道 肖橋路８８號"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "<del>橋</del><ins>桥</ins>" in page
    assert "门牌号“88”与登记一致" in page
    assert "每一条规则都没有异议" in page
    assert 'data-verdict="A"' in page
    assert "写一条地址" in client.get("/match/explain/").get_data(as_text=True)
    assert post(client, "/match/explain/", {"text": " "}).status_code == 422
    english = post(client, "/match/explain/?lang=en", {"text": "肖桥路777号"}).get_data(as_text=True)
    assert "Rule by rule" in english or "Rule by rule" in client.get("/match/explain/?lang=en").get_data(as_text=True)


def test_the_answer_to_one_address_leads_to_its_explanation_without_an_address_in_the_bar(
    small_register: dict[str, str], signed_in: SignIn
) -> None:
    page = post(signed_in("viewer"), "/match/", {"text": "肖桥路88号"}).get_data(as_text=True)
    assert '<form method="post" action="/match/explain/">' in page
    assert '<input type="hidden" name="text" value="肖桥路88号">' in page


def test_a_case_link_is_explained_beside_what_was_decided_then(
    small_register: dict[str, str], signed_in: SignIn, sqlite_store: Store, web_settings: Settings
) -> None:
    add_cases(sqlite_store, web_settings)
    with sqlite_store.reading() as session:
        link_id = session.scalars(select(AddressLink.id).where(AddressLink.status == "review")).one()
    page = signed_in("officer").get(f"/match/explain/link/{link_id}").get_data(as_text=True)
    assert "当时的决定" in page
    assert "由这一条决定" in page
    assert signed_in("viewer").get(f"/match/explain/link/{link_id}").status_code == 403


def test_two_texts_are_compared_on_a_page(small_register: dict[str, str], signed_in: SignIn) -> None:
    client = signed_in("viewer")
    same = post(client, "/match/explain/compare", {"a": "奉化区肖桥路88号", "b": "肖桥路88号"}).get_data(as_text=True)
    assert "是同一个地方" in same
    different = post(client, "/match/explain/compare", {"a": "肖桥路88号", "b": "锦溪路86号"}).get_data(as_text=True)
    assert "不是同一个地方" in different
    half = post(client, "/match/explain/compare", {"a": "肖桥路88号", "b": ""})
    assert half.status_code == 422
    assert "肖桥路88号" in half.get_data(as_text=True)


def test_the_interface_tells_the_same(call: Caller) -> None:
    body = call("POST", "/api/v1/explain", json={"text": "西坞街道肖橋路88号"}).get_json()
    assert body["verdict"]["verdict"] == "A"
    assert [step["step"] for step in body["steps"]] == ["traditional"]
    assert body["decided_by"] == ACCEPTED
    assert body["candidates"][0]["sentences"]
    assert call("POST", "/api/v1/explain", json={"text": 5}).status_code == 422


def test_the_command_tells_the_same(small_register: dict[str, str], web_settings: Settings) -> None:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("GEOADDR_")},
        "GEOADDR_DATABASE_URL": web_settings.database_url, "GEOADDR_INDEX_DIR": str(web_settings.index_dir),
    }  # fmt: skip
    command = [sys.executable, "-m", "geoaddr", "explain"]
    told_it = subprocess.run([*command, "肖桥路88号"], env=environment, capture_output=True, text=True, check=True).stdout
    assert "每一条规则都没有异议" in told_it
    as_json = subprocess.run(
        [*command, "--json"], input="肖桥路88号\n\n", env=environment, capture_output=True, text=True, check=True
    ).stdout
    assert [json.loads(line)["verdict"]["verdict"] for line in as_json.splitlines()] == ["A", "X"]
