from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from geo_api.sample.county import DIVISION, County


def test_officers_are_different_people_with_fictional_numbers(county: County) -> None:
    officers = county.officers
    for column in ("officer_id", "name", "telephone"):
        assert officers[column].is_unique
    assert officers["telephone"].str.fullmatch(r"0990-8800\d{3}").all()
    assert (officers["joined"] < np.datetime64(county.on)).all()
    assert officers.groupby("station_code").size().to_dict() == {
        DIVISION: 3,
        f"{DIVISION}001": 22,
        f"{DIVISION}002": 12,
        f"{DIVISION}003": 8,
    }
    assert (officers["title"] == "所长").sum() == 3


def test_every_jurisdiction_has_one_first_and_one_direct_on_every_day(county: County) -> None:
    table = county.assignments
    for day in (date(2025, 11, 1), date(2026, 3, 31), date(2026, 4, 1), date(2026, 10, 31)):
        on = table[(table["valid_from"] <= day) & table["valid_to"].map(lambda end, d=day: end is None or d < end)]
        counts = on.groupby(["jurisdiction_code", "role"]).size()
        assert (counts == 1).all()
        assert len(counts) == 8
    assert (table["valid_to"].notna()).sum() == 2


def visits_with_entities(county: County) -> pd.DataFrame:
    return county.inspections.merge(county.entities, left_on="entity", right_on="source_id", validate="m:1")


def test_visits_fall_on_working_days_while_the_entity_lives(county: County) -> None:
    visits = visits_with_entities(county)
    assert visits["visit_id"].is_unique
    assert len(visits) == len(county.inspections)
    assert visits["date"].between("2025-07-01", "2026-10-31").all()
    assert (visits["date"].dt.day_of_week < 5).all()
    assert (visits["date"] >= visits["opened"]).all()
    assert not (visits["date"] >= visits["closed"]).any()
    assert set(visits["kind"]) == {"daily", "special", "priority"}
    assert set(visits["result"]) == {"pass", "minor", "fail", "none"}


def test_officers_visit_their_own_station(county: County) -> None:
    visits = visits_with_entities(county)
    home = visits["officer_id"].map(county.officers.set_index("officer_id")["station_code"])
    assert (home == DIVISION + "00" + (visits["station"] + 1).astype(str)).all()
