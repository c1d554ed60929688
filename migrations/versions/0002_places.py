"""Divisions with their history, place names, variants and standard addresses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gazetteer.store.triggers import drop_triggers
from gazetteer.store.types import Geom, Json, OpaqueId

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "division",
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("parent_id", OpaqueId(), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("id", OpaqueId(), autoincrement=False, nullable=False),
        sa.Column("created_seq", sa.BigInteger(), nullable=False),
        sa.Column("changed_seq", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("geom", Geom(), nullable=True),
        sa.Column("min_lon", sa.Float(precision=53), nullable=True),
        sa.Column("min_lat", sa.Float(precision=53), nullable=True),
        sa.Column("max_lon", sa.Float(precision=53), nullable=True),
        sa.Column("max_lat", sa.Float(precision=53), nullable=True),
        sa.CheckConstraint("(status = 'retired') = (valid_to IS NOT NULL)", name=op.f("ck_division_retired_means_ended")),
        sa.CheckConstraint(
            "length(code) = CASE level WHEN 'province' THEN 2 WHEN 'city' THEN 4 WHEN 'district' THEN 6 WHEN 'town' THEN 9 ELSE 12 END",
            name=op.f("ck_division_code_fits_level"),
        ),
        sa.CheckConstraint("level IN ('province', 'city', 'district', 'town', 'community')", name=op.f("ck_division_level_known")),
        sa.CheckConstraint("status IN ('current', 'retired')", name=op.f("ck_division_status_known")),
        sa.CheckConstraint(
            "(geom IS NULL AND min_lon IS NULL AND min_lat IS NULL AND max_lon IS NULL AND max_lat IS NULL) OR (geom IS NOT NULL AND min_lon >= -180 AND max_lon <= 180 AND min_lat >= -90 AND max_lat <= 90 AND min_lon <= max_lon AND min_lat <= max_lat)",
            name=op.f("ck_division_box_of_geometry"),
        ),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_division_validity_is_a_period")),
        sa.ForeignKeyConstraint(["parent_id"], ["division.id"], name=op.f("fk_division_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_division")),
        sa.UniqueConstraint("code", "valid_from", name=op.f("uq_division_code_valid_from")),
    )
    op.create_index(op.f("ix_division_changed_seq"), "division", ["changed_seq"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        op.create_index("ix_division_geom", "division", ["geom"], unique=False, postgresql_using="gist")
    op.create_index("ix_division_name", "division", ["name"], unique=False)
    op.create_index(op.f("ix_division_parent_id"), "division", ["parent_id"], unique=False)
    op.create_index(
        "uq_division_current_code",
        "division",
        ["code"],
        unique=True,
        sqlite_where=sa.text("valid_to IS NULL"),
        postgresql_where=sa.text("valid_to IS NULL"),
    )
    op.create_table(
        "division_succession",
        sa.Column("old_id", OpaqueId(), nullable=False),
        sa.Column("new_id", OpaqueId(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("changed_on", sa.Date(), nullable=False),
        sa.Column("inferred", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.CheckConstraint("kind IN ('renamed', 'recoded', 'moved', 'merged', 'split')", name=op.f("ck_division_succession_kind_known")),
        sa.CheckConstraint("old_id <> new_id", name=op.f("ck_division_succession_not_itself")),
        sa.ForeignKeyConstraint(["new_id"], ["division.id"], name=op.f("fk_division_succession_new_id")),
        sa.ForeignKeyConstraint(["old_id"], ["division.id"], name=op.f("fk_division_succession_old_id")),
        sa.PrimaryKeyConstraint("old_id", "new_id", "kind", name=op.f("pk_division_succession")),
    )
    op.create_table(
        "place_name",
        sa.Column("standard_name", sa.String(length=120), nullable=False),
        sa.Column("specific", sa.String(length=120), nullable=False),
        sa.Column("generic", sa.String(length=20), nullable=False),
        sa.Column("pinyin", sa.String(length=300), nullable=False),
        sa.Column("sound", sa.String(length=300), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("category_code", sa.String(length=5), nullable=False),
        sa.Column("place_code", sa.String(length=20), nullable=True),
        sa.Column("ref", sa.String(length=80), nullable=True),
        sa.Column("division_id", OpaqueId(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("meaning", sa.Text(), nullable=False),
        sa.Column("history", sa.Text(), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("facts", Json(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("id", OpaqueId(), autoincrement=False, nullable=False),
        sa.Column("created_seq", sa.BigInteger(), nullable=False),
        sa.Column("changed_seq", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("geom", Geom(), nullable=True),
        sa.Column("min_lon", sa.Float(precision=53), nullable=True),
        sa.Column("min_lat", sa.Float(precision=53), nullable=True),
        sa.Column("max_lon", sa.Float(precision=53), nullable=True),
        sa.Column("max_lat", sa.Float(precision=53), nullable=True),
        sa.CheckConstraint(
            "category IN ('road', 'lane', 'estate', 'building', 'natural_village', 'bridge', 'park', 'square', 'station', 'cemetery', 'school', 'hospital', 'service', 'company', 'shop', 'market', 'facility', 'poi', 'natural')",
            name=op.f("ck_place_name_category_known"),
        ),
        sa.CheckConstraint("status IN ('proposed', 'reserved', 'current', 'retired', 'rejected')", name=op.f("ck_place_name_status_known")),
        sa.CheckConstraint(
            "(geom IS NULL AND min_lon IS NULL AND min_lat IS NULL AND max_lon IS NULL AND max_lat IS NULL) OR (geom IS NOT NULL AND min_lon >= -180 AND max_lon <= 180 AND min_lat >= -90 AND max_lat <= 90 AND min_lon <= max_lon AND min_lat <= max_lat)",
            name=op.f("ck_place_name_box_of_geometry"),
        ),
        sa.CheckConstraint("length(standard_name) > 0", name=op.f("ck_place_name_has_a_name")),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_from IS NULL OR valid_to >= valid_from", name=op.f("ck_place_name_validity_is_a_period")
        ),
        sa.ForeignKeyConstraint(["division_id"], ["division.id"], name=op.f("fk_place_name_division_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place_name")),
        sa.UniqueConstraint("place_code", name=op.f("uq_place_name_place_code")),
        sa.UniqueConstraint("ref", name=op.f("uq_place_name_ref")),
    )
    op.create_index(op.f("ix_place_name_changed_seq"), "place_name", ["changed_seq"], unique=False)
    op.create_index(op.f("ix_place_name_division_id"), "place_name", ["division_id"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        op.create_index("ix_place_name_geom", "place_name", ["geom"], unique=False, postgresql_using="gist")
    op.create_index("ix_place_name_listing", "place_name", ["category", "status", "id"], unique=False)
    op.create_index("ix_place_name_name_division", "place_name", ["standard_name", "division_id"], unique=False)
    op.create_index(op.f("ix_place_name_sound"), "place_name", ["sound"], unique=False)
    op.create_table(
        "name_variant",
        sa.Column("place_id", OpaqueId(), nullable=True),
        sa.Column("division_id", OpaqueId(), nullable=True),
        sa.Column("text", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("id", OpaqueId(), autoincrement=False, nullable=False),
        sa.Column("created_seq", sa.BigInteger(), nullable=False),
        sa.Column("changed_seq", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('former', 'alias', 'abbreviation', 'folk', 'misspelt', 'traditional', 'dialect')",
            name=op.f("ck_name_variant_kind_known"),
        ),
        sa.CheckConstraint("(place_id IS NULL) <> (division_id IS NULL)", name=op.f("ck_name_variant_of_one_thing")),
        sa.ForeignKeyConstraint(["division_id"], ["division.id"], name=op.f("fk_name_variant_division_id")),
        sa.ForeignKeyConstraint(["place_id"], ["place_name.id"], name=op.f("fk_name_variant_place_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_name_variant")),
    )
    op.create_index(op.f("ix_name_variant_changed_seq"), "name_variant", ["changed_seq"], unique=False)
    op.create_index("ix_name_variant_text", "name_variant", ["text"], unique=False)
    op.create_index(
        "uq_name_variant_division",
        "name_variant",
        ["division_id", "text", "kind"],
        unique=True,
        sqlite_where=sa.text("division_id IS NOT NULL"),
        postgresql_where=sa.text("division_id IS NOT NULL"),
    )
    op.create_index(
        "uq_name_variant_place",
        "name_variant",
        ["place_id", "text", "kind"],
        unique=True,
        sqlite_where=sa.text("place_id IS NOT NULL"),
        postgresql_where=sa.text("place_id IS NOT NULL"),
    )
    op.create_table(
        "standard_address",
        sa.Column("ref", sa.String(length=80), nullable=True),
        sa.Column("place_id", OpaqueId(), nullable=True),
        sa.Column("estate_id", OpaqueId(), nullable=True),
        sa.Column("division_id", OpaqueId(), nullable=False),
        sa.Column("parent_id", OpaqueId(), nullable=True),
        sa.Column("sub_road", sa.String(length=20), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("sub_number", sa.String(length=20), nullable=False),
        sa.Column("building", sa.String(length=20), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("floor", sa.String(length=20), nullable=False),
        sa.Column("room", sa.String(length=20), nullable=False),
        sa.Column("poi", sa.String(length=120), nullable=False),
        sa.Column("label", sa.String(length=300), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("datum", sa.String(length=10), nullable=False),
        sa.Column("point_source", sa.String(length=80), nullable=False),
        sa.Column("point_level", sa.String(length=10), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("id", OpaqueId(), autoincrement=False, nullable=False),
        sa.Column("created_seq", sa.BigInteger(), nullable=False),
        sa.Column("changed_seq", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("geom", Geom(), nullable=True),
        sa.Column("min_lon", sa.Float(precision=53), nullable=True),
        sa.Column("min_lat", sa.Float(precision=53), nullable=True),
        sa.Column("max_lon", sa.Float(precision=53), nullable=True),
        sa.Column("max_lat", sa.Float(precision=53), nullable=True),
        sa.CheckConstraint(
            "(status = 'retired') = (valid_to IS NOT NULL) OR status = 'rejected'", name=op.f("ck_standard_address_retired_means_ended")
        ),
        sa.CheckConstraint("datum IN ('CGCS2000', 'WGS84', 'GCJ-02', 'BD-09', 'other')", name=op.f("ck_standard_address_datum_known")),
        sa.CheckConstraint("number <> '' OR building <> '' OR poi <> '' OR room <> ''", name=op.f("ck_standard_address_says_where")),
        sa.CheckConstraint(
            "point_level IN ('', 'division', 'road', 'place', 'number', 'building', 'unit', 'room')",
            name=op.f("ck_standard_address_point_level_known"),
        ),
        sa.CheckConstraint(
            "status IN ('proposed', 'reserved', 'current', 'retired', 'rejected')", name=op.f("ck_standard_address_status_known")
        ),
        sa.CheckConstraint("sub_number = '' OR number <> ''", name=op.f("ck_standard_address_sub_number_needs_number")),
        sa.CheckConstraint(
            "(geom IS NULL AND min_lon IS NULL AND min_lat IS NULL AND max_lon IS NULL AND max_lat IS NULL) OR (geom IS NOT NULL AND min_lon >= -180 AND max_lon <= 180 AND min_lat >= -90 AND max_lat <= 90 AND min_lon <= max_lon AND min_lat <= max_lat)",
            name=op.f("ck_standard_address_box_of_geometry"),
        ),
        sa.CheckConstraint("parent_id IS NULL OR parent_id <> id", name=op.f("ck_standard_address_not_its_own_parent")),
        sa.ForeignKeyConstraint(["division_id"], ["division.id"], name=op.f("fk_standard_address_division_id")),
        sa.ForeignKeyConstraint(["estate_id"], ["place_name.id"], name=op.f("fk_standard_address_estate_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["standard_address.id"], name=op.f("fk_standard_address_parent_id")),
        sa.ForeignKeyConstraint(["place_id"], ["place_name.id"], name=op.f("fk_standard_address_place_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standard_address")),
        sa.UniqueConstraint("ref", name=op.f("uq_standard_address_ref")),
    )
    op.create_index(op.f("ix_standard_address_changed_seq"), "standard_address", ["changed_seq"], unique=False)
    op.create_index(op.f("ix_standard_address_division_id"), "standard_address", ["division_id"], unique=False)
    op.create_index(op.f("ix_standard_address_estate_id"), "standard_address", ["estate_id"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        op.create_index("ix_standard_address_geom", "standard_address", ["geom"], unique=False, postgresql_using="gist")
    op.create_index("ix_standard_address_listing", "standard_address", ["status", "id"], unique=False)
    op.create_index(op.f("ix_standard_address_parent_id"), "standard_address", ["parent_id"], unique=False)
    op.create_index(
        "uq_standard_address_on_division",
        "standard_address",
        ["division_id", "sub_road", "number", "sub_number", "building", "unit", "floor", "room", "poi"],
        unique=True,
        sqlite_where=sa.text("place_id IS NULL AND status IN ('proposed', 'reserved', 'current')"),
        postgresql_where=sa.text("place_id IS NULL AND status IN ('proposed', 'reserved', 'current')"),
    )
    op.create_index(
        "uq_standard_address_on_place",
        "standard_address",
        ["place_id", "sub_road", "number", "sub_number", "building", "unit", "floor", "room", "poi"],
        unique=True,
        sqlite_where=sa.text("place_id IS NOT NULL AND status IN ('proposed', 'reserved', 'current')"),
        postgresql_where=sa.text("place_id IS NOT NULL AND status IN ('proposed', 'reserved', 'current')"),
    )
    op.create_table(
        "lineage",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("subject_kind", sa.String(length=20), nullable=False),
        sa.Column("old_id", OpaqueId(), nullable=False),
        sa.Column("new_id", OpaqueId(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.CheckConstraint(
            "kind IN ('renamed', 'merged', 'split', 'renumbered', 'replaced', 'corrected')", name=op.f("ck_lineage_kind_known")
        ),
        sa.CheckConstraint("subject_kind IN ('place_name', 'standard_address', 'plate')", name=op.f("ck_lineage_subject_kind_known")),
        sa.CheckConstraint("old_id <> new_id", name=op.f("ck_lineage_not_itself")),
        sa.PrimaryKeyConstraint("seq", "subject_kind", "old_id", "new_id", name=op.f("pk_lineage")),
        sa.UniqueConstraint("old_id", "new_id", "kind", name=op.f("uq_lineage_old_id_new_id_kind")),
    )
    op.create_index(op.f("ix_lineage_new_id"), "lineage", ["new_id"], unique=False)
    op.create_index(op.f("ix_lineage_old_id"), "lineage", ["old_id"], unique=False)

    op.create_table(
        "place_code",
        sa.Column("prefix", sa.String(length=14), nullable=False),
        sa.Column("serial", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("place_id", OpaqueId(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("length(prefix) = 14", name=op.f("ck_place_code_prefix_is_whole")),
        sa.CheckConstraint("serial BETWEEN 1 AND 999999", name=op.f("ck_place_code_serial_fits")),
        sa.PrimaryKeyConstraint("prefix", "serial", name=op.f("pk_place_code")),
    )
    op.create_index(op.f("ix_place_code_place_id"), "place_code", ["place_id"], unique=False)


def downgrade() -> None:
    drop_triggers(op.get_bind())
    op.drop_table("place_code")
    op.drop_table("lineage")
    op.drop_table("standard_address")
    op.drop_table("name_variant")
    op.drop_table("place_name")
    op.drop_table("division_succession")
    op.drop_table("division")
