"""The territory: jurisdictions, boundary lines, base units, markets, and the profile of a bureau."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Identity,
    Index,
    SmallInteger,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint

from geo_api.db.tables.base import CURRENT, bitemporal, geometry, gist, metadata

jurisdiction = Table(
    "jurisdiction",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("name_en", Text, nullable=False, server_default=""),
    Column("level", SmallInteger, nullable=False),
    Column("parent_code", Text, nullable=False, server_default=""),
    Column("draws_cells", Boolean, nullable=False, comment="true for stations: the level that draws cells"),
    geometry("geom", "MULTIPOLYGON"),
    Column("source", Text, nullable=False),
    Column("digest", Text, nullable=False),
    *bitemporal(),
    CheckConstraint("code <> '' and code <> parent_code", name="code"),
    CheckConstraint("not st_isempty(geom)", name="geom"),
    ExcludeConstraint(("code", "="), ("valid", "&&"), using="gist", where=CURRENT, name="ex_jurisdiction_code"),
)
gist(jurisdiction, "geom", where=CURRENT)

boundary_line = Table(
    "boundary_line",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False, server_default=""),
    geometry("geom", "LINESTRING"),
    Column("source", Text, nullable=False),
    Column("digest", Text, nullable=False),
    *bitemporal(),
)
gist(boundary_line, "geom", where=CURRENT)
Index("ix_boundary_line_digest", boundary_line.c.source, boundary_line.c.digest)

base_unit = Table(
    "base_unit",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False, server_default=""),
    geometry("geom", "MULTIPOLYGON"),
    Column("source", Text, nullable=False),
    Column("digest", Text, nullable=False),
    *bitemporal(),
    ExcludeConstraint(
        ("source", "="), ("code", "="), ("valid", "&&"), using="gist", where=CURRENT, name="ex_base_unit_code"
    ),
)
gist(base_unit, "geom", where=CURRENT)

market = Table(
    "market",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("exclusive", Boolean, nullable=False, comment="true: a cell of its own"),
    geometry("geom", "MULTIPOLYGON"),
    Column("source", Text, nullable=False),
    Column("digest", Text, nullable=False),
    *bitemporal(),
    ExcludeConstraint(
        ("source", "="), ("code", "="), ("valid", "&&"), using="gist", where=CURRENT, name="ex_market_code"
    ),
)
gist(market, "geom", where=CURRENT)

profile = Table(
    "profile",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("bureau_code", Text, nullable=False),
    Column("title_zh", Text, nullable=False, server_default=""),
    Column("title_en", Text, nullable=False, server_default=""),
    Column("timezone", Text, nullable=False),
    Column("rules", JSONB, nullable=False),
    Column(
        "loaded_rules",
        JSONB,
        comment="rules as the dataset last gave them; null = these rules. Rules set since outlive a load",
    ),
    Column("diagram", JSONB, nullable=False),
    Column("actor", Text, nullable=False, server_default="", comment="who set the rules; empty = the dataset"),
    Column("reason", Text, nullable=False, server_default=""),
    Column("source", Text, nullable=False),
    Column("digest", Text, nullable=False),
    *bitemporal(),
    ExcludeConstraint(
        ("bureau_code", "="), ("valid", "&&"), using="gist", where=CURRENT, name="ex_profile_bureau_code"
    ),
)
