"""Printed plates: every code on the rendered page reads, nothing is printed with a missing character."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from register_rows import add_address, add_district, add_road

from gazetteer.plates.orders import order_plates
from gazetteer.plates.qr import plate_url, read_code, verify
from gazetteer.plates.serials import make_serial
from gazetteer.plates.sheet import PrintedPlate, plate_sheet, sheet_for
from gazetteer.store.database import Store
from gazetteer.store.events import SYSTEM
from geoaddr.errors import NotFound, UsageError
from geoaddr.settings import Settings

needs_pdftoppm = pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="pdftoppm (poppler-utils) is not installed")
PLATES = (
    ("肖桥路", "XIAOQIAO LU", "88", "号", "large"),
    ("中山东路", "ZHONGSHAN DONGLU", "1288-12", "号", "large"),
    ("下岙", "XIA'AO", "12-1", "号", "medium"),
    ("锦溪花苑", "JINXI HUAYUAN", "3", "幢", "large"),
    ("锦溪花苑3幢2单元", "JINXI HUAYUAN", "501", "室", "small"),
    ("样本街道样本社区很长很长的新村名称", "", "甲12", "号", "medium"),
    ("绿园", "LÜYUAN", "6", "号", "medium"),
    ("泰桥巷", "TAIQIAO XIANG", "东门", "", "small"),
    ("大同路12弄", "DATONG LU", "8", "号", "large"),
)


def plate(index: int, name: str, pinyin: str, number: str, suffix: str, size: str) -> PrintedPlate:
    serial = make_serial("330213", index)
    return PrintedPlate(serial, name, pinyin, number, suffix, size, "样本监制", plate_url("http://127.0.0.1:8000", serial, "k"))


def read_pages(pdf: bytes, folder: Path, dpi: int) -> list[list[str]]:
    """Render a PDF and return, a page each, what the codes on it say."""
    from PIL import Image
    from zxingcpp import BarcodeFormat, read_barcodes

    (folder / "sheet.pdf").write_bytes(pdf)
    subprocess.run(["pdftoppm", "-r", str(dpi), "-png", folder / "sheet.pdf", folder / "page"], check=True)
    return [
        [found.text for found in read_barcodes(Image.open(path), formats=BarcodeFormat.QRCode)] for path in sorted(folder.glob("page*.png"))
    ]


@needs_pdftoppm
def test_every_code_of_a_printed_sheet_reads(tmp_path: Path) -> None:
    plates = [plate(index + 1, *row) for index, row in enumerate(PLATES)]
    pages = read_pages(plate_sheet(plates), tmp_path, 150)
    assert [len(page) for page in pages] == [8, 1]
    assert sorted(text for page in pages for text in page) == sorted(one.code for one in plates)


@needs_pdftoppm
def test_plates_in_their_real_size_have_a_page_each(tmp_path: Path) -> None:
    plates = [plate(1, *PLATES[0]), plate(2, *PLATES[4])]
    pages = read_pages(plate_sheet(plates, scale="true"), tmp_path, 60)
    assert pages == [[plates[0].code], [plates[1].code]]
    told = subprocess.run(["pdfinfo", "-f", "1", "-l", "2", tmp_path / "sheet.pdf"], check=True, capture_output=True, text=True).stdout
    assert f"{590 / 25.4 * 72:.2f} x {390 / 25.4 * 72:.2f} pts"[:7] in told
    assert f"{170 / 25.4 * 72:.2f}"[:5] in told


def test_a_plate_with_a_character_no_typeface_has_is_not_printed() -> None:
    good, bad = plate(1, *PLATES[0]), plate(2, "龘㐀路", "LU", "1", "号", "large")
    with pytest.raises(UsageError, match="“㐀”、“龘”"):
        plate_sheet([good, bad])


def test_a_typeface_that_is_none_is_named(tmp_path: Path) -> None:
    wrong = tmp_path / "font.ttf"
    wrong.write_text("no font")
    for path in (wrong, tmp_path / "missing.ttf"):
        with pytest.raises(UsageError, match="字体文件"):
            plate_sheet([plate(1, *PLATES[0])], fonts=[path])


@needs_pdftoppm
def test_the_sheet_of_an_order_carries_codes_signed_by_this_installation(sqlite_store: Store, tmp_path: Path) -> None:
    settings = Settings(base_url="https://dz.example", secret_key="样本密钥", media_dir=tmp_path / "media")
    with sqlite_store.transaction() as session:
        road = add_road(session, add_district(session)["town"])
        order = order_plates(session, [add_address(session, road, number).id for number in "135"], reason="样本", actor=SYSTEM)
        pdf = sheet_for(session, settings, order_id=order.id)
        with pytest.raises(NotFound):
            sheet_for(session, settings, serials=[make_serial("330213", 99)])
    codes = [read_code(text) for text in read_pages(pdf, tmp_path, 150)[0]]
    assert len(codes) == 3
    assert all(signature is not None and verify(serial, signature, "样本密钥") for serial, signature in codes)
