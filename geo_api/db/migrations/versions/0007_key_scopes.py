"""Scopes and rate limits of API keys."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

SQL = Path(__file__).parents[2] / "sql"


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.add_column(
        "api_key",
        sa.Column(
            "scopes",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="what it is for; empty = all that its role allows",
        ),
        schema="gridward",
    )
    op.add_column("api_key", sa.Column("requests_per_minute", sa.BigInteger(), nullable=True), schema="gridward")
    op.add_column("api_key", sa.Column("points_per_minute", sa.BigInteger(), nullable=True), schema="gridward")
    op.create_check_constraint(
        op.f("ck_api_key_limits"), "api_key", "requests_per_minute > 0 and points_per_minute > 0", schema="gridward"
    )
    op.get_bind().exec_driver_sql((SQL / "0007_keys.sql").read_text(encoding="utf-8").replace("%", "%%"))


def downgrade() -> None:
    """Not offered: history is never dropped."""
    raise NotImplementedError("history is never dropped: restore a backup instead")
