"""Everything that a plan of a station is built from, read in one snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, LiteralString

import numpy as np
import shapely

from geo_api.db.engine import Connection
from geo_api.db.profiles import read_profile_row
from geo_api.db.queries import query
from geo_api.errors import NotFound
from geo_api.services.plan_store import EntityArrays, StationInputs
from geo_api.supervision.officers import Duty, Officer
from gridding.types import BaseUnits, BoundaryLines, LineKind

DUTIES = """
    select jurisdiction_code, officer_id, role, function, lower(valid) from assignment
    where recorded_to is null and valid @> %(day)s and starts_with(jurisdiction_code, %(station)s)
      and jurisdiction_code <> %(station)s
    order by 1, 3 desc, 2
"""


def read_station(connection: Connection, station_code: str, on: date) -> StationInputs:
    """Outline, lines, markets, located entities, rules, officers and present cells of a station; NotFound."""
    key = {"station": station_code, "day": on}
    connection.execute("set transaction isolation level repeatable read, read only")
    name, outline = read_outline(connection, station_code, on)
    cells_on = _day_of_cells(connection, key)
    return StationInputs(
        station_code=station_code,
        station_name=name,
        on=on,
        outline=outline,
        lines=_lines(connection, key),
        base_units=_base_units(connection, key),
        exclusive=_areas(connection, _MARKETS, key),
        entities=read_entities(connection, station_code, on, cells_on=cells_on),
        rules=read_profile(connection, station_code, on)[1],
        officers=_officers(connection, key),
        duties=read_duties(connection, station_code, on),
        used_codes=_used_codes(connection, station_code),
        cells_in_force=_cells_in_force(connection, station_code, cells_on),
    )


def read_outline(connection: Connection, station_code: str, on: date) -> tuple[str, Any]:
    """Name and outline of a station on a day; NotFound."""
    row = connection.execute(
        "select name, st_asbinary(geom), draws_cells from jurisdiction "
        "where code = %s and recorded_to is null and valid @> %s",
        (station_code, on),
    ).fetchone()
    if row is None:
        raise NotFound(f"there is no station {station_code!r} on {on}")
    if not row[2]:
        raise NotFound(f"{station_code} ({row[0]}) is no station: plans are drawn for the stations below it")
    return row[0], shapely.from_wkb(row[1])


def read_entities(connection: Connection, station_code: str, on: date, *, cells_on: date | None = None) -> EntityArrays:
    """The located entities of a station on a day, with their cells in the plan in force (on the day ``cells_on``)."""
    rows = connection.execute(query("station_entities"), {"station": station_code, "day": on}).fetchall()
    ids, lon, lat, classes, industries, licensed, hours = zip(*rows, strict=True) if rows else ((),) * 7
    cells = np.full(len(ids), "", dtype=object)
    located = connection.execute(
        "select n, cell_code from locate_many(%s, %s, %s)", (list(lon), list(lat), cells_on or on)
    )
    for n, code in located.fetchall():
        cells[n - 1] = code
    return EntityArrays(
        ids=np.array(ids, dtype=np.int64),
        points=np.column_stack([np.array(lon, dtype=np.float64), np.array(lat, dtype=np.float64)]),
        credit_class=np.array(classes, dtype=object),
        industry=np.array(industries, dtype=object),
        licensed=np.array(licensed, dtype=bool),
        given_hours=np.array(hours, dtype=np.float64),
        cell_code=cells,
    )


def read_profile(connection: Connection, code: str, on: date | None = None) -> tuple[str, Mapping[str, Any]]:
    """Time zone and rules of the bureau above a code on a day (None = the latest); UTC and no rules where none is stored."""
    try:
        row = read_profile_row(connection, code, on or date.max)
    except NotFound:
        row = None
    return (row.timezone, row.settings) if row else ("UTC", {})


def read_duties(connection: Connection, station_code: str, on: date) -> tuple[Duty, ...]:
    """Who holds which post of the station's cell codes on a day."""
    rows = connection.execute(DUTIES, {"station": station_code, "day": on}).fetchall()
    return tuple(Duty(*row) for row in rows)


def _lines(connection: Connection, key: dict[str, Any]) -> BoundaryLines:
    rows = connection.cursor(binary=True).execute(query("station_lines"), key).fetchall()
    kinds, wkb = zip(*rows, strict=True) if rows else ((), ())
    coords, line = shapely.get_coordinates(shapely.from_wkb(list(wkb)), return_index=True)
    by_name = {kind.name.lower(): int(kind) for kind in LineKind}
    return BoundaryLines(
        coords=coords,
        offsets=np.concatenate([[0], np.cumsum(np.bincount(line, minlength=len(wkb)))]).astype(np.int64),
        kind=np.array([by_name.get(k, int(LineKind.LOCAL)) for k in kinds], dtype=np.int8),
    )


_MARKETS = (
    "select st_asbinary(m.geom) from jurisdiction s join market m on st_intersects(m.geom, s.geom) "
    "where s.code = %(station)s and s.recorded_to is null and s.valid @> %(day)s "
    'and m.exclusive and m.recorded_to is null and m.valid @> %(day)s order by m.code collate "C"'
)
_BASE_UNITS = (
    "select u.code, u.name, st_asbinary(u.geom) from jurisdiction s join base_unit u on st_intersects(u.geom, s.geom) "
    "where s.code = %(station)s and s.recorded_to is null and s.valid @> %(day)s "
    'and u.recorded_to is null and u.valid @> %(day)s order by u.code collate "C"'
)


def _areas(connection: Connection, query: LiteralString, key: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(shapely.from_wkb(wkb) for (wkb,) in connection.execute(query, key).fetchall())


def _base_units(connection: Connection, key: dict[str, Any]) -> BaseUnits:
    rows = connection.execute(_BASE_UNITS, key).fetchall()
    codes, names, wkb = zip(*rows, strict=True) if rows else ((), (), ())
    return BaseUnits(np.array(shapely.from_wkb(list(wkb)), dtype=object), tuple(codes), tuple(n or "" for n in names))


def _officers(connection: Connection, key: dict[str, Any]) -> tuple[Officer, ...]:
    rows = connection.execute(
        "select officer_id, joined, function from officer "
        "where station_code = %(station)s and recorded_to is null and valid @> %(day)s order by officer_id",
        key,
    ).fetchall()
    return tuple(Officer(*row) for row in rows)


def _day_of_cells(connection: Connection, key: dict[str, Any]) -> date:
    """The day whose cells hand their codes on: the day itself; before the first plan holds, the day that it begins."""
    row = connection.execute(
        "select greatest(%(day)s, min(lower(valid))) from plan_validity "
        "where station_code = %(station)s and recorded_to is null and (upper_inf(valid) or upper(valid) > %(day)s)",
        key,
    ).fetchone()
    return row[0] if row and row[0] else key["day"]  # type: ignore[no-any-return]


def _cells_in_force(connection: Connection, station_code: str, on: date) -> tuple[tuple[str, Any], ...]:
    """Code and polygon of the cells of the plan that is valid on a day."""
    rows = connection.execute(
        "select c.code, st_asbinary(c.geom) from plan_validity v join cell c using (plan_id) "
        'where v.station_code = %s and v.recorded_to is null and v.valid @> %s order by c.code collate "C"',
        (station_code, on),
    ).fetchall()
    return tuple((code, shapely.from_wkb(wkb)) for code, wkb in rows)


def _used_codes(connection: Connection, station_code: str) -> tuple[str, ...]:
    """Codes of every plan that was ever published for the station; none is given to another cell."""
    rows = connection.execute(
        "select distinct c.code from plan_validity v join cell c using (plan_id) "
        "where v.station_code = %s order by c.code",
        (station_code,),
    ).fetchall()
    return tuple(code for (code,) in rows)
