"""The event log, users, keys, jobs and attachments."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gazetteer.store.triggers import drop_triggers
from gazetteer.store.types import Json, Moment, OpaqueId

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SEQ = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "event",
        sa.Column("seq", SEQ, autoincrement=False, nullable=False),
        sa.Column("at", Moment(length=27), nullable=False),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject_kind", sa.String(length=20), nullable=False),
        sa.Column("subject_id", OpaqueId(), nullable=True),
        sa.Column("payload", Json(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_event")),
        sa.UniqueConstraint("hash", name=op.f("uq_event_hash")),
    )
    op.create_index("ix_event_action", "event", ["action", "seq"], unique=False)
    op.create_index("ix_event_subject", "event", ["subject_id", "seq"], unique=False)
    op.create_table(
        "event_subject",
        sa.Column("subject_id", OpaqueId(), nullable=False),
        sa.Column("seq", SEQ, nullable=False),
        sa.ForeignKeyConstraint(["seq"], ["event.seq"], name=op.f("fk_event_subject_seq")),
        sa.PrimaryKeyConstraint("subject_id", "seq", name=op.f("pk_event_subject")),
    )
    op.create_index(op.f("ix_event_subject_seq"), "event_subject", ["seq"], unique=False)
    op.create_table(
        "event_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_event_head_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_head")),
    )
    op.create_table(
        "app_user",
        sa.Column("username", sa.String(length=60), nullable=False),
        sa.Column("display_name", sa.String(length=60), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=14), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("session_key", sa.String(length=43), nullable=False),
        sa.Column("failed_sign_ins", sa.Integer(), nullable=False),
        sa.Column("locked_until", Moment(length=27), nullable=True),
        sa.Column("id", OpaqueId(), autoincrement=False, nullable=False),
        sa.Column("created_seq", sa.BigInteger(), nullable=False),
        sa.Column("changed_seq", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("language IN ('', 'zh', 'en')", name=op.f("ck_app_user_language_known")),
        sa.CheckConstraint("role IN ('viewer', 'installer', 'officer', 'approver', 'administrator')", name=op.f("ck_app_user_role_known")),
        sa.CheckConstraint("failed_sign_ins >= 0", name=op.f("ck_app_user_failures_count")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_app_user")),
        sa.UniqueConstraint("session_key", name=op.f("uq_app_user_session_key")),
        sa.UniqueConstraint("username", name=op.f("uq_app_user_username")),
    )
    op.create_index(op.f("ix_app_user_changed_seq"), "app_user", ["changed_seq"], unique=False)
    op.create_table(
        "api_key",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("prefix", sa.String(length=8), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("scopes", Json(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("expires_at", Moment(length=27), nullable=True),
        sa.Column("id", OpaqueId(), autoincrement=False, nullable=False),
        sa.Column("created_seq", sa.BigInteger(), nullable=False),
        sa.Column("changed_seq", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("prefix", name=op.f("uq_api_key_prefix")),
        sa.UniqueConstraint("sha256", name=op.f("uq_api_key_sha256")),
    )
    op.create_index(op.f("ix_api_key_changed_seq"), "api_key", ["changed_seq"], unique=False)
    op.create_table(
        "idempotent_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("request_sha256", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", Json(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("at", Moment(length=27), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotent_answer")),
        sa.UniqueConstraint("actor", "key", name=op.f("uq_idempotent_answer_actor_key")),
    )
    op.create_table(
        "job",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("params", Json(), nullable=False),
        sa.Column("result", Json(), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("owner", sa.String(length=120), nullable=False),
        sa.Column("worker", sa.String(length=80), nullable=False),
        sa.Column("lease_until", Moment(length=27), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("cancel_asked", sa.Boolean(), nullable=False),
        sa.Column("id", OpaqueId(), autoincrement=False, nullable=False),
        sa.Column("created_seq", sa.BigInteger(), nullable=False),
        sa.Column("changed_seq", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("status IN ('queued', 'running', 'done', 'failed', 'cancelled')", name=op.f("ck_job_status_known")),
        sa.CheckConstraint("done >= 0 AND total >= 0", name=op.f("ck_job_progress_counts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    op.create_index(op.f("ix_job_changed_seq"), "job", ["changed_seq"], unique=False)
    op.create_index("ix_job_queue", "job", ["status", "lease_until", "id"], unique=False)
    op.create_table(
        "attachment",
        sa.Column("subject_kind", sa.String(length=20), nullable=False),
        sa.Column("subject_id", OpaqueId(), nullable=False),
        sa.Column("paper", sa.String(length=30), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("id", OpaqueId(), autoincrement=False, nullable=False),
        sa.Column("created_seq", sa.BigInteger(), nullable=False),
        sa.Column("changed_seq", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("size_bytes >= 0", name=op.f("ck_attachment_has_a_size")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
        sa.UniqueConstraint("subject_id", "sha256", name=op.f("uq_attachment_subject_id_sha256")),
    )
    op.create_index(op.f("ix_attachment_changed_seq"), "attachment", ["changed_seq"], unique=False)
    op.create_index(op.f("ix_attachment_subject_id"), "attachment", ["subject_id"], unique=False)
    op.execute(sa.text("INSERT INTO event_head (id, seq, hash) VALUES (1, 0, :hash)").bindparams(hash="0" * 64))


def downgrade() -> None:
    drop_triggers(op.get_bind())
    op.drop_table("attachment")
    op.drop_table("job")
    op.drop_table("idempotent_answer")
    op.drop_table("api_key")
    op.drop_table("app_user")
    op.drop_table("event_head")
    op.drop_table("event_subject")
    op.drop_table("event")
