"""A dataset goes in: all tables in one transaction, one writer at a time."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

import pandas as pd
from psycopg import sql
from psycopg.types.json import Jsonb

from geo_api.db.claims import fall_into_cells
from geo_api.db.engine import Connection, Database
from geo_api.db.gazetteer_tables import store_sections
from geo_api.db.register_profile import keep_later_rules, of_known_classes
from geo_api.db.register_special import store_assignments, store_entities
from geo_api.db.register_targets import TARGETS, UNIQUE_EVERYWHERE
from geo_api.db.staging import apply, refuse, stage
from geo_api.db.sub_areas import store_sub_areas
from geo_api.db.visits.bulk import take_visits
from geo_api.services.load_report import Stored

TWICE = """
    select 'load.duplicate', {key}, {what} || ' ' || {key} || ' is in the dataset ' || count(*) || ' times'
    from {stage} group by {key} having count(*) > 1
"""
FOREIGN = """
    select distinct 'load.foreign', s.{key},
           {what} || ' ' || s.{key} || ' belongs to the dataset ' || c.source || ' already: give it another code'
    from {stage} s join {table} c using ({key}) where c.recorded_to is null and c.source <> %s
"""


class RegisterTables:
    """Implements :class:`geo_api.services.load_report.RegisterStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def last_digest(self, dataset: str) -> str | None:
        """Digest of the dataset's last load; None before the first."""
        with self._database.connection() as connection:
            return _last_digest(connection, dataset)

    def store_dataset(
        self, dataset: str, digest: str, frames: dict[str, pd.DataFrame], *, actor: str, today: date, rejected: int
    ) -> Stored:
        """Store the frames in one transaction.

        Raises:
            RuleViolation: the dataset contradicts itself or what is stored; every finding at once.
        """
        with self._database.writing() as connection:
            first = _last_digest(connection, dataset) is None
            counts = {}
            for target in TARGETS:
                stage(connection, target, frames[target.name])
            _refuse(connection, dataset)
            for target in TARGETS:
                counts[target.name] = apply(connection, target, dataset, today, first=first)
            keep_later_rules(connection, dataset, today)
            bureau = str(frames["profile"]["bureau_code"].iloc[0])
            register, refused_entities = of_known_classes(connection, frames["entity"], bureau, today)
            counts["entity"] = store_entities(connection, register, dataset, today, first=first)
            if not first and counts["entity"].touched:  # what a bureau begins with is nobody's to claim
                fall_into_cells(connection, today, actor=actor, role="system")
            areas, refused_areas = store_sub_areas(connection, frames["sub_area"], dataset, today)
            if areas.given or areas.kept:
                counts["sub_area"] = areas
            counts["assignment"], refused_duties = store_assignments(connection, frames["assignment"], dataset)
            visits = take_visits(connection, frames["inspection"], dataset, whole=True)
            counts["inspection"] = visits.visits
            if visits.left.given:
                counts["visit_unmatched"] = visits.left
            counts |= store_sections(connection, dataset, frames, today)
            refused = (*refused_entities, *refused_areas, *refused_duties, *visits.refused)
            figures = {name: asdict(c) for name, c in counts.items()}
            connection.execute(
                "insert into import_run (source, digest, actor, counts, rejected) values (%s, %s, %s, %s, %s)",
                (dataset, digest, actor, Jsonb(figures), rejected + len(refused)),
            )
            connection.execute(
                "insert into event (actor, role, verb, subject, payload) values (%s, 'system', 'load', %s, %s)",
                (actor, f"dataset:{dataset}", Jsonb({"digest": digest, "counts": figures})),
            )
            if any(c.touched for c in counts.values()):
                connection.execute("select refresh_statistics()")
        return Stored(counts, refused)


def _last_digest(connection: Connection, dataset: str) -> str | None:
    row = connection.execute(
        "select digest from import_run where source = %s order by id desc limit 1", (dataset,)
    ).fetchone()
    return str(row[0]) if row else None


def _refuse(connection: Connection, source: str) -> None:
    """Raise RuleViolation with every contradiction: a key twice in the dataset, or owned by another dataset."""
    problems: list[Any] = []
    for target in TARGETS:
        if target.key == ("digest",):
            continue
        names = {
            "what": sql.Literal(target.name),
            "key": sql.Identifier(target.key[0]),
            "stage": sql.Identifier(f"stage_{target.name}"),
            "table": sql.Identifier("gridward", target.name),
        }
        problems += connection.execute(sql.SQL(TWICE).format(**names)).fetchall()
        if target.name in UNIQUE_EVERYWHERE:
            problems += connection.execute(sql.SQL(FOREIGN).format(**names), (source,)).fetchall()
    refuse(problems)
