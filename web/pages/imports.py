"""Bringing files in: choose a file, say which column is what, try it, read the report, load it."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from gazetteer.cases.kinds import case_kinds
from gazetteer.exchange.import_job import (
    CASES_TOO,
    KIND,
    enqueue_import,
    import_fields,
    load_after_trial,
    may_import,
    preset,
    rejections_path,
)
from gazetteer.exchange.importing.request import KINDS
from gazetteer.jobs import find_job
from gazetteer.linking.match_file import keep_upload
from gazetteer.operation_lists import jobs_ahead, list_jobs
from gazetteer.store.database import Session
from geoaddr.errors import Forbidden, NotFound, UsageError
from web.auth import current_account, current_actor, require_role
from web.forms import is_partial, replayed, submitted
from web.messages import _
from web.services import services

blueprint = Blueprint("imports", __name__, url_prefix="/imports")

DATUMS = ("", "EPSG:4490", "EPSG:4326", "gcj02", "bd09", "EPSG:4549")
RECENT = 20


@blueprint.get("/")
@require_role(*CASES_TOO)
def index() -> str:
    """Ask for a file, and list what was brought in before."""
    return _start_page({})


@blueprint.post("/")
@require_role(*CASES_TOO)
def upload() -> str | Response:
    """Keep a file and go on to its columns."""
    kind, case_kind, upload = submitted("kind", longest=20), submitted("case_kind", longest=20), request.files.get("file")
    try:
        _require_kind(kind, case_kind)
        if upload is None or not upload.filename:
            raise UsageError(_("请选择一个文件"), field="file")
        stored = keep_upload(services().settings, upload.stream, upload.filename)
        preset(services().settings, stored, kind, case_kind)
    except UsageError as error:
        return make_response(_start_page({error.field or "file": error.message}), 422)
    target = url_for("imports.columns", stored=stored, kind=kind, case_kind=case_kind or None, filename=upload.filename[:120])
    return redirect(target, code=303)


@blueprint.get("/files/<stored>")
@require_role(*CASES_TOO)
def columns(stored: str) -> str:
    """Show which column fills which field, as far as the headings tell."""
    return _columns_page(stored, request.args, {})


@blueprint.post("/files/<stored>")
@require_role(*CASES_TOO)
def try_out(stored: str) -> str | Response:
    """Queue the trial: everything is checked, nothing is kept."""
    kind, case_kind = submitted("kind", longest=20), submitted("case_kind", longest=20)
    try:
        _require_kind(kind, case_kind)
        chosen = {name: submitted(f"field-{name}", longest=200) for name in import_fields(kind, case_kind)}
        with services().store.transaction() as session:
            job = enqueue_import(
                session, services().settings, upload=stored, filename=submitted("filename", longest=200), kind=kind, case_kind=case_kind,
                mapping={name: column for name, column in chosen.items() if column}, crs=submitted("crs", longest=20), as_of=_day("as_of"),
                create_missing=bool(submitted("create_missing")), actor=current_actor(),
            )  # fmt: skip
            return redirect(url_for("imports.job", job_id=job.id), code=303)
    except UsageError as error:
        return make_response(_columns_page(stored, request.form, {error.field or "": error.message}), 422)


@blueprint.get("/<job_id>")
@require_role(*CASES_TOO)
def job(job_id: str) -> str:
    """Show how far a trial or an import is, and its report."""
    with services().store.reading() as session:
        found = _visible(session, job_id)
        template = "admin/_import.html" if is_partial() else "admin/import.html"
        return render_template(template, job=found, ahead=jobs_ahead(session, found))


@blueprint.post("/<job_id>/load")
@require_role(*CASES_TOO)
def load(job_id: str) -> Response:
    """Queue the real import of what was tried."""
    with services().store.transaction() as session:
        if before := replayed(session):
            return before
        tried = _visible(session, job_id)
        made = load_after_trial(session, services().settings, tried, partial=bool(submitted("partial")), actor=current_actor())
        return redirect(url_for("imports.job", job_id=made.id), code=303)


@blueprint.get("/<job_id>/rejected.csv")
@require_role(*CASES_TOO)
def rejected(job_id: str) -> Response:
    """Give the rejected rows with line, column and reason."""
    with services().store.reading() as session:
        _visible(session, job_id)
    path = rejections_path(services().settings, job_id)
    if not path.exists():
        raise NotFound(_("没有被退回的行"))
    return send_file(path.resolve(), mimetype="text/csv; charset=utf-8", as_attachment=True, download_name="rejected.csv")


def _start_page(errors: dict[str, str]) -> str:
    account = current_account()
    role = account.role if account else ""
    kinds = [kind for kind in KINDS if may_import(kind, role)]
    kind = request.values.get("kind", kinds[-1])
    with services().store.reading() as session:
        owner = "" if role == "administrator" else current_actor().text
        jobs = list_jobs(session, kind=KIND, owner=owner, limit=RECENT)
        chosen = {"kind": kind, "case_kind": request.values.get("case_kind", "elder")}
        return render_template("admin/imports.html", kinds=kinds, case_kinds=case_kinds(), jobs=jobs, errors=errors, chosen=chosen)


def _columns_page(stored: str, given: Any, errors: dict[str, str]) -> str:
    kind, case_kind = given.get("kind", "")[:20], given.get("case_kind", "")[:20]
    _require_kind(kind, case_kind)
    names, guessed = preset(services().settings, stored, kind, case_kind)
    fields = import_fields(kind, case_kind)
    chosen = {name: given.get(f"field-{name}", guessed.get(name, "")) for name in fields}
    return render_template(
        "admin/columns.html", stored=stored, given=given, kind=kind, case_kind=case_kind, columns=names, chosen=chosen, errors=errors,
        datums=DATUMS,
    )  # fmt: skip


def _require_kind(kind: str, case_kind: str) -> None:
    account = current_account()
    if kind not in KINDS:
        raise UsageError(_("请选择要导入什么"), field="kind")
    if account is None or not may_import(kind, account.role):
        raise Forbidden(_("您的角色不能导入这类文件"))
    if kind == "cases" and case_kind not in case_kinds():
        raise UsageError(_("请选择是哪类业务对象"), field="case_kind")


def _visible(session: Session, job_id: str) -> Any:
    found = find_job(session, job_id)
    account = current_account()
    if found.kind != KIND or account is None or (account.role != "administrator" and found.owner != account.actor.text):
        raise NotFound(_("没有这个任务"), field="id")
    return found


def _day(name: str) -> date | None:
    text = submitted(name, longest=10)
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(_("日期要写成 2026-11-23 这样"), field=name) from error
