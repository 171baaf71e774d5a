"""Tasks and their steps; rounds that were planned and kept."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, DATERANGE

from geo_api.db.tables.base import NOW, metadata

STEPS = (
    "'opened', 'assigned', 'accepted', 'done', 'returned', 'handed_over', 'referred', 'replied', 'moved', "
    "'escalated', 'closed'"
)
STATES = "'opened', 'assigned', 'accepted', 'done', 'returned', 'handed_over', 'referred', 'replied', 'closed'"

task = Table(
    "task",
    metadata,
    Column("task_id", BigInteger, Identity(always=True), primary_key=True),
    Column("kind", Text, nullable=False, comment="case, campaign, visit, rectification, ..."),
    Column("source", Text, nullable=False, server_default="", comment="where it came from, e.g. 12315"),
    Column("source_id", Text, nullable=False, server_default="", comment="its number there; empty = none"),
    Column("jurisdiction_code", Text, nullable=False, comment="whose it is while no cell is known"),
    Column("entity_id", BigInteger, ForeignKey("gridward.entity_identity.entity_id")),
    Column("address", Text, nullable=False, server_default=""),
    Column("lon", Double, comment="degrees, EPSG:4490; null = unknown"),
    Column("lat", Double),
    Column("cell_code", Text, nullable=False, server_default="", comment="when opened; empty = not placed"),
    Column("function", Text, nullable=False, server_default="", comment="empty = all functions"),
    Column("opened_on", Date, nullable=False),
    Column("due_on", Date, nullable=False, comment="last day in time"),
    Column("title", Text, nullable=False),
    Column("campaign", Text, nullable=False, server_default="", comment="the campaign that it belongs to"),
    Column("actor", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=NOW),
    CheckConstraint("kind <> '' and title <> ''", name="named"),
    CheckConstraint("due_on >= opened_on", name="due_on"),
    CheckConstraint("(lon is null) = (lat is null)", name="place"),
)
Index("uq_task_source", task.c.source, task.c.source_id, unique=True, postgresql_where=text("source_id <> ''"))
Index("ix_task_campaign", task.c.campaign, postgresql_where=text("campaign <> ''"))
Index("ix_task_entity_id", task.c.entity_id, postgresql_where=text("entity_id is not null"))

task_step = Table(
    "task_step",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("task_id", BigInteger, ForeignKey(task.c.task_id), nullable=False),
    Column("n", Integer, nullable=False, comment="1, 2, ... within the task: two steps at once are one too many"),
    Column("step", Text, nullable=False),
    Column("state", Text, nullable=False, comment="after the step"),
    Column("cell_code", Text, nullable=False, server_default="", comment="after the step; empty = not placed"),
    Column(
        "officer_id", Text, nullable=False, server_default="", comment="who took it or was chosen; empty = the cell's"
    ),
    Column("to_department", Text, nullable=False, server_default=""),
    Column(
        "escalated_to", Text, nullable=False, server_default="", comment="code of the level that was told it is late"
    ),
    Column("due_on", Date, nullable=False, comment="deadline in force after the step"),
    Column("note", Text, nullable=False, server_default=""),
    Column("day", Date, nullable=False),
    Column("actor", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=NOW),
    UniqueConstraint("task_id", "n", name="uq_task_step_n"),
    CheckConstraint(f"step in ({STEPS})", name="step"),
    CheckConstraint(f"state in ({STATES})", name="state"),
)

round_plan = Table(
    "round_plan",
    metadata,
    Column("round_id", BigInteger, Identity(always=True), primary_key=True),
    Column("jurisdiction_code", Text, nullable=False, comment="the station"),
    Column("officer_id", Text, nullable=False, server_default="", comment="empty = made for cells"),
    Column("cell_codes", ARRAY(Text), nullable=False),
    Column("period", DATERANGE, nullable=False),
    Column("made_on", Date, nullable=False, comment="the day whose due list it was made from"),
    Column("digest", Text, nullable=False, comment="sha256 over its visits"),
    Column("actor", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("at", DateTime(timezone=True), nullable=False, server_default=NOW),
    CheckConstraint("not isempty(period)", name="period"),
)
Index("ix_round_plan_officer_id", round_plan.c.officer_id, round_plan.c.round_id)

planned_visit = Table(
    "planned_visit",
    metadata,
    Column("round_id", BigInteger, ForeignKey(round_plan.c.round_id), nullable=False),
    Column("day", Date, nullable=False),
    Column("position", Integer, nullable=False, comment="1, 2, ... in the day's round"),
    Column("entity_id", BigInteger, ForeignKey("gridward.entity_identity.entity_id")),
    Column("task_id", BigInteger, ForeignKey(task.c.task_id)),
    Column("cell_code", Text, nullable=False),
    Column("why", Text, nullable=False),
    PrimaryKeyConstraint("round_id", "day", "position"),
    CheckConstraint("entity_id is not null or task_id is not null", name="whom"),
)
Index(
    "uq_planned_visit_once",
    planned_visit.c.round_id,
    planned_visit.c.entity_id,
    planned_visit.c.day,
    unique=True,
    postgresql_where=text("task_id is null"),
)
Index("ix_planned_visit_entity_id", planned_visit.c.entity_id, planned_visit.c.day)
