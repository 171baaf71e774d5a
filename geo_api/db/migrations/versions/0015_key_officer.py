"""Keys carry the officer whose they are; visits of entities named by permanent id; open claims follow a redraw."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

SQL = Path(__file__).parents[2] / "sql"
CLAIM_CHECKS = {
    "step": "step in ('fell', 'claimed', 'wrong', 'transferred', 'disputed', 'decided', 'lapsed', 'redrawn')",
    "to_cell": "case when step in ('wrong', 'transferred', 'decided', 'redrawn') then to_cell <> '' "
    "else to_cell = '' or step = 'claimed' end",
    "document": "document <> '' or step not in ('wrong', 'redrawn')",
}


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.add_column(
        "api_key",
        sa.Column("officer_id", sa.Text(), nullable=True, comment="whose it is: it acts as this officer alone"),
        schema="gridward",
    )
    op.create_check_constraint(
        op.f("ck_api_key_officer"),
        "api_key",
        "officer_id is null or (officer_id <> '' and role in ('officer', 'planner', 'approver'))",
        schema="gridward",
    )
    for name, rule in CLAIM_CHECKS.items():
        op.drop_constraint(op.f(f"ck_claim_step_{name}"), "claim_step", schema="gridward", type_="check")
        op.create_check_constraint(op.f(f"ck_claim_step_{name}"), "claim_step", rule, schema="gridward")
    op.get_bind().exec_driver_sql((SQL / "0015_key_officer.sql").read_text(encoding="utf-8").replace("%", "%%"))


def downgrade() -> None:
    """Not offered: history is never dropped."""
    raise NotImplementedError("history is never dropped: restore a backup instead")
