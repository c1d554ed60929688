"""Themed collections of names: a title, an introduction and stops in order, drafted by officers and published to everybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gazetteer.culture.subjects import find_subject, point_of
from gazetteer.store.events import Actor
from gazetteer.store.models import NameCollection
from gazetteer.workflow import change, enter, move, require_version
from geoaddr.errors import Conflict, NotFound, UsageError

MOST_STOPS = 60
LONGEST_TITLE = 80
LONGEST_INTRO = 2_000
LONGEST_CAPTION = 600


def create_collection(session: Session, title: str, *, actor: Actor, intro: str = "", source: str = "") -> NameCollection:
    """Begin a collection as a draft; ``UsageError`` without a title."""
    made = NameCollection(**_head(title, intro, source), position=0, stops=[])
    return enter(session, made, actor=actor, verb="create", status="draft")


def edit_collection(
    session: Session,
    collection_id: str,
    *,
    actor: Actor,
    title: str,
    intro: str = "",
    source: str = "",
    stops: Sequence[Mapping[str, str]] = (),
    version: int | None = None,
) -> NameCollection:
    """Change title, introduction and stops; each stop is ``{"id": place or division id, "caption": text}``, in order.

    ``NotFound`` for a stop that is no name of the register, ``Conflict`` where somebody changed the collection meanwhile.
    """
    found = find_collection(session, collection_id)
    require_version(found, version)
    to = {**_head(title, intro, source), "stops": _stops(session, stops)}
    if found.status == "published" and not to["stops"]:
        raise Conflict("已公开的专题至少要有一处地名；要清空请先撤回公开")
    change(session, found, actor=actor, verb="edit", to=to)
    return found


def publish_collection(session: Session, collection_id: str, *, actor: Actor, version: int | None = None) -> NameCollection:
    """Open a collection to everybody; ``Conflict`` for one without stops."""
    found = find_collection(session, collection_id)
    require_version(found, version)
    if not found.stops:
        raise Conflict("专题里还没有地名，不能公开")
    move(session, found, "publish", actor=actor)
    return found


def withdraw_collection(session: Session, collection_id: str, *, actor: Actor, version: int | None = None) -> NameCollection:
    """Make a published collection a draft again."""
    found = find_collection(session, collection_id)
    require_version(found, version)
    move(session, found, "take_back", actor=actor)
    return found


def find_collection(session: Session, id_: str) -> NameCollection:
    """Return a collection by id; ``NotFound`` where there is none."""
    if (row := session.get(NameCollection, id_)) is None:
        raise NotFound("没有这个专题", field="id")
    return row


def list_collections(session: Session, *, drafts: bool = False) -> list[NameCollection]:
    """Return the published collections, with drafts where asked for, in their order."""
    statement = select(NameCollection).order_by(NameCollection.position, NameCollection.id)
    return list(session.scalars(statement if drafts else statement.where(NameCollection.status == "published")))


def collections_with(session: Session, subject_id: str) -> list[dict[str, str]]:
    """Return id and title of the published collections that stop at a name."""
    return [
        {"id": one.id, "title": one.title} for one in list_collections(session) if any(subject_id in stop.values() for stop in one.stops)
    ]


def collection_record(session: Session, collection_id: str) -> dict[str, Any]:
    """Return a collection with its stops: each has id, name, pinyin, within, caption, lon, lat."""
    found = find_collection(session, collection_id)
    stops = []
    for stop in found.stops:
        subject = find_subject(session, stop.get("place_id") or stop["division_id"])
        stops.append(
            {
                "id": subject.id,
                "name": subject.name,
                "pinyin": subject.pinyin,
                "within": subject.within,
                "caption": stop["caption"],
                **point_of(subject),
            }
        )
    return {
        "id": found.id, "title": found.title, "intro": found.intro, "source": found.source, "status": found.status,
        "version": found.version, "stops": stops,
    }  # fmt: skip


def _head(title: str, intro: str, source: str) -> dict[str, Any]:
    title, intro, source = title.strip(), intro.strip(), source.strip()
    if not title:
        raise UsageError("请写专题的名称", field="title")
    if len(title) > LONGEST_TITLE or len(intro) > LONGEST_INTRO or len(source) > 300:
        raise UsageError(f"名称不超过 {LONGEST_TITLE} 字，引言不超过 {LONGEST_INTRO} 字，出处不超过 300 字", field="title")
    return {"title": title, "intro": intro, "source": source}


def _stops(session: Session, given: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    if len(given) > MOST_STOPS:
        raise UsageError(f"一个专题最多 {MOST_STOPS} 处地名", field="stops")
    found = []
    for stop in given:
        subject = find_subject(session, stop["id"])
        found.append({subject.column: subject.id, "caption": stop.get("caption", "").strip()[:LONGEST_CAPTION]})
    return found
