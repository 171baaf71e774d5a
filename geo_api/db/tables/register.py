"""The entity register and the visits made."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, ExcludeConstraint

from geo_api.db.tables.base import CURRENT, bitemporal, geometry, gist, metadata, recorded

entity_identity = Table(
    "entity_identity",
    metadata,
    Column("entity_id", BigInteger, Identity(always=True), primary_key=True, comment="permanent, never used again"),
    Column("source", Text, nullable=False),
    Column("source_id", Text, nullable=False),
    UniqueConstraint("source", "source_id", name="uq_entity_identity_source"),
)

entity = Table(
    "entity",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("entity_id", BigInteger, ForeignKey(entity_identity.c.entity_id), nullable=False),
    Column("credit_code", Text, nullable=False, server_default=""),
    Column("registration_no", Text, nullable=False, server_default=""),
    Column("name", Text, nullable=False, server_default=""),
    Column("address", Text, nullable=False, server_default=""),
    Column("address_key", Text, nullable=False, server_default="", comment="supervision.entities.normalise_address"),
    Column("industry", Text, nullable=False, server_default=""),
    Column("credit_class", Text, nullable=False),
    Column("licensed", Boolean, nullable=False),
    Column("opened", Date),
    Column("closed", Date),
    Column("licence_until", Date, comment="last day of its licence; null = none or without end"),
    Column("workload_hours", Double, comment="hours a year from the source; null = from the rules"),
    geometry("geom", "POINT", nullable=True),
    Column("placed_by", Text, nullable=False, server_default="", comment="who placed it by hand; empty = the source"),
    Column("source", Text, nullable=False),
    Column("digest", Text, nullable=False),
    *bitemporal(),
    CheckConstraint("credit_class <> ''", name="credit_class"),
    ExcludeConstraint(("entity_id", "="), ("valid", "&&"), using="gist", where=CURRENT, name="ex_entity_entity_id"),
)
gist(entity, "geom", where=CURRENT)
Index(
    "ix_entity_address_key",
    entity.c.address_key,
    postgresql_where=text("recorded_to is null and address_key <> ''"),
)
Index("ix_entity_entity_id", entity.c.entity_id)
for number in ("credit_code", "registration_no"):
    Index(f"ix_entity_{number}", entity.c[number], postgresql_where=text(f"recorded_to is null and {number} <> ''"))
Index(
    "ix_entity_name",
    entity.c.name,
    postgresql_using="gin",
    postgresql_ops={"name": "gin_trgm_ops"},
    postgresql_where=text("recorded_to is null and name <> ''"),
)

inspection = Table(
    "inspection",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("source", Text, nullable=False),
    Column("visit_id", Text, nullable=False),
    Column("entity_id", BigInteger, nullable=False),  # trigger visits_of_entities: there is such an entity
    Column("made_on", Date, nullable=False),
    Column("kind", Text, nullable=False),
    Column("officer_id", Text),
    Column("result", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("officers", ARRAY(Text), nullable=False, server_default=text("'{}'"), comment="all who were there"),
    Column("purpose", Text, nullable=False, server_default=""),
    Column("findings", Text, nullable=False, server_default=""),
    Column("notice_no", Text, nullable=False, server_default="", comment="of the rectification notice"),
    Column("rectify_by", Date, comment="its deadline"),
    Column("revisit_of", Text, comment="visit_id that this one follows up"),
    Column("minutes", Integer, comment="spent there"),
    Column("received_at", DateTime(timezone=True), comment="from a handheld; null = from a file"),
    Column("actor", Text, nullable=False, server_default="", comment="who posted it; empty = from a file"),
    *recorded(),
    CheckConstraint("kind in ('daily', 'special', 'priority')", name="kind"),
    CheckConstraint("result in ('pass', 'minor', 'fail', 'none')", name="result"),
    CheckConstraint("minutes >= 0", name="minutes"),
)
Index(
    "uq_inspection_visit_id",
    inspection.c.source,
    inspection.c.visit_id,
    unique=True,
    postgresql_where=text(CURRENT),
)
Index(
    "ix_inspection_replaced",
    inspection.c.source,
    inspection.c.visit_id,
    postgresql_where=text("recorded_to is not null"),
)
Index(
    "ix_inspection_deadline",
    inspection.c.entity_id,
    inspection.c.made_on,
    postgresql_include=["rectify_by", "visit_id"],
    postgresql_where=text("recorded_to is null and rectify_by is not null"),
)
Index(
    "ix_inspection_entity_id",
    inspection.c.entity_id,
    inspection.c.made_on,
    postgresql_include=["kind", "result"],
    postgresql_where=text(CURRENT),
)
