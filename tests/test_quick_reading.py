"""Quick reading: what it returns is what the lattice returns, whatever was read before, and most texts of the sample are read by it."""

from __future__ import annotations

import sys
from pathlib import Path

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
