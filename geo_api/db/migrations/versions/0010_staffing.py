"""Absences and substitutes, patrol groups, sub-areas."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

SQL = Path(__file__).parents[2] / "sql"
CURRENT = "recorded_to is null"


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_table(
        "absence",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("officer_id", sa.Text(), nullable=False),
        sa.Column(
            "substitute_id", sa.Text(), server_default="", nullable=False, comment="who stands in; empty = nobody"
        ),
        sa.Column("kind", sa.Text(), server_default="leave", nullable=False),
        *_bitemporal(),
        sa.CheckConstraint("not isempty(valid) and not lower_inf(valid)", name=op.f("ck_absence_valid")),
        sa.CheckConstraint("officer_id <> '' and officer_id <> substitute_id", name=op.f("ck_absence_substitute")),
        sa.CheckConstraint(
            "kind in ('leave', 'sick', 'training', 'secondment', 'other')", name=op.f("ck_absence_kind")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
        _one_at_a_time("absence", "officer_id"),
        schema="gridward",
    )
    op.create_table(
        "patrol_group",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("station_code", sa.Text(), nullable=False),
        *_bitemporal(),
        sa.CheckConstraint("code <> ''", name=op.f("ck_patrol_group_code")),
        sa.CheckConstraint("not isempty(valid)", name=op.f("ck_patrol_group_valid")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patrol_group")),
        _one_at_a_time("patrol_group", "code"),
        schema="gridward",
    )
    op.create_index(
        "ix_patrol_group_station_code",
        "patrol_group",
        ["station_code"],
        schema="gridward",
        postgresql_where=sa.text(CURRENT),
    )
    op.create_table(
        "patrol_group_cell",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("group_code", sa.Text(), nullable=False),
        sa.Column("cell_code", sa.Text(), nullable=False),
        *_bitemporal(),
        sa.CheckConstraint("not isempty(valid)", name=op.f("ck_patrol_group_cell_valid")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patrol_group_cell")),
        _one_at_a_time("patrol_group_cell", "cell_code"),
        schema="gridward",
        comment="a cell is in one patrol group at a time",
    )
    op.create_index("ix_patrol_group_cell_group_code", "patrol_group_cell", ["group_code"], schema="gridward")
    op.get_bind().exec_driver_sql((SQL / "0010_staffing.sql").read_text(encoding="utf-8").replace("%", "%%"))


def _bitemporal() -> list[sa.Column]:
    return [
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("recorded_from", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_to", sa.DateTime(timezone=True), nullable=True),
    ]


def _one_at_a_time(table: str, column: str) -> postgresql.ExcludeConstraint:
    return postgresql.ExcludeConstraint(
        (sa.column(column), "="),
        (sa.column("valid"), "&&"),
        using="gist",
        where=sa.text(CURRENT),
        name=f"ex_{table}_{column}",
    )


def downgrade() -> None:
    """Not offered: history is never dropped."""
    raise NotImplementedError("history is never dropped: restore a backup instead")
