"""Two years of visits to the city's businesses, up to millions, a column at a time.

Routine visits fall in the calendar periods of the classes, less arrears as of real bureaus (few businesses are missed, and these
again and again; new ones are forgotten; some officers run late). Campaigns come on top. A visit that found something ends in a
notice with a deadline, and most notices in a revisit.
"""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo_api.sample.trades import TRADES
from geo_api.sample.workdays import back_to_work, spread

CLASSES = "ABCD"
_PERIOD_MONTHS = {"A": 6, "B": 3, "C": 1, "D": 1}

RESULTS = np.array(["pass", "minor", "fail", "none"], dtype=object)
_ODDS = np.array([[0.95, 0.04, 0.005], [0.88, 0.10, 0.01], [0.74, 0.20, 0.05], [0.55, 0.30, 0.14]])
"""Shares of pass, minor and fail by class; the rest was not rated."""
_BEHIND = np.array([0.06, 0.06, 0.08, 0.10])
"""Share of businesses in arrears, by class."""
_BEHIND_UNLICENSED, _FORGOTTEN, _MISSED = 0.5, 0.08, 0.62
_LATE_OFFICERS, _BEHIND_LATE = 0.06, 0.45
"""Share of officers who run late, and what each adds to the share in arrears."""
_DILIGENT, _BEHIND_DILIGENT = 0.2, -0.05
"""Share of officers who leave hardly anything out, and what they take from the share in arrears."""
_TROUBLED, _BEHIND_TROUBLED = 2, (0.12, 0.34)
"""Stations with too much on their hands, and what each of their officers adds: from, to."""
_FIRST_DAYS, _FIRST_TOO_LATE = 28, 95
"""First visits fall within so many days of the opening; those that come too late within so many."""
_FIRST_LATE, _FIRST_BY_LATE = 0.05, 0.9
"""Share of first visits that come too late; what an officer who runs late adds, for each unit of what they add to arrears."""
_REVISITED, _IN_TIME = 0.94, 0.91
KINDS = ("daily", "special", "priority")
PURPOSES = ("日常巡查", "专项检查", "重点检查", "复查")


def city_visits(
    entities: pd.DataFrame,
    beat: NDArray[np.int64],
    crew: int,
    first: date,
    on: date,
    wanted: int | None,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Visits from ``first`` to the day before ``on``, by date.

    Args:
        entities: the register of :func:`geo_api.sample.city.register.city_register`.
        beat: (entities,) number of the officer who looks after each.
        crew: number of officers.
        first, on: days [first, on).
        wanted: so many visits in all: campaigns are added, or visits left out at random; None = as it comes.
        rng: randomness.

    Returns:
        Frame with row (in ``entities``), day (datetime64[D]), kind (row in KINDS), purpose (row in PURPOSES), officer and
        partner (officer numbers), result (row in RESULTS), minutes, rectify_by (NaT = no notice), revisit_of (row of the visit, -1).
    """
    rank = np.where(entities["licensed"], np.searchsorted(list(CLASSES), entities["credit_class"].replace("", "D")), 3)
    opened = entities["opened"].to_numpy().astype("datetime64[D]")
    ended = entities["closed"].to_numpy().astype("datetime64[D]")
    closed = np.where(np.isnat(ended), np.datetime64(on), ended)
    slack = _slack(entities["station"].to_numpy(), beat, crew, rng)
    row, day = _routine(entities["licensed"].to_numpy(), rank, slack, opened, closed, first, on, rng)
    kind = np.zeros(len(row), dtype=np.int8)
    if wanted is None or wanted > len(row):
        more = round(0.12 * len(row)) if wanted is None else round(1.12 * wanted) - len(row)
        extra, when, sort = _campaigns(entities["trade"].to_numpy(), rank, more, first, on, rng)
        row, day, kind = np.concatenate([row, extra]), np.concatenate([day, when]), np.concatenate([kind, sort])
    day = back_to_work(day)
    alive = (day >= np.maximum(opened[row], np.datetime64(first))) & (day < closed[row])
    row, day, kind = row[alive], day[alive], kind[alive]
    if wanted is not None and len(row) > wanted:
        kept = np.sort(rng.choice(len(row), wanted, replace=False))
        row, day, kind = row[kept], day[kept], kind[kept]
    order = np.lexsort((kind, row, day))
    row, day, kind = row[order], day[order], kind[order]
    again = np.zeros(len(row), dtype=bool)
    again[1:] = (row[1:] == row[:-1]) & (day[1:] == day[:-1])
    found = _described(row[~again], day[~again], kind[~again], rank, beat, crew, closed, on, rng)
    return found if wanted is None or len(found) <= wanted else _thinned(found, wanted, rng)


def _thinned(visits: pd.DataFrame, wanted: int, rng: np.random.Generator) -> pd.DataFrame:
    """So many of the visits, those that found something and their revisits all kept."""
    loose = np.flatnonzero((visits["revisit_of"] < 0) & visits["rectify_by"].isna())
    gone = rng.choice(loose, min(len(visits) - wanted, len(loose)), replace=False)
    kept = np.ones(len(visits), dtype=bool)
    kept[gone] = False
    place = np.cumsum(kept) - 1
    earlier = visits["revisit_of"].to_numpy()
    moved = np.where(earlier >= 0, place[np.maximum(earlier, 0)], -1)
    return visits.assign(revisit_of=moved)[kept].reset_index(drop=True)


def _slack(
    station: NDArray[np.int64], beat: NDArray[np.int64], crew: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """(n,) what the officer of each entity adds to the share in arrears: 0 for most."""
    luck = rng.random(crew)
    own = np.where(luck < _LATE_OFFICERS, _BEHIND_LATE, np.where(luck > 1 - _DILIGENT, _BEHIND_DILIGENT, 0.0))
    troubled = rng.choice(station.max() + 1, min(_TROUBLED, (station.max() + 1) // 10), replace=False)
    home = np.full(crew, -1)
    home[beat] = station
    own = np.where(np.isin(home, troubled), rng.uniform(*_BEHIND_TROUBLED, crew), own)
    return np.asarray(own[beat])


def _first_visits(
    opened: NDArray[np.datetime64], closed: NDArray[np.datetime64], forgotten: NDArray[np.bool_],
    slack: NDArray[np.float64], rng: np.random.Generator,
) -> NDArray[np.datetime64]:  # fmt: skip
    """(n,) day of the first visit: soon after the opening, of some too late; NaT = it closed before."""
    n = len(opened)
    slow = forgotten | (rng.random(n) < _FIRST_LATE + _FIRST_BY_LATE * slack)
    soon = np.timedelta64(_FIRST_DAYS, "D")
    begin = np.where(slow, opened + soon, opened)
    end = np.where(slow, opened + np.timedelta64(_FIRST_TOO_LATE, "D"), opened + soon)
    return spread(begin, np.minimum(end, closed), rng.beta(1.6, 1.8, n).clip(0, 0.999))


def _routine(
    licensed: NDArray[np.bool_], rank: NDArray[np.int64], slack: NDArray[np.float64],
    opened: NDArray[np.datetime64], closed: NDArray[np.datetime64], first: date, on: date, rng: np.random.Generator,
) -> tuple[NDArray[np.int64], NDArray[np.datetime64]]:  # fmt: skip
    """Visits in the periods of the classes, and first visits: a first visit in a period is the period's visit too."""
    behind = rng.random(len(rank)) < np.where(licensed, _BEHIND[rank], _BEHIND_UNLICENSED) + slack
    forgotten = rng.random(len(rank)) < _FORGOTTEN
    initial = _first_visits(opened, closed, forgotten, slack, rng)
    came = np.flatnonzero((initial >= np.datetime64(first)) & (initial < np.datetime64(on)))
    rows, days = [came], [initial[came]]
    for k, letter in enumerate(CLASSES):
        own = np.flatnonzero(rank == k)
        starts = range(1, 13, _PERIOD_MONTHS[letter])
        days_of = (1, 16) if letter == "D" else (1,)
        bounds = [date(y, m, d) for y in range(first.year, on.year + 2) for m in starts for d in days_of]
        for begin, end in pairwise(bounds):
            if end <= first or begin >= on:
                continue
            here = own[(opened[own] < np.datetime64(end)) & (closed[own] > np.datetime64(begin))]
            missed = behind[here] & (rng.random(len(here)) < _MISSED) | forgotten[here] & (
                opened[here] >= np.datetime64(begin)
            )
            missed |= (initial[here] >= np.datetime64(begin)) & (initial[here] < np.datetime64(end))
            here = here[~missed]
            at = spread(
                np.maximum(opened[here], np.datetime64(begin)),
                np.minimum(closed[here], np.datetime64(end)),
                np.clip(rng.beta(2.2, 2.0, len(here)) + 0.4 * slack[here].clip(0), 0, 0.999),
            )
            fine = (at >= np.datetime64(first)) & (at < np.datetime64(on))
            rows.append(here[fine])
            days.append(at[fine])
    return np.concatenate(rows), np.concatenate(days)


def _campaigns(
    trade: NDArray[np.int64], rank: NDArray[np.int64], n: int, first: date, on: date, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.datetime64], NDArray[np.int8]]:
    """Special visits to food and catering before the festivals, priority visits to the riskier ones at any time."""
    hot = np.array([t.code in ("food", "catering", "hazardous", "pharmacy") for t in TRADES])[trade]
    weight = np.where(hot, 4.0, 1.0) * (1 + rank)
    row = rng.choice(len(rank), n, p=weight / weight.sum())
    length = (on - first).days
    day = rng.integers(0, length, n)
    festive = (rng.random(n) < 0.6) & hot[row]
    season = np.array(
        [(date(y, m, d) - first).days for y in range(first.year, on.year + 1) for m, d in ((1, 8), (9, 5))]
    )
    season = season[(season >= 0) & (season < length - 26)]
    if len(season):
        day = np.where(festive, season[rng.integers(0, len(season), n)] + rng.integers(0, 26, n), day)
    return row, np.datetime64(first) + day.astype("timedelta64[D]"), np.where(rank[row] > 1, 2, 1).astype(np.int8)


def _described(
    row: NDArray[np.int64], day: NDArray[np.datetime64], kind: NDArray[np.int8], rank: NDArray[np.int64], beat: NDArray[np.int64],
    crew: int, closed: NDArray[np.datetime64], on: date, rng: np.random.Generator,
) -> pd.DataFrame:  # fmt: skip
    """Officers, results, notices; and the revisits that follow from notices."""
    n = len(row)
    result = (rng.random(n)[:, None] > np.cumsum(_ODDS, axis=1)[rank[row]]).sum(axis=1).astype(np.int8)
    found = (result == 1) | (result == 2)
    term = np.where(result == 2, 30, 15).astype("timedelta64[D]")
    rectify = np.where(found, day + term, np.datetime64("NaT"))
    first = pd.DataFrame(
        {"row": row, "day": day, "kind": kind, "purpose": kind, "result": result, "rectify_by": rectify}
    )
    first["revisit_of"] = -1
    back = np.flatnonzero(found & (rng.random(n) < _REVISITED))
    wait = np.where(rng.random(len(back)) < _IN_TIME, rng.integers(3, 14, len(back)), rng.integers(16, 60, len(back)))
    when = back_to_work(day[back] + wait.astype("timedelta64[D]"))
    fine = (when > day[back]) & (when < np.datetime64(on)) & (when < closed[row[back]])
    back, when = back[fine], when[fine]
    more = pd.DataFrame({"row": row[back], "day": when, "revisit_of": back})
    more["kind"], more["purpose"] = np.int8(2), np.int8(3)
    more["result"] = np.where(rng.random(len(back)) < 0.93, 0, 1).astype(np.int8)
    more["rectify_by"] = np.where(more["result"] == 1, when + np.timedelta64(15, "D"), np.datetime64("NaT"))
    both = pd.concat([first, more], ignore_index=True)
    order = np.lexsort((both["row"], both["day"]))
    place = np.empty(len(both), dtype=np.int64)
    place[order] = np.arange(len(both))
    both = both.iloc[order].reset_index(drop=True)
    earlier = both["revisit_of"].to_numpy()
    both["revisit_of"] = np.where(earlier >= 0, place[np.maximum(earlier, 0)], -1)
    who = beat[both["row"]]
    aside = np.where((who % 2 == 0) & (who < crew - 1), who + 1, who - 1)  # officers go in twos
    both["officer"] = np.where(rng.random(len(both)) < 0.12, aside, who)
    both["partner"] = np.where(both["officer"] == aside, who, aside)
    both["minutes"] = np.round(rng.gamma(6.0, 6.0, len(both)) + 8).astype(np.int16)
    return both
