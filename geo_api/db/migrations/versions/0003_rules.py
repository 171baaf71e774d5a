"""What the database itself holds to: border rule, insert-only history, the steps of a plan, the service's rights."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SQL = Path(__file__).parents[2] / "sql"

PLAN_STEPS = (
    ("submit", "draft", "submitted"),
    ("submit", "returned", "submitted"),
    ("return", "submitted", "returned"),
    ("return", "approved", "returned"),
    ("approve", "submitted", "approved"),
    ("publish", "approved", "published"),
    ("supersede", "published", "superseded"),
)


def upgrade() -> None:
    """Bring the schema to this revision."""
    for verb, before, after in PLAN_STEPS:
        op.execute(f"insert into gridward.plan_transition values ('{verb}', '{before}', '{after}')")
    for name in ("functions", "triggers", "grants"):
        op.get_bind().exec_driver_sql((SQL / f"0003_{name}.sql").read_text(encoding="utf-8").replace("%", "%%"))


def downgrade() -> None:
    """Not offered: history is never dropped."""
    raise NotImplementedError("history is never dropped: restore a backup instead")
