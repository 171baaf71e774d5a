"""Draws of the entities that a sampling quota asks to visit in a year."""

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
    SmallInteger,
    Table,
    Text,
)

from geo_api.db.tables.base import NOW, metadata
from geo_api.db.tables.register import entity_identity

sampling_draw = Table(
    "sampling_draw",
    metadata,
    Column("draw_id", BigInteger, Identity(always=True), primary_key=True),
    Column("jurisdiction_code", Text, nullable=False),
    Column("year", SmallInteger, nullable=False),
    Column("industry", Text, nullable=False),
    Column("share", Double, nullable=False, comment="of the entities of the industry, at least"),
    Column("seed", BigInteger, nullable=False),
    Column("register_on", Date, nullable=False, comment="the day whose register was drawn from"),
    Column("population", Integer, nullable=False, comment="entities that were drawn from"),
    Column("chosen", Integer, nullable=False),
    Column("digest", Text, nullable=False, comment="sha256 over the population, the share and the seed"),
    Column("actor", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("at", DateTime(timezone=True), nullable=False, server_default=NOW),
    CheckConstraint("share > 0 and share <= 1", name="share"),
    CheckConstraint("chosen >= 0 and chosen <= population", name="chosen"),
)
Index(
    "ix_sampling_draw_jurisdiction_code",
    sampling_draw.c.jurisdiction_code,
    sampling_draw.c.year,
    sampling_draw.c.industry,
)

sampling_member = Table(
    "sampling_member",
    metadata,
    Column("draw_id", BigInteger, ForeignKey(sampling_draw.c.draw_id), primary_key=True),
    Column("entity_id", BigInteger, ForeignKey(entity_identity.c.entity_id), primary_key=True),
    Column("number", Integer, nullable=False, comment="place in the draw, from 1"),
)
