"""The visits of a bureau: the rounds that the classes ask for, plus special campaigns."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from geo_api.sample.rounds import routine
from geo_api.sample.trades import TRADES
from geo_api.sample.workdays import back_to_work

_RESULTS = np.array(["pass", "minor", "fail", "none"])
_ODDS = {
    "A": (0.966, 0.024, 0.005, 0.005),
    "B": (0.91, 0.07, 0.01, 0.01),
    "C": (0.86, 0.11, 0.02, 0.01),
    "D": (0.74, 0.19, 0.06, 0.01),
}


def visits(entities: pd.DataFrame, officer: np.ndarray, on: date, rng: np.random.Generator) -> pd.DataFrame:
    """Visits in the year before ``on``, and before it in the half-year and quarter that ran at its start; by date.

    Args:
        entities: the register (source_id, station, trade, credit_class, licensed, opened, closed).
        officer: officer_id who looks after each entity.
        on: reference day; the year is [on - 1 year, on).
        rng: randomness.

    Returns:
        Frame with entity, date, kind, officer_id, result.
    """
    start = np.datetime64(date(on.year - 1, on.month, on.day))
    days = int((np.datetime64(on) - start).astype(int))
    cls = np.where(entities["licensed"], entities["credit_class"], "D").astype(str)
    station = entities["station"].to_numpy()
    rank = np.array(["ABCD".index(c) for c in cls])
    hot = np.array([t.code in ("food", "catering") for t in TRADES])[entities["trade"]]
    danger = np.array([t.code == "hazardous" for t in TRADES])[entities["trade"]] | (cls == "D")
    spring = np.flatnonzero(hot & (rng.random(len(hot)) < 0.12))
    autumn = np.flatnonzero(hot & (rng.random(len(hot)) < 0.10))
    risky = np.flatnonzero(danger & (rng.random(len(hot)) < 0.8))
    before_spring_festival = (np.datetime64(date(on.year, 1, 12)) - start).astype(int)
    before_autumn_festival = (np.datetime64(date(on.year, 9, 8)) - start).astype(int)
    table = pd.concat(
        [
            routine(entities, cls, officer, on, rng).assign(kind="daily"),
            _table(spring, start, before_spring_festival + rng.uniform(0, 26, len(spring)), "special"),
            _table(autumn, start, before_autumn_festival + rng.uniform(0, 15, len(autumn)), "special"),
            _table(risky, start, rng.uniform(0, days, len(risky)), "priority"),
        ],
        ignore_index=True,
    )
    at = table["row"].to_numpy()
    table["date"] = back_to_work(table["date"].to_numpy().astype("datetime64[D]")).astype("datetime64[s]")
    alive = table["date"] >= entities["opened"].to_numpy()[at]
    alive &= ~(table["date"] >= entities["closed"].to_numpy()[at])
    table, at = table[alive], at[alive]
    odds = np.cumsum([_ODDS[c] for c in "ABCD"], axis=1)[rank[at]]
    table["result"] = _RESULTS[(rng.random(len(at))[:, None] > odds).sum(axis=1).clip(0, 3)]
    colleague = rng.permutation(at)  # somebody stands in now and then, of the same station
    stand_in = (rng.random(len(at)) < 0.2) & (station[colleague] == station[at])
    table["officer_id"] = np.where(stand_in, officer[colleague], officer[at])
    table["entity"] = entities["source_id"].to_numpy()[at]
    table = table.sort_values(["date", "entity", "kind"], kind="stable").drop_duplicates(["date", "entity"])
    return table[["entity", "date", "kind", "officer_id", "result"]].reset_index(drop=True)


def _table(row: np.ndarray, start: np.datetime64, day: np.ndarray, kind: str) -> pd.DataFrame:
    return pd.DataFrame({"row": row, "date": start + day.astype(int).astype("timedelta64[D]"), "kind": kind})
