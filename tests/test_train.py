"""Training on labelled addresses: what is read, what is refused, what is written, and how the trained reading answers."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from match_register import small_register

from geoaddr.cli import main
from geoaddr.errors import UsageError
from geoaddr.lexicon import Name
from geoaddr.lexicons import ChainLexicon, MemoryLexicon
from geoaddr.parse import parse
from geoaddr.parsing.labelled import read_labelled
from geoaddr.parsing.tagger import Tagger, load_tagger, save_tagger
from geoaddr.parsing.training import train
from matchers.index import Overlay, build_index, open_index
from matchers.index.build import current_version
from matchers.index.reading import settle_weights
from matchers.match import explain, match
from matchers.verdict import Query

ROADS, ESTATES = ["样东", "样西", "样南", "样北", "样中", "样江", "样山", "样河"], ["样板", "样景", "样湖", "样林"]


def labelled_text(tagging: str = "BIO", spelling: dict[str, str] | None = None) -> str:
    """Return invented labelled addresses: a house of this office calls estates 苑里, which nobody else does."""
    spelt = spelling or {}
    lines: list[str] = []
    for number, (road, estate) in enumerate(itertools.product(ROADS, ESTATES)):
        spans = [
            ("town", "西坞街道"),
            ("road", f"{road}路"),
            ("number", f"{number + 1}号"),
            ("poi", f"{estate}苑里"),
            ("room", str(number + 201)),
        ]
        for label, text in spans:
            label = spelt.get(label, label)
            for at, char in enumerate(text):
                last = at == len(text) - 1
                prefix = (
                    ("S" if last and not at else "E" if last and at else "I" if at else "B") if tagging == "BIOES" else "I" if at else "B"
                )
                lines.append(f"{char} {prefix}-{label}")
        lines.append("")
    return "\n".join(lines)


@pytest.fixture(scope="module")
def labelled_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("labelled") / "office.txt"
    path.write_text(labelled_text(), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def tagger(labelled_file: Path) -> Tagger:
    return train(list(read_labelled(labelled_file)), seed=1, told=lambda items, name: items)


def in_order(text: str, tagger: Tagger) -> list[tuple[str, str]]:
    parsed = parse(text, weights=tagger)
    return [(part.label, part.text) for part in sorted([*parsed.parts, *parsed.rest], key=lambda part: (part.start, part.end))]


def test_both_corpus_formats_and_both_spellings_of_labels_read_the_same(tmp_path: Path, labelled_file: Path) -> None:
    bioes = tmp_path / "bioes.txt"
    bioes.write_text(labelled_text("BIOES", {"number": "roadno", "room": "roomno"}), encoding="utf-8")
    assert list(read_labelled(bioes)) == list(read_labelled(labelled_file))
    tokens = tmp_path / "tokens.txt"
    tokens.write_text("\ufeff西坞 B-town\n街道 I-town\n肖桥路\tB-Road\n1254 B-subRoadno\n号 I-subRoadno\n的 O\r\n", encoding="utf-8")
    [one] = read_labelled(tokens)
    assert one.text == "西坞街道肖桥路1254号的"
    assert one.spans == (("town", 0, 4), ("road", 4, 7), ("sub_number", 7, 12), ("rest", 12, 13))


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("西 B-town\n坞 I-city\n", "第 2 行", "前面没有相接的"),
        ("西 I-town\n", "第 1 行", "前面没有相接的"),
        ("西 B-town\n坞 O\n街 I-town\n", "第 3 行", "前面没有相接的"),
        ("西 B-town\n坞 B-镇\n", "第 2 行", "不认识标签"),
        ("西 X-town\n", "第 1 行", "不认识标签"),
        ("西坞街道\n", "第 1 行", "应为“字 标签”"),
        ("西 B-town\n" * 401, "第 401 行", "缺少空行"),
    ],
)
def test_a_broken_line_is_named_with_its_number(tmp_path: Path, text: str, line: str, word: str) -> None:
    path = tmp_path / "broken.txt"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as refused:
        list(read_labelled(path))
    assert line in refused.value.message
    assert word in refused.value.message


@pytest.mark.parametrize("content", [b"", b"\n\n", "西 B-town\n".encode(), "西 B-town\n".encode("gb18030"), None])
def test_a_file_that_teaches_nothing_ends_in_one_sentence_and_writes_nothing(tmp_path: Path, content: bytes | None) -> None:
    path, out = tmp_path / "labelled.txt", tmp_path / "out.weights"
    if content is not None:
        path.write_bytes(content)
    answer = CliRunner().invoke(main, ["train", str(path), str(out)])
    assert answer.exit_code == 2
    assert answer.output.startswith("geoaddr：")
    assert answer.output.count("\n") == 1
    assert not out.exists()


def test_what_an_office_labels_is_learnt(tagger: Tagger) -> None:
    assert in_order("西坞街道样东路77号样新苑里305", tagger) == [
        ("town", "西坞街道"), ("road", "样东路"), ("number", "77号"), ("poi", "样新苑里"), ("room", "305"),
    ]  # fmt: skip
    assert tagger.about["texts"] == 32
    assert 0 <= tagger.about["held_out_f1"] <= 1
    assert tagger.about["labels"] == ["number", "poi", "road", "room", "town"]


def test_the_same_labels_and_seed_give_the_same_file(tmp_path: Path, labelled_file: Path, tagger: Tagger) -> None:
    again = train(list(read_labelled(labelled_file)), seed=1, told=lambda items, name: items)
    save_tagger(tagger, tmp_path / "one")
    save_tagger(again, tmp_path / "two")
    one, two = load_tagger(tmp_path / "one"), load_tagger(tmp_path / "two")
    assert (one.weights == two.weights).all()
    assert list(one.rows) == list(two.rows)
    assert (one.learnt, one.about) == (two.learnt, two.about)


def test_written_weights_read_as_those_in_memory(tmp_path: Path, tagger: Tagger) -> None:
    save_tagger(tagger, tmp_path / "office.weights")
    loaded = load_tagger(tmp_path / "office.weights")
    for text in ("西坞街道样东路77号样新苑里305", "奉化区样西路3号", "样板苑里201 王先生收", "🏠??", ""):
        assert in_order(text, loaded) == in_order(text, tagger)
    assert list(tmp_path.iterdir()) == [tmp_path / "office.weights"]


@given(st.one_of(st.text(alphabet="西坞街道样东路号苑里0123456789-# ①\u200b\ud800转收", max_size=30), st.text(max_size=40)))
@settings(max_examples=150, deadline=None)
def test_a_trained_reading_loses_no_character(tagger: Tagger, text: str) -> None:
    parsed = parse(text, weights=tagger)
    pieces = sorted([*parsed.parts, *parsed.rest], key=lambda part: (part.start, part.end))
    assert "".join(part.text for part in pieces) == parsed.normalized
    assert all(before.end <= after.start for before, after in itertools.pairwise(pieces))


def test_known_names_keep_their_record_and_people_stay_people(tagger: Tagger) -> None:
    names = MemoryLexicon([Name("样东路", "road", "样东路", "road-1", "330213004")])
    lexicon = ChainLexicon((names, MemoryLexicon([])), tagger)
    parsed = parse("西坞街道样东路77号 样本甲0001 000-00000001", lexicon)
    assert parsed.first("road").ref == "road-1"  # type: ignore[union-attr]
    assert [part.text for part in parsed.all("contact")] == ["样本甲0001 000-00000001"]


@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "other", "foreign"])
def test_weights_that_cannot_be_used_are_refused_in_one_sentence(tmp_path: Path, tagger: Tagger, damage: str) -> None:
    path = tmp_path / "office.weights"
    if damage == "empty":
        path.write_bytes(b"")
    elif damage == "cut":
        save_tagger(tagger, path)
        path.write_bytes(path.read_bytes()[:-2000])
    elif damage == "other":
        path.write_text("hit:\n  number: 1\n", encoding="utf-8")
    elif damage == "foreign":
        save_tagger(
            Tagger(tagger.tags, tagger.rows, tagger.weights, tagger.transition, tagger.first, {}, tagger.about | {"clues": -1}), path
        )
    answer = CliRunner().invoke(main, ["parse", "--weights", str(path), "样东路1号"])
    assert answer.exit_code == 2
    assert answer.output.startswith("geoaddr：解析权重文件")
    assert answer.output.count("\n") == 1


def test_the_commands_train_and_parse_with_the_chosen_weights(tmp_path: Path, labelled_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out, runner = tmp_path / "office.weights", CliRunner()
    trained = runner.invoke(main, ["train", str(labelled_file), str(out), "--quiet"])
    assert trained.exit_code == 0, trained.output
    assert "32 条" in trained.output
    text = "西坞街道样东路77号样新苑里305"
    by_option = runner.invoke(main, ["parse", "--weights", str(out), text])
    monkeypatch.setenv("GEOADDR_PARSE_WEIGHTS", str(out))
    by_setting = runner.invoke(main, ["parse", text])
    assert by_option.output == by_setting.output
    assert json.loads(by_setting.output)["parts"][3] == {"label": "poi", "text": "样新苑里", "start": 10, "end": 14}


def test_stopping_the_training_leaves_what_was_there(tmp_path: Path, labelled_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "office.weights"
    out.write_bytes(b"earlier")

    def stopped(*_arguments: object, **_arrays: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("geoaddr.parsing.tagger.np.savez_compressed", stopped)
    CliRunner().invoke(main, ["train", str(labelled_file), str(out), "--quiet"])
    assert out.read_bytes() == b"earlier"
    assert list(tmp_path.iterdir()) == [out]


def test_an_index_is_read_with_the_weights_that_lie_beside_it(tmp_path: Path, tagger: Tagger) -> None:
    build_index(small_register(), tmp_path / "index", seq=7)
    version, text = current_version(tmp_path / "index"), "西坞街道肖桥路88号样新苑里305"
    shipped = explain(Query(text), open_index(tmp_path / "index"))
    save_tagger(tagger, tmp_path / "office.weights")
    settle_weights(version, tmp_path / "office.weights")
    index = open_index(tmp_path / "index")
    trained = explain(Query(text), index)
    assert trained.parsed.value("poi") == "样新苑里" != shipped.parsed.value("poi")
    assert trained.parsed.first("road").ref == shipped.parsed.first("road").ref == "road-xiaoqiao"  # type: ignore[union-attr]
    assert match(Query(text), index) == trained.verdict
    assert explain(Query(text), Overlay(index, [])).parsed == trained.parsed
    settle_weights(version, None)
    assert explain(Query(text), open_index(tmp_path / "index")).parsed == shipped.parsed


def test_an_index_is_not_opened_with_weights_that_are_missing(tmp_path: Path) -> None:
    build_index(small_register(), tmp_path, seq=7)
    with pytest.raises(UsageError, match="不存在"):
        settle_weights(current_version(tmp_path), tmp_path / "gone")
