"""The calendar period of the class that waits for a visit, of many entities at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np

from geo_api.services.hours import kinds_of_entities
from geo_api.services.visits.due_model import Days, DueInputs
from geo_api.supervision.coverage import judged_periods
from geo_api.supervision.frequency import Rules
from gridding.types import IntArray

YEAR = timedelta(days=366)
NO_DAY = np.datetime64("NaT", "D")


def first_missed(
    inputs: DueInputs,
    rules: Rules,
    inside: np.ndarray,
    on: Any,
    counted: Callable[[IntArray, Days], dict[int, int]],
    *,
    look_back: int,
) -> Days:
    """(n,) the end (last day) of the first calendar period since the last visit that lacks visits; NaT = none waits.

    The period that the day lies in lacks visits while fewer were made in it than the class asks for; a period before lacks
    them when no visit was made in it or since. An entity is asked from the first period that it existed in from the
    beginning, and periods that ended more than ``look_back`` days ago are not looked at (0 = a year).
    """
    out = np.full(len(inputs.entity_id), NO_DAY)
    day: date = on.astype(object)
    per_year = _visits_per_year(inputs, rules)
    for visits in np.unique(per_year[inside & (per_year > 0)]):
        members = np.flatnonzero(inside & (per_year == visits))
        first = day - (timedelta(days=look_back) if look_back else YEAR)
        periods = judged_periods(float(visits), first, day + YEAR)
        starts = np.array([p.start for p in periods], dtype="datetime64[D]")
        ends = np.array([p.end for p in periods], dtype="datetime64[D]")
        running = int(np.searchsorted(starts, on, side="right")) - 1
        opened = np.where(np.isnat(inputs.opened[members]), starts[0], inputs.opened[members])
        asked = np.searchsorted(starts, opened)  # the first period that begins after the opening
        last = inputs.counted[members]
        after = np.where(
            np.isnat(last), 0, np.searchsorted(starts, last, side="right")
        )  # the period after the last visit
        at = np.maximum(asked, after)
        wanted = round(periods[running].visits) if running >= 0 else 1
        if wanted > 1:
            at = _too_few(inputs, members, at, running, starts, wanted, counted)
        waits = at <= running
        out[members[waits]] = ends[at[waits]] - np.timedelta64(1, "D")
    return out


def _too_few(
    inputs: DueInputs,
    members: IntArray,
    at: np.ndarray,
    running: int,
    starts: Days,
    wanted: int,
    counted: Callable[[IntArray, Days], dict[int, int]],
) -> np.ndarray:
    """Where a period asks for several visits, the running one still waits until all of them are made."""
    visited = members[at == running + 1]
    made = counted(inputs.entity_id[visited], np.full(len(visited), starts[running]))
    enough = np.array([made.get(int(e), 0) >= wanted for e in inputs.entity_id[visited]], dtype=bool)
    out = at.copy()
    out[at == running + 1] = np.where(enough, running + 1, running)
    return out


def _visits_per_year(inputs: DueInputs, rules: Rules) -> np.ndarray:
    """(n,) visits a year that each entity is due: computed once for each distinct kind of entity."""
    code, distinct = kinds_of_entities(inputs.credit_class, inputs.industry, inputs.licensed)
    return np.array([rules.visits(c, i, licensed=known) for c, i, known in distinct], dtype=np.float64)[code]
