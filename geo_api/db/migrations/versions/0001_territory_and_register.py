"""The territory and the register."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_table(
        "jurisdiction",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), server_default="", nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("parent_code", sa.Text(), server_default="", nullable=False),
        sa.Column("draws_cells", sa.Boolean(), nullable=False, comment="true for stations: the level that draws cells"),
        sa.Column(
            "geom",
            Geometry(geometry_type="MULTIPOLYGON", srid=4490, spatial_index=False, nullable=False),
            nullable=False,
        ),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("recorded_from", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_to", sa.DateTime(timezone=True), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("code"), "="),
            (sa.column("valid"), "&&"),
            where=sa.text("recorded_to is null"),
            using="gist",
            name="ex_jurisdiction_code",
        ),
        sa.CheckConstraint("code <> '' and code <> parent_code", name=op.f("ck_jurisdiction_code")),
        sa.CheckConstraint("not st_isempty(geom)", name=op.f("ck_jurisdiction_geom")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jurisdiction")),
        schema="gridward",
    )
    op.create_index(
        "ix_jurisdiction_geom",
        "jurisdiction",
        ["geom"],
        unique=False,
        schema="gridward",
        postgresql_using="gist",
        postgresql_where=sa.text("recorded_to is null"),
    )
    op.create_table(
        "boundary_line",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "geom", Geometry(geometry_type="LINESTRING", srid=4490, spatial_index=False, nullable=False), nullable=False
        ),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("recorded_from", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_to", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_boundary_line")),
        schema="gridward",
    )
    op.create_index("ix_boundary_line_digest", "boundary_line", ["source", "digest"], unique=False, schema="gridward")
    op.create_index(
        "ix_boundary_line_geom",
        "boundary_line",
        ["geom"],
        unique=False,
        schema="gridward",
        postgresql_using="gist",
        postgresql_where=sa.text("recorded_to is null"),
    )
    op.create_table(
        "base_unit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "geom",
            Geometry(geometry_type="MULTIPOLYGON", srid=4490, spatial_index=False, nullable=False),
            nullable=False,
        ),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("recorded_from", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_to", sa.DateTime(timezone=True), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("source"), "="),
            (sa.column("code"), "="),
            (sa.column("valid"), "&&"),
            where=sa.text("recorded_to is null"),
            using="gist",
            name="ex_base_unit_code",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_base_unit")),
        schema="gridward",
    )
    op.create_index(
        "ix_base_unit_geom",
        "base_unit",
        ["geom"],
        unique=False,
        schema="gridward",
        postgresql_using="gist",
        postgresql_where=sa.text("recorded_to is null"),
    )
    op.create_table(
        "market",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("exclusive", sa.Boolean(), nullable=False, comment="true: a cell of its own"),
        sa.Column(
            "geom",
            Geometry(geometry_type="MULTIPOLYGON", srid=4490, spatial_index=False, nullable=False),
            nullable=False,
        ),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("recorded_from", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_to", sa.DateTime(timezone=True), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("source"), "="),
            (sa.column("code"), "="),
            (sa.column("valid"), "&&"),
            where=sa.text("recorded_to is null"),
            using="gist",
            name="ex_market_code",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_market")),
        schema="gridward",
    )
    op.create_index(
        "ix_market_geom",
        "market",
        ["geom"],
        unique=False,
        schema="gridward",
        postgresql_using="gist",
        postgresql_where=sa.text("recorded_to is null"),
    )
    op.create_table(
        "profile",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("bureau_code", sa.Text(), nullable=False),
        sa.Column("title_zh", sa.Text(), server_default="", nullable=False),
        sa.Column("title_en", sa.Text(), server_default="", nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("rules", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("diagram", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("recorded_from", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_to", sa.DateTime(timezone=True), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("bureau_code"), "="),
            (sa.column("valid"), "&&"),
            where=sa.text("recorded_to is null"),
            using="gist",
            name="ex_profile_bureau_code",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_profile")),
        schema="gridward",
    )
    op.create_table(
        "entity_identity",
        sa.Column(
            "entity_id",
            sa.BigInteger(),
            sa.Identity(always=True),
            nullable=False,
            comment="permanent, never used again",
        ),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("entity_id", name=op.f("pk_entity_identity")),
        sa.UniqueConstraint("source", "source_id", name="uq_entity_identity_source"),
        schema="gridward",
    )
    op.create_table(
        "entity",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("entity_id", sa.BigInteger(), nullable=False),
        sa.Column("credit_code", sa.Text(), server_default="", nullable=False),
        sa.Column("registration_no", sa.Text(), server_default="", nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "address_key",
            sa.Text(),
            server_default="",
            nullable=False,
            comment="supervision.entities.normalise_address",
        ),
        sa.Column("industry", sa.Text(), server_default="", nullable=False),
        sa.Column("credit_class", sa.Text(), nullable=False),
        sa.Column("licensed", sa.Boolean(), nullable=False),
        sa.Column("opened", sa.Date(), nullable=True),
        sa.Column("closed", sa.Date(), nullable=True),
        sa.Column(
            "workload_hours", sa.Double(), nullable=True, comment="hours a year from the source; null = from the rules"
        ),
        sa.Column("geom", Geometry(geometry_type="POINT", srid=4490, spatial_index=False), nullable=True),
        sa.Column(
            "placed_by",
            sa.Text(),
            server_default="",
            nullable=False,
            comment="who placed it by hand; empty = the source",
        ),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("recorded_from", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_to", sa.DateTime(timezone=True), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("entity_id"), "="),
            (sa.column("valid"), "&&"),
            where=sa.text("recorded_to is null"),
            using="gist",
            name="ex_entity_entity_id",
        ),
        sa.CheckConstraint("credit_class in ('A', 'B', 'C', 'D')", name=op.f("ck_entity_credit_class")),
        sa.ForeignKeyConstraint(
            ["entity_id"], ["gridward.entity_identity.entity_id"], name=op.f("fk_entity_entity_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entity")),
        schema="gridward",
    )
    op.create_index(
        "ix_entity_address_key",
        "entity",
        ["address_key"],
        unique=False,
        schema="gridward",
        postgresql_where=sa.text("recorded_to is null and address_key <> ''"),
    )
    op.create_index("ix_entity_entity_id", "entity", ["entity_id"], unique=False, schema="gridward")
    op.create_index(
        "ix_entity_geom",
        "entity",
        ["geom"],
        unique=False,
        schema="gridward",
        postgresql_using="gist",
        postgresql_where=sa.text("recorded_to is null"),
    )
    op.create_table(
        "inspection",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("visit_id", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.BigInteger(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("officer_id", sa.Text(), nullable=True),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("recorded_from", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_to", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind in ('daily', 'special', 'priority')", name=op.f("ck_inspection_kind")),
        sa.CheckConstraint("result in ('pass', 'minor', 'fail', 'none')", name=op.f("ck_inspection_result")),
        sa.ForeignKeyConstraint(
            ["entity_id"], ["gridward.entity_identity.entity_id"], name=op.f("fk_inspection_entity_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection")),
        schema="gridward",
    )
    op.create_index(
        "ix_inspection_entity_id",
        "inspection",
        ["entity_id", "made_on"],
        unique=False,
        schema="gridward",
        postgresql_where=sa.text("recorded_to is null"),
    )
    op.create_index(
        "uq_inspection_visit_id",
        "inspection",
        ["source", "visit_id"],
        unique=True,
        schema="gridward",
        postgresql_where=sa.text("recorded_to is null"),
    )


def downgrade() -> None:
    """Not offered: history is never dropped."""
    raise NotImplementedError("history is never dropped: restore a backup instead")
