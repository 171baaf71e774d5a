"""Reports and assessments as they were issued."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

SQL = Path(__file__).parents[2] / "sql"


def upgrade() -> None:
    """Bring the schema to this revision."""
    now, empty = sa.text("now()"), sa.text("'{}'")
    op.create_table(
        "report",
        sa.Column("report_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "subject", sa.Text(), server_default="", nullable=False, comment="which ledger; empty for the others"
        ),
        sa.Column("jurisdiction_code", sa.Text(), nullable=False, comment="a cell, station or bureau"),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_to", sa.Date(), nullable=False, comment="first day no longer in it"),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="what was recorded then is what it shows",
        ),
        sa.Column("issued_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("issued_by", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("profile_digest", sa.Text(), server_default="", nullable=False),
        sa.Column("figures", postgresql.JSONB(), nullable=False, comment="the answer, in no language"),
        sa.Column(
            "documents",
            postgresql.JSONB(),
            server_default=empty,
            nullable=False,
            comment="language -> the printed document",
        ),
        sa.Column("digest", sa.Text(), nullable=False, comment="sha256 of figures and documents, canonical JSON"),
        sa.CheckConstraint("kind in ('coverage', 'assessment', 'ledger')", name=op.f("ck_report_kind")),
        sa.CheckConstraint("period_from < period_to", name=op.f("ck_report_period")),
        sa.CheckConstraint("recorded_at <= issued_at", name=op.f("ck_report_recorded_at")),
        sa.CheckConstraint("digest ~ '^[0-9a-f]{64}$'", name=op.f("ck_report_digest")),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_report")),
        schema="gridward",
    )
    op.create_index(
        "ix_report_jurisdiction_code", "report", ["jurisdiction_code", "kind", "period_from"], schema="gridward"
    )
    op.create_index(
        "uq_report_once",
        "report",
        ["kind", "subject", "jurisdiction_code", "period_from", "period_to"],
        unique=True,
        schema="gridward",
        postgresql_where=sa.text("kind <> 'ledger'"),
    )
    op.create_index("ix_report_digest", "report", ["digest"], schema="gridward")
    op.get_bind().exec_driver_sql((SQL / "0014_reports.sql").read_text(encoding="utf-8").replace("%", "%%"))


def downgrade() -> None:
    """Not offered: history is never dropped."""
    raise NotImplementedError("history is never dropped: restore a backup instead")
