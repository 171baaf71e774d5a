"""The reference city from its seed: land, streets, stations, register, officers, two years of visits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from geo_api.sample.afterwards.changes import claims_of, closed_on, daily_changes, first_visits
from geo_api.sample.afterwards.people import leave_of
from geo_api.sample.afterwards.unlicensed import gone_on, unlicensed_steps
from geo_api.sample.afterwards.write import Afterwards
from geo_api.sample.base import Territory
from geo_api.sample.city.cases import city_cases
from geo_api.sample.city.divide import divide_city
from geo_api.sample.city.ground import Ground, draw_ground
from geo_api.sample.city.people import beats, city_heads, city_staff
from geo_api.sample.city.register import city_register
from geo_api.sample.city.scale import (
    CITY,
    DIVISION,
    RECORD_YEARS,
    REFERENCE,
    REFERENCE_DAY,
    CityScale,
    Shares,
    share_out,
)
from geo_api.sample.city.streets import lay_out_city
from geo_api.sample.city.visits import city_visits
from geo_api.sample.city.words import townships
from geo_api.sample.streets import StreetPlan, plots
from geo_api.sample.trades import TRADES
from geo_api.supervision.frequency import NATIONAL_VISITS

MINUTES = {"default": 30, "catering": 40, "food": 35, "hazardous": 60, "manufacturing": 50}
"""Minutes of a visit by trade."""


@dataclass(frozen=True)
class City:
    """Everything that is known of the city; frames as described where they are made."""

    seed: int
    scale: CityScale
    on: date
    ground: Ground
    streets: StreetPlan
    territory: Territory
    townships: tuple[str, ...]
    shares: Shares
    entities: pd.DataFrame
    officers: pd.DataFrame
    assignments: pd.DataFrame
    visits: pd.DataFrame
    afterwards: Afterwards


def make_city(seed: int = 7, scale: CityScale = REFERENCE, *, on: date = REFERENCE_DAY) -> City:
    """Make the city of a seed; each part draws from a stream of its own.

    Args:
        seed: 0 or more.
        scale: how much of everything.
        on: the day on which the register is as it is; visits cover the two years before.
    """
    rng = [np.random.default_rng([seed, 99, part]) for part in range(12)]
    ground = draw_ground(scale, rng[0])
    towns = townships(scale.urban, scale.rural)
    territory = divide_city(ground, scale, rng[1])
    streets = lay_out_city(ground, scale, towns, rng[2])
    entities = city_register(streets, plots(streets, ground.land, rng[3]), territory, towns, scale, on, rng[4])
    shares = share_out(
        np.asarray(np.bincount(entities["station"], hours_a_year(entities), scale.stations), dtype=np.float64), scale
    )
    officers = city_staff(scale, shares, on, rng[5])
    beat = beats(entities, officers, territory)
    first = date(on.year - RECORD_YEARS, on.month, on.day)
    ids = officers["officer_id"].to_numpy(dtype=object)
    heads = city_heads(officers, on)
    steps = unlicensed_steps(entities, ids[beat], DIVISION, on, rng[8])
    changes = daily_changes(entities, DIVISION, CITY, on, rng[9])
    there = entities.assign(closed=closed_on(entities, gone_on(entities, steps), changes))
    visits = city_visits(there, beat, len(officers), first, on, scale.visits, rng[6])
    names = dict.fromkeys(r.name for r in streets.roads)
    later = Afterwards(
        changes,
        claims_of(changes, heads, DIVISION, on, rng[9]),
        first_visits(changes, officers, DIVISION, on, rng[9]),
        city_cases(entities, CITY, tuple(towns), names, on, rng[10]),
        leave_of(officers, on, rng[11]),
        steps,
    )
    return City(
        seed, scale, on, ground, streets, territory, tuple(towns), shares, entities, officers, heads, visits, later
    )  # fmt: skip


def hours_a_year(entities: pd.DataFrame) -> np.ndarray:
    """(n,) hours of visits a year: those of the class, minutes by trade; what the stations' shares are reckoned from."""
    letters = entities["credit_class"].where(entities["licensed"], "D").to_numpy(dtype=str)
    visits = np.array([NATIONAL_VISITS[c] for c in "ABCD"])[np.searchsorted(list("ABCD"), letters)]
    minutes = np.array([MINUTES.get(t.code, MINUTES["default"]) for t in TRADES])[entities["trade"]]
    open_now = entities["closed"].isna().to_numpy()
    return np.asarray(visits * minutes / 60 * open_now, dtype=np.float64)
