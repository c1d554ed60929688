"""The papers of a procedure: what they say, that PDF and DOCX say the same, and that no hole is ever printed."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from docx import Document
from fontTools.ttLib import TTFont
from register_rows import add_address, add_district, add_road

from gazetteer.names.approval import approve
from gazetteer.names.papers.bundle import papers_zip
from gazetteer.names.papers.content import Paper
from gazetteer.names.papers.docx import obfuscated, papers_docx
from gazetteer.names.papers.drafts import draft, drafts, papers_ready
from gazetteer.names.papers.facts import chinese_date
from gazetteer.names.papers.lines import lines_of
from gazetteer.names.papers.pdf import balanced, papers_pdf
from gazetteer.names.procedures import Opinion as Said
from gazetteer.names.procedures import announce, check, consult, file, find_procedure, propose, refuse
from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM, Actor
from gazetteer.store.models import User
from gazetteer.workflow import enter
from geoaddr.errors import Conflict, NotFound, UsageError

DAY = date(2026, 11, 23)
LATER = ("reply", "filing", "announcement", "certificate", "comparison")


def _person(store: Store, role: str) -> Actor:
    with store.transaction() as session:
        user = User(
            username=f"paper-{role}", display_name="样本用户", password_hash="!", role=role, active=True, session_key=uuid.uuid4().hex
        )
        enter(session, user, actor=SYSTEM, verb="created")
        return Actor("user", user.username, role, user.id)


@pytest.fixture
def renamed(sqlite_store: Store) -> Callable[..., str]:
    """Return a function that takes 环球路 with three doors to its new name, as far as asked; gives the procedure's id."""
    officer, approver = _person(sqlite_store, "officer"), _person(sqlite_store, "approver")

    def run(until: str = "approve", new_name: str = "锦川路") -> str:
        with sqlite_store.transaction() as session:
            road = add_road(session, add_district(session)["town"], "环球路", pinyin="Huanqiu Lu", meaning="环绕全球之意")
            for number in ("12", "14", "16"):
                add_address(session, road, number)
            made = propose(session, kind="rename", place_id=road.id, new_name=new_name, reason="刻意夸大", actor=officer, on=DAY)
            if until == "propose":
                return made.id
            check(session, made.id, actor=officer, on=DAY)
            consult(session, made.id, [Said("expert_opinion", "样本专家：同意")], actor=officer)
            if until == "refuse":
                refuse(session, made.id, actor=approver, text="材料不全", on=DAY)
                return made.id
            approve(session, made.id, actor=approver, decision_no="奉政函〔2026〕1号", authority="奉化区人民政府", on=DAY)
            file(session, made.id, actor=officer, on=DAY)
            announce(session, made.id, actor=officer)
            return made.id

    return run


def said(paper: Paper) -> str:
    return "\n".join(paper.strings())


def words_of_docx(data: bytes) -> str:
    document = Document(BytesIO(data))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([paragraph.text for paragraph in document.paragraphs] + cells)


def test_which_papers_there_are_follows_the_step(sqlite_store: Store, renamed: Callable[..., str]) -> None:
    made = renamed("propose")
    with sqlite_store.reading() as session:
        assert papers_ready(find_procedure(session, made)) == ["application", "consultation"]
        with pytest.raises(Conflict):
            draft(session, made, "reply")
        with pytest.raises(NotFound):
            draft(session, made, "poem")


def test_the_announcement_says_what_the_law_asks(sqlite_store: Store, renamed: Callable[..., str]) -> None:
    made = renamed()
    with sqlite_store.reading() as session:
        text = said(draft(session, made, "announcement", today=DAY))
    for wanted in (
        "锦川路", "Jinchuan Lu", "环球路", "浙江省宁波市奉化区西坞街道", "东经121.4050°", "奉化区人民政府", "2026年11月23日",
        "奉政函〔2026〕1号",
    ):  # fmt: skip
        assert wanted in text


def test_the_comparison_names_every_door_before_and_after(sqlite_store: Store, renamed: Callable[..., str]) -> None:
    made = renamed()
    with sqlite_store.reading() as session:
        paper = draft(session, made, "comparison", today=DAY)
    assert paper.listing is not None
    place = "浙江省宁波市奉化区西坞街道"
    assert paper.listing.rows == tuple(
        (str(at), f"{place}环球路{n}号", f"{place}锦川路{n}号") for at, n in enumerate(("12", "14", "16"), 1)
    )
    assert "共涉及地址 3 条" in said(paper)


def test_one_door_gets_its_own_certificate(sqlite_store: Store, renamed: Callable[..., str]) -> None:
    made = renamed()
    with sqlite_store.reading() as session:
        text = said(draft(session, made, "certificate", today=DAY, door="14"))
        with pytest.raises(NotFound, match="没有涉及“4”"):
            draft(session, made, "certificate", today=DAY, door="4")
    assert "西坞街道环球路14号”，自2026年11月23日起变更为“浙江省宁波市奉化区西坞街道锦川路14号”" in text
    assert "环球路12号" not in text


def test_a_refusal_is_written_with_its_reasons_and_the_way_of_appeal(sqlite_store: Store, renamed: Callable[..., str]) -> None:
    made = renamed("refuse")
    with sqlite_store.reading() as session:
        text = said(draft(session, made, "refusal", today=DAY))
        assert "reply" not in papers_ready(find_procedure(session, made))
    assert "材料不全" in text
    assert "六十日" in text


def test_word_file_and_print_say_the_same_and_carry_their_typeface(sqlite_store: Store, renamed: Callable[..., str]) -> None:
    made = renamed()
    with sqlite_store.reading() as session:
        paper = draft(session, made, "reply", today=DAY)
    [data] = papers_docx([paper])
    words = words_of_docx(data)
    for text in paper.strings():
        assert text in words
    with ZipFile(BytesIO(data)) as archive:
        embedded = archive.read("word/fonts/font1.odttf")
        table = archive.read("word/fontTable.xml").decode()
        assert "embedTrueTypeFonts" in archive.read("word/settings.xml").decode()
    assert "Noto Sans SC" in table
    key = uuid.UUID(table.partition('fontKey="{')[2].partition("}")[0])
    has = TTFont(BytesIO(obfuscated(embedded, key))).getBestCmap()
    assert {ord(one) for one in said(paper)} - {10} <= set(has)
    pdf = papers_pdf([paper])
    assert pdf.startswith(b"%PDF")
    assert b"FontFile2" in pdf, "the typeface is in the file"
    assert len(pdf) < 400_000, "cut down to what is used"


def test_a_character_no_typeface_has_stops_the_printing_and_is_named(sqlite_store: Store, renamed: Callable[..., str]) -> None:
    made = renamed("propose", new_name="\U0002a6a8川路")
    with sqlite_store.reading() as session:
        papers = drafts(session, made, today=DAY)
    for write in (papers_pdf, papers_zip, papers_docx):
        with pytest.raises(UsageError, match=r"“\U0002a6a8”（U\+2A6A8）"):
            write(papers)


def test_an_own_typeface_that_is_none_is_said_in_one_sentence(tmp_path: Path) -> None:
    broken = tmp_path / "font.ttf"
    broken.write_bytes(b"nothing")
    with pytest.raises(UsageError, match="不是可用的字体"):
        papers_pdf([Paper("x", "证明")], font=str(broken))
    with pytest.raises(UsageError, match="找不到字体文件"):
        papers_pdf([Paper("x", "证明")], font=str(tmp_path / "none.ttf"))


def test_all_papers_come_in_one_archive_in_order(sqlite_store: Store, renamed: Callable[..., str]) -> None:
    made = renamed()
    with sqlite_store.reading() as session:
        papers = drafts(session, made, today=DAY)
    assert [paper.id for paper in papers] == ["application", "examination", *LATER]
    with ZipFile(BytesIO(papers_zip(papers))) as archive:
        names = archive.namelist()
        assert archive.testzip() is None
    assert names[:2] == ["00 全部文书.pdf", "01 地名更名申请书.docx"]
    assert len(names) == len(papers) + 1


def test_dates_and_long_titles_are_written_as_papers_write_them() -> None:
    assert chinese_date(date(2026, 11, 3)) == "2026年11月3日"
    assert chinese_date(None) == "　　年　　月　　日"
    assert balanced("将" * 25, 20) == ["将" * 13, "将" * 12]
    assert balanced("公告", 20) == ["公告"]


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("环球路，锦川路", 3, ["环球", "路，锦", "川路"]),
        ("在（锦川）路", 3, ["在（锦", "川）路"]),
        ("长约 968 米", 5, ["长约 ", "968 米"]),
        ("ABCDEFGH", 3, ["ABC", "DEF", "GH"]),
        ("甲\n乙", 9, ["甲", "乙"]),
        ("", 9, [""]),
    ],
)
def test_lines_break_where_chinese_lines_do(text: str, width: int, lines: list[str]) -> None:
    found = lines_of(text, width, len)
    assert found == lines
    assert "".join(found) == text.replace("\n", "")
