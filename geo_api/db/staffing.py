"""Officers, their posts, absences and patrol groups: stations as they are on a day, and the changes to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import Any

from geo_api.db.engine import Connection
from geo_api.db.jurisdictions import JurisdictionTables
from geo_api.db.queries import query
from geo_api.db.staffing_work import StaffingUnit
from geo_api.db.station_reader import read_profile
from geo_api.errors import NotFound
from geo_api.services.staffing.store import CellWork, OfficerRow, StationStaff
from geo_api.supervision.absences import Absence
from geo_api.supervision.patrol_groups import Group
from geo_api.supervision.periods import Period
from geo_api.supervision.publication import Assignment

PLANS = """
    select v.station_code, v.plan_id from plan_validity v
    where v.recorded_to is null and v.valid @> %(day)s and v.station_code = any(%(stations)s)
"""
CELLS = """
    select c.station_code, c.code, c.name, c.workload_hours_per_year, c.entities from cell c
    where c.plan_id = any(%(plans)s) order by c.code collate "C"
"""
BORDERS = """
    select c.station_code, b.left_code, b.right_code, sum(b.length_m)
    from cell_border b join cell c on c.plan_id = b.plan_id and c.code = b.left_code
    where b.plan_id = any(%(plans)s) group by 1, 2, 3 order by 2, 3
"""
POSTS = """
    select id, officer_id, jurisdiction_code, role, function, lower(valid), upper(valid), plan_id, valid @> %(day)s
    from assignment
    where recorded_to is null and jurisdiction_code = any(%(codes)s)
    order by jurisdiction_code collate "C", array_position(array['lead', 'first', 'direct', 'deputy'], role),
             function collate "C", officer_id collate "C", valid
"""
OFFICERS = """
    select officer_id, name, title, station_code, joined, function from officer
    where recorded_to is null and valid @> %(day)s
      and (station_code = any(%(stations)s::text[]) or officer_id = any(%(holders)s::text[]))
    order by officer_id collate "C"
"""
ABSENCES = """
    select id, officer_id, substitute_id, kind, lower(valid), upper(valid) from absence
    where recorded_to is null and (officer_id = any(%(officers)s) or substitute_id = any(%(officers)s))
    order by officer_id collate "C", valid
"""
GROUPS = """
    select g.station_code, g.code, g.name, array_agg(m.cell_code order by m.cell_code collate "C")
    from patrol_group g
    join patrol_group_cell m on m.group_code = g.code and m.recorded_to is null and m.valid @> %(day)s
    where g.recorded_to is null and g.valid @> %(day)s and g.station_code = any(%(stations)s)
    group by 1, 2, 3 order by g.code collate "C"
"""


class StaffingTables(JurisdictionTables):
    """Implements :class:`geo_api.services.staffing.store.StaffingStore`."""

    def station_of_officer(self, officer_id: str) -> str:
        """Code of the station (or bureau) that an officer belongs to; NotFound."""
        with self._database.connection() as connection:
            row = connection.execute(
                "select station_code from officer where officer_id = %s and recorded_to is null "
                "order by upper_inf(valid) desc, upper(valid) desc limit 1",
                (officer_id,),
            ).fetchone()
        if row is None:
            raise NotFound(f"there is no officer {officer_id!r}: load the register of officers first")
        return str(row[0])

    def officer(self, officer_id: str, on: date) -> OfficerRow | None:
        """An officer as the register has them on a day; None where it does not."""
        key = {"day": on, "stations": [], "holders": [officer_id]}
        with self._database.connection() as connection:
            row = connection.execute(OFFICERS, key).fetchone()
        return OfficerRow(*row) if row else None

    def staff(self, code: str, on: date, plan_id: int | None = None) -> tuple[StationStaff, ...]:
        """The stations of a jurisdiction on a day, with the cells of the plan in force or of ``plan_id``; NotFound."""
        with self._database.connection() as connection:
            connection.execute("set transaction isolation level repeatable read, read only")
            return _staff(connection, code, on, plan_id)

    def rules(self, code: str, on: date) -> Mapping[str, Any]:
        """``[rules]`` of the bureau above a code, on a day."""
        with self._database.connection() as connection:
            return read_profile(connection, code, on)[1]

    @contextmanager
    def change(self) -> Iterator[StaffingUnit]:
        """A transaction that changes something."""
        with self._database.writing() as connection:
            yield StaffingUnit(connection)


def _staff(connection: Connection, code: str, on: date, plan_id: int | None) -> tuple[StationStaff, ...]:
    key: dict[str, Any] = {"code": code, "day": on}
    rows = connection.execute(query("scope_stations"), key).fetchall()
    if not rows:
        raise NotFound(f"there is no station or bureau {code!r} on {on}; for a cell, ask its station")
    names = {row[0]: row[1] for row in rows}
    key["stations"] = list(names)
    plans: dict[str, int] = dict(connection.execute(PLANS, key).fetchall())
    if plan_id is not None:
        plans = _one_plan(connection, plan_id, names)
        key["stations"] = list(plans)
    key["plans"] = list(plans.values())
    cells = _by_first(connection.execute(CELLS, key).fetchall())
    borders = _by_first(connection.execute(BORDERS, key).fetchall())
    key["codes"] = [*plans, *names, *(row[0] for part in cells.values() for row in part)]
    posts = connection.execute(POSTS, key).fetchall()
    key["holders"] = sorted({row[1] for row in posts if row[8]})
    officers = [OfficerRow(*row) for row in connection.execute(OFFICERS, key).fetchall()]
    key["officers"] = [o.officer_id for o in officers]
    absences = [
        Absence(row[0], row[1], row[2], row[3], Period(row[4], row[5]))
        for row in connection.execute(ABSENCES, key).fetchall()
    ]
    groups = _by_first(connection.execute(GROUPS, key).fetchall())
    rules = read_profile(connection, code, on)[1]
    return tuple(
        _station(
            StationStaff(
                code=station,
                name=names[station],
                on=on,
                plan_id=plans.get(station),
                cells=tuple(CellWork(*row) for row in cells.get(station, ())),
                borders=tuple((a, b, float(m)) for a, b, m in borders.get(station, ())),
                officers=(),
                posts=(),
                history=(),
                absences=(),
                groups=tuple(Group(c, n, tuple(members)) for c, n, members in groups.get(station, ())),
                rules=rules,
            ),
            posts,
            officers,
            absences,
        )
        for station in key["stations"]
    )


def _station(bare: StationStaff, posts: list[Any], officers: list[OfficerRow], absences: list[Absence]) -> StationStaff:
    """The station with its own part of the people read for all."""
    codes = {bare.code, *(c.code for c in bare.cells)}
    mine = [row for row in posts if row[2] in codes]
    holders = {row[1] for row in mine if row[8]}
    people = tuple(o for o in officers if o.station_code == bare.code or o.officer_id in holders)
    ids = {o.officer_id for o in people}
    return replace(
        bare,
        officers=people,
        posts=tuple(Assignment(*(*row[:5], Period(row[5], row[6]), row[7])) for row in mine if row[8]),
        history=tuple((row[1], row[2], Period(row[5], row[6])) for row in mine if row[2] != bare.code),
        absences=tuple(a for a in absences if a.officer_id in ids),
    )


def _one_plan(connection: Connection, plan_id: int, names: dict[str, str]) -> dict[str, int]:
    row = connection.execute("select station_code from plan where plan_id = %s", (plan_id,)).fetchone()
    if row is None or row[0] not in names:
        where = ", ".join(sorted(names)[:5])
        raise NotFound(f"there is no plan {plan_id} of {where}; `gridward plan list` shows those that exist")
    return {row[0]: plan_id}


def _by_first(rows: list[Any]) -> dict[str, list[Any]]:
    """Rows by their first column, without it."""
    grouped: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        grouped[row[0]].append(row[1:])
    return grouped
