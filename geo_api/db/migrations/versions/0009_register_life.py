"""What became of entities: claims, the unlicensed, duplicates."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

SQL = Path(__file__).parents[2] / "sql"


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_table(
        "claim_step",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("entity_id", sa.BigInteger(), nullable=False),
        sa.Column("claim_no", sa.Integer(), nullable=False, comment="1, 2, ... of the entity"),
        sa.Column(
            "step_no", sa.Integer(), nullable=False, comment="1, 2, ... of the claim: nobody takes the same step twice"
        ),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("cell_code", sa.Text(), nullable=False, comment="the cell that the entity fell into"),
        sa.Column("fell_on", sa.Date(), nullable=False),
        sa.Column(
            "to_cell",
            sa.Text(),
            server_default="",
            nullable=False,
            comment="of wrong, transferred, decided: whose it is",
        ),
        sa.Column("officer_id", sa.Text(), server_default="", nullable=False),
        sa.Column("document", sa.Text(), server_default="", nullable=False, comment="number of the transfer form"),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False, comment="the day on which it counts"),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(step = 'fell') = (step_no = 1)", name=op.f("ck_claim_step_begins")),
        sa.CheckConstraint(
            "(to_cell <> '') = (step in ('wrong', 'transferred', 'decided'))", name=op.f("ck_claim_step_to_cell")
        ),
        sa.CheckConstraint("document <> '' or step <> 'wrong'", name=op.f("ck_claim_step_document")),
        sa.CheckConstraint(
            "officer_id <> '' or step not in ('claimed', 'transferred')", name=op.f("ck_claim_step_officer")
        ),
        sa.CheckConstraint(
            "reason <> '' or step not in ('wrong', 'disputed', 'decided', 'lapsed')", name=op.f("ck_claim_step_reason")
        ),
        sa.CheckConstraint(
            "step in ('fell', 'claimed', 'wrong', 'transferred', 'disputed', 'decided', 'lapsed')",
            name=op.f("ck_claim_step_step"),
        ),
        sa.ForeignKeyConstraint(
            ["entity_id"], ["gridward.entity_identity.entity_id"], name=op.f("fk_claim_step_entity_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_step")),
        sa.UniqueConstraint("entity_id", "claim_no", "step_no", name="uq_claim_step_once"),
        schema="gridward",
        comment="the life of claims; geo_api.supervision.claims says which step may follow which",
    )
    op.create_index("ix_claim_step_cell_code", "claim_step", ["cell_code", "fell_on"], unique=False, schema="gridward")
    op.create_table(
        "unlicensed_step",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("entity_id", sa.BigInteger(), nullable=False),
        sa.Column("step_no", sa.Integer(), nullable=False, comment="1, 2, ... of the entity"),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("officer_id", sa.Text(), server_default="", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("became_entity_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "client_id", sa.Text(), server_default="", nullable=False, comment="made by the handheld; empty = none"
        ),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False, comment="the day on which it counts"),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(became_entity_id is not null) = (step = 'licensed')", name=op.f("ck_unlicensed_step_became")
        ),
        sa.CheckConstraint("(step = 'discovered') = (step_no = 1)", name=op.f("ck_unlicensed_step_begins")),
        sa.CheckConstraint(
            "step in ('discovered', 'notice', 'guided', 'licensed', 'removed', 'referred', 'closed')",
            name=op.f("ck_unlicensed_step_step"),
        ),
        sa.ForeignKeyConstraint(
            ["became_entity_id"],
            ["gridward.entity_identity.entity_id"],
            name=op.f("fk_unlicensed_step_became_entity_id"),
        ),
        sa.ForeignKeyConstraint(
            ["entity_id"], ["gridward.entity_identity.entity_id"], name=op.f("fk_unlicensed_step_entity_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unlicensed_step")),
        sa.UniqueConstraint("entity_id", "step_no", name="uq_unlicensed_step_once"),
        schema="gridward",
        comment="the ledger of the unlicensed, from discovery to licence or removal",
    )
    op.create_index(
        "uq_unlicensed_step_client_id",
        "unlicensed_step",
        ["client_id"],
        unique=True,
        schema="gridward",
        postgresql_where=sa.text("client_id <> ''"),
    )
    op.create_table(
        "same_entity",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("entity_id", sa.BigInteger(), nullable=False),
        sa.Column("other_id", sa.BigInteger(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("kept_id", sa.BigInteger(), nullable=True, comment="the one that goes on"),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False, comment="the day on which it counts"),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(kept_id is not null) = (verdict = 'same')", name=op.f("ck_same_entity_kept")),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_same_entity_reason")),
        sa.CheckConstraint("verdict in ('same', 'different')", name=op.f("ck_same_entity_verdict")),
        sa.CheckConstraint("entity_id < other_id", name=op.f("ck_same_entity_pair")),
        sa.CheckConstraint("kept_id in (entity_id, other_id)", name=op.f("ck_same_entity_kept_one")),
        sa.ForeignKeyConstraint(
            ["entity_id"], ["gridward.entity_identity.entity_id"], name=op.f("fk_same_entity_entity_id")
        ),
        sa.ForeignKeyConstraint(
            ["kept_id"], ["gridward.entity_identity.entity_id"], name=op.f("fk_same_entity_kept_id")
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["gridward.entity_identity.entity_id"], name=op.f("fk_same_entity_other_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_same_entity")),
        schema="gridward",
        comment="what people decided about entities that look alike; the last row of a pair counts",
    )
    op.create_index(
        "ix_same_entity_entity_id", "same_entity", ["entity_id", "other_id"], unique=False, schema="gridward"
    )
    op.create_index("ix_same_entity_other_id", "same_entity", ["other_id"], unique=False, schema="gridward")
    # ### end Alembic commands ###
    op.get_bind().exec_driver_sql((SQL / "0009_life.sql").read_text(encoding="utf-8").replace("%", "%%"))


def downgrade() -> None:
    """Not offered: history is never dropped."""
    raise NotImplementedError("history is never dropped: restore a backup instead")
