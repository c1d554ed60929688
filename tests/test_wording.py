"""Every code a person can meet has words, and the sentences say what the verdict says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask

from gazetteer.workflow import MOVES
from geoaddr.parts import Parsed, Part
from matchers.tables import codes
from web import event_words, wording
from web.parts import stretches

WORDS = {
    "reasons": wording.REASONS,
    "warnings": wording.WARNINGS,
    "outcomes": wording.OUTCOMES,
    "next": wording.NEXT_STEPS,
    "unit_status": wording.UNIT_STATUSES,
}
GAZETTEER = Path(__file__).parent.parent / "gazetteer"


@pytest.mark.parametrize("kind", sorted(WORDS))
def test_every_code_of_a_verdict_has_wording(kind: str) -> None:
    assert not set(codes()[kind]) - set(WORDS[kind])


def test_every_event_verb_and_every_kind_of_record_has_wording() -> None:
    written = {verb for file in GAZETTEER.rglob("*.py") for verb in re.findall(r'\bverb="([a-z_]+)"', file.read_text(encoding="utf-8"))}
    moved = {one.verb for moves in MOVES.values() for one in moves}
    assert not (written | moved) - set(event_words.VERBS)
    assert not set(MOVES) - set(event_words.SUBJECTS)


def test_a_verdict_with_one_difference_names_it(web_app: APIFlask) -> None:
    answer = {
        "verdict": "B", "reason": "former", "address": {"label": "奉化区莼湖街道桐照村1号"}, "candidates": [],
        "evidence": [
            {"label": "town", "given": "莼湖镇", "official": "莼湖街道", "outcome": "former"},
            {"label": "number", "given": "1", "official": "1", "outcome": "equal"},
        ],
    }  # fmt: skip
    with web_app.test_request_context("/?lang=zh"):
        assert wording.verdict_sentence(answer) == "确定：奉化区莼湖街道桐照村1号。仅有一处差异：旧镇街名 莼湖镇 → 莼湖街道。"


def test_a_shortened_province_is_not_told_beside_a_real_difference(web_app: APIFlask) -> None:
    evidence = [
        {"label": "province", "given": "浙江", "official": "浙江省", "outcome": "abbreviated"},
        {"label": "road", "given": "肖乔路", "official": "肖桥路", "outcome": "homophone"},
    ]
    answer = {"verdict": "B", "reason": "homophone", "address": {"label": "肖桥路88号"}, "candidates": [], "evidence": evidence}
    with web_app.test_request_context("/?lang=zh"):
        assert wording.verdict_sentence(answer) == "确定：肖桥路88号。仅有一处差异：街路巷同音字 肖乔路 → 肖桥路。"


@pytest.mark.parametrize(
    ("code", "reason", "beginning"),
    [("C", "tie", "不能确定："), ("N", "number_not_found", "登记册中没有："), ("X", "empty", "没有处理："), ("A", "exact", "确定：")],
)
def test_each_verdict_begins_with_its_own_words(web_app: APIFlask, code: str, reason: str, beginning: str) -> None:
    address = {"label": "肖桥路88号"} if code == "A" else None
    answer: dict[str, Any] = {"verdict": code, "reason": reason, "address": address, "candidates": [], "evidence": []}
    with web_app.test_request_context("/?lang=zh"):
        assert wording.verdict_sentence(answer).startswith(beginning)


def test_objections_say_what_speaks_against_an_entry_and_nothing_else(web_app: APIFlask) -> None:
    evidence = [
        {"label": "town", "given": "西坞街道", "official": "西坞街道", "outcome": "equal"},
        {"label": "number", "given": "88", "official": "86", "outcome": "conflict"},
        {"label": "room", "given": "501", "official": "", "outcome": "extra"},
    ]
    with web_app.test_request_context("/?lang=zh"):
        assert wording.objections(evidence) == ["门牌号写作 88，登记为 86（不一致）", "多写了室 501"]


def test_stretches_keep_every_character_that_is_not_blank(web_app: APIFlask) -> None:
    text = "肖桥路 88号，好找"
    parsed = Parsed(text, text, (Part("road", "肖桥路", 0, 3), Part("number", "88号", 4, 7)), (Part("rest", "好找", 8, 10),))
    with web_app.test_request_context("/?lang=zh"):
        found = stretches(parsed, differing={"number"})
    assert "".join(one.text for one in found).replace(" ", "") == text.replace(" ", "")
    assert [(one.label, one.css) for one in found] == [("road", ""), ("number", "is-diff"), ("noise", ""), ("rest", "")]
