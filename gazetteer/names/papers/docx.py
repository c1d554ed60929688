"""Papers as DOCX to be edited: the same content and setting as the PDF, with the Chinese typeface embedded."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

from gazetteer.names.papers.content import Form, Listing, Paper
from gazetteer.names.papers.typefaces import typeface_for

if TYPE_CHECKING:
    from docx.document import Document
    from docx.text.paragraph import Paragraph

TYPEFACE, FALLBACK = "Noto Sans SC", "仿宋"
MARGINS_MM = {"left": 28, "right": 26, "top": 37, "bottom": 35}
WIDTH_MM = 210 - 28 - 26
TITLE, BODY, CELL, FOOT, LINE = 22, 16, 12, 14, 28
SHADE = "F3F5F8"
FONT_PART = "application/vnd.openxmlformats-officedocument.obfuscatedFont"
FONT_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/font"


def papers_docx(papers: Sequence[Paper], *, font: str = "") -> list[bytes]:
    """Return each paper as a DOCX file; ``UsageError`` where no typeface has all their characters, as for the PDF."""
    regular, _ = typeface_for(papers, font)
    embedded = _subset(regular.read_bytes(), {one for paper in papers for text in paper.strings() for one in text})
    return [_write(paper, embedded) for paper in papers]


def _write(paper: Paper, embedded: bytes) -> bytes:
    from docx import Document
    from docx.shared import Mm

    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    for side, size in MARGINS_MM.items():
        setattr(section, f"{side}_margin", Mm(size))
    document.core_properties.title, document.core_properties.author = paper.title, ""
    document.core_properties.language = "zh-CN"
    _base_style(document)
    _title(document, paper)
    if paper.to:
        _line(document, f"{paper.to}：", indent=0)
    for text in paper.text:
        _line(document, text)
    if paper.form:
        _form(document, paper.form)
    if paper.listing:
        _listing(document, paper.listing)
    for text in paper.below:
        _line(document, text)
    _signature(document, paper.signed)
    _page_number(section.footer.paragraphs[0])
    _embed(document, embedded)
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def _base_style(document: Document) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Pt

    style: Any = document.styles["Normal"]
    style.font.name, style.font.size = TYPEFACE, Pt(BODY)
    fonts = style.element.rPr.rFonts
    for side in ("eastAsia", "hAnsi", "cs"):
        fonts.set(qn(f"w:{side}"), TYPEFACE)
    style.paragraph_format.space_after = style.paragraph_format.space_before = Pt(0)
    style.paragraph_format.line_spacing = Pt(LINE)


def _title(document: Document, paper: Paper) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    title = document.add_paragraph()
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    title.paragraph_format.line_spacing = Pt(LINE + 6)
    title.paragraph_format.space_after = Pt(0 if paper.number else 14)
    run = title.add_run(paper.title)
    run.bold, run.font.size = True, Pt(TITLE)
    if paper.number:
        number = document.add_paragraph(paper.number)
        number.alignment = WD_ALIGN_PARAGRAPH.CENTER
        number.paragraph_format.space_after = Pt(14)


def _line(document: Document, text: str, *, indent: int = 2) -> None:
    from docx.shared import Pt

    for piece in text.split("\n"):
        paragraph = document.add_paragraph(piece)
        paragraph.paragraph_format.first_line_indent = Pt(BODY * indent)


def _form(document: Document, form: Form) -> None:
    widths = (0.2, 0.3, 0.2, 0.3)
    table = _table(document, len(form.rows), widths)
    for index, pairs in enumerate(form.rows):
        cells = table.rows[index].cells
        for place, (name, value) in enumerate(pairs):
            _cell(cells[2 * place], name, shaded=True, centred=True)
            _cell(cells[2 * place + 1], value)
        if len(pairs) == 1:
            cells[1].merge(cells[3])


def _listing(document: Document, listing: Listing) -> None:
    from docx.oxml import OxmlElement

    total = sum(listing.widths)
    table = _table(document, len(listing.rows) + 1, tuple(width / total for width in listing.widths))
    for row, line in zip(table.rows, (listing.head, *listing.rows), strict=True):
        for cell, text in zip(row.cells, line, strict=True):
            _cell(cell, text, shaded=line is listing.head)
    head = table.rows[0]._tr.get_or_add_trPr()
    head.append(OxmlElement("w:tblHeader"))


def _table(document: Document, rows: int, widths: Sequence[float]) -> Any:
    from docx.enum.table import WD_TABLE_ALIGNMENT
    from docx.shared import Mm

    table = document.add_table(rows=rows, cols=len(widths), style="Table Grid")
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(WIDTH_MM * width)
        for cell in column.cells:
            cell.width = Mm(WIDTH_MM * width)
    return table


def _cell(cell: Any, text: str, *, shaded: bool = False, centred: bool = False) -> None:
    from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt

    cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    paragraph = cell.paragraphs[0]
    for number, piece in enumerate(text.split("\n")):
        if number:
            paragraph = cell.add_paragraph()
        paragraph.paragraph_format.line_spacing = Pt(20)
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER if centred else WD_ALIGN_PARAGRAPH.LEFT
        paragraph.add_run(piece).font.size = Pt(CELL)
    if shaded:
        shade = OxmlElement("w:shd")
        for name, value in (("val", "clear"), ("color", "auto"), ("fill", SHADE)):
            shade.set(qn(f"w:{name}"), value)
        cell._tc.get_or_add_tcPr().append(shade)


def _signature(document: Document, signed: Sequence[str]) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    for number, text in enumerate(signed):
        paragraph = document.add_paragraph(text)
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        paragraph.paragraph_format.right_indent = Pt(BODY * 2)
        paragraph.paragraph_format.space_before = Pt(0 if number else LINE)
        paragraph.paragraph_format.keep_with_next = number < len(signed) - 1


def _page_number(paragraph: Paragraph) -> None:
    """Write “— 1 —” at the foot, the number as a field."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt

    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.add_run("— ").font.size = Pt(FOOT)
    run = paragraph.add_run()
    run.font.size = Pt(FOOT)
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = text
        run._r.append(element)
    paragraph.add_run(" —").font.size = Pt(FOOT)


def _embed(document: Document, font: bytes) -> None:
    """Embed the typeface, cut down to the characters used and obfuscated as ECMA-376 part 4 §2.8.1 wants embedded fonts."""
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.opc.oxml import parse_xml, serialize_part_xml
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part
    from docx.oxml.ns import qn

    key = uuid.uuid5(uuid.NAMESPACE_URL, "geoaddr:paper-typeface")
    table: Any = document.part.part_related_by(RELATIONSHIP_TYPE.FONT_TABLE)
    part = Part(PackURI("/word/fonts/font1.odttf"), FONT_PART, obfuscated(font, key), document.part.package)
    told = {qn("r:id"): table.relate_to(part, FONT_RELATION), qn("w:fontKey"): "{" + str(key).upper() + "}"}
    entry = _element("w:font", {qn("w:name"): TYPEFACE})
    for name, value in (("altName", FALLBACK), ("charset", "86"), ("family", "auto"), ("pitch", "variable")):
        entry.append(_element(f"w:{name}", {qn("w:val"): value}))
    entry.append(_element("w:embedRegular", told))
    root: Any = parse_xml(table.blob)
    root.append(entry)
    table._blob = serialize_part_xml(root)
    settings: Any = document.settings.element
    zoom = settings.find(qn("w:zoom"))
    zoom.addnext(_element("w:embedTrueTypeFonts", {}))


def _element(tag: str, attributes: dict[str, str]) -> Any:
    from docx.oxml import OxmlElement

    made: Any = OxmlElement(tag)
    for name, value in attributes.items():
        made.set(name, value)
    return made


def obfuscated(font: bytes, key: uuid.UUID) -> bytes:
    """Return a font with its first 32 bytes XORed with the key, last byte first; the same again gives the font back."""
    mask = key.bytes[::-1] * 2
    return bytes(a ^ b for a, b in zip(font[:32], mask, strict=True)) + font[32:]


def _subset(font: bytes, characters: set[str]) -> bytes:
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    options = Options(notdef_outline=True, name_IDs=["*"], layout_features=[])
    opened = TTFont(BytesIO(font))
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=[ord(one) for one in characters | set("0123456789—-（）()：，。、")])
    subsetter.subset(opened)
    out = BytesIO()
    opened.save(out)
    return out.getvalue()
