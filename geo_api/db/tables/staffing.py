"""Who is away and who stands in, and the patrol groups: cells that act together."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Identity, Index, Table, Text, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint

from geo_api.db.tables.base import CURRENT, bitemporal, metadata

absence = Table(
    "absence",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("officer_id", Text, nullable=False),
    Column("substitute_id", Text, nullable=False, server_default="", comment="who stands in; empty = nobody"),
    Column("kind", Text, nullable=False, server_default="leave"),
    *bitemporal(),
    CheckConstraint("not isempty(valid) and not lower_inf(valid)", name="valid"),
    CheckConstraint("officer_id <> '' and officer_id <> substitute_id", name="substitute"),
    CheckConstraint("kind in ('leave', 'sick', 'training', 'secondment', 'other')", name="kind"),
    ExcludeConstraint(("officer_id", "="), ("valid", "&&"), using="gist", where=CURRENT, name="ex_absence_officer_id"),
)

patrol_group = Table(
    "patrol_group",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False, server_default=""),
    Column("station_code", Text, nullable=False),
    *bitemporal(),
    CheckConstraint("code <> ''", name="code"),
    CheckConstraint("not isempty(valid)", name="valid"),
    ExcludeConstraint(("code", "="), ("valid", "&&"), using="gist", where=CURRENT, name="ex_patrol_group_code"),
)
Index("ix_patrol_group_station_code", patrol_group.c.station_code, postgresql_where=text(CURRENT))

patrol_group_cell = Table(
    "patrol_group_cell",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("group_code", Text, nullable=False),
    Column("cell_code", Text, nullable=False),
    *bitemporal(),
    CheckConstraint("not isempty(valid)", name="valid"),
    ExcludeConstraint(
        ("cell_code", "="), ("valid", "&&"), using="gist", where=CURRENT, name="ex_patrol_group_cell_cell_code"
    ),
    comment="a cell is in one patrol group at a time",
)
Index("ix_patrol_group_cell_group_code", patrol_group_cell.c.group_code)
