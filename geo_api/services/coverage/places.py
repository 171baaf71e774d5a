"""The station and the cell of a point on a day, for many points and days, by the border rule."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from geo_api.services.coverage.inputs import Array, PlanRow, StationRow
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

    def cell_of(self, lon: Array, lat: Array, day: Array) -> Array:
        """(n,) index of the cell of each point on its day."""
        answer = np.full(len(lon), self._index["", ""], np.int64)
        spans = [(s.start, s.end) for s in self._stations] + [(p.start, p.end) for p in self._plans]
        changes = np.array(sorted({day for span in spans for day in span}), np.int64)
        epoch = np.searchsorted(changes, day, side="right")
        located = np.isfinite(lon) & np.isfinite(lat)
        for when in np.unique(epoch[located]):
            rows = np.flatnonzero((epoch == when) & located)
            answer[rows] = self._on(int(day[rows[0]]), lon[rows], lat[rows])
        return answer

    def _on(self, day: int, lon: Array, lat: Array) -> Array:
        """The cells of points on one day."""
        stations = [s for s in self._stations if s.start <= day < s.end]
        number = {s.code: i for i, s in enumerate(stations)}
        plans = [p for p in self._plans if p.start <= day < p.end and p.station in number and p.cell_codes]
        if not stations:
            return np.full(len(lon), self._index["", ""], np.int64)
        locator = TerritoryLocator(
            np.array([s.outline for s in stations], dtype=object),
            np.concatenate([p.cells for p in plans]) if plans else np.zeros(0, object),
            np.repeat([number[p.station] for p in plans], [len(p.cell_codes) for p in plans]).astype(np.int32),
        )
        station, cell = locator.locate(lon, lat)
        bare = np.array([*(self._index[s.code, ""] for s in stations), self._index["", ""]], np.int64)
        known = np.array([*(self._index[p.station, c] for p in plans for c in p.cell_codes), 0], np.int64)
        return np.where(cell >= 0, known[cell], bare[station])
