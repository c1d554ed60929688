"""Following the register: the ordered feed of changes and the snapshot it starts from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import orjson
from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

from gazetteer.feed import SNAPSHOTS, public_changes, snapshot, subjects_of
from gazetteer.store.database import Store
from gazetteer.store.events import last_seq
from geoaddr.errors import NotFound
from web.auth import needs
from web.messages import _
from web.services import services
from web.validation import Shown, Strict

blueprint = APIBlueprint("api_changes", __name__, url_prefix="/api/v1", tag="changes")

NDJSON = "application/x-ndjson"
LINES: Any = {200: {"description": f"One JSON object a line: {', '.join(SNAPSHOTS)}", "content": {NDJSON: {"schema": {"type": "string"}}}}}
LARGEST_SEQ = 2**63 - 1
Seq = Annotated[int, Field(ge=0, le=LARGEST_SEQ)]


class ChangesQuery(Strict):
    """Where to go on."""

    since: Seq = Field(0, description="Number of the last event already taken.")
    limit: int = Field(100, ge=1, le=1_000, description="Most events returned.")


class Change(Shown):
    """One event: what happened to which records."""

    seq: int
    at: str
    action: str
    subject_kind: str
    subject_id: str | None
    count: int
    subjects: list[str] | None
    payload: dict[str, Any]


class ChangesAnswer(Shown):
    """Events in order; ask again with ``since=next``."""

    changes: list[Change]
    next: int
    last: int


class SubjectsQuery(Strict):
    """Where to go on."""

    after: str | None = Field(None, pattern=r"^[0-9a-z]{13}$", description="The last id already taken.")
    limit: int = Field(1_000, ge=1, le=10_000, description="Most ids returned.")


class SubjectsAnswer(Shown):
    """Ids of the records one event touched, in order."""

    seq: int
    subjects: list[str]
    next_after: str | None


@blueprint.get("/changes")
@needs("changes")
@blueprint.input(ChangesQuery, location="query")
@blueprint.output(ChangesAnswer)
def changes(query_data: ChangesQuery) -> dict[str, Any]:
    """Return what changed after an event, in order

    Only names, addresses, divisions and plates: nothing about cases or persons. `next` moves on even past events that are not
    told; a follower whose `next` equals `last` is up to date. `subjects` is null for events of more than 1,000 records.
    """
    with services().store.reading() as session:
        return public_changes(session, since=query_data.since, limit=query_data.limit)


@blueprint.get("/changes/<seq>/subjects")
@needs("changes")
@blueprint.input(SubjectsQuery, location="query")
@blueprint.output(SubjectsAnswer)
def subjects(seq: str, query_data: SubjectsQuery) -> dict[str, Any]:
    """Return the ids of all records that one event touched"""
    number = int(seq) if seq.isascii() and seq.isdecimal() and len(seq) < 19 else -1
    if number < 0:
        raise NotFound(_("没有这个编号的公开变更"), field="seq")
    with services().store.reading() as session:
        return subjects_of(session, number, after=query_data.after, limit=query_data.limit)


@blueprint.get("/snapshot/<kind>")
@needs("changes")
@blueprint.doc(responses=LINES)
def snapshot_of(kind: str) -> Response:
    """Return every record of a kind, one JSON object a line

    The header `X-Register-Seq` says where to begin following `/changes`.
    """
    with services().store.reading() as session:
        seq = last_seq(session)
        snapshot(session, kind)
    return Response(_lines(services().store, kind), mimetype=NDJSON, headers={"X-Register-Seq": str(seq)})


def _lines(store: Store, kind: str) -> Iterator[bytes]:
    with store.reading() as session:
        for row in snapshot(session, kind):
            yield orjson.dumps(row) + b"\n"
