"""Tables that need more than a comparison: entities get their ids, assignments their periods."""

from __future__ import annotations

from datetime import date

import pandas as pd
from psycopg import sql

from geo_api.db.engine import Connection
from geo_api.db.queries import query
from geo_api.db.register_targets import ENTITY
from geo_api.db.staging import Target, apply, refuse, stage
from geo_api.services.load_report import TableCounts

Refused = tuple[tuple[str, str, str], ...]
"""Rows that were not stored: (table, key, reason)."""


def store_entities(
    connection: Connection, frame: pd.DataFrame, source: str, today: date, *, first: bool
) -> TableCounts:
    """Entities get a permanent id on first sight; then they are compared like everything else."""
    staged = Target("entity", (), (*ENTITY.columns, "geom"), text=ENTITY.text)
    stage(connection, staged, frame, more="add column source_id text")
    connection.execute(
        "insert into entity_identity (source, source_id) select %(source)s, s.source_id from stage_entity s "
        "where not exists (select from entity_identity i where i.source = %(source)s and i.source_id = s.source_id) "
        "order by s.row_no",
        {"source": source},
    )
    _resolve(connection, "entity", "source_id", source)
    connection.execute(query("load_entities_classes"))
    return apply(connection, ENTITY, source, today, first=first)


def _resolve(connection: Connection, table: str, column: str, source: str) -> None:
    """Give each staged row the permanent id of its entity (null = unknown)."""
    stage_table = sql.Identifier(f"stage_{table}")
    connection.execute(sql.SQL("alter table {} add column entity_id bigint").format(stage_table))
    connection.execute(
        sql.SQL(
            "update {} s set entity_id = i.entity_id from entity_identity i where i.source = %s and i.source_id = s.{}"
        ).format(stage_table, sql.Identifier(column)),
        (source,),
    )


def store_assignments(connection: Connection, frame: pd.DataFrame, source: str) -> tuple[TableCounts, Refused]:
    """Assignments carry their own periods: one is the same when who, where, as what and since when are the same."""
    staged = Target("assignment", (), ("officer_id", "jurisdiction_code", "role", "function"), text=("function",))
    stage(connection, staged, frame, more="add column valid_from date, add column valid_to date")
    refused = connection.execute(query("load_assignments_refused")).fetchall()
    connection.execute(query("load_assignments_pairs"), {"source": source})
    counted = connection.execute(query("load_assignments_counts"), {"source": source}).fetchall()
    connection.execute(
        "update assignment set recorded_to = now() where id in (select old_id from pair_assignment where not same)"
    )
    refuse(connection.execute(query("load_assignments_clash")).fetchall())
    connection.execute(
        "insert into assignment (officer_id, jurisdiction_code, role, function, source, digest, valid) "
        "select officer_id, jurisdiction_code, role, function, %s, digest, daterange(valid_from, valid_to) "
        "from pair_assignment where not same order by row_no",
        (source,),
    )
    given, new, changed, same, kept = counted[0]
    return TableCounts(given, new, changed, same, 0, kept), tuple(refused)
