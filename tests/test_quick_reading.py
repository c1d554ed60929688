"""Quick reading: what it returns is what the lattice returns, whatever was read before, and most texts of the sample are read by it."""

from __future__ import annotations

import sys
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gazetteer.sample.district import generate
from gazetteer.sample.queries import queries
from geoaddr.lexicon import Lexicon
from geoaddr.lexicons import ChainLexicon, MemoryLexicon
from geoaddr.normalize import normalize
from geoaddr.parsing.hits import hits
from geoaddr.parsing.path import best_path, default_weights
from geoaddr.parsing.quick import QuickReader, quick_reading
from geoaddr.parsing.resolve import resolve
from geoaddr.parts import Part
from matchers.index import build_index, open_index

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))
from linking import register

SIZE = 600
LEVELS = (
    "浙江省",
    "宁波市",
    "奉化区",
    "奉化市",
    "西坞街道",
    "溪口镇",
    "江口",
    "方桥",
    "松岙",
    "浙江",
    "宁波",
    "奉化",
    "锦屏街道",
    "金桥村",
    "应村",
)

PIECES = (*LEVELS, "中山路", "星尉街", "肖桥", "88号", "3幢", "2单元", "501室", "-", " ", "，", "旁边", "电联", "(", "一")
BEHIND = (
    "后幢", "(东)", "（对面）", "车库", "2楼", "(原15号)", "，原12号", "(临)", "旁小屋", "商铺1号", "门卫", "东室", "附近", "内", "15号",
    "3号4号", "2-3号5室", "(12号)", "12", "-3", "甲", "1栋2室3号", "000", "08号",
)  # fmt: skip
"""What people write behind a door, more than once too."""


@pytest.fixture(scope="module")
def lexicon(tmp_path_factory: pytest.TempPathFactory) -> Lexicon:
    folder: Path = tmp_path_factory.mktemp("index")
    build_index(register(generate(SIZE)), folder, seq=1)
    return open_index(folder).lexicon


@pytest.fixture(scope="module")
def texts() -> list[str]:
    district = generate(SIZE)
    return [text.text for combined in (0, 1, 2) for text in queries(district, 500, 23, combined=combined, unanswerable_share=0.2)]


def by_lattice(text: str, lexicon: Lexicon) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    whole = normalize(text)
    return resolve(best_path(hits(whole, lexicon), default_weights()), whole)


def test_a_quick_reading_is_that_of_the_lattice(texts: list[str], lexicon: Lexicon) -> None:
    readings = {text: quick_reading(normalize(text), lexicon) for text in texts}
    different = [text for text, reading in readings.items() if reading is not None and reading != by_lattice(text, lexicon)]
    assert not different


def test_so_is_that_of_a_text_with_more_behind_its_door(texts: list[str], lexicon: Lexicon) -> None:
    rng = Random(9)
    longer = [text + rng.choice(BEHIND) + rng.choice(("", *BEHIND)) for text in texts]
    readings = {text: quick_reading(normalize(text), lexicon) for text in longer}
    different = [text for text, reading in readings.items() if reading is not None and reading != by_lattice(text, lexicon)]
    assert not different


@pytest.mark.parametrize("before", ["", "新民社区", "岳林新民社区", "浙江宁波奉化岳林新民社区", "岳林_"])
def test_readings_of_equal_worth_stay_equal_whatever_stands_before_them(before: str, lexicon: Lexicon) -> None:
    parts, _rest = by_lattice(f"{before}星尉街47号(原15号)", lexicon)
    assert [part.label for part in parts if part.text == "15号"] == ["building"]


@pytest.mark.parametrize(
    "text",
    [
        "金桥村浙江省肖桥",
        "奉化区奉化区门卫",
        "星尉街-浙江省门卫",
        "肖桥浙江省门卫宁波市",
        "西坞街道-应村浙江省",
        "浙江省星尉街-应村宁波市",
        "商铺1号00000000088号肖桥",
    ],
)
def test_divisions_out_of_order_are_read_as_the_lattice_reads_them(text: str, lexicon: Lexicon) -> None:
    reading = quick_reading(normalize(text), lexicon)
    assert reading is None or reading == by_lattice(text, lexicon)


def test_nine_texts_of_ten_are_read_quickly(texts: list[str], lexicon: Lexicon) -> None:
    doubtful = [text for text in texts if quick_reading(normalize(text), lexicon) is None]
    assert len(doubtful) < len(texts) / 10


def test_what_was_read_before_never_changes_a_reading(texts: list[str], lexicon: Lexicon) -> None:
    assert isinstance(lexicon, ChainLexicon)
    used = QuickReader(lexicon)
    for text in texts[:300]:
        used.read(normalize(text))
    for text in texts[300:400]:
        assert used.read(normalize(text)) == QuickReader(lexicon).read(normalize(text)), text


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=9))
def test_pieces_of_addresses_in_any_order_are_read_as_the_lattice_reads_them(lexicon: Lexicon, pieces: list[str]) -> None:
    text = "".join(pieces)
    reading = quick_reading(normalize(text), lexicon)
    assert reading is None or reading == by_lattice(text, lexicon)


def test_a_lexicon_that_cannot_say_how_long_its_names_are_is_left_to_the_lattice() -> None:
    class Plain:
        prefixes = MemoryLexicon([]).prefixes

    assert quick_reading(normalize("中山路88号"), Plain()) is None
