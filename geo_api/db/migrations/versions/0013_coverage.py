"""What coverage over any period needs: posters, and visits by day."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

SQL = Path(__file__).parents[2] / "sql"


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_table(
        "poster",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("jurisdiction_code", sa.Text(), nullable=False, comment="the cell, station or bureau that it shows"),
        sa.Column("place", sa.Text(), nullable=False, comment="where it hangs"),
        sa.Column("drawn_for", sa.Date(), nullable=False, comment="the day whose cells and officers it shows"),
        sa.Column(
            "plan_id",
            sa.BigInteger(),
            nullable=True,
            comment="the plan in force that day; null for a bureau, which has many",
        ),
        sa.Column("posted_by", sa.Text(), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("recorded_from", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_to", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("not isempty(valid)", name=op.f("ck_poster_valid")),
        sa.CheckConstraint("place <> '' and jurisdiction_code <> ''", name=op.f("ck_poster_place")),
        postgresql.ExcludeConstraint(
            ("jurisdiction_code", "="),
            ("place", "="),
            ("valid", "&&"),
            where=sa.text("recorded_to is null"),
            using="gist",
            name="ex_poster_place",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_poster")),
        schema="gridward",
        comment="a poster hangs from its first day until another takes its place, or it is taken down",
    )
    op.get_bind().exec_driver_sql((SQL / "0013_coverage.sql").read_text(encoding="utf-8").replace("%", "%%"))


def downgrade() -> None:
    """Not offered: history is never dropped."""
    raise NotImplementedError("history is never dropped: restore a backup instead")
