"""What diagrams show besides cells and officers: streets, markets, communities, and where entities are by industry."""

from __future__ import annotations

from datetime import date

from geo_api.db.engine import Database
from geo_api.services.diagram_draw import Background

IN_STATIONS = """
    from jurisdiction s join {table} t on t.geom && s.geom and st_intersects(t.geom, s.geom)
    where s.code = any(%(stations)s) and s.recorded_to is null and s.valid @> %(day)s
      and t.recorded_to is null and t.valid @> %(day)s
"""
LINES = f"select distinct on (t.id) t.kind, t.name, st_asbinary(t.geom) {IN_STATIONS.format(table='boundary_line')} order by t.id"
MARKETS = f"select distinct on (t.id) t.name, st_asbinary(t.geom) {IN_STATIONS.format(table='market')} order by t.id"
BASE_UNITS = (
    f"select distinct on (t.id) t.name, st_asbinary(t.geom) {IN_STATIONS.format(table='base_unit')} order by t.id"
)
ENTITIES = (
    f"select distinct on (t.id) st_x(t.geom), st_y(t.geom), t.industry {IN_STATIONS.format(table='entity')} "
    "and (t.opened is null or t.opened <= %(day)s) and (t.closed is null or t.closed > %(day)s) order by t.id"
)
NAMES = "select code, name_en from jurisdiction where recorded_to is null and valid @> %(day)s and name_en <> ''"
PROFILE = """
    with recursive above(code) as (
        select unnest(%(stations)s::text[])
        union
        select j.parent_code from above join jurisdiction j using (code)
        where j.recorded_to is null and j.valid @> %(day)s
    )
    select p.diagram from profile p join above on above.code = p.bureau_code
    where p.recorded_to is null
    order by p.valid @> %(day)s desc, upper_inf(p.valid) desc, upper(p.valid) desc nulls first limit 1
"""


class DiagramViews:
    """Implements :class:`geo_api.services.diagram_draw.BackgroundReader`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def background(self, station_codes: tuple[str, ...], on: date) -> Background:
        """Lines, markets, base units and entities (place and industry alone) in these stations on a day."""
        key = {"stations": list(station_codes), "day": on}
        with self._database.connection() as connection:
            connection.execute("set transaction isolation level repeatable read, read only")
            cursor = connection.cursor(binary=True)
            profile = cursor.execute(PROFILE, key).fetchone()
            return Background(
                profile=profile[0] if profile else {},
                names_en=dict(cursor.execute(NAMES, key).fetchall()),
                lines=tuple(cursor.execute(LINES, key).fetchall()),
                markets=tuple(cursor.execute(MARKETS, key).fetchall()),
                base_units=tuple(cursor.execute(BASE_UNITS, key).fetchall()),
                entities=tuple(cursor.execute(ENTITIES, key).fetchall()),
            )
