"""Parts of cells with officers of their own: read for checks, and stored with a dataset once their cells are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd

from geo_api.db.copy import copy_frame
from geo_api.db.engine import Connection
from geo_api.db.queries import query
from geo_api.db.staffing_work import END_SUB_AREA
from geo_api.services.answers import SubAreaRow
from geo_api.services.load_report import TableCounts
from geo_api.services.sub_areas import INSIDE

OF_STATIONS = """
    select j.code, j.name, j.parent_code, st_asbinary(j.geom) from jurisdiction j join cell_code k on k.code = j.parent_code
    where k.station_code = any(%(stations)s) and j.recorded_to is null and j.valid @> %(day)s and not j.draws_cells
    order by j.code collate "C"
"""
STAGE = """
    create temp table stage_sub_area (code text, name text, cell_code text, geom geometry(MultiPolygon, 4490))
    on commit drop
"""
NEW = """
    insert into jurisdiction (code, name, level, parent_code, draws_cells, geom, source, digest, valid)
    select p.code, p.name, 2 + (
               select max(j.level) from cell_code k join jurisdiction j on j.code = k.station_code and j.recorded_to is null
               where k.code = p.cell_code
           ), p.cell_code, false, p.geom, %(source)s, p.digest, daterange(%(day)s, null)
    from pair_sub_area p where not p.same order by p.code collate "C"
"""


def read_sub_areas(connection: Connection, stations: Sequence[str], on: date) -> tuple[SubAreaRow, ...]:
    """The parts of cells of stations on a day, those of cells no longer in force too."""
    rows = connection.execute(OF_STATIONS, {"stations": list(stations), "day": on}).fetchall()
    return tuple(SubAreaRow(*row) for row in rows)


def store_sub_areas(
    connection: Connection, frame: pd.DataFrame, dataset: str, today: date
) -> tuple[TableCounts, tuple[tuple[str, str, str], ...]]:
    """Parts of cells from today on; those that cannot be stored (yet) are told with the reason.

    What was drawn or ended by hand since stays so, until the dataset itself says something else about that part.
    """
    key = {"source": f"sub_area:{dataset}", "day": today, "inside": INSIDE}
    connection.execute(STAGE)
    copy_frame(connection, "stage_sub_area", frame)
    kept = connection.execute(
        "select count(*) from jurisdiction j where j.recorded_to is null and j.source = %(source)s and j.valid @> %(day)s "
        "and not exists (select from stage_sub_area s where s.code = j.code)",
        key,
    ).fetchone()
    refused = connection.execute(query("load_sub_areas_refused"), key).fetchall()
    connection.execute(query("load_sub_areas_pairs"), key)
    counted = connection.execute(
        "select count(*) filter (where known is null), count(*) filter (where known is not null and not same), "
        "count(*) filter (where same), coalesce(array_agg(code) filter (where not same), '{}') from pair_sub_area"
    ).fetchone()
    new, changed, same, codes = counted or (0, 0, 0, [])
    connection.execute(END_SUB_AREA, {"codes": codes, "day": today})
    connection.execute(NEW, key)
    return TableCounts(len(frame), new, changed, same, 0, kept[0] if kept else 0), tuple(refused)
