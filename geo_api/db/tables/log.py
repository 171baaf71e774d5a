"""Who did what: events, imports, keys, and the counter of published changes."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from geo_api.db.tables.base import NOW, metadata

event = Table(
    "event",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("actor", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("verb", Text, nullable=False),
    Column("subject", Text, nullable=False, comment="what it happened to, e.g. plan:7"),
    Column("reason", Text, nullable=False, server_default=""),
    Column("payload", JSONB, nullable=False, server_default=text("'{}'")),
)
Index("ix_event_subject", event.c.subject, event.c.id)

change = Table(
    "change",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("what", Text, nullable=False, comment="the table that changed"),
    comment="one row per change of what is published; its highest id is the revision",
)

change_row = Table(
    "change_row",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("change_id", BigInteger, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("what", Text, nullable=False, comment="the table that the row is in"),
    Column("row_id", BigInteger, nullable=False),
    Column("closed", Boolean, nullable=False, comment="false: recorded; true: no longer held"),
    comment="the rows that each change touched; ids follow the order of commits",
)
Index("ix_change_row_change_id", change_row.c.change_id)
Index("ix_change_row_at", change_row.c.at)

import_run = Table(
    "import_run",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("source", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("counts", JSONB, nullable=False),
    Column("rejected", Integer, nullable=False),
)
Index("ix_import_run_source", import_run.c.source, import_run.c.id)

api_key = Table(
    "api_key",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("digest", LargeBinary, nullable=False, comment="sha256 of a key of 256 random bits; the key is not kept"),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("jurisdiction", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("created_by", Text, nullable=False),
    Column("revoked_at", DateTime(timezone=True)),
    Column("revoked_by", Text),
    Column(
        "scopes",
        ARRAY(Text),
        nullable=False,
        server_default=text("'{}'"),
        comment="what it is for; empty = all that its role allows",
    ),
    Column("requests_per_minute", BigInteger),
    Column("points_per_minute", BigInteger),
    Column("officer_id", Text, comment="whose it is: it acts as this officer alone"),
    UniqueConstraint("digest", name="uq_api_key_digest"),
    CheckConstraint("role in ('planner', 'approver', 'officer', 'system', 'admin')", name="role"),
    CheckConstraint("octet_length(digest) = 32", name="digest"),
    CheckConstraint("requests_per_minute > 0 and points_per_minute > 0", name="limits"),
    CheckConstraint(
        "officer_id is null or (officer_id <> '' and role in ('officer', 'planner', 'approver'))", name="officer"
    ),
)
