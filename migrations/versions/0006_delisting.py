"""The procedure that takes a name off the protection list."""

from __future__ import annotations

from migrations.restated import restate_check

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

DIVISIONS = "'division_rename', 'division_merge', 'division_split'"
BEFORE = f"kind IN ('name', 'rename', 'retire', 'correct', 'merge', 'split', 'alias', 'protect', {DIVISIONS})"
AFTER = f"kind IN ('name', 'rename', 'retire', 'correct', 'merge', 'split', 'alias', 'protect', 'delist', {DIVISIONS})"


def upgrade() -> None:
    restate_check("naming_procedure", "ck_naming_procedure_kind_known", BEFORE, AFTER)


def downgrade() -> None:
    restate_check("naming_procedure", "ck_naming_procedure_kind_known", AFTER, BEFORE)
