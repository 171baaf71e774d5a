"""A year of visits: what the classes ask for, less the arrears of a real bureau, plus special campaigns."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from geo_api.sample.trades import TRADES

_VISITS = {"A": 2, "B": 4, "C": 12, "D": 24}
_DONE = {"A": (0.92, 0.63, 0.86), "B": (0.92, 0.86, 0.80), "C": (0.93, 0.90, 0.86), "D": (0.96, 0.95, 0.92)}
"""Share of due visits made, by class, for the three stations: the second often leaves out class A."""
_RESULTS = np.array(["pass", "minor", "fail", "none"])
_ODDS = {
    "A": (0.95, 0.04, 0.005, 0.005),
    "B": (0.88, 0.10, 0.01, 0.01),
    "C": (0.74, 0.20, 0.05, 0.01),
    "D": (0.55, 0.3, 0.14, 0.01),
}
_LATE_OFFICERS = 3


def visits(entities: pd.DataFrame, officer: np.ndarray, on: date, rng: np.random.Generator) -> pd.DataFrame:
    """Visits in the year before ``on``, by date.

    Args:
        entities: the register (source_id, station, trade, credit_class, licensed, opened, closed).
        officer: officer_id who looks after each entity.
        on: reference day; the year is [on - 1 year, on).
        rng: randomness.

    Returns:
        Frame with visit_id, entity, date, kind, officer_id, result.
    """
    start = np.datetime64(date(on.year - 1, on.month, on.day))
    days = int((np.datetime64(on) - start).astype(int))
    cls = np.where(entities["licensed"], entities["credit_class"], "D").astype(str)
    rounds = np.array([_VISITS[c] for c in cls])
    row = np.repeat(np.arange(len(entities)), rounds)
    turn = np.arange(len(row)) - np.repeat(np.cumsum(rounds) - rounds, rounds)
    span = days / rounds[row]
    crew, who = np.unique(officer.astype(str), return_inverse=True)
    slack = np.zeros(len(crew))
    slack[rng.choice(len(crew), _LATE_OFFICERS, replace=False)] = rng.uniform(0.25, 0.4, _LATE_OFFICERS)
    station = entities["station"].to_numpy()
    rank = np.array(["ABCD".index(c) for c in cls])
    made = np.array([_DONE[c] for c in "ABCD"])[rank[row], station[row]] - slack[who[row]]
    made = made * np.where(entities["licensed"].to_numpy()[row], 1.0, 0.55)  # hard to find, seldom at home
    keep = rng.random(len(row)) < made
    day = (turn + np.clip(rng.beta(2.2, 2.0, len(row)) + 0.6 * slack[who[row]], 0, 0.999)) * span
    routine = _table(row[keep], start, day[keep], "daily")
    hot = np.array([t.code in ("food", "catering") for t in TRADES])[entities["trade"]]
    danger = np.array([t.code == "hazardous" for t in TRADES])[entities["trade"]] | (cls == "D")
    spring = np.flatnonzero(hot & (rng.random(len(hot)) < 0.12))
    autumn = np.flatnonzero(hot & (rng.random(len(hot)) < 0.10))
    risky = np.flatnonzero(danger & (rng.random(len(hot)) < 0.8))
    before_spring_festival = (np.datetime64(date(on.year, 1, 12)) - start).astype(int)
    before_autumn_festival = (np.datetime64(date(on.year, 9, 8)) - start).astype(int)
    table = pd.concat(
        [
            routine,
            _table(spring, start, before_spring_festival + rng.uniform(0, 26, len(spring)), "special"),
            _table(autumn, start, before_autumn_festival + rng.uniform(0, 15, len(autumn)), "special"),
            _table(risky, start, rng.uniform(0, days, len(risky)), "priority"),
        ],
        ignore_index=True,
    )
    at = table["row"].to_numpy()
    weekday = (table["date"].to_numpy().astype("datetime64[D]").astype(int) - 4) % 7  # 1970-01-05 was a Monday
    table["date"] = table["date"] - pd.to_timedelta((weekday - 4).clip(0), unit="D")  # Saturday and Sunday: Friday
    alive = (table["date"] >= entities["opened"].to_numpy()[at]) & (table["date"] >= start)
    alive &= ~(table["date"] >= entities["closed"].to_numpy()[at])
    table, at = table[alive], at[alive]
    odds = np.cumsum([_ODDS[c] for c in "ABCD"], axis=1)[rank[at]]
    table["result"] = _RESULTS[(rng.random(len(at))[:, None] > odds).sum(axis=1).clip(0, 3)]
    colleague = rng.permutation(at)  # somebody stands in now and then, of the same station
    stand_in = (rng.random(len(at)) < 0.2) & (station[colleague] == station[at])
    table["officer_id"] = np.where(stand_in, officer[colleague], officer[at])
    table["entity"] = entities["source_id"].to_numpy()[at]
    table = table.sort_values(["date", "entity", "kind"], kind="stable").drop_duplicates(["date", "entity"])
    table["visit_id"] = np.arange(100001, 100001 + len(table)).astype(str)
    return table[["visit_id", "entity", "date", "kind", "officer_id", "result"]].reset_index(drop=True)


def _table(row: np.ndarray, start: np.datetime64, day: np.ndarray, kind: str) -> pd.DataFrame:
    return pd.DataFrame({"row": row, "date": start + day.astype(int).astype("timedelta64[D]"), "kind": kind})
