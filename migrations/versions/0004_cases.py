"""Case records, their sealed persons and their address links."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gazetteer.store.types import Json, Moment, OpaqueId

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "case_record",
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("ref", sa.String(length=80), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("attributes", Json(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("lon", sa.Float(precision=53), nullable=True),
        sa.Column("lat", sa.Float(precision=53), nullable=True),
        sa.Column("division_code", sa.String(length=12), nullable=False),
        sa.Column("id", OpaqueId(), autoincrement=False, nullable=False),
        sa.Column("created_seq", sa.BigInteger(), nullable=False),
        sa.Column("changed_seq", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('elder', 'cemetery', 'station')", name=op.f("ck_case_record_kind_known")),
        sa.CheckConstraint("status IN ('loaded', 'linked', 'review', 'unmatched', 'rejected')", name=op.f("ck_case_record_status_known")),
        sa.CheckConstraint("(lon IS NULL) = (lat IS NULL)", name=op.f("ck_case_record_whole_position")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_record")),
        sa.UniqueConstraint("kind", "ref", name=op.f("uq_case_record_kind_ref")),
    )
    op.create_index(op.f("ix_case_record_changed_seq"), "case_record", ["changed_seq"], unique=False)
    op.create_index("ix_case_record_listing", "case_record", ["kind", "status", "id"], unique=False)
    op.create_table(
        "case_person",
        sa.Column("case_id", OpaqueId(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_record.id"], name=op.f("fk_case_person_case_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_person")),
    )
    op.create_table(
        "address_link",
        sa.Column("case_id", OpaqueId(), nullable=False),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("verdict", sa.String(length=1), nullable=False),
        sa.Column("reason", sa.String(length=80), nullable=False),
        sa.Column("answer", Json(), nullable=False),
        sa.Column("address_id", OpaqueId(), nullable=True),
        sa.Column("place_id", OpaqueId(), nullable=True),
        sa.Column("decided_by", sa.String(length=6), nullable=False),
        sa.Column("decided_at", Moment(length=27), nullable=False),
        sa.Column("thresholds_version", sa.String(length=40), nullable=False),
        sa.Column("register_seq", sa.Integer(), nullable=False),
        sa.Column("id", OpaqueId(), autoincrement=False, nullable=False),
        sa.Column("created_seq", sa.BigInteger(), nullable=False),
        sa.Column("changed_seq", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("decided_by IN ('engine', 'person')", name=op.f("ck_address_link_decided_by_known")),
        sa.CheckConstraint("role IN ('registered', 'residence', 'site')", name=op.f("ck_address_link_role_known")),
        sa.CheckConstraint(
            "status <> 'linked' OR address_id IS NOT NULL OR place_id IS NOT NULL", name=op.f("ck_address_link_linked_to_something")
        ),
        sa.CheckConstraint(
            "status IN ('linked', 'review', 'unmatched', 'rejected', 'superseded')", name=op.f("ck_address_link_status_known")
        ),
        sa.CheckConstraint("status NOT IN ('unmatched', 'rejected') OR reason <> ''", name=op.f("ck_address_link_says_why_not")),
        sa.CheckConstraint("verdict IN ('A', 'B', 'C', 'N', 'X')", name=op.f("ck_address_link_verdict_known")),
        sa.ForeignKeyConstraint(["address_id"], ["standard_address.id"], name=op.f("fk_address_link_address_id")),
        sa.ForeignKeyConstraint(["case_id"], ["case_record.id"], name=op.f("fk_address_link_case_id")),
        sa.ForeignKeyConstraint(["place_id"], ["place_name.id"], name=op.f("fk_address_link_place_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_link")),
    )
    op.create_index("ix_address_link_address", "address_link", ["address_id"], unique=False)
    op.create_index(op.f("ix_address_link_changed_seq"), "address_link", ["changed_seq"], unique=False)
    op.create_index("ix_address_link_case", "address_link", ["case_id", "role"], unique=False)
    op.create_index("ix_address_link_listing", "address_link", ["status", "id"], unique=False)
    op.create_index("ix_address_link_place", "address_link", ["place_id"], unique=False)
    op.create_index(
        "uq_address_link_current",
        "address_link",
        ["case_id", "role"],
        unique=True,
        sqlite_where=sa.text("status <> 'superseded'"),
        postgresql_where=sa.text("status <> 'superseded'"),
    )
    op.create_table(
        "unknown_name",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("label", sa.String(length=14), nullable=False),
        sa.Column("district", sa.String(length=60), nullable=False),
        sa.Column("town", sa.String(length=60), nullable=False),
        sa.Column("example", sa.String(length=160), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("lookups", sa.Integer(), nullable=False),
        sa.Column("batches", sa.Integer(), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("first_seen", Moment(length=27), nullable=False),
        sa.Column("last_seen", Moment(length=27), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("id", OpaqueId(), autoincrement=False, nullable=False),
        sa.Column("created_seq", sa.BigInteger(), nullable=False),
        sa.Column("changed_seq", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("label IN ('road', 'village_group', 'community', 'poi')", name=op.f("ck_unknown_name_label_known")),
        sa.CheckConstraint("length(name) >= 2", name=op.f("ck_unknown_name_has_a_name")),
        sa.CheckConstraint("times = lookups + batches + cases", name=op.f("ck_unknown_name_counts_add_up")),
        sa.CheckConstraint("status = 'open' OR reason <> ''", name=op.f("ck_unknown_name_says_why_settled")),
        sa.CheckConstraint("status IN ('open', 'ignored', 'settled')", name=op.f("ck_unknown_name_status_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unknown_name")),
        sa.UniqueConstraint("name", "label", "district", "town", name=op.f("uq_unknown_name_name_label_district_town")),
    )
    op.create_index(op.f("ix_unknown_name_changed_seq"), "unknown_name", ["changed_seq"], unique=False)
    op.create_index("ix_unknown_name_listing", "unknown_name", ["status", "times", "id"], unique=False)
    op.create_table(
        "alias_proposal",
        sa.Column("place_id", OpaqueId(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("link_id", OpaqueId(), nullable=True),
        sa.Column("unknown_id", OpaqueId(), nullable=True),
        sa.Column("variant_id", OpaqueId(), nullable=True),
        sa.Column("replay", Json(), nullable=False),
        sa.Column("replay_seq", sa.Integer(), nullable=False),
        sa.Column("proposed_by", sa.String(length=80), nullable=False),
        sa.Column("decided_by", sa.String(length=80), nullable=True),
        sa.Column("decided_at", Moment(length=27), nullable=True),
        sa.Column("id", OpaqueId(), autoincrement=False, nullable=False),
        sa.Column("created_seq", sa.BigInteger(), nullable=False),
        sa.Column("changed_seq", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("decided_by IS NULL OR decided_by <> proposed_by", name=op.f("ck_alias_proposal_two_pairs_of_eyes")),
        sa.CheckConstraint("status = 'proposed' OR decided_by IS NOT NULL", name=op.f("ck_alias_proposal_decided_by_somebody")),
        sa.CheckConstraint(
            "kind IN ('former', 'alias', 'abbreviation', 'folk', 'misspelt', 'traditional', 'dialect')",
            name=op.f("ck_alias_proposal_kind_known"),
        ),
        sa.CheckConstraint("status IN ('proposed', 'adopted', 'refused', 'withdrawn')", name=op.f("ck_alias_proposal_status_known")),
        sa.ForeignKeyConstraint(["link_id"], ["address_link.id"], name=op.f("fk_alias_proposal_link_id")),
        sa.ForeignKeyConstraint(["place_id"], ["place_name.id"], name=op.f("fk_alias_proposal_place_id")),
        sa.ForeignKeyConstraint(["unknown_id"], ["unknown_name.id"], name=op.f("fk_alias_proposal_unknown_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alias_proposal")),
    )
    op.create_index(op.f("ix_alias_proposal_changed_seq"), "alias_proposal", ["changed_seq"], unique=False)
    op.create_index("ix_alias_proposal_listing", "alias_proposal", ["status", "id"], unique=False)
    op.create_index(op.f("ix_alias_proposal_place_id"), "alias_proposal", ["place_id"], unique=False)
    op.create_index(
        "uq_alias_proposal_running",
        "alias_proposal",
        ["place_id", "name"],
        unique=True,
        sqlite_where=sa.text("status IN ('proposed', 'adopted')"),
        postgresql_where=sa.text("status IN ('proposed', 'adopted')"),
    )


def downgrade() -> None:
    op.drop_table("alias_proposal")
    op.drop_table("unknown_name")
    op.drop_table("address_link")
    op.drop_table("case_person")
    op.drop_table("case_record")
