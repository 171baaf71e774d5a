"""What a register and its visits say beside who, where and when: licence periods that end, notices and their revisits, colleagues.

Drawn from streams of their own, so that everything else stays as it is.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo_api.sample.trades import TRADES

LICENCE_YEARS = {"food": 5, "catering": 5, "pharmacy": 5, "hazardous": 3, "internet_cafe": 5}
"""Years that the licence of a trade runs; other trades need none that ends."""
_FORGOT = 0.02
"""Share of licences that ran out and were not renewed."""
_TERM_DAYS = {"minor": 15, "fail": 30}
"""Days that a notice gives, by what was found."""
_FOLLOWED = 0.9
"""Share of the next visits after a notice, made within so many days, that were the revisit it asked for."""
_FOLLOW_DAYS = 75


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


def with_notices(visits: pd.DataFrame, officers: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """The visits with what followed from them.

    Returns:
        The frame with four columns more: notice_no and rectify_by where something was found, revisit_of where a visit followed such
        a notice, and officers: the colleague who signed the notice too ("" where there is none).
    """
    table = visits.reset_index(drop=True)
    result = table["result"].to_numpy(dtype=str)
    noticed = np.isin(result, list(_TERM_DAYS))
    term = np.where(result == "fail", _TERM_DAYS["fail"], _TERM_DAYS["minor"]).astype("timedelta64[D]")
    day = table["date"].to_numpy().astype("datetime64[D]")
    number = np.char.add("ZG", np.char.zfill((np.cumsum(noticed)).astype(str), 5))
    table["notice_no"] = np.where(noticed, number, "")
    table["rectify_by"] = np.where(noticed, day + term, np.datetime64("NaT")).astype("datetime64[s]")
    order = np.lexsort((np.arange(len(table)), table["entity"].to_numpy(dtype=str)))
    same = np.zeros(len(table), dtype=bool)
    entity = table["entity"].to_numpy(dtype=str)[order]
    same[1:] = (entity[1:] == entity[:-1]) & noticed[order][:-1]
    same[1:] &= (day[order][1:] - day[order][:-1]).astype(np.int64) <= _FOLLOW_DAYS
    same &= rng.random(len(table)) < _FOLLOWED
    before = np.full(len(table), "", dtype=object)
    before[order[1:]] = np.where(same[1:], table["visit_id"].to_numpy(dtype=object)[order[:-1]], "")
    table["revisit_of"] = before
    table["officers"] = np.where(noticed, _colleagues(table["officer_id"], officers, rng), "")
    return table


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
