"""One door for every file: open, find the columns, run the kind's import in one transaction, keep it or undo it, report."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from sqlalchemy.orm import Session

from gazetteer.exchange.importing.columns import resolve_columns
from gazetteer.exchange.importing.report import ImportReport, Tally
from gazetteer.exchange.importing.request import KINDS, CaseServices, ImportRequest, Work
from gazetteer.exchange.readers import Table, open_table
from gazetteer.store.bulk import roomy
from gazetteer.store.database import Store
from gazetteer.store.events import last_seq, record
from geoaddr.errors import UsageError
from geoaddr.lexicon import Lexicon

_BLOCK = 1 << 20
_SELDOM = (500_000, 20, 20)
"""Thresholds of the garbage collector during an import: with the usual ones, walking millions of rows takes a third of the time."""
_IMPORTERS: Mapping[str, tuple[str, str]] = {
    "divisions": ("divisions", "import_divisions"),
    "places": ("places", "import_places"),
    "roads": ("places", "import_roads"),
    "addresses": ("addresses", "import_addresses"),
    "plates": ("plates", "import_plates"),
    "cases": ("cases", "import_cases"),
}


class _UndoneError(Exception):
    """Leaves the transaction without keeping anything; never seen outside."""


def import_file(store: Store, request: ImportRequest, *, cases: CaseServices | None = None) -> ImportReport:
    """Import one file in one transaction: all of it, or with ``partial`` its good rows, or nothing.

    Raises UsageError for a file that cannot be used as a whole; single bad rows are in the report. Importing the same file again
    changes nothing and writes no event. ``cases`` is needed for case files only.
    """
    if request.kind not in KINDS:
        raise UsageError(f"不能导入 {request.kind!r}，可导入：{'、'.join(KINDS)}", field="kind")
    table = open_table(request.path, encoding=request.encoding, sheet=request.sheet, limit_bytes=request.limit_bytes)
    sha256 = sha256_of(request.path)
    tally = Tally(notes=list(table.notes))
    applied = False
    try:
        with store.transaction() as session:
            before = last_seq(session)
            work = _prepare(session, request, table, sha256, tally, cases)
            with roomy(session), _collecting_seldom():
                _importer(request.kind)(work, table)
            if request.dry_run or (tally.rejected and not request.partial):
                raise _UndoneError
            applied = True
            if last_seq(session) != before:
                counts = {"rows": tally.rows, "created": tally.created, "updated": tally.updated, "rejected": len(tally.rejected)}
                payload = {"kind": request.kind, "sha256": sha256, **counts}
                record(session, actor=request.actor, action="import.finished", subject_kind="import", subject_id=None, payload=payload)
    except _UndoneError:
        applied = False
    with store.reading() as session:
        seq = last_seq(session)
    return tally.report(request.kind, sha256, dry_run=request.dry_run, applied=applied, seq=seq)


@contextmanager
def _collecting_seldom() -> Iterator[None]:
    """Let Python look for unreachable cycles seldom; an import makes millions of objects and hardly any cycle."""
    usual = gc.get_threshold()
    if usual == _SELDOM:  # another import of this process has asked for it, and will restore what was before
        yield
        return
    gc.set_threshold(*_SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _prepare(session: Session, request: ImportRequest, table: Table, sha256: str, tally: Tally, cases: CaseServices | None) -> Work:
    from gazetteer.exchange.importing.positions import crs_of

    fields, mapping = None, request.mapping
    if request.kind == "cases":
        from gazetteer.exchange.importing.cases import case_fields

        fields = case_fields(mapping)
        kind = mapping.get("kind", "")
        if kind and kind not in table.columns and not kind.startswith("="):
            mapping = {**mapping, "kind": f"={kind}"}
    columns = resolve_columns(request.kind, table, mapping, fields)
    crs = crs_of(request, table, columns, tally)
    return Work(session, request, columns, crs, f"import {sha256[:12]}", tally, lambda: _lexicon(session), cases)


def _lexicon(session: Session) -> Lexicon:
    from gazetteer.exchange.importing.lexicon import register_lexicon

    return register_lexicon(session)


def _importer(kind: str) -> Callable[[Work, Table], None]:
    """Return the import of a kind; each is loaded only when asked for, because each brings its own libraries."""
    module, name = _IMPORTERS[kind]
    found: Callable[[Work, Table], None] = getattr(import_module(f"gazetteer.exchange.importing.{module}"), name)
    return found
