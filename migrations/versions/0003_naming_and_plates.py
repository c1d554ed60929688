"""Findings, naming procedures, numbering policies, plates, orders and visits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gazetteer.store.types import Json, Moment, OpaqueId

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "finding",
        sa.Column("rule", sa.String(length=60), nullable=False),
        sa.Column("issue_class", sa.String(length=4), nullable=False),
        sa.Column("severity", sa.String(length=10), nullable=False),
        sa.Column("subject_kind", sa.String(length=20), nullable=False),
        sa.Column("subject_id", OpaqueId(), nullable=False),
        sa.Column("subject_label", sa.String(length=300), nullable=False),
        sa.Column("division_id", OpaqueId(), nullable=False),
        sa.Column("evidence", sa.String(length=300), nullable=False),
        sa.Column("article", sa.String(length=200), nullable=False),
        sa.Column("exception", sa.String(length=300), nullable=False),
        sa.Column("status", sa.String(length=14), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("assigned_to", OpaqueId(), nullable=True),
        sa.Column("id", OpaqueId(), autoincrement=False, nullable=False),
        sa.Column("created_seq", sa.BigInteger(), nullable=False),
        sa.Column("changed_seq", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("severity IN ('blocks', 'warns')", name=op.f("ck_finding_severity_known")),
        sa.CheckConstraint("status <> 'dismissed' OR reason <> ''", name=op.f("ck_finding_dismissed_with_reason")),
        sa.CheckConstraint("status IN ('open', 'deferred', 'dismissed', 'in_procedure', 'cured')", name=op.f("ck_finding_status_known")),
        sa.CheckConstraint(
            "subject_kind IN ('place_name', 'standard_address', 'plate', 'division')", name=op.f("ck_finding_subject_kind_known")
        ),
        sa.ForeignKeyConstraint(["assigned_to"], ["app_user.id"], name=op.f("fk_finding_assigned_to")),
        sa.ForeignKeyConstraint(["division_id"], ["division.id"], name=op.f("fk_finding_division_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
    )
    op.create_index(op.f("ix_finding_changed_seq"), "finding", ["changed_seq"], unique=False)
    op.create_index(op.f("ix_finding_division_id"), "finding", ["division_id"], unique=False)
    op.create_index("ix_finding_listing", "finding", ["status", "id"], unique=False)
    op.create_index("ix_finding_subject", "finding", ["subject_id"], unique=False)
    op.create_index(
        "uq_finding_unsettled",
        "finding",
        ["rule", "subject_id", "evidence"],
        unique=True,
        sqlite_where=sa.text("status IN ('open', 'deferred', 'in_procedure')"),
        postgresql_where=sa.text("status IN ('open', 'deferred', 'in_procedure')"),
    )
    op.create_table(
        "rule_ignore",
        sa.Column("rule", sa.String(length=60), nullable=False),
        sa.Column("subject_id", OpaqueId(), nullable=True),
        sa.Column("subject_label", sa.String(length=300), nullable=False),
        sa.Column("word", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("by_user", OpaqueId(), nullable=True),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("id", OpaqueId(), autoincrement=False, nullable=False),
        sa.Column("created_seq", sa.BigInteger(), nullable=False),
        sa.Column("changed_seq", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(subject_id IS NULL) <> (word = '')", name=op.f("ck_rule_ignore_about_one_thing")),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_rule_ignore_with_reason")),
        sa.CheckConstraint("status IN ('active', 'lifted')", name=op.f("ck_rule_ignore_status_known")),
        sa.CheckConstraint("until IS NULL OR until >= since", name=op.f("ck_rule_ignore_a_period")),
        sa.ForeignKeyConstraint(["by_user"], ["app_user.id"], name=op.f("fk_rule_ignore_by_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_ignore")),
    )
    op.create_index(op.f("ix_rule_ignore_changed_seq"), "rule_ignore", ["changed_seq"], unique=False)
    op.create_index("ix_rule_ignore_listing", "rule_ignore", ["status", "id"], unique=False)
    op.create_table(
        "naming_procedure",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("place_id", OpaqueId(), nullable=True),
        sa.Column("division_id", OpaqueId(), nullable=True),
        sa.Column("new_place_id", OpaqueId(), nullable=True),
        sa.Column("finding_id", OpaqueId(), nullable=True),
        sa.Column("old_name", sa.String(length=120), nullable=False),
        sa.Column("new_name", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("details", Json(), nullable=False),
        sa.Column("checks", Json(), nullable=False),
        sa.Column("authority", sa.String(length=120), nullable=False),
        sa.Column("decision_no", sa.String(length=120), nullable=False),
        sa.Column("proposed_by", OpaqueId(), nullable=False),
        sa.Column("approved_by", OpaqueId(), nullable=True),
        sa.Column("proposed_on", sa.Date(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("cascade_total", sa.Integer(), nullable=False),
        sa.Column("cascade_done", sa.Integer(), nullable=False),
        sa.Column("id", OpaqueId(), autoincrement=False, nullable=False),
        sa.Column("created_seq", sa.BigInteger(), nullable=False),
        sa.Column("changed_seq", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind NOT IN ('name', 'rename', 'correct', 'alias', 'division_rename') OR new_name <> ''",
            name=op.f("ck_naming_procedure_proposes_a_name"),
        ),
        sa.CheckConstraint("(place_id IS NULL) <> (division_id IS NULL)", name=op.f("ck_naming_procedure_about_one_thing")),
        sa.CheckConstraint(
            "kind IN ('name', 'rename', 'retire', 'correct', 'merge', 'split', 'alias', 'protect', 'division_rename', 'division_merge', 'division_split')",
            name=op.f("ck_naming_procedure_kind_known"),
        ),
        sa.CheckConstraint(
            "status IN ('proposed', 'checked', 'consulted', 'approved', 'filed', 'announced', 'refused', 'withdrawn', 'appealed')",
            name=op.f("ck_naming_procedure_status_known"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('approved', 'filed', 'announced') OR approved_by IS NOT NULL",
            name=op.f("ck_naming_procedure_approved_by_somebody"),
        ),
        sa.CheckConstraint("approved_by IS NULL OR approved_by <> proposed_by", name=op.f("ck_naming_procedure_two_pairs_of_eyes")),
        sa.CheckConstraint("cascade_done <= cascade_total", name=op.f("ck_naming_procedure_progress_is_a_share")),
        sa.ForeignKeyConstraint(["approved_by"], ["app_user.id"], name=op.f("fk_naming_procedure_approved_by")),
        sa.ForeignKeyConstraint(["division_id"], ["division.id"], name=op.f("fk_naming_procedure_division_id")),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"], name=op.f("fk_naming_procedure_finding_id")),
        sa.ForeignKeyConstraint(["new_place_id"], ["place_name.id"], name=op.f("fk_naming_procedure_new_place_id")),
        sa.ForeignKeyConstraint(["place_id"], ["place_name.id"], name=op.f("fk_naming_procedure_place_id")),
        sa.ForeignKeyConstraint(["proposed_by"], ["app_user.id"], name=op.f("fk_naming_procedure_proposed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_naming_procedure")),
    )
    op.create_index(op.f("ix_naming_procedure_changed_seq"), "naming_procedure", ["changed_seq"], unique=False)
    op.create_index(op.f("ix_naming_procedure_finding_id"), "naming_procedure", ["finding_id"], unique=False)
    op.create_index("ix_naming_procedure_listing", "naming_procedure", ["status", "id"], unique=False)
    op.create_index(
        "uq_naming_procedure_running",
        "naming_procedure",
        ["place_id"],
        unique=True,
        sqlite_where=sa.text("status IN ('proposed', 'checked', 'consulted')"),
        postgresql_where=sa.text("status IN ('proposed', 'checked', 'consulted')"),
    )
    op.create_index(
        "uq_naming_procedure_running_division",
        "naming_procedure",
        ["division_id"],
        unique=True,
        sqlite_where=sa.text("status IN ('proposed', 'checked', 'consulted')"),
        postgresql_where=sa.text("status IN ('proposed', 'checked', 'consulted')"),
    )
    op.create_index("ix_naming_procedure_due", "naming_procedure", ["due_on"], unique=False)
    op.create_table(
        "procedure_step",
        sa.Column("procedure_id", OpaqueId(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", Moment(length=27), nullable=False),
        sa.Column("by_user", OpaqueId(), nullable=True),
        sa.Column("attachment_id", OpaqueId(), nullable=True),
        sa.Column("id", OpaqueId(), autoincrement=False, nullable=False),
        sa.Column("created_seq", sa.BigInteger(), nullable=False),
        sa.Column("changed_seq", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('proposal', 'check', 'expert_opinion', 'public_opinion', 'department_opinion', 'decision', 'filing', 'announcement', 'withdrawal', 'appeal', 'appeal_decision', 'paper', 'note')",
            name=op.f("ck_procedure_step_kind_known"),
        ),
        sa.ForeignKeyConstraint(["attachment_id"], ["attachment.id"], name=op.f("fk_procedure_step_attachment_id")),
        sa.ForeignKeyConstraint(["by_user"], ["app_user.id"], name=op.f("fk_procedure_step_by_user")),
        sa.ForeignKeyConstraint(["procedure_id"], ["naming_procedure.id"], name=op.f("fk_procedure_step_procedure_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_procedure_step")),
    )
    op.create_index(op.f("ix_procedure_step_changed_seq"), "procedure_step", ["changed_seq"], unique=False)
    op.create_index("ix_procedure_step_procedure", "procedure_step", ["procedure_id", "id"], unique=False)
    op.create_table(
        "protection",
        sa.Column("place_id", OpaqueId(), nullable=False),
        sa.Column("procedure_id", OpaqueId(), nullable=True),
        sa.Column("grade", sa.String(length=10), nullable=False),
        sa.Column("heritage_class", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("listed_on", sa.Date(), nullable=False),
        sa.Column("delisted_on", sa.Date(), nullable=True),
        sa.Column("id", OpaqueId(), autoincrement=False, nullable=False),
        sa.Column("created_seq", sa.BigInteger(), nullable=False),
        sa.Column("changed_seq", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("grade IN ('first', 'second', 'third')", name=op.f("ck_protection_grade_known")),
        sa.CheckConstraint("delisted_on IS NULL OR delisted_on >= listed_on", name=op.f("ck_protection_listing_is_a_period")),
        sa.ForeignKeyConstraint(["place_id"], ["place_name.id"], name=op.f("fk_protection_place_id")),
        sa.ForeignKeyConstraint(["procedure_id"], ["naming_procedure.id"], name=op.f("fk_protection_procedure_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_protection")),
    )
    op.create_index(op.f("ix_protection_changed_seq"), "protection", ["changed_seq"], unique=False)
    op.create_index(
        "uq_protection_listed",
        "protection",
        ["place_id"],
        unique=True,
        sqlite_where=sa.text("delisted_on IS NULL"),
        postgresql_where=sa.text("delisted_on IS NULL"),
    )
    op.create_table(
        "numbering_policy",
        sa.Column("place_id", OpaqueId(), nullable=True),
        sa.Column("division_id", OpaqueId(), nullable=True),
        sa.Column("rules", Json(), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("id", OpaqueId(), autoincrement=False, nullable=False),
        sa.Column("created_seq", sa.BigInteger(), nullable=False),
        sa.Column("changed_seq", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(place_id IS NULL) <> (division_id IS NULL)", name=op.f("ck_numbering_policy_of_one_thing")),
        sa.ForeignKeyConstraint(["division_id"], ["division.id"], name=op.f("fk_numbering_policy_division_id")),
        sa.ForeignKeyConstraint(["place_id"], ["place_name.id"], name=op.f("fk_numbering_policy_place_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_numbering_policy")),
        sa.UniqueConstraint("division_id", name=op.f("uq_numbering_policy_division_id")),
        sa.UniqueConstraint("place_id", name=op.f("uq_numbering_policy_place_id")),
    )
    op.create_index(op.f("ix_numbering_policy_changed_seq"), "numbering_policy", ["changed_seq"], unique=False)
    op.create_table(
        "plate_order",
        sa.Column("action", sa.String(length=10), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("procedure_id", OpaqueId(), nullable=True),
        sa.Column("assigned_to", OpaqueId(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("id", OpaqueId(), autoincrement=False, nullable=False),
        sa.Column("created_seq", sa.BigInteger(), nullable=False),
        sa.Column("changed_seq", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("action IN ('make', 'hang', 'take_down', 'replace')", name=op.f("ck_plate_order_action_known")),
        sa.CheckConstraint("status IN ('open', 'done', 'cancelled')", name=op.f("ck_plate_order_status_known")),
        sa.ForeignKeyConstraint(["assigned_to"], ["app_user.id"], name=op.f("fk_plate_order_assigned_to")),
        sa.ForeignKeyConstraint(["procedure_id"], ["naming_procedure.id"], name=op.f("fk_plate_order_procedure_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plate_order")),
    )
    op.create_index(op.f("ix_plate_order_assigned_to"), "plate_order", ["assigned_to"], unique=False)
    op.create_index(op.f("ix_plate_order_changed_seq"), "plate_order", ["changed_seq"], unique=False)
    op.create_index("ix_plate_order_listing", "plate_order", ["status", "id"], unique=False)
    op.create_index(op.f("ix_plate_order_procedure_id"), "plate_order", ["procedure_id"], unique=False)
    op.create_table(
        "plate",
        sa.Column("serial", sa.String(length=20), nullable=False),
        sa.Column("address_id", OpaqueId(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("face", Json(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("installed_on", sa.Date(), nullable=True),
        sa.Column("accepted_on", sa.Date(), nullable=True),
        sa.Column("id", OpaqueId(), autoincrement=False, nullable=False),
        sa.Column("created_seq", sa.BigInteger(), nullable=False),
        sa.Column("changed_seq", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('door', 'building', 'unit', 'room')", name=op.f("ck_plate_kind_known")),
        sa.CheckConstraint(
            "status IN ('ordered', 'made', 'received', 'dispatched', 'installed', 'accepted', 'damaged', 'replaced', 'taken_down', 'cancelled')",
            name=op.f("ck_plate_status_known"),
        ),
        sa.CheckConstraint("length(serial) > 0 AND length(face) > 0", name=op.f("ck_plate_is_printed")),
        sa.ForeignKeyConstraint(["address_id"], ["standard_address.id"], name=op.f("fk_plate_address_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plate")),
        sa.UniqueConstraint("serial", name=op.f("uq_plate_serial")),
    )
    op.create_index("ix_plate_address", "plate", ["address_id"], unique=False)
    op.create_index(op.f("ix_plate_changed_seq"), "plate", ["changed_seq"], unique=False)
    op.create_index("ix_plate_listing", "plate", ["status", "id"], unique=False)
    op.create_index(
        "uq_plate_hanging",
        "plate",
        ["address_id", "kind"],
        unique=True,
        sqlite_where=sa.text("status IN ('installed', 'accepted', 'damaged')"),
        postgresql_where=sa.text("status IN ('installed', 'accepted', 'damaged')"),
    )
    op.create_index(
        "uq_plate_pending",
        "plate",
        ["address_id", "kind"],
        unique=True,
        sqlite_where=sa.text("status IN ('ordered', 'made', 'received', 'dispatched')"),
        postgresql_where=sa.text("status IN ('ordered', 'made', 'received', 'dispatched')"),
    )
    op.create_table(
        "plate_task",
        sa.Column("order_id", OpaqueId(), nullable=False),
        sa.Column("plate_id", OpaqueId(), nullable=False),
        sa.Column("action", sa.String(length=10), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("id", OpaqueId(), autoincrement=False, nullable=False),
        sa.Column("created_seq", sa.BigInteger(), nullable=False),
        sa.Column("changed_seq", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("action IN ('make', 'hang', 'take_down', 'replace')", name=op.f("ck_plate_task_action_known")),
        sa.CheckConstraint("status IN ('open', 'done', 'cancelled')", name=op.f("ck_plate_task_status_known")),
        sa.ForeignKeyConstraint(["order_id"], ["plate_order.id"], name=op.f("fk_plate_task_order_id")),
        sa.ForeignKeyConstraint(["plate_id"], ["plate.id"], name=op.f("fk_plate_task_plate_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plate_task")),
    )
    op.create_index(op.f("ix_plate_task_changed_seq"), "plate_task", ["changed_seq"], unique=False)
    op.create_index("ix_plate_task_order", "plate_task", ["order_id", "status"], unique=False)
    op.create_index(
        "uq_plate_task_open",
        "plate_task",
        ["plate_id", "action"],
        unique=True,
        sqlite_where=sa.text("status = 'open'"),
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_table(
        "plate_visit",
        sa.Column("idempotency_key", sa.String(length=80), nullable=False),
        sa.Column("serial", sa.String(length=40), nullable=False),
        sa.Column("plate_id", OpaqueId(), nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("lon", sa.Float(precision=53), nullable=True),
        sa.Column("lat", sa.Float(precision=53), nullable=True),
        sa.Column("accuracy_m", sa.Float(precision=53), nullable=True),
        sa.Column("datum", sa.String(length=10), nullable=False),
        sa.Column("distance_m", sa.Float(precision=53), nullable=True),
        sa.Column("device_time", Moment(length=27), nullable=True),
        sa.Column("received_at", Moment(length=27), nullable=False),
        sa.Column("photo_sha256", sa.String(length=64), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("doubts", Json(), nullable=False),
        sa.Column("installer_id", OpaqueId(), nullable=True),
        sa.Column("id", OpaqueId(), autoincrement=False, nullable=False),
        sa.Column("created_seq", sa.BigInteger(), nullable=False),
        sa.Column("changed_seq", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("datum IN ('CGCS2000', 'WGS84', 'GCJ-02', 'BD-09', 'other')", name=op.f("ck_plate_visit_datum_known")),
        sa.CheckConstraint("outcome IN ('installed', 'taken_down', 'problem')", name=op.f("ck_plate_visit_outcome_known")),
        sa.CheckConstraint("status IN ('accepted', 'review', 'dismissed')", name=op.f("ck_plate_visit_status_known")),
        sa.CheckConstraint("accuracy_m IS NULL OR accuracy_m >= 0", name=op.f("ck_plate_visit_accuracy_is_a_length")),
        sa.CheckConstraint("lon BETWEEN -180 AND 180 AND lat BETWEEN -90 AND 90", name=op.f("ck_plate_visit_on_the_globe")),
        sa.ForeignKeyConstraint(["installer_id"], ["app_user.id"], name=op.f("fk_plate_visit_installer_id")),
        sa.ForeignKeyConstraint(["plate_id"], ["plate.id"], name=op.f("fk_plate_visit_plate_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plate_visit")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_plate_visit_idempotency_key")),
    )
    op.create_index(op.f("ix_plate_visit_changed_seq"), "plate_visit", ["changed_seq"], unique=False)
    op.create_index("ix_plate_visit_listing", "plate_visit", ["status", "id"], unique=False)
    op.create_index("ix_plate_visit_plate", "plate_visit", ["plate_id"], unique=False)


def downgrade() -> None:
    op.drop_table("plate_visit")
    op.drop_table("plate_task")
    op.drop_table("plate")
    op.drop_table("plate_order")
    op.drop_table("numbering_policy")
    op.drop_table("protection")
    op.drop_table("procedure_step")
    op.drop_table("naming_procedure")
    op.drop_table("rule_ignore")
    op.drop_table("finding")
