"""The gazetteer: streets, numbers and names that addresses are found by; divisions and their names by day."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SQL = Path(__file__).parents[2] / "sql"


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_table(
        "division",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(), server_default="", nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True, comment="first day of this name; null = since ever"),
        sa.Column(
            "valid_to", sa.Date(), nullable=True, comment="first day on which it no longer holds; null = it holds"
        ),
        sa.Column(
            "became", sa.Text(), server_default="", nullable=False, comment="codes of what it became, separated by |"
        ),
        sa.Column("aliases", sa.Text(), server_default="", nullable=False, comment="other names, separated by |"),
        sa.Column("year_only", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("recorded_from", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_to", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "level in ('province', 'city', 'county', 'town', 'village')", name=op.f("ck_division_level")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_division")),
        schema="gridward",
        comment="administrative divisions under each of their names",
    )
    op.create_index(
        "ix_division_code",
        "division",
        ["code"],
        unique=False,
        schema="gridward",
        postgresql_where=sa.text("recorded_to is null"),
    )
    op.create_table(
        "gazetteer_former",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("former", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="what it is called since"),
        sa.Column("since", sa.Date(), nullable=True, comment="first day of the new name; null = unknown"),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("recorded_from", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_to", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind in ('street', 'place')", name=op.f("ck_gazetteer_former_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gazetteer_former")),
        schema="gridward",
        comment="former names of streets and places",
    )
    op.create_table(
        "gazetteer_parse",
        sa.Column("digest", sa.UUID(), nullable=False, comment="md5 of the address as written"),
        sa.Column("version", sa.Text(), nullable=False, comment="of the parser, the region and the divisions"),
        sa.Column(
            "head",
            sa.Text(),
            nullable=False,
            comment="key of the street; @place; x:crossing; empty = nothing to find it by",
        ),
        sa.Column("name", sa.Text(), nullable=False, comment="the head as shown"),
        sa.Column("lanes", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, comment="-1 = none"),
        sa.Column("text", sa.Text(), nullable=False, comment="canonical form of the number"),
        sa.Column("building", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("town", sa.Text(), nullable=False),
        sa.Column("village", sa.Text(), nullable=False),
        sa.Column("bearing_deg", sa.Double(), nullable=False, comment="of a place told by another one; -1 = none"),
        sa.Column("distance_m", sa.Double(), nullable=False, comment="of a place told by another one; -1 = none"),
        sa.PrimaryKeyConstraint("digest", "version", name=op.f("pk_gazetteer_parse")),
        schema="gridward",
        comment="what each address text says; it follows from the text alone, so it never goes stale",
    )
    op.create_table(
        "gazetteer_place",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("place_id", sa.Text(), nullable=False, comment="of the source"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "geom", Geometry(geometry_type="POINT", srid=4490, spatial_index=False, nullable=False), nullable=False
        ),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("recorded_from", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_to", sa.DateTime(timezone=True), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("source"), "="),
            (sa.column("place_id"), "="),
            (sa.column("valid"), "&&"),
            where=sa.text("recorded_to is null"),
            using="gist",
            name="ex_gazetteer_place_place_id",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gazetteer_place")),
        schema="gridward",
        comment="compounds, buildings, markets and shops by name",
    )
    op.create_index(
        "ix_gazetteer_place_geom",
        "gazetteer_place",
        ["geom"],
        unique=False,
        schema="gridward",
        postgresql_using="gist",
        postgresql_where=sa.text("recorded_to is null"),
    )
    op.create_table(
        "gazetteer_point",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("point_id", sa.Text(), nullable=False, comment="of the source"),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column(
            "geom", Geometry(geometry_type="POINT", srid=4490, spatial_index=False, nullable=False), nullable=False
        ),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("recorded_from", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_to", sa.DateTime(timezone=True), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("source"), "="),
            (sa.column("point_id"), "="),
            (sa.column("valid"), "&&"),
            where=sa.text("recorded_to is null"),
            using="gist",
            name="ex_gazetteer_point_point_id",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gazetteer_point")),
        schema="gridward",
        comment="addresses with a place that are no businesses: from an address register",
    )
    op.create_index(
        "ix_gazetteer_point_geom",
        "gazetteer_point",
        ["geom"],
        unique=False,
        schema="gridward",
        postgresql_using="gist",
        postgresql_where=sa.text("recorded_to is null"),
    )
    op.create_table(
        "gazetteer_street",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "geom", Geometry(geometry_type="LINESTRING", srid=4490, spatial_index=False, nullable=False), nullable=False
        ),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("recorded_from", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_to", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gazetteer_street")),
        schema="gridward",
        comment="lines of named streets beside the boundary lines",
    )
    op.create_index(
        "ix_gazetteer_street_geom",
        "gazetteer_street",
        ["geom"],
        unique=False,
        schema="gridward",
        postgresql_using="gist",
        postgresql_where=sa.text("recorded_to is null"),
    )
    op.create_index(
        "ix_event_gazetteer",
        "event",
        ["id"],
        unique=False,
        schema="gridward",
        postgresql_where=sa.text("verb in ('load', 'place', 'gazetteer')"),
    )
    op.get_bind().exec_driver_sql((SQL / "0004_gazetteer.sql").read_text(encoding="utf-8").replace("%", "%%"))


def downgrade() -> None:
    """Not offered: history is never dropped."""
    raise NotImplementedError("history is never dropped: restore a backup instead")
