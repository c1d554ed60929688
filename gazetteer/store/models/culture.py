"""What keeps a name alive: where it comes from, how it is spoken, pictures of it, and collections to walk through."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from gazetteer.store.models.core import Registered, Table, one_of
from gazetteer.store.types import Json, OpaqueId

STORY_KINDS = ("origin", "meaning", "history", "tale", "mandarin", "dialect", "use", "picture")
COLLECTION_STATUSES = ("draft", "published")


class NameStory(Registered, Table):
    """One thing known of the name of a place or division, with its source, or told by word of mouth and marked so.

    ``kind``: origin 来历, meaning 含义, history 沿革, tale 传说, mandarin and dialect (how it is spoken), use (time of use),
    picture (``text`` is its caption). ``sha256`` names a picture in the media folder; ``period`` says when it held, in words.
    """

    __tablename__ = "name_story"
    __table_args__ = (
        one_of("kind", STORY_KINDS),
        CheckConstraint("(place_id IS NULL) <> (division_id IS NULL)", name="of_one_thing"),
        CheckConstraint("oral OR length(source) > 0", name="sourced_or_oral"),
        CheckConstraint("length(text) > 0", name="says_something"),
        CheckConstraint("(kind = 'picture') = (sha256 IS NOT NULL)", name="picture_has_a_file"),
        Index("ix_name_story_place", "place_id"),
        Index("ix_name_story_division", "division_id"),
    )

    place_id: Mapped[str | None] = mapped_column(OpaqueId, ForeignKey("place_name.id"))
    division_id: Mapped[str | None] = mapped_column(OpaqueId, ForeignKey("division.id"))
    kind: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(Text)
    oral: Mapped[bool]
    source: Mapped[str] = mapped_column(String(300), default="")
    period: Mapped[str] = mapped_column(String(80), default="")
    sha256: Mapped[str | None] = mapped_column(String(64))


class NameCollection(Registered, Table):
    """A themed walk through names: title, introduction, and its stops in order.

    ``stops`` are ``{"place_id" or "division_id": id, "caption": text}``; a published collection is open to everybody.
    """

    __tablename__ = "name_collection"
    __table_args__ = (
        one_of("status", COLLECTION_STATUSES),
        CheckConstraint("length(title) > 0", name="has_a_title"),
    )

    title: Mapped[str] = mapped_column(String(80))
    intro: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[str] = mapped_column(String(300), default="")
    status: Mapped[str] = mapped_column(String(10))
    position: Mapped[int] = mapped_column(Integer, default=0)
    stops: Mapped[list[Any]] = mapped_column(Json)
