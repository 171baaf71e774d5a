"""Tasks, their steps, and planned rounds."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

SQL = Path(__file__).parents[2] / "sql"
NOW = sa.text("now()")

STEPS = (
    "'opened', 'assigned', 'accepted', 'done', 'returned', 'handed_over', 'referred', 'replied', 'moved', "
    "'escalated', 'closed'"
)
STATES = "'opened', 'assigned', 'accepted', 'done', 'returned', 'handed_over', 'referred', 'replied', 'closed'"


def upgrade() -> None:
    """Bring the schema to this revision."""
    _tasks()
    _rounds()
    op.get_bind().exec_driver_sql((SQL / "0012_tasks.sql").read_text(encoding="utf-8").replace("%", "%%"))


def _text(name: str, comment: str | None = None, *, empty: bool = True) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default="" if empty else None, nullable=False, comment=comment)


def _tasks() -> None:
    op.create_table(
        "task",
        sa.Column("task_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        _text("kind", "case, campaign, visit, rectification, ...", empty=False),
        _text("source", "where it came from, e.g. 12315"),
        _text("source_id", "its number there; empty = none"),
        _text("jurisdiction_code", "whose it is while no cell is known", empty=False),
        sa.Column("entity_id", sa.BigInteger(), nullable=True),
        _text("address"),
        sa.Column("lon", sa.Double(), nullable=True, comment="degrees, EPSG:4490; null = unknown"),
        sa.Column("lat", sa.Double(), nullable=True),
        _text("cell_code", "when opened; empty = not placed"),
        _text("function", "empty = all functions"),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False, comment="last day in time"),
        _text("title", empty=False),
        _text("campaign", "the campaign that it belongs to"),
        _text("actor", empty=False),
        _text("role", empty=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.CheckConstraint("kind <> '' and title <> ''", name=op.f("ck_task_named")),
        sa.CheckConstraint("due_on >= opened_on", name=op.f("ck_task_due_on")),
        sa.CheckConstraint("(lon is null) = (lat is null)", name=op.f("ck_task_place")),
        sa.ForeignKeyConstraint(["entity_id"], ["gridward.entity_identity.entity_id"], name=op.f("fk_task_entity_id")),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_task")),
        schema="gridward",
    )
    for name, columns, where, unique in (
        ("uq_task_source", ["source", "source_id"], "source_id <> ''", True),
        ("ix_task_campaign", ["campaign"], "campaign <> ''", False),
        ("ix_task_entity_id", ["entity_id"], "entity_id is not null", False),
    ):
        op.create_index(name, "task", columns, unique=unique, schema="gridward", postgresql_where=sa.text(where))
    op.create_table(
        "task_step",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("task_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "n", sa.Integer(), nullable=False, comment="1, 2, ... within the task: two steps at once are one too many"
        ),
        _text("step", empty=False),
        _text("state", "after the step", empty=False),
        _text("cell_code", "after the step; empty = not placed"),
        _text("officer_id", "who took it or was chosen; empty = the cell's"),
        _text("to_department"),
        _text("escalated_to", "code of the level that was told it is late"),
        sa.Column("due_on", sa.Date(), nullable=False, comment="deadline in force after the step"),
        _text("note"),
        sa.Column("day", sa.Date(), nullable=False),
        _text("actor", empty=False),
        _text("role", empty=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.CheckConstraint(f"step in ({STEPS})", name=op.f("ck_task_step_step")),
        sa.CheckConstraint(f"state in ({STATES})", name=op.f("ck_task_step_state")),
        sa.ForeignKeyConstraint(["task_id"], ["gridward.task.task_id"], name=op.f("fk_task_step_task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_step")),
        sa.UniqueConstraint("task_id", "n", name="uq_task_step_n"),
        schema="gridward",
    )


def _rounds() -> None:
    op.create_table(
        "round_plan",
        sa.Column("round_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        _text("jurisdiction_code", "the station", empty=False),
        _text("officer_id", "empty = made for cells"),
        sa.Column("cell_codes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("period", postgresql.DATERANGE(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False, comment="the day whose due list it was made from"),
        _text("digest", "sha256 over its visits", empty=False),
        _text("actor", empty=False),
        _text("role", empty=False),
        _text("reason"),
        sa.Column("at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.CheckConstraint("not isempty(period)", name=op.f("ck_round_plan_period")),
        sa.PrimaryKeyConstraint("round_id", name=op.f("pk_round_plan")),
        schema="gridward",
    )
    op.create_index("ix_round_plan_officer_id", "round_plan", ["officer_id", "round_id"], schema="gridward")
    op.create_table(
        "planned_visit",
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, comment="1, 2, ... in the day's round"),
        sa.Column("entity_id", sa.BigInteger(), nullable=True),
        sa.Column("task_id", sa.BigInteger(), nullable=True),
        _text("cell_code", empty=False),
        _text("why", empty=False),
        sa.CheckConstraint("entity_id is not null or task_id is not null", name=op.f("ck_planned_visit_whom")),
        sa.ForeignKeyConstraint(
            ["entity_id"], ["gridward.entity_identity.entity_id"], name=op.f("fk_planned_visit_entity_id")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["gridward.round_plan.round_id"], name=op.f("fk_planned_visit_round_id")),
        sa.ForeignKeyConstraint(["task_id"], ["gridward.task.task_id"], name=op.f("fk_planned_visit_task_id")),
        sa.PrimaryKeyConstraint("round_id", "day", "position", name=op.f("pk_planned_visit")),
        schema="gridward",
    )
    op.create_index(
        "uq_planned_visit_once",
        "planned_visit",
        ["round_id", "entity_id", "day"],
        unique=True,
        schema="gridward",
        postgresql_where=sa.text("task_id is null"),
    )
    op.create_index("ix_planned_visit_entity_id", "planned_visit", ["entity_id", "day"], schema="gridward")


def downgrade() -> None:
    """Not offered: history is never dropped."""
    raise NotImplementedError("history is never dropped: restore a backup instead")
