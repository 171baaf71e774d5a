"""What workload and staffing are counted from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import LiteralString

import numpy as np

from geo_api.clock import today_in
from geo_api.db.coverage_views import CoverageViews
from geo_api.db.entity_names import entity_of
from geo_api.db.jurisdictions import today_of
from geo_api.db.queries import query
from geo_api.db.station_reader import read_profile
from geo_api.errors import NotFound
from geo_api.services.workload.store import EntityRow

ENTITY: LiteralString = """
    select e.name, e.credit_class, e.industry, e.licensed, e.workload_hours, st_x(e.geom), st_y(e.geom),
           (select j.code from jurisdiction j where j.source = e.source and j.recorded_to is null and j.parent_code = ''
            order by j.valid @> %(day)s desc limit 1),
           (select j.code from jurisdiction j where j.draws_cells and j.recorded_to is null and j.valid @> %(day)s
            and j.geom && e.geom and covers(j.geom, e.geom) order by j.code collate "C" limit 1),
           (select c.cell_code from locate_many(array[st_x(e.geom)], array[st_y(e.geom)], %(day)s) c)
    from entity e
    where e.entity_id = %(entity)s and e.recorded_to is null and e.valid @> %(day)s
      and (e.opened is null or e.opened <= %(day)s) and (e.closed is null or e.closed > %(day)s)
"""
OFFICERS: LiteralString = """
    select o.station_code, count(*) from officer o
    where o.recorded_to is null and o.valid @> %(day)s
      and o.source in (select source from jurisdiction where code = any(%(codes)s) and recorded_to is null)
    group by 1
"""
ZONE: LiteralString = """
    select p.timezone from entity e join profile p using (source)
    where e.entity_id = %(entity)s and p.recorded_to is null limit 1
"""


class WorkloadViews(CoverageViews):
    """Implements :class:`geo_api.services.workload.store.WorkloadStore`."""

    def today(self, code: str) -> date:
        """Today in the time zone of the bureau of a jurisdiction."""
        with self._database.connection() as connection:
            return today_of(connection, code)

    def today_of_entity(self, named: str) -> date:
        """Today in the time zone of the bureau of an entity; UTC where nobody is named so."""
        with self._database.connection() as connection:
            entity = entity_of(connection, named, today_in("UTC"))
            row = connection.execute(ZONE, {"entity": entity}).fetchone()
        return today_in(row[0] if row else "UTC")

    def entity(self, named: str, on: date) -> EntityRow:
        """An entity by permanent id, entity code, credit code or registration number; NotFound, Conflict."""
        with self._database.connection() as connection:
            entity = entity_of(connection, named, on)
            row = connection.execute(ENTITY, {"entity": entity, "day": on}).fetchone()
            if row is None:
                raise NotFound(f"entity {named!r} does not exist on {on}: it opened later, or was closed")
            name, letter, industry, licensed, given, lon, lat, bureau, station, cell = row
            code = cell or station or bureau
            rules = read_profile(connection, code, on)[1]
            key = {"station": station or "", "day": on}
            others = connection.execute(query("station_entities"), key).fetchall() if station else []
        around = [(lon, lat)] + [(x, y) for other, x, y, *_ in others if other != entity] if station else []
        return EntityRow(
            entity_id=entity,
            name=name,
            credit_class=letter,
            industry=industry,
            licensed=licensed,
            given_hours=given,
            station=station or "",
            cell=cell or "",
            code=code,
            rules=rules,
            around=np.array(around, dtype=np.float64).reshape(-1, 2),
        )

    def officers(self, codes: Sequence[str], on: date) -> Mapping[str, int]:
        """Station code ("" = none) -> officers of the datasets of these jurisdictions on a day."""
        with self._database.connection() as connection:
            rows = connection.execute(OFFICERS, {"codes": list(codes), "day": on}).fetchall()
        return dict(rows)
