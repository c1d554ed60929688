"""Legal names of geographic entities, their variants, and the standard addresses numbered on them."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from gazetteer.store.models.core import LEGAL_STATUSES, LIVE, Located, Registered, Table, boxed, one_of
from gazetteer.store.models.divisions import Division
from gazetteer.store.types import Json, OpaqueId

CATEGORIES = (
    "road", "lane", "estate", "building", "natural_village", "bridge", "park", "square", "station", "cemetery", "school", "hospital",
    "service", "company", "shop", "market", "facility", "poi", "natural",
)  # fmt: skip
"""What a name names; the 5-digit national category code is held beside it."""

VARIANT_KINDS = ("former", "alias", "abbreviation", "folk", "misspelt", "traditional", "dialect")
DATUMS = ("CGCS2000", "WGS84", "GCJ-02", "BD-09", "other")


class PlaceName(Registered, Located, Table):
    """The legal name of one geographic entity: specific term 专名 + generic term 通名, and what is known of it.

    ``facts`` are the measures that bear on the generic term (storeys, site_m2 …), None where none is known.
    """

    __tablename__ = "place_name"
    __table_args__ = (
        one_of("category", CATEGORIES),
        one_of("status", LEGAL_STATUSES),
        CheckConstraint("length(standard_name) > 0", name="has_a_name"),
        CheckConstraint("valid_to IS NULL OR valid_from IS NULL OR valid_to >= valid_from", name="validity_is_a_period"),
        boxed(),
        Index("ix_place_name_name_division", "standard_name", "division_id"),
        Index("ix_place_name_listing", "category", "status", "id"),
        Index("ix_place_name_geom", "geom", postgresql_using="gist").ddl_if(dialect="postgresql"),
    )

    standard_name: Mapped[str] = mapped_column(String(120))
    specific: Mapped[str] = mapped_column(String(120))
    generic: Mapped[str] = mapped_column(String(20), default="")
    pinyin: Mapped[str] = mapped_column(String(300), default="")
    sound: Mapped[str] = mapped_column(String(300), default="", index=True)
    category: Mapped[str] = mapped_column(String(20))
    category_code: Mapped[str] = mapped_column(String(5), default="")
    place_code: Mapped[str | None] = mapped_column(String(20), unique=True)
    ref: Mapped[str | None] = mapped_column(String(80), unique=True)
    division_id: Mapped[str] = mapped_column(OpaqueId, ForeignKey("division.id"), index=True)
    status: Mapped[str] = mapped_column(String(10))
    origin: Mapped[str] = mapped_column(Text, default="")
    meaning: Mapped[str] = mapped_column(Text, default="")
    history: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[str] = mapped_column(String(300), default="")
    facts: Mapped[dict[str, Any] | None] = mapped_column(Json)
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]

    division: Mapped[Division] = relationship(lazy="select", viewonly=True)
    variants: Mapped[list[NameVariant]] = relationship(lazy="select", viewonly=True, order_by="NameVariant.id")


class NameVariant(Registered, Table):
    """Another form of a place's or division's name: former, alias, abbreviation, folk, misspelt, traditional, dialect."""

    __tablename__ = "name_variant"
    __table_args__ = (
        one_of("kind", VARIANT_KINDS),
        CheckConstraint("(place_id IS NULL) <> (division_id IS NULL)", name="of_one_thing"),
        Index(
            "uq_name_variant_place",
            "place_id",
            "text",
            "kind",
            unique=True,
            sqlite_where=text("place_id IS NOT NULL"),
            postgresql_where=text("place_id IS NOT NULL"),
        ),
        Index(
            "uq_name_variant_division",
            "division_id",
            "text",
            "kind",
            unique=True,
            sqlite_where=text("division_id IS NOT NULL"),
            postgresql_where=text("division_id IS NOT NULL"),
        ),
        Index("ix_name_variant_text", "text"),
    )

    place_id: Mapped[str | None] = mapped_column(OpaqueId, ForeignKey("place_name.id"))
    division_id: Mapped[str | None] = mapped_column(OpaqueId, ForeignKey("division.id"))
    text: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(12))
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    source: Mapped[str] = mapped_column(String(300), default="")


class StandardAddress(Registered, Located, Table):
    """The legal fact: this entrance, on this named road, estate or village, has this number, building, unit and room.

    Part columns hold the comparable core (``88``, not ``88号``) and '' where a part does not apply. ``place_id`` is what
    the number counts on (road, lane, estate, natural village); without it the number counts on the division itself.
    ``estate_id`` names the estate when the door is numbered on a road. ``parent_id`` is the door of a unit or room.
    """

    __tablename__ = "standard_address"
    __table_args__ = (
        one_of("status", LEGAL_STATUSES),
        one_of("datum", DATUMS),
        one_of("point_level", ("", "division", "road", "place", "number", "building", "unit", "room")),
        CheckConstraint("number <> '' OR building <> '' OR poi <> '' OR room <> ''", name="says_where"),
        CheckConstraint("sub_number = '' OR number <> ''", name="sub_number_needs_number"),
        CheckConstraint("(status = 'retired') = (valid_to IS NOT NULL) OR status = 'rejected'", name="retired_means_ended"),
        CheckConstraint("parent_id IS NULL OR parent_id <> id", name="not_its_own_parent"),
        boxed(),
        Index(
            "uq_standard_address_on_place",
            "place_id", "sub_road", "number", "sub_number", "building", "unit", "floor", "room", "poi",
            unique=True, sqlite_where=text(f"place_id IS NOT NULL AND {LIVE}"), postgresql_where=text(f"place_id IS NOT NULL AND {LIVE}"),
        ),
        Index(
            "uq_standard_address_on_division",
            "division_id", "sub_road", "number", "sub_number", "building", "unit", "floor", "room", "poi",
            unique=True, sqlite_where=text(f"place_id IS NULL AND {LIVE}"), postgresql_where=text(f"place_id IS NULL AND {LIVE}"),
        ),
        Index("ix_standard_address_listing", "status", "id"),
        Index("ix_standard_address_geom", "geom", postgresql_using="gist").ddl_if(dialect="postgresql"),
    )  # fmt: skip

    ref: Mapped[str | None] = mapped_column(String(80), unique=True)
    place_id: Mapped[str | None] = mapped_column(OpaqueId, ForeignKey("place_name.id"))
    estate_id: Mapped[str | None] = mapped_column(OpaqueId, ForeignKey("place_name.id"), index=True)
    division_id: Mapped[str] = mapped_column(OpaqueId, ForeignKey("division.id"), index=True)
    parent_id: Mapped[str | None] = mapped_column(OpaqueId, ForeignKey("standard_address.id"), index=True)
    sub_road: Mapped[str] = mapped_column(String(20), default="")
    number: Mapped[str] = mapped_column(String(20), default="")
    sub_number: Mapped[str] = mapped_column(String(20), default="")
    building: Mapped[str] = mapped_column(String(20), default="")
    unit: Mapped[str] = mapped_column(String(20), default="")
    floor: Mapped[str] = mapped_column(String(20), default="")
    room: Mapped[str] = mapped_column(String(20), default="")
    poi: Mapped[str] = mapped_column(String(120), default="")
    label: Mapped[str] = mapped_column(String(300))
    status: Mapped[str] = mapped_column(String(10))
    datum: Mapped[str] = mapped_column(String(10), default="CGCS2000")
    point_source: Mapped[str] = mapped_column(String(80), default="")
    point_level: Mapped[str] = mapped_column(String(10), default="")
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]

    place: Mapped[PlaceName | None] = relationship(foreign_keys=[place_id], lazy="select", viewonly=True)
    estate: Mapped[PlaceName | None] = relationship(foreign_keys=[estate_id], lazy="select", viewonly=True)
    division: Mapped[Division] = relationship(lazy="select", viewonly=True)
    parent: Mapped[StandardAddress | None] = relationship(remote_side="StandardAddress.id", lazy="select", viewonly=True)


class Lineage(Table):
    """What became of a place name or address: old id → new id, so that looking up the old one answers with both."""

    __tablename__ = "lineage"
    __table_args__ = (
        one_of("subject_kind", ("place_name", "standard_address", "plate")),
        one_of("kind", ("renamed", "merged", "split", "renumbered", "replaced", "corrected")),
        CheckConstraint("old_id <> new_id", name="not_itself"),
        UniqueConstraint("old_id", "new_id", "kind"),
    )

    seq: Mapped[int] = mapped_column(primary_key=True)
    subject_kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    old_id: Mapped[str] = mapped_column(OpaqueId, primary_key=True, index=True)
    new_id: Mapped[str] = mapped_column(OpaqueId, primary_key=True, index=True)
    kind: Mapped[str] = mapped_column(String(12))
