"""What a visit found, what has to be done, and visits of nobody in the register; class proposals."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

SQL = Path(__file__).parents[2] / "sql"


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.add_column(
        "entity",
        sa.Column(
            "licence_until",
            sa.Date(),
            nullable=True,
            comment="last day of its licence; null = none or without end",
        ),
        schema="gridward",
    )
    for column in _of_a_visit():
        op.add_column("inspection", column, schema="gridward")
    op.create_check_constraint(op.f("ck_inspection_minutes"), "inspection", "minutes >= 0", schema="gridward")
    op.create_index(
        "ix_inspection_deadline",
        "inspection",
        ["entity_id", "made_on"],
        unique=False,
        schema="gridward",
        postgresql_include=["rectify_by", "visit_id"],
        postgresql_where=sa.text("recorded_to is null and rectify_by is not null"),
    )
    # what due lists and classes ask of two million visits is in the index
    op.drop_index("ix_inspection_entity_id", table_name="inspection", schema="gridward")
    op.create_index(
        "ix_inspection_entity_id",
        "inspection",
        ["entity_id", "made_on"],
        unique=False,
        schema="gridward",
        postgresql_include=["kind", "result"],
        postgresql_where=sa.text("recorded_to is null"),
    )
    op.create_index(
        "ix_inspection_replaced",
        "inspection",
        ["source", "visit_id"],
        unique=False,
        schema="gridward",
        postgresql_where=sa.text("recorded_to is not null"),
    )
    _visit_unmatched()
    _classes()
    op.get_bind().exec_driver_sql((SQL / "0011_visits.sql").read_text(encoding="utf-8").replace("%", "%%"))


def _of_a_visit() -> list[sa.Column]:
    return [
        sa.Column(
            "officers",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="all who were there",
        ),
        sa.Column("purpose", sa.Text(), server_default="", nullable=False),
        sa.Column("findings", sa.Text(), server_default="", nullable=False),
        sa.Column("notice_no", sa.Text(), server_default="", nullable=False, comment="of the rectification notice"),
        sa.Column("rectify_by", sa.Date(), nullable=True, comment="its deadline"),
        sa.Column("revisit_of", sa.Text(), nullable=True, comment="visit_id that this one follows up"),
        sa.Column("minutes", sa.Integer(), nullable=True, comment="spent there"),
        sa.Column(
            "received_at", sa.DateTime(timezone=True), nullable=True, comment="from a handheld; null = from a file"
        ),
        sa.Column("actor", sa.Text(), server_default="", nullable=False, comment="who posted it; empty = from a file"),
    ]


def _visit_unmatched() -> None:
    op.create_table(
        "visit_unmatched",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("register", sa.Text(), nullable=False, comment="the dataset whose entities the visit may mean"),
        sa.Column("file", sa.Text(), server_default="", nullable=False, comment="empty = posted"),
        sa.Column("row_no", sa.BigInteger(), nullable=False, comment="as the user sees it"),
        sa.Column(
            "repeat_no", sa.Integer(), nullable=False, comment="0, 1, ... of the rows with this visit_id in the file"
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "detail", sa.Text(), server_default="", nullable=False, comment="what is wrong, or which visit it repeats"
        ),
        sa.Column("visit_id", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False, comment="as written"),
        sa.Column("made_on", sa.Date(), nullable=True, comment="null = not understood"),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("officer_id", sa.Text(), nullable=True),
        sa.Column("result", sa.Text(), server_default="", nullable=False),
        sa.Column("officers", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("purpose", sa.Text(), server_default="", nullable=False),
        sa.Column("findings", sa.Text(), server_default="", nullable=False),
        sa.Column("notice_no", sa.Text(), server_default="", nullable=False),
        sa.Column("rectify_by", sa.Date(), nullable=True),
        sa.Column("revisit_of", sa.Text(), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("actor", sa.Text(), server_default="", nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("recorded_from", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_to", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "reason = 'refused' or (made_on is not null and kind <> '' and result <> '')",
            name=op.f("ck_visit_unmatched_content"),
        ),
        sa.CheckConstraint(
            "reason in ('unmatched', 'repeat', 'refused', 'withdrawn')", name=op.f("ck_visit_unmatched_reason")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_unmatched")),
        schema="gridward",
        comment="rows of visits that are not in inspection: kept with their row and the reason; "
        "unmatched ones are matched later",
    )
    op.create_index(
        "uq_visit_unmatched_visit_id",
        "visit_unmatched",
        ["source", "visit_id", "repeat_no"],
        unique=True,
        schema="gridward",
        postgresql_where=sa.text("recorded_to is null"),
    )
    op.create_index(
        "ix_visit_unmatched_entity",
        "visit_unmatched",
        ["entity"],
        unique=False,
        schema="gridward",
        postgresql_where=sa.text("recorded_to is null and reason = 'unmatched'"),
    )


def _classes() -> None:
    op.create_table(
        "class_proposal",
        sa.Column("proposal_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("entity_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False, comment="the day whose record counts"),
        sa.Column("was", sa.Text(), nullable=False),
        sa.Column("proposed", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("reason <> '' and proposed <> ''", name=op.f("ck_class_proposal_reason")),
        sa.ForeignKeyConstraint(
            ["entity_id"], ["gridward.entity_identity.entity_id"], name=op.f("fk_class_proposal_entity_id")
        ),
        sa.PrimaryKeyConstraint("proposal_id", name=op.f("pk_class_proposal")),
        schema="gridward",
        comment="classes that a person proposed; those that follow from the record are computed when asked for",
    )
    op.create_index("ix_class_proposal_entity_id", "class_proposal", ["entity_id"], unique=False, schema="gridward")
    op.create_table(
        "class_decision",
        sa.Column("decision_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("entity_id", sa.BigInteger(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False, comment="first day of the confirmed class"),
        sa.Column("was", sa.Text(), nullable=False),
        sa.Column(
            "proposed", sa.Text(), nullable=False, comment="what the record or a person proposed; empty = nothing"
        ),
        sa.Column("confirmed", sa.Text(), nullable=False),
        sa.Column(
            "source_class",
            sa.Text(),
            nullable=False,
            comment="what the register said: a load does not undo the decision",
        ),
        sa.Column("rule", sa.Text(), server_default="", nullable=False, comment="of the proposal from the record"),
        sa.Column(
            "visits",
            postgresql.JSONB(),
            server_default=sa.text("'[]'"),
            nullable=False,
            comment="the visits that it rests on",
        ),
        sa.Column("proposal_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("reason <> '' and confirmed <> ''", name=op.f("ck_class_decision_reason")),
        sa.ForeignKeyConstraint(
            ["entity_id"], ["gridward.entity_identity.entity_id"], name=op.f("fk_class_decision_entity_id")
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["gridward.class_proposal.proposal_id"], name=op.f("fk_class_decision_proposal_id")
        ),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_class_decision")),
        sa.UniqueConstraint("proposal_id", name="uq_class_decision_proposal_id"),
        schema="gridward",
        comment="classes that a person confirmed",
    )
    op.create_index(
        "ix_class_decision_entity_id", "class_decision", ["entity_id", "decision_id"], unique=False, schema="gridward"
    )


def downgrade() -> None:
    """Not offered: history is never dropped."""
    raise NotImplementedError("history is never dropped: restore a backup instead")
