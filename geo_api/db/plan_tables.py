"""Plans: what they are built from, drafts written, contents read back for the gate."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import numpy as np
import shapely
from psycopg.types.json import Jsonb

from geo_api.db.copy import copy_frame
from geo_api.db.engine import Connection
from geo_api.db.findings_json import finite, to_json
from geo_api.db.jurisdictions import JurisdictionTables
from geo_api.db.plan_pair import read_pair
from geo_api.db.plan_views import summary
from geo_api.db.station_reader import read_duties, read_entities, read_outline, read_profile, read_station
from geo_api.db.sub_areas import read_sub_areas
from geo_api.db.unit_of_work import UnitOfWork
from geo_api.errors import NotFound
from geo_api.services.answers import Caller, PlanSummary
from geo_api.services.plan_store import DraftPlan, PlanContent, PlanPair, StationInputs
from geo_api.supervision.officers import Duty
from geo_api.supervision.staffing_rules import staffing_rules
from gridding.locate import CellLocator

NOISE_DEG = 1e-7
"""A point so near to a cell (a centimetre) is in it: the border rule gives it to the nearest cell."""


class PlanTables(JurisdictionTables):
    """Implements :class:`geo_api.services.plan_store.PlanStore`."""

    def station_inputs(self, station_code: str, on: date) -> StationInputs:
        """Everything to build a plan from, in one snapshot; NotFound."""
        with self._database.connection() as connection:
            return read_station(connection, station_code, on)

    def summary(self, plan_id: int) -> PlanSummary:
        """One plan; NotFound."""
        with self._database.connection() as connection:
            return summary(connection, plan_id)

    @contextmanager
    def change(self) -> Iterator[UnitOfWork]:
        """A transaction that changes something."""
        with self._database.writing() as connection:
            yield UnitOfWork(connection)

    def write_draft(self, draft: DraftPlan, *, caller: Caller) -> PlanSummary:
        """Store a draft in one transaction: the plan, its cells, blocks, borders, entities and proposed officers."""
        with self._database.writing() as connection:
            plan_id = _insert_plan(connection, draft, caller.name)
            codes = draft.frames["cell"][["code", "station_code"]]
            connection.execute(
                "insert into cell_code (code, station_code) select c.code, %s from unnest(%s::text[]) as c (code) "
                "where not exists (select from cell_code k where k.code = c.code and k.station_code = %s)",
                (draft.station_code, list(codes.code), draft.station_code),
            )
            for table, frame in draft.frames.items():
                copy_frame(connection, table, frame.assign(plan_id=plan_id))
            UnitOfWork(connection).event(
                caller=caller,
                verb="draft",
                subject=f"plan:{plan_id}",
                payload={"station": draft.station_code, "cells": len(codes), "input_digest": draft.input_digest},
            )
            return summary(connection, plan_id)

    def content(self, plan_id: int, on: date) -> PlanContent:
        """A stored plan for the integrity gate, read back from the tables; NotFound."""
        with self._database.connection() as connection:
            connection.execute("set transaction isolation level repeatable read, read only")
            return _content(connection, plan_id, on)

    def pair(self, old_id: int, new_id: int, station_code: str, on: date) -> PlanPair:
        """The entities of a station with their cells in two of its plans, in one snapshot; NotFound."""
        with self._database.connection() as connection:
            connection.execute("set transaction isolation level repeatable read, read only")
            return read_pair(connection, old_id, new_id, station_code, on)


def _insert_plan(connection: Connection, draft: DraftPlan, created_by: str) -> int:
    row = connection.execute(
        "insert into plan (station_code, version, cells, tolerance, max_abs_deviation, rng_seed, parameters, "
        "input_digest, software, metrics, findings, outline, built_for, created_by) "
        "select %(station)s, coalesce(max(version), 0) + 1, %(cells)s, %(tolerance)s, %(deviation)s, %(seed)s, "
        "%(parameters)s, %(digest)s, %(software)s, %(metrics)s, %(findings)s, %(outline)s::geometry, %(day)s, %(by)s "
        "from plan where station_code = %(station)s returning plan_id",
        {
            "station": draft.station_code,
            "cells": len(draft.frames["cell"]),
            "tolerance": draft.tolerance,
            "deviation": draft.max_abs_deviation,
            "seed": draft.rng_seed,
            "parameters": Jsonb(finite(draft.parameters)),
            "digest": draft.input_digest,
            "software": draft.software,
            "metrics": Jsonb(finite(draft.metrics)),
            "findings": to_json(draft.findings),
            "outline": draft.outline_hex,
            "day": draft.built_for.isoformat(),
            "by": created_by,
        },
    ).fetchone()
    return int(row[0]) if row else 0


def _content(connection: Connection, plan_id: int, on: date) -> PlanContent:
    row = connection.execute(
        "select station_code, st_asbinary(outline), tolerance, coalesce(parameters->'lock', '[]') from plan "
        "where plan_id = %s",
        (plan_id,),
    ).fetchone()
    if row is None:
        raise NotFound(f"there is no plan {plan_id}; `gridward plan list` shows those that exist")
    station, outline, tolerance, locks = row
    cells = connection.execute(
        "select code, st_asbinary(geom), workload_hours_per_year, exclusive from cell where plan_id = %s "
        'order by code collate "C"',
        (plan_id,),
    ).fetchall()
    codes, shapes, workload, exclusive = zip(*cells, strict=True) if cells else ((),) * 4
    blocks = connection.execute("select workload_hours_per_year from block where plan_id = %s", (plan_id,)).fetchall()
    proposed = connection.execute(
        "select cell_code, officer_id, role, function from proposed_assignment where plan_id = %s order by 1, 3 desc, 2",
        (plan_id,),
    ).fetchall()
    entities = read_entities(connection, station, on)
    rules = read_profile(connection, station, on)[1]
    polygons = shapely.from_wkb(list(shapes))
    lost = _in_no_cell(polygons, entities.points)
    return PlanContent(
        plan_id=plan_id,
        station_code=station,
        outline=shapely.from_wkb(outline),
        station_outline=read_outline(connection, station, on)[1],
        tolerance=tolerance,
        codes=codes,
        polygons=polygons,
        workload=np.array(workload, dtype=np.float64),
        exclusive=np.array(exclusive, dtype=bool),
        locked=np.isin(np.array(codes, dtype=str), np.array(locks, dtype=str)),
        block_workload=np.array(blocks, dtype=np.float64).ravel(),
        points=entities.points,
        points_outside_cells=tuple(
            (int(i), float(x), float(y)) for i, (x, y) in zip(entities.ids[lost], entities.points[lost], strict=True)
        ),
        proposed=tuple(Duty(*d) for d in proposed),
        duties=read_duties(connection, station, on),
        fewest_officers=staffing_rules(rules.get("staffing", {})).officers_per_cell_min,
        sub_areas=read_sub_areas(connection, [station], on),
    )


def _in_no_cell(polygons: np.ndarray, points: np.ndarray) -> np.ndarray:
    """(n,) bool: points that no cell covers and that are farther from every cell than numeric noise."""
    lost = CellLocator(polygons).locate(points[:, 0], points[:, 1]) < 0
    if lost.any():
        near, _cell = shapely.STRtree(polygons).query(
            shapely.points(points[lost]), predicate="dwithin", distance=NOISE_DEG
        )
        lost[np.flatnonzero(lost)[near]] = False
    return lost
