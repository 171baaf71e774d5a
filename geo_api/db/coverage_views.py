"""What the coverage gaps are found in: a jurisdiction on a day, its register, its posters."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import numpy as np
import shapely

from geo_api.db.columns import fetch_columns
from geo_api.db.coverage_inputs import CoverageInputViews
from geo_api.db.jurisdictions import ancestors_of
from geo_api.db.posters import posters_on
from geo_api.db.queries import query
from geo_api.db.station_reader import read_profile
from geo_api.db.sub_areas import read_sub_areas
from geo_api.errors import NotFound
from geo_api.services.answers import Poster
from geo_api.services.coverage.inputs import NEVER, day_number
from geo_api.services.coverage_store import CellDates, GapDates, Register, Scope, StationDates
from geo_api.supervision.officers import Duty

CELLS = """
    select c.code, c.station_code, st_asbinary(c.geom) from plan_validity v join cell c using (plan_id)
    where v.recorded_to is null and v.valid @> %(day)s and v.station_code = any(%(stations)s)
    order by c.code collate "C"
"""
DUTIES = """
    select jurisdiction_code, officer_id, role, function, lower(valid) from assignment
    where recorded_to is null and valid @> %(day)s and jurisdiction_code = any(%(codes)s)
    order by 1, 3 desc, 2
"""

REGISTER_COLUMNS = {
    "ids": "int8", "name": "text", "lon": "float8", "lat": "float8", "credit_class": "text", "industry": "text",
    "licensed": "bool", "given_hours": "float8", "since": "int4",
}  # fmt: skip


class CoverageViews(CoverageInputViews):
    """Implements :class:`geo_api.services.coverage_store.CoverageStore`, and what the coverage engine reads."""

    @property
    def recorded_at(self) -> datetime | None:
        """As recorded when it answers; None = now."""
        return self._database.moment

    def ancestors(self, code: str) -> tuple[str, ...]:
        """The code of a jurisdiction or cell and of every level above it, lowest first; NotFound."""
        with self._database.connection() as connection:
            return ancestors_of(connection, code)

    def scope(self, code: str, on: date) -> Scope:
        """A jurisdiction on a day; NotFound, also for a cell."""
        with self._database.connection() as connection:
            connection.execute("set transaction isolation level repeatable read, read only")
            place = connection.execute(
                "select name, draws_cells, st_asbinary(geom), coalesce(parent_code, '') = '' from jurisdiction "
                "where code = %s and recorded_to is null and valid @> %s",
                (code, on),
            ).fetchone()
            if place is None:
                raise NotFound(f"there is no station or bureau {code!r} on {on}; for a cell, ask its station")
            rows = connection.execute(query("scope_stations"), {"code": code, "day": on}).fetchall()
            stations, names, outlines, planned = zip(*rows, strict=True) if rows else ((),) * 4
            cells = connection.execute(CELLS, {"day": on, "stations": list(stations)}).fetchall()
            codes, of_station, shapes = zip(*cells, strict=True) if cells else ((),) * 3
            duties = connection.execute(DUTIES, {"day": on, "codes": list(codes)}).fetchall()
            rules = read_profile(connection, code, on)[1]
            areas = read_sub_areas(connection, stations, on)
        return Scope(
            code=code,
            name=place[0],
            is_station=place[1],
            is_top=place[3],
            outline=shapely.from_wkb(place[2]),
            rules=rules,
            station_codes=stations,
            station_names=names,
            station_outlines=_shapes(outlines),
            planned=frozenset(s for s, has in zip(stations, planned, strict=True) if has),
            cell_codes=codes,
            cell_stations=of_station,
            cell_shapes=_shapes(shapes),
            duties=tuple(Duty(*row) for row in duties),
            sub_areas=areas,
        )

    def register(self, code: str, on: date) -> Register:
        """The entities of the bureau above a code that exist on a day, with their cells."""
        with self._database.connection() as connection:
            codes = [row[0] for row in connection.execute(query("ancestors"), {"code": code}).fetchall()]
            key = {"codes": codes, "day": on, "none": NEVER}
            got = fetch_columns(connection, query("scope_register"), key, REGISTER_COLUMNS)
        grounds = self.grounds(code, on)
        place = grounds.cell_of(got["lon"], got["lat"], np.full(len(got["ids"]), day_number(on)))
        pairs = np.array([*grounds.cells, ("", "")], dtype=object)[place]
        since = got.pop("since")
        return Register(
            **got,
            station_code=pairs[:, 0],
            cell_code=pairs[:, 1],
            since=np.where(since == NEVER, np.datetime64("NaT", "D"), since.astype("datetime64[D]")),
        )

    def gap_dates(self, cells: Sequence[str], stations: Sequence[str], on: date) -> GapDates:
        """Since when cells and stations have been as they are on a day."""
        key = {"cells": list(cells), "stations": list(stations), "day": on}
        with self._database.connection() as connection:
            of_cells = connection.execute(query("gap_dates"), key).fetchall()
            of_stations = connection.execute(query("gap_stations"), key).fetchall()
        return GapDates(
            {code: CellDates(*days) for code, *days in of_cells},
            {code: StationDates(*days) for code, *days in of_stations},
        )

    def posters(self, codes: Sequence[str], on: date) -> tuple[Poster, ...]:
        """The posters of jurisdictions that hang on a day."""
        with self._database.connection() as connection:
            return posters_on(connection, codes, on)


def _shapes(wkb: Sequence[bytes]) -> np.ndarray:
    return np.asarray(shapely.from_wkb(list(wkb)), dtype=object)
