"""Changes to absences, patrol groups and sub-areas: rows are closed and inserted, never changed."""

from __future__ import annotations

from datetime import date

from psycopg.types.range import DateRange

from geo_api.db.unit_of_work import UnitOfWork
from geo_api.services.staffing.store import SubArea
from geo_api.supervision.absences import Absence
from geo_api.supervision.patrol_groups import Group, GroupRow
from geo_api.supervision.periods import Period
from geo_api.supervision.publication import Rewrite

GROUPS_NOW = """
    select g.code, array[g.name] || array_agg(m.cell_code order by m.cell_code collate "C")
    from patrol_group g
    join patrol_group_cell m on m.group_code = g.code and m.recorded_to is null and m.valid @> %(day)s
        and upper_inf(m.valid)
    where g.recorded_to is null and g.station_code = %(station)s and g.valid @> %(day)s and upper_inf(g.valid)
    group by g.code, g.name
"""
END_MEMBERS = """
    with closed as (
        update patrol_group_cell set recorded_to = now()
        where recorded_to is null and not valid << daterange(%(day)s, null) and group_code <> all(%(kept)s)
          and group_code in (select code from patrol_group where station_code = %(station)s)
        returning group_code, cell_code, valid * daterange(null, %(day)s) as left_over
    )
    insert into patrol_group_cell (group_code, cell_code, valid)
    select group_code, cell_code, left_over from closed where not isempty(left_over)
"""
END_GROUPS = """
    with closed as (
        update patrol_group set recorded_to = now()
        where recorded_to is null and not valid << daterange(%(day)s, null) and code <> all(%(kept)s)
          and station_code = %(station)s
        returning code, name, station_code, valid * daterange(null, %(day)s) as left_over
    )
    insert into patrol_group (code, name, station_code, valid)
    select code, name, station_code, left_over from closed where not isempty(left_over)
"""
END_SUB_AREA = """
    with closed as (
        update jurisdiction set recorded_to = now()
        where recorded_to is null and not valid << daterange(%(day)s, null) and code = any(%(codes)s) and not draws_cells
          and parent_code in (select code from cell_code)
        returning *, valid * daterange(null, %(day)s) as left_over
    ), kept as (
        insert into jurisdiction (code, name, name_en, level, parent_code, draws_cells, geom, source, digest, valid)
        select code, name, name_en, level, parent_code, draws_cells, geom, source, digest, left_over
        from closed where not isempty(left_over)
        returning 1
    )
    select count(*) from closed
"""
NEW_SUB_AREA = """
    insert into jurisdiction (code, name, level, parent_code, draws_cells, geom, source, digest, valid)
    select %(code)s, %(name)s, coalesce(max(j.level), 2) + 2, %(cell)s, false,
           st_multi(st_geomfromwkb(%(wkb)s, 4490)), 'sub_area', '', daterange(%(day)s, null)
    from cell_code k join jurisdiction j on j.code = k.station_code and j.recorded_to is null where k.code = %(cell)s
"""
INSIDE = """
    select st_area(st_intersection(c.geom, a.geom)) / st_area(a.geom)
    from plan_validity v join cell c using (plan_id), st_geomfromwkb(%(wkb)s, 4490) as a (geom)
    where v.recorded_to is null and v.valid @> %(day)s and c.code = %(cell)s
"""


class StaffingUnit(UnitOfWork):
    """Implements :class:`geo_api.services.staffing.store.StaffingWork` on the connection of one transaction."""

    def absences(self, officer_ids: tuple[str, ...]) -> tuple[Absence, ...]:
        """Recorded absences of these officers, and those in which they stand in."""
        rows = self._connection.execute(
            "select id, officer_id, substitute_id, kind, lower(valid), upper(valid) from absence "
            "where recorded_to is null and (officer_id = any(%(ids)s) or substitute_id = any(%(ids)s)) order by valid",
            {"ids": list(officer_ids)},
        ).fetchall()
        return tuple(Absence(row[0], row[1], row[2], row[3], Period(row[4], row[5])) for row in rows)

    def rewrite_absences(self, rewrite: Rewrite[Absence]) -> None:
        """Close and insert absences."""
        self._close("absence", [row.row_id for row, _left in rewrite.cut])
        cursor = self._connection.cursor()
        cursor.executemany(
            "insert into absence (officer_id, substitute_id, kind, valid) values (%s, %s, %s, %s)",
            [
                (r.officer_id, r.substitute_id, r.kind, DateRange(p.start, p.end))
                for r, p in [
                    *((row, p) for row, left in rewrite.cut for p in left),
                    *((r, r.period) for r in rewrite.new),
                ]
            ],
        )

    def group_rows(self, station_code: str) -> tuple[GroupRow, ...]:
        """Recorded patrol groups of a station with their cells."""
        rows = self._connection.execute(
            "select m.group_code, m.cell_code, lower(m.valid), upper(m.valid) from patrol_group_cell m "
            "join cell_code k on k.code = m.cell_code where k.station_code = %s and m.recorded_to is null order by 2, 3",
            (station_code,),
        ).fetchall()
        return tuple(GroupRow(group, cell, Period(first, last)) for group, cell, first, last in rows)

    def rewrite_groups(self, station_code: str, groups: tuple[Group, ...], valid_from: date) -> int:
        """Make these the patrol groups of a station from a day on; returns how many differ from before.

        Groups that are the same keep their rows.
        """
        key = {"station": station_code, "day": valid_from}
        now: dict[str, list[str]] = dict(self._connection.execute(GROUPS_NOW, key).fetchall())
        wanted = {g.code: g for g in groups}
        gone = [c for c, was in now.items() if c not in wanted or [wanted[c].name, *wanted[c].cells] != was]
        new = [g for g in groups if g.code in gone or g.code not in now]
        kept = [c for c in wanted if c in now and c not in gone]
        for statement in (END_MEMBERS, END_GROUPS):
            self._connection.execute(statement, {**key, "kept": kept})
        cursor = self._connection.cursor()
        cursor.executemany(
            "insert into patrol_group (code, name, station_code, valid) values (%s, %s, %s, daterange(%s, null))",
            [(g.code, g.name, station_code, valid_from) for g in new],
        )
        cursor.executemany(
            "insert into patrol_group_cell (group_code, cell_code, valid) values (%s, %s, daterange(%s, null))",
            [(g.code, cell, valid_from) for g in new for cell in g.cells],
        )
        return len(new) + sum(c not in wanted for c in gone)

    def taken_by(self, code: str) -> str | None:
        """The cell that a code names a sub-area of; "" where it is a cell's or a station's; None where it is free."""
        row = self._connection.execute(
            "select coalesce((select k.code from cell_code k where k.code = j.parent_code), '') from jurisdiction j "
            "where j.code = %(code)s and j.recorded_to is null union all "
            "select '' from cell_code where code = %(code)s limit 1",
            {"code": code},
        ).fetchone()
        return str(row[0]) if row else None

    def put_sub_area(self, area: SubArea, valid_from: date) -> float:
        """Record a sub-area from a day on; returns the share of it that lies inside its cell on that day (0 to 1)."""
        key = {"code": area.code, "name": area.name, "cell": area.cell_code, "wkb": area.wkb, "day": valid_from}
        self.end_sub_area(area.code, valid_from)
        self._connection.execute(NEW_SUB_AREA, key)
        row = self._connection.execute(INSIDE, key).fetchone()
        return float(row[0]) if row else 0.0

    def end_sub_area(self, code: str, valid_from: date) -> bool:
        """End a sub-area; False where there is none."""
        ended = self._connection.execute(END_SUB_AREA, {"codes": [code], "day": valid_from}).fetchone()
        return bool(ended and ended[0])
