"""All papers of a procedure in one go: a ZIP of DOCX and PDF files, or one PDF to print."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from gazetteer.names.papers.content import Paper
from gazetteer.names.papers.docx import papers_docx
from gazetteer.names.papers.pdf import papers_pdf

STAMP = (2000, 1, 1, 0, 0, 0)


def papers_zip(papers: Sequence[Paper], *, font: str = "") -> bytes:
    """Return a ZIP with each paper as DOCX to be edited, numbered in the order in which they are needed, and one PDF of all to print.

    ``UsageError`` before anything is written where a typeface lacks a character of any of them.
    """
    out = BytesIO()
    files = papers_docx(papers, font=font)
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        archive.writestr(ZipInfo("00 全部文书.pdf", STAMP), papers_pdf(papers, font=font), ZIP_DEFLATED)
        for number, (paper, content) in enumerate(zip(papers, files, strict=True), start=1):
            archive.writestr(ZipInfo(f"{number:02d} {file_title(paper)}.docx", STAMP), content, ZIP_DEFLATED)
    return out.getvalue()


def file_title(paper: Paper) -> str:
    """Return a paper's title as part of a file name: without characters that file systems refuse, at most 60 long."""
    return "".join(one for one in paper.title if one not in '<>:"/\\|?*\n')[:60]
