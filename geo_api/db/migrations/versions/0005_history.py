"""What reads of the past, changes and lineage need."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SQL = Path(__file__).parents[2] / "sql"


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_table(
        "change_row",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("change_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("what", sa.Text(), nullable=False, comment="the table that the row is in"),
        sa.Column("row_id", sa.BigInteger(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False, comment="false: recorded; true: no longer held"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change_row")),
        schema="gridward",
        comment="the rows that each change touched; ids follow the order of commits",
    )
    op.create_index("ix_change_row_change_id", "change_row", ["change_id"], schema="gridward")
    op.create_index("ix_change_row_at", "change_row", ["at"], schema="gridward")
    current = sa.text("recorded_to is null and credit_code <> ''")
    op.create_index("ix_entity_credit_code", "entity", ["credit_code"], schema="gridward", postgresql_where=current)
    current = sa.text("recorded_to is null and registration_no <> ''")
    op.create_index(
        "ix_entity_registration_no", "entity", ["registration_no"], schema="gridward", postgresql_where=current
    )
    op.create_index(
        "ix_entity_name",
        "entity",
        ["name"],
        schema="gridward",
        postgresql_using="gin",
        postgresql_ops={"name": "gin_trgm_ops"},
        postgresql_where=sa.text("recorded_to is null and name <> ''"),
    )
    op.get_bind().exec_driver_sql((SQL / "0005_changes.sql").read_text(encoding="utf-8").replace("%", "%%"))


def downgrade() -> None:
    """Not offered: history is never dropped."""
    raise NotImplementedError("history is never dropped: restore a backup instead")
