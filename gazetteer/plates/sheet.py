"""Plates on paper: drawn in vectors as they will hang, in blue and white with the code at the right, ready to look at or to make.

Two scales: ``sheet`` puts eight to an A4 page, each scaled to the same width; ``true`` gives each plate a page in its real size.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gazetteer.keys import secret_key
from gazetteer.plates.conventions import conventions
from gazetteer.plates.orders import find_order, find_plate
from gazetteer.plates.qr import plate_url, symbol
from gazetteer.plates.serials import grouped, parse_serial
from gazetteer.store.models import Plate, PlateTask
from geoaddr.errors import NotFound, UsageError
from geoaddr.settings import Settings

if TYPE_CHECKING:
    from fpdf import FPDF

MM_PER_POINT = 25.4 / 72
CAP_HEIGHT = 0.733
"""Height of digits and capitals of the shipped typeface, in ems; Han characters fill about 0.92."""
HAN_HEIGHT = 0.92
LARGEST_SHEET = 2_000


@dataclass(frozen=True, slots=True)
class PrintedPlate:
    """What is drawn: the face fixed at ordering, the serial beneath the code, and what the code says."""

    serial: str
    name: str
    pinyin: str
    number: str
    suffix: str
    size: str
    foot: str
    code: str


def printed(plate: Plate, *, base_url: str, secret: str) -> PrintedPlate:
    """Return a plate of the register as it is to be printed."""
    face = plate.face
    return PrintedPlate(
        plate.serial, face["name"], face.get("pinyin", ""), face["number"], face.get("suffix", ""), face["size"],
        conventions()["foot"], plate_url(base_url, plate.serial, secret),
    )  # fmt: skip


def sheet_for(
    session: Session, settings: Settings, *, order_id: str | None = None, serials: Sequence[str] = (), scale: str = "sheet"
) -> bytes:
    """Return the PDF of an order's plates (cancelled ones left out) or of single ones, in order of serial."""
    if order_id is not None:
        find_order(session, order_id)
        of_order = select(PlateTask.plate_id).where(PlateTask.order_id == order_id)
        plates = list(session.scalars(select(Plate).where(Plate.id.in_(of_order), Plate.status != "cancelled").order_by(Plate.serial)))
    else:
        plates = [find_plate(session, parse_serial(serial)) for serial in serials]
    if not plates:
        raise NotFound("没有可以打印的门牌")
    if len(plates) > LARGEST_SHEET:
        raise UsageError(f"一次最多打印 {LARGEST_SHEET} 块门牌，请分批", field="order_id")
    secret = secret_key(settings)
    own = [Path(settings.font_path)] if settings.font_path else []
    return plate_sheet([printed(plate, base_url=settings.base_url, secret=secret) for plate in plates], fonts=own, scale=scale)


def plate_sheet(plates: Sequence[PrintedPlate], *, fonts: Sequence[Path] = (), scale: str = "sheet") -> bytes:
    """Return a PDF with every plate drawn once. ``fonts`` are tried, in order, for plates the shipped typeface cannot write.

    ``UsageError`` names the characters and the plate where no typeface has them: a plate with a hole in its name is never printed.
    """
    from fpdf import FPDF

    if scale not in ("sheet", "true"):
        raise UsageError("打印比例只能是 sheet（拼版）或 true（原大）", field="scale")
    pdf = FPDF(unit="mm", format="A4")
    pdf.set_auto_page_break(False)
    pdf.set_margin(0)
    pdf.set_title("门牌")
    pdf.set_creator("geoaddr")
    typefaces = _typefaces(pdf, fonts)
    for plate in plates:
        # Asked of every plate before the first is drawn: nobody prints half a batch.
        _typeface_for(plate, typefaces)
    for place in _places(pdf, plates, scale):
        _draw(pdf, place, _typeface_for(place.plate, typefaces))
    out = BytesIO()
    pdf.output(out)
    return out.getvalue()


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a plate goes on the page, in millimetres, and how much smaller than life (``ratio``)."""

    plate: PrintedPlate
    format: Mapping[str, Any]
    left: float
    top: float
    ratio: float


def _places(pdf: FPDF, plates: Sequence[PrintedPlate], scale: str) -> Iterator[_Place]:
    """Begin pages as needed and yield where each plate goes."""
    table = conventions()
    layout = table["sheet"]
    for index, plate in enumerate(plates):
        form = table["formats"][plate.size]
        if scale == "true":
            bleed = layout["bleed_mm"]
            pdf.add_page(format=(form["width"] + 2 * bleed, form["height"] + 2 * bleed))
            yield _Place(plate, form, bleed, bleed, 1.0)
            continue
        column, row = index % layout["columns"], index // layout["columns"] % layout["rows"]
        if column == row == 0:
            pdf.add_page(format="A4")
            _page_foot(pdf, index, len(plates), layout)
        cell_w = (pdf.w - 2 * layout["margin_mm"]) / layout["columns"]
        cell_h = (pdf.h - 2 * layout["margin_mm"]) / layout["rows"]
        ratio = min(layout["width_mm"] / form["width"], (cell_h - 2 * layout["gap_mm"]) / form["height"])
        left = layout["margin_mm"] + column * cell_w + (cell_w - form["width"] * ratio) / 2
        top = layout["margin_mm"] + row * cell_h + (cell_h - form["height"] * ratio) / 2
        yield _Place(plate, form, left, top, ratio)


def _page_foot(pdf: FPDF, index: int, total: int, layout: Mapping[str, Any]) -> None:
    last = min(total, index + layout["columns"] * layout["rows"])
    pdf.set_font("shipped", size=7)
    pdf.set_text_color(110, 110, 110)
    text = f"第 {index + 1}–{last} 块，共 {total} 块 · 缩小图，制作尺寸以规格为准"
    pdf.text((pdf.w - pdf.get_string_width(text)) / 2, pdf.h - 4, text)


def _draw(pdf: FPDF, place: _Place, typeface: str) -> None:
    """Draw one plate: ground, rim, name with pinyin, number, code with serial, foot; then the crop marks around it."""
    form, plate, ratio = place.format, place.plate, place.ratio
    colours = conventions()["colours"]
    width, height, edge = form["width"] * ratio, form["height"] * ratio, form["edge"] * ratio
    corner = height * 0.06
    pdf.set_fill_color(*colours["ground"])
    pdf.rect(place.left, place.top, width, height, style="F", round_corners=True, corner_radius=corner)
    rim = max(edge * 0.42, height * 0.022)
    pdf.set_draw_color(*colours["face"])
    pdf.set_line_width(max(0.2, height * 0.011))
    within = _Box(place.left + rim, place.top + rim, width - 2 * rim, height - 2 * rim)
    pdf.rect(within.left, within.top, within.width, within.height, style="D", round_corners=True, corner_radius=corner * 0.7)
    pdf.set_text_color(*colours["face"])
    pad = max(edge, height * 0.065)
    inner = _Box(place.left + pad, place.top + pad, width - 2 * pad, height - 2 * pad)
    code = _draw_code(pdf, plate, inner, form["qr"] * ratio, typeface)
    # The name runs over the whole width where the code leaves it room (large plates), else beside the code.
    name_h, foot_h = inner.height * form["name_share"], inner.height * form["foot_share"]
    free = _Box(inner.left, inner.top, code.left - inner.left - pad * 0.6, inner.height)
    above = inner if code.top >= inner.top + name_h else free
    _draw_name(pdf, plate, _Box(above.left, inner.top, above.width, name_h), typeface)
    number = _Box(free.left, inner.top + name_h, free.width, inner.height - name_h - foot_h)
    _draw_number(pdf, plate, number, typeface)
    if foot_h:
        _text(pdf, plate.foot, _Box(free.left, inner.top + inner.height - foot_h, free.width, foot_h), typeface, HAN_HEIGHT, 0.34)
    _crop_marks(pdf, place.left, place.top, width, height)


@dataclass(frozen=True, slots=True)
class _Box:
    left: float
    top: float
    width: float
    height: float


def _draw_name(pdf: FPDF, plate: PrintedPlate, box: _Box, typeface: str) -> None:
    share = 0.62 if plate.pinyin else 0.8
    name = _Box(box.left, box.top, box.width, box.height * (0.70 if plate.pinyin else 1.0))
    _text(pdf, plate.name, name, typeface, HAN_HEIGHT, share / (0.70 if plate.pinyin else 1.0), spread=0.18)
    if plate.pinyin:
        below = _Box(box.left, box.top + box.height * 0.70, box.width, box.height * 0.30)
        _text(pdf, plate.pinyin, below, typeface, CAP_HEIGHT, 0.62)


def _draw_number(pdf: FPDF, plate: PrintedPlate, box: _Box, typeface: str) -> None:
    """Write the number large with its word (号, 幢) small at its foot; Han numbers (甲12, 东门) count as Han."""
    cap = CAP_HEIGHT if plate.number.isascii() else HAN_HEIGHT
    target = box.height * 0.70
    size, small = target / cap / MM_PER_POINT, target * 0.42 / HAN_HEIGHT / MM_PER_POINT
    pdf.set_font(typeface, size=size)
    wide = pdf.get_string_width(plate.number)
    pdf.set_font(typeface, size=small)
    gap = target * 0.10 if plate.suffix else 0.0
    word = pdf.get_string_width(plate.suffix) if plate.suffix else 0.0
    shrink = min(1.0, box.width * 0.96 / (wide + gap + word))
    left = box.left + (box.width - (wide + gap + word) * shrink) / 2
    base = box.top + (box.height + target * shrink) / 2
    pdf.set_font(typeface, size=size * shrink)
    pdf.text(left, base, plate.number)
    if plate.suffix:
        pdf.set_font(typeface, size=small * shrink)
        # Han characters reach a little below the line on which digits stand.
        pdf.text(left + (wide + gap) * shrink, base - target * 0.42 * shrink * 0.06, plate.suffix)


def _draw_code(pdf: FPDF, plate: PrintedPlate, inner: _Box, side: float, typeface: str) -> _Box:
    """Draw the code black on a white panel at the right, its serial in white beneath; return the panel."""
    colours = conventions()["colours"]
    label = side * 0.135
    left = inner.left + inner.width - side
    top = max(inner.top, inner.top + (inner.height - side - label) / 2)
    if inner.height > 1.9 * side:
        top = inner.top + inner.height - side - label
    panel = _Box(left, top, side, side)
    pdf.set_fill_color(*colours["face"])
    pdf.rect(left, top, side, side, style="F", round_corners=True, corner_radius=side * 0.03)
    matrix = symbol(plate.code).matrix
    quiet = 3
    module = side / (len(matrix) + 2 * quiet)
    pdf.set_fill_color(*colours["ink"])
    for row, line in enumerate(matrix):
        for start, length in _runs(line):
            # One rectangle a run, a hair taller than a module, so that no white seam shows between rows.
            x, y = left + (quiet + start) * module, top + (quiet + row) * module
            pdf.rect(x, y, length * module, module * 1.02, style="F")
    _text(pdf, grouped(plate.serial), _Box(left, top + side, side, label), typeface, CAP_HEIGHT, 0.62)
    return panel


def _runs(line: Sequence[int]) -> Iterator[tuple[int, int]]:
    start = None
    for index, dark in enumerate([*line, 0]):
        if dark and start is None:
            start = index
        elif not dark and start is not None:
            yield start, index - start
            start = None


def _text(pdf: FPDF, text: str, box: _Box, typeface: str, filled: float, share: float, spread: float = 0.0) -> None:
    """Write one line in the middle of a box, ``share`` of its height tall, smaller where it would be too wide.

    ``spread`` opens short names up, up to that share of a character between characters.
    """
    if not text:
        return
    size = box.height * share / filled / MM_PER_POINT
    pdf.set_font(typeface, size=size)
    wide = pdf.get_string_width(text)
    if wide > box.width:
        size *= box.width / wide
        pdf.set_font(typeface, size=size)
        wide = pdf.get_string_width(text)
    gaps = len(text) - 1
    extra = min(spread * size * MM_PER_POINT, (box.width - wide) / gaps) if gaps and spread else 0.0
    pdf.set_char_spacing(extra / MM_PER_POINT)
    tall = size * filled * MM_PER_POINT
    lift = tall * 0.09 if filled == HAN_HEIGHT else 0.0
    pdf.text(box.left + (box.width - wide - extra * gaps) / 2, box.top + (box.height + tall) / 2 - lift, text)
    pdf.set_char_spacing(0)


def _crop_marks(pdf: FPDF, left: float, top: float, width: float, height: float) -> None:
    """Draw hair lines outside the four corners, where the plate or paper is to be cut."""
    pdf.set_draw_color(0, 0, 0)
    pdf.set_line_width(0.1)
    off, length = 1.0, 3.0
    for x, way in ((left, -1), (left + width, 1)):
        for y, up in ((top, -1), (top + height, 1)):
            pdf.line(x + way * off, y, x + way * (off + length), y)
            pdf.line(x, y + up * off, x, y + up * (off + length))


def _typefaces(pdf: FPDF, fonts: Sequence[Path]) -> dict[str, frozenset[int]]:
    """Load the shipped bold typeface and those given; return name -> characters it has."""
    shipped = Path(str(files("gazetteer").joinpath("data/fonts/NotoSansSC-Bold.ttf")))
    loaded: dict[str, frozenset[int]] = {}
    for name, path in (("shipped", shipped), *((f"own{index}", path) for index, path in enumerate(fonts))):
        if not path.is_file():
            raise UsageError(f"找不到字体文件 {path}", field="font_path")
        try:
            pdf.add_font(name, fname=str(path))
        except Exception as error:  # fpdf and fontTools raise many kinds for a file that is no font
            raise UsageError(f"{path} 不是可用的字体文件", field="font_path") from error
        loaded[name] = frozenset(getattr(pdf.fonts[name], "cmap", ()))
    return loaded


def _typeface_for(plate: PrintedPlate, typefaces: Mapping[str, frozenset[int]]) -> str:
    """Return the first typeface that has every character of a plate; ``UsageError`` naming those no typeface has."""
    texts = (plate.name, plate.pinyin, plate.number, plate.suffix, plate.foot, grouped(plate.serial))
    wanted = {ord(one) for text in texts for one in text}
    for name, characters in typefaces.items():
        if wanted <= characters:
            return name
    lacking = min((wanted - characters for characters in typefaces.values()), key=len)
    listed = "、".join(f"“{chr(one)}”" for one in sorted(lacking))
    message = f"{plate.name}{plate.number}（{grouped(plate.serial)}）不能打印：字体中没有 {listed}，请在 FONT_PATH 中指定含有这些字的字体"
    raise UsageError(message, field="font_path")
