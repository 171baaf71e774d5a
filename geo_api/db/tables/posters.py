"""Diagrams that hang in public: which, where, since when."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, Identity, Table, Text
from sqlalchemy.dialects.postgresql import ExcludeConstraint

from geo_api.db.tables.base import CURRENT, bitemporal, metadata

poster = Table(
    "poster",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("jurisdiction_code", Text, nullable=False, comment="the cell, station or bureau that it shows"),
    Column("place", Text, nullable=False, comment="where it hangs"),
    Column("drawn_for", Date, nullable=False, comment="the day whose cells and officers it shows"),
    Column("plan_id", BigInteger, comment="the plan in force that day; null for a bureau, which has many"),
    Column("posted_by", Text, nullable=False),
    *bitemporal(),
    CheckConstraint("not isempty(valid)", name="valid"),
    CheckConstraint("place <> '' and jurisdiction_code <> ''", name="place"),
    ExcludeConstraint(
        ("jurisdiction_code", "="), ("place", "="), ("valid", "&&"), using="gist", where=CURRENT, name="ex_poster_place"
    ),
    comment="a poster hangs from its first day until another takes its place, or it is taken down",
)
