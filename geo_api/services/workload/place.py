"""The entities that a jurisdiction looks after, with the visits and hours that the rules ask for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from geo_api.errors import NotFound
from geo_api.services.coverage_store import Scope
from geo_api.services.gaps import hours_of, within
from geo_api.services.hours import kinds_of_entities
from geo_api.services.workload.store import WorkloadStore
from geo_api.supervision.frequency import Rules, rules_from

MICRO = 1_000_000
"""Hours and visits are summed as whole millionths, so that every total is the exact sum of its parts."""


@dataclass(frozen=True, slots=True)
class PlaceWork:
    """The entities of a jurisdiction on a day.

    Attributes:
        scope: the jurisdiction, its stations and cells (of a cell: its station).
        rules: of its bureau.
        frame: one row an entity: entity_id, station, cell, credit_class (the one that counts), industry, visits and
            hours (a year, whole millionths).
    """

    scope: Scope
    rules: Rules
    frame: pd.DataFrame


def place_work(store: WorkloadStore, code: str, on: date, *, cells: bool = True) -> PlaceWork:
    """Read a bureau, a station or (with ``cells``) a cell on a day; NotFound."""
    try:
        scope, cell = store.scope(code, on), None
    except NotFound:
        above = store.ancestors(code)
        if not cells or len(above) < 2:
            raise
        scope, cell = store.scope(above[1], on), code
        if cell not in scope.cell_codes:
            raise NotFound(f"there is no cell {code!r} in the plan in force on {on}") from None
    rules = rules_from(scope.rules)
    ours = within(scope, store.register(scope.code, on))
    register = ours.register
    of, distinct = kinds_of_entities(register.credit_class, register.industry, register.licensed)
    visits = [sum(rules.visits_by_kind(c, i, licensed=known).values()) for c, i, known in distinct]
    counted = [rules.class_of(c, licensed=known) for c, _, known in distinct]
    names = np.array([*scope.station_codes, ""], dtype=object)
    frame = pd.DataFrame(
        {
            "entity_id": register.ids,
            "station": names[ours.station],
            "cell": register.cell_code,
            "credit_class": np.array(counted, dtype=object)[of],
            "industry": register.industry,
            "visits": np.rint(np.array(visits, dtype=np.float64)[of] * MICRO).astype(np.int64),
            "hours": np.rint(hours_of(ours, rules) * MICRO).astype(np.int64),
        }
    )
    if cell is not None:
        frame = frame[frame["cell"] == cell].reset_index(drop=True)
    return PlaceWork(scope, rules, frame)
