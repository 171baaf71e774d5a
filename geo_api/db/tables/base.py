"""What every table shares: the schema, the naming of constraints, the columns of time."""

from __future__ import annotations

from geoalchemy2 import Geometry
from sqlalchemy import Column, DateTime, Index, MetaData, Table, text
from sqlalchemy.dialects.postgresql import DATERANGE

SRID = 4490

metadata = MetaData(
    schema="gridward",
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    },
)

NOW = text("now()")
CURRENT = "recorded_to is null"


def recorded() -> list[Column]:
    """When a row was recorded, and when it was replaced (open = current). Set once, by the one permitted update."""
    return [
        Column("recorded_from", DateTime(timezone=True), nullable=False, server_default=NOW),
        Column("recorded_to", DateTime(timezone=True)),
    ]


def bitemporal() -> list[Column]:
    """Half-open days for which a row holds, and when it was recorded."""
    return [Column("valid", DATERANGE, nullable=False), *recorded()]


def geometry(name: str, kind: str, *, srid: int = SRID, nullable: bool = False) -> Column:
    """A geometry column; its index is declared beside the table, where it can be partial."""
    return Column(name, Geometry(kind, srid=srid, spatial_index=False), nullable=nullable)


def gist(table: Table, column: str, *, where: str | None = None) -> Index:
    """A spatial index on one column, of current rows only unless told otherwise."""
    return Index(
        f"ix_{table.name}_{column}",
        table.c[column],
        postgresql_using="gist",
        postgresql_where=text(where) if where else None,
    )
