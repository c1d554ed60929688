"""Imports asked for on pages: a file tried or loaded by a worker, its report kept with the job."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from gazetteer.cases.people import PersonBox
from gazetteer.exchange.importing.columns import fields_of, resolve_columns
from gazetteer.exchange.importing.report import write_rejections
from gazetteer.exchange.importing.request import KINDS, CaseServices, ImportRequest
from gazetteer.exchange.importing.run import import_file
from gazetteer.exchange.readers import open_table
from gazetteer.jobs import Progress, Running, enqueue
from gazetteer.keys import data_key
from gazetteer.linking.engine import Engine
from gazetteer.linking.match_file import upload_path
from gazetteer.store.events import Actor
from gazetteer.store.models import Job
from geoaddr.errors import Conflict, Forbidden, UsageError
from geoaddr.settings import Settings

KIND = "import_file"
EVERYTHING = ("administrator",)
CASES_TOO = ("officer", "approver", "administrator")


def may_import(kind: str, role: str) -> bool:
    """Say whether somebody in this role may import files of a kind: cases are the officers' own, the register is not."""
    return role in (CASES_TOO if kind == "cases" else EVERYTHING)


def import_fields(kind: str, case_kind: str = "") -> tuple[str, ...]:
    """Return the fields a file of a kind may fill, those of one kind of case record where that is given."""
    if kind not in KINDS:
        raise UsageError(f"不能导入“{kind[:40]}”，可导入：{'、'.join(KINDS)}", field="kind")
    if kind != "cases":
        return tuple(name for name in fields_of(kind) if name != "geometry")
    from gazetteer.exchange.importing.cases import case_fields

    return tuple(name for name in case_fields({"kind": f"={case_kind}"}) if name != "kind")


def preset(settings: Settings, stored: str, kind: str, case_kind: str = "") -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the columns of an upload, and field → column as far as headings tell; raises ``UsageError`` where it is no table."""
    table = open_table(upload_path(settings, stored), limit_bytes=settings.max_upload_mb << 20)
    fields = import_fields(kind, case_kind)
    try:
        found = resolve_columns(kind, table, {}, fields)
    except UsageError:
        named: dict[str, str] = {field: field for field in fields if field in table.columns}
    else:
        named = dict(found.named)
    return tuple(column for column in table.columns if column and column != "geometry" and not column.startswith("\0")), named


def enqueue_import(
    session: Session,
    settings: Settings,
    *,
    upload: str,
    filename: str,
    kind: str,
    mapping: Mapping[str, str],
    case_kind: str = "",
    crs: str = "",
    as_of: date | None = None,
    dry_run: bool = True,
    partial: bool = False,
    create_missing: bool = False,
    actor: Actor,
) -> Job:
    """Queue the trial or the import of a kept file."""
    if not may_import(kind, actor.role):
        raise Forbidden("您的角色不能导入这类文件")
    unknown = sorted(set(mapping) - set(import_fields(kind, case_kind)))
    if unknown:
        raise UsageError(f"没有字段 {unknown[0][:40]}", field="map")
    upload_path(settings, upload)
    params = {
        "upload": upload, "filename": Path(filename).name[:120], "kind": kind, "case_kind": case_kind, "mapping": dict(mapping), "crs": crs,
        "as_of": as_of.isoformat() if as_of else "", "dry_run": dry_run, "partial": partial, "create_missing": create_missing,
        "actor": {"name": actor.name, "role": actor.role, "id": actor.id},
    }  # fmt: skip
    return enqueue(session, KIND, params, actor=actor)


def load_after_trial(session: Session, settings: Settings, job: Job, *, partial: bool, actor: Actor) -> Job:
    """Queue the real import of a file whose trial is done, exactly as it was tried."""
    if job.kind != KIND or job.status != "done" or not job.params["dry_run"]:
        raise Conflict("请先试导入，看过结果再正式导入")
    kept = {name: job.params[name] for name in ("upload", "filename", "kind", "mapping", "case_kind", "crs", "create_missing")}
    day = date.fromisoformat(job.params["as_of"]) if job.params["as_of"] else None
    return enqueue_import(session, settings, **kept, as_of=day, dry_run=False, partial=partial, actor=actor)


def import_job(job: Running) -> Iterator[Progress | dict[str, Any]]:
    """Try or load the job's file in one transaction; doing it twice changes nothing, so a worker that dies does no harm.

    The result is the import's report; its rejected rows are kept as a file of their own.
    """
    params, settings = job.params, job.settings
    actor = Actor("user", params["actor"]["name"], params["actor"]["role"], params["actor"]["id"])
    mapping = dict(params["mapping"])
    if params["case_kind"]:
        mapping["kind"] = f"={params['case_kind']}"
    request = ImportRequest(
        params["kind"], upload_path(settings, params["upload"]), actor, mapping=mapping, crs=params["crs"] or None,
        as_of=date.fromisoformat(params["as_of"]) if params["as_of"] else None, dry_run=params["dry_run"], partial=params["partial"],
        create_missing=params["create_missing"], district_code=settings.district_code, limit_bytes=settings.max_upload_mb << 20,
    )  # fmt: skip
    yield 0, 1
    engine = Engine(job.store, settings.index_dir, settings.parse_weights) if params["kind"] == "cases" else None
    try:
        cases = None if engine is None else CaseServices(PersonBox(data_key(settings)), engine.view_in)
        report = import_file(job.store, request, cases=cases)
    finally:
        if engine is not None:
            engine.close()
    if report.rejected:
        kept = rejections_path(settings, job.id)
        kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_rejections(report, kept)
    yield 1, 1
    yield report.as_dict()


def rejections_path(settings: Settings, job_id: str) -> Path:
    """Return where the rejected rows of an import are kept."""
    return settings.media_dir / "results" / f"{job_id}.rejected.csv"
