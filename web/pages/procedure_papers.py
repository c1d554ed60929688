"""The papers of a procedure: written ones to print and to edit, attached ones to read, and the table of old and new addresses."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

from flask import Response, render_template, request, send_file, url_for
from werkzeug.wrappers import Response as AnyResponse

from gazetteer.attachments import TYPES, attach, attachment_file
from gazetteer.names.dossier import add_step, find_procedure
from gazetteer.names.papers.bundle import file_title, papers_zip
from gazetteer.names.papers.comparison import comparison
from gazetteer.names.papers.docx import papers_docx
from gazetteer.names.papers.drafts import draft, drafts
from gazetteer.names.papers.pdf import papers_pdf
from gazetteer.names.procedure_rules import paper_titles
from gazetteer.names.timetable import timetable
from geoaddr.errors import Conflict, NotFound, UsageError
from web.auth import current_actor, require_role
from web.forms import done, replayed, submitted
from web.messages import _
from web.navigation import DECIDING, OFFICE
from web.pages.procedures import blueprint as procedures
from web.pages.procedures import page_of
from web.services import services, today
from web.tables import csv_answer

MEDIA_TYPES = {kind: media for media, kind in TYPES.items()}


@procedures.get("/timetable")
def timetable_page() -> str:
    """Show the coming weeks with working days, holidays and every deadline on its day."""
    with services().store.reading() as session:
        return render_template("procedures/timetable.html", table=timetable(session, today=today()), day=timedelta(days=1))


@procedures.get("/<procedure_id>/papers/<paper_id>.<ending>")
@require_role(*OFFICE)
def paper(procedure_id: str, paper_id: str, ending: str) -> Response | tuple[str, int]:
    """Return one paper as PDF to print or DOCX to edit; with ``door``, the certificate of that one address."""
    door = request.args.get("door", "").strip()[:20]
    try:
        with services().store.reading() as session:
            written = draft(session, procedure_id, paper_id, today=today(), door=door)
    except NotFound as error:
        if error.field != "door":
            raise
        return page_of(procedure_id, {"door": error.message}, {"door": door}), 404
    font = services().settings.font_path
    if ending == "docx":
        return _file(papers_docx([written], font=font)[0], "docx", file_title(written))
    if ending != "pdf":
        raise NotFound(_("文书只有 PDF 和 DOCX 两种"), field="ending")
    return _file(papers_pdf([written], font=font), "pdf", file_title(written))


@procedures.get("/<procedure_id>/papers.<ending>")
@require_role(*OFFICE)
def all_papers(procedure_id: str, ending: str) -> Response:
    """Return every paper there is at this step: one PDF to print, or a ZIP with the DOCX files beside it."""
    with services().store.reading() as session:
        written = drafts(session, procedure_id, today=today())
    font, title = services().settings.font_path, _("地名办件文书")
    if ending == "zip":
        return _file(papers_zip(written, font=font), "zip", title)
    if ending != "pdf":
        raise NotFound(_("全部文书只有 PDF 和 ZIP 两种"), field="ending")
    return _file(papers_pdf(written, font=font), "pdf", title)


@procedures.get("/<procedure_id>/comparison.csv")
@require_role(*OFFICE)
def comparison_table(procedure_id: str) -> Response:
    """Return every address a procedure touched, old and new, as a table."""
    header = (_("地址编号"), _("原地址"), _("现地址"))
    return csv_answer(
        "comparison.csv",
        header,
        lambda session: ((one.address_id, one.old, one.new) for one in comparison(session, find_procedure(session, procedure_id))),
    )


@procedures.post("/<procedure_id>/attachments")
@require_role(*DECIDING)
def add_attachment(procedure_id: str) -> AnyResponse | tuple[str, int]:
    """Attach a file, as one of the papers the procedure needs or as any other."""
    try:
        with services().store.transaction() as session:
            if again := replayed(session):
                return again
            given = request.files.get("file")
            if given is None or not given.filename:
                raise UsageError(_("请选择要上传的文件"), field="file")
            procedure, which = find_procedure(session, procedure_id), submitted("paper", longest=30)
            kept = attach(
                session, "naming_procedure", procedure.id, given.read(), given.filename, services().settings.media_dir,
                actor=current_actor(), paper=which,
            )  # fmt: skip
            add_step(session, procedure, "paper", str(paper_titles().get(which) or kept.filename), current_actor(), attachment_id=kept.id)
            text = _("已收下附件“%(name)s”", name=kept.filename)
            return done(session, text, url_for("procedures.procedure", procedure_id=procedure_id) + "#papers")
    except (UsageError, Conflict) as error:
        return page_of(procedure_id, {"file": error.message}, {"verb": "attach"}), 422


@procedures.get("/<procedure_id>/attachments/<attachment_id>")
@require_role(*DECIDING)
def attachment(procedure_id: str, attachment_id: str) -> Response:
    """Return an attached file, to be saved; nothing in it runs on this site. For those who decide: scans may show persons."""
    with services().store.reading() as session:
        row, path = attachment_file(session, attachment_id, services().settings.media_dir, subject_id=procedure_id)
        answer = send_file(path.resolve(), mimetype=row.media_type, as_attachment=True, download_name=row.filename)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _file(content: bytes, kind: str, title: str) -> Response:
    media = {**MEDIA_TYPES, "zip": "application/zip"}[kind]
    answer = send_file(BytesIO(content), mimetype=media, as_attachment=kind != "pdf", download_name=f"{title}.{kind}")
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
