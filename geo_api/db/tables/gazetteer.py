"""The gazetteer: what addresses are found by besides the register; divisions and their names by day."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Date, Double, Identity, Index, Integer, Table, Text
from sqlalchemy import text as sql_text
from sqlalchemy.dialects.postgresql import UUID, ExcludeConstraint

from geo_api.db.tables.base import CURRENT, bitemporal, geometry, gist, metadata
from geo_api.db.tables.log import event

gazetteer_parse = Table(
    "gazetteer_parse",
    metadata,
    Column("digest", UUID, primary_key=True, comment="md5 of the address as written"),
    Column("version", Text, primary_key=True, comment="of the parser, the region and the divisions"),
    Column(
        "head", Text, nullable=False, comment="key of the street; @place; x:crossing; empty = nothing to find it by"
    ),
    Column("name", Text, nullable=False, comment="the head as shown"),
    Column("lanes", Text, nullable=False),
    Column("number", Integer, nullable=False, comment="-1 = none"),
    Column("text", Text, nullable=False, comment="canonical form of the number"),
    Column("building", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("county", Text, nullable=False),
    Column("town", Text, nullable=False),
    Column("village", Text, nullable=False),
    Column("bearing_deg", Double, nullable=False, comment="of a place told by another one; -1 = none"),
    Column("distance_m", Double, nullable=False, comment="of a place told by another one; -1 = none"),
    comment="what each address text says; it follows from the text alone, so it never goes stale",
)

gazetteer_point = Table(
    "gazetteer_point",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("point_id", Text, nullable=False, comment="of the source"),
    Column("address", Text, nullable=False),
    geometry("geom", "POINT"),
    Column("source", Text, nullable=False),
    Column("digest", Text, nullable=False),
    *bitemporal(),
    ExcludeConstraint(
        ("source", "="),
        ("point_id", "="),
        ("valid", "&&"),
        using="gist",
        where=CURRENT,
        name="ex_gazetteer_point_point_id",
    ),
    comment="addresses with a place that are no businesses: from an address register",
)
gist(gazetteer_point, "geom", where=CURRENT)

gazetteer_place = Table(
    "gazetteer_place",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("place_id", Text, nullable=False, comment="of the source"),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False, server_default=""),
    geometry("geom", "POINT"),
    Column("source", Text, nullable=False),
    Column("digest", Text, nullable=False),
    *bitemporal(),
    ExcludeConstraint(
        ("source", "="),
        ("place_id", "="),
        ("valid", "&&"),
        using="gist",
        where=CURRENT,
        name="ex_gazetteer_place_place_id",
    ),
    comment="compounds, buildings, markets and shops by name",
)
gist(gazetteer_place, "geom", where=CURRENT)

gazetteer_street = Table(
    "gazetteer_street",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False),
    geometry("geom", "LINESTRING"),
    Column("source", Text, nullable=False),
    Column("digest", Text, nullable=False),
    *bitemporal(),
    comment="lines of named streets beside the boundary lines",
)
gist(gazetteer_street, "geom", where=CURRENT)

gazetteer_former = Table(
    "gazetteer_former",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("former", Text, nullable=False),
    Column("name", Text, nullable=False, comment="what it is called since"),
    Column("since", Date, comment="first day of the new name; null = unknown"),
    Column("source", Text, nullable=False),
    Column("digest", Text, nullable=False),
    *bitemporal(),
    CheckConstraint("kind in ('street', 'place')", name="kind"),
    comment="former names of streets and places",
)

division = Table(
    "division",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("parent", Text, nullable=False, server_default=""),
    Column("valid_from", Date, comment="first day of this name; null = since ever"),
    Column("valid_to", Date, comment="first day on which it no longer holds; null = it holds"),
    Column("became", Text, nullable=False, server_default="", comment="codes of what it became, separated by |"),
    Column("aliases", Text, nullable=False, server_default="", comment="other names, separated by |"),
    Column("year_only", Boolean, nullable=False, server_default=sql_text("false")),
    Column("source", Text, nullable=False),
    Column("digest", Text, nullable=False),
    *bitemporal(),
    CheckConstraint("level in ('province', 'city', 'county', 'town', 'village')", name="level"),
    comment="administrative divisions under each of their names",
)
Index("ix_division_code", division.c.code, postgresql_where=sql_text(CURRENT))
Index(
    "ix_event_gazetteer",
    event.c.id,
    postgresql_where=sql_text("verb in ('load', 'place', 'gazetteer')"),
)
