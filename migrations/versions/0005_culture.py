"""Stories of names and collections of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gazetteer.store.types import Json, OpaqueId

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "name_story",
        sa.Column("place_id", OpaqueId(), nullable=True),
        sa.Column("division_id", OpaqueId(), nullable=True),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("oral", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("period", sa.String(length=80), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("id", OpaqueId(), autoincrement=False, nullable=False),
        sa.Column("created_seq", sa.BigInteger(), nullable=False),
        sa.Column("changed_seq", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('origin', 'meaning', 'history', 'tale', 'mandarin', 'dialect', 'use', 'picture')",
            name=op.f("ck_name_story_kind_known"),
        ),
        sa.CheckConstraint("(place_id IS NULL) <> (division_id IS NULL)", name=op.f("ck_name_story_of_one_thing")),
        sa.CheckConstraint("oral OR length(source) > 0", name=op.f("ck_name_story_sourced_or_oral")),
        sa.CheckConstraint("length(text) > 0", name=op.f("ck_name_story_says_something")),
        sa.CheckConstraint("(kind = 'picture') = (sha256 IS NOT NULL)", name=op.f("ck_name_story_picture_has_a_file")),
        sa.ForeignKeyConstraint(["place_id"], ["place_name.id"], name=op.f("fk_name_story_place_id")),
        sa.ForeignKeyConstraint(["division_id"], ["division.id"], name=op.f("fk_name_story_division_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_name_story")),
    )
    op.create_index(op.f("ix_name_story_changed_seq"), "name_story", ["changed_seq"], unique=False)
    op.create_index("ix_name_story_place", "name_story", ["place_id"], unique=False)
    op.create_index("ix_name_story_division", "name_story", ["division_id"], unique=False)
    op.create_table(
        "name_collection",
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("intro", sa.Text(), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("stops", Json(), nullable=False),
        sa.Column("id", OpaqueId(), autoincrement=False, nullable=False),
        sa.Column("created_seq", sa.BigInteger(), nullable=False),
        sa.Column("changed_seq", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("status IN ('draft', 'published')", name=op.f("ck_name_collection_status_known")),
        sa.CheckConstraint("length(title) > 0", name=op.f("ck_name_collection_has_a_title")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_name_collection")),
    )
    op.create_index(op.f("ix_name_collection_changed_seq"), "name_collection", ["changed_seq"], unique=False)


def downgrade() -> None:
    op.drop_table("name_collection")
    op.drop_table("name_story")
