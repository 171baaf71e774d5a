"""The reference city: its numbers, its borders, its register, its visits; and that the loader takes every row."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_api.sample import dirt
from geo_api.sample.city.cases import city_cases
from geo_api.sample.city.make import City, make_city
from geo_api.sample.city.scale import CITY, REFERENCE, SMALL, share_out
from geo_api.sample.city.write import mark_of, write_city, written_before
from layers import read_dataset
from layers.credit_code import credit_code_faults


@pytest.fixture(scope="module")
def city() -> City:
    return make_city(7, SMALL)


@pytest.fixture(scope="module")
def folder(city: City, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("city") / "small"
    write_city(city, out)
    return out


@given(st.lists(st.floats(1000, 30_000), min_size=39, max_size=39))
@settings(max_examples=40, deadline=None)
def test_the_reference_city_has_its_numbers_whatever_the_work(hours: list[float]) -> None:
    shares = share_out(np.array(hours), REFERENCE)
    assert (shares.cells.sum(), shares.groups.sum()) == (244, 113)
    assert shares.officers.sum() + REFERENCE.at_bureau == 351
    assert shares.officers.min() >= 4
    assert (shares.cells >= 2 * shares.groups).all()
    assert (shares.cells <= 3 * shares.groups).all(), "cells are grouped in twos and threes"
    assert (shares.groups >= 1).all()


def test_stations_and_communities_tile_the_city(city: City) -> None:
    area = city.territory
    stations, units = np.array(area.stations, dtype=object), area.units["geometry"].to_numpy()
    for parts in (stations, units):
        assert shapely.coverage_is_valid(parts)
        assert shapely.equals(shapely.coverage_union_all(parts), area.outline)
    for i, station in enumerate(stations):
        own = units[area.units["station"].to_numpy() == i]
        assert shapely.equals(shapely.coverage_union_all(own), station)
    assert area.units["code"].is_unique
    assert area.units["name"].is_unique


def test_the_register(city: City) -> None:
    e = city.entities
    assert len(e) == SMALL.entities == e["source_id"].nunique()
    codes = e.loc[e["credit_code"] != "", "credit_code"]
    faults = credit_code_faults(codes)
    assert (faults == "").mean() > 0.98
    assert set(e.loc[e["licensed"], "credit_class"]) == set("ABCD")
    assert not e["licensed"].all()
    assert (e["credit_class"] == "").sum() == (~e["licensed"]).sum()
    needed = e["licence_until"].notna()
    assert 0.2 < needed.mean() < 0.8
    assert e.loc[needed, "licensed"].all()
    assert e["lon"].isna().sum() == round(SMALL.entities * 0.012)
    where = shapely.points(e["true_lon"], e["true_lat"])
    home = np.array(city.territory.stations, dtype=object)[e["station"]]
    assert shapely.distance(home, where).max() < 1e-3


def test_every_street_has_a_name_of_its_own(city: City) -> None:
    called = [r.name for r in city.streets.roads]
    assert len(set(called)) == len(called)
    assert all(called)


def test_visits_follow_the_register(city: City) -> None:
    v, e = city.visits, city.entities
    day = v["day"].to_numpy().astype("datetime64[D]")
    assert (np.diff(day) >= np.timedelta64(0)).all()
    assert day.min() >= np.datetime64("2024-11-01")
    assert day.max() < np.datetime64(city.on)
    opened = e["opened"].to_numpy().astype("datetime64[D]")[v["row"]]
    closed = e["closed"].to_numpy().astype("datetime64[D]")[v["row"]]
    assert (day >= opened).all()
    assert not (day >= closed).any()
    assert np.is_busday(day).all()
    assert (v["officer"] != v["partner"]).all()
    again = v[v["revisit_of"] >= 0]
    first = v.iloc[again["revisit_of"]]
    assert len(again) > 100
    assert (first["row"].to_numpy() == again["row"].to_numpy()).all()
    assert (first["day"].to_numpy() < again["day"].to_numpy()).all()
    assert first["rectify_by"].notna().all()
    late = again["day"].to_numpy() > first["rectify_by"].to_numpy()
    assert 0.03 < late.mean() < 0.3
    found = v["result"].isin([1, 2])
    assert (v["rectify_by"].notna() == found).all()


@pytest.mark.parametrize("wanted", [1000, 6000])
def test_as_many_visits_as_wanted(wanted: int) -> None:
    made = make_city(7, replace(SMALL, visits=wanted)).visits
    assert abs(len(made) - wanted) <= 0.02 * wanted
    again = made[made["revisit_of"] >= 0]
    assert (made["row"].to_numpy()[again["revisit_of"]] == again["row"].to_numpy()).all()


def test_the_same_seed_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    write_city(make_city(7, SMALL), tmp_path / "again")
    write_city(make_city(8, SMALL), tmp_path / "other")
    for path in folder.iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes(), path.name
        if path.name != "assignments.csv":
            assert path.read_bytes() != (tmp_path / "other" / path.name).read_bytes(), path.name


def test_a_folder_knows_which_city_it_holds(folder: Path, tmp_path: Path) -> None:
    assert written_before(folder, mark_of(7, SMALL))
    assert not written_before(folder, mark_of(8, SMALL))
    assert not written_before(folder, mark_of(7, replace(SMALL, entities=301)))
    assert not written_before(tmp_path, mark_of(7, SMALL))


def test_the_loader_takes_every_row(city: City, folder: Path) -> None:
    data = read_dataset(folder / "manifest.toml")
    assert len(data.rejected) == 0, data.rejected.head()
    assert len(data.entities) == SMALL.entities
    assert len(data.inspections) == len(city.visits)
    assert len(data.officers) == SMALL.officers
    assert sum(data.rules["cells"].values()) == SMALL.cells
    assert data.entities["licence_until"].notna().sum() == city.entities["licence_until"].notna().sum()
    visits = data.inspections.set_index("visit_id")
    again = visits[visits["revisit_of"].fillna("") != ""]
    assert len(again) == (city.visits["revisit_of"] >= 0).sum()
    assert (visits.loc[again["revisit_of"], "entity"].to_numpy() == again["entity"].to_numpy()).all()
    noticed = visits[visits["notice_no"].fillna("") != ""]
    assert len(noticed) == city.visits["rectify_by"].notna().sum()
    assert all(isinstance(d, date) for d in noticed["rectify_by"])
    assert visits["officers"].str.split(";").str.len().eq(2).all()


def test_most_cases_of_the_hotline_say_township_street_and_number(city: City) -> None:
    files = city.afterwards.cases
    assert [(city.on - day).days for day in files] == [6]
    e = city.entities
    wide = e.loc[np.resize(np.flatnonzero(e["market"] == ""), 60_000)].reset_index(drop=True)  # enough cases to count
    names = dict.fromkeys(road.name for road in city.streets.roads)
    tables = city_cases(wide, CITY, city.townships, names, city.on, np.random.default_rng(3)).values()
    assert [len(table) for table in tables] == [180]
    said = [text for table in tables for text in table["事发地址"]]
    found = [dirt.split(text, CITY, city.townships, names) for text in said]
    told = [p for p in found if p is not None and p.town and not p.county]
    assert 0.55 < len(told) / len(said) < 0.9, (
        "beside them full-width digits, traditional characters, marks between the parts"
    )
    begin = sum(text.startswith(city.townships) for text in said)
    assert 0.7 < begin / len(said) < 0.97
