"""Rules as data with effective dates: classes, levels and periods are no longer fixed by the schema."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SQL = Path(__file__).parents[2] / "sql"


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.drop_constraint(op.f("ck_entity_credit_class"), "entity", schema="gridward", type_="check")
    op.create_check_constraint(op.f("ck_entity_credit_class"), "entity", "credit_class <> ''", schema="gridward")
    op.add_column(
        "profile",
        sa.Column(
            "loaded_rules",
            postgresql.JSONB(),
            nullable=True,
            comment="rules as the dataset last gave them; null = these rules. Rules set since outlive a load",
        ),
        schema="gridward",
    )
    op.add_column(
        "profile",
        sa.Column(
            "actor",
            sa.Text(),
            server_default="",
            nullable=False,
            comment="who set the rules; empty = the dataset",
        ),
        schema="gridward",
    )
    op.add_column("profile", sa.Column("reason", sa.Text(), server_default="", nullable=False), schema="gridward")
    op.create_table(
        "sampling_draw",
        sa.Column("draw_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("jurisdiction_code", sa.Text(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("industry", sa.Text(), nullable=False),
        sa.Column("share", sa.Double(), nullable=False, comment="of the entities of the industry, at least"),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("register_on", sa.Date(), nullable=False, comment="the day whose register was drawn from"),
        sa.Column("population", sa.Integer(), nullable=False, comment="entities that were drawn from"),
        sa.Column("chosen", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False, comment="sha256 over the population, the share and the seed"),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("share > 0 and share <= 1", name=op.f("ck_sampling_draw_share")),
        sa.CheckConstraint("chosen >= 0 and chosen <= population", name=op.f("ck_sampling_draw_chosen")),
        sa.PrimaryKeyConstraint("draw_id", name=op.f("pk_sampling_draw")),
        schema="gridward",
    )
    op.create_index(
        "ix_sampling_draw_jurisdiction_code",
        "sampling_draw",
        ["jurisdiction_code", "year", "industry"],
        schema="gridward",
    )
    op.create_table(
        "sampling_member",
        sa.Column("draw_id", sa.BigInteger(), nullable=False),
        sa.Column("entity_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, comment="place in the draw, from 1"),
        sa.ForeignKeyConstraint(
            ["draw_id"], ["gridward.sampling_draw.draw_id"], name=op.f("fk_sampling_member_draw_id")
        ),
        sa.ForeignKeyConstraint(
            ["entity_id"], ["gridward.entity_identity.entity_id"], name=op.f("fk_sampling_member_entity_id")
        ),
        sa.PrimaryKeyConstraint("draw_id", "entity_id", name=op.f("pk_sampling_member")),
        schema="gridward",
    )
    op.get_bind().exec_driver_sql((SQL / "0008_profile.sql").read_text(encoding="utf-8").replace("%", "%%"))


def downgrade() -> None:
    """Not offered: history is never dropped."""
    raise NotImplementedError("history is never dropped: restore a backup instead")
