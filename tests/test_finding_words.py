"""What a check found is said in English too; names stay as they are written."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from test_address_audit import CASES as ADDRESS_CASES
from test_address_audit import found, lay_out
from test_name_checks import RULE_CASES, proposal_of, register_of

from gazetteer.names.checks import run_checks
from gazetteer.store.database import Store
from web.finding_words import grounds_in_words

SAYINGS = re.compile("同音|近似|相同|内已有|登记|不少于|命名|又写作|宜作|区分|位于|没有|未填|相距|定位点|牌面|等 ")
OF_THE_REGISTER = [
    ("3 处门户同号，相距约 1,240 米", "3 doors with one number, about 1,240 m apart"),
    ("2 条现行地址写法完全相同", "2 current addresses written alike"),
    ("同一点上有 7 个号：莲桥路1号、莲桥路3号 等 7 个", "7 numbers at one point: 莲桥路1号, 莲桥路3号 …, 7 in all"),
    ("只有名称“旧供销社”，没有编号", "only a name, “旧供销社”, and no number"),
    ("5 个号没有定位点", "numbers without a position: 5"),
    ("地址已停用，门牌仍挂着，也没有派单拆除", "the address has ended; its plate still hangs and is not ordered down"),
    ("定位点距莲桥路 620 米", "its position is 620 m away from 莲桥路"),
    ("14 个号直接编在大堰村下，没有路名或自然村名", "numbers straight under 大堰村, without road or hamlet: 14"),
    ("牌面“莲桥路”，登记为“新莲桥路”；拼写 Lianqiao Lu，登记为 Xinlianqiao Lu",
     "the plate says “莲桥路”, the register “新莲桥路”; spelt Lianqiao Lu, registered as Xinlianqiao Lu"),
    ("牌面 12号，登记为 14号", "the plate says 12号, the register 14号"),
    ("同一区县内已有：松涛路（锦屏街道）、松涛路（江口街道）等 7 处",
     "already in the same district: 松涛路（锦屏街道）, 松涛路（江口街道） …, 7 in all"),
    ("大厦：6层，应不少于10层，3000平方米，应不少于10000平方米",
     "大厦: 6 storeys, at least 10 storeys; 3000 m², at least 10000 m² wanted"),
    ("大桥：长度未填，应不少于100米", "大桥: length not given, at least 100 m wanted"),
    ("亚欧、国际", "亚欧, 国际"),
]  # fmt: skip


@pytest.mark.parametrize(("evidence", "english"), OF_THE_REGISTER)
def test_what_was_found_is_said_in_english_and_left_alone_in_chinese(web_app: Flask, evidence: str, english: str) -> None:
    with web_app.test_request_context("/?lang=en"):
        assert grounds_in_words(evidence) == english
    with web_app.test_request_context("/?lang=zh"):
        assert grounds_in_words(evidence) == evidence


def test_every_sentence_of_the_checks_of_names_has_its_english(web_app: Flask) -> None:
    said = set()
    for case in RULE_CASES:
        register = register_of(case["others"])
        said |= {finding.evidence for finding in run_checks(proposal_of(case, register), register)}
    assert sum(bool(SAYINGS.search(one)) for one in said) > 12
    with web_app.test_request_context("/?lang=en"):
        assert [one for one in sorted(said) if SAYINGS.search(grounds_in_words(one))] == []


def test_every_sentence_of_the_audit_of_addresses_has_its_english(web_app: Flask, sqlite_store: Store) -> None:
    said = set()
    for case in ADDRESS_CASES:
        with sqlite_store.transaction() as session:
            lay_out(session, case["doors"], case["plates"])
            said |= set(found(session).values())
            session.rollback()  # one store serves all cases
    assert sum(bool(SAYINGS.search(one)) for one in said) > 8
    with web_app.test_request_context("/?lang=en"):
        assert [one for one in sorted(said) if SAYINGS.search(grounds_in_words(one))] == []
