"""Big files: sent once, matched by a worker, fetched when they are done."""

from __future__ import annotations

from typing import Annotated, Any

from apiflask import APIBlueprint
from apiflask.fields import UploadFile
from flask import Response, send_file, url_for
from pydantic import Field

from gazetteer.jobs import cancel, find_job, forget, is_forgotten
from gazetteer.linking.match_file import columns_of as columns_of_upload
from gazetteer.linking.match_file import enqueue_match, forget_upload, guess_column, keep_upload, remove_files, result_path
from gazetteer.store.database import Session
from gazetteer.store.models import Job
from geoaddr.errors import GeoaddrError, NotFound, UsageError
from web.auth import current_actor, needs
from web.messages import _
from web.services import services
from web.validation import Shown, Strict

blueprint = APIBlueprint("api_jobs", __name__, url_prefix="/api/v1", tag="jobs")

Column = Annotated[str, Field(max_length=200)]
RESULT: Any = {
    200: {"description": "The washed table, UTF-8", "content": {"text/csv": {"schema": {"type": "string"}}}},
    409: "Not finished",
}


class JobForm(Strict):
    """A table, and which of its columns say what."""

    file: UploadFile = Field(description="CSV, XLSX, XLS, ODS, GeoJSON, GPKG or zipped SHP.")
    column: Column = Field("", description="The column with the address texts; found by its name where empty.")
    lon: Column = Field("", description="The column with CGCS2000 longitudes, if any.")
    lat: Column = Field("", description="The column with CGCS2000 latitudes, if any.")
    division: Column = Field("", description="The column with division codes, if any.")


class JobAnswer(Shown):
    """Where a job stands."""

    id: str
    kind: str
    status: str
    done: int
    total: int
    error: str
    result: dict[str, Any] | None


@blueprint.post("/jobs")
@needs("jobs")
@blueprint.input(JobForm, location="form_and_files")
@blueprint.output(JobAnswer, status_code=202)
def start(form_and_files_data: JobForm) -> Any:
    """Send a table to be matched

    Answers at once with the job; ask for it until its status is `done`, then fetch the result.
    """
    form, settings = form_and_files_data, services().settings
    filename = form.file.filename or "table.csv"
    stored = keep_upload(settings, form.file.stream, filename)
    try:
        column = form.column or guess_column(columns_of_upload(settings, stored)) or ""
        if not column:
            raise UsageError(_("看不出哪一列是地址，请用 column 指明"), field="column")
        with services().store.transaction() as session:
            job = enqueue_match(
                session, settings, upload=stored, filename=filename, column=column, lon=form.lon, lat=form.lat, division=form.division,
                actor=current_actor(),
            )  # fmt: skip
            record = job_record(job)
    except GeoaddrError:
        forget_upload(settings, stored)
        raise
    return record, 202, {"Location": url_for("api_jobs.progress", job_id=record["id"])}


@blueprint.get("/jobs/<job_id>")
@needs("jobs")
@blueprint.output(JobAnswer)
def progress(job_id: str) -> dict[str, Any]:
    """Return where a job stands

    Only whoever sent it sees it.
    """
    with services().store.reading() as session:
        return job_record(_own(session, job_id))


@blueprint.get("/jobs/<job_id>/result")
@needs("jobs")
@blueprint.doc(responses=RESULT)
def result(job_id: str) -> Response:
    """Return the washed table of a finished job

    Every row sent comes back once, in order, with the columns of the verdict beside its own.
    """
    with services().store.reading() as session:
        job = _own(session, job_id)
        path, name = result_path(services().settings, job), (job.result or {}).get("filename", "washed.csv")
    return send_file(path.resolve(), mimetype="text/csv", as_attachment=True, download_name=name)


@blueprint.delete("/jobs/<job_id>")
@needs("jobs")
@blueprint.doc(responses={204: "Cancelled and its files removed"})
def remove(job_id: str) -> tuple[str, int]:
    """Cancel a job and remove its files

    A running one stops at its next step. Its place in the event log remains.
    """
    with services().store.transaction() as session:
        job = _own(session, job_id)
        if job.status in ("queued", "running"):
            cancel(session, job.id, actor=current_actor())
        forget(session, job.id, actor=current_actor())
    remove_files(services().settings, job)
    return "", 204


def job_record(job: Job) -> dict[str, Any]:
    """Return what the owner of a job may know of it."""
    names = ("id", "kind", "status", "done", "total", "error", "result")
    return {name: getattr(job, name) for name in names}


def _own(session: Session, job_id: str) -> Job:
    job = find_job(session, job_id)
    if job.owner != current_actor().text or is_forgotten(job):
        raise NotFound(_("没有这个任务"), field="id")
    return job
