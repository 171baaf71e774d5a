"""Visits due and made in the sample, by the rule that the gaps are found with: a county that one can believe in."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from geo_api.sample.county import DIVISION, County
from geo_api.sample.officers import patches
from geo_api.supervision.coverage import covered, due_periods
from geo_api.supervision.frequency import NATIONAL_VISITS
from geo_api.supervision.periods import Period


@pytest.fixture(scope="module")
def balance(county: County) -> pd.DataFrame:
    """One row per entity that exists on the reference day: due, made, overdue, and what these should depend on."""
    entities = county.entities.assign(
        officer=patches(county.entities, county.officers, county.territory, DIVISION),
        cls=county.entities["credit_class"].where(county.entities["licensed"], "D"),
    )
    entities = entities[~(entities["closed"] <= np.datetime64(county.on))]
    visits = {key: sorted(day.dt.date) for key, day in county.inspections.groupby("entity")["date"]}
    periods = {letter: due_periods(visits_per_year, county.on) for letter, visits_per_year in NATIONAL_VISITS.items()}
    found = [
        covered(periods[letter], Period(opened.date(), None if pd.isna(closed) else closed.date()), visits.get(key, []))
        for key, letter, opened, closed in zip(
            *(entities[c] for c in ("source_id", "cls", "opened", "closed")), strict=True
        )
    ]
    return entities.assign(
        due=[f.due for f in found], made=[f.made for f in found], overdue=[f.overdue_since is not None for f in found]
    )


def share_made(rows: pd.DataFrame, by: str | list[str]) -> pd.Series:
    sums = rows.groupby(by)[["due", "made"]].sum()
    return sums["made"] / sums["due"]


def test_nine_in_ten_due_visits_are_made_and_few_entities_overdue(balance: pd.DataFrame) -> None:
    assert 0.88 < balance["made"].sum() / balance["due"].sum() < 0.93
    assert 0.10 < balance["overdue"].mean() < 0.18


@pytest.mark.parametrize(
    ("letter", "made", "overdue"),
    [
        ("A", (0.86, 0.93), (0.11, 0.19)),
        ("B", (0.93, 0.98), (0.07, 0.13)),
        ("C", (0.93, 0.98), (0.08, 0.16)),
        ("D", (0.80, 0.90), (0.25, 0.45)),
    ],
)
def test_shares_by_class(
    balance: pd.DataFrame, letter: str, made: tuple[float, float], overdue: tuple[float, float]
) -> None:
    own = balance[balance["cls"] == letter]
    assert made[0] < own["made"].sum() / own["due"].sum() < made[1]
    assert overdue[0] < own["overdue"].mean() < overdue[1]


def test_the_second_station_leaves_out_class_a(balance: pd.DataFrame) -> None:
    share = share_made(balance, ["cls", "station"])
    assert share["A", 1] < 0.8
    assert share.drop([("A", 1), *(("D", s) for s in range(3))]).min() > 0.88
    overdue = balance.groupby(["cls", "station"])["overdue"].mean()
    assert overdue["A", 1] > 0.25
    assert max(overdue["A", 0], overdue["A", 2]) < 0.18


def test_three_officers_run_late(balance: pd.DataFrame) -> None:
    of_b_and_c = balance[balance["cls"].isin(["B", "C"])]  # class A is a matter of the station
    overdue = of_b_and_c.groupby("officer")["overdue"].mean().sort_values()
    assert len(overdue) == 36
    assert overdue.iloc[-3] > 0.3
    assert overdue.iloc[-4] < 0.2


def test_the_unlicensed_are_missed_more_often(balance: pd.DataFrame) -> None:
    share = share_made(balance, "licensed")
    assert share[False] < 0.8 < 0.9 < share[True]
    licensed_d = balance[(balance["cls"] == "D") & balance["licensed"]]
    assert 0.02 < licensed_d["overdue"].mean() < 0.25


def test_most_new_businesses_get_their_first_visit_in_time(county: County, balance: pd.DataFrame) -> None:
    new = balance[balance["opened"].between("2025-11-01", "2026-09-30") & balance["licensed"]]
    first = county.inspections.groupby("entity")["date"].min().reindex(new["source_id"]).to_numpy()
    in_time = first <= (new["opened"] + pd.Timedelta(days=30)).to_numpy()
    assert len(new) > 300
    assert 0.75 < in_time.mean() < 0.9
    worst = pd.Series(in_time).groupby(new["officer"].to_numpy()).agg(["mean", "size"])
    assert worst.loc[worst["size"] > 8, "mean"].min() < 0.6, "those who run late come late here too"


def test_some_visits_come_late_or_twice(county: County, balance: pd.DataFrame) -> None:
    own = balance[(balance["cls"] == "A") & (balance["opened"] < "2025-07-01") & balance["licensed"]]
    visits = county.inspections[county.inspections["entity"].isin(own["source_id"])]
    half = visits[visits["date"].between("2026-01-01", "2026-06-30")].groupby("entity").size()
    before = visits[visits["date"] < "2026-01-01"]["entity"]
    twice = set(half[half > 1].index)
    assert 0.01 * len(own) < len(twice) < 0.12 * len(own)
    assert twice - set(before), "visited too late in 2025, so twice in 2026"
    assert visits["date"].min().date() >= date(2025, 7, 1)
