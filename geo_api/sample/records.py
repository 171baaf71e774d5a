"""What a register and its visits say beside who, where and when: licence periods that end, notices and their revisits, colleagues.

Drawn from streams of their own, so that everything else stays as it is.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo_api.sample.trades import TRADES
from geo_api.sample.workdays import spread

LICENCE_YEARS = {"food": 5, "catering": 5, "pharmacy": 5, "hazardous": 3, "internet_cafe": 5}
"""Years that the licence of a trade runs; other trades need none that ends."""
_FORGOT = 0.02
"""Share of licences that ran out and were not renewed."""
_TERM_DAYS = {"minor": 15, "fail": 30}
"""Days that a notice gives, by what was found."""
_FOLLOWED, _IN_TIME = 0.93, 0.9
"""Share of notices that a revisit followed; share of these by the deadline."""
_TOO_LATE_DAYS = 40
"""Revisits that come too late come within so many days after the deadline."""


def licence_until(entities: pd.DataFrame, on: date, rng: np.random.Generator) -> NDArray[np.datetime64]:
    """(n,) last day of the licence, NaT where none ends: so many years from the opening, renewed when it ended.

    Args:
        entities: trade (row in TRADES), opened, licensed.
        on: the day on which the register is as it is.
        rng: randomness.
    """
    years = np.array([LICENCE_YEARS.get(t.code, 0) for t in TRADES])[entities["trade"]]
    opened = entities["opened"].to_numpy().astype("datetime64[D]")
    age = (np.datetime64(on, "D") - opened).astype(np.int64)
    period = np.maximum(years, 1) * 365 + years // 4
    terms = age // period + 1 - (rng.random(len(entities)) < _FORGOT)
    until = opened + (np.maximum(terms, 1) * period).astype("timedelta64[D]")
    needed = (years > 0) & entities["licensed"].to_numpy()
    return np.where(needed, until, np.datetime64("NaT"))


def with_notices(
    visits: pd.DataFrame, entities: pd.DataFrame, officers: pd.DataFrame, on: date, rng: np.random.Generator
) -> pd.DataFrame:
    """The visits with what followed from them, by date, numbered.

    Args:
        visits: entity, date, kind, officer_id, result.
        entities: source_id, closed.
        officers: officer_id, station_code.
        on: nothing is visited on this day or later.
        rng: randomness.

    Returns:
        Frame with visit_id, entity, date, kind, officer_id, result; notice_no and rectify_by where something was found;
        revisit_of where a visit is the revisit that such a notice asked for; and officers: the colleague who signed the notice
        too ("" where there is none).
    """
    table = visits.reset_index(drop=True)
    noticed = np.isin(table["result"].to_numpy(dtype=str), list(_TERM_DAYS))
    table["rectify_by"] = _deadlines(table, noticed)
    back = _revisits(table, noticed, entities, on, rng)
    both = pd.concat([table.assign(before=-1), back], ignore_index=True)
    both["old"] = np.arange(len(both))
    both = both.sort_values(["date", "entity", "kind"], kind="stable").reset_index(drop=True)
    both["visit_id"] = np.arange(10001, 10001 + len(both)).astype(str)
    place = np.empty(len(both), dtype=np.int64)
    place[both["old"]] = np.arange(len(both))
    before = both["before"].to_numpy()
    numbers = both["visit_id"].to_numpy(dtype=object)
    both["revisit_of"] = np.where(before >= 0, numbers[place[np.maximum(before, 0)]], "")
    noticed = both["rectify_by"].notna().to_numpy()
    serial = np.char.add("ZG", np.char.zfill((np.cumsum(noticed)).astype(str), 5))
    both["notice_no"] = np.where(noticed, serial, "")
    both["officers"] = np.where(noticed, _colleagues(both["officer_id"], officers, rng), "")
    return both[[*_COLUMNS]]


_COLUMNS = (
    "visit_id", "entity", "date", "kind", "officer_id", "result", "notice_no", "rectify_by", "revisit_of", "officers",
)  # fmt: skip


def _deadlines(table: pd.DataFrame, noticed: NDArray[np.bool_]) -> NDArray[np.datetime64]:
    fail = (table["result"] == "fail").to_numpy()
    term = np.where(fail, _TERM_DAYS["fail"], _TERM_DAYS["minor"]).astype("timedelta64[D]")
    day = table["date"].to_numpy().astype("datetime64[D]")
    return np.where(noticed, day + term, np.datetime64("NaT")).astype("datetime64[s]")


def _revisits(
    table: pd.DataFrame, noticed: NDArray[np.bool_], entities: pd.DataFrame, on: date, rng: np.random.Generator
) -> pd.DataFrame:
    """The visits that notices asked for, as rows of the table; ``before``: the row of the notice."""
    rows = np.flatnonzero(noticed)
    luck = rng.random((3, len(rows)))
    day = table["date"].to_numpy().astype("datetime64[D]")[rows]
    deadline = table["rectify_by"].to_numpy().astype("datetime64[D]")[rows]
    fine = luck[1] < _IN_TIME
    one = np.timedelta64(1, "D")
    begin = np.where(fine, day + 3 * one, deadline + one)
    end = np.where(fine, deadline + one, deadline + _TOO_LATE_DAYS * one)
    when = spread(begin, end, luck[2])
    closed = entities.set_index("source_id")["closed"].reindex(table["entity"].iloc[rows]).to_numpy()
    alive = (when < np.datetime64(on)) & ~(when >= closed.astype("datetime64[D]"))
    taken = pd.MultiIndex.from_arrays([table["entity"], table["date"]])
    wanted = pd.MultiIndex.from_arrays([table["entity"].iloc[rows], when.astype("datetime64[s]")])
    kept = (luck[0] < _FOLLOWED) & alive & ~wanted.isin(taken) & ~wanted.duplicated()
    back = table.iloc[rows[kept]][["entity", "officer_id"]].reset_index(drop=True)
    back["date"], back["before"] = when[kept].astype("datetime64[s]"), rows[kept]
    back["kind"], back["result"] = "priority", "pass"
    back["rectify_by"] = np.datetime64("NaT", "s")
    return back


def _colleagues(who: pd.Series, officers: pd.DataFrame, rng: np.random.Generator) -> NDArray[np.object_]:
    """(n,) somebody else of the same station for each officer."""
    crews = officers.groupby("station_code")["officer_id"].agg(list)
    station = officers.set_index("officer_id")["station_code"]
    found = np.full(len(who), "", dtype=object)
    luck = rng.random(len(who))
    for officer in sorted(who.unique()):
        others = np.array([p for p in crews[station[officer]] if p != officer], dtype=object)
        mine = (who == officer).to_numpy()
        found[mine] = others[(luck[mine] * len(others)).astype(int)]
    return found
