"""What is known of a name, piece by piece: told with its source, or by word of mouth and marked so; each change with an event."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gazetteer.culture.subjects import Subject, cited
from gazetteer.plates.photos import keep_photo, photo_path
from gazetteer.store.events import Actor
from gazetteer.store.models import NameStory, PlaceName
from gazetteer.store.models.culture import STORY_KINDS
from gazetteer.workflow import change, enter, leave, require_version
from geoaddr.errors import NotFound, UsageError

LONGEST_TEXT = 4_000
LONGEST_SOURCE = 300
LONGEST_PERIOD = 80
_COLUMNS = {"origin": "origin", "meaning": "meaning", "history": "history"}
"""Kinds of story that the record of a place holds itself, as imports bring them."""


def tell_story(
    session: Session,
    subject: Subject,
    kind: str,
    text: str,
    *,
    actor: Actor,
    source: str = "",
    oral: bool = False,
    period: str = "",
    photo: bytes | None = None,
    media_dir: Path | None = None,
) -> NameStory:
    """Record one thing known of a name, with its event.

    ``UsageError`` for an unknown kind, no text, neither source nor word of mouth, or a picture that cannot be read.
    """
    values = _checked(kind, text, source, oral, period)
    if (kind == "picture") != (photo is not None):
        raise UsageError("请选择一张图片" if kind == "picture" else "只有图片类可以带图片", field="photo")
    digest = keep_photo(photo, media_dir) if photo is not None and media_dir is not None else None
    made = NameStory(**{subject.column: subject.id}, kind=kind, sha256=digest, **values)
    return enter(session, made, actor=actor, verb="tell", payload={subject.column: subject.id, "kind": kind})


def amend_story(
    session: Session,
    story_id: str,
    text: str,
    *,
    actor: Actor,
    source: str = "",
    oral: bool = False,
    period: str = "",
    version: int | None = None,
) -> NameStory:
    """Change what a story says; the event keeps what it said before. ``Conflict`` where somebody changed it meanwhile."""
    story = find_story(session, story_id)
    require_version(story, version)
    change(session, story, actor=actor, verb="amend", to=_checked(story.kind, text, source, oral, period))
    return story


def take_story_back(session: Session, story_id: str, *, actor: Actor, reason: str, version: int | None = None) -> None:
    """Take a story out, with the reason; the event keeps all it said. ``UsageError`` without a reason."""
    if not reason.strip():
        raise UsageError("请写明为什么撤下", field="reason")
    story = find_story(session, story_id)
    require_version(story, version)
    leave(session, story, actor=actor, verb="take_back", payload={"reason": reason.strip()[:LONGEST_SOURCE]})


def find_story(session: Session, id_: str) -> NameStory:
    """Return a story by id; ``NotFound`` where there is none."""
    if (row := session.get(NameStory, id_)) is None:
        raise NotFound("没有这段记述", field="id")
    return row


def stories_of(session: Session, subject: Subject) -> list[dict[str, Any]]:
    """Return all that is told of a name, by kind: what the record of a place holds itself first, then what was told of it.

    Each has id (None for the record's own), version, kind, text, source, oral, period, sha256.
    """
    found = [*_own(session, subject), *(_as_dict(row) for row in _rows(session, subject))]
    return sorted(found, key=lambda one: STORY_KINDS.index(one["kind"]))


def picture_file(session: Session, sha256: str, media_dir: Path) -> Path:
    """Return the file of a picture that a story shows; ``NotFound`` for any other photo of the register."""
    if session.scalar(select(NameStory.id).where(NameStory.sha256 == sha256).limit(1)) is None:
        raise NotFound("没有这张图片", field="sha256")
    return photo_path(media_dir, sha256)


def _rows(session: Session, subject: Subject) -> list[NameStory]:
    return list(session.scalars(select(NameStory).where(getattr(NameStory, subject.column) == subject.id).order_by(NameStory.id)))


def _own(session: Session, subject: Subject) -> list[dict[str, Any]]:
    if subject.kind != "place":
        return []
    place = session.get_one(PlaceName, subject.id)
    common = {"id": None, "version": None, "source": cited(place.source), "oral": False, "period": "", "sha256": None}
    return [{"kind": kind, "text": getattr(place, column), **common} for kind, column in _COLUMNS.items() if getattr(place, column)]


def _as_dict(row: NameStory) -> dict[str, Any]:
    return {
        "id": row.id, "version": row.version, "kind": row.kind, "text": row.text, "source": row.source, "oral": row.oral,
        "period": row.period, "sha256": row.sha256,
    }  # fmt: skip


def _checked(kind: str, text: str, source: str, oral: bool, period: str) -> dict[str, Any]:
    text, source, period = text.strip(), source.strip(), period.strip()
    if kind not in STORY_KINDS:
        raise UsageError("没有这一类记述", field="kind")
    if not text:
        raise UsageError("请写出内容", field="text")
    if len(text) > LONGEST_TEXT:
        raise UsageError(f"内容超过 {LONGEST_TEXT} 字，请分成几段", field="text")
    if not source and not oral:
        raise UsageError("请写明出处，或标明是口述", field="source")
    if len(source) > LONGEST_SOURCE or len(period) > LONGEST_PERIOD:
        raise UsageError(f"出处不超过 {LONGEST_SOURCE} 字，时期不超过 {LONGEST_PERIOD} 字", field="source")
    return {"text": text, "source": source, "oral": oral, "period": period}
