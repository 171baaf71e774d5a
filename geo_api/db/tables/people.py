"""Officers, and what each answers for."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, Identity, Index, Table, Text, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint

from geo_api.db.tables.base import CURRENT, bitemporal, metadata

officer = Table(
    "officer",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("officer_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("title", Text, nullable=False, server_default=""),
    Column("telephone", Text, nullable=False, server_default=""),
    Column("station_code", Text, nullable=False, server_default=""),
    Column("joined", Date),
    Column("function", Text, nullable=False, server_default=""),
    Column("source", Text, nullable=False),
    Column("digest", Text, nullable=False),
    *bitemporal(),
    ExcludeConstraint(("officer_id", "="), ("valid", "&&"), using="gist", where=CURRENT, name="ex_officer_officer_id"),
)
Index("ix_officer_station_code", officer.c.station_code, postgresql_where=text(CURRENT))

assignment = Table(
    "assignment",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("officer_id", Text, nullable=False),
    Column("jurisdiction_code", Text, nullable=False, comment="a cell, station or bureau; outlives plans"),
    Column("role", Text, nullable=False),
    Column("function", Text, nullable=False, server_default="", comment="empty = all functions"),
    Column("plan_id", BigInteger, comment="the plan that it was published with"),
    Column("source", Text, nullable=False),
    Column("digest", Text, nullable=False),
    *bitemporal(),
    CheckConstraint("role in ('lead', 'deputy', 'first', 'direct')", name="role"),
    CheckConstraint("not isempty(valid)", name="valid"),
    ExcludeConstraint(
        ("jurisdiction_code", "="),
        ("function", "="),
        ("role", "="),
        ("valid", "&&"),
        using="gist",
        where="recorded_to is null and role <> 'deputy'",
        name="ex_assignment_one_lead",
    ),
    ExcludeConstraint(
        ("officer_id", "="),
        ("jurisdiction_code", "="),
        ("function", "="),
        ("role", "="),
        ("valid", "&&"),
        using="gist",
        where=CURRENT,
        name="ex_assignment_once",
    ),
)
Index("ix_assignment_jurisdiction_code", assignment.c.jurisdiction_code)
