"""Matching: one address told from the others at once, many lines or a file as a job that fills as it goes."""

from __future__ import annotations

import io
from itertools import chain
from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from gazetteer.jobs import cancel, find_job, resume
from gazetteer.linking.match_file import (
    KIND,
    columns_of,
    enqueue_match,
    first_rows,
    guess_column,
    keep_upload,
    result_rows,
    result_text,
)
from gazetteer.operation_lists import jobs_ahead, list_jobs
from gazetteer.store.database import Session
from gazetteer.store.models import Job
from geoaddr.errors import Forbidden, NotFound, UsageError
from matchers.verdict import VERDICTS, Query
from matchers.wash import RESULT_COLUMNS
from web.auth import current_account, current_actor, has_role, require_role
from web.examined import examined
from web.forms import done, is_partial, submitted, submitted_number
from web.messages import _
from web.services import services
from web.verdict_map import entry_url, verdict_features

blueprint = Blueprint("match", __name__, url_prefix="/match")

LONGEST_TEXT = 500
LONGEST_PASTE = 2_000_000
WASHERS = ("officer", "approver", "administrator")
PASTED_COLUMN = "地址"


@blueprint.get("/")
def index() -> str:
    """Ask for an address, many, or a file."""
    return _form({})


@blueprint.post("/")
def submit() -> str | Response:
    """Answer one address on the spot; put several lines or a file into a job."""
    try:
        upload = request.files.get("file")
        if upload is not None and upload.filename:
            return _take_file(upload.stream, upload.filename)
        text = submitted("text", longest=LONGEST_PASTE)
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        if not lines:
            raise UsageError(_("请写一条地址，或粘贴多行，或选择一个文件"), field="text")
        if len(lines) > 1:
            return _take_lines(lines)
        if len(lines[0]) > LONGEST_TEXT:
            raise UsageError(_("一条地址最多 %(n)s 个字", n=LONGEST_TEXT), field="text")
        query = Query(lines[0], lon=submitted_number("lon"), lat=submitted_number("lat"), division=submitted("division", longest=12))
        if (query.lon is None) != (query.lat is None):
            raise UsageError(_("经度和纬度要一起给出"), field="lon")
        if query.lon is not None and query.lat is not None and not (-180 <= query.lon <= 180 and -90 <= query.lat <= 90):
            raise UsageError(_("经度在 -180 到 180 之间，纬度在 -90 到 90 之间"), field="lon")
        return _answer(query)
    except UsageError as error:
        return make_response(_form({error.field or "text": error.message}), 422)


@blueprint.get("/jobs")
@require_role(*WASHERS)
def jobs() -> str:
    """List one's own matching jobs, newest first."""
    with services().store.reading() as session:
        owner = current_actor().text
        page = list_jobs(session, kind=KIND, owner=owner, after=request.args.get("after"), limit=30)
        return render_template("match/jobs.html", page=page)


@blueprint.get("/files/<stored>")
@require_role(*WASHERS)
def columns(stored: str) -> str:
    """Ask which column of a kept file holds the addresses."""
    names = columns_of(services().settings, stored)
    filename = request.args.get("filename", "")[:120]
    return render_template("match/columns.html", stored=stored, filename=filename, columns=names, guess=guess_column(names), errors={})


@blueprint.post("/files/<stored>")
@require_role(*WASHERS)
def start(stored: str) -> str | Response:
    """Queue the matching of a kept file."""
    given = {name: submitted(name, longest=200) for name in ("column", "lon", "lat", "division", "filename")}
    try:
        return _enqueue(stored, **given)
    except UsageError as error:
        names = columns_of(services().settings, stored)
        page = render_template(
            "match/columns.html", stored=stored, filename=given["filename"], columns=names, guess=given["column"],
            errors={error.field or "": error.message},
        )  # fmt: skip
        return make_response(page, 422)


@blueprint.get("/jobs/<job_id>")
@require_role(*WASHERS)
def job(job_id: str) -> str:
    """Show how far a job is, and the washed rows once there are some."""
    with services().store.reading() as session:
        found = _my_job(session, job_id)
        verdict = request.args.get("verdict", "")
        after = request.args.get("after", "0")
        rows, following = _rows(found, verdict if verdict in VERDICTS else "", int(after) if after.isdecimal() else 0)
        template = "match/_job.html" if is_partial() else "match/job.html"
        return render_template(
            template, job=found, rows=rows, following=following, verdict=verdict, verdicts=VERDICTS, ahead=jobs_ahead(session, found),
        )  # fmt: skip


@blueprint.get("/jobs/<job_id>/result.csv")
@require_role(*WASHERS)
def download(job_id: str) -> Response:
    """Give the washed file back, with the byte order mark that spreadsheets need."""
    verdict = request.args.get("verdict", "")
    with services().store.reading() as session:
        found = _my_job(session, job_id)
        chosen = verdict if verdict in VERDICTS else None
        text = result_text(services().settings, found, verdict=chosen)
        name = str((found.result or {})["filename"])
    answer = Response(chain(["\ufeff"], text), content_type="text/csv; charset=utf-8")
    answer.headers.set("Content-Disposition", "attachment", filename=f"{chosen}_{name}" if chosen else name)
    return answer


@blueprint.post("/jobs/<job_id>/cancel")
@require_role(*WASHERS)
def stop(job_id: str) -> Response:
    """Cancel a job, or ask a running one to stop."""
    with services().store.transaction() as session:
        cancel(session, _my_job(session, job_id).id, actor=current_actor())
        return done(session, _("已取消"), url_for("match.job", job_id=job_id))


@blueprint.post("/jobs/<job_id>/resume")
@require_role(*WASHERS)
def go_on(job_id: str) -> Response:
    """Queue a failed or cancelled job again; it goes on where it was."""
    with services().store.transaction() as session:
        resume(session, _my_job(session, job_id).id, actor=current_actor())
        return done(session, _("已重新排队"), url_for("match.job", job_id=job_id))


def _form(errors: dict[str, str]) -> str:
    typed = {name: request.form.get(name, "") for name in ("text", "lon", "lat", "division")}
    return render_template("match/index.html", typed=typed, errors=errors, washes=has_role(*WASHERS), seen=None)


def _answer(query: Query) -> str:
    seen = examined(query)
    if (log := services().engine.not_found) is not None:
        log.note(query.text, seen.explanation.verdict)
    own = (query.lon, query.lat) if query.lon is not None and query.lat is not None else None
    typed = {"text": query.text, "lon": request.form.get("lon", ""), "lat": request.form.get("lat", ""), "division": query.division}
    return render_template(
        "match/index.html", typed=typed, errors={}, washes=has_role(*WASHERS), seen=seen, entry_url=entry_url,
        features=verdict_features(seen.answer, seen.candidates, own=own),
    )  # fmt: skip


def _take_lines(lines: list[str]) -> Response:
    _require_washer()
    table = "\n".join([PASTED_COLUMN, *('"' + line.replace('"', '""') + '"' for line in lines)])
    stored = keep_upload(services().settings, io.BytesIO(table.encode("utf-8", "replace")), "pasted.csv")
    return _enqueue(stored, column=PASTED_COLUMN, filename=_("粘贴的 %(n)s 行", n=len(lines)) + ".csv")


def _take_file(stream: Any, filename: str) -> Response:
    _require_washer()
    stored = keep_upload(services().settings, stream, filename)
    names = columns_of(services().settings, stored)
    if len(names) == 1:
        return _enqueue(stored, column=names[0], filename=filename)
    return redirect(url_for("match.columns", stored=stored, filename=filename[:120]), code=303)


def _enqueue(stored: str, *, column: str, filename: str, lon: str = "", lat: str = "", division: str = "") -> Response:
    with services().store.transaction() as session:
        made = enqueue_match(
            session, services().settings, upload=stored, filename=filename, column=column, lon=lon, lat=lat, division=division,
            actor=current_actor(),
        )  # fmt: skip
        return redirect(url_for("match.job", job_id=made.id), code=303)


def _require_washer() -> None:
    if not has_role(*WASHERS):
        raise Forbidden(_("您的角色一次只能匹配一条地址；整列或整个文件请交给地名干部"))


def _my_job(session: Session, job_id: str) -> Job:
    found = find_job(session, job_id)
    account = current_account()
    if found.kind != KIND or account is None or (found.owner != account.actor.text and account.role != "administrator"):
        raise NotFound(_("没有这个任务"), field="id")
    return found


def _rows(found: Job, verdict: str, after: int) -> tuple[list[dict[str, Any]], int | None]:
    """Return a page of the washed rows; while the job is not done, the first it has washed."""
    settings = services().settings
    if found.status == "done":
        rows, following = result_rows(settings, found, verdict=verdict or None, after=after, limit=50)
    else:
        rows, following = first_rows(settings, found), None
    column, shown = found.params["column"], []
    for number, row in rows:
        ours = dict(zip(RESULT_COLUMNS, list(row.values())[-len(RESULT_COLUMNS) :], strict=True))
        shown.append({"number": number, "text": row.get(column, ""), **ours})
    return shown, following
