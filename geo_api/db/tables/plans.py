"""Plans: drafts, what they contain, and the periods for which they are published."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint

from geo_api.db.tables.base import CURRENT, NOW, bitemporal, geometry, metadata

plan_transition = Table(
    "plan_transition",
    metadata,
    Column("verb", Text, nullable=False),
    Column("from_state", Text, nullable=False),
    Column("to_state", Text, nullable=False),
    PrimaryKeyConstraint("from_state", "to_state"),
    comment="the steps that the trigger on plan permits; same as supervision.plans.TRANSITIONS",
)

plan = Table(
    "plan",
    metadata,
    Column("plan_id", BigInteger, Identity(always=True), primary_key=True),
    Column("station_code", Text, nullable=False),
    Column("version", Integer, nullable=False, comment="1, 2, ... within the station"),
    Column("state", Text, nullable=False, server_default="draft"),
    Column("cells", Integer, nullable=False),
    Column("tolerance", Double, nullable=False),
    Column("max_abs_deviation", Double, nullable=False),
    Column("rng_seed", BigInteger, nullable=False),
    Column("parameters", JSONB, nullable=False),
    Column("input_digest", Text, nullable=False),
    Column("software", Text, nullable=False),
    Column("metrics", JSONB, nullable=False),
    Column("findings", JSONB, nullable=False, comment="of the build"),
    geometry("outline", "MULTIPOLYGON"),
    Column("built_for", Text, nullable=False, server_default="", comment="what the entity set was: a day"),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("created_by", Text, nullable=False),
    Column("gate_findings", JSONB, nullable=False, server_default=text("'[]'"), comment="of the last submission"),
    Column("submitted_by", Text),
    Column("submitted_at", DateTime(timezone=True)),
    Column("approved_by", Text),
    Column("approved_at", DateTime(timezone=True)),
    Column("balance_waived", Text, comment="the approver's reason to accept a missed balance"),
    UniqueConstraint("station_code", "version", name="uq_plan_version"),
    UniqueConstraint("plan_id", "station_code", name="uq_plan_station"),
    CheckConstraint("state in ('draft', 'submitted', 'returned', 'approved', 'published', 'superseded')", name="state"),
    CheckConstraint("approved_by is null or approved_by <> submitted_by", name="four_eyes"),
)

plan_validity = Table(
    "plan_validity",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("plan_id", BigInteger, nullable=False),
    Column("station_code", Text, nullable=False),
    *bitemporal(),
    CheckConstraint("not isempty(valid)", name="valid"),
    ForeignKeyConstraint(
        ["plan_id", "station_code"], [plan.c.plan_id, plan.c.station_code], name="fk_plan_validity_plan"
    ),
    ExcludeConstraint(
        ("station_code", "="), ("valid", "&&"), using="gist", where=CURRENT, name="ex_plan_validity_station_code"
    ),
)

cell_code = Table(
    "cell_code",
    metadata,
    Column("code", Text, primary_key=True),
    Column("station_code", Text, nullable=False),
    UniqueConstraint("code", "station_code", name="uq_cell_code_station"),
    comment="a code belongs to one station for ever; with one published plan per station: one valid cell per code",
)

cell = Table(
    "cell",
    metadata,
    Column("plan_id", BigInteger, nullable=False),
    Column("code", Text, nullable=False),
    Column("station_code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("exclusive", Boolean, nullable=False, server_default=text("false")),
    Column("workload_hours_per_year", Double, nullable=False),
    Column("deviation", Double, nullable=False),
    Column("entities", Integer, nullable=False),
    Column("area_m2", Double, nullable=False),
    geometry("geom", "MULTIPOLYGON"),
    PrimaryKeyConstraint("plan_id", "code"),
    ForeignKeyConstraint(["plan_id", "station_code"], [plan.c.plan_id, plan.c.station_code], name="fk_cell_plan"),
    ForeignKeyConstraint(["code", "station_code"], [cell_code.c.code, cell_code.c.station_code], name="fk_cell_code"),
)
Index("ix_cell_geom", cell.c.plan_id, cell.c.geom, postgresql_using="gist")

block = Table(
    "block",
    metadata,
    Column("plan_id", BigInteger, ForeignKey(plan.c.plan_id), nullable=False),
    Column("block_id", Integer, nullable=False),
    Column("cell_code", Text, nullable=False),
    Column("workload_hours_per_year", Double, nullable=False),
    Column("area_m2", Double, nullable=False),
    geometry("geom", "POLYGON"),
    PrimaryKeyConstraint("plan_id", "block_id"),
)

cell_border = Table(
    "cell_border",
    metadata,
    Column("plan_id", BigInteger, ForeignKey(plan.c.plan_id), nullable=False),
    Column("left_code", Text, nullable=False),
    Column("right_code", Text, nullable=False),
    Column("length_m", Double, nullable=False),
    Column("kind", Text, nullable=False),
    PrimaryKeyConstraint("plan_id", "left_code", "right_code", "kind"),
)

cell_entity = Table(
    "cell_entity",
    metadata,
    Column("plan_id", BigInteger, ForeignKey(plan.c.plan_id), nullable=False),
    Column("entity_id", BigInteger, nullable=False),
    Column("cell_code", Text, nullable=False),
    Column("serial", Integer, nullable=False, comment="entity code = cell code + 5-digit serial"),
    PrimaryKeyConstraint("plan_id", "entity_id"),
    UniqueConstraint("plan_id", "cell_code", "serial", name="uq_cell_entity_serial"),
)

proposed_assignment = Table(
    "proposed_assignment",
    metadata,
    Column("plan_id", BigInteger, ForeignKey(plan.c.plan_id), nullable=False),
    Column("cell_code", Text, nullable=False),
    Column("officer_id", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("function", Text, nullable=False, server_default=""),
    PrimaryKeyConstraint("plan_id", "cell_code", "officer_id", "role", "function"),
    CheckConstraint("role in ('lead', 'deputy')", name="role"),
)
