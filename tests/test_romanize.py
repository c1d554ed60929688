"""Pinyin of place names and sound keys."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoaddr.romanize import initials, romanize, sound_key, syllables
from geoaddr.tables import read_rows


@pytest.mark.parametrize(
    ("specific", "generic", "spelt"),
    [
        ("肖桥", "路", "Xiaoqiao Lu"), ("长汀东", "路", "Changting Donglu"), ("大川淀一", "巷", "Dachuandian 1 Xiang"),
        ("东四十二", "条", "Dongsi 12 Tiao"), ("文一", "路", "Wenyi Lu"), ("西安", "市", "Xi'an Shi"), ("西坞", "", "Xiwu"),
        ("山东", "路", "Shandong Lu"), ("大栅栏", "", "Dashilanr"), ("单", "县", "Shan Xian"), ("浚", "县", "Xun Xian"),
        ("洪洞", "县", "Hongtong Xian"), ("珲春", "市", "Hunchun Shi"), ("曾家岩", "", "Zengjiayan"), ("乐清", "市", "Yueqing Shi"),
        ("台州", "市", "Taizhou Shi"), ("丽水", "市", "Lishui Shi"), ("鄞州", "区", "Yinzhou Qu"), ("莼湖", "街道", "Chunhu Jiedao"),
        ("鲒埼", "村", "Jieqi Cun"), ("下宅岙", "村", "Xiazhai'ao Cun"), ("土埭", "新村", "Tudai Xincun"), ("吕", "", "Lü"), ("", "", ""),
    ],
)  # fmt: skip
def test_place_names_are_spelt_by_the_official_rules(specific: str, generic: str, spelt: str) -> None:
    assert romanize(specific, generic) == spelt


def test_tones_are_given_on_request() -> None:
    assert romanize("台州", "市", tones=True) == "Tāizhōu Shì"
    assert syllables("乐清") == ("yuè", "qīng")


def test_homophones_share_a_sound_key_and_others_do_not() -> None:
    assert sound_key("肖桥") == sound_key("萧桥")
    assert sound_key("六诏") != sound_key("六照山")
    assert sound_key("马头") != sound_key("码口")
    assert initials("肖桥路88号") == "xql88h"


@given(st.text(max_size=20))
def test_any_text_has_a_sound_key_made_of_its_characters_keys(text: str) -> None:
    assert sound_key(text) == "".join(sound_key(char) for char in text)


def test_each_reading_has_one_syllable_a_character() -> None:
    for row in read_rows("place_pinyin.csv"):
        assert len(row["pinyin"].split()) == len(row["text"]), row
