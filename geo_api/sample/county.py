"""The sample county from its seed: land, streets, stations, register, officers, visits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from geo_api.sample.afterwards.changes import claims_of, closed_on, daily_changes, first_visits
from geo_api.sample.afterwards.people import hotline_cases, leave_of
from geo_api.sample.afterwards.unlicensed import gone_on, unlicensed_steps
from geo_api.sample.afterwards.write import Afterwards
from geo_api.sample.base import TOWNSHIPS, Territory, divide
from geo_api.sample.entities import COUNTY, register
from geo_api.sample.inspections import visits
from geo_api.sample.officers import heads, patches, staff
from geo_api.sample.records import licence_until, with_notices
from geo_api.sample.streets import StreetPlan, lay_out, plots
from geo_api.sample.territory import Land, draw_land

DIVISION = "990101"
"""Code of the county: 99 is no province."""
BUREAU = "云溪县市场监督管理局"
STATIONS = (("城关所", "Chengguan"), ("临江所", "Linjiang"), ("青石所", "Qingshi"))
DEFAULT_SEED, DEFAULT_ENTITIES = 7, 9000
REFERENCE_DAY = date(2026, 11, 1)


@dataclass(frozen=True)
class County:
    """Everything that is known of the county, the truth included; frames as described where they are made."""

    seed: int
    on: date
    land: Land
    streets: StreetPlan
    lots: pd.DataFrame
    territory: Territory
    entities: pd.DataFrame
    officers: pd.DataFrame
    assignments: pd.DataFrame
    inspections: pd.DataFrame
    afterwards: Afterwards


def make_county(seed: int = DEFAULT_SEED, *, entities: int = DEFAULT_ENTITIES, on: date = REFERENCE_DAY) -> County:
    """Make the county of a seed.

    Args:
        seed: 0 or more; each part draws from a stream of its own.
        entities: number of businesses, 200 or more.
        on: the day on which the register is as it is; visits cover the year before,
            and the half-year and quarter that ran when it began.
    """
    rng = [np.random.default_rng([seed, part]) for part in range(14)]
    land = draw_land(rng[0])
    streets = lay_out(land, rng[1])
    territory = divide(land, streets, DIVISION, rng[2])
    lots = plots(streets, land, rng[3])
    people = register(streets, lots, land, territory, entities, DIVISION, on, rng[4])
    people["licence_until"] = licence_until(people, on, rng[8])
    officers = staff(DIVISION, on, rng[5])
    patch = patches(people, officers, territory, DIVISION)
    posts = heads(officers, DIVISION, on)
    steps = unlicensed_steps(people, patch, DIVISION, on, rng[10])
    changes = daily_changes(people, DIVISION, COUNTY, on, rng[11])
    there = people.assign(closed=closed_on(people, gone_on(people, steps), changes))
    made = with_notices(visits(there, patch, on, rng[6]), there, officers, on, rng[9])
    names = dict.fromkeys(r.name for r in streets.roads)
    towns = tuple(name for name, _ in TOWNSHIPS)
    later = Afterwards(
        changes,
        claims_of(changes, posts, DIVISION, on, rng[11]),
        first_visits(changes, officers, DIVISION, on, rng[11]),
        hotline_cases(people, COUNTY, towns, names, on, rng[12]),
        leave_of(officers, on, rng[13]),
        steps,
    )
    return County(seed, on, land, streets, lots, territory, people, officers, posts, made, later)
