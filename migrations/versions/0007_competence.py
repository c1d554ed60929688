"""Where, and for which authority, a person may enter decisions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.restated import drop_reference

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

REFERENCE = "CONSTRAINT fk_app_user_division_id REFERENCES division (id)"


def upgrade() -> None:
    kind = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(sa.text(f"ALTER TABLE app_user ADD COLUMN division_id {kind} {REFERENCE}"))
    op.add_column("app_user", sa.Column("authority", sa.String(length=120), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("app_user", "authority")
    drop_reference("app_user", REFERENCE)
    op.drop_column("app_user", "division_id")
