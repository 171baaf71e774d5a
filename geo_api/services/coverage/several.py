"""Several periods of a jurisdiction from one reading of the database: each has the figures that it has when read alone."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, datetime
from typing import Any

import numpy as np

from geo_api.errors import NotFound
from geo_api.services.coverage.calendars import span_of
from geo_api.services.coverage.compute import tables_of, window_of
from geo_api.services.coverage.inputs import (
    Array,
    CoverageInputs,
    CoverageReader,
    RulesFrom,
    Versions,
    Visits,
    Window,
    day_number,
)
from geo_api.services.coverage.tables import CoverageTables

Days = tuple[date, date]
"""[first day, first day no longer)."""


class Reading:
    """What was read for a period and for others before it."""

    def __init__(
        self, reader: CoverageReader, jurisdiction: str, periods: tuple[Days, ...], recorded_at: datetime | None
    ) -> None:
        """Read; the last of ``periods`` ends last. NotFound: no such jurisdiction at any time of them."""
        spans = [span_of(*days) for days in periods]
        self._recorded_at = recorded_at

        def window(profiles: tuple[RulesFrom, ...]) -> Window:
            """Wide enough for every period; kinds of visits are those of the last one. Nobody asks who made them."""
            asked = [window_of(span, profiles, visitors=False) for span in spans]
            first, teams_from = min(a.first for a in asked), min(a.teams_from for a in asked)
            return replace(asked[-1], first=first, teams_from=teams_from)

        self._inputs = reader.inputs(jurisdiction, periods[-1][1], recorded_at, window)
        self._kinds = {p: window_of(s, self._inputs.profiles).kinds for p, s in zip(periods, spans, strict=True)}
        self._last = periods[-1]

    def tables(self, days: Days) -> CoverageTables | None:
        """The figures of a period; None where it was not read: it is none of them, or other kinds of visits count in it.

        Raises:
            NotFound: the jurisdiction did not exist then.
        """
        if self._kinds.get(days) != self._kinds[self._last]:
            return None
        return self._of(days)

    def last(self) -> CoverageTables:
        """The figures of the last of the periods; NotFound as for :meth:`tables`."""
        return self._of(self._last)

    def _of(self, days: Days) -> CoverageTables:
        window = window_of(span_of(*days), self._inputs.profiles)
        return tables_of(only(self._inputs, window, day_number(days[1])), *days, self._recorded_at)


def only(inputs: CoverageInputs, window: Window, end: int) -> CoverageInputs:
    """Of what was read, what is read for a window alone; NotFound where the jurisdiction had no ground in it."""
    first = window.teams_from
    stations = tuple(s for s in inputs.stations if s.start < end and s.end > first)
    own = {s.code for s in stations} & {*inputs.place.stations}
    if not own and inputs.place.stations:
        raise NotFound(f"{inputs.place.code!r} did not exist then")
    plans = tuple(p for p in inputs.plans if p.start < end and p.end > first)
    codes = {code for plan in plans for code in plan.cell_codes}
    return replace(
        inputs,
        place=replace(inputs.place, stations=tuple(sorted(own))),
        versions=_versions(inputs.versions, inputs.versions.valid_to > window.first),
        visits=_visits(inputs.visits, window),
        stations=stations,
        plans=plans,
        leads=tuple(x for x in inputs.leads if x.cell in codes and x.start < end and x.end > first),
    )


def _versions(versions: Versions, kept: Array) -> Versions:
    if kept.all():
        return versions
    columns = {f.name: getattr(versions, f.name) for f in fields(versions)}
    chosen: dict[str, Any] = {name: values[kept] for name, values in columns.items() if isinstance(values, np.ndarray)}
    return replace(versions, **chosen)


def _visits(visits: Visits, window: Window) -> Visits:
    kept = (visits.day >= window.first) & (visits.day < window.last)
    if kept.all():
        entity, day, team = visits.entity_id, visits.day, visits.team
    else:
        entity, day, team = visits.entity_id[kept], visits.day[kept], visits.team[kept]
    team = np.where(day < window.teams_from, -1, team)
    there = np.unique(team[team >= 0])
    number = np.full(len(visits.teams) + 1, -1, np.int32)
    number[there] = np.arange(len(there))
    return Visits(entity, day, number[team], tuple(visits.teams[i] for i in there.tolist()))
