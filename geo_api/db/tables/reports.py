"""Reports as they were issued: written once, never changed."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, DateTime, Identity, Index, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from geo_api.db.tables.base import NOW, metadata

report = Table(
    "report",
    metadata,
    Column("report_id", BigInteger, Identity(always=True), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False, server_default="", comment="which ledger; empty for the others"),
    Column("jurisdiction_code", Text, nullable=False, comment="a cell, station or bureau"),
    Column("period_from", Date, nullable=False),
    Column("period_to", Date, nullable=False, comment="first day no longer in it"),
    Column("recorded_at", DateTime(timezone=True), nullable=False, comment="what was recorded then is what it shows"),
    Column("issued_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("issued_by", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("profile_digest", Text, nullable=False, server_default=""),
    Column("figures", JSONB, nullable=False, comment="the answer, in no language"),
    Column("documents", JSONB, nullable=False, server_default=text("'{}'"), comment="language -> the printed document"),
    Column("digest", Text, nullable=False, comment="sha256 of figures and documents, canonical JSON"),
    CheckConstraint("kind in ('coverage', 'assessment', 'ledger')", name="kind"),
    CheckConstraint("period_from < period_to", name="period"),
    CheckConstraint("recorded_at <= issued_at", name="recorded_at"),
    CheckConstraint("digest ~ '^[0-9a-f]{64}$'", name="digest"),
)
Index("ix_report_jurisdiction_code", report.c.jurisdiction_code, report.c.kind, report.c.period_from)
Index("ix_report_digest", report.c.digest)
Index(
    "uq_report_once",
    report.c.kind,
    report.c.subject,
    report.c.jurisdiction_code,
    report.c.period_from,
    report.c.period_to,
    unique=True,
    postgresql_where=text("kind <> 'ledger'"),
)
