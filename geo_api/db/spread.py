"""The cells in force with their entities and hours: what a division is compared with."""

from __future__ import annotations

from datetime import date

import numpy as np

from geo_api.db.jurisdictions import JurisdictionTables
from geo_api.services.spread import CellLoads

CELLS = """
    select c.code, c.entities, c.workload_hours_per_year
    from plan_validity v join cell c using (plan_id)
    where v.recorded_to is null and v.valid @> %(day)s and not c.exclusive
      and %(code)s in (select code from (
          with recursive up (code, parent_code) as (
              select code, parent_code from jurisdiction where code = c.station_code and recorded_to is null
              union
              select j.code, j.parent_code from jurisdiction j join up on j.code = up.parent_code where j.recorded_to is null
          ) select code from up) above)
    order by c.code collate "C"
"""
IDS = """
    select i.source_id from entity_identity i
    where i.source in (select source from jurisdiction where code = %(code)s and recorded_to is null)
"""


class SpreadViews(JurisdictionTables):
    """Implements :class:`geo_api.services.spread.SpreadReader`."""

    def loads(self, code: str, on: date) -> CellLoads:
        """The cells in force on a day under a bureau or station (markets apart), and the ids of its register."""
        with self._database.connection() as connection:
            cells = connection.execute(CELLS, {"code": code, "day": on}).fetchall()
            ids = connection.execute(IDS, {"code": code}).fetchall()
        codes, entities, hours = zip(*cells, strict=True) if cells else ((), (), ())
        return CellLoads(
            tuple(codes),
            np.array(entities, dtype=np.float64),
            np.array(hours, dtype=np.float64),
            tuple(row[0] for row in ids),
        )
