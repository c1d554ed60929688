"""The procedure that decides a proposed alias, where one does."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.restated import drop_reference

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

REFERENCE = "CONSTRAINT fk_alias_proposal_procedure_id REFERENCES naming_procedure (id)"


def upgrade() -> None:
    kind = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(sa.text(f"ALTER TABLE alias_proposal ADD COLUMN procedure_id {kind} {REFERENCE}"))
    op.create_index(op.f("ix_alias_proposal_procedure_id"), "alias_proposal", ["procedure_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_alias_proposal_procedure_id"), "alias_proposal")
    drop_reference("alias_proposal", REFERENCE)
    op.drop_column("alias_proposal", "procedure_id")
