"""Parsing: labels, offsets, values, codes; nothing lost, nothing invented."""

from __future__ import annotations

import csv
import itertools
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from geoaddr.cli.text import normalize_command, parse_command
from geoaddr.divisions_lexicon import division_names, national_lexicon, parent_code, specific_term
from geoaddr.lexicon import Name
from geoaddr.lexicons import ChainLexicon, MemoryLexicon
from geoaddr.normalize import normalize
from geoaddr.parse import LONGEST, parse
from geoaddr.parsing.hits import hits
from geoaddr.parsing.path import best_path, default_weights, score
from geoaddr.parts import LABELS, Parsed

CASES = list(csv.DictReader((Path(__file__).parent / "cases" / "parse.csv").open(encoding="utf-8")))

FENGHUA = [
    *(
        Name(text, "town", standard, code, "330213", kind)
        for text, standard, code, kind in (
            ("莼湖镇", "莼湖街道", "330213008", "former"), ("尚田镇", "尚田街道", "330213007", "former"),
            ("江口镇", "江口街道", "330213003", "former"), ("方桥镇", "方桥街道", "330213006", "former"),
            ("鲒埼乡", "莼湖街道", "330213008", "former"), ("桐照镇", "莼湖街道", "330213008", "former"),
            ("白杜乡", "西坞街道", "330213004", "former"), ("大桥镇", "锦屏街道", "330213001", "former"),
        )
    ),
    Name("西江村", "community", "西江村", "330213005201", "330213005"),
    Name("肖桥路", "road", "肖桥路", "road-1", "330213004"),
]  # fmt: skip
ADDRESS_TEXT = st.text(
    alphabet="浙江省宁波市奉化区西坞街道溪口镇肖桥路村组弄号幢栋单元室楼层小区花园大厦与对面旁东南北米电联"
    "0123456789-_, ()（）甲ABＡ８一二十百之#\u200b\ud800",
    max_size=40,
)


@pytest.fixture(scope="module")
def lexicon() -> ChainLexicon:
    return ChainLexicon((MemoryLexicon(FENGHUA), national_lexicon()))


def in_order(parsed: Parsed) -> list[tuple[str, str]]:
    return [(part.label, part.text) for part in sorted([*parsed.parts, *parsed.rest], key=lambda part: (part.start, part.end))]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"])
def test_an_address_is_cut_into_its_parts(case: dict[str, str], lexicon: ChainLexicon) -> None:
    expected = [tuple(piece.split("=", 1)) for piece in re.split(r" (?=[a-z_]+=)", case["parts"])]
    assert in_order(parse(case["text"], lexicon)) == expected


@given(st.one_of(ADDRESS_TEXT, st.text(max_size=60)))
@settings(max_examples=1000, deadline=None)
def test_parts_and_rest_recompose_the_normalised_text(text: str) -> None:
    parsed = parse(text)
    assert "".join(text for _, text in in_order(parsed)) == parsed.normalized
    assert all(part.label in LABELS for part in parsed.parts)
    spans = sorted((part.start, part.end) for part in (*parsed.parts, *parsed.rest))
    assert all(0 <= start <= end <= len(text) for start, end in spans)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(spans))


def test_offsets_point_into_the_raw_text() -> None:
    raw = "奉化市 西坞街道肖桥路二百六十四弄８号"
    parsed = parse(raw)
    assert {part.label: raw[part.start : part.end] for part in parsed.parts} == {
        "district": "奉化市", "town": "西坞街道", "road": "肖桥路", "sub_road": "二百六十四弄", "number": "８号",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "label", "value"),
    [
        ("样板路88号", "number", "88"), ("样板路85之1号", "number", "85-1"), ("样板路甲12号", "number", "甲12"),
        ("样板小区3号楼", "building", "3"), ("样板小区3栋", "building", "3"), ("样板小区第3幢", "building", "3"),
        ("样板大厦a座", "building", "A"), ("样板小区3幢2单元", "unit", "2"), ("样板大厦12F", "floor", "12"),
        ("样板大厦地下一层", "floor", "-1"), ("样板小区3幢501室", "room", "501"), ("样板小区3幢五零一", "room", "501"),
        ("西坞街道样江村委会", "community", "样江村"), ("锦屏街道样家（小样）村", "community", "样家村"),
        ("西坞街道办事处", "town", "西坞街道"), ("样庄村十五组", "village_group", "15组"), ("样板小区二区", "sub_poi", "2区"),
    ],
)  # fmt: skip
def test_values_are_comparable_cores(text: str, label: str, value: str) -> None:
    assert parse(text).value(label) == value


def test_former_and_short_division_names_stand_for_the_present_ones(lexicon: ChainLexicon) -> None:
    parsed = parse("宁波奉化莼湖镇", lexicon)
    assert [(part.value, part.ref) for part in parsed.parts] == [("宁波市", "3302"), ("奉化区", "330213"), ("莼湖街道", "330213008")]
    assert parse("杭州市江干区").value("district") == "上城区"
    assert parse("奉化西坞").value("town") == "西坞街道"


def test_a_homonym_is_told_by_its_surroundings_or_left_open() -> None:
    assert parse("浙江省宁波市奉化区溪口镇").first("town").ref == "330213100"  # type: ignore[union-attr]
    assert parse("浙江省衢州市龙游县溪口镇").first("town").ref == "330825109"  # type: ignore[union-attr]
    alone = parse("溪口镇").first("town")
    assert alone is not None
    assert (alone.value, alone.ref) == ("溪口镇", "")


def test_names_of_the_loaded_area_carry_their_record(lexicon: ChainLexicon) -> None:
    parsed = parse("萧王庙街道西江村", lexicon)
    assert parsed.first("community").ref == "330213005201"  # type: ignore[union-attr]
    assert parse("西坞街道肖桥路8号", lexicon).first("road").ref == "road-1"  # type: ignore[union-attr]


@pytest.mark.parametrize("text", ["阿斯顿发放", "asdf", "????", "假县", "12", "的的的", "。。。"])
def test_nonsense_never_becomes_a_known_place(text: str) -> None:
    assert not [part for part in parse(text).parts if part.ref]


def test_text_longer_than_any_address_is_returned_unread() -> None:
    text = "奉化市西坞街道" + "路" * 20_000
    parsed = parse(text)
    assert parsed.value("town") == "西坞街道"
    assert parsed.rest[-1].text == "路" * (len(text) - LONGEST)
    assert "".join(piece for _, piece in in_order(parsed)) == parsed.normalized


def test_an_empty_address_has_no_parts() -> None:
    assert parse("").parts == parse("").rest == ()
    assert parse(" \u200b").normalized == ""


def test_every_hit_has_a_weight_and_the_best_path_covers_the_text() -> None:
    normalized = normalize("浙江省宁波市奉化区样板小区3-2-501对面12号附3号A座2期往北50米转样板路13800000000")
    lattice = hits(normalized, national_lexicon())
    weights = default_weights()
    assert all(isinstance(score(hit, weights), float) for start in lattice.starting for hit in start)
    path = best_path(lattice, weights)
    assert [hit.start for hit in path] == [0, *(hit.end for hit in path[:-1])]
    assert path[-1].end == len(normalized.text)


def test_a_memory_lexicon_yields_shortest_first_and_never_past_the_end() -> None:
    lexicon = MemoryLexicon([Name("西坞", "town", "西坞街道"), Name("西坞街道", "town", "西坞街道")])
    assert [end for end, _ in lexicon.prefixes("到西坞街道", 1)] == [3, 5]
    assert [end for end, _ in lexicon.prefixes("到西坞", 1)] == [3]
    assert list(lexicon.prefixes("西", 0)) == []


def test_chained_lexicons_answer_as_one_with_the_first_ahead() -> None:
    chain = ChainLexicon(
        (MemoryLexicon([Name("西坞", "poi", "一")]), MemoryLexicon([Name("西坞", "town", "二"), Name("西坞街", "road", "三")]))
    )
    assert [(end, [name.value for name in names]) for end, names in chain.prefixes("西坞街", 0)] == [(2, ["一", "二"]), (3, ["三"])]


def test_a_chain_asks_every_lexicon_that_cannot_say_which_names_begin_so() -> None:
    class Untold:
        def prefixes(self, text: str, start: int) -> list[tuple[int, list[Name]]]:
            return [(start + 2, [Name("样板", "poi", "样板")])] if text.startswith("样板", start) else []

    chain = ChainLexicon((MemoryLexicon([Name("西坞", "town", "西坞街道")]), Untold()))
    assert [end for end, _ in chain.prefixes("西坞样板", 2)] == [4]
    assert [end for end, _ in chain.prefixes("西坞样板", 0)] == [2]
    assert list(chain.prefixes("西坞样板", 1)) == []
    told = ChainLexicon((MemoryLexicon([Name("西坞", "town", "西坞街道")]),))
    assert (told.may_begin("西坞"), told.may_begin("样板")) == (True, False)


def test_division_names_are_shortened_as_people_do() -> None:
    assert {name.text for name in division_names("330213", "奉化区")} == {"奉化区", "奉化", "奉化市", "奉化县"}
    assert specific_term("延边朝鲜族自治州", ("朝鲜族",)) == "延边"
    assert [parent_code(code) for code in ("310101", "330213", "330213004", "3302", "33")] == ["31", "3302", "330213", "33", ""]


def test_the_commands_print_one_json_object_a_line() -> None:
    runner = CliRunner()
    printed = runner.invoke(parse_command, ["奉化市西坞街道肖桥路88号", ""])
    assert printed.exit_code == 0
    first, second = map(json.loads, printed.output.splitlines())
    assert first["text"] == first["normalized"] == "奉化市西坞街道肖桥路88号"
    assert first["parts"][-1] == {"label": "number", "text": "88号", "start": 10, "end": 13}
    assert first["rest"] == second["parts"] == []
    piped = runner.invoke(normalize_command, input="西塢街道\r\n\n八号\n")
    assert [json.loads(line)["normalized"] for line in piped.output.splitlines()] == ["西坞街道", "", "8号"]


def test_a_number_may_end_before_a_name_that_begins_like_a_word_of_counting() -> None:
    lexicon = ChainLexicon((MemoryLexicon([Name("楼榆大楼", "poi", "楼榆大楼")]), national_lexicon()))
    cut = [("road", "样板路"), ("number", "62号"), ("poi", "楼榆大楼"), ("floor", "9层"), ("room", "901室")]
    assert in_order(parse("样板路62号楼榆大楼9层901室", lexicon)) == cut
    assert in_order(parse("样板路62号楼901室", lexicon)) == [("road", "样板路"), ("building", "62号楼"), ("room", "901室")]
