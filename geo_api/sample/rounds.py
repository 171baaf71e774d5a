"""Routine visits: one in each calendar period of the class, less the arrears of a real bureau.

Arrears gather: most businesses are visited in every period, a few are left out again and again. Whether a business is
one of these depends on its class, its station, its officer, and on how new it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geo_api.sample.workdays import spread
from geo_api.supervision.coverage import DuePeriod, due_periods
from geo_api.supervision.frequency import CLASSES, NATIONAL_VISITS

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BEHIND = {"A": (0.03, 0.36, 0.04), "B": (0.04, 0.09, 0.05), "C": (0.04, 0.09, 0.06), "D": (0.05, 0.12, 0.08)}
"""Share of businesses in arrears, by class, for the three stations: the second often leaves out class A."""
_BEHIND_UNLICENSED = 0.62
"""Those without a licence are hard to find and seldom at home."""
_MISSED = {"A": 0.75, "B": 0.6, "C": 0.55, "D": 0.55}
"""Share of periods missed by a business in arrears."""
_LATE_OFFICERS = 3
_BEHIND_LATE = (0.44, 0.58)
"""Added to the share in arrears, for the officers who run late: from, to."""
_FORGOTTEN = 0.13
"""Share of new businesses that nobody came to in their first period: they were not yet on anybody's list."""
_FIRST_DAYS, _FIRST_TOO_LATE = 28, 95
"""First visits fall within so many days of the opening; those that come too late within so many."""
_FIRST_LATE, _FIRST_BY_LATE = 0.04, 0.9
"""Share of first visits that come too late; what an officer who runs late adds, for each unit of what they add to arrears."""
_TWICE = 0.012
_EARLY = 0.08
"""Share of missed visits that were made too early, at the end of the period before."""
_MADE_UP, _MADE_UP_LATE = 0.3, 0.75
"""Share of missed visits that were made at the beginning of the period after; the same for officers who run late."""
_OUTSIDE = 0.35
"""How far into the neighbouring period such a visit falls, as a share of the period."""


def routine(
    entities: pd.DataFrame, classes: NDArray[np.str_], officer: np.ndarray, on: date, rng: np.random.Generator
) -> pd.DataFrame:
    """Routine visits of the periods that ended or ran in the year before ``on``; the oldest of them began before it.

    Args:
        entities: the register (station, licensed, opened, closed).
        classes: (n,) class that counts, "A" to "D".
        officer: (n,) who looks after each entity.
        on: day on which the record ends; nothing is visited on it or later.
        rng: randomness.

    Returns:
        Frame with row (position in ``entities``) and date, a working day on which the entity existed.
    """
    n = len(entities)
    late = _late(officer, rng)
    rank = np.searchsorted(CLASSES, classes)
    usual = np.array([_BEHIND[c] for c in CLASSES])[rank, entities["station"].to_numpy()]
    behind = rng.random(n) < np.where(entities["licensed"], usual, _BEHIND_UNLICENSED) + late
    forgotten = rng.random(n) < _FORGOTTEN
    opened = entities["opened"].to_numpy().astype("datetime64[D]")
    ended = entities["closed"].to_numpy().astype("datetime64[D]")
    closed = np.where(np.isnat(ended), np.datetime64(on + timedelta(days=366)), ended)
    first = _first_visits(opened, closed, forgotten, late, rng)
    came = np.flatnonzero((first >= np.datetime64(rounds("A", on)[0].start)) & (first < np.datetime64(on)))
    parts = [pd.DataFrame({"row": came, "date": first[came].astype("datetime64[s]")})]
    for letter in CLASSES:
        periods = rounds(letter, on)
        for period in periods:
            own = np.flatnonzero((classes == letter) & (opened < period.end) & (closed > period.start))
            missed = behind[own] & (rng.random(len(own)) < _MISSED[letter])
            missed |= forgotten[own] & (opened[own] >= period.start)
            own, missed = _without_visit(own, missed, first, period)
            for rows, begin, end, tempo in _stretches(own, missed, late[own], period, rng):
                day = spread(
                    np.maximum(opened[rows], np.datetime64(begin)), np.minimum(closed[rows], np.datetime64(end)), tempo
                )
                kept = (day >= np.datetime64(periods[0].start)) & (day < np.datetime64(on))
                parts.append(pd.DataFrame({"row": rows[kept], "date": day[kept].astype("datetime64[s]")}))
    return pd.concat(parts, ignore_index=True)


def rounds(letter: str, on: date) -> tuple[DuePeriod, ...]:
    """The calendar periods of a class that ended in the year before ``on``, and the one that runs then, oldest first."""
    per_year = NATIONAL_VISITS[letter]
    coming = due_periods(per_year, on + timedelta(days=365))
    return (*due_periods(per_year, on), *(p for p in coming if p.start < on < p.end))


def _first_visits(
    opened: NDArray[np.datetime64], closed: NDArray[np.datetime64], forgotten: NDArray[np.bool_],
    late: NDArray[np.float64], rng: np.random.Generator,
) -> NDArray[np.datetime64]:  # fmt: skip
    """(n,) day of the first visit: soon after the opening, of some too late; NaT = it closed before."""
    n = len(opened)
    slow = forgotten | (rng.random(n) < _FIRST_LATE + _FIRST_BY_LATE * late)
    soon = np.timedelta64(_FIRST_DAYS, "D")
    begin = np.where(slow, opened + soon, opened)
    end = np.where(slow, opened + np.timedelta64(_FIRST_TOO_LATE, "D"), opened + soon)
    return spread(begin, np.minimum(end, closed), rng.beta(1.6, 1.8, n).clip(0, 0.999))


def _without_visit(
    own: NDArray[np.int64], missed: NDArray[np.bool_], first: NDArray[np.datetime64], period: DuePeriod
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Those that still need a visit in a period: a first visit in it is the period's visit too."""
    open_yet = ~((first[own] >= np.datetime64(period.start)) & (first[own] < np.datetime64(period.end)))
    return own[open_yet], missed[open_yet]


def _late(officer: np.ndarray, rng: np.random.Generator) -> NDArray[np.float64]:
    """(n,) what the officer of each entity adds to the chance of arrears: 0 for most officers."""
    crew, who = np.unique(officer.astype(str), return_inverse=True)
    slack = np.zeros(len(crew))
    slow = rng.choice(len(crew), _LATE_OFFICERS, replace=False)
    slack[slow] = rng.uniform(*_BEHIND_LATE, _LATE_OFFICERS)
    return np.asarray(slack[who])


def _stretches(
    own: NDArray[np.int64],
    missed: NDArray[np.bool_],
    late: NDArray[np.float64],
    period: DuePeriod,
    rng: np.random.Generator,
) -> Iterator[tuple[NDArray[np.int64], date, date, NDArray[np.float64]]]:
    """Visits meant for a period: rows, the days [from, to) they fall in, and how far into these, 0 to 1."""
    inside = np.clip(rng.beta(2.2, 2.0, len(own)) + 0.6 * late, 0, 0.999)
    yield own[~missed], period.start, period.end, inside[~missed]
    again = ~missed & (rng.random(len(own)) < _TWICE)
    yield own[again], period.start, period.end, rng.random(int(again.sum()))
    luck = rng.random(len(own))
    early = missed & (luck < _EARLY)
    after = missed & (luck > 1 - np.where(late > 0, _MADE_UP_LATE, _MADE_UP))
    beyond = _OUTSIDE * (period.end - period.start)
    yield own[early], period.start - beyond, period.start, rng.beta(2.0, 1.2, int(early.sum()))
    yield own[after], period.end, period.end + beyond, rng.beta(1.2, 2.0, int(after.sum()))
