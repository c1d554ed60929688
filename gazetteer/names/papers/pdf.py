"""Papers as PDF, set like Chinese official paper (GB/T 9704-2012): A4, title centred, indented text, bordered forms, page numbers."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING

from gazetteer.names.papers.content import Form, Listing, Paper
from gazetteer.names.papers.lines import lines_of
from gazetteer.names.papers.typefaces import typeface_for

if TYPE_CHECKING:
    from fpdf import FPDF

LEFT, RIGHT, TOP, BOTTOM = 28, 26, 37, 35
WIDTH = 210 - LEFT - RIGHT
TITLE, BODY, CELL, FOOT = 22, 16, 12, 14
LINE, CELL_LINE = 10.0, 6.6
EM = BODY * 25.4 / 72
ROW, ROW_LINE = 9.5, 5.4
LABEL_SHARE, PADDING = 0.2, 2.0
SHADE = (243, 245, 248)
INDENT = "\u3000\u3000"


def papers_pdf(papers: Sequence[Paper], *, font: str = "") -> bytes:
    """Return one PDF of these papers, each beginning a page and numbering its own; fonts are embedded, cut down to what is used.

    ``UsageError`` names the character no typeface has, before anything is drawn.
    """
    from fpdf import FPDF

    regular, bold = typeface_for(papers, font)

    class Sheet(FPDF):
        """A4 in the margins of official paper, with the page's number between dashes at its foot."""

        first_page = 1

        def footer(self) -> None:
            self.set_y(-BOTTOM + 8)
            self.set_font("paper", size=FOOT)
            self.cell(w=0, h=8, text=f"— {self.page_no() - self.first_page + 1} —", align="C")

    pdf = Sheet(unit="mm", format="A4")
    pdf.set_margins(LEFT, TOP, RIGHT)
    pdf.set_auto_page_break(True, BOTTOM)
    pdf.set_title(papers[0].title if len(papers) == 1 else "地名办件材料")
    pdf.set_creator("geoaddr")
    pdf.set_lang("zh-CN")
    pdf.c_margin = 0
    pdf.add_font("paper", fname=str(regular))
    pdf.add_font("paper", style="B", fname=str(bold))
    for paper in papers:
        pdf.add_page()
        pdf.first_page = pdf.page_no()
        _draw(pdf, paper)
    out = BytesIO()
    pdf.output(out)
    return out.getvalue()


def _draw(pdf: FPDF, paper: Paper) -> None:
    _title(pdf, paper)
    if paper.to:
        _paragraphs(pdf, [f"{paper.to}："], indent="")
    _paragraphs(pdf, paper.text)
    if paper.form:
        _form(pdf, paper.form)
    if paper.listing:
        _listing(pdf, paper.listing)
    _paragraphs(pdf, paper.below)
    _signature(pdf, paper.signed)


def _title(pdf: FPDF, paper: Paper) -> None:
    pdf.set_font("paper", style="B", size=TITLE)
    for line in balanced(paper.title, int(WIDTH / (TITLE * 25.4 / 72))):
        pdf.cell(w=WIDTH, h=12, text=line, align="C", new_x="LMARGIN", new_y="NEXT")
    if paper.number:
        pdf.set_font("paper", size=BODY)
        pdf.cell(w=WIDTH, h=LINE + 2, text=paper.number, align="C", new_x="LMARGIN", new_y="NEXT")
    pdf.ln(5)


def balanced(title: str, most: int) -> list[str]:
    """Cut a long title into lines of nearly equal length, as official paper wants it: 25 characters, at most 20 -> 13 and 12."""
    lines = -(-len(title) // most)
    size = -(-len(title) // max(lines, 1))
    return [title[start : start + size] for start in range(0, len(title), size)]


def _paragraphs(pdf: FPDF, texts: Sequence[str], indent: str = INDENT) -> None:
    pdf.set_font("paper", size=BODY)
    for text in texts:
        for line in lines_of(text, WIDTH, pdf.get_string_width, indent):
            pdf.cell(w=WIDTH, h=LINE, text=line, new_x="LMARGIN", new_y="NEXT")


def _form(pdf: FPDF, form: Form) -> None:
    from fpdf.fonts import FontFace

    pdf.ln(3)
    pdf.set_font("paper", size=CELL)
    label = FontFace(fill_color=SHADE)
    pair = 0.5 - LABEL_SHARE
    with pdf.table(
        width=WIDTH, col_widths=(LABEL_SHARE, pair, LABEL_SHARE, pair), first_row_as_headings=False, line_height=CELL_LINE,
        padding=PADDING, text_align=("C", "L", "C", "L"),
    ) as table:  # fmt: skip
        for pairs in form.rows:
            row = table.row()
            for name, value in pairs:
                row.cell(_broken(pdf, name, LABEL_SHARE), style=label)
                row.cell(_broken(pdf, value, pair if len(pairs) > 1 else 1 - LABEL_SHARE), colspan=3 if len(pairs) == 1 else 1)
    pdf.ln(4)


def _listing(pdf: FPDF, listing: Listing) -> None:
    from fpdf.fonts import FontFace

    pdf.ln(3)
    pdf.set_font("paper", size=ROW)
    head = FontFace(emphasis="BOLD", fill_color=SHADE)
    total = sum(listing.widths)
    with pdf.table(
        width=WIDTH, col_widths=listing.widths, headings_style=head, line_height=ROW_LINE, padding=1.2, text_align="LEFT"
    ) as table:
        for line in (listing.head, *listing.rows):
            row = table.row()
            for text, width in zip(line, listing.widths, strict=True):
                row.cell(_broken(pdf, text, width / total, padding=1.2))
    pdf.ln(4)


def _broken(pdf: FPDF, text: str, share: float, padding: float = PADDING) -> str:
    """Return a cell's text with its line breaks where Chinese lines break."""
    room = WIDTH * share - 2 * padding - 2 * pdf.c_margin - 0.1
    return "\n".join(lines_of(text, room, pdf.get_string_width)) or " "


def _signature(pdf: FPDF, signed: Sequence[str]) -> None:
    """Write authority and date at the right, two characters from the edge, kept together on one page."""
    if not signed:
        return
    if pdf.will_page_break(LINE * (len(signed) + 2)):
        pdf.add_page()
    pdf.ln(LINE * 1.5)
    pdf.set_font("paper", size=BODY)
    widest = max(pdf.get_string_width(line) for line in signed)
    left = max(LEFT, 210 - RIGHT - 2 * EM - widest)
    for line in signed:
        pdf.set_x(left)
        pdf.cell(w=widest, h=LINE, text=line, align="C", new_x="LMARGIN", new_y="NEXT")
