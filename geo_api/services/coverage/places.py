"""The station and the cell of a point on a day, for many points and days, by the border rule."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from geo_api.services.coverage.inputs import Array, PlanRow, StationRow
from gridding.locate import CellLocator
from gridding.territory import TerritoryLocator


class Grounds:
    """Stations and plans of a time. Indices: of ``cells``, pairs (station code, cell code), sorted; "" = none."""

    def __init__(self, stations: Sequence[StationRow], plans: Sequence[PlanRow]) -> None:
        self._stations = stations
        self._plans = plans
        pairs = {("", "")} | {(s.code, "") for s in stations}
        pairs |= {(p.station, code) for p in plans for code in p.cell_codes}
        self.cells: tuple[tuple[str, str], ...] = tuple(sorted(pairs))
        self._index = {pair: i for i, pair in enumerate(self.cells)}
        self._outlines = {(s.code, s.start): s.outline for s in stations}

    def cell_of(self, lon: Array, lat: Array, day: Array) -> Array:
        """(n,) index of the cell of each point on its day."""
        answer = np.full(len(lon), self._index["", ""], np.int64)
        changes = np.array(sorted({s.start for s in self._stations} | {s.end for s in self._stations}), np.int64)
        epoch = np.searchsorted(changes, day, side="right")
        for when in np.unique(epoch):
            rows = np.flatnonzero((epoch == when) & np.isfinite(lon) & np.isfinite(lat))
            here = [s for s in self._stations if rows.size and s.start <= day[rows[0]] < s.end]
            if not here:
                continue
            station = CellLocator(np.array([s.outline for s in here], dtype=object)).locate(lon[rows], lat[rows])
            for i, one in enumerate(here):
                self._within(one, rows[station == i], lon, lat, day, answer)
        return answer

    def _within(self, station: StationRow, rows: Array, lon: Array, lat: Array, day: Array, answer: Array) -> None:
        """Fill in the cells of points that lie in one station."""
        answer[rows] = self._index[station.code, ""]
        for plan in self._plans:
            if plan.station != station.code or not plan.cell_codes:
                continue
            now = rows[(day[rows] >= plan.start) & (day[rows] < plan.end)]
            if not now.size:
                continue
            outline = np.array([station.outline], dtype=object)
            locator = TerritoryLocator(outline, plan.cells, np.zeros(len(plan.cell_codes), np.int32))
            _, cell = locator.locate(lon[now], lat[now])
            known = np.array([self._index[station.code, code] for code in plan.cell_codes], np.int64)
            answer[now[cell >= 0]] = known[cell[cell >= 0]]
