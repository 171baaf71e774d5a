"""Officers, plans and the log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_table(
        "officer",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("officer_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("telephone", sa.Text(), server_default="", nullable=False),
        sa.Column("station_code", sa.Text(), server_default="", nullable=False),
        sa.Column("joined", sa.Date(), nullable=True),
        sa.Column("function", sa.Text(), server_default="", nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("recorded_from", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_to", sa.DateTime(timezone=True), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("officer_id"), "="),
            (sa.column("valid"), "&&"),
            where=sa.text("recorded_to is null"),
            using="gist",
            name="ex_officer_officer_id",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officer")),
        schema="gridward",
    )
    op.create_index(
        "ix_officer_station_code",
        "officer",
        ["station_code"],
        unique=False,
        schema="gridward",
        postgresql_where=sa.text("recorded_to is null"),
    )
    op.create_table(
        "assignment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("officer_id", sa.Text(), nullable=False),
        sa.Column("jurisdiction_code", sa.Text(), nullable=False, comment="a cell, station or bureau; outlives plans"),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("function", sa.Text(), server_default="", nullable=False, comment="empty = all functions"),
        sa.Column("plan_id", sa.BigInteger(), nullable=True, comment="the plan that it was published with"),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("recorded_from", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_to", sa.DateTime(timezone=True), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("jurisdiction_code"), "="),
            (sa.column("function"), "="),
            (sa.column("role"), "="),
            (sa.column("valid"), "&&"),
            where=sa.text("recorded_to is null and role <> 'deputy'"),
            using="gist",
            name="ex_assignment_one_lead",
        ),
        postgresql.ExcludeConstraint(
            (sa.column("officer_id"), "="),
            (sa.column("jurisdiction_code"), "="),
            (sa.column("function"), "="),
            (sa.column("role"), "="),
            (sa.column("valid"), "&&"),
            where=sa.text("recorded_to is null"),
            using="gist",
            name="ex_assignment_once",
        ),
        sa.CheckConstraint("role in ('lead', 'deputy', 'first', 'direct')", name=op.f("ck_assignment_role")),
        sa.CheckConstraint("not isempty(valid)", name=op.f("ck_assignment_valid")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
        schema="gridward",
    )
    op.create_index(
        "ix_assignment_jurisdiction_code", "assignment", ["jurisdiction_code"], unique=False, schema="gridward"
    )
    op.create_table(
        "plan_transition",
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=False),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("from_state", "to_state", name=op.f("pk_plan_transition")),
        schema="gridward",
        comment="the steps that the trigger on plan permits; same as supervision.plans.TRANSITIONS",
    )
    op.create_table(
        "plan",
        sa.Column("plan_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("station_code", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, comment="1, 2, ... within the station"),
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column("cells", sa.Integer(), nullable=False),
        sa.Column("tolerance", sa.Double(), nullable=False),
        sa.Column("max_abs_deviation", sa.Double(), nullable=False),
        sa.Column("rng_seed", sa.BigInteger(), nullable=False),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("input_digest", sa.Text(), nullable=False),
        sa.Column("software", sa.Text(), nullable=False),
        sa.Column("metrics", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("findings", postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment="of the build"),
        sa.Column(
            "outline",
            Geometry(geometry_type="MULTIPOLYGON", srid=4490, spatial_index=False, nullable=False),
            nullable=False,
        ),
        sa.Column("built_for", sa.Text(), server_default="", nullable=False, comment="what the entity set was: a day"),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column(
            "gate_findings",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
            comment="of the last submission",
        ),
        sa.Column("submitted_by", sa.Text(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "balance_waived", sa.Text(), nullable=True, comment="the approver's reason to accept a missed balance"
        ),
        sa.CheckConstraint(
            "state in ('draft', 'submitted', 'returned', 'approved', 'published', 'superseded')",
            name=op.f("ck_plan_state"),
        ),
        sa.CheckConstraint("approved_by is null or approved_by <> submitted_by", name=op.f("ck_plan_four_eyes")),
        sa.PrimaryKeyConstraint("plan_id", name=op.f("pk_plan")),
        sa.UniqueConstraint("plan_id", "station_code", name="uq_plan_station"),
        sa.UniqueConstraint("station_code", "version", name="uq_plan_version"),
        schema="gridward",
    )
    op.create_table(
        "plan_validity",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("station_code", sa.Text(), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("recorded_from", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_to", sa.DateTime(timezone=True), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("station_code"), "="),
            (sa.column("valid"), "&&"),
            where=sa.text("recorded_to is null"),
            using="gist",
            name="ex_plan_validity_station_code",
        ),
        sa.CheckConstraint("not isempty(valid)", name=op.f("ck_plan_validity_valid")),
        sa.ForeignKeyConstraint(
            ["plan_id", "station_code"],
            ["gridward.plan.plan_id", "gridward.plan.station_code"],
            name="fk_plan_validity_plan",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_validity")),
        schema="gridward",
    )
    op.create_table(
        "cell_code",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("station_code", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_cell_code")),
        sa.UniqueConstraint("code", "station_code", name="uq_cell_code_station"),
        schema="gridward",
        comment="a code belongs to one station for ever; with one published plan per station: one valid cell per code",
    )
    op.create_table(
        "cell",
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("station_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("exclusive", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("workload_hours_per_year", sa.Double(), nullable=False),
        sa.Column("deviation", sa.Double(), nullable=False),
        sa.Column("entities", sa.Integer(), nullable=False),
        sa.Column("area_m2", sa.Double(), nullable=False),
        sa.Column(
            "geom",
            Geometry(geometry_type="MULTIPOLYGON", srid=4490, spatial_index=False, nullable=False),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["code", "station_code"],
            ["gridward.cell_code.code", "gridward.cell_code.station_code"],
            name="fk_cell_code",
        ),
        sa.ForeignKeyConstraint(
            ["plan_id", "station_code"], ["gridward.plan.plan_id", "gridward.plan.station_code"], name="fk_cell_plan"
        ),
        sa.PrimaryKeyConstraint("plan_id", "code", name=op.f("pk_cell")),
        schema="gridward",
    )
    op.create_index(
        "ix_cell_geom", "cell", ["plan_id", "geom"], unique=False, schema="gridward", postgresql_using="gist"
    )
    op.create_table(
        "block",
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("block_id", sa.Integer(), nullable=False),
        sa.Column("cell_code", sa.Text(), nullable=False),
        sa.Column("workload_hours_per_year", sa.Double(), nullable=False),
        sa.Column("area_m2", sa.Double(), nullable=False),
        sa.Column(
            "geom", Geometry(geometry_type="POLYGON", srid=4490, spatial_index=False, nullable=False), nullable=False
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["gridward.plan.plan_id"], name=op.f("fk_block_plan_id")),
        sa.PrimaryKeyConstraint("plan_id", "block_id", name=op.f("pk_block")),
        schema="gridward",
    )
    op.create_table(
        "cell_border",
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("left_code", sa.Text(), nullable=False),
        sa.Column("right_code", sa.Text(), nullable=False),
        sa.Column("length_m", sa.Double(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["gridward.plan.plan_id"], name=op.f("fk_cell_border_plan_id")),
        sa.PrimaryKeyConstraint("plan_id", "left_code", "right_code", "kind", name=op.f("pk_cell_border")),
        schema="gridward",
    )
    op.create_table(
        "cell_entity",
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("entity_id", sa.BigInteger(), nullable=False),
        sa.Column("cell_code", sa.Text(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False, comment="entity code = cell code + 5-digit serial"),
        sa.ForeignKeyConstraint(["plan_id"], ["gridward.plan.plan_id"], name=op.f("fk_cell_entity_plan_id")),
        sa.PrimaryKeyConstraint("plan_id", "entity_id", name=op.f("pk_cell_entity")),
        sa.UniqueConstraint("plan_id", "cell_code", "serial", name="uq_cell_entity_serial"),
        schema="gridward",
    )
    op.create_table(
        "proposed_assignment",
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("cell_code", sa.Text(), nullable=False),
        sa.Column("officer_id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("function", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("role in ('lead', 'deputy')", name=op.f("ck_proposed_assignment_role")),
        sa.ForeignKeyConstraint(["plan_id"], ["gridward.plan.plan_id"], name=op.f("fk_proposed_assignment_plan_id")),
        sa.PrimaryKeyConstraint(
            "plan_id", "cell_code", "officer_id", "role", "function", name=op.f("pk_proposed_assignment")
        ),
        schema="gridward",
    )
    op.create_table(
        "event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False, comment="what it happened to, e.g. plan:7"),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        schema="gridward",
    )
    op.create_index("ix_event_subject", "event", ["subject", "id"], unique=False, schema="gridward")
    op.create_table(
        "change",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("what", sa.Text(), nullable=False, comment="the table that changed"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change")),
        schema="gridward",
        comment="one row per change of what is published; its highest id is the revision",
    )
    op.create_table(
        "import_run",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
        schema="gridward",
    )
    op.create_index("ix_import_run_source", "import_run", ["source", "id"], unique=False, schema="gridward")
    op.create_table(
        "api_key",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "digest",
            sa.LargeBinary(),
            nullable=False,
            comment="sha256 of a key of 256 random bits; the key is not kept",
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "role in ('planner', 'approver', 'officer', 'system', 'admin')", name=op.f("ck_api_key_role")
        ),
        sa.CheckConstraint("octet_length(digest) = 32", name=op.f("ck_api_key_digest")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("digest", name="uq_api_key_digest"),
        schema="gridward",
    )


def downgrade() -> None:
    """Not offered: history is never dropped."""
    raise NotImplementedError("history is never dropped: restore a backup instead")
